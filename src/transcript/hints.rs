//! What would let vary what has changed: a pattern to write, a mask, or to show only what was matched.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use super::format_word;
use super::likeness::{timestamp, uuid};
use super::partners::Partners;
use super::recorded::{EntryKind, Recorded, RecordedEntry};
use super::render::words;
use super::same::{Judge, word};
use super::tree::{NodeShape, TreeNode, unquoted};
use crate::protocol::JsonStep;
use crate::source::Span;

/// What would let something vary.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hint {
    /// The expectation whose pattern is meant.
    pub(crate) step: Option<Span>,
    /// The sentence.
    pub(crate) text: String,
}

/// Characters of a value that are quoted.
const QUOTED: usize = 40;

/// Indexes of arrays that a pattern comes to without being hard to read.
const MOST_ELEMENTS: usize = 3;

pub(super) fn hints(
    judge: &mut Judge<'_>,
    ours: &Recorded<'_>,
    theirs: &Recorded<'_>,
    (partners, changed): (&Partners, &Partners),
) -> Vec<Hint> {
    let mut hints = Vec::new();
    let has_passed = ours.summary.as_ref().is_some_and(|summary| summary.passed);
    for (our, their) in changed {
        if let (Some(fresh), Some(recorded)) = (ours.entries.get(*our), theirs.entries.get(*their))
        {
            hints.extend(of_changed(judge, fresh, recorded));
        }
    }
    if hints.is_empty() && is_passed_over_only(judge, ours, theirs, (partners, changed)) {
        hints.push(Hint {
            step: None,
            text: "`@log matched` leaves out the messages that no `<-` matches, however many there are".to_owned(),
        });
    }
    // Why a session has failed is not to be masked.
    hints.retain(|hint| has_passed || hint.step.is_some());
    let mut seen = BTreeSet::new();
    hints.retain(|hint| seen.insert(hint.clone()));
    hints
}

/// Whether nothing differs but how many messages came that no expectation matched.
fn is_passed_over_only(
    judge: &Judge<'_>,
    ours: &Recorded<'_>,
    theirs: &Recorded<'_>,
    (partners, changed): (&Partners, &Partners),
) -> bool {
    let is_message = |entry: &RecordedEntry<'_>| {
        entry.kind == EntryKind::Received && format_word::written(word(entry)).is_some()
    };
    let is_matched =
        |entry: &RecordedEntry<'_>| entry.mark.is_some_and(|mark| mark.matched.is_some());
    let taken: BTreeSet<usize> = partners.values().copied().collect();
    let mut more = (ours.entries.iter().enumerate())
        .filter(|(our, _)| !partners.contains_key(our) && !ours.left_out.contains(our));
    let mut fewer = (theirs.entries.iter().enumerate())
        .filter(|(their, _)| !taken.contains(their) && !theirs.left_out.contains(their));
    let passed = |summary: &Option<super::recorded::Summary<'_>>| {
        summary.as_ref().map(|summary| summary.passed)
    };
    changed.is_empty()
        && !judge.fresh.matched_only
        && passed(&ours.summary) == passed(&theirs.summary)
        && ours.entries.iter().any(is_matched)
        && more.all(|(_, entry)| is_message(entry) && !is_matched(entry))
        && fewer.all(|(_, entry)| is_message(entry))
}

