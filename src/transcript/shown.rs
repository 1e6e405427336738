//! Payloads as a transcript shows them, read back into what they were.

use std::borrow::Cow;

use super::format_word;
use crate::format::Format;
use crate::protocol::OpenPiece;

/// A payload as it is shown, read back.
#[derive(Debug)]
pub(super) struct ShownPayload<'a> {
    pub(super) word: &'a str,
    /// A close frame's code.
    code: &'a str,
    pub(super) payload: Cow<'a, [u8]>,
    /// Only its beginning is shown.
    pub(super) is_cut: bool,
}

impl<'a> ShownPayload<'a> {
    /// Reads what stands behind the arrow, laid out on one line.
    pub(super) fn read(flat: &'a str, is_cut: bool) -> Self {
        let (word, rest) = format_word::split(flat);
        let rest = rest.trim_start_matches(' ');
        let (code, rest) = match word {
            "close" => rest.split_once(' ').unwrap_or((rest, "")),
            _ => ("", rest),
        };
        let payload = match word {
            word if is_source(word) => Cow::Borrowed(rest.as_bytes()),
            "binary" | "bytes" => match rest.strip_prefix("hex ") {
                // Laid flat, each byte is the character of its number.
                Some(dump) => Cow::Owned(dump.chars().map(narrow).collect()),
                None => words(rest),
            },
            _ => words(rest),
        };
        Self {
            word,
            code,
            payload,
            is_cut,
        }
    }

    /// Whether both are frames of one kind: as what a text is shown may change with it.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let is_text = |word: &str| ["text", "json", "xml"].contains(&word);
        let alike = self.word == other.word || is_text(self.word) && is_text(other.word);
        alike && self.code == other.code
    }

    /// Whether it is a source that is shown without its white space.
    pub(super) fn is_source(&self) -> bool {
        is_source(self.word)
    }

    /// A run and the payload, both without white space: the run was written with it.
    pub(super) fn dense(&self, run: &[OpenPiece]) -> (Vec<OpenPiece>, Vec<u8>) {
        let is_ink = |byte: &u8| !byte.is_ascii_whitespace();
        let payload = self.payload.iter().copied().filter(is_ink).collect();
        let piece = |piece: &OpenPiece| match piece {
            OpenPiece::Fixed(text) => OpenPiece::Fixed(text.split_ascii_whitespace().collect()),
            open @ OpenPiece::Open { .. } => open.clone(),
        };
        (run.iter().map(piece).collect(), payload)
    }

    /// A run and the payload as they can be held against each other.
    pub(super) fn comparable(&self, run: &[OpenPiece]) -> (Vec<OpenPiece>, Vec<u8>) {
        if self.is_source() {
            return self.dense(run);
        }
        (run.to_vec(), self.payload.to_vec())
    }

    /// The payload, if it is text.
    pub(super) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.payload).ok()
    }
}

/// Whether JSON or XML stands behind the words.
fn is_source(word: &str) -> bool {
    let written = format_word::written(word);
    matches!(written, Some(Format::Json | Format::Xml))
}

fn narrow(character: char) -> u8 {
    u8::try_from(u32::from(character)).unwrap_or(b'*')
}

/// Text as it is, or the JSON string literal that it had to be.
fn words(shown: &str) -> Cow<'_, [u8]> {
    if !shown.starts_with('"') {
        return Cow::Borrowed(shown.as_bytes());
    }
    // In a payload that was cut the literal ends all the same.
    match serde_json::from_str::<String>(&shown.replace("\\{{", "{{")) {
        Ok(text) => Cow::Owned(text.into_bytes()),
        Err(_) => Cow::Borrowed(shown.as_bytes()),
    }
}
