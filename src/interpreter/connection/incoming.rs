//! What a message that came is read as: decoded, and split into its records; and what one that leaves ends with.

use crate::format::Format;
use crate::format::decode::DecodeError;
use crate::format::json::{JsonTokenKind, tokens};
use crate::format::records::{next_record, record};
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

/// A message that `@delimiter` splits, as far as its records were not taken yet: one may have millions.
pub(super) struct SplitMessage {
    frame: Frame,
    /// How far they were taken.
    taken: usize,
}

impl SplitMessage {
    /// # Errors
    /// The message is taken as it is: there is no delimiter, or it is binary, or packed.
    pub(super) fn of(frame: Frame, options: &Options) -> Result<Self, Frame> {
        let is_text = matches!(frame.content(), Frame::Text(_)) && frame.packed().is_none();
        if options.delimiter.is_none() || !is_text {
            return Err(frame);
        }
        Ok(Self { frame, taken: 0 })
    }

    /// Takes the next record. One that is all of a message which was decoded keeps the bytes that came: if each had
    /// them, many short ones would take more room than there is.
    pub(super) fn next(&mut self, options: &Options) -> Option<Frame> {
        let delimiter = options.delimiter.as_deref().unwrap_or_default();
        let Frame::Text(text) = self.frame.content() else {
            return None;
        };
        let (record, behind) = next_record(text, self.taken, delimiter)?;
        let is_all = self.taken == 0 && behind == text.len();
        self.taken = behind;
        let record = Frame::Text(record.into());
        Some(if is_all {
            self.frame.with_content(record)
        } else {
            record
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::decoder::Decoder;
    use crate::format::deflate::{Coding, deflate};
    use crate::protocol::Bytes;

    #[test]
    fn records_do_not_each_hold_the_bytes_of_their_message() {
        let options = Options {
            delimiter: Some("\n".to_owned()),
            decode: vec![Decoder::Inflate(Coding::Gzip)],
            ..Options::default()
        };
        let records = |text: &str| {
            let bytes = Bytes::from(deflate(Coding::Gzip, text.as_bytes()).unwrap());
            let frame = decode_message(Frame::Binary(bytes.clone()), &options).unwrap();
            let mut split = SplitMessage::of(frame, &options).unwrap();
            let records: Vec<_> = std::iter::from_fn(|| split.next(&options)).collect();
            (records, bytes)
        };
        let (all, _) = records("a\n\nb\nc");
        let texts = ["a", "b", "c"].map(|text| Frame::Text(text.into()));
        assert_eq!(all, texts);
        let (all, bytes) = records("a\n");
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].content(), &texts[0]);
        assert_eq!(all[0].wire(), bytes);
    }
}
