//! Peers that misbehave, a few bytes each, over pipes in memory.

mod exchange;

use std::task::Waker;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::*;
use crate::protocol::Close;

const LIMIT: usize = 1 << 20;
/// Stands for no code.
const NONE: u16 = u16::MAX;

fn close(code: u16, reason: &str) -> Option<Close> {
    let reason = reason.to_owned();
    (code != NONE).then_some(Close { code, reason })
}

fn text(text: &str) -> Frame {
    Frame::Text(text.into())
}

fn binary(bytes: &[u8]) -> Frame {
    Frame::Binary(Bytes::copy_from_slice(bytes))
}

async fn client(limit: usize) -> (WebSocket, DuplexStream) {
    let (near, far) = duplex(1 << 16);
    let socket = WebSocket::new(Box::new(near), Bytes::new(), Role::Client, limit, None).await;
    (socket, far)
}

async fn pair(pipe: usize) -> (WebSocket, WebSocket) {
    let (near, far) = duplex(pipe);
    let near = WebSocket::new(Box::new(near), Bytes::new(), Role::Client, LIMIT, None).await;
    let far = WebSocket::new(Box::new(far), Bytes::new(), Role::Server, LIMIT, None).await;
    (near, far)
}

/// All that arrives, up to the end.
async fn drain(socket: &mut WebSocket) -> Vec<Arrival> {
    let mut all = Vec::new();
    loop {
        let arrival = socket.next().await;
        let last = matches!(arrival, Arrival::End(_));
        all.push(arrival);
        if last {
            return all;
        }
    }
}

/// What a client makes of the bytes of a server that then says no more, and what it answers.
async fn hear(bytes: &[u8], limit: usize) -> (Vec<Arrival>, Vec<u8>) {
    let (mut socket, mut far) = client(limit).await;
    far.write_all(bytes).await.unwrap();
    far.shutdown().await.unwrap();
    let peer = async {
        let mut answer = Vec::new();
        let mut byte = [0];
        // Ends with the answer, or when the client does.
        while answer.len() < 8 && far.read(&mut byte).await.unwrap_or(0) > 0 {
            answer.push(byte[0]);
        }
        drop(far);
        answer
    };
    tokio::join!(async move { drain(&mut socket).await }, peer)
}

/// The code of a masked close frame.
fn answered(frame: &[u8]) -> Option<u16> {
    match frame {
        [0x88, 0x82, a, b, _, _, x, y] => Some(u16::from_be_bytes([a ^ x, b ^ y])),
        _ => None,
    }
}

fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let length = u8::try_from(payload.len()).unwrap();
    let payload = payload.iter().zip(mask.iter().cycle()).map(|(a, b)| a ^ b);
    [first, 0x80 | length]
        .into_iter()
        .chain(mask)
        .chain(payload)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn odd_closes_are_told_as_they_came() {
    let cases: [(&[u8], Option<Close>); 6] = [
        (b"\x88\x00", close(NONE, "")),
        (b"\x88\x02\x03\xe8", close(1000, "")),
        (b"\x88\x06\x03\xe8done", close(1000, "done")),
        (b"\x88\x02\x03\xf6", close(1014, "")),
        (b"\x88\x02\x0b\xb8", close(3000, "")),
        (b"\x88\x02\x13\x87", close(4999, "")),
    ];
    for (bytes, expected) in cases {
        let (all, answer) = hear(bytes, LIMIT).await;
        let arrivals = [
            Arrival::Frame(Frame::Close(expected.clone())),
            Arrival::End(Ending::Closed(expected)),
        ];
        assert_eq!(all, arrivals, "{bytes:?}");
        assert_eq!(answer.first(), Some(&0x88), "{bytes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn breaches_are_answered_and_shown_as_bytes() {
    let long_ping = [&[0x89, 126, 0, 126][..], &[b'x'; 126]].concat();
    let cases: [(&[u8], u16); 18] = [
        (b"\xc1\x02hi", 1002),
        (b"\x91\x02hi", 1002),
        (b"\x83\x02hi", 1002),
        (b"\x8b\x00", 1002),
        (b"\x80\x02hi", 1002),
        (b"\x01\x02hi\x81\x02ho", 1002),
        (b"\x09\x02hi", 1002),
        (&long_ping, 1002),
        (b"\x89\x7f", 1002),
        (b"\x81\x82\x01\x02\x03\x04hi", 1002),
        (b"\x88\x01\x03", 1002),
        (b"\x88\x04\x03\xe8\xff\xfe", 1007),
        (b"\x88\x04\x03\xed\xff\xfe", 1007),
        (b"HTTP/1.1 400", 1002),
        (b"\x81\x03a\xffb", 1007),
        (b"\x01\x02a\xc3\x80\x01b", 1007),
        (b"\x82\x7e\x04\x01", 1009),
        (b"\x02\x7e\x04\x00", 0),
    ];
    let mut told = Vec::new();
    for (bytes, code) in cases {
        let (all, answer) = hear(bytes, 1024).await;
        if code == 0 {
            assert_eq!(all, [Arrival::End(Ending::Vanished)]);
            continue;
        }
        assert_eq!(answered(&answer), Some(code), "{bytes:?} {all:?}");
        let shown = match all.first() {
            Some(Arrival::Frame(Frame::Broken(bytes))) => format!("\"{}\"", bytes.escape_ascii()),
            _ => "-".to_owned(),
        };
        let Some(Arrival::End(Ending::Breach { reason, code })) = all.last() else {
            panic!("{bytes:?}: {all:?}");
        };
        told.push(format!(
            "{code} {reason}\n  {}",
            shown.get(..60).unwrap_or(&shown)
        ));
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_close_code_that_must_not_travel_is_a_breach() {
    for code in [
        0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65534,
    ] {
        let frame = [b"\x88\x05", &u16::to_be_bytes(code)[..], b"odd"].concat();
        let (all, answer) = hear(&frame, LIMIT).await;
        assert_eq!(answered(&answer), Some(1002), "{code}");
        let reason = format!("a close frame carries the code {code}, which no endpoint may send");
        let arrivals = [
            Arrival::Frame(Frame::Close(close(code, "odd"))),
            Arrival::End(Ending::Breach { reason, code: 1002 }),
        ];
        assert_eq!(all, arrivals, "{code}");
    }
}

#[tokio::test]
async fn an_answer_to_our_close_that_must_not_travel_is_a_breach() {
    let (mut socket, mut far) = client(LIMIT).await;
    socket.deliver(Frame::Close(close(1000, ""))).await.unwrap();
    far.write_all(b"\x88\x02\x03\xee").await.unwrap();
    drop(far);
    let all = drain(&mut socket).await;
    assert_eq!(
        all.first(),
        Some(&Arrival::Frame(Frame::Close(close(1006, ""))))
    );
    assert!(matches!(
        all.last(),
        Some(Arrival::End(Ending::Breach { code: 1002, .. }))
    ));
}

#[tokio::test(start_paused = true)]
async fn a_message_over_the_limit_is_told_by_its_size_though_it_comes_in_fragments() {
    let mut bytes = vec![0x02, 126, 0x04, 0x00];
    bytes.extend([0; 1024]);
    bytes.extend(b"\x80\x01x");
    let (all, answer) = hear(&bytes, 1024).await;
    assert_eq!(answered(&answer), Some(1009));
    let reason = "a message of 1025 bytes is over the limit of 1024 bytes (`@max-message`)";
    let breach = Ending::Breach {
        reason: reason.to_owned(),
        code: 1009,
    };
    assert_eq!(all, [Arrival::End(breach)]);
}

#[tokio::test]
async fn what_came_before_a_breach_is_told_before_it() {
    let (all, _) = hear(b"\x81\x02hi\x82\x01\xff\x81\x00\xf1\x00", LIMIT).await;
    let before = [text("hi"), binary(b"\xff"), text("")].map(Arrival::Frame);
    assert_eq!(all.get(..3), Some(&before[..]));
}

#[tokio::test]
async fn a_server_refuses_frames_that_are_not_masked() {
    let (near, mut far) = duplex(4096);
    let mut socket = WebSocket::new(Box::new(near), Bytes::new(), Role::Server, LIMIT, None).await;
    far.write_all(&masked(0x81, b"hi")).await.unwrap();
    far.write_all(b"\x81\x02hi").await.unwrap();
    let mut answer = [0; 4];
    let (all, read) = tokio::join!(drain(&mut socket), async {
        let read = far.read_exact(&mut answer).await;
        drop(far);
        read
    });
    read.unwrap();
    assert_eq!(answer, *b"\x88\x02\x03\xea");
    let breach = Ending::Breach {
        reason: "a frame from the client is not masked".to_owned(),
        code: 1002,
    };
    let expected = [
        Arrival::Frame(text("hi")),
        Arrival::Frame(Frame::Broken(Bytes::from_static(b"\x81\x02"))),
        Arrival::End(breach),
    ];
    // The rest of the frame may be shown too, if it came in the same moment.
    assert_eq!(all.first(), expected.first());
    assert_eq!(all.last(), expected.last());
}

#[tokio::test]
async fn a_server_unmasks_the_close_of_a_client() {
    let (near, mut far) = duplex(4096);
    let mut socket = WebSocket::new(Box::new(near), Bytes::new(), Role::Server, LIMIT, None).await;
    far.write_all(&masked(0x88, b"\x13\x87bye")).await.unwrap();
    let (all, ()) = tokio::join!(drain(&mut socket), async {
        let mut answer = Vec::new();
        far.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer.first(), Some(&0x88));
    });
    let expected = close(4999, "bye");
    let arrivals = [
        Arrival::Frame(Frame::Close(expected.clone())),
        Arrival::End(Ending::Closed(expected)),
    ];
    assert_eq!(all, arrivals);
}

#[tokio::test]
async fn a_server_takes_no_close_of_a_client_that_must_not_travel() {
    let (near, mut far) = duplex(4096);
    let mut socket = WebSocket::new(Box::new(near), Bytes::new(), Role::Server, LIMIT, None).await;
    far.write_all(&masked(0x88, b"\x03\xedbye")).await.unwrap();
    let (all, answer) = tokio::join!(drain(&mut socket), async {
        let mut answer = Vec::new();
        far.read_to_end(&mut answer).await.unwrap();
        answer
    });
    assert_eq!(answer, b"\x88\x02\x03\xea");
    let shown = Arrival::Frame(Frame::Close(close(1005, "bye")));
    assert_eq!(all.first(), Some(&shown));
    assert!(matches!(
        all.last(),
        Some(Arrival::End(Ending::Breach { code: 1002, .. }))
    ));
}

#[tokio::test]
async fn fragments_with_a_ping_between_are_one_message_in_any_cut() {
    let bytes =
        b"\x01\x03a\xc3\xa9\x89\x01p\x00\x00\x80\x01b\x02\x01\x00\x80\x01\x01\x8a\x00\x88\x00";
    let expected = [
        Frame::Ping(Bytes::from_static(b"p")),
        text("aéb"),
        binary(b"\x00\x01"),
        Frame::Pong(Bytes::new()),
        Frame::Close(None),
    ]
    .map(Arrival::Frame);
    for cut in 0..bytes.len() {
        let (near, mut far) = duplex(4096);
        let (ahead, rest) = bytes.split_at(cut);
        let ahead = Bytes::copy_from_slice(ahead);
        let mut socket = WebSocket::new(Box::new(near), ahead, Role::Client, LIMIT, None).await;
        let (all, ()) = tokio::join!(drain(&mut socket), async {
            for byte in rest {
                far.write_all(&[*byte]).await.unwrap();
                tokio::task::yield_now().await;
            }
            far.shutdown().await.unwrap();
        });
        assert_eq!(all.get(..5), Some(&expected[..]), "cut at {cut}");
        assert_eq!(all.last(), Some(&Arrival::End(Ending::Closed(None))));
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_stream_is_told_as_what_it_is() {
    let (all, _) = hear(b"\x81\x05hal", LIMIT).await;
    assert_eq!(all, [Arrival::End(Ending::Vanished)]);

    let reset = tokio_reset().await;
    assert_eq!(
        reset,
        [Arrival::End(Ending::Reset(
            "connection reset by peer".to_owned()
        ))]
    );
}

/// A peer that leaves with a reset in the middle of a frame.
async fn tokio_reset() -> Vec<Arrival> {
    struct Resets(&'static [u8]);
    impl tokio::io::AsyncRead for Resets {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut tokio::io::ReadBuf<'_>,
        ) -> Poll<std::io::Result<()>> {
            if self.0.is_empty() {
                return Poll::Ready(Err(std::io::Error::from_raw_os_error(104)));
            }
            buffer.put_slice(self.0);
            self.0 = b"";
            Poll::Ready(Ok(()))
        }
    }
    impl tokio::io::AsyncWrite for Resets {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<std::io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }
        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }
        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }
    let stream = Box::new(Resets(b"\x81\x05ha"));
    let mut socket = WebSocket::new(stream, Bytes::new(), Role::Client, LIMIT, None).await;
    drain(&mut socket).await
}

#[tokio::test]
async fn what_arrives_between_our_close_and_theirs_is_told() {
    let (mut socket, mut far) = client(LIMIT).await;
    socket
        .deliver(Frame::Close(close(1000, "done")))
        .await
        .unwrap();
    assert_eq!(
        socket.send(text("late")),
        Err(Ending::Closed(close(1000, "done")))
    );
    far.write_all(b"\x81\x02hi\x89\x01p\x88\x05\x03\xe9bye")
        .await
        .unwrap();
    far.shutdown().await.unwrap();
    let expected = [
        Arrival::Frame(text("hi")),
        Arrival::Frame(Frame::Ping(Bytes::from_static(b"p"))),
        Arrival::Frame(Frame::Close(close(1001, "bye"))),
        Arrival::End(Ending::Closed(close(1001, "bye"))),
    ];
    assert_eq!(drain(&mut socket).await, expected);
}

#[tokio::test]
async fn our_close_counts_where_the_answer_has_no_code() {
    let (mut socket, mut far) = client(LIMIT).await;
    socket
        .deliver(Frame::Close(close(4000, "mine")))
        .await
        .unwrap();
    far.write_all(b"\x88\x00").await.unwrap();
    drop(far);
    let expected = [
        Arrival::Frame(Frame::Close(None)),
        Arrival::End(Ending::Closed(close(4000, "mine"))),
    ];
    assert_eq!(drain(&mut socket).await, expected);
}
