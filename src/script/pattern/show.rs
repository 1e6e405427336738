//! What a peer sent, on one line of a message to people: nothing that it holds can leave that line or hide in it.

use serde_json::Value;

use crate::format::Format;
use crate::format::json::{JsonTokenKind, tokens};
use crate::protocol::Frame;
use crate::script::Reading;
use crate::source::visible::{Spelling, is_visible, seen};

/// How many characters of a message or pattern are shown.
const LINE: usize = 80;
/// How many characters of one value inside a sentence are shown.
const WORD: usize = 40;

/// A text on one line, harmless and at most 80 characters long.
pub(crate) fn brief(text: &str) -> String {
    cut(escaped(text.chars()), LINE)
}

/// JSON on one line: compact, harmless and at most 80 characters long.
pub(in crate::script) fn brief_json(json: &str) -> String {
    cut(escaped(compact(json)), LINE)
}

/// A value inside a sentence.
pub(super) fn brief_value(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(_) | Value::Object(_) | Value::Number(_) => {
            cut(escaped(value.to_string().chars()), WORD)
        }
        Value::Null | Value::Bool(_) => value.to_string(),
    }
}

/// A text as a JSON string inside a sentence.
pub(super) fn quoted(text: &str) -> String {
    // One character more, so that the cut sees that there are more.
    let start: String = text.chars().take(WORD + 1).collect();
    cut(escaped(Value::from(start).to_string().chars()), WORD + 2)
}

/// Bytes inside a sentence: as a string if they are UTF-8.
pub(super) fn quoted_bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => quoted(text),
        Err(_) => cut(hex(bytes.iter().copied().map(Some)).chars(), WORD),
    }
}

/// Bytes as hexadecimal digits, `??` for those that are open.
pub(super) fn hex(bytes: impl IntoIterator<Item = Option<u8>>) -> String {
    // Three characters a byte: more bytes than characters are never shown.
    let digits = bytes.into_iter().take(LINE).map(|byte| match byte {
        Some(byte) => format!("{byte:02x}"),
        None => "??".to_owned(),
    });
    digits.collect::<Vec<_>>().join(" ")
}

/// A key as a step of a jq path.
pub(in crate::script) fn key(key: &str) -> String {
    let plain = key.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_')
        && key
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || char == '_');
    if plain {
        format!(".{key}")
    } else {
        format!(".[{}]", quoted(key))
    }
}

/// A received message.
pub(super) fn message(message: &Reading) -> String {
    match message.frame().content() {
        Frame::Text(body) => match message.format().written() {
            Format::Json => brief_json(body),
            Format::Xml => brief(&xml(body)),
            _ => brief(&text(body)),
        },
        Frame::Binary(bytes) | Frame::Broken(bytes) => brief(&binary(bytes)),
        Frame::Ping(data) => brief(format!("ping {}", words(data)).trim_end()),
        Frame::Pong(data) => brief(format!("pong {}", words(data)).trim_end()),
        Frame::Decoded(_) | Frame::Close(None) => "close".to_owned(),
        Frame::Close(Some(close)) => {
            brief(format!("close {} {}", close.code, close.reason).trim_end())
        }
    }
}

/// A text as it stands where that is harmless, else as a JSON string.
pub(super) fn text(text: &str) -> String {
    let plain = !text.is_empty()
        && text.trim() == text
        && !text.starts_with(['"', '@'])
        && is_visible(text);
    if plain {
        return text.to_owned();
    }
    Value::from(text).to_string()
}

/// XML without the white space between its tags, what is harmful in it as character references.
pub(super) fn xml(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut rest = text.trim();
    while let Some((before, after)) = rest.split_once('>') {
        line.push_str(before);
        line.push('>');
        let next = after.trim_start();
        rest = if next.starts_with('<') { next } else { after };
    }
    line.push_str(rest);
    if is_visible(&line) {
        return line;
    }
    let mut escaped = String::with_capacity(line.len());
    for (char, visible) in seen(line.chars()) {
        match char {
            '\n' | '\r' | '\t' => escaped.push(' '),
            char if visible => escaped.push(char),
            char => Spelling::Xml.push(&mut escaped, char),
        }
    }
    escaped
}

/// White space as XML has it, each run of it one blank, none outside.
pub(super) fn folded(text: &str) -> String {
    let words = text.split([' ', '\t', '\r', '\n']);
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn words(data: &[u8]) -> String {
    match std::str::from_utf8(data) {
        Ok(words) => words.to_owned(),
        Err(_) => hex(data.iter().copied().map(Some)),
    }
}

fn binary(bytes: &[u8]) -> String {
    let printable = |char: char| !char.is_control() || matches!(char, '\r' | '\n' | '\t');
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.is_empty() && text.chars().all(printable) => {
            Value::from(text).to_string()
        }
        _ => format!("hex {}", hex(bytes.iter().copied().map(Some)))
            .trim_end()
            .to_owned(),
    }
}

/// JSON without the white space between its tokens.
fn compact(json: &str) -> impl Iterator<Item = char> {
    tokens(json.as_bytes())
        .filter(|token| token.kind != JsonTokenKind::Blank)
        .filter_map(|token| json.get(token.range))
        .flat_map(str::chars)
}

/// At most so many characters; more are cut off and the cut is shown.
fn cut(chars: impl Iterator<Item = char>, most: usize) -> String {
    let mut line: Vec<char> = chars.take(most + 1).collect();
    if line.len() > most {
        line.truncate(most - 1);
        line.push('…');
    }
    line.into_iter().collect()
}

/// Characters as they can be shown: those that cannot as JSON escapes them.
fn escaped(chars: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    seen(chars).flat_map(|(char, visible)| {
        let mut spelled = String::new();
        if !visible {
            Spelling::Json.push(&mut spelled, char);
        }
        let spelled: Vec<char> = spelled.chars().collect();
        visible.then_some(char).into_iter().chain(spelled)
    })
}
