//! What `@decode` does to the bytes of a message, step by step: inflating, and then reading as JSON what is not text.
//! Knows no options.

use super::decode::DecodeError;
use super::deflate::{Coding, deflate, inflate};
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
    /// Text, and the format that packed it; of text that was not packed, its format is told by sight.
    Text(String, Option<Format>),
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
        Ok(DecodedPayload::Text(json, self.format()))
    }

    /// The format that it undoes, where that is a packed one.
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        match self {
            Self::Inflate(_) => None,
            Self::Msgpack => Some(Format::Msgpack),
            Self::Cbor => Some(Format::Cbor),
            Self::Proto(_) => Some(Format::Proto),
        }
    }

    /// The full name of the protobuf message that it reads.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Proto(message) => Some(message.name()),
            _ => None,
        }
    }

    /// JSON as the bytes that it reads.
    ///
    /// # Errors
    /// A clause: it is not JSON, or not such a value.
    pub fn encode(&self, json: &str) -> Result<Vec<u8>, String> {
        match self {
            Self::Inflate(coding) => {
                deflate(*coding, json.as_bytes()).map_err(|error| error.to_string())
            }
            Self::Msgpack => msgpack::encode(json),
            Self::Cbor => cbor::encode(json),
            Self::Proto(message) => message.encode(json),
        }
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
        Ok(text) => DecodedPayload::Text(text, None),
        Err(bytes) => DecodedPayload::Bytes(bytes.into_bytes()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
                DecodedPayload::Text(json.clone(), None),
            ),
            (
                &["gzip"],
                packed(b"<a/>"),
                DecodedPayload::Text("<a/>".to_owned(), None),
            ),
            (
                &["gzip"],
                packed(b"pong"),
                DecodedPayload::Text("pong".to_owned(), None),
            ),
            (
                &["gzip"],
                packed(b"\xff"),
                DecodedPayload::Bytes(b"\xff".to_vec()),
            ),
            (
                &["gzip", "gzip"],
                packed(&packed(b"a")),
                DecodedPayload::Text("a".to_owned(), None),
            ),
            (
                &["gzip", "msgpack"],
                packed(b"\x81\xa1a\x01"),
                DecodedPayload::Text(json.clone(), Some(Format::Msgpack)),
            ),
            (
                &["cbor"],
                b"\xa1\x61a\x01".to_vec(),
                DecodedPayload::Text(json.clone(), Some(Format::Cbor)),
            ),
            (
                &["cbor"],
                b"\x05".to_vec(),
                DecodedPayload::Text("5".to_owned(), Some(Format::Cbor)),
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
