//! A received frame and what it reads as, each reading made once and only when asked for.

use std::cell::{OnceCell, RefCell};
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use crate::format::decode::DecodeError;
use crate::format::decoder::{DecodedPayload, Decoder, decode};
use crate::format::{Format, read_json};
use crate::protocol::{Bytes, DecodedMessage, Frame, PackedFormat};

/// A frame being read.
#[derive(Debug)]
pub struct Reading {
    frame: Frame,
    json: OnceCell<Option<serde_json::Value>>,
    /// What it is by the formats that it was asked for.
    unpacked: RefCell<Vec<(PackedFormat, Option<Rc<Reading>>)>>,
}

/// A message as what it was packed from.
pub(super) enum Unpacked<'a> {
    /// It was decoded when it came.
    Already(&'a Reading),
    /// Its bytes say so.
    Made(Rc<Reading>),
}

impl Deref for Unpacked<'_> {
    type Target = Reading;

    fn deref(&self) -> &Reading {
        match self {
            Self::Already(reading) => reading,
            Self::Made(reading) => reading,
        }
    }
}

impl Reading {
    /// Starts reading a frame.
    #[must_use]
    pub fn new(frame: Frame) -> Self {
        Self {
            frame,
            json: OnceCell::new(),
            unpacked: RefCell::default(),
        }
    }

    /// The frame.
    #[must_use]
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The text of a text message, or of one that was decoded to text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self.frame.content() {
            Frame::Text(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The JSON value of a text message that is JSON of any kind.
    #[must_use]
    pub fn json(&self) -> Option<&serde_json::Value> {
        self.json
            .get_or_init(|| read_json(self.text()?).ok())
            .as_ref()
    }

    /// As what the message is shown (`$format`).
    #[must_use]
    pub fn format(&self) -> Format {
        match self.frame.packed() {
            Some(packed) => packed.format,
            None => self.text().map_or(Format::Binary, Format::of_text),
        }
    }

    /// The message as what a decoder of a packed format makes of it; `None` where it is not of that format.
    pub(super) fn unpacked(&self, decoder: &Decoder, limit: usize) -> Option<Unpacked<'_>> {
        let format = packed_format(decoder)?;
        if let Some(packed) = self.frame.packed() {
            return (*packed == format).then_some(Unpacked::Already(self));
        }
        let known = |known: &&(PackedFormat, _)| known.0 == format;
        let known = self.unpacked.borrow().iter().find(known).cloned();
        let known = known.map(|(_, reading)| reading);
        let made = known.unwrap_or_else(|| {
            let made = self.unpack(decoder, limit).ok().flatten();
            let made = made.map(|frame| Rc::new(Self::new(frame)));
            self.unpacked.borrow_mut().push((format, made.clone()));
            made
        });
        made.map(Unpacked::Made)
    }

    /// The frame decoded; `None` where it is not a binary message.
    ///
    /// # Errors
    /// Why its bytes cannot be decoded.
    pub(super) fn unpack(
        &self,
        decoder: &Decoder,
        limit: usize,
    ) -> Result<Option<Frame>, DecodeError> {
        match &self.frame {
            Frame::Binary(bytes) => decoded(std::slice::from_ref(decoder), bytes, limit).map(Some),
            Frame::Decoded(before) if before.packed.is_none() => {
                let bytes = before.content.clone().into_payload();
                let mut frame = decoded(std::slice::from_ref(decoder), &bytes, limit)?;
                if let Frame::Decoded(made) = &mut frame {
                    Arc::make_mut(made).wire = before.wire.clone();
                }
                Ok(Some(frame))
            }
            _ => Ok(None),
        }
    }
}

/// A binary message as what it is decoded to, by one decoder after the other.
///
/// # Errors
/// Of the first one that cannot.
pub fn decoded(decoders: &[Decoder], bytes: &Bytes, limit: usize) -> Result<Frame, DecodeError> {
    let content = match decode(decoders, bytes, limit)? {
        DecodedPayload::Text(text, _) => Frame::Text(text.into()),
        DecodedPayload::Bytes(bytes) => Frame::Binary(bytes.into()),
    };
    Ok(Frame::Decoded(Arc::new(DecodedMessage {
        wire: bytes.clone(),
        content,
        packed: decoders.last().and_then(packed_format),
    })))
}

/// The format that a decoder undoes, where that is a packed one.
pub(super) fn packed_format(decoder: &Decoder) -> Option<PackedFormat> {
    Some(PackedFormat {
        format: decoder.format()?,
        message: decoder.message().map(Arc::from),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Bytes;

    #[test]
    fn a_text_reads_as_json_of_any_kind() {
        let read = |text: &str| Reading::new(Frame::Text(text.into())).json().cloned();
        assert_eq!(read("42"), Some(serde_json::json!(42)));
        assert_eq!(read(" {\"a\":[1]} "), Some(serde_json::json!({"a": [1]})));
        assert_eq!(read("hello"), None);
        assert_eq!(read(&"[".repeat(100_000)), None);
    }

    #[test]
    fn only_messages_read_as_something() {
        let binary = Reading::new(Frame::Binary(Bytes::from_static(b"{}")));
        assert_eq!((binary.text(), binary.json()), (None, None));
        assert_eq!(binary.format(), Format::Binary);
        assert_eq!(Reading::new(Frame::Close(None)).json(), None);
    }
}
