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

#[path = "../../tests/laws/transcript.rs"]
mod law;
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

#[test]
fn a_session_reads_as_in_the_format() {
    insta::assert_snapshot!(shown(&style(), &subscription()), @r#"
    ✓ 1 sent, 2 received in 132 ms · 2026-11-22T12:03:04.101Z
    12:03:04.101  Connecting    wss://api.example.com/v2/stream
    12:03:04.123  Connected     101 Switching Protocols, trades.v2
    12:03:04.125  → json  {"op":"subscribe","symbol":"BTC-USD","ref":"5f0c"}
    12:03:04.140  ← json  {"op":"subscribed","feed":7}
    12:03:04.190  ← json  {"op":"tick","price":64013.0}
    12:03:04.217  → close 1000 done
    12:03:04.233  ← close 1000 done
    12:03:04.233  Disconnected  1000 done
    "#);
}

#[test]
fn the_clock_is_the_styles() {
    let offset = Style {
        clock: TimeColumn::Offset,
        ..style()
    };
    let mut events = vec![at(100, connecting()), at(1334, received(text("hi")))];
    insta::assert_snapshot!(shown(&offset, &events), @r#"
    ✓ 0 sent, 1 received in 132 ms · 2026-11-22T12:03:04.101Z
    +0.000  Connecting    wss://api.example.com/v2/stream
    +1.234  ← text  hi
    "#);
    let none = Style {
        clock: TimeColumn::None,
        ..style()
    };
    events.push(of("bob", at(2000, received(text("hi")))));
    insta::assert_snapshot!(shown(&none, &events), @r#"
    ✓ 0 sent, 2 received in 132 ms · 2026-11-22T12:03:04.101Z
    Connecting    wss://api.example.com/v2/stream
    ← text  hi
    bob ← text  hi
    "#);
}

#[test]
fn several_clients_have_their_names_before_the_arrow() {
    let events = [
        of("alice", at(0, connecting())),
        of("alice", at(3, connected())),
        of("alice", at(4, sent(Format::Json, r#"{"say": "hi"}"#))),
        of("bob (2)", at(5, received(text("hi")))),
        of("x → ping", at(5, received(text("hi")))),
        of("bob (2)", at(6, failed("no json within 2s"))),
        at(6, EventKind::Note("everybody's".to_owned())),
        of("alice", at(7, EventKind::Disconnected(Ending::Dropped))),
    ];
    insta::assert_snapshot!(shown(&style(), &events), @r#"
    ✓ 1 sent, 2 received in 132 ms · 2026-11-22T12:03:04.101Z
    12:03:04.101  alice Connecting    wss://api.example.com/v2/stream
    12:03:04.104  alice Connected     101 Switching Protocols, trades.v2
    12:03:04.105  alice → json  {"say":"hi"}
    12:03:04.106  bob (2) ← text  hi
    12:03:04.106  "x → ping" ← text  hi
    12:03:04.107  bob (2) ✗ no json within 2s
    12:03:04.107  # everybody's
    12:03:04.108  alice Disconnected  dropped, without a close frame
    "#);
}

#[test]
fn endings_and_refusals_are_told_as_they_were() {
    let refusal = Handshake {
        status: 401,
        reason: "Unauthorized".to_owned(),
        headers: vec![
            ("date".to_owned(), "today".to_owned()),
            (
                "www-authenticate".to_owned(),
                "Bearer realm=\"x\"\u{1b}".to_owned(),
            ),
            ("Content-Type".to_owned(), "text/plain".to_owned()),
        ],
        subprotocol: None,
        deflate: None,
        body: Bytes::from_static(b"no token\r\n\n```\n\x1b[2J\n"),
    };
    let odd = Handshake {
        status: 302,
        headers: vec![("Location".to_owned(), "/other".to_owned())],
        body: Bytes::from_static(b"\xff\x00"),
        ..Handshake::default()
    };
    let endings = [
        Ending::Closed(None),
        Ending::Closed(Some(closing(4999, "a\nb"))),
        Ending::Closed(Some(closing(1000, "{{PIN}}"))),
        Ending::Unanswered(Some(closing(1000, ""))),
        Ending::Unanswered(None),
        Ending::Vanished,
        Ending::Reset("Connection reset by peer (os error 104)".to_owned()),
        Ending::Breach {
            reason: "a text frame that is not UTF-8".to_owned(),
            code: 1007,
        },
        Ending::Silent,
        Ending::Stuck,
    ];
    let mut events = vec![
        at(
            0,
            EventKind::Retrying {
                reason: "503 Service\r\nUnavailable".to_owned(),
            },
        ),
        at(1, EventKind::Refused(Arc::new(refusal))),
        at(2, EventKind::Refused(Arc::new(odd))),
    ];
    events.extend(endings.map(|ending| at(3, EventKind::Disconnected(ending))));
    insta::assert_snapshot!(shown(&style(), &events), @r#"
    ✓ 0 sent, 0 received in 132 ms · 2026-11-22T12:03:04.101Z
    12:03:04.101  Retrying      503 Service\r\nUnavailable
    12:03:04.102  Refused       401 Unauthorized
      WWW-Authenticate: Bearer realm="x"\u001b
      Content-Type: text/plain
      no token

      ```
      \u001b[2J
    12:03:04.103  Refused       302
      Location: /other
      ff 00
    12:03:04.104  Disconnected  no code
    12:03:04.104  Disconnected  4999 "a\nb"
    12:03:04.104  Disconnected  1000 {{PIN}}
    12:03:04.104  Disconnected  1000, close unanswered
    12:03:04.104  Disconnected  no code, close unanswered
    12:03:04.104  Disconnected  1006 the connection ended without a close frame
    12:03:04.104  Disconnected  1006 Connection reset by peer (os error 104)
    12:03:04.104  Disconnected  1007 a text frame that is not UTF-8
    12:03:04.104  Disconnected  cut, no pong came before the next ping
    12:03:04.104  Disconnected  cut, it did not read what was sent to it
    "#);
}

#[test]
fn control_frames_stand_with_one_blank() {
    let pong = EventKind::Received {
        number: 1,
        frame: Frame::Pong(Bytes::from_static(b"hello")),
        ignored: false,
        round_trip: Some(Duration::from_micros(1234)),
        wire: None,
    };
    let events = [
        at(0, control(Frame::Ping(Bytes::from_static(b"hello")))),
        at(1, pong),
        at(2, received(Frame::Ping(Bytes::new()))),
        at(3, received(Frame::Ping(Bytes::from_static(b"\x00\n")))),
        at(4, received(Frame::Ping(Bytes::from_static(b"\xff\x01")))),
        at(4, received(Frame::Ping(Bytes::from_static(b"hex ff")))),
        at(5, received(Frame::Close(None))),
        at(6, received(Frame::Close(Some(closing(0, ""))))),
        at(7, received(Frame::Broken(Bytes::from_static(b"\xc1\x00")))),
        hiding(
            at(8, received(Frame::Pong(Bytes::from_static(b"a\0\0b")))),
            &[(1, 3)],
        ),
    ];
    insta::assert_snapshot!(shown(&style(), &events), @r#"
    ✓ 0 sent, 0 received in 132 ms · 2026-11-22T12:03:04.101Z
    12:03:04.101  → ping hello
    12:03:04.102  ← pong hello  (1.2 ms)
    12:03:04.103  ← ping
    12:03:04.104  ← ping "\u0000\n"
    12:03:04.105  ← ping hex ff 01
    12:03:04.105  ← ping "hex ff"
    12:03:04.106  ← close
    12:03:04.107  ← close 0
    12:03:04.108  ← bytes  hex c1 00
    12:03:04.109  ← pong a{{PIN}}b
    "#);
}

#[test]
fn text_stands_as_it_is_or_as_a_literal() {
    for (body, expected) in [
        ("hello, wörld", "hello, wörld"),
        ("a {b} c", "a {b} c"),
        ("\\d", "\\d"),
        ("", r#""""#),
        (" a", r#"" a""#),
        ("a ", r#""a ""#),
        ("\"a\"", r#""\"a\"""#),
        ("@./file", r#""@./file""#),
        ("\\@./file", r#""\\@./file""#),
        ("{{v}}", r#""\{{v}}""#),
        ("CONNECT\n\n\0", r#""CONNECT\n\n\u0000""#),
        ("\u{202e}evil\u{feff}\u{85}", r#""\u202eevil\ufeff\u0085""#),
    ] {
        assert_eq!(payload(text(body)), format!("← text  {expected}"));
    }
}

#[test]
fn binary_is_a_dump_or_a_literal() {
    for (body, expected) in [
        (&b""[..], r#"← binary  """#),
        (b"PING\r\n", r#"← binary  "PING\r\n""#),
        (b"\x00\x01\x02\xff", "← binary  hex 00 01 02 ff"),
        (b"\xff", "← binary  hex ff"),
        ("\u{85}".as_bytes(), "← binary  hex c2 85"),
        (
            &[7; 18],
            "← binary  hex\n  00000000  07 07 07 07 07 07 07 07 07 07 07 07 07 07 07 07  │................│\n  00000010  07 07                                            │..│",
        ),
        (
            b"\x03{\"status\": \"ok\"}\n",
            "← binary  hex\n  00000000  03 7b 22 73 74 61 74 75 73 22 3a 20 22 6f 6b 22  │.{\"status\": \"ok\"│\n  00000010  7d 0a                                            │}.│",
        ),
    ] {
        assert_eq!(payload(binary(body)), expected);
    }
}

#[test]
fn wide_json_and_xml_go_on_lines_below() {
    let json = format!("{{\"a\": [1, {{}}], \"long\": \"{}\"}}", "x".repeat(80));
    let xml = format!("<a>\n<b k=\"1\"/><c>{}</c></a>", "x".repeat(80));
    let wide = "w".repeat(200);
    let scalar = format!("\"{wide}\"");
    let events = [
        at(0, received(text(&json))),
        at(1, received(text(&xml))),
        at(2, received(text(&wide))),
        at(3, sent(Format::Json, &scalar)),
        at(3, sent(Format::Xml, "<a/>")),
    ];
    insta::assert_snapshot!(shown(&style(), &events), @r#"
    ✓ 2 sent, 3 received in 132 ms · 2026-11-22T12:03:04.101Z
    12:03:04.101  ← json
      {
        "a": [
          1,
          {}
        ],
        "long": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
      }
    12:03:04.102  ← xml
      <a>
        <b k="1"/>
        <c>xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx</c>
      </a>
    12:03:04.103  ← text
      "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"
      "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"
      "wwwwwwww"
    12:03:04.104  → json  "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"
    12:03:04.104  → xml  <a/>
    "#);
    // 100 columns are not more than 100.
    for (filling, lines) in [(87, 2), (88, 6)] {
        let json = format!("[\"{}\",{}]", "x".repeat(filling), "1".repeat(8));
        let all = shown(&style(), &[at(0, received(text(&json)))]);
        assert_eq!(all.lines().count(), lines, "{all}");
    }
}

#[test]
fn what_is_hidden_stands_as_its_name() {
    let cases = [
        (text("key {{PIN}}!"), vec![(4, 11)], "text  key {{PIN}}!"),
        (
            text("{{x}} {{PIN}}\n"),
            vec![(6, 13)],
            r#"text  "\{{x}} {{PIN}}\n""#,
        ),
        (
            text(r#"{"pin": {{PIN}}}"#),
            vec![(8, 15)],
            r#"json  {"pin":{{PIN}}}"#,
        ),
        (
            text(r#"{"pin": "a{{PIN}}"}"#),
            vec![(10, 17)],
            r#"json  {"pin":"a{{PIN}}"}"#,
        ),
        (
            text(r#"{"pin": 5{{PIN}}.5 }"#),
            vec![(9, 16)],
            r#"json  {"pin":5{{PIN}}.5}"#,
        ),
        (text("{{{PIN}}: 1}"), vec![(1, 8)], "json  {{{PIN}}:1}"),
        (
            text("<a k='{{PIN}}'> <b/> </a>"),
            vec![(6, 13)],
            "xml  <a k='{{PIN}}'><b/></a>",
        ),
        (binary(b"a\0\0b"), vec![(1, 3)], r#"binary  "a{{PIN}}b""#),
        (
            binary(b"a\0\0\xff"),
            vec![(1, 3)],
            "binary  hex 61 ** ** ff",
        ),
    ];
    let style = Style {
        clock: TimeColumn::None,
        ..style()
    };
    for (frame, hidden, expected) in cases {
        let all = shown(&style, &[hiding(at(0, received(frame)), &hidden)]);
        assert_eq!(all.lines().nth(1), Some(format!("← {expected}").as_str()));
    }
}

#[test]
fn a_long_payload_is_cut() {
    let style = Style {
        clock: TimeColumn::None,
        bytes: 20,
        ..style()
    };
    let events = [
        at(0, received(text(&"ü".repeat(10)))),
        at(0, received(text(&format!("a{}", "ü".repeat(10))))),
        at(0, received(text("one\ntwo\nthree\nfour\nfive"))),
        at(0, received(text(r#"{"key": "value", "other": "value"}"#))),
        at(0, received(text("<a>\n  <b>text that is cut</b></a>"))),
        at(0, received(binary(&[1; 22]))),
        at(0, received(binary("é".repeat(11).as_bytes()))),
        hiding(
            at(0, received(text("0123456789abcdef{{PIN}}"))),
            &[(16, 23)],
        ),
        at(
            0,
            EventKind::Note("a note of more than twenty bytes".to_owned()),
        ),
    ];
    insta::assert_snapshot!(shown(&style, &events), @r#"
    ✓ 0 sent, 8 received in 132 ms · 2026-11-22T12:03:04.101Z
    ← text  üüüüüüüüüü
    ← text  aüüüüüüüüü … 2 more bytes, sha256 of all a5c2dc8d998343f55ab69a76f56917526d69b90203f8c68fe3656428a9220b2b
    ← text  "one\ntwo\nthree\nfour\nf" … 3 more bytes, sha256 of all 42064da518ab63d9fbf594e39f6147ee429d6c1637b0855b4894f7a6d68d2df1
    ← json  {"key":"value","ot … 14 more bytes, sha256 of all 6b1ebfce36d5081ed786188d050c582868e8c7270a8193e48db59a5b0070c546
    ← xml  <a><b>text that i … 13 more bytes, sha256 of all 4b9b323006ad311e2c3f4cc0a33062afe7511c787b829f15ce897af6816cdd2d
    ← binary  hex
      00000000  01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01  │................│
      00000010  01 01 01 01                                      │....│
      … 2 more bytes, sha256 of all 543695320e5ed157afafdd9e3f95383c1a27c7d468537fa02389cdaf27b77858
    ← binary  "éééééééééé" … 2 more bytes, sha256 of all 31de13a7010cf019b1e0889437d3bf869b605e824280e41c20efe1e701b32098
    ← text  0123456789abcdef … 7 more bytes, sha256 of all 783e933775bb63e232a5492a4ecf66d342d1121f1654fe578a801b71a79e5b94
    # a note of more than twenty bytes
    "#);
    let none = Style { bytes: 0, ..style };
    let events = [at(0, received(text("[1]"))), at(0, received(binary(b"x")))];
    insta::assert_snapshot!(shown(&none, &events), @r#"
    ✓ 0 sent, 2 received in 132 ms · 2026-11-22T12:03:04.101Z
    ← json  … 3 more bytes, sha256 of all 080a9ed428559ef602668b4c00f114f1a11c3f6b02a435f0bdc154578e4d7f22
    ← binary  … 1 more byte, sha256 of all 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881
    "#);
}

#[test]
fn the_middle_of_many_messages_is_not_shown() {
    let style = Style {
        messages: 3,
        ..style()
    };
    let mut events = vec![at(0, connecting()), at(1, connected())];
    for n in 0..10 {
        events.push(at(10 + n, received(text(&format!("message {n}")))));
        events.push(at(10 + n, received(Frame::Ping(Bytes::new()))));
        if n == 5 {
            events.push(at(10 + n, failed("something")));
            events.push(at(10 + n, EventKind::Disconnected(Ending::Vanished)));
        }
    }
    let outcome = SessionOutcome {
        failure: Some(failure("something")),
        took: Duration::from_secs(3),
        interrupted: false,
    };
    insta::assert_snapshot!(record(&style, &events, &outcome), @r#"
    ✗ 0 sent, 10 received in 3.0 s · 2026-11-22T12:03:04.101Z
    12:03:04.101  Connecting    wss://api.example.com/v2/stream
    12:03:04.102  Connected     101 Switching Protocols, trades.v2
    12:03:04.111  ← text  message 0
    12:03:04.111  ← ping
    12:03:04.112  ← text  message 1
    12:03:04.112  ← ping
    … 7 messages not shown …
    12:03:04.116  ✗ something
    12:03:04.116  Disconnected  1006 the connection ended without a close frame
    12:03:04.119  ← ping
    12:03:04.120  ← text  message 9
    12:03:04.120  ← ping
    "#);
    for messages in [0, 1, 9, 10, 11] {
        let all = shown(
            &Style {
                messages,
                ..style.clone()
            },
            &events,
        );
        let count = all.lines().filter(|line| line.contains("← text")).count();
        assert_eq!(count, messages.min(10), "{all}");
        assert_eq!(all.contains("not shown"), messages < 10, "{all}");
    }
}

#[test]
fn only_matched_messages_are_shown_on_demand() {
    let style = Style {
        matched_only: true,
        ..style()
    };
    let matched = |millis, frame| EventKind::Matched {
        arrived: Duration::from_millis(millis),
        number: 1,
        frame,
    };
    let mut events = subscription();
    events.insert(6, at(95, matched(89, text("matched"))));
    events.insert(7, at(95, matched(89, Frame::Ping(Bytes::new()))));
    insta::assert_snapshot!(shown(&style, &events), @r#"
    ✓ 1 sent, 2 received in 132 ms · 2026-11-22T12:03:04.101Z
    12:03:04.101  Connecting    wss://api.example.com/v2/stream
    12:03:04.123  Connected     101 Switching Protocols, trades.v2
    12:03:04.125  → json  {"op":"subscribe","symbol":"BTC-USD","ref":"5f0c"}
    12:03:04.190  ← text  matched
    12:03:04.217  → close 1000 done
    12:03:04.233  ← close 1000 done
    12:03:04.233  Disconnected  1000 done
    "#);
}

#[test]
fn a_flood_is_bounded() {
    let mut recorder = Recorder::new(Style {
        messages: 4,
        ..style()
    });
    for n in 0..20_000_u64 {
        let ping = Frame::Ping(Bytes::from(n.to_string()));
        recorder.record(told(at(n, received(ping))));
        recorder.record(told(at(n, connecting())));
        recorder.record(told(at(n, failed("again"))));
        let sent = EventKind::Sent {
            frame: text("x"),
            format: None,
            generated: vec![Generated {
                text: n.to_string(),
                kind: GeneratedKind::Integer,
            }],
            ignored: false,
            wire: None,
        };
        recorder.record(told(at(n, sent)));
    }
    let (transcript, _) = recorder.finish(true, passed().took);
    assert!(transcript.lines.len() < 5000, "{}", transcript.lines.len());
    assert!(transcript.generated.values().len() < 5000);
    assert_eq!(transcript.sent, 20_000);
    assert!(
        transcript
            .to_string()
            .contains("… 19996 messages not shown …")
    );
}

/// Numbers are printed by `cargo test -- --nocapture`; what is asserted is that nothing is drawn for nothing.
#[test]
fn messages_that_are_not_shown_cost_little() {
    let mut recorder = Recorder::new(style());
    let event = at(1, received(text(&"x".repeat(100))));
    let count = 1_000_000;
    let started = std::time::Instant::now();
    let lines: usize = (0..count)
        .map(|_| recorder.record(told(event.clone())).len())
        .sum();
    println!("{count} messages recorded in {:?}", started.elapsed());
    assert_eq!(lines, 100);
    let (transcript, rest) = recorder.finish(true, passed().took);
    assert_eq!(transcript.received, count);
    assert_eq!(rest.len(), 102);
}

#[test]
fn runs_that_generate_other_values_are_the_same() {
    let run = |uuid: &str, number: &str, ending: &str| {
        let generated = vec![
            Generated {
                text: uuid.to_owned(),
                kind: GeneratedKind::Uuid,
            },
            Generated {
                text: number.to_owned(),
                kind: GeneratedKind::Integer,
            },
        ];
        let body = format!(
            r#"{{"id": "{uuid}", "n": {number}, "m": "thirty-six characters of longer text"}}"#
        );
        let long = format!("{}{uuid}{ending}", "x".repeat(100));
        let sent = |body: &str, format| EventKind::Sent {
            frame: text(body),
            format: Some(format),
            generated: generated.clone(),
            ignored: false,
            wire: None,
        };
        let events = [
            at(0, sent(&body, Format::Json)),
            at(1, received(text(&body))),
            at(2, received(binary(format!("{uuid}\0").as_bytes()))),
            at(3, sent(&long, Format::Text)),
            at(4, received(text(&long))),
            at(5, EventKind::Note(format!("it was {uuid}"))),
        ];
        let style = Style {
            bytes: 110,
            ..style()
        };
        record(&style, &events, &passed())
    };
    let recorded = run("5f0c0000-1111-4222-8333-444455556666", "7", "end").to_string();
    let other = "deadbeef-1111-4222-8333-444455556666";
    let again = run(other, "1234567890", "end");
    assert_ne!(recorded.lines().count(), again.to_string().lines().count());
    assert!(again.same_as(&recorded), "{recorded}{again}");
    assert_eq!(again.normalized_against(&recorded), recorded);
    let unlike = recorded.replace("thirty", "twelve");
    assert!(!again.same_as(&unlike));
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
