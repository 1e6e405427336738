//! Payloads as they stand behind an arrow: cut to what may be shown when they arrive, drawn when they are shown.
//! Knows no time and no direction.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::cut::{self, HEX_BYTES, INDENT, MASKED, Rest};
use super::dump::{SECRET, dump_line};
use super::pieces::pieces;
use super::spelling::{PayloadPart, is_text_of, literal, parts, sound, words};
use super::{json, xml};
use crate::format::Format;
use crate::protocol::{Bytes, Frame, Hidden};

/// Columns that JSON and XML may have before they go on lines of their own (FORMAT 5). What stands before them does not
/// count: the layout is the same whatever `@timestamps` says and whatever a client is called.
pub(super) const COLUMNS: usize = 100;

/// Columns of a text's piece on a line of its own, between its quotes.
const PIECE: usize = COLUMNS - INDENT.len() - "\"\"".len();

/// What will be shown of one frame. Shares the frame's bytes where it shows all of them, and has a copy of what it shows
/// of more, so that it keeps no much larger buffer alive.
#[derive(Clone, Debug)]
pub(super) struct Payload {
    shape: PayloadShape,
    bytes: Bytes,
    /// Most have nothing of it, and an entry is moved about.
    more: Option<Box<More>>,
}

/// What there is to know of a payload that does not stand there as it came.
#[derive(Clone, Debug, Default)]
struct More {
    hidden: Vec<Hidden>,
    /// Bytes that `@mask` hides, in order.
    masked: Vec<Range<usize>>,
    /// What was cut off.
    rest: Option<Rest>,
    /// Something in it was generated: what is said of the rest changes from run to run.
    is_volatile: bool,
    /// The protobuf message that it is.
    message: Option<Arc<str>>,
}

/// Lays a source out on several lines.
pub(super) type Pretty = fn(&str) -> Option<Vec<String>>;

/// How the bytes are shown.
#[derive(Clone, Copy, Debug)]
enum PayloadShape {
    /// A text message; of one that is not told yet, its format is found when it is shown.
    Text(Option<Format>),
    /// A binary message; whether it is text is found when it is shown, too.
    Binary(Option<bool>),
    /// A binary message of that many bytes, all of which are hidden.
    Size(usize),
    /// What broke the protocol.
    Broken,
    /// A ping.
    Ping,
    /// A pong.
    Pong,
    /// A close frame, with the code that it has.
    Close(Option<u16>),
}

/// A drawn payload.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Drawn {
    /// What stands behind the arrow.
    pub(super) line: String,
    /// The lines below, indented.
    pub(super) below: Vec<String>,
}

impl Payload {
    /// Whether all of a frame's payload may be shown, where a message's may have `limit` bytes.
    pub(super) fn fits(frame: &Frame, limit: usize) -> bool {
        let may_be_cut = frame.is_message() || matches!(frame, Frame::Broken(_));
        !may_be_cut || frame.payload().len() <= limit
    }

    /// Takes the whole payload. `format` is the script's, of what it sends.
    pub(super) fn whole(frame: Frame, format: Option<Format>, hidden: Vec<Hidden>) -> Self {
        let (format, message) = packed(&frame, format);
        let shape = match frame.content() {
            Frame::Text(_) => PayloadShape::Text(format),
            Frame::Binary(_) => PayloadShape::Binary(None),
            Frame::Broken(_) | Frame::Decoded(_) => PayloadShape::Broken,
            Frame::Ping(_) => PayloadShape::Ping,
            Frame::Pong(_) => PayloadShape::Pong,
            Frame::Close(close) => PayloadShape::Close(close.as_ref().map(|close| close.code)),
        };
        let hidden = sound(hidden, frame.payload().len());
        let more = (!hidden.is_empty() || message.is_some()).then(|| {
            Box::new(More {
                hidden,
                message,
                ..More::default()
            })
        });
        Self {
            shape,
            bytes: frame.into_payload(),
            more,
        }
    }

    /// Takes nothing but the size of a binary message.
    pub(super) fn size_of(frame: &Frame) -> Self {
        Self {
            shape: PayloadShape::Size(frame.payload().len()),
            bytes: Bytes::new(),
            more: None,
        }
    }

    /// The same without these bytes of a binary message. It is shown as bytes then, whatever they are: whether they read
    /// as text could change with what is hidden.
    pub(super) fn without(mut self, masked: Vec<Range<usize>>) -> Self {
        if !masked.is_empty() {
            self.shape = PayloadShape::Binary(Some(false));
            self.more.get_or_insert_default().masked = masked;
        }
        self
    }

