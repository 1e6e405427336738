//! What is left out, cut or counted, and what a second run finds the same.

use super::*;

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
