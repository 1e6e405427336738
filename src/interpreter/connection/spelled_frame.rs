//! Frames as bytes in a file, and back.

use std::borrow::Cow;
use std::sync::Arc;

use crate::format::Format;
use crate::protocol::{Bytes, Close, DecodedMessage, Frame, PackedFormat, Utf8Bytes};

const DECODED: u8 = 7;

/// A frame's kind, the code of a close, and its payload.
pub(super) fn write(frame: &Frame) -> (u8, u16, Cow<'_, [u8]>) {
    let (kind, code) = match frame {
        Frame::Text(_) => (0, 0),
        Frame::Binary(_) => (1, 0),
        Frame::Ping(_) => (2, 0),
        Frame::Pong(_) => (3, 0),
        Frame::Close(None) => (4, 0),
        Frame::Close(Some(close)) => (5, close.code),
        Frame::Broken(_) => (6, 0),
        Frame::Decoded(decoded) => return (DECODED, 0, write_decoded(decoded).into()),
    };
    (kind, code, frame.payload().into())
}

/// The frame that was written.
pub(super) fn read(kind: u8, code: u16, payload: Bytes) -> Frame {
    match kind {
        0 => Frame::Text(text(payload)),
        1 => Frame::Binary(payload),
        2 => Frame::Ping(payload),
        3 => Frame::Pong(payload),
        4 => Frame::Close(None),
        5 => Frame::Close(Some(Close {
            code,
            reason: text(payload).to_string(),
        })),
        DECODED => read_decoded(&payload).unwrap_or(Frame::Broken(payload)),
        _ => Frame::Broken(payload),
    }
}

fn text(payload: Bytes) -> Utf8Bytes {
    Utf8Bytes::try_from(payload).unwrap_or_default()
}

/// Its parts, each behind its length; the content, which is the last, behind its kind.
fn write_decoded(decoded: &DecodedMessage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let format = decoded.packed.as_ref().map(|packed| packed.format.word());
    let message = decoded
        .packed
        .as_ref()
        .and_then(|packed| packed.message.as_deref());
    let names = [format, message].map(|name| name.unwrap_or_default().as_bytes());
    for part in [names[0], names[1], &decoded.wire] {
        bytes.extend((part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part);
    }
    let (kind, _, content) = write(&decoded.content);
    bytes.push(kind);
    bytes.extend_from_slice(&content);
    bytes
}

fn read_decoded(bytes: &Bytes) -> Option<Frame> {
    let mut at = 0;
    let mut part = || {
        let length = bytes.get(at..at + 8)?;
        let length = usize::try_from(u64::from_le_bytes(length.try_into().ok()?)).ok()?;
        let start = at + 8;
        at = start.checked_add(length)?;
        (at <= bytes.len()).then(|| bytes.slice(start..at))
    };
    let (format, message, wire) = (text(part()?), text(part()?), part()?);
    let kind = *bytes.get(at)?;
    let message = (!message.is_empty()).then(|| Arc::from(message.as_str()));
    Some(Frame::Decoded(Arc::new(DecodedMessage {
        wire,
        content: read(kind, 0, bytes.slice(at + 1..)),
        packed: Format::from_word(&format).map(|format| PackedFormat { format, message }),
    })))
}
