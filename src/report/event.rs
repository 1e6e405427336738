//! What happened, as members of a JSON object: the log's lines and the JSON report say it in the same words.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::object::Object;
use crate::format::Format;
use crate::protocol::{DecodedMessage, Direction, Ending, Event, EventKind, Frame, Handshake};
use crate::redact::Redacted;

/// The word for what happened; `None` where it is not to be told.
pub(super) fn word(event: &Redacted<Event>) -> Option<&'static str> {
    Some(match &event.kind {
        EventKind::Connecting { .. } => "connecting",
        EventKind::Retrying { .. } => "retrying",
        EventKind::Connected(_) => "connected",
        EventKind::Refused(_) => "refused",
        EventKind::Sent { .. } => "sent",
        EventKind::Received { .. } => "received",
        EventKind::Matched { .. } => "matched",
        EventKind::Failed(_) => "failed",
        EventKind::Note(_) => "note",
        EventKind::Requested { .. } => "request",
        EventKind::Responded { .. } => "response",
        EventKind::Body { .. } => "body",
        EventKind::Disconnected(_) => "disconnected",
        EventKind::Generated(_)
        | EventKind::Unpacked { .. }
        | EventKind::Opened { .. }
        | EventKind::Secret { .. }
        | EventKind::SecretsKnown { .. } => {
            return None;
        }
    })
}

/// Writes what happened, behind when it did ([`Moment::members`]); `line` is the step's in the document.
pub(super) fn members(
    object: &mut Object<'_>,
    word: &str,
    event: &Redacted<Event>,
    line: Option<usize>,
) {
    if let Some(who) = &event.who {
        object.text("who", who);
    }
    object.word("event", word);
    if let Some(line) = line {
        object.number("line", line as u128);
    }
    match &event.kind {
        EventKind::Connecting { url, headers, .. } => {
            object.text("url", url);
            if !headers.is_empty() {
                object.pairs("headers", headers);
            }
        }
        EventKind::Connected(handshake) | EventKind::Refused(handshake) => {
            answer(object, handshake);
        }
        EventKind::Sent {
            frame,
            format,
            ignored,
            wire,
            ..
        } => {
            payload(object, frame, *format);
            on_the_wire(object, *wire);
            if *ignored {
                object.raw("ignored", "true");
            }
        }
        EventKind::Received {
            frame,
            ignored,
            round_trip,
            wire,
            ..
        } => {
            payload(object, frame, None);
            on_the_wire(object, *wire);
            if *ignored {
                object.raw("ignored", "true");
            }
            if let Some(round_trip) = round_trip {
                object.number("roundTrip", round_trip.as_micros());
            }
        }
        EventKind::Requested {
            direction,
            method,
            target,
            headers,
            ..
        } => {
            object.word("direction", way(*direction));
            object.text("method", method);
            object.text("target", target);
            object.pairs("headers", headers);
        }
        EventKind::Responded {
            direction,
            response,
        } => {
            object.word("direction", way(*direction));
            object.number("status", response.status.into());
            object.text("reason", &response.reason);
            object.pairs("headers", &response.headers);
        }
        EventKind::Body {
            direction,
            frame,
            format,
            ..
        } => {
            object.word("direction", way(*direction));
            payload(object, frame, *format);
        }
        EventKind::Matched { arrived, .. } => object.number("arrived", arrived.as_micros()),
        EventKind::Failed(failure) => object.text("reason", &failure.reason),
        EventKind::Retrying { reason } | EventKind::Note(reason) => object.text("reason", reason),
        EventKind::Disconnected(ending) => end(object, ending),
        EventKind::Generated(_)
        | EventKind::Unpacked { .. }
        | EventKind::Opened { .. }
        | EventKind::Secret { .. }
        | EventKind::SecretsKnown { .. } => {}
    }
}

/// When the last event was, as members: what comes in one turn came at one time.
#[derive(Default)]
pub(super) struct Moment {
    /// When the block began, and how much later it is.
    of: Option<(jiff::Timestamp, Duration)>,
    text: Vec<u8>,
    seconds: Seconds,
}

impl Moment {
    /// The time in RFC 3339, and the microseconds since the block began.
    pub(super) fn members(&mut self, began: jiff::Timestamp, since: Duration) -> &[u8] {
        let of = Some((began, since));
        if self.of != of {
            self.of = of;
            self.text.clear();
            let mut object = Object::part(&mut self.text);
            object.word("at", self.seconds.stamp(began, since));
            object.number("since", since.as_micros());
        }
        &self.text
    }
}

/// The second of the last event, written out: of a flood very many are of one second.
#[derive(Default)]
struct Seconds {
    /// When the block began, and how many seconds later it is.
    of: Option<(jiff::Timestamp, u64)>,
    /// RFC 3339, with microseconds.
    text: Vec<u8>,
}

/// The digits of a fraction in microseconds, and the `Z` behind them.
const FRACTION: usize = 7;
const NANOSECONDS: u32 = 1_000_000_000;

