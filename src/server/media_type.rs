//! What bodies of HTTP are by their `Content-Type`. Knows no request.

use crate::format::Format;
use crate::protocol::{Bytes, Frame};

/// A body as a message of its content is, and the format that its type gives it.
pub(super) fn as_frame(body: &Bytes, kind: Option<&str>) -> (Frame, Option<Format>) {
    let format = kind.and_then(format_of);
    let text = match format {
        Some(Format::Binary) => None,
        _ => std::str::from_utf8(body).ok(),
    };
    match text {
        Some(text) => (Frame::Text(text.into()), format),
        None => (Frame::Binary(body.clone()), Some(Format::Binary)),
    }
}

fn format_of(kind: &str) -> Option<Format> {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    let (family, name) = kind.split_once('/')?;
    Some(match (family, name) {
        (_, name) if name == "json" || name.ends_with("+json") => Format::Json,
        (_, name) if name == "xml" || name.ends_with("+xml") => Format::Xml,
        ("text", _) | (_, "x-www-form-urlencoded") => Format::Text,
        ("image" | "audio" | "video" | "font", _) => Format::Binary,
        ("application", "octet-stream" | "msgpack" | "cbor" | "x-protobuf" | "zip" | "gzip") => {
            Format::Binary
        }
        _ => return None,
    })
}

/// The header that says what a body of a format is.
pub(super) fn content_type(format: Format) -> (String, String) {
    let kind = match format {
        Format::Json => "application/json",
        Format::Xml => "application/xml",
        Format::Text => "text/plain; charset=utf-8",
        Format::Binary => "application/octet-stream",
        Format::Msgpack => "application/msgpack",
        Format::Cbor => "application/cbor",
        Format::Proto => "application/x-protobuf",
    };
    ("Content-Type".to_owned(), kind.to_owned())
}
