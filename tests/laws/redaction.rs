//! Redaction: wherever a secret stands, and in whatever shape, what is shown has nothing of it; all else is as it was.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use voiden::protocol::{
    Bytes, Close, Direction, Ending, Event, EventKind, Failure, Frame, Generated, GeneratedKind,
    Handshake, Hidden, Response,
};
use voiden::redact::Redactor;
use voiden::source::Span;

/// How many escapes, one inside the other, are seen through.
const DEPTH: usize = 3;

/// The input is how secrets are shaped ([`shaped`]), the secrets, one a line, and a text in which `§` stands for one
/// after the other of them.
pub(crate) fn holds(input: &str) {
    let (shapes, rest) = input.split_once("\n%%\n").unwrap_or(("", input));
    let (values, text) = rest.split_once("\n%%\n").unwrap_or((rest, "§"));
    let values: Vec<&str> = values.lines().map(str::trim).collect();
    if values.iter().any(|value| value.is_empty()) {
        return;
    }
    let mut redactor = Redactor::default();
    for (number, value) in values.iter().enumerate() {
        redactor.add(&format!("N{number}"), value);
    }
    let (text, places) = with_secrets(text, &values, shapes);
    let hidden = hidden_bytes(&redactor, text.as_bytes(), &places, &values);
    let edges = [b"\xff\x80", text.as_bytes(), b"\xfe"].concat();
    hidden_bytes(&redactor, &edges, &[], &values);
    named(&redactor, &text, &hidden);
}

/// The text with secrets in it, and where they are. Each has lines of its own: right behind the first half of an escape
/// it would be another text.
fn with_secrets(text: &str, values: &[&str], shapes: &str) -> (String, Vec<Range<usize>>) {
    let mut pieces = text.split('§');
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    let mut places = Vec::new();
    for (value, piece) in values.iter().cycle().zip(pieces) {
        whole.push('\n');
        let start = whole.len();
        whole.push_str(&shaped(value, shapes));
        places.push(start..whole.len());
        whole.push('\n');
        whole.push_str(piece);
    }
    (whole, places)
}

/// Bytes stay where they are: those of secrets become zeros, and no others do.
fn hidden_bytes(
    redactor: &Redactor,
    bytes: &[u8],
    places: &[Range<usize>],
    values: &[&str],
) -> Vec<Hidden> {
    let (shown, hidden) = redacted(redactor, Frame::Binary(Bytes::copy_from_slice(bytes)));
    let mut at = 0;
    let mut expected = bytes.to_vec();
    for Hidden { range, .. } in &hidden {
        assert!(at <= range.start && range.start < range.end, "{hidden:?}");
        no_secret(&bytes[at..range.start], values);
        is_secret(redactor, &bytes[range.clone()]);
        expected[range.clone()].fill(0);
        at = range.end;
    }
    no_secret(&bytes[at..], values);
    assert_eq!(shown.payload(), expected);
    for place in places {
        let left = |at: &usize| !hidden.iter().any(|hidden| hidden.range.contains(at));
        let left: Vec<usize> = place.clone().filter(left).collect();
        assert_eq!(left, [0; 0], "of {place:?} in \"{}\"", bytes.escape_ascii());
    }
    hidden
}

fn no_secret(shown: &[u8], values: &[&str]) {
    for value in values {
        let mut pieces = shown.windows(value.len());
        let left = pieces.any(|piece| piece == value.as_bytes());
        assert!(!left, "{value:?} in \"{}\"", shown.escape_ascii());
    }
}

/// What was hidden is hidden for what it is, and not for what stands around it.
fn is_secret(redactor: &Redactor, bytes: &[u8]) {
    let (shown, _) = redacted(redactor, Frame::Binary(Bytes::copy_from_slice(bytes)));
    assert_eq!(shown.payload(), vec![0; bytes.len()], "{bytes:?}");
}

/// In text names stand where secrets were, be it a payload or words about what happened.
fn named(redactor: &Redactor, text: &str, hidden: &[Hidden]) {
    let mut expected = String::new();
    let mut places = Vec::new();
    let mut at = 0;
    for Hidden { range, name } in hidden {
        expected.push_str(&text[at..range.start]);
        let start = expected.len();
        expected.extend(["{{", name, "}}"]);
        places.push(Hidden {
            range: start..expected.len(),
            name: Arc::clone(name),
        });
        at = range.end;
    }
    expected.push_str(&text[at..]);
    let shown = redacted(redactor, Frame::Text(text.into()));
    assert_eq!(shown, (Frame::Text(expected.as_str().into()), places));
    // What authorises is masked besides, with secrets or without.
    let none = Redactor::default();
    for (event, expected) in told(text).into_iter().zip(told(&expected)) {
        assert_eq!(as_shown(redactor, event), as_shown(&none, expected));
    }
}

fn as_shown(redactor: &Redactor, event: Event) -> Event {
    redactor.event(event).into_inner()
}

