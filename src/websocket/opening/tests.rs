//! Answers of servers, written piece by piece over pipes in memory.

use std::time::Duration;

use tokio::io::{AsyncReadExt, duplex};
use tokio::time::sleep;

use super::*;
use crate::dial::ProxyChoice;

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                      Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

fn request_to(url: &str) -> ConnectRequest {
    let mut request = ConnectRequest::to(url);
    let key = ("Sec-WebSocket-Key".to_owned(), KEY.to_owned());
    request.upgrade.headers.push(key);
    request.route.proxy = ProxyChoice::Direct;
    request
}

fn told(outcome: &HandshakeOutcome) -> String {
    match outcome {
        HandshakeOutcome::Opened(Upgraded {
            read_ahead,
            handshake,
            ..
        }) => format!(
            "opened {:?} ahead \"{}\"",
            handshake.subprotocol,
            read_ahead.escape_ascii()
        ),
        HandshakeOutcome::Refused(handshake) => format!(
            "refused {} {:?} {} headers, body \"{}\"",
            handshake.status,
            handshake.reason,
            handshake.headers.len(),
            handshake.body.escape_ascii()
        ),
        HandshakeOutcome::Unfit(
            _,
            ConnectError {
                reason,
                hint,
                transient,
                ..
            },
        )
        | HandshakeOutcome::Failed(ConnectError {
            reason,
            hint,
            transient,
            ..
        }) => {
            let again = if *transient { "transient" } else { "lasting" };
            let hint = hint.as_ref().map(|hint| format!(" ({hint})"));
            format!("{again}: {reason}{}", hint.unwrap_or_default())
        }
    }
}

/// What comes of an answer that is written piece by piece; `None` is a long pause, the end is the end of the stream.
async fn answered(offered: &[&str], limit: usize, pieces: &[Option<&str>]) -> String {
    let (near, mut far) = duplex(1 << 20);
    let mut request = request_to("ws://example.com/chat");
    request.upgrade.subprotocols = offered.iter().map(|name| (*name).to_owned()).collect();
    request.body.limit = limit;
    let server = async {
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            asked.push(far.read_u8().await.unwrap());
        }
        for piece in pieces {
            match piece {
                Some(bytes) => {
                    let _ = far.write_all(bytes.as_bytes()).await;
                }
                None => sleep(Duration::from_secs(3600)).await,
            }
            tokio::task::yield_now().await;
        }
        let _ = far.shutdown().await;
    };
    let client = upgrade(Box::new(near), &request);
    tokio::pin!(client, server);
    let outcome = tokio::select! {
        biased;
        outcome = &mut client => outcome,
        () = &mut server => client.await,
    };
    told(&outcome)
}