    /// Takes at most `limit` bytes of the payload. What is cut off cannot be asked for its format later.
    pub(super) fn cut(
        frame: &Frame,
        format: Option<Format>,
        hidden: Vec<Hidden>,
        masked: &[Range<usize>],
        limit: usize,
    ) -> Self {
        let bytes = frame.payload();
        let mut hidden = sound(hidden, bytes.len());
        let (format, message) = packed(frame, format);
        let (shape, is_text) = match frame.content() {
            Frame::Text(text) => {
                let format = format.unwrap_or_else(|| format_of(text.as_str(), &hidden));
                (PayloadShape::Text(Some(format)), true)
            }
            Frame::Binary(_) => {
                let is_text = masked.is_empty() && is_text_of(&parts(bytes, &hidden));
                (PayloadShape::Binary(Some(is_text)), is_text)
            }
            _ => (PayloadShape::Broken, false),
        };
        let end = cut::cut(bytes, &hidden, limit, is_text);
        hidden.retain(|hidden| hidden.range.end <= end);
        let more = More {
            hidden,
            rest: Some(Rest::of(bytes, end)),
            message,
            ..More::default()
        };
        Self {
            shape,
            bytes: Bytes::copy_from_slice(bytes.get(..end).unwrap_or_default()),
            more: Some(Box::new(more)),
        }
    }

    /// What was cut off.
    pub(super) fn rest(&self) -> Option<&Rest> {
        self.more.as_ref()?.rest.as_ref()
    }

    /// Says that something in it was generated.
    pub(super) fn set_volatile(&mut self) {
        self.more.get_or_insert_default().is_volatile = true;
    }

    /// What is said of the rest, if that changes from run to run.
    pub(super) fn volatile_rest(&self) -> Option<&Rest> {
        self.more.as_ref().filter(|more| more.is_volatile)?;
        self.rest()
    }

    fn hidden(&self) -> &[Hidden] {
        self.more.as_ref().map_or(&[], |more| &more.hidden)
    }

    /// Draws it.
    pub(super) fn draw(&self) -> Drawn {
        match self.shape {
            PayloadShape::Text(format) => self.text(format),
            PayloadShape::Binary(is_text) => self.binary(is_text),
            PayloadShape::Size(size) => self.on_line("binary", &cut::masked_size(size)),
            PayloadShape::Broken => self.dump("bytes"),
            PayloadShape::Ping => self.control("ping", None),
            PayloadShape::Pong => self.control("pong", None),
            PayloadShape::Close(code) => self.control("close", code),
        }
    }

    fn text(&self, format: Option<Format>) -> Drawn {
        let source = String::from_utf8_lossy(&self.bytes);
        let format = format.unwrap_or_else(|| format_of(&source, self.hidden()));
        let word = self.word(format);
        let (one, pretty): (_, Pretty) = match format.written() {
            Format::Json => (json::compact(&source), json::pretty),
            Format::Xml => (xml::compact(&source), xml::pretty),
            _ => {
                let shown = match self.rest() {
                    Some(_) if source.is_empty() => String::new(),
                    _ => words(&self.parts()),
                };
                return self.wrapped(&word, &shown);
            }
        };
        let lines = if one.chars().count() > COLUMNS && self.rest().is_none() {
            pretty(&source)
        } else {
            None
        };
        match lines {
            None => self.on_line(&word, &one),
            Some(lines) => Drawn {
                line: word.into_owned(),
                below: lines
                    .into_iter()
                    .map(|line| format!("{INDENT}{line}"))
                    .collect(),
            },
        }
    }

