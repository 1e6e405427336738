//! `<- drop`: what may stand behind it and below it, which is next to nothing, since nothing arrives with it.

use super::body::StepWords;
use super::lines::StepLine;
use super::short::short;
use super::text::Piece;
use crate::diagnostic::{Cure, Diagnostic};
use crate::script::Expected;
use crate::source::Span;

/// Reads what stands behind `<- drop`.
pub(super) fn read(
    words: StepWords<'_>,
    rest: Piece<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<Expected> {
    words.nothing_below("drop", told);
    if rest.is_empty() {
        return Some(Expected::Drop);
    }
    let lead = words.lead;
    let text = short(rest.text);
    let sentence = format!("write `{lead} drop` alone; a text is `{lead} text drop {text}`");
    let hint = Cure::from(sentence)
        .put("")
        .put_at(Span::at(words.rest.at), "text ");
    let message = "`<- drop` takes nothing behind it: no frame comes that could hold it";
    told.push(Diagnostic::error(rest.span(), message).hint(hint));
    None
}

/// Why a refinement cannot stand below `<- drop`.
pub(super) fn misplaced(line: &StepLine<'_>) -> Option<Diagnostic> {
    let (word, _) = line.rest.word();
    let (message, hint) = match word.text {
        "within" | "any-order" => return None,
        "next" | "times" | "repeat" => ("a connection ends once".to_owned(), line.removed()),
        "none" => (
            "`-- none` contradicts `<- drop`, which waits for the end".to_owned(),
            "`-- wait 2s` says that the connection stays open".into(),
        ),
        _ => (
            format!(
                "nothing arrives with `<- drop` that `-- {}` could look at",
                word.text
            ),
            "only `-- within` and `-- any-order` refine it".into(),
        ),
    };
    Some(Diagnostic::error(word.span(), message).hint(hint))
}
