//! Bodies of HTTP as messages. Knows no request.

use crate::format::Format;
use crate::protocol::{Bytes, Frame};

/// A body as a message: binary where a format of bytes is `wanted` or, if nothing is, where its type is one, and where it
/// is not UTF-8.
pub(crate) fn as_frame(body: &Bytes, wanted: Option<Format>, kind: Option<Format>) -> Frame {
    let text = match wanted.or(kind) {
        Some(format) if format.is_of_bytes() => None,
        _ => std::str::from_utf8(body).ok(),
    };
    match text {
        Some(text) => Frame::Text(text.into()),
        None => Frame::Binary(body.clone()),
    }
}