fn of_changed(
    judge: &mut Judge<'_>,
    fresh: &RecordedEntry<'_>,
    recorded: &RecordedEntry<'_>,
) -> Vec<Hint> {
    let (EntryKind::Sent | EntryKind::Received, Some(source)) =
        (fresh.kind, judge.source(fresh, recorded))
    else {
        return Vec::new();
    };
    let step = fresh.mark.and_then(|mark| mark.matched);
    let (other, _) = super::flat::payload(recorded);
    let shown = super::shown::ShownPayload::read(&other, false);
    let (Some((_, one)), Some(other)) = (source.split_once("  "), shown.text()) else {
        return Vec::new();
    };
    match word(fresh) {
        word if format_word::is_json(word) => of_json(step, one, other),
        "text" | "xml" => of_text(step, word(fresh), one, other).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn of_json(step: Option<Span>, fresh: &str, recorded: &str) -> Vec<Hint> {
    let (Some(ours), Some(theirs)) = (TreeNode::read(fresh), TreeNode::read(recorded)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    leaves(
        (fresh, &ours),
        (recorded, &theirs),
        &mut Vec::new(),
        &mut found,
    );
    let hint = |(path, now, then): (Vec<JsonStep>, &str, &str)| {
        let shown = spelled(&path);
        let was = format!("`{shown}` was {}, and is {}", brief(then), brief(now));
        let text = match (step, pattern(&path, &placeholder(now, then))) {
            (Some(_), Some(pattern)) => {
                format!("{was}: write `{pattern}` in the pattern to let it vary")
            }
            _ => format!("{was}: `@mask {shown}` lets it vary"),
        };
        Hint { step, text }
    };
    found.into_iter().map(hint).collect()
}

/// The values that differ, and stand at the same path.
fn leaves<'a>(
    (fresh, our): (&'a str, &TreeNode),
    (recorded, their): (&'a str, &TreeNode),
    path: &mut Vec<JsonStep>,
    found: &mut Vec<(Vec<JsonStep>, &'a str, &'a str)>,
) {
    match (&our.kind, &their.kind) {
        (NodeShape::Object(ours), NodeShape::Object(_)) => {
            for (key, our) in ours {
                path.push(JsonStep::Key(unquoted(fresh, key)));
                if let Some(their) = path
                    .last()
                    .and_then(|last| their.at(recorded, std::slice::from_ref(last)))
                {
                    leaves((fresh, our), (recorded, their), path, found);
                }
                path.pop();
            }
        }
        (NodeShape::Array(ours), NodeShape::Array(theirs)) => {
            for (at, (our, their)) in ours.iter().zip(theirs).enumerate() {
                path.push(JsonStep::Index(at));
                leaves((fresh, our), (recorded, their), path, found);
                path.pop();
            }
        }
        _ => {
            let (now, then) = (
                fresh.get(our.range.clone()),
                recorded.get(their.range.clone()),
            );
            if let (Some(now), Some(then)) = (now, then)
                && now != then
                && !path.is_empty()
            {
                found.push((path.clone(), now, then));
            }
        }
    }
}

/// A path as jq spells it.
fn spelled(path: &[JsonStep]) -> String {
    let mut spelled = String::new();
    for step in path {
        match step {
            JsonStep::Key(key) => {
                let is_word = key
                    .starts_with(|part: char| part.is_ascii_alphabetic() || part == '_')
                    && key
                        .chars()
                        .all(|part| part.is_ascii_alphanumeric() || part == '_');
                spelled.push('.');
                if is_word {
                    spelled.push_str(key);
                } else {
                    spelled.push_str(&quoted(key));
                }
            }
            JsonStep::Index(at) => {
                let dot = if spelled.is_empty() { "." } else { "" };
                // Writing to a string cannot fail.
                let _ = write!(spelled, "{dot}[{at}]");
            }
        }
    }
    spelled
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    super::spelling::push_literal(&mut quoted, text);
    quoted.push('"');
    quoted
}

/// The smallest pattern that leaves a place open; `None` where that is hard to read.
fn pattern(path: &[JsonStep], placeholder: &str) -> Option<String> {
    path.iter()
        .rev()
        .try_fold(placeholder.to_owned(), |inner, step| match step {
            JsonStep::Key(key) => Some(format!("{{{}: {inner}}}", quoted(key))),
            JsonStep::Index(at) if *at <= MOST_ELEMENTS => Some(format!(
                "[{}{inner}, {{{{$rest}}}}]",
                "{{$any}}, ".repeat(*at)
            )),
            JsonStep::Index(_) => None,
        })
}

/// What both values are.
fn placeholder(now: &str, then: &str) -> String {
    let both = |is: &dyn Fn(&str) -> bool| is(now) && is(then);
    let inner = |text: &str| text.trim_matches('"').to_owned();
    let is_string = |text: &str| text.starts_with('"');
    let is_digits = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_number = |text: &str| {
        text.starts_with(|part: char| part == '-' || part.is_ascii_digit())
            && text.chars().all(|part| "0123456789.eE+-".contains(part))
    };
    let kind = if both(&|text| is_string(text) && text.len() == 38 && uuid(&inner(text))) {
        "uuid"
    } else if both(&|text| {
        is_string(text) && timestamp(&inner(text)).map(|length| length + 2) == Some(text.len())
    }) {
        "datetime"
    } else if both(&is_string) {
        "string"
    } else if both(&is_digits) {
        "integer"
    } else if both(&is_number) {
        "number"
    } else if both(&|text| ["true", "false"].contains(&text)) {
        "boolean"
    } else {
        "any"
    };
    format!("{{{{${kind}}}}}")
}

/// Text in which one stretch of words differs.
fn of_text(step: Option<Span>, format: &str, fresh: &str, recorded: &str) -> Option<Hint> {
    let (ours, theirs) = (words(fresh), words(recorded));
    let word = |text: &'_ str, range: &Range<usize>| {
        text.get(range.clone()).unwrap_or_default().to_owned()
    };
    let same =
        |(our, their): &(&Range<usize>, &Range<usize>)| word(fresh, our) == word(recorded, their);
    let start = ours.iter().zip(&theirs).take_while(same).count();
    let most = ours.len().min(theirs.len()) - start;
    let end = ours
        .iter()
        .rev()
        .zip(theirs.iter().rev())
        .take(most)
        .take_while(same)
        .count();
    let stretch = |text: &'_ str, words: &[Range<usize>]| {
        let from = words.get(start).map_or(text.len(), |word| word.start);
        let to = words
            .len()
            .checked_sub(end + 1)
            .and_then(|last| words.get(last))
            .map_or(from, |word| word.end);
        text.get(from..to.max(from)).unwrap_or_default().to_owned()
    };
    let (now, then) = (stretch(fresh, &ours), stretch(recorded, &theirs));
    let before: String = ours
        .iter()
        .take(start)
        .map(|range| word(fresh, range))
        .collect();
    let was = match then.as_str() {
        "" => format!("`{}` is new", brief(&now)),
        then => format!("`{}` was `{}`", brief(&now), brief(then)),
    };
    let open = placeholder(&now, &then).replace("{{$string}}", "{{$any}}");
    let text = if step.is_some() {
        format!("{was}: write `{open}` in its place in the {format} pattern to let it vary")
    } else {
        // As much of what stands before it as tells the place.
        let near: String = before.chars().rev().take(QUOTED / 2).collect();
        let near: String = near.chars().rev().collect();
        let near = regex::escape(&near).replace('/', "\\/");
        format!("{was}: `@mask /{near}(\\S+)/` lets it vary")
    };
    (!before.is_empty() || step.is_some()).then_some(Hint { step, text })
}

fn brief(text: &str) -> String {
    if text.chars().count() <= QUOTED {
        return text.to_owned();
    }
    let start: String = text.chars().take(QUOTED).collect();
    format!("{start}…")
}
