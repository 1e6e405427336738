//! `@mask`: what of a message is volatile, and is shown as `…`. Knows no transcript.

use jaq_core::load::lex::{Lexer, StrPart, Token};
use jaq_core::load::parse::{Parser, Term};
use jaq_core::path;
use regex::Regex;
use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::format::{Format, read_json};
use crate::protocol::Frame;
use crate::source::Span;

/// One thing that `@mask` names.
#[derive(Clone, Debug)]
pub struct Mask(What);

#[derive(Clone, Debug)]
enum What {
    Path(Vec<Step>),
    Regex(Regex),
}

/// A step of a jq path.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Index(i64),
    Each,
}

/// What masked values look like.
const MASKED: &str = "…";

impl Mask {
    /// Reads the value of an `@mask` line: jq paths with commas between them, or one `/REGEX/`.
    ///
    /// # Errors
    /// What is neither, at its place.
    pub fn compile(source: &str, span: Span) -> Result<Vec<Self>, Diagnostic> {
        let trimmed = source.trim();
        if let Some(rest) = trimmed.strip_prefix('/') {
            return regex(rest, span).map(|regex| vec![Self(What::Regex(regex))]);
        }
        let tokens = Lexer::new(source)
            .lex()
            .map_err(|errors| at(errors.first().map(|(_, rest)| *rest), source, span))?;
        tokens
            .split(|token| token.0 == ",")
            .map(|tokens| steps(tokens, source, span).map(|steps| Self(What::Path(steps))))
            .collect()
    }

    /// The frame with what the mask names shown as `…`; `None` where there is nothing of it.
    #[must_use]
    pub fn apply(&self, frame: &Frame) -> Option<Frame> {
        match (frame, &self.0) {
            (Frame::Text(text), What::Path(steps)) => {
                mask_path(text, steps).map(|masked| Frame::Text(masked.into()))
            }
            (Frame::Text(text), What::Regex(regex)) => {
                let is_json = Format::of_text(text) == Format::Json;
                mask_regex(text, regex, is_json).map(|masked| Frame::Text(masked.into()))
            }
            // Text travels in binary messages, too.
            (Frame::Binary(bytes), What::Regex(regex)) => {
                let text = std::str::from_utf8(bytes).ok()?;
                mask_regex(text, regex, false).map(|masked| Frame::Binary(masked.into()))
            }
            _ => None,
        }
    }
}

fn regex(rest: &str, span: Span) -> Result<Regex, Diagnostic> {
    let Some(source) = rest.strip_suffix('/') else {
        return Err(
            Diagnostic::error(span, "this regular expression has no end")
                .hint("write it between two slashes: `/REGEX/`"),
        );
    };
    Regex::new(&source.replace("\\/", "/")).map_err(|error| {
        let told = error.to_string();
        let last = told.lines().last().unwrap_or_default().trim();
        let what = last.strip_prefix("error: ").unwrap_or(last);
        Diagnostic::error(span, format!("this is no regular expression: {what}"))
    })
}

fn steps(tokens: &[Token<&str>], source: &str, span: Span) -> Result<Vec<Step>, Diagnostic> {
    let first = tokens.first().map(|token| token.0);
    let wrong = || at(first, source, span);
    // A path is a handful of tokens: a longer one is refused before a parser goes down into it.
    if tokens.len() > 256 {
        return Err(wrong());
    }
    let term = Parser::new(tokens)
        .parse(jaq_core::load::Parser::term)
        .map_err(|_| wrong())?;
    let Term::Path(head, path) = term else {
        return Err(wrong());
    };
    if !matches!(*head, Term::Id) {
        return Err(wrong());
    }
    path.0
        .iter()
        .map(|(part, _)| step(part).ok_or_else(wrong))
        .collect()
}

fn step(part: &path::Part<Term<&str>>) -> Option<Step> {
    match part {
        path::Part::Range(None, None) => Some(Step::Each),
        path::Part::Index(Term::Str(None, parts)) => {
            let mut key = String::new();
            for part in parts {
                match part {
                    StrPart::Str(text) => key.push_str(text),
                    StrPart::Char(char) => key.push(*char),
                    StrPart::Term(_) => return None,
                }
            }
            Some(Step::Key(key))
        }
        path::Part::Index(Term::Num(number)) => number.parse().ok().map(Step::Index),
        path::Part::Index(Term::Neg(term)) => match &**term {
            Term::Num(number) => number.parse::<i64>().ok().map(|index| Step::Index(-index)),
            _ => None,
        },
        _ => None,
    }
}

fn at(part: Option<&str>, source: &str, span: Span) -> Diagnostic {
    let start = part.map_or(0, |part| jaq_core::load::span(source, part).start);
    let place = Span::new((span.start + start).min(span.end), span.end);
    Diagnostic::error(place, "this is no path to a JSON value")
        .hint("write paths like `.ts, .items[].id`, or text between slashes: `/REGEX/`")
}

fn mask_path(text: &str, steps: &[Step]) -> Option<String> {
    let mut value: Value = read_json(text).ok()?;
    mask_value(&mut value, steps).then(|| value.to_string())
}

fn mask_value(value: &mut Value, steps: &[Step]) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        *value = Value::from(MASKED);
        return true;
    };
    match (step, value) {
        (Step::Key(key), Value::Object(members)) => members
            .get_mut(key)
            .is_some_and(|member| mask_value(member, rest)),
        (Step::Index(index), Value::Array(items)) => {
            let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
            let index = if *index < 0 { index + length } else { *index };
            usize::try_from(index)
                .ok()
                .and_then(|index| items.get_mut(index))
                .is_some_and(|item| mask_value(item, rest))
        }
        (Step::Each, Value::Array(items)) => items
            .iter_mut()
            .fold(false, |any, item| mask_value(item, rest) | any),
        (Step::Each, Value::Object(members)) => members
            .values_mut()
            .fold(false, |any, member| mask_value(member, rest) | any),
        _ => false,
    }
}

