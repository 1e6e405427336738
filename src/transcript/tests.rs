//! Events in, lines out: what a reader sees, over hand-made sessions; and the laws that hold for any.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::format::Format;
use crate::protocol::{
    Bytes, Close, Ending, Event, EventKind, Failure, Frame, Generated, GeneratedKind, Handshake,
    Hidden, SessionOutcome,
};
use crate::redact::{Redacted, Redactor};
use crate::source::Span;

mod bounds;
#[path = "../../tests/laws/transcript.rs"]
mod law;
mod lines;
#[path = "../../tests/laws/visible.rs"]
mod visible;

fn style() -> Style {
    Style {
        clock: TimeColumn::Utc,
        matched_only: false,
        messages: 200,
        bytes: 4096,
        began: "2026-11-22T12:03:04.101Z".parse().unwrap(),
    }
}

fn at(millis: u64, what: EventKind) -> Event {
    Event {
        at: Duration::from_millis(millis),
        who: None,
        kind: what,
        hidden: Vec::new(),
        step: None,
    }
}

fn of(who: &str, event: Event) -> Event {
    let who = Some(Arc::from(who));
    Event { who, ..event }
}

fn hiding(event: Event, ranges: &[(usize, usize)]) -> Event {
    let hidden = ranges
        .iter()
        .map(|(start, end)| Hidden {
            range: *start..*end,
            name: Arc::from("PIN"),
        })
        .collect();
    Event { hidden, ..event }
}

fn text(text: &str) -> Frame {
    Frame::Text(text.into())
}

fn binary(bytes: &[u8]) -> Frame {
    Frame::Binary(Bytes::copy_from_slice(bytes))
}

fn closing(code: u16, reason: &str) -> Close {
    let reason = reason.to_owned();
    Close { code, reason }
}

fn sent(format: Format, body: &str) -> EventKind {
    EventKind::Sent {
        frame: text(body),
        format: Some(format),
        generated: Vec::new(),
        ignored: false,
        wire: None,
    }
}

fn control(frame: Frame) -> EventKind {
    EventKind::Sent {
        frame,
        format: None,
        generated: Vec::new(),
        ignored: false,
        wire: None,
    }
}

fn received(frame: Frame) -> EventKind {
    EventKind::Received {
        number: 1,
        frame,
        ignored: false,
        round_trip: None,
        wire: None,
    }
}

fn connecting() -> EventKind {
    EventKind::Connecting {
        url: "wss://api.example.com/v2/stream".to_owned(),
        kept: Vec::new(),
        headers: Vec::new(),
    }
}

fn connected() -> EventKind {
    EventKind::Connected(Arc::new(Handshake {
        status: 101,
        reason: "Switching Protocols".to_owned(),
        subprotocol: Some("trades.v2".to_owned()),
        ..Handshake::default()
    }))
}

fn failed(reason: &str) -> EventKind {
    EventKind::Failed(failure(reason))
}

fn failure(reason: &str) -> Failure {
    Failure {
        reason: reason.to_owned(),
        hint: None,
        span: Span::default(),
        also: Vec::new(),
        kind: crate::protocol::FailureKind::default(),
    }
}

fn told(event: Event) -> Redacted<Event> {
    Redactor::default().event(event)
}

fn passed() -> SessionOutcome {
    SessionOutcome {
        failure: None,
        took: Duration::from_millis(132),
        interrupted: false,
    }
}

fn record(style: &Style, events: &[Event], outcome: &SessionOutcome) -> Transcript {
    let mut recorder = Recorder::new(style.clone());
    let mut lines: Vec<Line> = events
        .iter()
        .flat_map(|event| recorder.record(told(event.clone())))
        .collect();
    let (transcript, rest) = recorder.finish(outcome.failure.is_none(), outcome.took);
    lines.extend(rest);
    lines.rotate_right(1);
    assert_eq!(lines, transcript.lines, "what was given is the transcript");
    transcript
}

fn shown(style: &Style, events: &[Event]) -> String {
    record(style, events, &passed()).to_string()
}

fn payload(frame: Frame) -> String {
    let style = Style {
        clock: TimeColumn::None,
        ..style()
    };
    let shown = shown(&style, &[at(0, received(frame))]);
    shown
        .split_once('\n')
        .unwrap()
        .1
        .trim_end_matches('\n')
        .to_owned()
}

