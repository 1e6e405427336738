//! What a message that came is read as: decoded, and split into its records; and what one that leaves ends with.

use crate::format::Format;
use crate::format::decode::DecodeError;
use crate::format::json::{JsonTokenKind, tokens};
use crate::format::records::{record, records};
use crate::protocol::Frame;
use crate::script::{Options, decoded};

/// A message as what `@decode` makes of it; what cannot be decoded stays as it is.
///
/// # Errors
/// It stands for more than `@max-message` allows: why.
pub(crate) fn decode_message(frame: Frame, options: &Options) -> Result<Frame, String> {
    let Frame::Binary(bytes) = &frame else {
        return Ok(frame);
    };
    if options.decode.is_empty() {
        return Ok(frame);
    }
    match decoded(&options.decode, bytes, options.max_message) {
        Ok(decoded) => Ok(decoded),
        Err(error @ DecodeError::TooLarge { .. }) => Err(format!("{error} (`@max-message`)")),
        Err(DecodeError::Malformed(_)) => Ok(frame),
    }
}

/// The records of a text message by `@delimiter`; `None` where it is to be taken as it is.
pub(super) fn split(frame: &Frame, options: &Options) -> Option<Vec<Frame>> {
    let delimiter = options.delimiter.as_ref()?;
    let Frame::Text(text) = frame.content() else {
        return None;
    };
    let records = records(text, delimiter);
    let records = records.map(|record| frame.with_content(Frame::Text(record.into())));
    Some(records.collect())
}

/// A message that leaves, with `@delimiter` at its end. `format` is the script's.
pub(super) fn end(frame: &Frame, format: Option<Format>, options: &Options) -> Frame {
    let (Frame::Text(text), Some(delimiter)) = (frame, &options.delimiter) else {
        return frame.clone();
    };
    let is_json = || format.unwrap_or_else(|| Format::of_text(text)) == Format::Json;
    let text = if delimiter.contains('\n') && text.contains('\n') && is_json() {
        on_one_line(text)
    } else {
        text.as_str().to_owned()
    };
    Frame::Text(record(text, delimiter).into())
}

/// JSON without the white space between its tokens.
fn on_one_line(json: &str) -> String {
    tokens(json.as_bytes())
        .filter(|token| token.kind != JsonTokenKind::Blank)
        .filter_map(|token| json.get(token.range))
        .collect()
}
