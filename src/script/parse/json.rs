//! Whether a `json` body is JSON (RFC 8259), with placeholders in it; where it is not, and why.

use super::stand_in::{Put, StandIn};
use super::template::misplaced_rest;
use crate::diagnostic::{Cure, Diagnostic, nearest};
use crate::format::json::{JsonTokenKind, tokens};
use crate::script::{Call, Escape, Placeholder, Template};
use crate::source::Span;

/// What is wrong with a body, as far as that does not depend on values that `known` has nothing of.
pub(in crate::script) fn check(
    template: &Template,
    known: &dyn Fn(&Placeholder) -> Option<Put>,
) -> Option<Diagnostic> {
    let unquoted = template.placeholders().find(|placeholder| {
        let word = matches!(
            placeholder.call,
            Call::Uuid | Call::Timestamp | Call::RandomString(_)
        );
        word && placeholder.escape == Escape::JsonValue
    });
    if let Some(placeholder) = unquoted {
        let message = "a generated text without quotes is not valid JSON";
        return Some(
            Diagnostic::error(placeholder.span, message)
                .hint("put double quotes around the placeholder"),
        );
    }
    let text = StandIn::new(template, |placeholder, next| put(placeholder, next, known));
    let error = crate::format::check_json(&text.text).err()?;
    let offset = text.offset(error.line(), error.column());
    if !text.sure(offset) {
        return None;
    }
    let told = error.to_string();
    let cause = told.split(" at line ").next().unwrap_or(&told);
    let offset = match cause {
        // The parser has read the first letters of `null`, `true` or `false`.
        "expected ident" => word_start(&text.text, offset),
        _ => offset,
    };
    let call = offset
        .checked_sub(1)
        .and_then(|brace| text.text.get(brace..));
    if call.is_some_and(|call| call.starts_with("{{$")) {
        // There is no such call, which is told where it is read.
        return None;
    }
    Some(explain(&text, offset, cause))
}

/// `{{$rest}}` that is not the last element of an array.
pub(super) fn rests(template: &Template) -> Vec<Diagnostic> {
    if !template.placeholders().any(|open| open.call == Call::Rest) {
        return Vec::new();
    }
    let text = StandIn::new(template, |placeholder, _| {
        Put::Like(match (&placeholder.call, placeholder.escape) {
            (_, Escape::JsonString) => String::new(),
            (Call::Rest, _) => REST.to_owned(),
            _ => "1".to_owned(),
        })
    });
    misplaced(&text).into_iter().map(misplaced_rest).collect()
}

/// What stands in for `{{$rest}}`.
const REST: &str = "{{rest}}";

/// The places of `{{$rest}}` that do not begin an element, or behind which the array does not end.
fn misplaced(text: &StandIn<'_>) -> Vec<Span> {
    let mut misplaced = Vec::new();
    let mut open = Vec::new();
    // Whether an element may begin here, and a `{{$rest}}` behind which the array must end.
    let (mut fresh, mut rest) = (false, None);
    let tokens = tokens(text.text.as_bytes());
    for token in tokens.filter(|token| token.kind != JsonTokenKind::Blank) {
        let written = text.text.get(token.range.clone()).unwrap_or_default();
        misplaced.extend(rest.take().filter(|_| written != "]"));
        if written == REST && !text.verbatim(token.range.start) {
            let place = text.place(token.range.start);
            if fresh && open.last() == Some(&"[") {
                rest = Some(place);
            } else {
                misplaced.push(place);
            }
        }
        fresh = matches!(written, "[" | ",");
        match token.kind {
            JsonTokenKind::Open => open.push(written),
            JsonTokenKind::Close => drop(open.pop()),
            _ => {}
        }
    }
    misplaced.extend(rest);
    misplaced
}

fn put(
    placeholder: &Placeholder,
    next: Option<char>,
    known: &dyn Fn(&Placeholder) -> Option<Put>,
) -> Put {
    // A key must be a string; the value of a name may be one.
    let value = if next == Some(':') { "\"\"" } else { "1" }.to_owned();
    match known(placeholder) {
        Some(Put::Value) => return Put::Like(value),
        Some(put) => return put,
        None => {}
    }
    if placeholder.escape == Escape::JsonString {
        return Put::Like(String::new());
    }
    match placeholder.call {
        Call::Kind(_)
        | Call::Rest
        | Call::Epoch
        | Call::EpochMs
        | Call::RandomInt(..)
        | Call::Index
        | Call::ClientCount
        | Call::Message(_) => Put::Like(value),
        // What it stands for is a string.
        Call::Request(_) => Put::Like("\"\"".to_owned()),
        _ => Put::Unsure(value),
    }
}

