//! `@./path` as a whole body, and what was probably meant to be one.

use super::call::Place;
use super::template::{Syntax, template};
use super::text::Cooked;
use crate::diagnostic::Diagnostic;
use crate::format::Format;
use crate::script::Content;

/// The longest name of a file that a hint repeats.
const LONGEST: usize = 100;

/// Reads `@./path`. `None`: it is no file.
pub(super) fn content(
    cooked: &Cooked,
    place: Place,
    told: &mut Vec<Diagnostic>,
) -> Option<Content> {
    let text = cooked.text().trim_ascii();
    let is_file = text.starts_with("@./") || text.starts_with("@../");
    if !is_file || text.contains('\n') {
        return None;
    }
    // A path has a value, in a pattern as well.
    let place = if place == Place::Pattern {
        Place::Line
    } else {
        place
    };
    Some(Content::File(template(
        &cooked.trimmed().tail(1),
        Syntax::Plain,
        place,
        told,
    )))
}

/// What is told of a body such as `@blob.bin`, which in no format but `text` can be anything else than a file's name.
pub(super) fn misspelt(format: Format, cooked: &Cooked) -> Option<Diagnostic> {
    let text = cooked.text().trim_ascii();
    let hint = match meant(text) {
        Some(path) => format!("did you mean `@{path}`?"),
        None if text.starts_with("@/") || text.starts_with("@~/") => {
            "paths are relative to the document: `@./…` or `@../…`, inside `--file-root`".to_owned()
        }
        None => return None,
    };
    let message = "a file's path starts with `./` or `../`";
    let span = cooked.trimmed().whole();
    (format != Format::Text).then(|| Diagnostic::error(span, message).hint(hint))
}

/// The path that a text such as `@blob.bin` was meant to name: `./blob.bin`.
pub(in crate::script) fn meant(text: &str) -> Option<String> {
    let path = text.strip_prefix('@')?;
    let named = path.starts_with(|next: char| next.is_alphanumeric() || matches!(next, '_' | '-'));
    let one_word = !path.contains(|next: char| next.is_whitespace() || next.is_control());
    (named && one_word && path.len() <= LONGEST).then(|| format!("./{path}"))
}

/// The FORMAT that a path's ending stands for; `None`: it does not look like a path.
pub(super) fn format_of(path: &str) -> Option<Format> {
    let (_, ending) = path.rsplit_once('.')?;
    let ends = (1..=5).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric());
    ends.then_some(match ending {
        "json" => Format::Json,
        "xml" => Format::Xml,
        "txt" | "md" => Format::Text,
        _ => Format::Binary,
    })
}
