//! `<- drop`: what may stand behind it and below it, which is next to nothing, since nothing arrives with it.

use super::body::StepWords;
use super::short::short;
use super::text::Piece;
use crate::diagnostic::Diagnostic;
use crate::script::Expected;

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
    let hint = format!("write `{lead} drop` alone; a text is `{lead} text drop {text}`");
    let message = "`<- drop` takes nothing behind it: no frame comes that could hold it";
    told.push(Diagnostic::error(rest.span(), message).hint(hint));
    None
}

/// Why a refinement cannot stand below `<- drop`.
pub(super) fn misplaced(word: Piece<'_>) -> Option<Diagnostic> {
    let (message, hint) = match word.text {
        "within" | "any-order" => return None,
        "next" | "times" | "repeat" => (
            "a connection ends once".to_owned(),
            format!("remove `-- {}`", word.text),
        ),
        "none" => (
            "`-- none` contradicts `<- drop`, which waits for the end".to_owned(),
            "`-- wait 2s` says that the connection stays open".to_owned(),
        ),
        _ => (
            format!(
                "nothing arrives with `<- drop` that `-- {}` could look at",
                word.text
            ),
            "only `-- within` and `-- any-order` refine it".to_owned(),
        ),
    };
    Some(Diagnostic::error(word.span(), message).hint(hint))
}
