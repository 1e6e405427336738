//! Sessions spelled as text, for the laws about transcripts. The first part says the style (`CLOCK MESSAGES BYTES`);
//! of each other one the first character says what happened, and the rest with what.

use std::sync::Arc;
use std::time::Duration;

use voiden::format::Format;
use voiden::protocol::{
    Bytes, Close, Direction, Ending, Event, EventKind, Failure, Frame, Generated, GeneratedKind,
    Handshake, Response,
};
use voiden::source::Span;
use voiden::transcript::{Style, TimeColumn};

/// The style and the events.
pub(crate) fn read(input: &str) -> (Style, Vec<Event>) {
    let (first, rest) = input.split_once("\n%%\n").unwrap_or(("", input));
    let events = rest.split("\n%%\n").enumerate().map(|(index, part)| {
        let mut words = part.chars();
        let kind = words.next().unwrap_or_default();
        Event {
            at: Duration::from_millis(7 * index as u64),
            who: (index % 3 == 2).then(|| Arc::from(first)),
            kind: event_kind(kind, words.as_str()),
            hidden: Vec::new(),
            step: None,
        }
    });
    (style(first), events.collect())
}

fn style(words: &str) -> Style {
    let mut words = words.split(' ');
    let clock = match words.next() {
        Some("local") => TimeColumn::Local,
        Some("offset") => TimeColumn::Offset,
        Some("none") => TimeColumn::None,
        _ => TimeColumn::Utc,
    };
    let mut number = |otherwise| {
        let number = words.next().and_then(|word| word.parse().ok());
        number.unwrap_or(otherwise)
    };
    Style {
        clock,
        matched_only: false,
        messages: number(200),
        bytes: number(4096),
        began: jiff::Timestamp::UNIX_EPOCH,
    }
}

fn event_kind(kind: char, words: &str) -> EventKind {
    let text = || Frame::Text(words.into());
    let bytes = || Bytes::copy_from_slice(words.as_bytes());
    let sent = |format| EventKind::Sent {
        frame: text(),
        format: Some(format),
        generated: vec![Generated {
            text: words.chars().take(8).collect(),
            kind: GeneratedKind::Word,
        }],
        ignored: false,
        wire: None,
    };
    let received = |frame| EventKind::Received {
        number: 1,
        frame,
        ignored: false,
        round_trip: None,
        wire: None,
    };
    let close = || Close {
        code: words.len().try_into().unwrap_or(u16::MAX),
        reason: words.to_owned(),
    };
    match kind {
        '>' => sent(Format::Text),
        'j' => sent(Format::Json),
        'x' => sent(Format::Xml),
        'b' => received(Frame::Binary(bytes())),
        'B' => received(Frame::Binary(
            words.bytes().map(|byte| byte ^ 0x85).collect(),
        )),
        'p' => received(Frame::Pong(bytes())),
        'c' => received(Frame::Close(Some(close()))),
        '!' => received(Frame::Broken(bytes())),
        'd' => EventKind::Disconnected(Ending::Closed(Some(close()))),
        'r' => EventKind::Disconnected(Ending::Reset(words.to_owned())),
        'q' => EventKind::Requested {
            direction: Direction::Received,
            method: "POST".to_owned(),
            target: words.to_owned(),
            kept: Vec::new(),
            headers: vec![("x".to_owned(), words.to_owned())],
        },
        'a' => EventKind::Responded {
            direction: Direction::Sent,
            response: Arc::new(Response {
                status: 200,
                reason: words.to_owned(),
                headers: vec![("x".to_owned(), words.to_owned())],
            }),
        },
        'y' => EventKind::Body {
            direction: Direction::Sent,
            number: None,
            frame: Frame::Text(words.into()),
            format: Some(Format::Json),
            generated: Vec::new(),
        },
        '#' => EventKind::Note(words.to_owned()),
        '@' => EventKind::Connecting {
            url: words.to_owned(),
            kept: Vec::new(),
            headers: Vec::new(),
        },
        'f' => EventKind::Failed(Failure {
            reason: words.to_owned(),
            hint: None,
            span: Span::default(),
            also: Vec::new(),
            kind: voiden::protocol::FailureKind::default(),
        }),
        'h' => EventKind::Refused(Arc::new(Handshake {
            status: 400,
            reason: words.to_owned(),
            headers: vec![("location".to_owned(), words.to_owned())],
            body: bytes(),
            ..Handshake::default()
        })),
        _ => received(text()),
    }
}
