//! One message → the pattern that it matches; several of one shape → one that all of them match. Knows no steps.

use serde_json::Value as Json;

use super::binary;
use super::literal::{self, LiteralPart};
use super::pattern_tree::{Limits, PatternTree, TreeReader};
use super::shape::numbers;
use super::volatile;
use crate::format::Format;
use crate::protocol::Frame;
use crate::script::Reading;
use crate::source::visible::Spelling;

/// Bytes of a pattern that somebody still reads.
const READABLE: usize = 8 << 10;

/// What a `<-` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MessagePattern {
    /// Its format's word (and protobuf message), and what it looks like.
    Json(String, PatternTree),
    Text(Vec<LiteralPart>),
    /// As it stands behind its format.
    Xml(String),
    /// `None`: any byte.
    Binary(Vec<Option<u8>>),
    /// Bytes that are text.
    BinaryText(Vec<LiteralPart>),
    /// A format, and no more.
    Format(String),
}

impl MessagePattern {
    /// The pattern of a message.
    pub(super) fn of(frame: &Frame, reader: &mut TreeReader<'_>) -> Self {
        let reading = Reading::new(frame.clone());
        match frame.content() {
            Frame::Binary(bytes) => Self::of_binary(bytes, reader),
            Frame::Text(text) => match reading.format().written() {
                Format::Json => Self::of_json(frame, reading.json(), reader),
                Format::Xml => Self::of_xml(text, reader),
                _ => Self::of_text(text, reader),
            },
            // What a close says is looked at for what it gives away.
            Frame::Close(Some(close)) => Self::Text(reader.fragments(&close.reason)),
            _ => Self::Format(String::new()),
        }
    }

    fn of_json(frame: &Frame, json: Option<&Json>, reader: &mut TreeReader<'_>) -> Self {
        let word = match frame.packed() {
            Some(packed) => packed.to_string(),
            None => Format::Json.word().to_owned(),
        };
        let Some(json) = json else {
            return Self::Format(word);
        };
        let mut tree = reader.tree(json, "", false);
        if tree.on_line().len() > READABLE {
            reader.shortened = true;
            reader.limits = Limits::TIGHT;
            tree = reader.tree(json, "", false);
            reader.limits = Limits::USUAL;
        }
        if tree.on_line().len() > 2 * READABLE {
            return Self::Format(word);
        }
        Self::Json(word, tree)
    }

    fn of_text(text: &str, reader: &mut TreeReader<'_>) -> Self {
        if text.len() > READABLE {
            reader.shortened = true;
            return Self::Format(Format::Text.word().to_owned());
        }
        Self::Text(reader.fragments(text))
    }

    fn of_binary(bytes: &[u8], reader: &mut TreeReader<'_>) -> Self {
        if bytes.len() > binary::READABLE {
            reader.shortened = true;
            return Self::Format(Format::Binary.word().to_owned());
        }
        match binary::text_of(bytes) {
            Some(text) => Self::BinaryText(reader.fragments(text)),
            None => Self::Binary(bytes.iter().copied().map(Some).collect()),
        }
    }

    fn of_xml(text: &str, reader: &mut TreeReader<'_>) -> Self {
        if text.len() > READABLE {
            reader.shortened = true;
            return Self::Format(Format::Xml.word().to_owned());
        }
        let fragments = reader.fragments(text);
        let written = fragments.iter().map(|fragment| match fragment {
            LiteralPart::Words(text) => {
                literal::unbraced(&Spelling::Xml.keeping(text, &['\n', '\r']))
            }
            LiteralPart::Slot(slot) => slot.clone(),
        });
        Self::Xml(body(&written.collect::<String>()))
    }

    /// What matches all that both match; `None` where that says nothing.
    pub(super) fn merge(self, other: Self) -> Option<Self> {
        if self == other {
            return Some(self);
        }
        match (self, other) {
            (Self::Json(word, one), Self::Json(other_word, other)) if word == other_word => {
                Some(Self::Json(word, one.merge(other)))
            }
            (Self::Text(one), Self::Text(other)) => merge_texts(&one, &other).map(Self::Text),
            (Self::Binary(one), Self::Binary(other)) if one.len() == other.len() => {
                let pairs = one.into_iter().zip(other);
                Some(Self::Binary(
                    pairs
                        .map(|(one, other)| one.filter(|_| one == other))
                        .collect(),
                ))
            }
            _ => None,
        }
    }

