//! No secret is left in any shape, and all else is.

use ::base64::Engine as _;
use ::base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use std::time::Duration;

use super::*;
use crate::protocol::Frame;

fn redactor(secrets: &[(&str, &str)]) -> Redactor {
    let mut redactor = Redactor::default();
    for (name, value) in secrets {
        redactor.add(name, value);
    }
    redactor
}

fn event(frame: Frame) -> Event {
    Event {
        at: Duration::ZERO,
        who: None,
        kind: EventKind::Received {
            number: 1,
            frame,
            ignored: false,
            round_trip: None,
            wire: None,
        },
        hidden: Vec::new(),
        step: None,
    }
}

fn redacted(redactor: &Redactor, event: Event) -> Event {
    redactor.event(event).into_inner()
}

fn frame(event: Event) -> (Frame, Vec<Hidden>) {
    match event.kind {
        EventKind::Received { frame, .. } => (frame, event.hidden),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_shape_is_found() {
    let redactor = redactor(&[("T", "p\"ä /<&1\u{1f600}")]);
    for text in [
        "p\"ä /<&1😀",
        r#"p\"ä \/<\u00261\ud83d\ude00"#,
        r"\u0070\u0022\u00E4\u0020\u002F\u003c&1😀",
        "p%22%C3%a4%20/%3C%261%f0%9F%98%80",
        "p%22%C3%a4+%2f%3C%261%f0%9F%98%80",
        "p&quot;&#228; /&lt;&amp;1&#x1F600;",
        "p&#34;&auml;&#32;&sol;&lt;&amp;1😀",
        // A URL in JSON, and JSON in JSON.
        r"p%22%C3%A4%20\/%3C%261%F0%9F%98%80",
        r#"p\\\"ä /<&1😀"#,
        r#"p\\\\\\\"ä /<&1😀"#,
    ] {
        assert_eq!(*redactor.text(&format!("a {text} b")), "a {{T}} b");
    }
}

#[test]
fn base64_is_found_alone_and_in_credentials() {
    let redactor = redactor(&[("T", "s3cr3t?>"), ("S", "ab")]);
    let credential = STANDARD.encode("user:s3cr3t?>");
    for (text, shown) in [
        (format!("Basic {credential}"), "Basic {{T}}"),
        (format!("a={}&b", STANDARD.encode("s3cr3t?>")), "a={{T}}&b"),
        (format!("a={}.b", URL_SAFE.encode("s3cr3t?>")), "a={{T}}.b"),
        (URL_SAFE_NO_PAD.encode("x s3cr3t?> y"), "{{T}}"),
        (STANDARD.encode("ab"), "{{S}}"),
        (format!("a={}.b", URL_SAFE_NO_PAD.encode("ab")), "a={{S}}.b"),
        (STANDARD.encode("me:ab"), "{{S}}"),
        (credential.replace('=', "%3D"), "{{T}}"),
    ] {
        assert_eq!(redactor.plain(&text).unwrap(), shown, "{text}");
    }
    // In the middle of what is not text, just the characters that hold a bit of it go.
    let mut bytes = vec![0xff, 0xfe, 0x80, 0];
    bytes.extend_from_slice(b"s3cr3t?>");
    bytes.extend_from_slice(&[0xff; 4]);
    let shown = redactor.plain(&STANDARD.encode(&bytes)).unwrap();
    assert_eq!(shown, "//6AA{{T}}/////w==");
    let path = format!("/v2/{}", URL_SAFE_NO_PAD.encode("s3cr3t?>"));
    assert!(redactor.text(&path).ends_with("{{T}}"));
}

#[test]
fn base64_is_found_around_any_escape() {
    let redactor = redactor(&[("T", "s3 cr3t<?>")]);
    for inner in [
        "s3 cr3t&lt;?&gt;",
        "s3+cr3t%3C%3F%3E",
        "s3%20cr3t<%3f>",
        r"s3 cr3t\u003c?\u003e",
        r"\u00733 cr3t<?>",
        &STANDARD.encode("s3 cr3t<?>"),
        &URL_SAFE_NO_PAD.encode("a: s3 cr3t<?>"),
        &STANDARD.encode("s3 cr3t&#x3c;?&gt;"),
        "7333206372337473c3f3e",
        "7333206372 s3 cr3t<?> 33",
    ] {
        let known = redactor.plain(inner).is_some();
        for around in ["", "user:", "{\"a\":[1],\"b\":\""] {
            for text in [
                STANDARD.encode(format!("{around}{inner}")),
                URL_SAFE.encode(format!("{around}{inner}\"}}")),
            ] {
                let shown = redactor.text(&format!("a {text} b"));
                let expected = if known {
                    "a {{T}} b".to_owned()
                } else {
                    format!("a {text} b")
                };
                assert_eq!(*shown, expected, "{around}{inner}");
            }
        }
    }
}

#[test]
fn base64_is_found_however_it_is_wrapped() {
    let redactor = redactor(&[("T", "s3cr3t?>-and-more")]);
    let encoded = STANDARD.encode("\0\0 s3cr3t?>-and-more \0\0");
    for break_ in ["\n", "\r\n", "\r\n    ", "\\n", "&#10;"] {
        for at in [3, 7, 12, 16, 25] {
            let (first, second) = encoded.split_at(at);
            let text = format!("{{\"a\": \"{first}{break_}{second}\"}}");
            let shown = redactor.text(&text);
            let shown = shown.replace(break_, "");
            assert_eq!(shown, "{\"a\": \"AAAg{{T}}gAAA=\"}", "{text}");
        }
    }
}

#[test]
fn hex_is_found_in_either_case() {
    let redactor = redactor(&[("T", "jkl\u{f6}"), ("S", "ab")]);
    assert_eq!(*redactor.text("0x6a6b6cc3b6, 6A6B6CC3B6"), "0x{{T}}, {{T}}");
    assert_eq!(*redactor.text("6162"), "6162");
}

#[test]
fn a_large_payload_is_looked_through_to_its_end() {
    let redactor = redactor(&[("T", "hunter2-hunter2")]);
    // A secret across each of the places where pieces may meet.
    let mut text = "x y\n".repeat(3 << 20);
    let encoded = STANDARD.encode("hunter2-hunter2");
    let mut at = 0;
    while let Some(next) = text.get_mut(at..) {
        let size = next.len();
        at += 100_003;
        if size < 100_100 {
            break;
        }
        let secret = if at % 2 == 0 {
            "hunter2-hunter2"
        } else {
            &encoded
        };
        text.replace_range(at..at + secret.len(), secret);
    }
    let count = text.matches("hunter2-").count() + text.matches(&encoded).count();
    let shown = redactor.plain(&text).unwrap();
    assert_eq!(shown.matches("{{T}}").count(), count);
    assert!(!shown.contains("hunter2"));
}

#[test]
fn json_is_found_however_it_is_laid_out() {
    for value in [r#"{"k":[1,"a b"]}"#, "{\n  \"k\": [1, \"a b\"]\n}"] {
        let redactor = redactor(&[("KEY", value)]);
        for text in [
            r#"{"key": {"k":[1,"a b"]}, "n": 1}"#,
            "{\"key\": {\t\"k\" : [ 1,\n\"a b\" ]}, \"n\": 1}",
        ] {
            let shown = r#"{"key": {{KEY}}, "n": 1}"#;
            assert_eq!(*redactor.text(text), shown);
        }
        let other = r#"{"k":[1,"ab"]}"#;
        assert_eq!(*redactor.text(other), other);
    }
}

#[test]
fn the_longest_wins_and_the_first_name() {
    let all = redactor(&[
        ("A", "abcd"),
        ("B", "cdefgh"),
        ("C", "abcd"),
        ("D", " \n"),
        ("E", " x1 \n"),
    ]);
    assert_eq!(*all.text("abcd abcdefgh <x1>"), "{{A}} {{B}} <{{E}}>");
    assert_eq!(*all.text("nothing at all"), "nothing at all");
    assert_eq!(*Redactor::default().text("abcd"), "abcd");
}

#[test]
fn a_payload_says_where_secrets_were() {
    let redactor = redactor(&[("PIN", "1234")]);
    let text = Frame::Text("{\"pin\": 1234}".into());
    let (shown, hidden) = frame(redacted(&redactor, event(text)));
    assert_eq!(shown, Frame::Text("{\"pin\": {{PIN}}}".into()));
    assert_eq!(hidden.len(), 1);
    assert_eq!(hidden.first().unwrap().range, 8..15);
    let (shown, hidden) = frame(redacted(
        &redactor,
        event(Frame::Binary(Bytes::from_static(b"\xff1234\xff"))),
    ));
    assert_eq!(
        shown,
        Frame::Binary(Bytes::from_static(b"\xff\0\0\0\0\xff"))
    );
    assert_eq!(hidden.first().unwrap().range, 1..5);
    let close = Close {
        code: 1000,
        reason: "pin 1234".to_owned(),
    };
    let (shown, hidden) = frame(redacted(&redactor, event(Frame::Close(Some(close)))));
    assert_eq!(shown.payload(), b"pin {{PIN}}");
    assert_eq!(hidden.first().unwrap().range, 4..11);
    let untouched = event(Frame::Text("123".into()));
    assert_eq!(redacted(&redactor, untouched.clone()), untouched);
}

#[test]
fn nothing_that_an_event_says_is_left_out() {
    let redactor = redactor(&[("PIN", "s3cret")]);
    let handshake = || {
        Arc::new(Handshake {
            status: 401,
            reason: "no s3cret".to_owned(),
            headers: vec![
                ("Location".to_owned(), "/?t=s3cret".to_owned()),
                ("Set-Cookie".to_owned(), "unnamed".to_owned()),
            ],
            subprotocol: Some("s3cret".to_owned()),
            deflate: None,
            body: Bytes::from_static(b"\xffs3cret"),
        })
    };
    let close = || {
        Some(Close {
            code: 1000,
            reason: "s3cret".to_owned(),
        })
    };
    let failure = Failure {
        reason: "no s3cret".to_owned(),
        hint: Some("say s3cret".to_owned()),
        span: crate::source::Span::default(),
        also: Vec::new(),
        kind: crate::protocol::FailureKind::default(),
    };
    let kinds = [
        EventKind::Connecting {
            url: "wss://me:unnamed@host/?t=s3cret".to_owned(),
            kept: Vec::new(),
            headers: vec![("Authorization".to_owned(), "Bearer s3cret".to_owned())],
        },
        EventKind::Retrying {
            reason: "s3cret".to_owned(),
        },
        EventKind::Connected(handshake()),
        EventKind::Refused(handshake()),
        EventKind::Failed(failure),
        EventKind::Note("s3cret".to_owned()),
        EventKind::Generated(Generated {
            text: "s3cret".to_owned(),
            kind: crate::protocol::GeneratedKind::Word,
        }),
        EventKind::Secret {
            name: Arc::from("PIN"),
            value: Arc::from("s3cret"),
        },
        EventKind::Disconnected(Ending::Closed(close())),
        EventKind::Disconnected(Ending::Unanswered(close())),
        EventKind::Disconnected(Ending::Reset("s3cret".to_owned())),
        EventKind::Disconnected(Ending::Breach {
            reason: "s3cret".to_owned(),
            code: 1002,
        }),
        EventKind::Sent {
            frame: Frame::Ping(Bytes::from_static(b"s3cret")),
            format: None,
            generated: Vec::new(),
            ignored: false,
            wire: None,
        },
        EventKind::Matched {
            arrived: Duration::ZERO,
            number: 1,
            frame: Frame::Text("s3cret".into()),
        },
    ];
    for what in kinds {
        let event = Event {
            at: Duration::ZERO,
            who: Some(Arc::from("client s3cret")),
            kind: what,
            hidden: Vec::new(),
            step: None,
        };
        let shown = format!("{:?}", redacted(&redactor, event));
        assert!(
            !shown.contains("s3cret") && !shown.contains("unnamed"),
            "{shown}"
        );
        assert!(shown.contains("client {{PIN}}"), "{shown}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..80), text in any::<String>()) {
        let redactor = redactor(&[("A", "a"), ("B", "bc d"), ("C", "%&\\")]);
        let _ = redactor.text(&text);
        let (frame, hidden) = frame(redacted(&redactor, event(Frame::Binary(Bytes::from(bytes.clone())))));
        prop_assert_eq!(frame.payload().len(), bytes.len());
        let mut at = 0;
        for hidden in hidden {
            prop_assert!(at <= hidden.range.start && hidden.range.end <= bytes.len());
            at = hidden.range.end;
        }
    }
}

fn binary(redactor: &Redactor, bytes: &[u8]) -> (Vec<u8>, Vec<Hidden>) {
    let (frame, hidden) = frame(redacted(
        redactor,
        event(Frame::Binary(Bytes::copy_from_slice(bytes))),
    ));
    match frame {
        Frame::Binary(bytes) => (bytes.to_vec(), hidden),
        other => panic!("{other:?}"),
    }
}

#[test]
fn numbers_are_found_as_binary_formats_have_them() {
    for (value, shapes) in [
        (
            "12345678",
            &[
                // MessagePack, CBOR, `fixed32`, `uint64` and `sint64` of protobuf, a double either way.
                &[0xce, 0, 0xbc, 0x61, 0x4e][..],
                &[0x1a, 0, 0xbc, 0x61, 0x4e],
                &[0xcf, 0, 0, 0, 0, 0, 0xbc, 0x61, 0x4e],
                &[0x4e, 0x61, 0xbc, 0],
                &[0xce, 0xc2, 0xf1, 5],
                &[0x9c, 0x85, 0xe3, 0x0b],
                &[0xcb, 0x41, 0x67, 0x8c, 0x29, 0xc0, 0, 0, 0],
                &[0, 0, 0, 0xc0, 0x29, 0x8c, 0x67, 0x41],
            ][..],
        ),
        ("1234", &[&[0xcd, 4, 0xd2], &[0x19, 4, 0xd2]]),
        ("-1234", &[&[0xd1, 0xfb, 0x2e], &[0x39, 4, 0xd1]]),
        (
            "-70000",
            &[
                &[0xd2, 0xff, 0xfe, 0xee, 0x90],
                &[0x3a, 0, 1, 0x11, 0x6f],
                &[0x90, 0xdd, 0xfb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            ],
        ),
        ("9007199254740993", &[&[0xcf, 0, 0x20, 0, 0, 0, 0, 0, 1]]),
        (
            "12.5",
            &[&[0xcb, 0x40, 0x29, 0, 0, 0, 0, 0, 0], &[0, 0, 0x48, 0x41]],
        ),
    ] {
        let redactor = redactor(&[("N", value)]);
        for shape in shapes {
            let message = [&[0x81, 0xa1, b'n'], *shape, &[0xc3]].concat();
            let (bytes, hidden) = binary(&redactor, &message);
            assert_eq!(hidden.len(), 1, "{value}: {shape:02x?}");
            assert_eq!(&*hidden[0].name, "N");
            assert_eq!(bytes[..3], message[..3], "{value}: {shape:02x?}");
            assert_eq!(bytes[bytes.len() - 1], 0xc3, "{value}: {shape:02x?}");
            let number = &bytes[4..bytes.len() - 1];
            assert!(
                number.iter().all(|byte| *byte == 0),
                "{value}: {shape:02x?}"
            );
        }
    }
    for value in ["7", "x", "", "1e999", "nan", "0x10", "inf"] {
        let redactor = redactor(&[("N", value), ("M", "another")]);
        let (_, hidden) = binary(
            &redactor,
            &[0x81, 0xa1, 0xce, 7, 0, 0, 0, 7, 0x7f, 0xf0, 0xff],
        );
        assert!(hidden.is_empty(), "{value}");
    }
}

#[test]
fn what_gzip_holds_is_hidden_as_a_whole() {
    use crate::format::deflate::{Coding, deflate};
    let redactor = redactor(&[("T", "hunter2hunter2"), ("N", "12345678")]);
    for coding in [Coding::Gzip, Coding::Zlib] {
        for text in [
            &br#"{"token":"hunter2hunter2"}"#[..],
            &[0x81, 0xa1, b'n', 0xce, 0, 0xbc, 0x61, 0x4e],
        ] {
            let packed = deflate(coding, text).unwrap();
            let cut = packed[..packed.len() - 3].to_vec();
            let longer = [&packed[..], b"!"].concat();
            let mut damaged = packed.clone();
            *damaged.last_mut().unwrap() ^= 1;
            // What cannot be decoded whole is read all the same by who has the bytes.
            for packed in [packed, cut, longer, damaged] {
                let (bytes, hidden) = binary(&redactor, &packed);
                assert_eq!(hidden[0].range, 0..packed.len());
                assert!(bytes.iter().all(|byte| *byte == 0));
            }
        }
        let packed = deflate(coding, b"nothing").unwrap();
        assert_eq!(binary(&redactor, &packed), (packed.clone(), Vec::new()));
        let cut = &packed[..packed.len() - 3];
        assert_eq!(binary(&redactor, cut), (cut.to_vec(), Vec::new()));
    }
}
