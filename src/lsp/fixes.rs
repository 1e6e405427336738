//! Diagnostics and their fixes as the protocol has them.

use serde_json::{Value, json};

use super::buffer::Buffer;
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::document::Edit;
use crate::report::harmless;
use crate::runner::CheckedText;
use crate::source::Span;

/// What is said of a text, in order: what is wrong at places of it, and what has no place.
pub(super) fn told(checked: &CheckedText) -> Vec<Diagnostic> {
    let mut told = checked.diagnostics.clone();
    // What is nothing of ours is left in peace.
    if let Some(first) = checked.document.blocks.first() {
        told.extend(checked.remarks.iter().map(|(sentence, fatal)| {
            if *fatal {
                Diagnostic::error(first.info, sentence.as_str())
            } else {
                Diagnostic::warning(first.info, sentence.as_str())
            }
        }));
    }
    told
}

/// One as it is published. What to do about it stands on a line of its own.
pub(super) fn published(buffer: &Buffer, diagnostic: &Diagnostic) -> Value {
    let mut message = harmless(&diagnostic.message);
    if let Some(hint) = &diagnostic.hint {
        message.push('\n');
        message.push_str(&harmless(hint));
    }
    let severity = match diagnostic.severity {
        Severity::Error => 1,
        Severity::Warning => 2,
    };
    json!({
        "range": buffer.range(diagnostic.span),
        "severity": severity,
        "source": "voiden",
        "message": message,
    })
}

/// What can be done about what is wrong in a stretch of the text.
pub(super) fn actions(
    buffer: &Buffer,
    told: &[Diagnostic],
    within: Span,
    edit: &dyn Fn(&[Edit]) -> Value,
) -> Value {
    let touches =
        |told: &&Diagnostic| told.span.start <= within.end && within.start <= told.span.end;
    let fixes = told.iter().filter(touches).flat_map(|told| {
        let only = told.fixes.len() == 1;
        told.fixes.iter().map(move |fix| (told, fix, only))
    });
    let actions = fixes.map(|(told, fix, only)| {
        let put = Edit {
            span: fix.span,
            text: fix.text.clone(),
        };
        json!({
            "title": title(buffer, fix),
            "kind": "quickfix",
            "diagnostics": [published(buffer, told)],
            "isPreferred": only,
            "edit": edit(&[put]),
        })
    });
    actions.collect()
}

/// What a fix does, in some words.
fn title(buffer: &Buffer, fix: &Fix) -> String {
    let there = buffer.text.get(fix.span.start..fix.span.end);
    let there = there.unwrap_or_default().trim();
    let (there, text) = (short(there), short(fix.text.trim()));
    match (there.is_empty(), text.is_empty()) {
        (_, true) => format!("Remove `{there}`"),
        (true, _) => format!("Insert `{text}`"),
        _ => format!("Write `{text}` instead of `{there}`"),
    }
}

fn short(text: &str) -> String {
    const LONGEST: usize = 60;
    let first: String = text.chars().take(LONGEST).collect();
    let dots = if first.len() < text.len() { "…" } else { "" };
    harmless(&first) + dots
}
