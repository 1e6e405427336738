//! Heartbeats: messages that come by a clock and mean nothing else. Knows how they look.

use serde_json::Value as Json;

use super::literal::{self, LiteralPart, quoted};
use super::shape::{is_kind, kinds};
use crate::protocol::Frame;
use crate::script::Reading;

/// Words that say that a message is one.
const WORDS: [&str; 10] = [
    "ping",
    "pong",
    "heartbeat",
    "hb",
    "keepalive",
    "keep-alive",
    "keep_alive",
    "ka",
    "system.ping",
    "primus::ping",
];

/// Whether a message says that it is a heartbeat.
pub(super) fn is_heartbeat(frame: &Frame) -> bool {
    kinds(frame).iter().any(|kind| is_word(kind))
}

fn is_word(kind: &str) -> bool {
    let kind = kind.trim().trim_matches(':');
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(kind))
}

/// Engine.IO's ping, and what answers it; they say nothing by themselves.
pub(super) fn is_engine_ping(frame: &Frame, answer: &Frame) -> bool {
    let text = |frame: &Frame| match frame {
        Frame::Text(text) => text.as_str().to_owned(),
        _ => String::new(),
    };
    text(frame) == "2" && text(answer) == "3"
}

/// What `@ignore` or `-- on` says of messages like this one, on one line.
pub(super) fn pattern(frame: &Frame) -> Option<String> {
    let reading = Reading::new(frame.clone());
    match (reading.json(), reading.text()?) {
        (Some(Json::Object(members)), _) => {
            let told = members
                .iter()
                .find(|(key, value)| is_kind(key) && value.as_str().is_some_and(is_word));
            let (key, value) = told?;
            let word = |text: &str| quoted(&[LiteralPart::Words(text.to_owned())]);
            Some(format!(
                "json {{{}: {}}}",
                word(key),
                word(value.as_str().unwrap_or_default())
            ))
        }
        (Some(Json::Array(elements)), _) => {
            let last = elements
                .iter()
                .rposition(|element| element.as_str().is_some_and(is_word))?;
            let shown = elements.iter().take(last + 1).map(|element| match element {
                Json::String(text) => quoted(&[LiteralPart::Words(text.clone())]),
                _ => "{{$any}}".to_owned(),
            });
            let shown: Vec<String> = shown.collect();
            Some(format!("json [{}, {{{{$rest}}}}]", shown.join(", ")))
        }
        (_, text) => {
            let text = literal::text(&[LiteralPart::Words(text.to_owned())]);
            Some(format!("text{text}")).filter(|line| !line.contains('\n'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heartbeats_are_told_by_their_words() {
        for (message, expected) in [
            (r#"{"type":"ping","t":1}"#, r#"json {"type": "ping"}"#),
            (r#"{"event":"heartbeat"}"#, r#"json {"event": "heartbeat"}"#),
            ("[17,\"hb\"]", "json [{{$any}}, \"hb\", {{$rest}}]"),
            ("ping", "text ping"),
        ] {
            let frame = Frame::Text(message.into());
            assert!(is_heartbeat(&frame), "{message}");
            assert_eq!(pattern(&frame).as_deref(), Some(expected));
        }
        for message in [r#"{"say":"ping"}"#, "pinging", "{}", "2"] {
            assert!(!is_heartbeat(&Frame::Text(message.into())), "{message}");
        }
    }
}
