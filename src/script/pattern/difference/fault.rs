//! Where a text stops being JSON or XML, and what stands there.

use crate::format::read_json;
use crate::format::xml::{Fault, XmlDocument};
use crate::script::pattern::show::{brief, quoted};

/// How many characters of what stands there are shown.
const SHOWN: usize = 20;

/// Why a text is not JSON: `it is not valid JSON: `NaN` at character 9`.
pub(super) fn json(text: &str) -> String {
    format!("it is not valid JSON: {}", json_fault(text))
}

/// Why a text is not XML.
pub(super) fn xml(text: &str) -> String {
    let Err(error) = XmlDocument::parse(text) else {
        return "it is well-formed XML".to_owned();
    };
    if error.fault == Fault::Doctype {
        return "XML with a DOCTYPE is not read".to_owned();
    }
    // A fault quotes the text, which may be anything.
    let what = brief(&error.fault.to_string());
    format!(
        "it is not well-formed XML: {what}, at {}",
        place(text, error.at)
    )
}

fn json_fault(text: &str) -> String {
    if text.starts_with('\u{feff}') {
        return "it starts with a byte order mark (U+FEFF)".to_owned();
    }
    let Err(error) = read_json::<serde_json::Value>(text) else {
        return "it cannot be read".to_owned();
    };
    let told = error.to_string();
    let cause = told.split(" at line ").next().unwrap_or(&told);
    let offset = offset(text, error.line(), error.column());
    let at = |offset| place(text, offset);
    let here = |offset| format!("{} at {}", there(text, offset), at(offset));
    match cause {
        "recursion limit exceeded" => "it has more than 128 levels".to_owned(),
        "trailing characters" if starts_value(text, offset) => {
            format!("a second value begins at {}", at(offset))
        }
        "trailing characters" => {
            format!(
                "{} behind the value, at {}",
                there(text, offset),
                at(offset)
            )
        }
        "expected value" => here(offset),
        // The parser has read the first letters of `null`, `true` or `false`.
        "expected ident" => here(word_start(text, offset)),
        "trailing comma" => format!("a comma with nothing behind it, before {}", at(offset)),
        "key must be a string" => {
            format!("{}, where a key in double quotes is expected", here(offset))
        }
        _ if text.trim().is_empty() => "it is empty".to_owned(),
        _ if cause.starts_with("EOF") => {
            let last = text.trim_end().len().saturating_sub(1);
            format!("it ends too early, behind {}", at(last))
        }
        _ => match cause.strip_prefix("expected ") {
            Some(wanted) => format!("{}, where {wanted} is expected", here(offset)),
            None => format!("{cause} at {}", at(offset)),
        },
    }
}

/// The offset of a 1-based line and a 1-based column in bytes, on a character.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before = text.split_inclusive('\n').take(line.saturating_sub(1));
    let before: usize = before.map(str::len).sum();
    let mut offset = (before + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// `character 9` of a text of one line, else `line 2, column 3`.
fn place(text: &str, offset: usize) -> String {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    let column = line.chars().count() + 1;
    if !text.trim_end().contains('\n') {
        return format!("character {column}");
    }
    format!("line {}, column {column}", before.matches('\n').count() + 1)
}

/// What stands at an offset: a word, or one character.
fn there(text: &str, offset: usize) -> String {
    let rest = text.get(offset..).unwrap_or_default();
    let word: String = rest
        .chars()
        .take_while(|next| is_word(*next))
        .take(SHOWN + 1)
        .collect();
    match (word.chars().count(), rest.chars().next()) {
        (_, None) => "the end".to_owned(),
        (0, Some(next)) => quoted(next.encode_utf8(&mut [0; 4])),
        (length, _) if length > SHOWN => {
            format!("`{}…`", word.chars().take(SHOWN).collect::<String>())
        }
        _ => format!("`{word}`"),
    }
}

fn is_word(next: char) -> bool {
    next.is_ascii_alphanumeric() || matches!(next, '_' | '-' | '+' | '.')
}

fn word_start(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or_default();
    before.trim_end_matches(is_word).len()
}

fn starts_value(text: &str, offset: usize) -> bool {
    let rest = text.get(offset..).unwrap_or_default();
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<serde::de::IgnoredAny>();
    matches!(values.next(), Some(Ok(_)))
}
