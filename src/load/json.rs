//! `--report json=PATH`: the figures in the words of `docs/load.md`. Times are in microseconds.

use super::figures::{Figures, Latencies, microseconds};
use super::limit::JudgedLimit;
use super::run::LoadOutcome;
use crate::report::Object;
use crate::runner::TargetStep;

/// The version of the schema: raised when a member changes its meaning or goes.
const VERSION: u128 = 1;

/// The report; `line` is that of the block's fence, where the handshake belongs to.
#[must_use]
pub fn json(
    outcome: &LoadOutcome,
    line: usize,
    steps: &[TargetStep],
    limits: &[JudgedLimit],
) -> Vec<u8> {
    let figures = &outcome.figures;
    let mut text = Vec::new();
    let mut object = Object::begin(&mut text);
    object.number("version", VERSION);
    object.number("took", microseconds(outcome.took).into());
    object.raw("sessions", &sessions(figures));
    let messages = [("sent", figures.sent), ("received", figures.received)];
    object.raw("messages", &counts(messages));
    let failures = figures.failures.iter();
    let failures = failures.map(|(kind, count)| (kind.word(), *count));
    object.raw("failures", &counts(failures));
    let handshake = step("handshake", line, &figures.handshake);
    let measured = steps.iter().zip(&figures.steps);
    let measured = measured.map(|(one, latencies)| step(&one.name, one.line, latencies));
    let all: Vec<_> = std::iter::once(handshake).chain(measured).collect();
    object.raw("steps", &format!("[{}]", all.join(",")));
    if !limits.is_empty() {
        let limits: Vec<_> = limits.iter().map(limit).collect();
        object.raw("limits", &format!("[{}]", limits.join(",")));
    }
    object.end();
    text
}

fn sessions(figures: &Figures) -> String {
    counts([
        ("passed", figures.passed),
        ("failed", figures.failed),
        ("unfinished", figures.unfinished()),
    ])
}

fn counts<'a>(counts: impl IntoIterator<Item = (&'a str, u64)>) -> String {
    member(|object| {
        for (name, count) in counts {
            object.number(name, count.into());
        }
    })
}

fn step(name: &str, line: usize, latencies: &Latencies) -> String {
    member(|object| {
        object.text("name", name);
        object.number("line", line as u128);
        object.number("count", latencies.count().into());
        for (word, quantile) in [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)] {
            object.number(word, latencies.at(quantile).into());
        }
        object.number("max", latencies.max().into());
    })
}

fn limit(limit: &JudgedLimit) -> String {
    member(|object| {
        object.text("limit", &limit.text);
        object.text("measured", &limit.measured);
        object.raw("met", if limit.is_met { "true" } else { "false" });
    })
}

/// An object as a member of another one.
fn member(write: impl FnOnce(&mut Object<'_>)) -> String {
    let mut line = Vec::new();
    let mut object = Object::begin(&mut line);
    write(&mut object);
    object.end();
    String::from_utf8_lossy(&line).trim_end().to_owned()
}
