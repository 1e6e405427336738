//! Kinds of values: strings, numbers, UUIDs, dates and times, what a regular expression finds.

use std::sync::LazyLock;

use regex::bytes::Regex;
use serde_json::Value as Given;

use super::piece::{Opens, Slot};
use super::{FillError, brief, number};
use crate::diagnostic::Diagnostic;
use crate::script::Kind;
use crate::source::Span;

/// A UUID.
pub(super) const UUID: &str = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";
/// RFC 3339, 5.6; whether the calendar has the day is asked separately.
pub(super) const DATETIME: &str = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[Tt ]\
    (?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\\.[0-9]+)?\
    (?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])";

/// What a value must be where JSON is left open outside of quotes.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Any,
    String,
    Number,
    Integer,
    Boolean,
    Uuid,
    Datetime,
    Match(regex::Regex),
}

impl Test {
    pub(super) fn new(slot: &Slot) -> Result<Self, FillError> {
        let kind = match &slot.opens {
            Opens::Kind(kind) => kind,
            Opens::Rest => {
                return Err(Diagnostic::error(
                    slot.span,
                    "`{{$rest}}` stands for the tail of an array, as its last element only",
                )
                .hint("`{{$any}}` stands for any one value"));
            }
        };
        Ok(match kind {
            Kind::Any => Self::Any,
            Kind::String => Self::String,
            Kind::Number => Self::Number,
            Kind::Integer => Self::Integer,
            Kind::Boolean => Self::Boolean,
            Kind::Uuid => Self::Uuid,
            Kind::Datetime => Self::Datetime,
            Kind::Match(source) => Self::Match(
                regex::Regex::new(source).map_err(|error| not_a_regex(slot.span, &error))?,
            ),
        })
    }

    pub(super) fn fits(&self, value: &Given) -> bool {
        match (self, value) {
            (Self::Any, _)
            | (Self::String, Given::String(_))
            | (Self::Number, Given::Number(_))
            | (Self::Boolean, Given::Bool(_)) => true,
            (Self::Integer, Given::Number(number)) => number::is_integer(number.as_str()),
            (Self::Uuid, Given::String(text)) => is_uuid(text),
            (Self::Datetime, Given::String(text)) => is_datetime(text),
            (Self::Match(regex), Given::String(text)) => regex.is_match(text),
            _ => false,
        }
    }

    pub(super) fn wanted(&self) -> String {
        match self {
            Self::Any => "anything",
            Self::String => "a string",
            Self::Number => "a number",
            Self::Integer => "an integer",
            Self::Boolean => "a boolean",
            Self::Uuid => "a UUID",
            Self::Datetime => "a date and time",
            Self::Match(regex) => return brief(&format!("a string like /{regex}/")),
        }
        .to_owned()
    }
}

/// The error for a regular expression that is none.
pub(super) fn not_a_regex(span: Span, error: &regex::Error) -> Diagnostic {
    let told = error.to_string();
    let last = told.lines().last().unwrap_or_default().trim();
    let what = last.strip_prefix("error: ").unwrap_or(last);
    Diagnostic::error(
        span,
        format!("this is not a valid regular expression: {what}"),
    )
}

/// Whether a text is a UUID.
fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// Whether a text is an RFC 3339 date and time.
fn is_datetime(text: &str) -> bool {
    static WHOLE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(&format!("\\A(?:{DATETIME})\\z")).ok());
    WHOLE
        .as_ref()
        .is_some_and(|whole| whole.is_match(text.as_bytes()))
        && in_calendar(text.as_bytes())
}

/// Whether the calendar has the day with which an RFC 3339 text starts.
pub(super) fn in_calendar(text: &[u8]) -> bool {
    text.get(..10)
        .and_then(|date| std::str::from_utf8(date).ok())
        .is_some_and(|date| date.parse::<jiff::civil::Date>().is_ok())
}
