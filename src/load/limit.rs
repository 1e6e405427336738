//! `--limit`: what is bounded, read and judged.

use std::fmt::Write as _;
use std::time::Duration;

use super::figures::{Figures, microseconds};
use super::times::time;
use crate::runner::TargetStep;
use crate::script::{duration_hint, parse_duration};

/// What names the opening handshake.
const HANDSHAKE: &str = "handshake";

/// How limits are written.
const WRITTEN: &str = "a limit is written `p95 < 200ms`, `max < 2s`, `p99(WORDS OF A <- LINE) < 50ms` or `failed < 1%`";

/// A limit as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    text: String,
    bounded: Bounded,
    /// Whether the bound itself is allowed.
    inclusive: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Bounded {
    /// How many sessions fail, in percent.
    Failed(f64),
    Latency {
        statistic: Statistic,
        /// The words in brackets.
        of: Option<String>,
        bound: Duration,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Statistic {
    Quantile(f64),
    Max,
}

/// A limit, and what it is about.
#[derive(Clone, Debug)]
pub struct MeasuredLimit {
    limit: Limit,
    subject: LimitSubject,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LimitSubject {
    Sessions,
    Handshake,
    Expectations,
    Step(usize),
}

/// Why a limit is about nothing, or about too much; and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitError {
    /// What is wrong.
    pub sentence: String,
    /// What to write instead.
    pub hint: String,
}

/// A limit, and whether it is met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedLimit {
    /// As it is written.
    pub text: String,
    /// What was measured.
    pub measured: String,
    /// Whether it is met.
    pub is_met: bool,
}

impl Limit {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong, and what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (what, bound) = parts(text).ok_or(WRITTEN)?;
        let (bound, inclusive) = match bound.strip_prefix('=') {
            Some(bound) => (bound.trim(), true),
            None => (bound.trim(), false),
        };
        let (word, of) = match what.split_once('(') {
            Some((word, rest)) => {
                let words = rest.trim_end().strip_suffix(')').ok_or(WRITTEN)?.trim();
                if words.is_empty() {
                    return Err("words of a `<-` line stand in the brackets".to_owned());
                }
                (word.trim(), Some(words.to_owned()))
            }
            None => (what.trim(), None),
        };
        let bounded = if word == "failed" {
            if of.is_some() {
                return Err("`failed` is about whole sessions: write `failed < 1%`".to_owned());
            }
            Bounded::Failed(percentage(bound)?)
        } else {
            Bounded::Latency {
                statistic: statistic(word)?,
                of,
                bound: parse_duration(bound).ok_or_else(|| duration_hint(bound).into_sentence())?,
            }
        };
        Ok(Self {
            text: text.trim().to_owned(),
            bounded,
            inclusive,
        })
    }

    /// Whether it is about failures.
    #[must_use]
    pub fn is_of_failures(&self) -> bool {
        matches!(self.bounded, Bounded::Failed(_))
    }

    /// Finds what it is about.
    ///
    /// # Errors
    /// None of the block's expectations is meant, or several.
    pub fn find(self, steps: &[TargetStep]) -> Result<MeasuredLimit, LimitError> {
        let subject = match &self.bounded {
            Bounded::Failed(_) => LimitSubject::Sessions,
            Bounded::Latency {
                of: Some(words), ..
            } if words == HANDSHAKE => LimitSubject::Handshake,
            Bounded::Latency {
                of: Some(words), ..
            } => LimitSubject::Step(self.step(words, steps)?),
            Bounded::Latency { of: None, .. } if steps.is_empty() => {
                return Err(LimitError {
                    sentence: format!("--limit '{}': the block waits for nothing", self.text),
                    hint: "`p95(handshake) < 200ms` is about its opening handshake".to_owned(),
                });
            }
            Bounded::Latency { of: None, .. } => LimitSubject::Expectations,
        };
        let limit = self;
        Ok(MeasuredLimit { limit, subject })
    }

    fn step(&self, words: &str, steps: &[TargetStep]) -> Result<usize, LimitError> {
        let error = |what: &str, hint: String| LimitError {
            sentence: format!("--limit '{}': {what} `{words}`", self.text),
            hint,
        };
        let mut found = meant(words, steps);
        match (found.pop(), found.is_empty()) {
            (Some(one), true) => Ok(one),
            (None, _) if steps.is_empty() => Err(error(
                "the block waits for nothing, so nothing fits",
                "`handshake` is what is measured of it".to_owned(),
            )),
            (None, _) => {
                let all = (0..steps.len()).collect::<Vec<_>>();
                let hint = format!("there is {}, and `handshake`", listed(&all, steps));
                Err(error("no `<-` line fits", hint))
            }
            (Some(last), false) => {
                found.push(last);
                let hint = format!(
                    "it may be {}: more words of one of them, or `:LINE`, tell which is meant",
                    listed(&found, steps)
                );
                Err(error("several `<-` lines fit", hint))
            }
        }
    }
}