    /// What stands before the payload.
    fn word(&self, format: Format) -> Cow<'static, str> {
        match self.more.as_ref().and_then(|more| more.message.as_ref()) {
            Some(message) => Cow::Owned(format!("{format} {message}")),
            None => Cow::Borrowed(format.word()),
        }
    }

    fn binary(&self, is_text: Option<bool>) -> Drawn {
        let is_text = is_text.unwrap_or_else(|| is_text_of(&self.parts()));
        match self.rest() {
            _ if !is_text => self.dump("binary"),
            Some(_) if self.bytes.is_empty() => self.on_line("binary", ""),
            _ => self.wrapped("binary", &literal(&self.parts())),
        }
    }

    /// On the line, or as literals on lines below where that is too long.
    fn wrapped(&self, word: &str, shown: &str) -> Drawn {
        if shown.chars().count() <= COLUMNS {
            return self.on_line(word, shown);
        }
        let literal = literal(&self.parts());
        let inside = literal
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        let pieces = pieces(inside.unwrap_or_default(), PIECE);
        if pieces.len() < 2 {
            return self.on_line(word, shown);
        }
        let notice = self.rest().map(|rest| format!("{INDENT}{}", rest.notice()));
        let pieces = pieces
            .into_iter()
            .map(|piece| format!("{INDENT}\"{piece}\""));
        Drawn {
            line: word.to_owned(),
            below: pieces.chain(notice).collect(),
        }
    }

    fn on_line(&self, word: &str, shown: &str) -> Drawn {
        let notice = self.rest().map(Rest::notice);
        let line = match notice {
            Some(notice) if shown.is_empty() => format!("{word}  {notice}"),
            Some(notice) => format!("{word}  {shown} {notice}"),
            None => format!("{word}  {shown}"),
        };
        Drawn {
            line,
            below: Vec::new(),
        }
    }

    fn dump(&self, word: &str) -> Drawn {
        let bytes = self.hex_bytes();
        if bytes.len() <= HEX_BYTES {
            let shown = format!("hex {}", bytes.join(" "));
            return self.on_line(word, shown.trim_end());
        }
        let notice = self.rest().map(Rest::notice);
        let lines = bytes.chunks(HEX_BYTES).zip(self.bytes.chunks(HEX_BYTES));
        Drawn {
            line: format!("{word}  hex"),
            below: lines
                .enumerate()
                .map(|(number, (hex, bytes))| dump_line(number * HEX_BYTES, hex, bytes))
                .chain(notice)
                .map(|line| format!("{INDENT}{line}"))
                .collect(),
        }
    }

    fn hex_bytes(&self) -> Vec<String> {
        let mut bytes = Vec::with_capacity(self.bytes.len());
        for part in self.parts() {
            match part {
                PayloadPart::Plain(plain) => {
                    bytes.extend(plain.iter().map(|byte| format!("{byte:02x}")));
                }
                PayloadPart::Hidden(_, length) => {
                    bytes.extend((0..length).map(|_| SECRET.to_owned()));
                }
            }
        }
        let masked = self.more.iter().flat_map(|more| &more.masked).cloned();
        for place in masked.flatten() {
            if let Some(byte) = bytes.get_mut(place).filter(|byte| *byte != SECRET) {
                MASKED.clone_into(byte);
            }
        }
        bytes
    }

    fn control(&self, word: &str, code: Option<u16>) -> Drawn {
        let mut line = word.to_owned();
        if let Some(code) = code {
            line.push(' ');
            line.push_str(&code.to_string());
        }
        let parts = self.parts();
        if !self.bytes.is_empty() {
            line.push(' ');
            let is_utf8 = parts.iter().all(|part| part.as_str().is_some());
            let shown = if is_utf8 {
                words(&parts)
            } else {
                format!("hex {}", self.hex_bytes().join(" "))
            };
            // Data that only looks like a dump is quoted.
            if is_utf8 && shown.starts_with("hex ") {
                line.push_str(&literal(&parts));
            } else {
                line.push_str(&shown);
            }
        }
        if let Some(rest) = self.rest() {
            line.push(' ');
            line.push_str(&rest.notice());
        }
        Drawn {
            line,
            below: Vec::new(),
        }
    }

    fn parts(&self) -> Vec<PayloadPart<'_>> {
        parts(&self.bytes, self.hidden())
    }
}

/// As what a message is shown: of one that was packed the format says so, and the protobuf message that it is.
fn packed(frame: &Frame, format: Option<Format>) -> (Option<Format>, Option<Arc<str>>) {
    match frame.packed() {
        Some(packed) => (Some(packed.format), packed.message.clone()),
        None => (format, None),
    }
}

/// As what a text is shown. Where a secret was taken out, something of its kind is put in for the question: a digit
/// (a number, or a part of one, or of a string), nothing, or a letter (in XML).
fn format_of(text: &str, hidden: &[Hidden]) -> Format {
    if hidden.is_empty() {
        return Format::of_text(text);
    }
    let start = text.trim_start().as_bytes().first();
    let fillings: &[&str] = match start {
        Some(b'{' | b'[') => &["1", "", "\"\""],
        Some(b'<') => &["x", ""],
        _ => return Format::Text,
    };
    fillings
        .iter()
        .map(|filling| {
            let filled: String = parts(text.as_bytes(), hidden)
                .iter()
                .map(|part| match part {
                    PayloadPart::Plain(_) => part.as_str().unwrap_or_default(),
                    PayloadPart::Hidden(..) => filling,
                })
                .collect();
            Format::of_text(&filled)
        })
        .find(|format| *format != Format::Text)
        .unwrap_or(Format::Text)
}
