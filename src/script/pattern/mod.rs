//! Matching: does this message look like that, how near is it, and in what does it differ. Knows no cursor and no time.

mod almost;
mod binary;
mod difference;
mod json;
mod kind;
mod number;
mod open;
mod piece;
mod places;
mod run;
mod show;
mod xml;

use std::sync::Arc;

use super::fill::{Assembled, Fill, FillError, file_text, in_file, not_json, not_xml};
use super::reading::{Unpacked, packed_format};
use super::{Body, Content, Pattern, Reading, Template, Value};
use crate::format::decoder::Decoder;
use crate::format::xml::XmlDocument;
use crate::format::{Format, is_json};
use crate::protocol::{Frame, Open};
use crate::source::Span;

pub(crate) use show::brief;
pub(super) use show::{brief_json, key};

/// A pattern with its variables filled in.
#[derive(Clone, Debug)]
pub struct Matcher {
    looks: Looks,
    /// The file that a text's pattern stands in, as it is named.
    path: Option<String>,
    /// What the pattern leaves open, where that is the same in every message.
    open: Option<Arc<Open>>,
    /// What makes of a binary message the JSON that is looked at.
    unpacker: Option<Unpacker>,
}

/// Reads messages of a packed format.
#[derive(Clone, Debug)]
struct Unpacker {
    decoder: Decoder,
    /// Bytes that it may make of one.
    limit: usize,
}

/// What a message must look like.
#[derive(Clone, Debug)]
enum Looks {
    Anything,
    Format(Format),
    Text(run::TextRun),
    Json(json::Json),
    Xml(xml::Xml),
    Binary(binary::Binary),
    /// The data of a ping or pong, the reason of a close.
    Words(run::TextRun),
}

/// Whether a message matched.
#[derive(Clone, Debug, PartialEq)]
pub enum MatchVerdict {
    /// It did, and this is what `as NAME` keeps of it, in order.
    Match(Vec<(String, Value)>),
    /// It did not; the higher the number, the nearer it was.
    Miss(u32),
}

/// Why a message is not a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// The message on one line, escaped and shortened.
    pub shown: String,
    /// The differences, each by its path, the first five and how many more: `.op: "halt" is not "tick"`.
    pub why: String,
    /// The place in the block of the first part of the pattern that is not met, where that is known.
    pub place: Option<Span>,
}

/// What `as NAME` keeps of a message.
pub type KeptValues = Vec<(String, Value)>;

impl Fill<'_> {
    /// What tests messages against a pattern; `exact` is `-- exact`.
    ///
    /// # Errors
    /// As [`Fill::frame`].
    pub fn matcher(&self, pattern: &Pattern, exact: bool) -> Result<Matcher, FillError> {
        Matcher::of_pattern(self, pattern, exact)
    }

    /// What tests a ping's or pong's data or a close's reason: the whole of it, as a text pattern.
    ///
    /// # Errors
    /// As [`Fill::text`].
    pub fn words(&self, template: &Template) -> Result<Matcher, FillError> {
        Matcher::of_words(self, template)
    }
}

impl Matcher {
    fn of_pattern(fill: &Fill<'_>, pattern: &Pattern, exact: bool) -> Result<Self, FillError> {
        match pattern {
            Pattern::Any => Ok(Looks::Anything.into()),
            Pattern::Format(format) => {
                let matcher = Self::from(Looks::Format(format.written()));
                Ok(matcher.unpacking(fill, fill.packing.decoder(*format, None)?))
            }
            Pattern::Message(name) => {
                let matcher = Self::from(Looks::Format(Format::Json));
                Ok(matcher.unpacking(fill, Some(fill.packing.message(name)?)))
            }
            Pattern::Body(body) => {
                let unpacker = fill.packing.decoder(body.format, body.message.as_ref())?;
                let mut matcher = Self::of_body(fill, body, exact)?;
                if let (Looks::Json(json), Some(Decoder::Proto(message))) =
                    (&mut matcher.looks, &unpacker)
                {
                    json.name_fields(message, body.span)?;
                    matcher.open = matcher.looks.open().map(Arc::new);
                }
                Ok(matcher.unpacking(fill, unpacker))
            }
        }
    }

    fn unpacking(self, fill: &Fill<'_>, decoder: Option<Decoder>) -> Self {
        let limit = fill.packing.limit;
        Self {
            unpacker: decoder.map(|decoder| Unpacker { decoder, limit }),
            ..self
        }
    }

    fn of_words(fill: &Fill<'_>, template: &Template) -> Result<Self, FillError> {
        let pieces = piece::pieces(fill, template)?;
        let run = run::TextRun::new(pieces, run::Unit::Byte)?;
        Ok(Looks::Words(run).into())
    }

    fn of_body(fill: &Fill<'_>, body: &Body, exact: bool) -> Result<Self, FillError> {
        Ok(match &body.content {
            content if body.format == Format::Binary => {
                Looks::Binary(binary::Binary::new(fill, content)?).into()
            }
            Content::File(path) => {
                let span = path.span;
                let (content, path) = file(fill, path)?;
                let looks = Looks::of_text(body, vec![content], exact);
                let looks = looks.map_err(|error| in_file(&error, &path, span))?;
                Self {
                    path: Some(path),
                    ..looks.into()
                }
            }
            Content::Plain(template)
            | Content::Quoted(template)
            | Content::Hex(template)
            | Content::Base64(template) => {
                Looks::of_text(body, piece::pieces(fill, template)?, exact)?.into()
            }
        })
    }

