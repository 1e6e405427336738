//! What bodies of HTTP are by their `Content-Type`, and which one a format has. Knows no request.

use super::Format;

/// The format that a type stands for, where it is known.
pub(crate) fn format_of(kind: &str) -> Option<Format> {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    let (family, name) = kind.split_once('/')?;
    Some(match (family, name) {
        (_, name) if name == "json" || name.ends_with("+json") => Format::Json,
        (_, name) if name == "xml" || name.ends_with("+xml") => Format::Xml,
        ("text", _) | (_, "x-www-form-urlencoded") => Format::Text,
        ("application", "msgpack" | "x-msgpack" | "vnd.msgpack") => Format::Msgpack,
        ("application", "cbor") => Format::Cbor,
        ("image" | "audio" | "video" | "font", _) => Format::Binary,
        // Which message of protobuf it is, no type says.
        ("application", "octet-stream" | "x-protobuf" | "protobuf" | "zip" | "gzip") => {
            Format::Binary
        }
        _ => return None,
    })
}

/// What a body of a format is called.
pub(crate) fn content_type(format: Format) -> &'static str {
    match format {
        Format::Json => "application/json",
        Format::Xml => "application/xml",
        Format::Text => "text/plain; charset=utf-8",
        Format::Binary => "application/octet-stream",
        Format::Msgpack => "application/msgpack",
        Format::Cbor => "application/cbor",
        Format::Proto => "application/x-protobuf",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_in_every_spelling() {
        let cases = [
            ("application/json", Some(Format::Json)),
            (
                "Application/Problem+JSON; charset=utf-8",
                Some(Format::Json),
            ),
            ("image/svg+xml", Some(Format::Xml)),
            ("text/csv", Some(Format::Text)),
            ("image/png", Some(Format::Binary)),
            ("application/vnd.msgpack", Some(Format::Msgpack)),
            ("application/x-unknown", None),
            ("json", None),
            ("", None),
        ];
        for (kind, format) in cases {
            assert_eq!(format_of(kind), format, "{kind}");
        }
        for format in Format::ALL {
            let known = format_of(content_type(format));
            let is_proto = format == Format::Proto;
            assert_eq!(known, Some(if is_proto { Format::Binary } else { format }));
        }
    }
}
