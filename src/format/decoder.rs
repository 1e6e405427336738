//! What `@decode` does to the bytes of a message, step by step: inflating, and then reading as JSON what is not text.
//! Knows no options.

use super::decode::DecodeError;
use super::deflate::{Coding, inflate};
use super::proto::MessageType;
use super::{Format, cbor, msgpack};

/// A step of decoding.
#[derive(Clone, Debug)]
pub enum Decoder {
    /// Bytes to bytes.
    Inflate(Coding),
    /// MessagePack to JSON.
    Msgpack,
    /// CBOR to JSON.
    Cbor,
    /// A protobuf message to JSON.
    Proto(MessageType),
}

/// What bytes were decoded to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodedPayload {
    /// Text, and as what it is read.
    Text(String, Format),
    /// Bytes that are not text.
    Bytes(Vec<u8>),
}

impl Decoder {
    /// The words that name them, in the order in which they are suggested; behind `proto` stands the message's name.
    pub const WORDS: [&str; 6] = ["gzip", "zlib", "deflate", "msgpack", "cbor", "proto"];

    /// The one that a word names alone: all but `proto`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "msgpack" => Some(Self::Msgpack),
            "cbor" => Some(Self::Cbor),
            word => Coding::from_word(word).map(Self::Inflate),
        }
    }

    /// Whether it gives JSON, so that none may stand behind it.
    #[must_use]
    pub fn gives_json(&self) -> bool {
        !matches!(self, Self::Inflate(_))
    }

    fn decode(&self, bytes: &[u8], limit: usize) -> Result<DecodedPayload, DecodeError> {
        let json = match self {
            Self::Inflate(coding) => {
                return inflate(*coding, bytes, limit).map(DecodedPayload::Bytes);
            }
            Self::Msgpack => msgpack::decode(bytes, limit)?,
            Self::Cbor => cbor::decode(bytes, limit)?,
            Self::Proto(message) => message.decode(bytes, limit)?,
        };
        Ok(DecodedPayload::Text(json, Format::Json))
    }
}

/// Decodes bytes by all of the steps, none of which makes more than `limit` bytes.
///
/// # Errors
/// Of the first step that cannot.
pub fn decode(
    steps: &[Decoder],
    bytes: &[u8],
    limit: usize,
) -> Result<DecodedPayload, DecodeError> {
    let mut decoded: Option<DecodedPayload> = None;
    for step in steps {
        decoded = Some(match &decoded {
            None => step.decode(bytes, limit)?,
            Some(DecodedPayload::Bytes(bytes)) => step.decode(bytes, limit)?,
            Some(DecodedPayload::Text(text, _)) => step.decode(text.as_bytes(), limit)?,
        });
    }
    let bytes = match decoded {
        Some(DecodedPayload::Bytes(bytes)) => bytes,
        Some(text @ DecodedPayload::Text(..)) => return Ok(text),
        None => bytes.to_vec(),
    };
    Ok(match String::from_utf8(bytes) {
        Ok(text) => {
            let format = Format::of_text(&text);
            DecodedPayload::Text(text, format)
        }
        Err(bytes) => DecodedPayload::Bytes(bytes.into_bytes()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::deflate::deflate;

    fn steps(words: &[&str]) -> Vec<Decoder> {
        words
            .iter()
            .filter_map(|word| Decoder::from_word(word))
            .collect()
    }

    #[test]
    fn steps_follow_one_another() {
        let packed = |bytes: &[u8]| deflate(Coding::Gzip, bytes).unwrap();
        let json = r#"{"a":1}"#.to_owned();
        for (words, bytes, gives) in [
            (
                &["gzip"][..],
                packed(json.as_bytes()),
                DecodedPayload::Text(json.clone(), Format::Json),
            ),
            (
                &["gzip"],
                packed(b"<a/>"),
                DecodedPayload::Text("<a/>".to_owned(), Format::Xml),
            ),
            (
                &["gzip"],
                packed(b"pong"),
                DecodedPayload::Text("pong".to_owned(), Format::Text),
            ),
            (
                &["gzip"],
                packed(b"\xff"),
                DecodedPayload::Bytes(b"\xff".to_vec()),
            ),
            (
                &["gzip", "gzip"],
                packed(&packed(b"a")),
                DecodedPayload::Text("a".to_owned(), Format::Text),
            ),
            (
                &["gzip", "msgpack"],
                packed(b"\x81\xa1a\x01"),
                DecodedPayload::Text(json.clone(), Format::Json),
            ),
            (
                &["cbor"],
                b"\xa1\x61a\x01".to_vec(),
                DecodedPayload::Text(json.clone(), Format::Json),
            ),
            (
                &["cbor"],
                b"\x05".to_vec(),
                DecodedPayload::Text("5".to_owned(), Format::Json),
            ),
        ] {
            assert_eq!(decode(&steps(words), &bytes, 100), Ok(gives), "{words:?}");
        }
        assert!(decode(&steps(&["gzip"]), b"a", 100).is_err());
        assert!(decode(&steps(&["gzip", "cbor"]), &packed(b"\xff"), 100).is_err());
        let large = decode(&steps(&["gzip"]), &packed(&[0; 101]), 100);
        assert!(matches!(large, Err(DecodeError::TooLarge { .. })));
        for word in Decoder::WORDS {
            assert_eq!(Decoder::from_word(word).is_some(), word != "proto");
        }
    }
}