impl Seconds {
    /// RFC 3339, with microseconds.
    fn stamp(&mut self, began: jiff::Timestamp, since: Duration) -> &[u8] {
        // Negative before 1970.
        let fraction = u32::try_from(began.subsec_nanosecond());
        let nanoseconds = fraction.unwrap_or_default() + since.subsec_nanos();
        let second = since.as_secs() + u64::from(nanoseconds / NANOSECONDS);
        if self.of == Some((began, second)) {
            self.set_fraction(nanoseconds % NANOSECONDS / 1000);
            return &self.text;
        }
        let at = jiff::SignedDuration::try_from(since)
            .ok()
            .and_then(|since| began.checked_add(since).ok());
        self.of = (at.is_some() && fraction.is_ok()).then_some((began, second));
        self.text = format!("{:.6}", at.unwrap_or(began)).into_bytes();
        &self.text
    }

    fn set_fraction(&mut self, mut microseconds: u32) {
        let Some([digits @ .., _]) = self.text.last_chunk_mut::<FRACTION>() else {
            return;
        };
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + u8::try_from(microseconds % 10).unwrap_or_default();
            microseconds /= 10;
        }
    }
}

fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Sent => "sent",
        Direction::Received => "received",
    }
}

pub(super) fn answer(object: &mut Object<'_>, handshake: &Handshake) {
    object.number("status", handshake.status.into());
    object.text("reason", &handshake.reason);
    if let Some(subprotocol) = &handshake.subprotocol {
        object.text("subprotocol", subprotocol);
    }
    if let Some(deflate) = &handshake.deflate {
        object.text("extensions", &deflate.to_string());
    }
    object.pairs("headers", &handshake.headers);
    if !handshake.body.is_empty() {
        bytes(object, &handshake.body);
    }
}

fn payload(object: &mut Object<'_>, frame: &Frame, format: Option<Format>) {
    object.known(nature(frame, format));
    if let Some(message) = frame.packed().and_then(|packed| packed.message.as_deref()) {
        object.text("message", message);
    }
    match frame.content() {
        Frame::Text(text) => object.text("payload", text),
        Frame::Binary(data) | Frame::Broken(data) => {
            object.word("payload", STANDARD.encode(data));
            object.word("encoding", "base64");
        }
        Frame::Ping(data) | Frame::Pong(data) => bytes(object, data),
        Frame::Decoded(_) | Frame::Close(None) => {}
        Frame::Close(Some(close)) => {
            object.number("code", close.code.into());
            object.text("reason", &close.reason);
        }
    }
    if let Frame::Decoded(decoded) = frame
        && !decoded.wire.is_empty()
    {
        object.word("raw", STANDARD.encode(&decoded.wire));
    }
}

/// Of a compressed message: how many bytes its payload had.
fn on_the_wire(object: &mut Object<'_>, wire: Option<usize>) {
    if let Some(wire) = wire {
        object.number("wire", wire as u128);
    }
}

/// What kind of frame it is, and of a message its format, as members. `format` is the script's, where it is known.
fn nature(frame: &Frame, format: Option<Format>) -> &'static str {
    match frame {
        Frame::Text(text) => match format.unwrap_or_else(|| Format::of_text(text)) {
            Format::Json => r#""kind":"text","format":"json""#,
            Format::Xml => r#""kind":"text","format":"xml""#,
            _ => r#""kind":"text","format":"text""#,
        },
        Frame::Decoded(decoded) => decoded_nature(decoded),
        Frame::Binary(_) => r#""kind":"binary","format":"binary""#,
        Frame::Ping(_) => r#""kind":"ping""#,
        Frame::Pong(_) => r#""kind":"pong""#,
        Frame::Close(_) => r#""kind":"close""#,
        Frame::Broken(_) => r#""kind":"broken""#,
    }
}

/// The same of what is read as something else than it travels as.
fn decoded_nature(decoded: &DecodedMessage) -> &'static str {
    let format = decoded.packed.as_ref().map(|packed| packed.format);
    let format = match &decoded.content {
        Frame::Text(text) => format.unwrap_or_else(|| Format::of_text(text)),
        _ => Format::Binary,
    };
    match format {
        Format::Text => r#""kind":"binary","format":"text""#,
        Format::Json => r#""kind":"binary","format":"json""#,
        Format::Xml => r#""kind":"binary","format":"xml""#,
        Format::Binary => r#""kind":"binary","format":"binary""#,
        Format::Msgpack => r#""kind":"binary","format":"msgpack""#,
        Format::Cbor => r#""kind":"binary","format":"cbor""#,
        Format::Proto => r#""kind":"binary","format":"proto""#,
    }
}

/// Bytes as text where they are, else in Base64, and that is said.
fn bytes(object: &mut Object<'_>, bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        object.text("payload", text);
    } else {
        object.word("payload", STANDARD.encode(bytes));
        object.word("encoding", "base64");
    }
}

fn end(object: &mut Object<'_>, ending: &Ending) {
    let (word, close, reason, code) = match ending {
        Ending::Closed(close) => ("closed", close.as_ref(), None, None),
        Ending::Unanswered(close) => ("unanswered", close.as_ref(), None, None),
        Ending::Vanished => ("vanished", None, None, None),
        Ending::Reset(reason) => ("reset", None, Some(reason), None),
        Ending::Breach { reason, code } => ("breach", None, Some(reason), Some(*code)),
        Ending::Dropped => ("dropped", None, None, None),
        Ending::Silent => ("silent", None, None, None),
        Ending::Stuck => ("stuck", None, None, None),
    };
    object.word("ending", word);
    if let Some(code) = close.map(|close| close.code).or(code) {
        object.number("code", code.into());
    }
    if let Some(reason) = close.map(|close| &close.reason).or(reason) {
        object.text("reason", reason);
    }
}
