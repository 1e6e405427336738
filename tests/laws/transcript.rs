//! Transcripts: whatever happens, every entry stays in its lines, the fence around them stays closed, and a session is
//! the same as itself.

use std::time::Duration;

use voiden::document;
use voiden::protocol::{Event, EventKind, Frame};
use voiden::redact::Redactor;
use voiden::transcript::{Line, LineKind, Recorder, Style, Transcript};

use super::visible;

/// Where a block may stand: before its first line, before its others, its fence.
const PLACES: [(&str, &str, &str); 6] = [
    ("", "", "```"),
    ("", "", "~~~~"),
    ("  ", "  ", "```"),
    ("> ", "> ", "~~~"),
    (">", ">", "```"),
    ("- > ", "  > ", "```"),
];

/// The input is how a session is shown, and what happened in it.
pub(crate) fn holds(style: &Style, events: &[Event]) {
    let transcript = record(style, events);
    nothing_leaves_its_line(&transcript);
    one_line_a_message(style, events, &transcript);
    let text = transcript.to_string();
    assert!(transcript.same_as(&text));
    assert_eq!(transcript.normalized_against(&text), text);
    for place in PLACES {
        fence_stays_closed(place, &text);
    }
}

/// The transcript; what was told on the way is what it says in the end.
fn record(style: &Style, events: &[Event]) -> Transcript {
    let mut recorder = Recorder::new(style.clone());
    let redactor = Redactor::default();
    let mut told: Vec<Line> = Vec::new();
    for event in events {
        told.extend(recorder.record(redactor.event(event.clone())));
    }
    let (transcript, rest) = recorder.finish(true, Duration::from_millis(132));
    told.extend(rest);
    told.rotate_right(1);
    assert_eq!(told, transcript.lines);
    transcript
}

fn nothing_leaves_its_line(transcript: &Transcript) {
    for line in &transcript.lines {
        for (number, part) in line.text.split('\n').enumerate() {
            visible::holds(part);
            let indented = part.starts_with("  ") || part.is_empty();
            assert_eq!(indented, number > 0, "{part:?}");
        }
    }
}

fn one_line_a_message(style: &Style, events: &[Event], transcript: &Transcript) {
    let messages = events.iter().filter(|event| {
        let received = matches!(event.kind, EventKind::Received { .. });
        received && event.kind.frame().is_some_and(Frame::is_message)
    });
    let messages = messages.count();
    assert_eq!(transcript.received, messages as u64);
    if style.messages < events.len() {
        return;
    }
    let lines = |kind| {
        transcript
            .lines
            .iter()
            .filter(|line| line.kind == kind)
            .count()
    };
    let told =
        |which: fn(&EventKind) -> bool| events.iter().filter(|event| which(&event.kind)).count();
    let received = told(|what| matches!(what, EventKind::Received { ignored: false, .. }));
    assert_eq!(lines(LineKind::Received), received);
    let sent = told(|what| matches!(what, EventKind::Sent { .. }));
    assert_eq!(lines(LineKind::Sent), sent);
}

fn fence_stays_closed((first, rest, fence): (&str, &str, &str), transcript: &str) {
    let text = format!("{first}{fence}/wss\n{rest}ws://h/\n{rest}{fence}\n\nbehind\n");
    let before = document::parse(&text);
    assert_eq!(before.blocks.len(), 1, "{text}");
    let edit = before.blocks[0].transcript.record(&text, transcript);
    let written = document::splice(&text, &[edit]);
    assert!(written.ends_with("\n\nbehind\n"), "{written}");
    let after = document::parse(&written);
    assert_eq!(after.blocks.len(), 1, "{written}");
    let recorded = after.blocks[0].transcript.recorded.as_ref();
    let body = recorded.map(|recorded| recorded.body.text());
    assert_eq!(body, Some(transcript), "{written}");
}