impl MeasuredLimit {
    /// Judges it by figures.
    #[must_use]
    pub fn judge(&self, figures: &Figures) -> JudgedLimit {
        let Limit {
            text,
            bounded,
            inclusive,
        } = &self.limit;
        let text = text.clone();
        match bounded {
            Bounded::Failed(bound) => {
                let share = figures.failed_share();
                JudgedLimit {
                    text,
                    measured: format!("{share:.2}%"),
                    is_met: share < *bound || (*inclusive && share <= *bound),
                }
            }
            Bounded::Latency {
                statistic, bound, ..
            } => {
                let all;
                let latencies = match self.subject {
                    LimitSubject::Handshake => &figures.handshake,
                    LimitSubject::Step(at) => match figures.steps.get(at) {
                        Some(step) => step,
                        None => &figures.handshake,
                    },
                    LimitSubject::Sessions | LimitSubject::Expectations => {
                        all = figures.expectations();
                        &all
                    }
                };
                if latencies.count() == 0 {
                    return JudgedLimit {
                        text,
                        measured: "nothing was measured".to_owned(),
                        is_met: false,
                    };
                }
                let measured = match statistic {
                    Statistic::Quantile(quantile) => latencies.at(*quantile),
                    Statistic::Max => latencies.max(),
                };
                let bound = microseconds(*bound);
                JudgedLimit {
                    text,
                    measured: time(measured),
                    is_met: measured < bound || (*inclusive && measured == bound),
                }
            }
        }
    }
}

/// What stands before `<` and behind it; the words in brackets may hold one.
fn parts(text: &str) -> Option<(&str, &str)> {
    let words = text.rfind(')').map_or(0, |at| at + 1);
    let at = words + text.get(words..)?.find('<')?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

fn percentage(bound: &str) -> Result<f64, String> {
    let number = bound.strip_suffix('%').map(str::trim);
    let number = number.and_then(|number| number.parse::<f64>().ok());
    match number.filter(|number| (0.0..=100.0).contains(number)) {
        Some(number) => Ok(number),
        None => Err("`failed` is bounded by a percentage, such as `failed < 1%`".to_owned()),
    }
}

fn statistic(word: &str) -> Result<Statistic, String> {
    if word == "max" {
        return Ok(Statistic::Max);
    }
    let percent = word.strip_prefix('p');
    let percent = percent.filter(|digits| digits.starts_with(|first: char| first.is_ascii_digit()));
    let percent = percent.and_then(|percent| percent.parse::<f64>().ok());
    match percent.filter(|percent| *percent > 0.0 && *percent < 100.0) {
        Some(percent) => Ok(Statistic::Quantile(percent / 100.0)),
        None => Err(WRITTEN.to_owned()),
    }
}

/// The expectations that words name: those that have each of them as a word, else those that have them at all.
fn meant(words: &str, steps: &[TargetStep]) -> Vec<usize> {
    if let Some(line) = words
        .strip_prefix(':')
        .and_then(|line| line.parse::<usize>().ok())
    {
        return chosen(steps, |step: &TargetStep| step.line == line);
    }
    let wanted: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    let whole = chosen(steps, |step| {
        let text = step.words.to_lowercase();
        wanted.iter().all(|word| has_word(&text, word))
    });
    if !whole.is_empty() {
        return whole;
    }
    chosen(steps, |step| {
        let text = step.words.to_lowercase();
        wanted.iter().all(|word| text.contains(word.as_str()))
    })
}

fn chosen(steps: &[TargetStep], fits: impl Fn(&TargetStep) -> bool) -> Vec<usize> {
    let steps = steps.iter().enumerate();
    let fitting = steps.filter(|(_, step)| fits(step));
    fitting.map(|(at, _)| at).collect()
}

/// Whether a word stands by itself in a text: no letter or digit goes on beside it.
fn has_word(text: &str, word: &str) -> bool {
    let goes_on = |character: Option<char>| {
        character.is_some_and(|character| character.is_alphanumeric() || character == '_')
    };
    text.match_indices(word).any(|(at, found)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let behind = text.get(at + found.len()..);
        let behind = behind.and_then(|text| text.chars().next());
        !goes_on(before) && !goes_on(behind)
    })
}

