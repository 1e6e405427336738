//! Reads what is almost JSON, as far as that can be guessed: only to tell how near a message came that is not JSON.

use serde_json::{Map, Value};

use crate::format::MAX_JSON_DEPTH;
use crate::format::json::string_end;

/// Longer texts are not looked at.
const LONGEST: usize = 64 << 10;

/// The value that a text was probably meant to be: of an object or array that has something else before, behind or
/// inside it. Everything that cannot be read is null.
pub(super) fn almost_json(text: &str) -> Option<Value> {
    let text = text.trim_start_matches(|next: char| next == '\u{feff}' || next.is_whitespace());
    if text.len() > LONGEST || !text.starts_with(['{', '[']) {
        return None;
    }
    Some(LenientReader { rest: text }.value(0))
}

struct LenientReader<'a> {
    rest: &'a str,
}

impl<'a> LenientReader<'a> {
    fn value(&mut self, depth: usize) -> Value {
        match self.next() {
            Some('{') if depth < MAX_JSON_DEPTH => self.object(depth + 1),
            Some('[') if depth < MAX_JSON_DEPTH => self.array(depth + 1),
            _ => {
                match self.word() {
                    // Other writers have these, and mean numbers by them.
                    "NaN" | "Infinity" | "-Infinity" => Value::from(0),
                    word => serde_json::from_str(word).unwrap_or_default(),
                }
            }
        }
    }

    fn object(&mut self, depth: usize) -> Value {
        self.skip(1);
        let mut members = Map::new();
        while let Some(next) = self.next() {
            match next {
                '}' => {
                    self.skip(1);
                    break;
                }
                ',' => self.skip(1),
                _ => {
                    let word = self.word();
                    let key = serde_json::from_str(word);
                    let key = key.unwrap_or_else(|_| word.trim_matches('\'').to_owned());
                    let value = match self.next() {
                        Some(':') => {
                            self.skip(1);
                            self.value(depth)
                        }
                        _ => Value::Null,
                    };
                    members.insert(key, value);
                }
            }
        }
        Value::Object(members)
    }

    fn array(&mut self, depth: usize) -> Value {
        self.skip(1);
        let mut items = Vec::new();
        while let Some(next) = self.next() {
            match next {
                ']' => {
                    self.skip(1);
                    break;
                }
                ',' => self.skip(1),
                _ => items.push(self.value(depth)),
            }
        }
        Value::Array(items)
    }

    /// The next character that is not a blank.
    fn next(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// A string, or all up to the next mark; one character at least.
    fn word(&mut self) -> &'a str {
        let rest = self.rest;
        let length = if rest.starts_with('"') {
            string_end(rest.as_bytes(), 0)
        } else {
            rest.find(|next: char| next.is_whitespace() || ",:{}[]\"".contains(next))
        };
        let length = length.unwrap_or(rest.len());
        let least = rest.chars().next().map_or(0, char::len_utf8);
        let (word, behind) = rest
            .split_at_checked(length.max(least))
            .unwrap_or((rest, ""));
        self.rest = behind;
        word
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_meant_is_guessed() {
        let meant = json!({"op": "tick", "price": 0, "of": [1, {"a": true}]});
        for text in [
            "\u{feff}{\"op\":\"tick\",\"price\":0,\"of\":[1,{\"a\":true}]}",
            "{\"op\":\"tick\",\"price\":NaN,\"of\":[1,{\"a\":true}]}\u{1e}",
            "{\"op\":\"tick\",\"price\":0,,\"of\":[1,,{\"a\":true},]}\n{}",
            " {op: \"tick\" \"price\":0 'of': [1 {\"a\" : true",
        ] {
            assert_eq!(almost_json(text), Some(meant.clone()), "{text}");
        }
        for text in ["", "hello", "42", "<a/>", "\"{}\""] {
            assert_eq!(almost_json(text), None, "{text}");
        }
    }

    #[test]
    fn no_text_is_too_strange() {
        for text in [
            "{",
            "[",
            "{]}",
            "[}:,",
            "{\"",
            "{\"a\\",
            "{a:b:c:",
            "[\u{e9}:\u{1f600}",
        ] {
            assert!(almost_json(text).is_some(), "{text}");
        }
        assert!(almost_json(&"[".repeat(LONGEST)).is_some());
        assert!(almost_json(&"{\"a\":".repeat(1000)).is_some());
    }
}
