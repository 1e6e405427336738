//! One session: its heading, what went wrong, its timeline and its lines.

use std::fmt::Write as _;
use std::time::Duration;

use super::super::account::{Account, Case, Outcome};
use super::super::paint::harmless;
use super::super::summary::seconds;
use super::escaped;
use super::line::{class, is_event, since};
use super::plot::plot;
use crate::transcript::{Line, LineKind};

/// A session as an article.
pub(super) fn session(
    html: &mut String,
    account: &Account,
    case: &Case,
    lines: &[Line],
    number: &str,
) {
    let (outcome, reason) = case.outcome(account.is_checked());
    let word = outcome.word();
    let open = if outcome == Outcome::Failed {
        " open"
    } else {
        ""
    };
    let _ = write!(
        html,
        "<article class=\"session {word}\" data-outcome=\"{word}\">\n<details{open}>\n<summary>\
         <span class=\"mark\" aria-label=\"{word}\">{}</span><span class=\"name\">{}</span>",
        match outcome {
            Outcome::Passed => '✓',
            Outcome::Failed => '✗',
            Outcome::Skipped => '–',
        },
        escaped(&harmless(&case.block().name)),
    );
    if case.is_server() {
        html.push_str("<span class=\"role\">server</span>");
    }
    let _ = write!(
        html,
        "<span class=\"facts\">{}</span>",
        facts(case, outcome)
    );
    if !reason.is_empty() {
        let _ = write!(html, "<span class=\"why\">{}</span>", escaped(&reason));
    }
    html.push_str("</summary>\n<div class=\"body\">\n");
    for problem in &case.problems {
        let _ = writeln!(
            html,
            "<pre class=\"problem\">{}</pre>",
            escaped(&problem.drawn)
        );
    }
    let id = format!("e{number}-{}", case.block().index);
    plot(html, lines, case.result.took, &id);
    events(html, case, lines, &id);
    html.push_str("</div>\n</details>\n</article>\n");
}

fn facts(case: &Case, outcome: Outcome) -> String {
    let line = case.line();
    if outcome == Outcome::Skipped {
        return format!("line {line}");
    }
    let (sent, received) = (case.result.sent, case.result.received);
    let took = seconds(case.result.took);
    format!("line {line} · {sent} sent, {received} received · {took}")
}

fn events(html: &mut String, case: &Case, lines: &[Line], id: &str) {
    let lines = || lines.iter().enumerate().filter(|(_, line)| is_event(line));
    let named = if lines().any(|(_, line)| line.who.is_some()) {
        " named"
    } else {
        ""
    };
    let _ = writeln!(html, "<ol class=\"events{named}\">");
    for (at, line) in lines() {
        let class = class(line.kind);
        let _ = write!(
            html,
            "<li id=\"{id}-{at}\" class=\"{class}\"><span class=\"at\""
        );
        if let Some(at) = line.at {
            let when = case.began.and_then(|began| moment(began, at));
            let when = when
                .map(|when| format!(" title=\"{when:.6}\""))
                .unwrap_or_default();
            let _ = write!(html, "{when}>{}", since(at));
        } else {
            html.push('>');
        }
        html.push_str("</span>");
        if !named.is_empty() {
            let who = line.who.as_deref().unwrap_or_default();
            let _ = write!(
                html,
                "<span class=\"who\">{}</span>",
                escaped(&harmless(who))
            );
        }
        let _ = writeln!(html, "<span class=\"told\">{}</span></li>", told(line));
    }
    html.push_str("</ol>\n");
}

/// The line's text, its arrow set apart.
fn told(line: &Line) -> String {
    let text = escaped(line.told());
    match line.kind {
        LineKind::Sent | LineKind::Received => {
            let mut characters = text.chars();
            let arrow = characters.next().unwrap_or(' ');
            format!(
                "<span class=\"arrow\">{arrow}</span>{}",
                characters.as_str()
            )
        }
        _ => text,
    }
}

fn moment(began: jiff::Timestamp, at: Duration) -> Option<jiff::Timestamp> {
    began
        .checked_add(jiff::SignedDuration::try_from(at).ok()?)
        .ok()
}
