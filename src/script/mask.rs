//! `@mask`: what of a message is volatile, and is shown as `…` or `··`. Knows no transcript.

mod bytes;
mod text;

use std::ops::Range;

use jaq_core::load::lex::{Lexer, StrPart, Token};
use jaq_core::load::parse::{Parser, Term};
use jaq_core::path;
use regex::Regex;
use serde_json::Value;

use self::bytes::{HiddenRange, behind_binary, ranges};
use self::text::{MASKED, mask_regex};
use crate::diagnostic::Diagnostic;
use crate::format::{Format, read_json};
use crate::protocol::Frame;
use crate::source::Span;

/// One thing that `@mask` names.
#[derive(Clone, Debug)]
pub struct Mask {
    what: MaskTarget,
    /// As it was written, with variables filled in.
    pub text: String,
    /// Its place in the block's text; of a default the place of the block's URL.
    pub span: Span,
    /// Of one that the document gives: which of its `mask` values it stands in, counted from 0.
    pub default: Option<usize>,
}

#[derive(Clone, Debug)]
enum MaskTarget {
    Path(Vec<MaskStep>),
    Regex(Regex),
    /// Bytes of binary messages; `None`: all.
    Bytes(Option<Range<usize>>),
}

/// What of a binary message a mask hides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HiddenBytes {
    /// Everything, the size too.
    All,
    /// These.
    Some(Range<usize>),
}

/// A step of a jq path.
#[derive(Clone, Debug)]
enum MaskStep {
    Key(String),
    Index(i64),
    Each,
}

impl Mask {
    /// Reads the value of an `@mask` line: jq paths with commas between them, one `/REGEX/`, or `binary` and ranges of
    /// bytes with commas between them.
    ///
    /// # Errors
    /// What is neither, at its place.
    pub fn compile(source: &str, span: Span) -> Result<Vec<Self>, Diagnostic> {
        let trimmed = source.trim();
        if let Some(rest) = trimmed.strip_prefix('/') {
            return regex(rest, span)
                .map(|regex| vec![Self::new(MaskTarget::Regex(regex), trimmed, span)]);
        }
        if let Some(rest) = behind_binary(source) {
            let mask = |range: HiddenRange| {
                Self::new(MaskTarget::Bytes(range.bytes), &range.text, range.span)
            };
            return Ok(ranges(rest, source, span)?.into_iter().map(mask).collect());
        }
        let tokens = Lexer::new(source)
            .lex()
            .map_err(|errors| at(errors.first().map(|(_, rest)| *rest), source, span))?;
        tokens
            .split(|token| token.0 == ",")
            .map(|tokens| {
                let steps = steps(tokens, source, span)?;
                let (text, span) = written(tokens, source, span);
                Ok(Self::new(MaskTarget::Path(steps), text, span))
            })
            .collect()
    }

    fn new(what: MaskTarget, text: &str, span: Span) -> Self {
        Self {
            what,
            text: text.to_owned(),
            span,
            default: None,
        }
    }

    /// The frame with what the mask names shown as `…`; `None` where there is nothing of it. `secrets` tells where in a
    /// payload secrets stand, in order: of none a part is left over.
    #[must_use]
    pub fn apply(
        &self,
        frame: &Frame,
        secrets: &dyn Fn(&[u8]) -> Vec<Range<usize>>,
    ) -> Option<Frame> {
        let masked = match (frame.content(), &self.what) {
            (Frame::Text(text), MaskTarget::Path(steps)) => {
                mask_path(text, steps).map(|masked| Frame::Text(masked.into()))
            }
            (Frame::Text(text), MaskTarget::Regex(regex)) => {
                let is_json = Format::of_text(text) == Format::Json;
                mask_regex(text, regex, is_json, secrets).map(|masked| Frame::Text(masked.into()))
            }
            // Text travels in binary messages, too.
            (Frame::Binary(bytes), MaskTarget::Regex(regex)) => {
                let text = std::str::from_utf8(bytes).ok()?;
                mask_regex(text, regex, false, secrets).map(|masked| Frame::Binary(masked.into()))
            }
            _ => None,
        };
        masked.map(|masked| frame.with_content(masked))
    }

