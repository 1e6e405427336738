//! `{{$message.a.0.b}}`: a member of the message that is handled. One that is not there is an error, and never a value.

use serde_json::Value;

use super::FillError;
use crate::diagnostic::{Diagnostic, nearest};
use crate::format::read_json;
use crate::protocol::Frame;
use crate::script::brief;
use crate::source::Span;

/// The member's JSON.
///
/// # Errors
/// The message has no such member, or is not JSON.
pub(super) fn of(frame: &Frame, path: &[String], span: Span) -> Result<String, FillError> {
    let read = match frame.content() {
        Frame::Text(text) => read_json::<Value>(text),
        _ => return Err(not_json(path, "binary", span)),
    };
    let Ok(message) = read else {
        return Err(not_json(path, "text and not JSON", span));
    };
    let mut value = &message;
    for (depth, key) in path.iter().enumerate() {
        let found = step(value, key);
        value = found.ok_or_else(|| absent(value, path, depth, span))?;
    }
    Ok(value.to_string())
}

/// A number indexes an array, counted from 0, and is a key in an object.
fn step<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Object(members) => members.get(key),
        Value::Array(elements) => elements.get(index(key)?),
        _ => None,
    }
}

/// A number as JSON would write it: `01` is none.
fn index(key: &str) -> Option<usize> {
    let number = key.parse().ok()?;
    (key == format!("{number}")).then_some(number)
}

/// The error for a member that is missing from `value`, which is what the path names up to `depth`.
fn absent(value: &Value, path: &[String], depth: usize, span: Span) -> Diagnostic {
    let key = path.get(depth).map_or("", String::as_str);
    let place = place(path, depth);
    let error = |message: String| Diagnostic::error(span, message);
    match value {
        Value::Object(members) => {
            let message = format!("`{key}` is not in {place}");
            match nearest(key, members.keys().map(String::as_str)) {
                Some(near) => {
                    let mut meant = path.to_vec();
                    meant.splice(depth..=depth, [near.to_owned()]);
                    let hint = format!(
                        "did you mean `{{{{$message.{}}}}}`?",
                        brief(&meant.join("."))
                    );
                    error(format!("{message}; `{}` is", brief(near))).hint(hint)
                }
                None => error(message).hint(cure(path)),
            }
        }
        Value::Array(elements) if index(key).is_some() => {
            let count = match elements.len() {
                1 => "1 element".to_owned(),
                count => format!("{count} elements"),
            };
            error(format!("{place} has no element {key}: it has {count}"))
                .hint("elements are counted from 0")
        }
        Value::Array(_) => error(format!("{place} is an array and has no `{key}`"))
            .hint("an element is named by its number, counted from 0"),
        other => {
            let kind = match other {
                Value::Null => "null",
                Value::Bool(_) => "a boolean",
                Value::Number(_) => "a number",
                _ => "a string",
            };
            error(format!("{place} is {kind} and has no `{key}`")).hint(cure(path))
        }
    }
}

fn not_json(path: &[String], what: &str, span: Span) -> Diagnostic {
    let key = path.join(".");
    Diagnostic::error(span, format!("the message is {what}: it has no `{key}`")).hint(cure(path))
}

/// What a path names up to `depth`.
fn place(path: &[String], depth: usize) -> String {
    match path.get(..depth) {
        None | Some([]) => "the message".to_owned(),
        Some(before) => format!("`{}` of the message", before.join(".")),
    }
}

/// A pattern by which only messages that have the member come to the handler.
fn cure(path: &[String]) -> String {
    let is_array = path.iter().any(|key| index(key).is_some());
    if is_array {
        return "a pattern below `-- on` says which messages a handler takes".to_owned();
    }
    let pattern = path.iter().rev().fold("{{$any}}".to_owned(), |inner, key| {
        format!("{{{}: {inner}}}", Value::from(key.as_str()))
    });
    format!("`-- on json {pattern}` takes only messages that have it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Bytes;

    /// What a path gives, or what is said of it.
    fn told(message: &str, path: &str) -> Result<String, String> {
        let path: Vec<_> = path.split('.').map(str::to_owned).collect();
        let frame = Frame::Text(message.into());
        of(&frame, &path, Span::default()).map_err(|error| {
            let hint = error.hint.map(|hint| format!(" ({hint})"));
            error.message + &hint.unwrap_or_default()
        })
    }

    #[test]
    fn numbers_index_arrays_and_are_keys_in_objects() {
        let message = r#"{"a": [10, {"b": 2.50}, null], "1": "one"}"#;
        for (path, value) in [
            ("a.0", "10"),
            ("a.1.b", "2.50"),
            ("a.2", "null"),
            ("1", "\"one\""),
            ("a.1", r#"{"b":2.50}"#),
        ] {
            assert_eq!(told(message, path).as_deref(), Ok(value), "{path}");
        }
        assert_eq!(told("[1, [2, 3]]", "1.0").as_deref(), Ok("2"));
    }

    #[test]
    fn what_is_not_there_is_no_value() {
        let message = r#"{"params": [1, 2], "one": [0], "n": 4, "s": "x", "none": null}"#;
        let said = [
            "paramz.0",
            "other",
            "params.2",
            "one.1",
            "params.01",
            "params.x",
            "n.a",
            "s.0",
            "none.a.b",
        ]
        .map(|path| format!("{path}: {}", told(message, path).unwrap_err()));
        insta::assert_snapshot!(said.join("\n"), @r#"
        paramz.0: `paramz` is not in the message; `params` is (did you mean `{{$message.params.0}}`?)
        other: `other` is not in the message (`-- on json {"other": {{$any}}}` takes only messages that have it)
        params.2: `params` of the message has no element 2: it has 2 elements (elements are counted from 0)
        one.1: `one` of the message has no element 1: it has 1 element (elements are counted from 0)
        params.01: `params` of the message is an array and has no `01` (an element is named by its number, counted from 0)
        params.x: `params` of the message is an array and has no `x` (an element is named by its number, counted from 0)
        n.a: `n` of the message is a number and has no `a` (`-- on json {"n": {"a": {{$any}}}}` takes only messages that have it)
        s.0: `s` of the message is a string and has no `0` (a pattern below `-- on` says which messages a handler takes)
        none.a.b: `none` of the message is null and has no `a` (`-- on json {"none": {"a": {"b": {{$any}}}}}` takes only messages that have it)
        "#);
        insta::assert_snapshot!(told("hello", "a.b").unwrap_err(), @r#"the message is text and not JSON: it has no `a.b` (`-- on json {"a": {"b": {{$any}}}}` takes only messages that have it)"#);
        let binary = Frame::Binary(Bytes::from_static(b"{\"a\": 1}"));
        let error = of(&binary, &["a".to_owned()], Span::default()).unwrap_err();
        insta::assert_snapshot!(error.message, @"the message is binary: it has no `a`");
    }
}
