//! What would let something vary that has changed, in words.

use super::likeness::{timestamp, uuid};
use crate::source::Span;

/// What would let something vary.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hint {
    /// The expectation whose pattern is meant.
    pub(crate) step: Option<Span>,
    /// The sentence.
    pub(crate) text: String,
}

/// Characters of a value that are quoted.
pub(super) const QUOTED: usize = 40;

/// The placeholder for what both values are.
pub(super) fn placeholder(now: &str, then: &str) -> String {
    let both = |is: &dyn Fn(&str) -> bool| is(now) && is(then);
    let inner = |text: &str| text.trim_matches('"').to_owned();
    let is_string = |text: &str| text.starts_with('"');
    let is_digits = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_number = |text: &str| {
        text.starts_with(|part: char| part == '-' || part.is_ascii_digit())
            && text.chars().all(|part| "0123456789.eE+-".contains(part))
    };
    let kind = if both(&|text| inner(text).len() == 36 && uuid(&inner(text))) {
        "uuid"
    } else if both(&|text| timestamp(&inner(text)) == Some(inner(text).len())) {
        "datetime"
    } else if both(&is_string) {
        "string"
    } else if both(&is_digits) {
        "integer"
    } else if both(&is_number) {
        "number"
    } else if both(&|text| ["true", "false"].contains(&text)) {
        "boolean"
    } else {
        "any"
    };
    format!("{{{{${kind}}}}}")
}

/// The placeholder for what both runs of characters are, where those may be any.
pub(super) fn placeholder_of_text(now: &str, then: &str) -> String {
    match placeholder(now, then) {
        string if string == "{{$string}}" => "{{$any}}".to_owned(),
        other => other,
    }
}

pub(super) fn brief(text: &str) -> String {
    if text.chars().count() <= QUOTED {
        return text.to_owned();
    }
    let start: String = text.chars().take(QUOTED).collect();
    format!("{start}…")
}
