//! What each kind of event looks like.

use super::*;

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
