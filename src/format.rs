//! The formats of a message, and how a received one is told. Knows no patterns and no transcripts.

pub mod cbor;
pub(crate) mod datum;
pub mod decode;
pub mod decoder;
pub mod deflate;
pub(crate) mod json;
mod json_scan;
pub(crate) mod media_type;
pub mod msgpack;
mod path;
pub mod proto;
pub mod records;
pub mod schema;
pub(crate) mod xml;

use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use self::json::JsonTokenKind;
pub(crate) use self::json_scan::is_json;

/// How a message is written and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// A text frame, as it stands.
    Text,
    /// A text frame that parses as JSON (RFC 8259).
    Json,
    /// A text frame that is a well-formed XML document.
    Xml,
    /// A binary frame.
    Binary,
    /// JSON in a binary frame, as MessagePack.
    Msgpack,
    /// JSON in a binary frame, as CBOR (RFC 8949).
    Cbor,
    /// JSON in a binary frame, as a protobuf message whose name stands behind the word.
    Proto,
}

impl Format {
    /// All of them, in the order in which they are suggested.
    pub const ALL: [Self; 7] = [
        Self::Text,
        Self::Json,
        Self::Xml,
        Self::Binary,
        Self::Msgpack,
        Self::Cbor,
        Self::Proto,
    ];

    /// The word that stands behind an arrow.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Xml => "xml",
            Self::Binary => "binary",
            Self::Msgpack => "msgpack",
            Self::Cbor => "cbor",
            Self::Proto => "proto",
        }
    }

    /// Whether it is written as JSON, and travels as bytes.
    #[must_use]
    pub fn is_packed(self) -> bool {
        self.written() != self
    }

    /// Whether it travels as bytes, and not as text.
    #[must_use]
    pub fn is_of_bytes(self) -> bool {
        self == Self::Binary || self.is_packed()
    }

    /// The format that its bodies and patterns are written in.
    #[must_use]
    pub fn written(self) -> Self {
        match self {
            Self::Msgpack | Self::Cbor | Self::Proto => Self::Json,
            format => format,
        }
    }

    /// The format whose word this is.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }

    /// As what a received text is shown: JSON if it parses as an object or array of at most 128 levels, XML if it
    /// starts with `<` and is well-formed, else text.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        let start = text.trim_start_matches([' ', '\t', '\r', '\n']);
        match start.as_bytes().first() {
            Some(b'{' | b'[') if is_json(text) => Self::Json,
            Some(b'<') if text.starts_with('<') && xml::XmlDocument::parse(text).is_ok() => {
                Self::Xml
            }
            _ => Self::Text,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

/// How deep JSON may be nested to be read as JSON: deeper is a text like any other.
pub const MAX_JSON_DEPTH: usize = 128;

/// Reads JSON of at most [`MAX_JSON_DEPTH`] levels; everything that reads a message as JSON comes through here.
///
/// # Errors
/// What is wrong with it, by `serde_json`.
pub fn read_json<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, serde_json::Error> {
    if may_be_too_deep(text) && json_depth(text) > MAX_JSON_DEPTH {
        // The parser's own bound is one level below ours: it knows the place, or an earlier fault.
        serde_json::from_str::<serde_json::Value>(text)?;
        return Err(serde::de::Error::custom("recursion limit exceeded"));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    let value = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// Whether [`read_json`] would read it, with nothing kept of it. `serde`'s own way to ignore a value is less strict: it
/// lets half a surrogate pair in a string go by.
///
/// # Errors
/// As [`read_json`].
pub(crate) fn check_json(text: &str) -> Result<(), serde_json::Error> {
    // What is not wrong need not be read twice.
    if is_json(text) && !text.contains("\\u") {
        return Ok(());
    }
    read_json::<Sound>(text).map(|Sound| ())
}

/// A JSON value that was read and let go.
struct Sound;

impl<'de> Deserialize<'de> for Sound {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Sound {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while let Some(Self) = items.next_element()? {}
        Ok(self)
    }

    /// Numbers of many digits come as maps, too.
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        while let Some((Self, Self)) = members.next_entry()? {}
        Ok(self)
    }
}

/// Whether there are brackets enough for it: of most messages that is told at once.
fn may_be_too_deep(text: &str) -> bool {
    let brackets = text.bytes().filter(|byte| matches!(byte, b'[' | b'{'));
    brackets.count() > MAX_JSON_DEPTH
}

/// How deep brackets outside of strings are nested: of JSON its depth, of anything else no less than what a parser
/// would go down. Every message passes here, so it takes no tokens apart.
pub(crate) fn json_depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let text = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => {
                at = json::string_end(text, at).unwrap_or(text.len());
                continue;
            }
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    deepest
}

/// How many digits stand one behind the other outside of strings, at most.
pub(crate) fn longest_digits(text: &str) -> usize {
    let text = text.as_bytes();
    let words = json::tokens(text).filter(|token| token.kind == JsonTokenKind::Word);
    let runs = words.flat_map(|word| {
        let word = text.get(word.range).unwrap_or_default();
        word.split(|byte| !byte.is_ascii_digit()).map(<[u8]>::len)
    });
    runs.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_their_format() {
        for format in Format::ALL {
            assert_eq!(Format::from_word(format.word()), Some(format));
            assert_eq!(format!("{format:>7}").trim_start(), format.word());
        }
        assert_eq!(Format::from_word("JSON"), None);
    }

    #[test]
    fn a_text_is_told() {
        let cases = [
            ("", Format::Text),
            ("42", Format::Text),
            ("\"a\"", Format::Text),
            ("null", Format::Text),
            ("{}", Format::Json),
            (" \r\n[1, 2]\t", Format::Json),
            ("{\"a\":1} x", Format::Text),
            ("{'a':1}", Format::Text),
            ("\u{a0}{}", Format::Text),
            ("<a/>", Format::Xml),
            ("<?xml version=\"1.0\"?>\n<a>x</a>\n", Format::Xml),
            (" <a/>", Format::Text),
            ("<a>", Format::Text),
            ("<a/><b/>", Format::Text),
            ("<!DOCTYPE a><a/>", Format::Text),
        ];
        for (text, format) in cases {
            assert_eq!(Format::of_text(text), format, "{text:?}");
        }
    }

    fn nested(levels: usize) -> String {
        format!("{}{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn json_goes_down_128_levels() {
        assert_eq!(Format::of_text(&nested(128)), Format::Json);
        assert_eq!(Format::of_text(&nested(129)), Format::Text);
        assert_eq!(Format::of_text(&nested(200_000)), Format::Text);
        assert_eq!(Format::of_text(&"[".repeat(200_000)), Format::Text);
        let objects = format!("{}1{}", "{\"a\":".repeat(128), "}".repeat(128));
        assert_eq!(Format::of_text(&objects), Format::Json);
        assert_eq!(json_depth(r#"["[[[\"[[", "]"]"#), 1);
    }

    #[test]
    fn digits_are_counted_outside_of_strings() {
        assert_eq!(
            longest_digits(r#"{"123456\"7890": [-12.345e67, 1, ""]}"#),
            3
        );
        assert_eq!(longest_digits(r#""1"22"333""#), 2);
        assert_eq!(longest_digits(""), 0);
    }

    #[test]
    fn deep_xml_is_read_without_recursion() {
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert_eq!(Format::of_text(&deep), Format::Xml);
    }
}