    /// What the mask hides of a binary message's bytes; `None` where that is nothing.
    #[must_use]
    pub fn hides(&self, frame: &Frame) -> Option<HiddenBytes> {
        let (Frame::Binary(bytes), MaskTarget::Bytes(range)) = (frame.content(), &self.what) else {
            return None;
        };
        match range {
            None => Some(HiddenBytes::All),
            Some(range) => {
                let range = range.start..range.end.min(bytes.len());
                (!range.is_empty()).then_some(HiddenBytes::Some(range))
            }
        }
    }

    /// Why nothing may have been masked, as a hint.
    #[must_use]
    pub fn why_idle(&self) -> String {
        match &self.what {
            MaskTarget::Path(_) => {
                "no JSON message has a value there; a path starts at the message itself".to_owned()
            }
            MaskTarget::Regex(_) => "no message has such text".to_owned(),
            MaskTarget::Bytes(None) => "no binary message was sent or came".to_owned(),
            MaskTarget::Bytes(Some(range)) => {
                format!("no binary message has more than {} bytes", range.start)
            }
        }
    }
}

/// A path as it was written, and where.
fn written<'a>(tokens: &[Token<&str>], source: &'a str, span: Span) -> (&'a str, Span) {
    let range = |token: &Token<&str>| jaq_core::load::span(source, token.0);
    let start = tokens.first().map_or(0, |token| range(token).start);
    let end = tokens.last().map_or(start, |token| range(token).end);
    let text = source.get(start..end).unwrap_or_default();
    let place = |at: usize| (span.start + at).min(span.end);
    (text, Span::new(place(start), place(end)))
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
        Diagnostic::error(
            span,
            format!("this is not a valid regular expression: {what}"),
        )
    })
}

