//! In what a message differs from a pattern: sentences, and the place of the first one in the block. Only for failures,
//! so all of it may cost more than a match does.

mod fault;
mod json;
mod locate;
mod run;
mod xml;

use super::show::key;
use super::{Looks, Matcher, Unpacker, brief};
use crate::diagnostic::nearest;
use crate::format::Format;
use crate::format::xml::XmlDocument;
use crate::protocol::Frame;
use crate::script::Reading;
use crate::script::reading::packed_format;
use crate::source::Span;

/// How many differences of one message are told; the others are counted.
const MOST: usize = 5;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PayloadDifference {
    /// A sentence: `.op: "halt" is not "tick"`.
    what: String,
    /// The place in the block of the part of the pattern that is not met, where that is known.
    place: Option<Span>,
}

impl PayloadDifference {
    pub(super) fn of_whole(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            place: None,
        }
    }
}

/// The differences of a message, in the order of the pattern.
#[derive(Debug, Default)]
struct Differences {
    told: Vec<PayloadDifference>,
    more: usize,
}

impl Differences {
    fn add(&mut self, difference: impl FnOnce() -> PayloadDifference) {
        if self.told.len() < MOST {
            self.told.push(difference());
        } else {
            self.more += 1;
        }
    }

    fn sum(self) -> Option<PayloadDifference> {
        let place = self.told.first()?.place;
        let mut sentences: Vec<_> = self.told.into_iter().map(|told| told.what).collect();
        if self.more > 0 {
            sentences.push(format!("and {} more", self.more));
        }
        let what = sentences.join("; ");
        Some(PayloadDifference { what, place })
    }
}

impl Matcher {
    /// In what the message differs, and where in the block that is asked for.
    pub(super) fn difference(&self, message: &Reading) -> (String, Option<Span>) {
        let found = self.first_differences(message);
        let found = found.unwrap_or_else(|| PayloadDifference::of_whole("it looks as expected"));
        // Places in a file are none of the block.
        (found.what, found.place.filter(|_| self.path.is_none()))
    }

    fn first_differences(&self, message: &Reading) -> Option<PayloadDifference> {
        let unread = |format| Some(PayloadDifference::of_whole(reads_not(message, format)));
        if let Some(unpacker) = &self.unpacker
            && message.frame().packed() != packed_format(&unpacker.decoder).as_ref()
        {
            let why = unpacker.why_not(message);
            return Some(PayloadDifference::of_whole(why));
        }
        match &self.looks {
            Looks::Anything if message.frame().is_message() => None,
            Looks::Anything => Some(PayloadDifference::of_whole("it is not a message")),
            Looks::Format(format) if super::reads_as(message, *format) => None,
            Looks::Format(format) => unread(*format),
            Looks::Words(run) => run.difference(message.frame().payload()),
            Looks::Text(run) => match message.text() {
                Some(text) => run.difference(text.as_bytes()),
                None => unread(Format::Text),
            },
            Looks::Json(json) => match message.json() {
                Some(value) => json.differences(value).sum(),
                None => unread(Format::Json),
            },
            Looks::Xml(xml) => match message.text().map(XmlDocument::parse) {
                Some(Ok(document)) => xml.differences(document.root()).sum(),
                _ => unread(Format::Xml),
            },
            Looks::Binary(binary) => match message.frame().content() {
                Frame::Binary(bytes) => binary.difference(bytes),
                _ => unread(Format::Binary),
            },
        }
    }
}

/// Why a message does not read as a format.
fn reads_not(message: &Reading, format: Format) -> String {
    match (format, message.text()) {
        (Format::Binary, Some(_)) if matches!(message.frame(), Frame::Decoded(_)) => {
            "it was decoded to text".to_owned()
        }
        (Format::Binary, Some(_)) => "it is a text message, not a binary one".to_owned(),
        (Format::Binary, None) => "it is not a binary message".to_owned(),
        (_, None) => "it is a binary message, not a text one".to_owned(),
        (Format::Json | Format::Msgpack | Format::Cbor | Format::Proto, Some(text)) => {
            fault::json(text)
        }
        (Format::Xml, Some(text)) => fault::xml(text),
        (Format::Text, Some(_)) => "it is not text".to_owned(),
    }
}

impl Unpacker {
    /// Why a message is not of the format.
    fn why_not(&self, message: &Reading) -> String {
        let Some(format) = packed_format(&self.decoder) else {
            return "it is not a binary message".to_owned();
        };
        match message.unpack(&self.decoder, self.limit) {
            Ok(_) if message.text().is_some() => {
                format!("it is a text message, and {format} is binary")
            }
            Ok(_) => format!("it is not {format}"),
            Err(error) => format!("it is not {format}: {}", brief(&error.to_string())),
        }
    }
}

/// `PATH is missing`, with the nearest of the names that are there.
fn missing<'a>(
    path: &str,
    name: &str,
    there: impl IntoIterator<Item = &'a str>,
    shown: impl FnOnce(&str) -> String,
) -> String {
    let missing = format!("{} is missing", brief(path));
    match nearest(name, there) {
        Some(near) => format!("{missing}, though {} is there", brief(&shown(near))),
        None => missing,
    }
}

/// A key that is missing from an object with these keys.
fn missing_key<'a>(path: &str, name: &str, there: impl IntoIterator<Item = &'a str>) -> String {
    missing(path, name, there, key)
}