/// Masks the first group of each match, or all of it. What stands outside of strings in JSON becomes a string.
fn mask_regex(text: &str, regex: &Regex, is_json: bool) -> Option<String> {
    let mut quotes = Quotes::default();
    let mut masked = String::new();
    let mut end = 0;
    for groups in regex.captures_iter(text) {
        let whole = groups.get(0).map(|whole| whole.range());
        let Some(range) = groups.get(1).map(|group| group.range()).or(whole) else {
            continue;
        };
        if range.is_empty() || range.start < end {
            continue;
        }
        masked.push_str(text.get(end..range.start)?);
        let outside =
            is_json && !quotes.inside(text, range.start) && !quotes.inside(text, range.end);
        masked.push_str(if outside { "\"…\"" } else { MASKED });
        end = range.end;
    }
    if end == 0 {
        return None;
    }
    masked.push_str(text.get(end..)?);
    Some(masked)
}

/// Whether places in JSON lie inside strings, asked from left to right.
#[derive(Default)]
struct Quotes {
    read: usize,
    inside: bool,
    escape: bool,
}

impl Quotes {
    fn inside(&mut self, json: &str, at: usize) -> bool {
        for byte in json.as_bytes().get(self.read..at).unwrap_or_default() {
            match byte {
                _ if self.escape => self.escape = false,
                b'\\' => self.escape = self.inside,
                b'"' => self.inside = !self.inside,
                _ => {}
            }
        }
        self.read = self.read.max(at);
        self.inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Bytes;

    fn mask(source: &str, text: &str) -> Option<String> {
        let masks = Mask::compile(source, Span::new(0, source.len())).expect(source);
        let mut frame = Frame::Text(text.into());
        let mut any = false;
        for mask in masks {
            if let Some(masked) = mask.apply(&frame) {
                (frame, any) = (masked, true);
            }
        }
        match frame {
            Frame::Text(text) if any => Some(text.as_str().to_owned()),
            _ => None,
        }
    }

    #[test]
    fn paths_mask_json_values() {
        let cases = [
            (
                ".ts",
                r#"{"z":1.10,"ts":5,"a":12345678901234567890}"#,
                Some(r#"{"z":1.10,"ts":"…","a":12345678901234567890}"#),
            ),
            (
                ".ts, .items[].id",
                r#"{"ts":{"x":1},"items":[{"id":1},{"n":2},{"id":3}]}"#,
                Some(r#"{"ts":"…","items":[{"id":"…"},{"n":2},{"id":"…"}]}"#),
            ),
            (".[]", "[1,2]", Some(r#"["…","…"]"#)),
            (
                ".[0].a, .[-1]",
                r#"[{"a":1},2]"#,
                Some(r#"[{"a":"…"},"…"]"#),
            ),
            (
                ".\"a b\".[\"c\"]",
                r#"{"a b":{"c":null}}"#,
                Some(r#"{"a b":{"c":"…"}}"#),
            ),
            (".a?", r#"{"a":1}"#, Some(r#"{"a":"…"}"#)),
            (".[\"a,b\"]", r#"{"a,b":1}"#, Some(r#"{"a,b":"…"}"#)),
            (".ts", r#"{"t":5}"#, None),
            (".a.b", r#"{"a":[1]}"#, None),
            (".ts", "ts", None),
        ];
        for (source, text, masked) in cases {
            assert_eq!(mask(source, text).as_deref(), masked, "{source} {text}");
        }
    }

    #[test]
    fn a_regex_masks_text() {
        let cases = [
            (r"/\d+/", "a 12 b 3", Some("a … b …")),
            (r"/id=(\w+);/", "id=ab;id=cd;", Some("id=…;id=…;")),
            (r"/a\/b/", "x a/b", Some("x …")),
            (
                r#"/"ts":(\d+)/"#,
                r#"{"ts":17,"s":"17"}"#,
                Some(r#"{"ts":"…","s":"17"}"#),
            ),
            (
                r"/17/",
                r#"{"ts":17,"s":"a\"17"}"#,
                Some(r#"{"ts":"…","s":"a\"…"}"#),
            ),
            (r"/x*/", "abc", None),
            (r"/z/", "abc", None),
        ];
        for (source, text, masked) in cases {
            assert_eq!(mask(source, text).as_deref(), masked, "{source} {text}");
        }
    }

    #[test]
    fn binary_messages_are_masked_where_they_are_text() {
        let apply = |source, bytes| {
            let masks = Mask::compile(source, Span::default()).expect("a mask");
            masks[0].apply(&Frame::Binary(Bytes::from_static(bytes)))
        };
        let masked = Frame::Binary("INFO …\r\n".into());
        assert_eq!(apply("/^INFO (.*)\\r/", b"INFO {1}\r\n"), Some(masked));
        assert_eq!(apply("/a/", b"a\xff"), None);
        assert_eq!(apply(".a", b"{\"a\":1}"), None);
    }

    #[test]
    fn what_is_no_mask_is_told_at_its_place() {
        let cases = [
            ("ts", 10..12),
            (".a, ts", 14..16),
            (".a,", 10..13),
            (".", 10..11),
            (".a | .b", 10..17),
            (".[1:2]", 10..16),
            (".a, \"", 15..15),
            ("/a", 10..12),
            ("/(/", 10..13),
            ("", 10..10),
        ];
        for (source, place) in cases {
            let error = Mask::compile(source, Span::new(10, 10 + source.len())).expect_err(source);
            assert_eq!(
                std::ops::Range::from(error.span),
                place,
                "{source} {error:?}"
            );
        }
    }
}