fn steps(tokens: &[Token<&str>], source: &str, span: Span) -> Result<Vec<MaskStep>, Diagnostic> {
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

fn step(part: &path::Part<Term<&str>>) -> Option<MaskStep> {
    match part {
        path::Part::Range(None, None) => Some(MaskStep::Each),
        path::Part::Index(Term::Str(None, parts)) => {
            let mut key = String::new();
            for part in parts {
                match part {
                    StrPart::Str(text) => key.push_str(text),
                    StrPart::Char(char) => key.push(*char),
                    StrPart::Term(_) => return None,
                }
            }
            Some(MaskStep::Key(key))
        }
        path::Part::Index(Term::Num(number)) => number.parse().ok().map(MaskStep::Index),
        path::Part::Index(Term::Neg(term)) => match &**term {
            Term::Num(number) => number
                .parse::<i64>()
                .ok()
                .map(|index| MaskStep::Index(-index)),
            _ => None,
        },
        _ => None,
    }
}

fn at(part: Option<&str>, source: &str, span: Span) -> Diagnostic {
    let start = part.map_or(0, |part| jaq_core::load::span(source, part).start);
    let place = Span::new((span.start + start).min(span.end), span.end);
    Diagnostic::error(place, "this is not a path to a JSON value").hint(
        "write paths like `.ts, .items[].id`, text between slashes: `/REGEX/`, or `binary 4..8`",
    )
}

fn mask_path(text: &str, steps: &[MaskStep]) -> Option<String> {
    let mut value: Value = read_json(text).ok()?;
    mask_value(&mut value, steps).then(|| value.to_string())
}

fn mask_value(value: &mut Value, steps: &[MaskStep]) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        *value = Value::from(MASKED);
        return true;
    };
    match (step, value) {
        (MaskStep::Key(key), Value::Object(members)) => members
            .get_mut(key)
            .is_some_and(|member| mask_value(member, rest)),
        (MaskStep::Index(index), Value::Array(items)) => {
            let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
            let index = if *index < 0 { index + length } else { *index };
            usize::try_from(index)
                .ok()
                .and_then(|index| items.get_mut(index))
                .is_some_and(|item| mask_value(item, rest))
        }
        (MaskStep::Each, Value::Array(items)) => items
            .iter_mut()
            .fold(false, |any, item| mask_value(item, rest) | any),
        (MaskStep::Each, Value::Object(members)) => members
            .values_mut()
            .fold(false, |any, member| mask_value(member, rest) | any),
        _ => false,
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
            if let Some(masked) = mask.apply(&frame, &|_| Vec::new()) {
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
            masks[0].apply(&Frame::Binary(Bytes::from_static(bytes)), &|_| Vec::new())
        };
        let masked = Frame::Binary("INFO …\r\n".into());
        assert_eq!(apply("/^INFO (.*)\\r/", b"INFO {1}\r\n"), Some(masked));
        assert_eq!(apply("/a/", b"a\xff"), None);
        assert_eq!(apply(".a", b"{\"a\":1}"), None);
    }

    #[test]
    fn no_part_of_a_secret_is_left_over() {
        for (source, text, masked) in [
            ("/12/", "pin=1234;", "pin=…;"),
            ("/n=1|4;/", "pin=1234;", "pi…"),
            ("/4/", "pin=1234; 4", "pin=…; …"),
        ] {
            let mask = Mask::compile(source, Span::default())
                .expect(source)
                .remove(0);
            let secrets = |bytes: &[u8]| {
                let at = bytes.windows(4).position(|part| part == b"1234");
                at.map(|at| at..at + 4).into_iter().collect()
            };
            let frame = mask.apply(&Frame::Text(text.into()), &secrets);
            assert_eq!(frame, Some(Frame::Text(masked.into())), "{source}");
        }
    }

    #[test]
    fn bytes_are_hidden_where_there_are_some() {
        let hides = |source, length: usize| {
            let masks = Mask::compile(source, Span::default()).expect(source);
            let frame = Frame::Binary(vec![0; length].into());
            masks
                .iter()
                .map(|mask| mask.hides(&frame))
                .collect::<Vec<_>>()
        };
        let some = |range| Some(HiddenBytes::Some(range));
        assert_eq!(hides("binary", 0), [Some(HiddenBytes::All)]);
        assert_eq!(hides("binary 4..8", 9), [some(4..8)]);
        assert_eq!(hides(" binary  4 .. 8 ,0..1", 6), [some(4..6), some(0..1)]);
        assert_eq!(hides("binary 4..8", 4), [None]);
        assert_eq!(hides(".binary", 4), [None]);
        let masks = Mask::compile("binary", Span::default()).expect("a mask");
        assert_eq!(masks[0].hides(&Frame::Text("x".into())), None);
        assert_eq!(masks[0].hides(&Frame::Ping(Bytes::new())), None);
    }

    #[test]
    fn a_mask_knows_its_place() {
        for (source, expected) in [
            (
                ".a, .items[].id",
                vec![(".a", 10..12), (".items[].id", 14..25)],
            ),
            (
                "binary 0..2, 4..8",
                vec![("binary 0..2", 17..21), ("binary 4..8", 23..27)],
            ),
            ("/a b/", vec![("/a b/", 10..15)]),
        ] {
            let masks = Mask::compile(source, Span::new(10, 10 + source.len())).expect(source);
            let places: Vec<_> = masks
                .iter()
                .map(|mask| (mask.text.as_str(), mask.span.into()))
                .collect();
            assert_eq!(places, expected);
        }
    }

    #[test]
    fn what_is_no_range_of_bytes_is_told_with_what_was_meant() {
        for (source, place, meant) in [
            ("binary 4..=7", 17..22, "`binary 4..8`"),
            ("binary 4-7", 17..20, "`binary 4..8`"),
            ("binary 8..4", 17..21, "`binary 4..8`"),
            ("binary 4..4", 17..21, "`binary 4..5`"),
            ("binary 4", 17..18, "`binary 4..5`"),
            ("binary 0..1, 4", 23..24, "`binary 4..5`"),
            ("binary 4..", 17..20, "`binary 4..8`"),
            ("binary all", 17..20, "`binary` for all bytes"),
            ("binary .a", 17..19, "`binary` for all bytes"),
        ] {
            let error = Mask::compile(source, Span::new(10, 10 + source.len())).expect_err(source);
            assert_eq!(std::ops::Range::from(error.span), place, "{source}");
            assert!(
                error.hint.as_ref().unwrap().contains(meant),
                "{source} {error:?}"
            );
        }
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