fn redacted(redactor: &Redactor, frame: Frame) -> (Frame, Vec<Hidden>) {
    let shown = as_shown(redactor, event(received(frame)));
    match shown.kind {
        EventKind::Received { frame, .. } => (frame, shown.hidden),
        other => panic!("{other:?}"),
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

fn event(what: EventKind) -> Event {
    Event {
        at: Duration::ZERO,
        who: None,
        kind: what,
        hidden: Vec::new(),
        step: None,
    }
}

/// Words in every place that an event has for them.
fn told(words: &str) -> Vec<Event> {
    let words = || words.to_owned();
    let close = || {
        let reason = words();
        Some(Close { code: 1000, reason })
    };
    let handshake = Arc::new(Handshake {
        status: 401,
        reason: words(),
        headers: vec![(String::new(), words()), (words(), String::new())],
        subprotocol: Some(words()),
        deflate: None,
        body: Bytes::from(words()),
    });
    let kinds = [
        EventKind::Connecting {
            url: words(),
            kept: Vec::new(),
            headers: Vec::new(),
        },
        EventKind::Retrying { reason: words() },
        EventKind::Connected(Arc::clone(&handshake)),
        EventKind::Refused(handshake),
        EventKind::Requested {
            direction: Direction::Received,
            method: words(),
            target: words(),
            kept: Vec::new(),
            headers: vec![(words(), words())],
        },
        EventKind::Responded {
            direction: Direction::Sent,
            response: Arc::new(Response {
                status: 200,
                reason: words(),
                headers: vec![(words(), words())],
            }),
        },
        EventKind::Generated(Generated {
            text: words(),
            kind: GeneratedKind::Word,
        }),
        EventKind::Failed(Failure {
            reason: words(),
            hint: Some(words()),
            span: Span::default(),
            also: Vec::new(),
            kind: voiden::protocol::FailureKind::default(),
        }),
        EventKind::Note(words()),
        EventKind::Disconnected(Ending::Closed(close())),
        EventKind::Disconnected(Ending::Unanswered(close())),
        EventKind::Disconnected(Ending::Reset(words())),
        EventKind::Disconnected(Ending::Breach {
            reason: words(),
            code: 1002,
        }),
    ];
    let who = Some(Arc::from(words()));
    let events = kinds.map(|what| Event {
        who: who.clone(),
        ..event(what)
    });
    events.into()
}

/// A secret as it may travel. A letter is a shape, and the next one is put around it; digits say of each character in
/// turn whether it is escaped though it need not be (`j01`).
fn shaped(value: &str, shapes: &str) -> String {
    let mut text = value.to_owned();
    let mut depth = 0;
    for (at, shape) in shapes.char_indices() {
        let choices = shapes[at..].bytes().skip(1);
        let choices: Vec<bool> = choices
            .map_while(|choice| choice.is_ascii_digit().then_some(choice != b'0'))
            .collect();
        let mut choices = choices.into_iter().cycle();
        let mut chosen = || choices.next().unwrap_or(true);
        // Less than three bytes nobody can tell from chance inside of something that may be an encoding.
        let telling = value.len() >= 3 || depth == 0;
        text = match shape {
            'h' if depth == 0 && value.len() >= 3 => hex(&text, chosen()),
            'b' if depth < DEPTH && telling => STANDARD.encode(text),
            'u' if depth < DEPTH && telling => URL_SAFE_NO_PAD.encode(text),
            // Where not all of it is text, `me:` is shown.
            'c' if depth < DEPTH
                && telling
                && value.len() > 1
                && !value.contains(char::is_control) =>
            {
                STANDARD.encode(format!("me:{text}"))
            }
            'j' | 'p' | 'f' | 'x' if depth < DEPTH => {
                let escaped = |part| escaped(part, shape, &mut chosen);
                text.chars().map(escaped).collect()
            }
            _ => continue,
        };
        depth += 1;
    }
    text
}

fn hex(value: &str, lower: bool) -> String {
    let digits = |byte: u8| {
        if lower {
            format!("{byte:02x}")
        } else {
            format!("{byte:02X}")
        }
    };
    value.bytes().map(digits).collect::<Vec<_>>().concat()
}

fn escaped(part: char, shape: char, chosen: &mut impl FnMut() -> bool) -> String {
    let plain = part.to_string();
    match (shape, part) {
        ('j', '"' | '\\') => format!("\\{part}"),
        ('j', _) if part.is_control() || chosen() => {
            let units = part.encode_utf16(&mut [0; 2]).to_vec();
            let units = units.iter().map(|unit| format!("\\u{unit:04x}"));
            units.collect::<Vec<_>>().concat()
        }
        ('f', ' ') => "+".to_owned(),
        ('p' | 'f', _) if !part.is_ascii_alphanumeric() || chosen() => {
            let upper = chosen();
            let byte = |byte| {
                if upper {
                    format!("%{byte:02X}")
                } else {
                    format!("%{byte:02x}")
                }
            };
            plain.bytes().map(byte).collect()
        }
        ('x', '<') => "&lt;".to_owned(),
        ('x', '&') => "&amp;".to_owned(),
        ('x', _) if chosen() && chosen() => format!("&#{};", u32::from(part)),
        ('x', _) if chosen() => format!("&#x{:X};", u32::from(part)),
        _ => plain,
    }
}
