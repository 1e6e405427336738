//! The figures as a table of text.

use std::fmt::Write as _;

use super::figures::Latencies;
use super::limit::JudgedLimit;
use super::run::LoadOutcome;
use super::times::{number, rate, time};
use crate::report::{BOLD, GREEN, RED, harmless, paint};
use crate::runner::TargetStep;

/// Characters of an expectation that are shown.
const NAME: usize = 44;

/// What the columns of times are called, and which part of all they stand for; the last one is the longest.
const COLUMNS: [(&str, Option<f64>); 5] = [
    ("p50", Some(0.5)),
    ("p90", Some(0.9)),
    ("p95", Some(0.95)),
    ("p99", Some(0.99)),
    ("max", None),
];

/// The figures as text, with colours where they are wanted.
#[must_use]
pub fn table(
    outcome: &LoadOutcome,
    steps: &[TargetStep],
    limits: &[JudgedLimit],
    colour: bool,
) -> String {
    let figures = &outcome.figures;
    let took = outcome.took;
    let mut text = String::new();
    let mut line = |name: &str, told: String| {
        let _ = writeln!(
            text,
            "{} {told}",
            paint(&format!("{name:<9}"), BOLD, colour)
        );
    };
    let failed = number(figures.failed);
    let failed = match figures.failed {
        0 => format!("{failed} failed"),
        _ => paint(&format!("{failed} failed"), RED, colour),
    };
    let unfinished = number(figures.unfinished());
    let passed = number(figures.passed);
    let time_taken = time(super::figures::microseconds(took));
    line(
        "sessions",
        format!("{passed} passed, {failed}, {unfinished} unfinished in {time_taken}"),
    );
    let connects = figures.handshake.count();
    line(
        "connects",
        format!("{}, {}", number(connects), rate(connects, took)),
    );
    line(
        "messages",
        format!(
            "{} sent, {} received, {}",
            number(figures.sent),
            number(figures.received),
            rate(figures.messages(), took)
        ),
    );
    if !figures.failures.is_empty() {
        let kinds = figures.failures.iter();
        let kinds: Vec<_> = kinds
            .map(|(kind, count)| format!("{} {}", kind.word(), number(*count)))
            .collect();
        line("failures", kinds.join(", "));
    }
    text.push('\n');
    text.push_str(&latencies(outcome, steps, colour));
    if !limits.is_empty() {
        text.push('\n');
    }
    for limit in limits {
        let (mark, style) = if limit.is_met {
            ('✓', GREEN)
        } else {
            ('✗', RED)
        };
        let told = format!("{mark} {}: {}", harmless(&limit.text), limit.measured);
        let _ = writeln!(text, "{}", paint(&told, style, colour));
    }
    text
}

fn latencies(outcome: &LoadOutcome, steps: &[TargetStep], colour: bool) -> String {
    let handshake = ("handshake".to_owned(), &outcome.figures.handshake);
    let measured = steps.iter().zip(&outcome.figures.steps);
    let measured = measured.map(|(step, latencies)| (shown(&step.name), latencies));
    let rows: Vec<_> = std::iter::once(handshake).chain(measured).collect();
    let widths = rows.iter().map(|(name, _)| name.chars().count());
    let width = widths.max().unwrap_or_default();
    let mut head = format!("{:width$} {:>10}", "", "count");
    for (name, _) in COLUMNS {
        let _ = write!(head, " {name:>9}");
    }
    let mut text = format!("{}\n", paint(&head, BOLD, colour));
    for (name, latencies) in rows {
        let _ = write!(text, "{name:width$} {:>10}", number(latencies.count()));
        for (_, quantile) in COLUMNS {
            let _ = write!(text, " {:>9}", told(latencies, quantile));
        }
        text.push('\n');
    }
    text
}

/// A time as it stands in tables; without one a dash.
pub(super) fn told(latencies: &Latencies, quantile: Option<f64>) -> String {
    match (latencies.count(), quantile) {
        (0, _) => "–".to_owned(),
        (_, Some(quantile)) => time(latencies.at(quantile)),
        (_, None) => time(latencies.max()),
    }
}

/// An expectation's line, harmless and not too long.
fn shown(name: &str) -> String {
    let name = harmless(name).replace('\t', " ");
    match name.char_indices().nth(NAME) {
        None => name,
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
    }
}
