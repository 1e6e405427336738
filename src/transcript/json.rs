//! JSON source on one line or on several, as it came: numbers, key order, duplicates and escapes stay.
//! Reads leniently, because a payload may be cut or have a `{{NAME}}` where a value was; judges nothing.

use std::ops::Range;

use crate::format::json::{self, JsonTokenKind};
use crate::source::visible::{Spelling, seen};

/// Below this depth nothing is indented: a received message of more levels is not shown as JSON anyway.
const LEVELS: usize = 128;

/// What a stretch of a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JsonStretchKind {
    Open,
    Close,
    Comma,
    Colon,
    /// A string, number or word, or what stands in its place.
    Atom,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum JsonLexeme {
    Open(char),
    Close(char),
    Comma,
    Colon,
    Atom(String),
}

/// Without white space outside of strings, and on one line whatever it holds.
pub(super) fn compact(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut after_atom = false;
    for token in tokens(source) {
        let is_atom = matches!(token, JsonLexeme::Atom(_));
        match token {
            JsonLexeme::Open(mark) | JsonLexeme::Close(mark) => out.push(mark),
            JsonLexeme::Comma => out.push(','),
            JsonLexeme::Colon => out.push(':'),
            JsonLexeme::Atom(text) => {
                // Two atoms in a row are no JSON; they stay two.
                if after_atom {
                    out.push(' ');
                }
                out.push_str(&text);
            }
        }
        after_atom = is_atom;
    }
    out
}

/// One member or element a line, two blanks a level; `None` where that would be one line, or far too deep.
pub(super) fn pretty(source: &str) -> Option<Vec<String>> {
    let tokens = tokens(source);
    let mut lines = vec![String::new()];
    let mut depth = 0_usize;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            JsonLexeme::Open(mark) => {
                push(&mut lines, &mark.to_string());
                if let Some(JsonLexeme::Close(close)) = tokens.peek() {
                    let close = close.to_string();
                    tokens.next();
                    push(&mut lines, &close);
                    continue;
                }
                depth += 1;
                if depth > LEVELS {
                    return None;
                }
                lines.push("  ".repeat(depth));
            }
            JsonLexeme::Close(mark) => {
                depth = depth.saturating_sub(1);
                lines.push("  ".repeat(depth));
                push(&mut lines, &mark.to_string());
            }
            JsonLexeme::Comma => {
                push(&mut lines, ",");
                lines.push("  ".repeat(depth));
            }
            JsonLexeme::Colon => push(&mut lines, ": "),
            JsonLexeme::Atom(text) => {
                push(&mut lines, &text);
                if let Some(JsonLexeme::Atom(_)) = tokens.peek() {
                    push(&mut lines, " ");
                }
            }
        }
    }
    (lines.len() > 1).then_some(lines)
}

fn push(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

fn tokens(source: &str) -> Vec<JsonLexeme> {
    let token = |(kind, range): (JsonStretchKind, Range<usize>)| {
        let text = source.get(range).unwrap_or_default();
        let mark = text.chars().next().unwrap_or_default();
        match kind {
            JsonStretchKind::Open => JsonLexeme::Open(mark),
            JsonStretchKind::Close => JsonLexeme::Close(mark),
            JsonStretchKind::Comma => JsonLexeme::Comma,
            JsonStretchKind::Colon => JsonLexeme::Colon,
            JsonStretchKind::Atom => {
                let mut atom = String::with_capacity(text.len());
                for (part, visible) in seen(text.chars()) {
                    push_escaped(&mut atom, part, visible);
                }
                JsonLexeme::Atom(atom)
            }
        }
    };
    lex(source).into_iter().map(token).collect()
}

/// The tokens of a source, with their places in bytes.
pub(super) fn lex(source: &str) -> Vec<(JsonStretchKind, Range<usize>)> {
    let mut lexemes: Vec<(JsonStretchKind, Range<usize>)> = Vec::new();
    for token in json::tokens(source.as_bytes()) {
        let kind = match token.kind {
            JsonTokenKind::Blank => continue,
            JsonTokenKind::Open => JsonStretchKind::Open,
            JsonTokenKind::Close => JsonStretchKind::Close,
            JsonTokenKind::Comma => JsonStretchKind::Comma,
            JsonTokenKind::Colon => JsonStretchKind::Colon,
            // A secret outside of a string is not a container.
            JsonTokenKind::String
            | JsonTokenKind::UnclosedString
            | JsonTokenKind::Placeholder
            | JsonTokenKind::Word => JsonStretchKind::Atom,
        };
        match lexemes.last_mut() {
            Some((JsonStretchKind::Atom, atom))
                if kind == JsonStretchKind::Atom && atom.end == token.range.start =>
            {
                atom.end = token.range.end;
            }
            _ => lexemes.push((kind, token.range)),
        }
    }
    lexemes
}

fn push_escaped(out: &mut String, character: char, visible: bool) {
    if visible {
        out.push(character);
    } else {
        Spelling::Json.push(out, character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::visible::is_visible;
    use proptest::prelude::*;

    #[test]
    fn white_space_goes_and_all_else_stays() {
        for (source, shown) in [
            (" {\n\t\"a\" : [ 1.0 , -0e5 ]\r\n}", r#"{"a":[1.0,-0e5]}"#),
            (r#"{"a": 1, "a": "x  y"}"#, r#"{"a":1,"a":"x  y"}"#),
            (r#"{"q": "\" , \\", "z": []}"#, r#"{"q":"\" , \\","z":[]}"#),
            ("{\"a\": \"\u{202e}\u{7f}\"}", r#"{"a":"\u202e\u007f"}"#),
            (
                r#"{"pin": {{PIN}}, "n": 9{{PIN}}1}"#,
                r#"{"pin":{{PIN}},"n":9{{PIN}}1}"#,
            ),
            (r#"{"cut": "half of it"#, r#"{"cut":"half of it"#),
            (r#"{"cut": "half\"#, r#"{"cut":"half\"#),
            ("1 2", "1 2"),
            ("[{{{}}}]", "[{{{}}}]"),
        ] {
            assert_eq!(compact(source), shown);
            assert_eq!(compact(shown), shown, "compact twice");
        }
    }

    #[test]
    fn pretty_has_a_line_for_each_member() {
        let lines = pretty(r#"{"a":[1,{"b":{{PIN}}}],"c":{},"d":[]}"#).unwrap();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {
          "a": [
            1,
            {
              "b": {{PIN}}
            }
          ],
          "c": {},
          "d": []
        }
        "#);
        assert_eq!(pretty("\"scalar\""), None);
        assert_eq!(pretty("{}"), None);
        assert_eq!(pretty(&"[1,".repeat(200)), None);
        assert!(pretty("]}],,::{").is_some());
    }

    proptest! {
        #[test]
        fn pretty_and_compact_differ_in_white_space_only(source in r#"[\[\]{}:,"\\a1 \n\u{202e}]{0,60}"#) {
            let one = compact(&source);
            prop_assert!(is_visible(&one));
            if let Some(lines) = pretty(&source) {
                prop_assert_eq!(compact(&lines.join("\n")), one);
            }
        }
    }
}
