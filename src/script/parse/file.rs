//! `@./path` as a whole body, and what was probably meant to be one.

use super::call::TemplatePlace;
use super::file_name::meant;
use super::template::{Syntax, template};
use super::text::Cooked;
use crate::diagnostic::{Cure, Diagnostic};
use crate::format::Format;
use crate::script::Content;

/// Reads `@./path`. `None`: it is not a file.
pub(super) fn content(
    cooked: &Cooked,
    place: TemplatePlace,
    told: &mut Vec<Diagnostic>,
) -> Option<Content> {
    let text = cooked.text().trim_ascii();
    let is_file = text.starts_with("@./") || text.starts_with("@../");
    if !is_file || text.contains('\n') {
        return None;
    }
    // A path has a value, in a pattern as well.
    let place = if place == TemplatePlace::Pattern {
        TemplatePlace::Line
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
        Some(path) => Cure::meant(format!("@{path}")),
        None if text.starts_with("@/") || text.starts_with("@~/") => {
            "paths are relative to the document: `@./…` or `@../…`, inside `--file-root`".into()
        }
        None => return None,
    };
    let message = "a file's path starts with `./` or `../`";
    let span = cooked.trimmed().whole();
    (format != Format::Text).then(|| Diagnostic::error(span, message).hint(hint))
}
