//! The shape of a message: messages of one shape in a row are one expectation. Knows single messages.

use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value as Json;

use crate::protocol::Frame;
use crate::script::Reading;

/// Members whose value says what a message is: two that differ in one are no messages of one shape.
const KINDS: [&str; 16] = [
    "type", "event", "op", "action", "method", "kind", "cmd", "command", "channel", "topic",
    "stream", "status", "code", "e", "ev", "t",
];

/// How long the value of such a member is at most: a longer one is prose.
const LONGEST_KIND: usize = 40;

/// A text that two messages of one shape have in common.
pub(super) fn shape(frame: &Frame) -> String {
    let reading = Reading::new(frame.clone());
    match frame.content() {
        Frame::Text(text) => match reading.json() {
            Some(json @ (Json::Object(_) | Json::Array(_))) => {
                let mut out = String::from("json ");
                value(&mut out, json, true);
                out
            }
            _ => format!("text {}", skeleton(text)),
        },
        Frame::Binary(bytes) => format!("binary {}", bytes.len()),
        _ => "none".to_owned(),
    }
}

/// The words that say what a message is: those of its members, or a text.
pub(super) fn kinds(frame: &Frame) -> Vec<String> {
    let reading = Reading::new(frame.clone());
    match (reading.json(), reading.text()) {
        (Some(Json::Object(members)), _) => {
            let told = members.iter().filter(|(key, _)| is_kind(key));
            told.filter_map(|(_, value)| value.as_str().map(str::to_owned))
                .collect()
        }
        (Some(Json::Array(elements)), _) => elements
            .iter()
            .filter_map(|element| element.as_str().map(str::to_owned))
            .collect(),
        (_, Some(text)) => vec![text.to_owned()],
        _ => Vec::new(),
    }
}

/// Whether a member says what a message is.
pub(super) fn is_kind(key: &str) -> bool {
    KINDS.contains(&key)
}

fn value(out: &mut String, json: &Json, outer: bool) {
    // Writing to a string cannot fail.
    let _ = match json {
        Json::Null => write!(out, "null"),
        Json::Bool(_) => write!(out, "bool"),
        Json::Number(_) => write!(out, "number"),
        Json::String(_) => write!(out, "string"),
        Json::Array(elements) => {
            out.push('[');
            let mut shapes: Vec<String> = Vec::new();
            for (index, element) in elements.iter().enumerate() {
                let mut shape = String::new();
                match element.as_str().filter(|_| outer && index == 0) {
                    Some(kind) => shape = format!("={kind:?}"),
                    None => value(&mut shape, element, false),
                }
                if !shapes.contains(&shape) {
                    shapes.push(shape);
                }
            }
            write!(out, "{}]", shapes.join(","))
        }
        Json::Object(members) => {
            let mut keys: Vec<_> = members.iter().collect();
            keys.sort_by_key(|(key, _)| key.as_str());
            out.push('{');
            for (key, member) in keys {
                let _ = write!(out, "{key:?}:");
                match member.as_str() {
                    Some(kind) if is_kind(key) && kind.len() <= LONGEST_KIND => {
                        let _ = write!(out, "={kind:?}");
                    }
                    _ => value(out, member, false),
                }
                out.push(',');
            }
            write!(out, "}}")
        }
    };
}

/// A text without its numbers.
fn skeleton(text: &str) -> String {
    match numbers() {
        Some(numbers) => numbers.replace_all(text, "#").into_owned(),
        None => text.to_owned(),
    }
}

/// Finds the numbers of a text.
pub(super) fn numbers() -> Option<&'static Regex> {
    static NUMBER: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\b\d+(?:\.\d+)?\b").ok());
    NUMBER.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(one: &str, other: &str) -> bool {
        let shape = |text: &str| shape(&Frame::Text(text.into()));
        shape(one) == shape(other)
    }

    #[test]
    fn messages_are_of_one_shape_if_their_keys_and_types_are() {
        assert!(alike(r#"{"op":"tick","p":1}"#, r#"{"p":2.5,"op":"tick"}"#));
        assert!(alike(r#"{"a":[1,2]}"#, r#"{"a":[3]}"#));
        assert!(alike("tick 1", "tick 22.5"));
        for (one, other) in [
            (r#"{"op":"tick"}"#, r#"{"op":"halt"}"#),
            (r#"{"a":1}"#, r#"{"a":"1"}"#),
            (r#"{"a":1}"#, r#"{"a":1,"b":1}"#),
            (r#"["a",1]"#, r#"["b",1]"#),
            ("tick 1", "tock 1"),
        ] {
            assert!(!alike(one, other), "{one} {other}");
        }
    }
}
