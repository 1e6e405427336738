//! One session: its heading, what went wrong, its timeline and its lines.

use std::time::Duration;

use maud::{Markup, html};

use super::super::account::{Account, Case, CaseOutcome};
use super::super::paint::harmless;
use super::super::summary::seconds;
use super::line::{class, is_event, since};
use super::plot::plot;
use super::script::script;
use super::shown::Shown;
use crate::redact::Redacted;
use crate::transcript::{Line, LineKind};

/// A session as an article.
pub(super) fn session(
    account: &Account,
    case: &Case,
    lines: &[Line],
    text: Option<&Redacted<String>>,
    number: &str,
) -> Markup {
    let (outcome, reason) = case.outcome(account.is_checked());
    let word = outcome.word();
    let mark = match outcome {
        CaseOutcome::Passed => '✓',
        CaseOutcome::Failed => '✗',
        CaseOutcome::Skipped => '–',
    };
    let id = format!("e{number}-{}", case.block().index);
    html! {
        article class={ "session " (word) } data-outcome=(word) {
            "\n" details open[outcome == CaseOutcome::Failed] {
                "\n" summary {
                    span .mark aria-label=(word) { (mark) }
                    span .name { (Shown(harmless(&case.block().name))) }
                    @if case.is_server() {
                        span .role { "server" }
                    }
                    span .facts { (facts(case, outcome)) }
                    @if !reason.is_empty() {
                        span .why { (Shown(reason)) }
                    }
                }
                "\n" div .body {
                    "\n"
                    @for problem in &case.problems {
                        pre .problem { (Shown(&problem.drawn)) } "\n"
                    }
                    @if let Some(text) = text {
                        (script(case, text))
                    }
                    (plot(lines, case.result.took, &id))
                    (events(case, lines, &id))
                }
                "\n"
            }
            "\n"
        }
        "\n"
    }
}

fn facts(case: &Case, outcome: CaseOutcome) -> String {
    let line = case.line();
    if outcome == CaseOutcome::Skipped {
        return format!("line {line}");
    }
    let (sent, received) = (case.result.sent, case.result.received);
    let took = seconds(case.result.took);
    format!("line {line} · {sent} sent, {received} received · {took}")
}

fn events(case: &Case, lines: &[Line], id: &str) -> Markup {
    let lines = || lines.iter().enumerate().filter(|(_, line)| is_event(line));
    let is_named = lines().any(|(_, line)| line.who.is_some());
    html! {
        ol class={ "events" @if is_named { " named" } } {
            "\n"
            @for (at, line) in lines() {
                li id={ (id) "-" (at) } class=(class(line.kind)) {
                    span class="at" title=[when(case, line)] {
                        @if let Some(at) = line.at { (since(at)) }
                    }
                    @if is_named {
                        span .who { (Shown(harmless(line.who.as_deref().unwrap_or_default()))) }
                    }
                    span .told { (told(line)) }
                }
                "\n"
            }
        }
        "\n"
    }
}

/// The line's text, its arrow set apart.
fn told(line: &Line) -> Markup {
    let text = line.told();
    match line.kind {
        LineKind::Sent | LineKind::Received => {
            let mut characters = text.chars();
            let arrow = characters.next().unwrap_or(' ');
            html! { span .arrow { (arrow) } (Shown(characters.as_str())) }
        }
        _ => html! { (Shown(text)) },
    }
}

/// When it happened, as a time of day.
fn when(case: &Case, line: &Line) -> Option<String> {
    let since: Duration = line.at?;
    let at = case
        .began?
        .checked_add(jiff::SignedDuration::try_from(since).ok()?);
    Some(format!("{:.6}", at.ok()?))
}