/// Expectations with their lines.
fn listed(which: &[usize], steps: &[TargetStep]) -> String {
    const LISTED: usize = 5;
    let mut text = String::new();
    let named = which.iter().filter_map(|at| steps.get(*at));
    for (number, step) in named.take(LISTED).enumerate() {
        let comma = if number > 0 { ", " } else { "" };
        let _ = write!(text, "{comma}`{}` (line {})", step.name, step.line);
    }
    if which.len() > LISTED {
        let _ = write!(text, " and {} more", which.len() - LISTED);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::Redactor;
    use crate::source::Span;

    fn steps(lines: &[&str]) -> Vec<TargetStep> {
        let lines = lines.iter().enumerate();
        let step = |(at, line): (usize, &&str)| TargetStep {
            name: Redactor::default().text(line),
            words: (*line).to_owned(),
            line: at + 10,
            span: Span::at(at),
        };
        lines.map(step).collect()
    }

    fn found(limit: &str, lines: &[&str]) -> Result<LimitSubject, String> {
        let measured = Limit::parse(limit)?.find(&steps(lines));
        measured
            .map(|measured| measured.subject)
            .map_err(|error| format!("{}\n{}", error.sentence, error.hint))
    }

    #[test]
    fn words_name_one_expectation() {
        let lines = [
            "<- json {\"type\": \"subscribed\"}",
            "<- json {\"type\": \"unsubscribed\"}",
            "bob <- text a < b (c)",
        ];
        for (limit, subject) in [
            ("p95 < 200ms", LimitSubject::Expectations),
            ("failed < 1%", LimitSubject::Sessions),
            ("max(handshake) <= 1s", LimitSubject::Handshake),
            ("p99(subscribed) < 50ms", LimitSubject::Step(0)),
            ("p99.9(Unsub) < 50ms", LimitSubject::Step(1)),
            ("p50(bob) < 50ms", LimitSubject::Step(2)),
            ("p50(a < b) < 50ms", LimitSubject::Step(2)),
            ("p50(:11)<50ms", LimitSubject::Step(1)),
        ] {
            assert_eq!(found(limit, &lines), Ok(subject), "{limit}");
        }
        let errors = ["p95(json) < 1s", "p95(nothing here) < 1s"].map(|limit| {
            let error = found(limit, &lines);
            error.expect_err(limit)
        });
        insta::assert_snapshot!(errors.join("\n\n"), @r#"
        --limit 'p95(json) < 1s': several `<-` lines fit `json`
        it may be `<- json {"type": "subscribed"}` (line 10), `<- json {"type": "unsubscribed"}` (line 11): more words of one of them, or `:LINE`, tell which is meant

        --limit 'p95(nothing here) < 1s': no `<-` line fits `nothing here`
        there is `<- json {"type": "subscribed"}` (line 10), `<- json {"type": "unsubscribed"}` (line 11), `bob <- text a < b (c)` (line 12), and `handshake`
        "#);
        assert!(found("p95 < 1s", &[]).is_err());
    }

    #[test]
    fn what_is_no_limit_is_told() {
        for wrong in [
            "",
            "p95",
            "p95 > 1s",
            "p0 < 1s",
            "p100 < 1s",
            "p-5 < 1s",
            "pinf < 1s",
            "min < 1s",
            "p95 < 5",
            "p95 < ",
            "p95() < 1s",
            "p95(a < 1s",
            "failed < 1",
            "failed < 101%",
            "failed(a) < 1%",
            "failed < nan%",
            "< 1s",
        ] {
            assert!(Limit::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn limits_are_judged_by_the_figures() {
        let mut figures = Figures::new(1);
        (1..=100).for_each(|n| figures.steps[0].record(Duration::from_millis(n)));
        (figures.begun, figures.passed, figures.failed) = (200, 99, 1);
        let told: Vec<_> = [
            "p95 < 96ms",
            "p95 < 95ms",
            "max(a) < 101ms",
            "max < 100ms",
            "p99.9 < 1s",
            "p50(handshake) < 1s",
            "failed < 1%",
            "failed <= 1%",
            "failed < 2%",
        ]
        .iter()
        .map(|limit| {
            let limit = Limit::parse(limit).unwrap().find(&steps(&["<- text a"]));
            let judged = limit.unwrap().judge(&figures);
            format!("{}: {} {}", judged.text, judged.measured, judged.is_met)
        })
        .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        p95 < 96ms: 95.0 ms true
        p95 < 95ms: 95.0 ms false
        max(a) < 101ms: 100 ms true
        max < 100ms: 100 ms false
        p99.9 < 1s: 100 ms true
        p50(handshake) < 1s: nothing was measured false
        failed < 1%: 1.00% false
        failed <= 1%: 1.00% true
        failed < 2%: 1.00% true
        ");
    }
}
