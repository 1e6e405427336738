//! JSON source on one line or on several, as it came: numbers, key order, duplicates and escapes stay.
//! Reads leniently, because a payload may be cut or have a `{{NAME}}` where a value was; judges nothing.

use std::ops::Range;

use crate::source::visible::{Spelling, seen};

/// Below this depth nothing is indented: a received message of more levels is not shown as JSON anyway.
const LEVELS: usize = 128;

/// What a stretch of a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Close,
    Comma,
    Colon,
    /// A string, number or word, or what stands in its place.
    Atom,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
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
        let is_atom = matches!(token, Token::Atom(_));
        match token {
            Token::Open(mark) | Token::Close(mark) => out.push(mark),
            Token::Comma => out.push(','),
            Token::Colon => out.push(':'),
            Token::Atom(text) => {
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
            Token::Open(mark) => {
                push(&mut lines, &mark.to_string());
                if let Some(Token::Close(close)) = tokens.peek() {
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
            Token::Close(mark) => {
                depth = depth.saturating_sub(1);
                lines.push("  ".repeat(depth));
                push(&mut lines, &mark.to_string());
            }
            Token::Comma => {
                push(&mut lines, ",");
                lines.push("  ".repeat(depth));
            }
            Token::Colon => push(&mut lines, ": "),
            Token::Atom(text) => {
                push(&mut lines, &text);
                if let Some(Token::Atom(_)) = tokens.peek() {
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

fn tokens(source: &str) -> Vec<Token> {
    let token = |(kind, range): (Kind, Range<usize>)| {
        let text = source.get(range).unwrap_or_default();
        let mark = text.chars().next().unwrap_or_default();
        match kind {
            Kind::Open => Token::Open(mark),
            Kind::Close => Token::Close(mark),
            Kind::Comma => Token::Comma,
            Kind::Colon => Token::Colon,
            Kind::Atom => {
                let mut atom = String::with_capacity(text.len());
                for (part, visible) in seen(text.chars()) {
                    push_escaped(&mut atom, part, visible);
                }
                Token::Atom(atom)
            }
        }
    };
    lex(source).into_iter().map(token).collect()
}

/// The tokens of a source, with their places in bytes.
pub(super) fn lex(source: &str) -> Vec<(Kind, Range<usize>)> {
    let mut lexemes = Vec::new();
    let mut atom: Option<usize> = None;
    let mut at = 0;
    while let Some(rest) = source.get(at..)
        && let Some(character) = rest.chars().next()
    {
        let in_atom = match character {
            // A secret outside of a string is no container.
            '{' => name(rest),
            '"' => Some(string(rest)),
            '}' | '[' | ']' | ',' | ':' | ' ' | '\t' | '\r' | '\n' => None,
            _ => Some(character.len_utf8()),
        };
        if let Some(length) = in_atom {
            atom.get_or_insert(at);
            at += length;
            continue;
        }
        lexemes.extend(atom.take().map(|start| (Kind::Atom, start..at)));
        let kind = match character {
            '{' | '[' => Some(Kind::Open),
            '}' | ']' => Some(Kind::Close),
            ',' => Some(Kind::Comma),
            ':' => Some(Kind::Colon),
            _ => None,
        };
        lexemes.extend(kind.map(|kind| (kind, at..at + 1)));
        at += 1;
    }
    lexemes.extend(atom.map(|start| (Kind::Atom, start..source.len())));
    lexemes
}

/// The length of the `{{NAME}}` at the start: a second brace cannot stand there in JSON.
fn name(text: &str) -> Option<usize> {
    let inner = text.strip_prefix("{{")?;
    let length = inner.find(|part: char| !(part.is_alphanumeric() || "_-.".contains(part)))?;
    let after = inner.get(length..)?;
    after.starts_with("}}").then_some(length + 4)
}

/// The length of the string literal at the start, up to its closing quote or, in a payload that was cut, the end.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
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
