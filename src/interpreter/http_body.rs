//! Bodies of HTTP as messages, and messages as bodies. Knows no request.

use crate::format::Format;
use crate::protocol::{Bytes, Frame};

/// A body as a message: binary where that is asked for, where its type says so, and where it is not UTF-8.
pub(super) fn as_frame(body: &Bytes, wanted: Option<Format>, kind: Option<&str>) -> Frame {
    let binary = || Frame::Binary(body.clone());
    let is_binary = match wanted {
        Some(format) => is_of_bytes(format),
        None => kind.is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            let of_bytes = Format::ALL
                .into_iter()
                .filter(|format| is_of_bytes(*format));
            let binary: Vec<_> = of_bytes.map(|format| content_type(Some(format))).collect();
            binary
                .iter()
                .any(|binary| kind.eq_ignore_ascii_case(binary))
        }),
    };
    if is_binary {
        return binary();
    }
    match std::str::from_utf8(body) {
        Ok(text) => Frame::Text(text.into()),
        Err(_) => binary(),
    }
}

fn is_of_bytes(format: Format) -> bool {
    match format {
        Format::Text | Format::Json | Format::Xml => false,
        Format::Binary | Format::Msgpack | Format::Cbor | Format::Proto => true,
    }
}

/// What a body of a format is called in HTTP.
pub(super) fn content_type(format: Option<Format>) -> &'static str {
    match format {
        Some(Format::Json) => "application/json",
        Some(Format::Xml) => "application/xml",
        Some(Format::Binary) => "application/octet-stream",
        Some(Format::Msgpack) => "application/msgpack",
        Some(Format::Cbor) => "application/cbor",
        Some(Format::Proto) => "application/x-protobuf",
        Some(Format::Text) | None => "text/plain; charset=utf-8",
    }
}
