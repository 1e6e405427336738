//! Durations and counts, which may come from variables.

use std::time::Duration;

use super::call::TemplatePlace;
use super::template::{self, opening};
use super::text::Piece;
use crate::diagnostic::Diagnostic;
use crate::script::options::duration_error;
use crate::script::{Setting, parse_duration};

/// A duration behind a word.
pub(super) fn duration(
    word: Piece<'_>,
    rest: Piece<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<Setting<Duration>> {
    if rest.is_empty() {
        let message = format!("a duration is missing behind `{}`", word.text);
        let hint = format!("for instance `{} 2s`", word.text);
        told.push(Diagnostic::error(word.span(), message).hint(hint));
        return None;
    }
    let read = |text: &str| parse_duration(text).ok_or_else(|| duration_error(text, rest.span()));
    setting(rest, read, told)
}

/// A number from 1 on behind a word.
pub(super) fn count(
    word: Piece<'_>,
    rest: Piece<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<Setting<u64>> {
    let span = rest.span();
    let hint = format!("for instance `{} 3`", word.text);
    if rest.is_empty() {
        let message = format!("a number is missing behind `{}`", word.text);
        told.push(Diagnostic::error(word.span(), message).hint(hint));
        return None;
    }
    let read = |text: &str| match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        Ok(_) => Err(Diagnostic::error(span, "the least number is 1").hint(hint)),
        Err(_) => Err(Diagnostic::error(span, "not a whole number").hint(hint)),
    };
    setting(rest, read, told)
}

/// Reads a value that may come from variables.
fn setting<T>(
    piece: Piece<'_>,
    read: impl FnOnce(&str) -> Result<T, Diagnostic>,
    told: &mut Vec<Diagnostic>,
) -> Option<Setting<T>> {
    if opening(piece.text).is_some() {
        return Some(Setting::Later(template::line(
            piece,
            TemplatePlace::Value,
            told,
        )));
    }
    match read(piece.text) {
        Ok(value) => Some(Setting::Is(value)),
        Err(diagnostic) => {
            told.push(diagnostic);
            None
        }
    }
}