#[tokio::test(start_paused = true)]
async fn answers_are_judged() {
    let with = |lines: &str| format!("{SWITCH}{lines}\r\n");
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n", "x".repeat(70_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(101));
    let cases: Vec<(&[&str], String)> = vec![
        (&[], with("")),
        (&[], with("") + "\u{1}\u{2}hi"),
        (&["a", "b"], with("Sec-WebSocket-Protocol: b\r\n")),
        (&["a", "b"], with("Sec-WebSocket-Protocol: c\r\n")),
        (&["a", "b"], with("")),
        (&[], with("Sec-WebSocket-Protocol: a\r\n")),
        (
            &["a"],
            with("Sec-WebSocket-Protocol: a\r\nsec-websocket-protocol: a\r\n"),
        ),
        (
            &[],
            with("Sec-WebSocket-Extensions: permessage-deflate\r\n"),
        ),
        (
            &[],
            with("")
                .replace("websocket", "WebSocket")
                .replace("Upgrade\r", "keep-alive, UPGRADE\r"),
        ),
        (&[], with("").replace("Upgrade: websocket", "Upgrade: h2c")),
        (
            &[],
            with("").replace("Connection: Upgrade", "Connection: close"),
        ),
        (&[], with("").replace("Connection: Upgrade\r\n", "")),
        (&[], with("").replace("s3pP", "S3pP")),
        (&[], with("").replace("Sec-WebSocket-Accept", "X-Accept")),
        (
            &[],
            with("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
        ),
        (&[], with("").replace("HTTP/1.1", "HTTP/1.0")),
        (
            &[],
            format!(
                "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n{}",
                with("")
            ),
        ),
        (
            &[],
            "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno!".to_owned(),
        ),
        (&[], "HTTP/1.1 404\r\n\r\nnot here".to_owned()),
        (
            &[],
            "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n".to_owned(),
        ),
        (&[], "HTTP/1.1 204 No Content\r\n\r\nx".to_owned()),
        (
            &[],
            "HTTP/1.1 500 Oh\r\nContent-Length: 99\r\n\r\nshort".to_owned(),
        ),
        (&[], String::new()),
        (&[], "HTTP/1.1 101 Swi".to_owned()),
        (&[], "SSH-2.0-OpenSSH_9.6\r\n".to_owned()),
        (&[], "\u{15}\u{3}\u{3}\0\u{2}\u{2}\n".to_owned()),
        (&[], "<html>".to_owned()),
        (&[], "HTTP/2 200 OK\r\n\r\n".to_owned()),
        (&[], "HTTP/1.1 2x0 OK\r\n\r\n".to_owned()),
        (&[], "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n".to_owned()),
        (&[], "HTTP/1.1 200 OK\r\nA b: c\r\n\r\n".to_owned()),
        (&[], long),
        (&[], many),
    ];
    let mut lines = Vec::new();
    for (offered, bytes) in cases {
        let whole = answered(offered, 1 << 16, &[Some(&bytes)]).await;
        lines.push(whole.clone());
        if bytes.is_ascii() && bytes.len() < 1000 && whole.starts_with(['o', 'r']) {
            let letters: Vec<_> = bytes.split_inclusive(|_| true).map(Some).collect();
            let dripped = answered(offered, 1 << 16, &letters).await;
            let (dripped, whole) = (dripped.split(" ahead"), whole.split(" ahead"));
            assert!(dripped.take(1).eq(whole.take(1)), "{bytes:?}");
        }
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn bodies_come_late_in_chunks_and_within_bounds() {
    let length = "HTTP/1.1 500 E\r\nContent-Length: 10\r\n\r\n";
    let chunked = "HTTP/1.1 500 E\r\nTransfer-Encoding: chunked\r\n\r\n";
    let open = "HTTP/1.1 500 E\r\n\r\n";
    let cases: [(usize, &[Option<&str>]); 11] = [
        (100, &[Some(length), Some("01234"), Some("56789"), None]),
        (100, &[Some(length), Some("01234"), None]),
        (4, &[Some(length), Some("01234"), None]),
        (0, &[Some(length), None]),
        (100, &[Some(open), Some("until"), Some(" the end")]),
        (
            100,
            &[Some(open), Some("until silence"), None, Some("late")],
        ),
        (5, &[Some(open), Some("until the limit"), None]),
        (
            100,
            &[
                Some(chunked),
                Some("3\r\nabc\r"),
                Some("\n2;x=y\r\nde\r\n0\r\n\r\n"),
                None,
            ],
        ),
        (100, &[Some(chunked), Some("3\r\nab"), None]),
        (4, &[Some(chunked), Some("3\r\nabc\r\n3\r\ndef\r\n"), None]),
        (100, &[Some(chunked), Some("1\r\na\r\nzz\r\nb"), None]),
    ];
    let mut lines = Vec::new();
    for (limit, pieces) in cases {
        lines.push(answered(&[], limit, pieces).await);
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_body_without_end_does_not_hold_a_refusal_back() {
    let (near, mut far) = duplex(1 << 16);
    let drip = async {
        far.write_all(b"HTTP/1.1 500 E\r\n\r\n").await.unwrap();
        while far.write_all(b"x").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
    };
    let mut request = request_to("ws://example.com");
    request.body.limit = 100;
    let client = async { told(&upgrade(Box::new(near), &request).await) };
    let (told, ()) = tokio::join!(client, drip);
    assert_eq!(told, "refused 500 \"E\" 0 headers, body \"xxxxx\"");
}

#[test]
fn every_key_is_new() {
    let request = ConnectRequest::to("ws://host/");
    let accept = || request.prepare().unwrap().1.accept;
    assert_ne!(accept(), accept());
}
