//! An option's value, and what values are made of: durations, sizes, counts, choices, lists.

use std::time::Duration;

use super::near;
use crate::diagnostic::{Cure, Diagnostic, nearest};
use crate::script::Name;
use crate::script::parse::is_name;
use crate::script::units::{parse_duration, parse_size};
use crate::source::Span;

/// An option's value.
#[derive(Clone, Copy, Debug)]
pub(super) struct OptionValue<'a> {
    pub(super) text: &'a str,
    pub(super) span: Span,
    /// Whether the text stands at the span as it is.
    pub(super) verbatim: bool,
}

impl OptionValue<'_> {
    pub(super) fn part(self, at: usize, length: usize) -> Span {
        if self.verbatim {
            Span::new(at, at + length).shift(self.span.start)
        } else {
            self.span
        }
    }

    pub(super) fn error(self, message: impl Into<String>, cure: impl Into<Cure>) -> Diagnostic {
        Diagnostic::error(self.span, message).hint(cure)
    }
}

pub(super) fn duration(value: OptionValue<'_>) -> Result<Duration, Diagnostic> {
    parse_duration(value.text).ok_or_else(|| duration_error(value.text, value.span))
}

/// What is not a duration, and which one was probably meant.
pub(in crate::script) fn duration_error(text: &str, span: Span) -> Diagnostic {
    Diagnostic::error(span, "not a duration").hint(near::duration_hint(text))
}

pub(super) fn size(value: OptionValue<'_>) -> Result<usize, Diagnostic> {
    parse_size(value.text).ok_or_else(|| value.error("not a size", near::size_hint(value.text)))
}

pub(super) fn count(
    value: OptionValue<'_>,
    least: usize,
    example: &str,
) -> Result<usize, Diagnostic> {
    value
        .text
        .parse()
        .ok()
        .filter(|count| *count >= least)
        .ok_or_else(|| {
            let message = format!("not a whole number from {least} on");
            value.error(message, format!("for instance `{example}`"))
        })
}

pub(super) fn choice<T: Copy>(
    value: OptionValue<'_>,
    choices: &[(&str, T)],
) -> Result<T, Diagnostic> {
    if let Some((_, chosen)) = choices.iter().find(|(word, _)| *word == value.text) {
        return Ok(*chosen);
    }
    let words = choices.iter().map(|(word, _)| *word);
    let hint = match nearest(value.text, words.clone()) {
        Some(near) if !value.text.is_empty() => Cure::meant(near),
        _ => format!("choose one of {}", words.collect::<Vec<_>>().join(", ")).into(),
    };
    let message = format!("`{}` is none of the choices", value.text.escape_debug());
    Err(value.error(message, hint))
}

pub(super) fn path(value: OptionValue<'_>) -> Result<String, Diagnostic> {
    if value.text.is_empty() {
        return Err(value.error("no file is named", "for instance `./cert.pem`"));
    }
    Ok(value.text.to_owned())
}

pub(super) fn names(value: OptionValue<'_>) -> Result<Vec<Name>, Diagnostic> {
    let mut names: Vec<Name> = Vec::new();
    for (name, span) in list(value) {
        if !is_name(name) {
            let message = format!("`{name}` cannot be a client's name");
            let hint = "names are letters, digits, `_` and `-`, separated by commas: `alice, bob`";
            return Err(Diagnostic::error(span, message).hint(hint));
        }
        if names.iter().any(|known| known.text == name) {
            let message = format!("`{name}` is named twice");
            return Err(Diagnostic::error(span, message).hint("name each client once"));
        }
        names.push(Name {
            text: name.to_owned(),
            span,
        });
    }
    Ok(names)
}

/// What stands between commas, with places.
pub(super) fn list(value: OptionValue<'_>) -> impl Iterator<Item = (&str, Span)> {
    let mut at = 0;
    value.text.split(',').map(move |part| {
        let name = part.trim();
        let start = at + (part.len() - part.trim_start().len());
        at += part.len() + 1;
        (name, value.part(start, name.len()))
    })
}

pub(super) fn has_blank(text: &str) -> bool {
    text.contains(|next: char| next.is_whitespace() || next.is_control())
}

/// A token of RFC 9110, 5.6.2.
pub(in crate::script) fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|next| next.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&next))
}
