//! Ends that understand each other, are slow, or let go late: what is told, in which order, and how they part.

use super::*;

/// A stream that tells whether its end was said.
struct Watched(DuplexStream, std::rc::Rc<std::cell::Cell<bool>>);

impl tokio::io::AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl tokio::io::AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        self.1.set(true);
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_says_goodbye_after_an_ordinary_close() {
    for lets_go in [true, false] {
        let (near, mut far) = duplex(1 << 16);
        let said = std::rc::Rc::new(std::cell::Cell::new(false));
        let stream = Box::new(Watched(near, std::rc::Rc::clone(&said)));
        let mut socket = WebSocket::new(stream, Bytes::new(), Role::Client, LIMIT, None).await;
        far.write_all(b"\x88\x02\x03\xe8").await.unwrap();
        if lets_go {
            far.shutdown().await.unwrap();
        }
        let end = drain(&mut socket).await.pop();
        assert_eq!(end, Some(Arrival::End(Ending::Closed(close(1000, "")))));
        assert!(said.get(), "{lets_go}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_lets_go_is_let_go() {
    let began = tokio::time::Instant::now();
    let (mut socket, mut far) = client(LIMIT).await;
    far.write_all(b"\x88\x02\x03\xe8").await.unwrap();
    let all = drain(&mut socket).await;
    assert_eq!(
        all.last(),
        Some(&Arrival::End(Ending::Closed(close(1000, ""))))
    );
    assert_eq!(began.elapsed().as_millis() / 10, 20);
    assert!(
        poll_fn(|context| Poll::Ready(socket.poll_next(context)))
            .await
            .is_pending()
    );
    drop(far);
}

#[tokio::test(start_paused = true)]
async fn a_breach_ends_though_the_peer_does_not_read() {
    let (near, mut far) = duplex(16);
    let mut socket = WebSocket::new(Box::new(near), Bytes::new(), Role::Client, LIMIT, None).await;
    socket.send(binary(&[0; 64])).unwrap();
    far.write_all(b"\xf1\x00").await.unwrap();
    let bounded = tokio::time::timeout(Duration::from_secs(2), drain(&mut socket)).await;
    assert!(matches!(
        bounded.unwrap().last(),
        Some(Arrival::End(Ending::Breach { code: 1002, .. }))
    ));
}

#[tokio::test]
async fn both_ends_understand_each_other() {
    let (mut near, mut far) = pair(1 << 12).await;
    let sent = [
        text("héllo"),
        text(""),
        binary(&vec![0xff; 70_000]),
        Frame::Ping(Bytes::from_static(b"p")),
        Frame::Pong(Bytes::from_static(b"unasked")),
        Frame::Close(close(3001, "done")),
    ];
    let (all, back) = tokio::join!(drain(&mut far), drain_after(&mut near, &sent));
    let heard: Vec<_> = all
        .iter()
        .filter_map(|arrival| match arrival {
            Arrival::Frame(frame) => Some(frame.clone()),
            Arrival::Inflated(..) | Arrival::End(_) => None,
        })
        .collect();
    assert_eq!(heard, sent);
    let expected = [
        Arrival::Frame(Frame::Pong(Bytes::from_static(b"p"))),
        Arrival::Frame(Frame::Close(close(3001, "done"))),
        Arrival::End(Ending::Closed(close(3001, "done"))),
    ];
    assert_eq!(back, expected);
}

async fn drain_after(socket: &mut WebSocket, frames: &[Frame]) -> Vec<Arrival> {
    for frame in frames {
        socket.deliver(frame.clone()).await.unwrap();
    }
    drain(socket).await
}

#[tokio::test]
async fn a_pong_of_ours_does_not_take_the_place_of_an_answer() {
    let (mut socket, mut far) = client(LIMIT).await;
    far.write_all(b"\x89\x01a").await.unwrap();
    assert_eq!(
        socket.next().await,
        Arrival::Frame(Frame::Ping(Bytes::from_static(b"a")))
    );
    socket
        .deliver(Frame::Pong(Bytes::from_static(b"b")))
        .await
        .unwrap();
    let mut both = [0; 14];
    far.read_exact(&mut both).await.unwrap();
    assert_eq!([both[0], both[7]], [0x8a, 0x8a]);
    let mut data = [both[6] ^ both[2], both[13] ^ both[9]];
    data.sort_unstable();
    assert_eq!(data, *b"ab");
}

#[tokio::test]
async fn an_answer_to_a_ping_leaves_while_only_reading() {
    let (mut socket, mut far) = client(LIMIT).await;
    far.write_all(b"\x89\x01a").await.unwrap();
    let mut context = Context::from_waker(Waker::noop());
    while socket.poll_next(&mut context).is_ready() {}
    let mut pong = [0; 7];
    far.read_exact(&mut pong).await.unwrap();
    assert_eq!(pong[0], 0x8a);
}

#[tokio::test]
async fn sending_waits_for_a_slow_reader_and_reading_goes_on() {
    let (near, mut far) = duplex(1024);
    let mut socket = WebSocket::new(Box::new(near), Bytes::new(), Role::Client, LIMIT, None).await;
    let mut context = Context::from_waker(Waker::noop());
    let mut taken = 0;
    while socket.poll_ready(&mut context).is_ready() {
        socket.send(binary(&[0; 1024])).unwrap();
        taken += 1;
    }
    assert!((2..200).contains(&taken), "{taken}");
    far.write_all(b"\x81\x02hi").await.unwrap();
    assert_eq!(socket.next().await, Arrival::Frame(text("hi")));

    let mut read = 0;
    let mut scratch = [0; 4096];
    poll_fn(|context| {
        loop {
            if socket.poll_flush(context).is_ready() {
                return Poll::Ready(());
            }
            let mut buffer = tokio::io::ReadBuf::new(&mut scratch);
            ready!(tokio::io::AsyncRead::poll_read(
                Pin::new(&mut far),
                context,
                &mut buffer
            ))
            .unwrap();
            read += buffer.filled().len();
        }
    })
    .await;
    assert!(read > 0 && socket.poll_ready(&mut context).is_ready());
}

#[tokio::test]
async fn answers_to_pings_are_bounded_while_the_peer_does_not_read() {
    let (near, mut far) = duplex(256);
    let mut socket = WebSocket::new(Box::new(near), Bytes::new(), Role::Client, LIMIT, None).await;
    let ping = [&[0x89, 125][..], &[b'x'; 125]].concat();
    let mut context = Context::from_waker(Waker::noop());
    let mut heard = 0;
    for _ in 0..40_000 {
        let written = Pin::new(&mut far);
        if tokio::io::AsyncWrite::poll_write(written, &mut context, &ping).is_pending() {
            break;
        }
        while socket.poll_next(&mut context).is_ready() {
            heard += 1;
        }
        tokio::task::yield_now().await;
    }
    assert!((1_000..20_000).contains(&heard), "{heard}");
}

#[tokio::test]
async fn a_close_that_arrived_is_told_though_writing_fails() {
    let (mut socket, mut far) = client(LIMIT).await;
    far.write_all(b"\x81\x02hi\x88\x02\x03\xf3").await.unwrap();
    drop(far);
    let _ = socket.deliver(text("into the void")).await;
    let expected = [
        Arrival::Frame(text("hi")),
        Arrival::Frame(Frame::Close(close(1011, ""))),
        Arrival::End(Ending::Closed(close(1011, ""))),
    ];
    assert_eq!(drain(&mut socket).await, expected);
}

#[tokio::test]
async fn large_messages_keep_their_order_and_their_bytes() {
    let long: Bytes = (0..700_001_u32)
        .flat_map(u32::to_le_bytes)
        .take(700_001)
        .collect();
    let sent = [
        text("before"),
        Frame::Binary(long.clone()),
        Frame::Text("é".repeat(200_000).into()),
        text("after"),
        Frame::Close(close(1000, "")),
    ];
    for clients in [true, false] {
        let (near, far) = pair(1 << 10).await;
        let (mut from, mut to) = if clients { (near, far) } else { (far, near) };
        let (heard, _) = tokio::join!(drain(&mut to), drain_after(&mut from, &sent));
        let expected: Vec<_> = sent.iter().cloned().map(Arrival::Frame).collect();
        assert_eq!(heard.get(..sent.len()), Some(expected.as_slice()));
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_come_to_an_end(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200), server: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let role = if server { Role::Server } else { Role::Client };
        runtime.block_on(async {
            let (near, mut far) = duplex(4096);
            let mut socket = WebSocket::new(Box::new(near), Bytes::new(), role, 64, None).await;
            far.write_all(&bytes).await.unwrap();
            drop(far);
            assert!(matches!(drain(&mut socket).await.last(), Some(Arrival::End(_))));
        });
    }
}
