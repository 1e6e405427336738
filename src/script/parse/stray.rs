//! Lines that belong to no body: what they were probably meant to be.

use super::lines::{Marks, marked, named};
use super::short::short;
use super::text::Piece;
use crate::diagnostic::{Cure, Diagnostic};
use crate::script::Role;
use crate::script::options::find;

/// Tells each line that looks like a misspelt step, and the first of the others with `plain`.
pub(super) fn tell(
    lines: &[Piece<'_>],
    marks: Marks,
    plain: (&str, &str),
    told: &mut Vec<Diagnostic>,
) {
    let mut is_told = false;
    for line in lines.iter().filter(|line| !line.is_blank()) {
        if let Some(diagnostic) = misspelt(*line, marks) {
            told.push(diagnostic);
        } else if !is_told {
            is_told = true;
            let (message, hint) = plain;
            told.push(Diagnostic::error(line.trim().span(), message).hint(hint));
        }
    }
}

/// A line that looks like a step or an option, but is none here.
fn misspelt(written: Piece<'_>, marks: Marks) -> Option<Diagnostic> {
    let line = written.trim();
    if let Some(step) = named(line).filter(|_| !marks.clients) {
        let who = step.who?;
        let remove = Cure::from(format!("remove `{}`", who.text)).put_at(step.name_span(), "");
        let (message, hint) = if marks.role == Role::Http {
            let message = "a request belongs to the block, not to a client".to_owned();
            (message, remove)
        } else if marks.role == Role::Server {
            let message = format!("only `->` has a name before it, not `{}`", step.mark.text());
            (message, remove)
        } else {
            let message = format!("the block has no client `{}`", who.text);
            let hint = format!("name the clients in the head: `@clients {}`", who.text);
            (message, hint.into())
        };
        return Some(Diagnostic::error(who.span(), message).hint(hint));
    }
    let (word, _) = line.word();
    if let Some(option) = word.strip("@").and_then(|name| find(name.text)) {
        let hint = format!("move `@{}` up, below the URL", option.name);
        return Some(Diagnostic::error(line.span(), "an option stands in the head").hint(hint));
    }
    let (mark, rest) = misspelt_mark(line)?;
    let step = format!("{mark} {}", short(rest.text));
    let cure = Cure::from(format!("did you mean `{}`, at column 0?", step.trim_end()))
        .put_at(written.trim_end().span(), format!("{mark} {}", rest.text));
    Some(Diagnostic::error(line.span(), "the line does not start a step").hint(cure))
}

/// The mark that a line's first characters were meant to be, and what stands behind it.
pub(super) fn misspelt_mark(line: Piece<'_>) -> Option<(&'static str, Piece<'_>)> {
    if let Some(step) = marked(line) {
        return Some((step.mark.text(), step.rest));
    }
    let (word, _) = line.word();
    let sign = word
        .text
        .trim_end_matches(|next: char| next.is_alphanumeric());
    let mark = match sign {
        "=>" | ">" | ">>" | "-->" | "->" | "~>" | "⇒" | "⟶" | "→" => "->",
        "<=" | "<<" | "<--" | "<-" | "<~" | "⇐" | "⟵" | "←" => "<-",
        "-" | "—" | "–" | "---" | "--" => "--",
        _ => return None,
    };
    Some((mark, line.from(sign.len()).trim()))
}
