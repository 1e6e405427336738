//! The body of a plain request as a message: without its coding, read by its type, decoded as `@decode` says. Knows no
//! handler.

use serde::de::IgnoredAny;

use crate::format::decoder::Decoder;
use crate::format::media_type::format_of;
use crate::format::{Format, read_json};
use crate::handshake::{Refusal, header_values};
use crate::http::{CodingError, without_coding};
use crate::interpreter::connection::decode_message;
use crate::interpreter::http_body::as_frame;
use crate::protocol::{Bytes, Frame};
use crate::script::{Options, decoded};

/// The body of a request.
pub(super) struct RequestBody {
    bytes: Bytes,
    /// What `@decode` makes of it, where it can.
    decoded: Option<Frame>,
    /// What its `Content-Type` says of it.
    kind: Option<Format>,
    limit: usize,
}

impl RequestBody {
    /// Takes the coding off a body that came; none where there is no body.
    ///
    /// # Errors
    /// It stands for too much, or not for what it says: the answer.
    pub(super) fn read(
        headers: &[(String, String)],
        body: Bytes,
        options: &Options,
    ) -> Result<Option<Self>, Refusal> {
        let limit = options.max_message;
        let bytes = without_coding(headers, body, limit).map_err(|error| match error {
            CodingError::TooLarge => too_large(limit),
            CodingError::Malformed(why) => Refusal::new(400, &format!("The body {why}.")),
        })?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let decoded = if options.decode.is_empty() {
            Frame::Binary(Bytes::new())
        } else {
            decode_message(Frame::Binary(bytes.clone()), options).map_err(|_| too_large(limit))?
        };
        Ok(Some(Self {
            bytes,
            decoded: matches!(decoded, Frame::Decoded(_)).then_some(decoded),
            kind: header_values(headers, "Content-Type")
                .next()
                .and_then(format_of),
            limit,
        }))
    }

    /// As it is looked at by a pattern of that format, and as what it is read; without one, by its type.
    pub(super) fn message(&self, wanted: Option<Format>) -> (Frame, Option<Format>) {
        if let Some(decoded) = &self.decoded {
            return (decoded.clone(), wanted);
        }
        let frame = as_frame(&self.bytes, wanted, self.kind);
        let format = match (&frame, wanted, self.kind) {
            (_, Some(wanted), _) => Some(wanted),
            (Frame::Text(text), None, kind) => kind.filter(|kind| is_valid(text.as_str(), *kind)),
            (_, None, Some(kind)) if kind.is_packed() => return self.unpacked(kind, frame),
            _ => Some(Format::Binary),
        };
        (frame, format)
    }

    /// What the type says that it is packed as; as it came where it is not.
    fn unpacked(&self, kind: Format, frame: Frame) -> (Frame, Option<Format>) {
        let decoder = match kind {
            Format::Msgpack => Decoder::Msgpack,
            _ => Decoder::Cbor,
        };
        match decoded(&[decoder], &self.bytes, self.limit) {
            Ok(frame) => (frame, Some(kind)),
            Err(_) => (frame, Some(Format::Binary)),
        }
    }
}

/// Whether a text is of the format that its type names: else it is a text.
fn is_valid(text: &str, format: Format) -> bool {
    match format {
        Format::Json => read_json::<IgnoredAny>(text).is_ok(),
        Format::Xml => Format::of_text(text) == Format::Xml,
        _ => true,
    }
}

/// The answer to a body that is too large, before or after it is decoded.
pub(super) fn too_large(limit: usize) -> Refusal {
    Refusal::new(413, &format!("The body is larger than {limit} bytes."))
}