fn subscription() -> Vec<Event> {
    vec![
        at(0, connecting()),
        at(22, connected()),
        at(
            24,
            sent(
                Format::Json,
                "{\"op\": \"subscribe\", \"symbol\": \"BTC-USD\",\n \"ref\": \"5f0c\"}",
            ),
        ),
        at(39, received(text(r#"{"op":"subscribed","feed":7}"#))),
        at(89, received(text(r#"{"op":"tick","price":64013.0}"#))),
        at(
            90,
            EventKind::Received {
                number: 1,
                frame: text("heartbeat"),
                ignored: true,
                round_trip: None,
                wire: None,
            },
        ),
        at(116, control(Frame::Close(Some(closing(1000, "done"))))),
        at(132, received(Frame::Close(Some(closing(1000, "done"))))),
        at(
            132,
            EventKind::Disconnected(Ending::Closed(Some(closing(1000, "done")))),
        ),
    ]
}

/// What a session may be made of, hostile payloads among it.
fn anything() -> impl Strategy<Value = Vec<Event>> {
    let hostile = prop_oneof![
        any::<String>(),
        r#"[\[\]{}:,"\\a1 \n\r\u{202e}\u{1b}]{0,40}"#,
        r"(<a>|</a>|<b c='x'/>| |\n|t\u{85}){0,20}",
        r"(✓|✗|→|←|#|…| |\n|json  |Connecting    |12:03:04\.101  |pong x  \(1 ms\)){0,9}",
        Just(format!("[{}]", ["\"long enough\""; 12].join(" , "))),
        Just(format!("<a>{}</a>", "<b>long\nenough</b> ".repeat(9))),
    ];
    let frame = (0..6_u8, hostile, any::<u16>()).prop_map(|(kind, text, code)| {
        let bytes = Bytes::from(text.clone());
        match kind {
            0 | 1 => Frame::Text(text.into()),
            2 => Frame::Binary(bytes),
            3 => Frame::Binary(bytes.iter().map(|byte| byte ^ 0x85).collect()),
            4 => Frame::Pong(bytes),
            _ => Frame::Close(Some(Close { code, reason: text })),
        }
    });
    let kind_of_event = (0..9_u8, frame).prop_map(|(kind, frame)| {
        let words = String::from_utf8_lossy(frame.payload()).into_owned();
        match kind {
            0..3 => received(frame),
            3 => sent(Format::Json, &words),
            4 => sent(Format::Xml, &words),
            5 => EventKind::Note(words),
            6 => failed(&words),
            7 => EventKind::Connecting {
                url: words,
                kept: Vec::new(),
                headers: Vec::new(),
            },
            _ => EventKind::Refused(Arc::new(Handshake {
                status: 400,
                headers: vec![("location".to_owned(), words)],
                body: Bytes::copy_from_slice(frame.payload()),
                ..Handshake::default()
            })),
        }
    });
    let who = prop_oneof![
        Just(None),
        Just(Some("bob".to_owned())),
        any::<String>().prop_map(Some)
    ];
    let event = (0..1000_u64, who, kind_of_event).prop_map(|(millis, who, what)| Event {
        who: who.map(Arc::from),
        ..at(millis, what)
    });
    proptest::collection::vec(event, 0..12)
}

fn styles() -> impl Strategy<Value = Style> {
    let clock = prop_oneof![
        Just(TimeColumn::Utc),
        Just(TimeColumn::Local),
        Just(TimeColumn::Offset),
        Just(TimeColumn::None)
    ];
    (clock, 0..12_usize, prop_oneof![Just(4096), 0..40_usize]).prop_map(
        |(clock, messages, bytes)| Style {
            clock,
            messages,
            bytes,
            ..style()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold_for_any_session(style in styles(), events in anything()) {
        law::holds(&style, &events);
        let transcript = record(&style, &events, &passed());
        let text = transcript.to_string();
        prop_assert_eq!(recorded::Recorded::read(&text).entries.len(), transcript.lines.len() - 1);
    }

    #[test]
    fn a_transcript_is_the_same_at_another_time(style in styles(), other in styles(), events in anything()) {
        let text = record(&style, &events, &passed()).to_string();
        let later = Style {
            clock: other.clock,
            began: "2027-01-01T00:00:00Z".parse().unwrap(),
            ..style
        };
        let outcome = SessionOutcome { failure: None, took: Duration::from_secs(7), interrupted: false };
        let mut again = events;
        for event in &mut again {
            event.at += Duration::from_millis(1234);
        }
        let again = record(&later, &again, &outcome);
        prop_assert!(again.same_as(&text), "{}\n{}", again, text);
        prop_assert_eq!(again.normalized_against(&text), text);
    }

    #[test]
    fn any_text_may_be_recorded(events in anything(), recorded in any::<String>(), cut in any::<prop::sample::Index>()) {
        let transcript = record(&style(), &events, &passed());
        prop_assert!(!transcript.same_as(&recorded));
        let mut text = transcript.to_string();
        prop_assert_eq!(transcript.normalized_against(&recorded), text.clone());
        let mut at = cut.index(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        text.truncate(at);
        let _ = transcript.same_as(&text);
        let _ = transcript.normalized_against(&text);
    }

    #[test]
    fn a_text_is_itself_or_a_literal_that_spells_it(body in any::<String>()) {
        let shown = payload(text(&body));
        if let Some(shown) = shown.strip_prefix("← text  ") {
            if shown.starts_with('"') {
                let literal = shown.replace("\\{{", "{{");
                prop_assert_eq!(serde_json::from_str::<String>(&literal).ok(), Some(body));
            } else {
                prop_assert_eq!(shown, body);
            }
        }
    }

    #[test]
    fn clients_interleave_as_they_like(order in Just((0..12).collect::<Vec<usize>>()).prop_shuffle()) {
        // Each client's sent lines and received lines, in their order.
        let lanes = |n: usize| -> Vec<Event> {
            (0..3)
                .map(|step| {
                    let body = format!("{n} {step}");
                    let what = if [0, 2].contains(&n) { received(text(&body)) } else { sent(Format::Text, &body) };
                    of(["alice", "bob"][n / 2], at(1, what))
                })
                .collect()
        };
        let mut lanes: Vec<_> = (0..4).map(|n| lanes(n).into_iter()).collect();
        let one: Vec<Event> = lanes.clone().into_iter().flatten().collect();
        let other: Vec<Event> = order.iter().filter_map(|n| lanes[n % 4].next()).collect();
        prop_assert_eq!(one.len(), other.len());
        let recorded = shown(&style(), &one);
        prop_assert!(record(&style(), &other, &passed()).same_as(&recorded));
        // Two lines of one client that change places do not.
        let mut swapped = one.clone();
        swapped.swap(0, 1);
        prop_assert!(!record(&style(), &swapped, &passed()).same_as(&recorded));
    }
}
