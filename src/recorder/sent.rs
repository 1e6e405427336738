//! A message that was sent → the step that sends it, where nobody typed one. Knows no secrets.

use super::binary;
use super::literal::{self, COLUMNS, LiteralPart};
use super::message::body;
use super::pattern_tree::PatternTree;
use crate::format::Format;
use crate::protocol::Frame;
use crate::script::Reading;
use crate::source::visible::is_visible;

/// The step.
pub(super) fn step(frame: &Frame) -> Option<String> {
    let reading = Reading::new(frame.clone());
    Some(match frame.content() {
        Frame::Text(text) => match reading.format() {
            Format::Text => format!("-> text{}", plain(text)),
            Format::Xml => xml(text),
            format => match frame.packed() {
                Some(packed) => format!("-> {packed}{}", json(text, &reading)),
                None => format!("-> {format}{}", json(text, &reading)),
            },
        },
        Frame::Binary(bytes) => format!("-> binary{}", binary::sent(bytes)),
        Frame::Ping(data) => control("ping", data),
        Frame::Pong(data) => control("pong", data),
        Frame::Close(close) => match close {
            Some(close) => close_step("->", close.code, &close.reason),
            None => "-> close".to_owned(),
        },
        Frame::Broken(_) | Frame::Decoded(_) => return None,
    })
}

/// `close CODE REASON` behind an arrow.
pub(super) fn close_step(arrow: &str, code: u16, reason: &str) -> String {
    let reason = plain(reason);
    if reason.contains('\n') {
        return format!("{arrow} close {code}");
    }
    format!("{arrow} close {code}{reason}")
}

fn plain(text: &str) -> String {
    literal::text(&[LiteralPart::Words(text.to_owned())])
}

fn control(word: &str, data: &[u8]) -> String {
    let text = binary::text_of(data).filter(|text| !text.contains('\n'));
    match text {
        Some(text) => format!("-> {word}{}", plain(text)),
        None => format!("-> {word}"),
    }
}

/// As it was sent where that is one readable line, else laid out.
fn json(text: &str, reading: &Reading) -> String {
    let is_line = !text.contains(['\n', '\r']) && text.chars().count() <= COLUMNS;
    if is_line && is_visible(text) && !text.contains("{{") && text.trim() == text {
        return format!(" {text}");
    }
    match reading.json() {
        Some(json) => as_tree(json).written(),
        None => format!(" {}", literal::unbraced(text)),
    }
}

fn as_tree(json: &serde_json::Value) -> PatternTree {
    use serde_json::Value as Json;
    match json {
        Json::String(text) => PatternTree::Text(vec![LiteralPart::Words(text.clone())]),
        Json::Array(elements) => PatternTree::Array {
            elements: elements.iter().map(as_tree).collect(),
            rest: false,
        },
        Json::Object(members) => PatternTree::Object(
            members
                .iter()
                .map(|(key, value)| (key.clone(), as_tree(value)))
                .collect(),
        ),
        plain => PatternTree::Plain(plain.to_string()),
    }
}

/// As it was sent where that can be seen, else as a text.
fn xml(text: &str) -> String {
    let lines = text.replace("\r\n", "\n");
    let is_seen = lines.lines().all(is_visible) && !lines.starts_with('\n');
    if is_seen {
        format!("-> xml{}", body(&literal::unbraced(&lines)))
    } else {
        format!("-> text{}", plain(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::proof;

    #[test]
    fn what_was_sent_is_a_step() {
        for (message, written) in [
            (r#"{"op":"x"}"#, r#"-> json {"op":"x"}"#),
            ("hello", "-> text hello"),
            ("", "-> text"),
            ("{{a}}", "-> text \"\\{{a}}\""),
            (r#"{"a":"{{b}}"}"#, r#"-> json {"a": "\{{b}}"}"#),
            ("<a>\n-> x\n</a>", "-> xml\n<a>\n\\-> x\n</a>"),
            ("42", "-> text 42"),
        ] {
            let step = step(&Frame::Text(message.into())).unwrap();
            assert_eq!(step, written);
            assert!(proof::parses("ws://h/", &step), "{step}");
        }
    }
}