    /// As it stands behind `<-`.
    pub(super) fn written(&self) -> String {
        match self {
            Self::Json(word, tree) => format!("{word}{}", tree.written()),
            Self::Text(fragments) => format!("text{}", literal::text(fragments)),
            Self::Xml(body) => format!("xml{body}"),
            Self::Binary(bytes) => format!("binary{}", binary::hex(bytes)),
            Self::BinaryText(fragments) => format!("binary{}", literal::literals(fragments)),
            Self::Format(word) => word.clone(),
        }
    }
}

/// A body of one line behind its step, or of several below it.
pub(super) fn body(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim_matches('\n');
    if !text.contains('\n') {
        return format!(" {}", text.trim());
    }
    let mut out = String::new();
    for line in text.lines() {
        out.push('\n');
        out.push_str(&guarded(line));
    }
    out
}

/// A line of a body that starts no step.
#[must_use]
pub fn guarded(line: &str) -> String {
    let starts = ["->", "<-", "--", "→", "←", "\\"];
    if starts.iter().any(|start| line.starts_with(start)) {
        let is_step = !line.starts_with('\\')
            && starts.iter().any(|mark| {
                let rest = line.strip_prefix(mark);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
            });
        let is_escaped = line.starts_with("\\\\")
            || line
                .strip_prefix('\\')
                .is_some_and(|rest| guarded(rest) != rest);
        if is_step || is_escaped {
            return format!("\\{line}");
        }
    }
    line.to_owned()
}

/// Texts that differ in their numbers.
fn merge_texts(one: &[LiteralPart], other: &[LiteralPart]) -> Option<Vec<LiteralPart>> {
    let (one, other) = (split(one)?, split(other)?);
    if one.len() != other.len() {
        return None;
    }
    let pairs = one.into_iter().zip(other);
    let merged = pairs.map(|(one, other)| match (one, other) {
        (TextAtom::Words(one), TextAtom::Words(other)) if one == other => {
            Some(LiteralPart::Words(one))
        }
        (TextAtom::Slot(one), TextAtom::Slot(other)) if one == other => {
            Some(LiteralPart::Slot(one))
        }
        (TextAtom::Number(one), TextAtom::Number(other)) if one == other => {
            Some(LiteralPart::Words(one))
        }
        (TextAtom::Number(one), TextAtom::Number(other)) => Some(LiteralPart::Slot(wider(
            volatile::of_kind(&one),
            volatile::of_kind(&other),
        ))),
        (TextAtom::Number(number), TextAtom::Slot(slot))
        | (TextAtom::Slot(slot), TextAtom::Number(number))
            if slot == "{{$integer}}" || slot == "{{$number}}" =>
        {
            let kind = volatile::of_kind(&number);
            Some(LiteralPart::Slot(if slot == "{{$number}}" {
                slot
            } else {
                wider(kind, "{{$integer}}")
            }))
        }
        _ => None,
    });
    let merged: Option<Vec<LiteralPart>> = merged.collect();
    merged.map(joined)
}

fn wider(one: &'static str, other: &'static str) -> String {
    let number = "{{$number}}";
    if one == number || other == number {
        number.to_owned()
    } else {
        one.to_owned()
    }
}

enum TextAtom {
    Words(String),
    Number(String),
    Slot(String),
}

fn split(fragments: &[LiteralPart]) -> Option<Vec<TextAtom>> {
    let numbers = numbers()?;
    let mut atoms = Vec::new();
    for fragment in fragments {
        let text = match fragment {
            LiteralPart::Slot(slot) => {
                atoms.push(TextAtom::Slot(slot.clone()));
                continue;
            }
            LiteralPart::Words(text) => text,
        };
        let mut at = 0;
        for found in numbers.find_iter(text) {
            let before = text.get(at..found.start()).unwrap_or_default();
            if !before.is_empty() {
                atoms.push(TextAtom::Words(before.to_owned()));
            }
            atoms.push(TextAtom::Number(found.as_str().to_owned()));
            at = found.end();
        }
        let rest = text.get(at..).unwrap_or_default();
        if !rest.is_empty() {
            atoms.push(TextAtom::Words(rest.to_owned()));
        }
    }
    Some(atoms)
}

/// Words beside words are one.
fn joined(fragments: Vec<LiteralPart>) -> Vec<LiteralPart> {
    let mut out: Vec<LiteralPart> = Vec::with_capacity(fragments.len());
    for fragment in fragments {
        match (out.last_mut(), &fragment) {
            (Some(LiteralPart::Words(before)), LiteralPart::Words(text)) => before.push_str(text),
            _ => out.push(fragment),
        }
    }
    out
}
