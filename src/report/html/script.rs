//! What a session was to do: the block's script, painted, with its lines' numbers in the document.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::super::account::Case;
use super::shown::Shown;
use crate::redact::Redacted;
use crate::runner::role;
use crate::script::{PaintedPiece, painted_lines};

/// Folded: who reads of what happened may look at what was asked for.
pub(super) fn script(case: &Case, text: &Redacted<String>) -> Markup {
    let block = case.block();
    let failed = case.problems.iter().filter_map(|problem| problem.at);
    let failed: BTreeSet<usize> = failed.map(|at| at.line).collect();
    let lines = painted_lines(text, role(block.kind)).into_iter();
    let lines = (block.line + 1..).zip(lines);
    html! {
        details .script {
            "\n" summary { "Script" }
            "\n" pre {
                @for (number, pieces) in lines {
                    span .step .wrong[failed.contains(&number)] {
                        span .number { (number) }
                        span { (painted(&pieces)) }
                    }
                }
            }
            "\n"
        }
        "\n"
    }
}

fn painted(pieces: &[PaintedPiece<'_>]) -> Markup {
    html! {
        @for (class, text) in pieces {
            @if let Some(class) = class {
                span class={ "t-" (class.word()) } { (Shown(text)) }
            } @else {
                (Shown(text))
            }
        }
    }
}