    /// Tests a message. Costs no more than reading the message as the pattern's format.
    #[must_use]
    pub fn test(&self, message: &Reading) -> MatchVerdict {
        match &self.unpacker {
            None => self.test_content(message),
            Some(unpacker) => match unpacker.read(message) {
                Some(content) => self.test_content(&content),
                None => MatchVerdict::Miss(0),
            },
        }
    }

    /// A message that matches as its bytes were read, where that is not how it came.
    pub(crate) fn unpacked(&self, message: &Reading) -> Option<Frame> {
        match self.unpacker.as_ref()?.read(message)? {
            Unpacked::Already(_) => None,
            Unpacked::Made(reading) => Some(reading.frame().clone()),
        }
    }

    fn test_content(&self, message: &Reading) -> MatchVerdict {
        let frame = message.frame().content();
        match &self.looks {
            Looks::Anything => told(frame.is_message()),
            Looks::Format(format) => told(reads_as(message, *format)),
            Looks::Words(run) => run.test(frame.payload()),
            Looks::Text(run) => message
                .text()
                .map_or(MatchVerdict::Miss(0), |text| run.test(text.as_bytes())),
            Looks::Json(json) => match (message.json(), message.text()) {
                (Some(value), _) => json.test(value),
                (None, Some(text)) => MatchVerdict::Miss(json.nearness_of_text(text)),
                (None, None) => MatchVerdict::Miss(0),
            },
            Looks::Xml(xml) => message
                .text()
                .map_or(MatchVerdict::Miss(0), |text| xml.test(text)),
            Looks::Binary(binary) => match frame {
                Frame::Binary(bytes) => binary.test(bytes),
                _ => MatchVerdict::Miss(0),
            },
        }
    }

    /// Explains why a message is not a match; only for failures, so it may cost more.
    #[must_use]
    pub fn explain(&self, message: &Reading) -> Miss {
        let unpacked = self.unpacker.as_ref();
        let unpacked = unpacked.and_then(|unpacker| unpacker.read(message));
        let message = unpacked.as_deref().unwrap_or(message);
        let (why, place) = self.difference(message);
        Miss {
            shown: show::message(message),
            why,
            place,
        }
    }

    /// FORMAT and pattern on one line as they stand in `✗ no …`, shortened. Only for failures, so it may cost more.
    #[must_use]
    pub fn describe(&self) -> String {
        let path = self.path.as_ref().map(|path| format!("@{path}"));
        let packed = self.unpacker.as_ref();
        let packed = packed.and_then(|unpacker| packed_format(&unpacker.decoder));
        let packed = packed.map(|packed| packed.to_string());
        let (format, spelled) = match &self.looks {
            Looks::Anything => return "message".to_owned(),
            Looks::Format(_) if let Some(packed) = &packed => return format!("{packed} message"),
            Looks::Format(format) => return format!("{format} message"),
            Looks::Words(run) => return brief(&run.spelled()),
            Looks::Text(run) => (
                Format::Text,
                path.unwrap_or_else(|| show::text(&run.spelled())),
            ),
            Looks::Json(json) => (Format::Json, path.unwrap_or_else(|| json.spelled())),
            Looks::Xml(xml) => (Format::Xml, path.unwrap_or_else(|| xml.spelled())),
            Looks::Binary(binary) => (Format::Binary, binary.spelled()),
        };
        let format = packed.unwrap_or_else(|| format.to_string());
        brief(format!("{format} {spelled}").trim_end())
    }
}

impl From<Looks> for Matcher {
    fn from(looks: Looks) -> Self {
        Self {
            open: looks.open().map(Arc::new),
            looks,
            path: None,
            unpacker: None,
        }
    }
}

impl Unpacker {
    fn read<'a>(&self, message: &'a Reading) -> Option<Unpacked<'a>> {
        message.unpacked(&self.decoder, self.limit)
    }
}

impl Looks {
    fn of_text(
        body: &Body,
        pieces: Vec<piece::PatternPiece>,
        exact: bool,
    ) -> Result<Self, FillError> {
        match body.format.written() {
            Format::Json => json::Json::new(pieces, body.span, exact).map(Self::Json),
            Format::Xml => xml::Xml::new(pieces, body.span, exact).map(Self::Xml),
            _ => run::TextRun::new(pieces, run::Unit::Char).map(Self::Text),
        }
    }
}

fn told(fits: bool) -> MatchVerdict {
    if fits {
        MatchVerdict::Match(Vec::new())
    } else {
        MatchVerdict::Miss(0)
    }
}

fn reads_as(message: &Reading, format: Format) -> bool {
    match (format, message.text()) {
        (Format::Binary, _) => matches!(message.frame().content(), Frame::Binary(_)),
        (_, None) => false,
        (Format::Text, Some(_)) => true,
        (Format::Json | Format::Msgpack | Format::Cbor | Format::Proto, Some(text)) => {
            is_json(text)
        }
        (Format::Xml, Some(text)) => XmlDocument::parse(text).is_ok(),
    }
}

fn file(fill: &Fill<'_>, template: &Template) -> Result<(piece::PatternPiece, String), FillError> {
    let path = fill.assemble(template)?.text;
    let text = file_text(fill, &path, template.span)?;
    Ok((piece::PatternPiece::Text(text, template.span), path))
}

#[cfg(test)]
mod tests;