/// A parser's words in people's: what is wrong there, and what to write.
fn explain(text: &StandIn<'_>, offset: usize, cause: &str) -> Diagnostic {
    let place = text.place(offset);
    let ends_early = cause.starts_with("EOF");
    if !ends_early && !text.verbatim(offset) {
        let hint = "with this value the body is not valid JSON; a string stands in double quotes";
        return Diagnostic::error(place, format!("not JSON: {cause}")).hint(hint);
    }
    let (before, behind) = text
        .text
        .split_at_checked(offset.min(text.text.len()))
        .unwrap_or_default();
    let next = behind.chars().next();
    let previous = before.trim_end().chars().next_back();
    let tell = |message: &str, cure: Cure| {
        Diagnostic::error(place, format!("not JSON: {message}")).hint(cure)
    };
    if ends_early {
        return tell("it ends too early", unclosed(text, Span::at(place.end)));
    }
    if cause.starts_with("trailing comma")
        || (matches!(next, Some('}' | ']')) && previous == Some(','))
    {
        let cure = Cure::from("remove the comma");
        let comma = before.trim_end().len().saturating_sub(1);
        return tell(
            "a comma with nothing behind it",
            match previous {
                Some(',') => cure.put_at(text.place(comma), ""),
                _ => cure,
            },
        );
    }
    if next == Some('\'') {
        return tell(
            "a single quote",
            "JSON strings stand in double quotes".into(),
        );
    }
    if behind.starts_with("//") || behind.starts_with("/*") || next == Some('#') {
        return tell(
            "a comment",
            "JSON has no comments; between steps it is `-- # text`".into(),
        );
    }
    if let Some(cure) = word(behind, cause, place.start) {
        return tell(cause, cure);
    }
    let hint = match cause {
        "trailing characters" => trailing(&text.text, offset),
        "recursion limit exceeded" => "more than 128 levels can only be sent as `text`",
        _ if cause.starts_with("control character") => r"a line break in a string is `\n`",
        "invalid escape" => r"a backslash in a string is `\\`",
        "invalid number" => "a number has no leading `0` or `+`, and digits on both sides of `.`",
        "expected `,` or `}`" => "a comma is missing between members, or `}` at the end",
        "expected `,` or `]`" => "a comma is missing between elements, or `]` at the end",
        "expected `:`" => "a member is written `\"key\": value`",
        "key must be a string" => "a key stands in double quotes",
        _ => "to send something else than JSON, say `text`",
    };
    tell(cause, hint.into())
}

fn word_start(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or_default();
    let word = before.trim_end_matches(|next: char| next.is_alphanumeric() || next == '_');
    word.len()
}

/// What to write for a bare word, which stands at `start`.
fn word(behind: &str, cause: &str, start: usize) -> Option<Cure> {
    let end = behind
        .find(|next: char| !next.is_alphanumeric() && next != '_')
        .unwrap_or(behind.len());
    let word = behind
        .get(..end)
        .filter(|word| !word.is_empty() && word.len() < 60)?;
    let place = Span::new(start, start + word.len());
    let quoted = format!("\"{word}\"");
    if cause == "key must be a string" {
        let sentence = format!("put the key in double quotes: `{quoted}`");
        return Some(Cure::from(sentence).put_at(place, quoted));
    }
    if !matches!(cause, "expected value" | "expected ident")
        || word.starts_with(|first: char| first.is_ascii_digit())
    {
        return None;
    }
    Some(match word {
        "None" | "nil" | "undefined" => Cure::from("write `null`").put_at(place, "null"),
        "NaN" | "Infinity" => {
            Cure::from("JSON has no such number: write `null`").put_at(place, "null")
        }
        _ => match nearest(word, ["true", "false", "null"]) {
            Some(near) => Cure::from(format!("write `{near}`, or put a string in double quotes"))
                .put_at(place, near)
                .put_at(place, quoted),
            None => Cure::from(format!("put a string in double quotes: `{quoted}`"))
                .put_at(place, quoted),
        },
    })
}

/// Why something stands behind the value.
fn trailing(text: &str, offset: usize) -> &'static str {
    let start = text
        .get(..offset)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |at| at + 1);
    let line = text.get(start..).unwrap_or_default().trim_start();
    if ["-", "<-", "→", "←", "=>", "<=", "–", "—"]
        .iter()
        .any(|mark| line.starts_with(mark))
    {
        return "a step starts at column 0 with `->`, `<-` or `--` and a blank";
    }
    if start > 0 && (line.contains(" -> ") || line.contains(" <- ") || line.contains(" -- ")) {
        return "a step that names a client needs `@clients` in the head";
    }
    "a body is one JSON value; a second message is a second `->`"
}

/// Whether a placeholder is the last thing, but for closing braces.
fn ends_in_placeholder(text: &StandIn<'_>) -> bool {
    let inside = text
        .text
        .trim_end_matches(|next: char| next == '}' || next.is_whitespace());
    let last = inside.len().checked_sub(1);
    last.is_some_and(|last| !text.verbatim(last))
}

/// Which bracket or quote is not closed, in a text that ends at `end`.
fn unclosed(text: &StandIn<'_>, end: Span) -> Cure {
    let mut open = Vec::new();
    let mut in_string = false;
    for token in tokens(text.text.as_bytes()) {
        match token.kind {
            JsonTokenKind::Open => open.push(text.text.get(token.range)),
            JsonTokenKind::Close => drop(open.pop()),
            kind => in_string = kind == JsonTokenKind::UnclosedString,
        }
    }
    let mut closed = if in_string { "\"" } else { "" }.to_owned();
    closed.extend(open.iter().rev().map(|open| match open {
        Some("[") => ']',
        _ => '}',
    }));
    let sentence = match open.last() {
        Some(Some("{")) if ends_in_placeholder(text) => {
            "`}}` closes the placeholder only: one more `}` closes the object"
        }
        _ if in_string => "close the string with `\"`",
        Some(Some("[")) => "close the array with `]`",
        Some(_) => "close the object with `}`",
        None => return "write a JSON value".into(),
    };
    Cure::from(sentence).put_at(end, closed)
}
