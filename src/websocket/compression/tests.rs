//! Compressed messages over pipes in memory: between two ends of ours, and of peers that misbehave.

use proptest::prelude::*;
use tokio::io::{AsyncWriteExt, duplex};

use super::*;
use crate::protocol::Ending;
use crate::websocket::{Arrival, WebSocket};

const LIMIT: usize = 1 << 20;
/// "Hello" (RFC 7692, 7.2.3.1).
const HELLO: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

fn text(text: &str) -> Frame {
    Frame::Text(text.into())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
}

/// What a client makes of a server's bytes, which come so many at a time.
async fn heard(bytes: &[u8], piece: usize, limit: usize) -> Vec<Arrival> {
    let (near, mut far) = duplex(1 << 20);
    let agreed = Some(DeflateParameters::default());
    let stream = Box::new(near);
    let mut socket = WebSocket::new(stream, Bytes::new(), Role::Client, limit, agreed).await;
    let peer = async move {
        for piece in bytes.chunks(piece) {
            far.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        far.shutdown().await.unwrap();
        far
    };
    let listening = async move {
        let mut all = Vec::new();
        loop {
            all.push(socket.next().await);
            if matches!(all.last(), Some(Arrival::End(_))) {
                return all;
            }
        }
    };
    tokio::join!(listening, peer).0
}

/// A frame of a server.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match u8::try_from(payload.len()) {
        Ok(short) if short < 126 => frame.push(short),
        _ => {
            frame.push(127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}

#[tokio::test(start_paused = true)]
async fn messages_are_told_with_what_they_were_on_the_wire() {
    let bytes = [
        frame(0xc1, HELLO),
        // Not compressed, which is allowed at any time.
        frame(0x81, b"plain"),
        // In fragments, of which only the first says it, with a ping between them (RFC 7692, 7.2.3.1).
        frame(0x41, &HELLO[..3]),
        frame(0x89, b"p"),
        frame(0x00, &HELLO[3..5]),
        frame(0x80, &HELLO[5..]),
        frame(0xc2, &[0xf2, 0x00, 0x11, 0x00, 0x00]),
        frame(0xc1, &[0]),
    ]
    .concat();
    let expected = [
        Arrival::Inflated(text("Hello"), 7),
        Arrival::Frame(text("plain")),
        Arrival::Frame(Frame::Ping(Bytes::from_static(b"p"))),
        Arrival::Inflated(text("Hello"), 7),
        Arrival::Inflated(Frame::Binary(Bytes::from_static(b"Hello")), 5),
        Arrival::Inflated(text(""), 1),
        Arrival::End(Ending::Vanished),
    ];
    for piece in [1, 2, 5, usize::MAX] {
        assert_eq!(heard(&bytes, piece, LIMIT).await, expected, "{piece}");
    }
}

#[tokio::test(start_paused = true)]
async fn breaches_have_their_codes_and_sentences() {
    let not_utf8 = {
        let mut deflater = MessageDeflater::new(window(DeflateParameters::default(), Role::Server));
        deflater.deflate(&[0xff; 40]).unwrap()
    };
    let cases: Vec<(Vec<u8>, u16, &str)> = vec![
        (
            frame(0xa1, HELLO),
            1002,
            "that permessage-deflate does not use",
        ),
        (
            frame(0xd1, HELLO),
            1002,
            "that permessage-deflate does not use",
        ),
        (
            frame(0xf2, HELLO),
            1002,
            "that permessage-deflate does not use",
        ),
        (
            [frame(0x41, &HELLO[..3]), frame(0xc0, &HELLO[3..])].concat(),
            1002,
            "a continuation frame has RSV1 set",
        ),
        (frame(0xc9, b"p"), 1002, "a control frame has RSV1 set"),
        (frame(0xca, b"p"), 1002, "a control frame has RSV1 set"),
        (frame(0xc8, &[3, 232]), 1002, "a control frame has RSV1 set"),
        (frame(0xc3, HELLO), 1002, "does not use"),
        (
            frame(0xc1, &[0xff, 0xff]),
            1007,
            "a message does not inflate: ",
        ),
        (frame(0xc2, b""), 1007, "a message does not inflate: "),
        (
            frame(0xc1, &HELLO[..4]),
            1007,
            "a message does not inflate: ",
        ),
        (
            frame(0xc1, &not_utf8),
            1007,
            "a text message is not UTF-8 (from byte 0 on)",
        ),
    ];
    for (bytes, expected, sentence) in cases {
        for piece in [1, usize::MAX] {
            let all = heard(&bytes, piece, LIMIT).await;
            let Some(Arrival::End(Ending::Breach { reason, code })) = all.last() else {
                panic!("{bytes:x?}: {all:?}");
            };
            assert_eq!(*code, expected, "{bytes:x?}");
            assert!(reason.contains(sentence), "{reason}");
            assert!(
                matches!(all.as_slice(), [Arrival::Frame(Frame::Broken(_)), _]),
                "{all:?}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_inflates_to_too_much_is_too_large() {
    let mut deflater = MessageDeflater::new(window(DeflateParameters::default(), Role::Server));
    let bomb = deflater.deflate(&vec![b'x'; 10 * LIMIT]).unwrap();
    let all = heard(&frame(0xc1, &bomb), usize::MAX, LIMIT).await;
    let reason = format!(
        "a compressed message of {} bytes inflates to more than the limit of {LIMIT} bytes (`@max-message`)",
        bomb.len()
    );
    assert_eq!(all, [Arrival::End(Ending::Breach { reason, code: 1009 })]);
    // Stored blocks are a little longer than what they hold, which alone is bounded.
    let stored = [&[0, 100, 0, 0x9b, 0xff][..], &[b'x'; 100], &[0]].concat();
    let all = heard(&frame(0xc1, &stored), usize::MAX, 100).await;
    assert_eq!(all[0], Arrival::Inflated(text(&"x".repeat(100)), 106));
    let endless = heard(&frame(0xc1, &[0; 200]), usize::MAX, 100).await;
    let reason = "a message of 200 bytes is over the limit of 100 bytes (`@max-message`)".into();
    assert_eq!(
        endless,
        [Arrival::End(Ending::Breach { reason, code: 1009 })]
    );
}

fn parameters() -> impl Strategy<Value = DeflateParameters> {
    let bits = || proptest::option::of(8..=15_u8);
    (any::<bool>(), any::<bool>(), bits(), bits()).prop_map(|(server, client, theirs, ours)| {
        DeflateParameters {
            server_no_context_takeover: server,
            client_no_context_takeover: client,
            server_max_window_bits: theirs,
            client_max_window_bits: ours,
        }
    })
}

fn message() -> impl Strategy<Value = Frame> {
    prop_oneof![
        "[abc ]{0,300}".prop_map(|text| Frame::Text(text.into())),
        "\\PC{0,40}".prop_map(|text| Frame::Text(text.into())),
        proptest::collection::vec(any::<u8>(), 0..2000)
            .prop_map(|bytes| Frame::Binary(bytes.into())),
        (any::<u8>(), 0..600_000_usize)
            .prop_map(|(byte, length)| Frame::Binary(vec![byte; length].into())),
        any::<u32>().prop_map(|seed| {
            let noise = (0..70_000_u32).flat_map(|at| at.wrapping_mul(seed | 1).to_le_bytes());
            Frame::Binary(noise.collect::<Vec<u8>>().into())
        }),
    ]
}

/// Sends all, and what the other end heard of it.
async fn sent(
    from: &mut WebSocket,
    to: &mut WebSocket,
    messages: &[Frame],
) -> Vec<(Frame, Option<usize>)> {
    let sending = async {
        let mut wires = Vec::new();
        for message in messages {
            std::future::poll_fn(|context| from.poll_ready(context))
                .await
                .unwrap();
            wires.push(from.send(message.clone()).unwrap());
            std::future::poll_fn(|context| from.poll_flush(context))
                .await
                .unwrap();
        }
        wires
    };
    let hearing = async {
        let mut all = Vec::new();
        while all.len() < messages.len() {
            all.push(match to.next().await {
                Arrival::Frame(frame) => (frame, None),
                Arrival::Inflated(frame, wire) => (frame, Some(wire)),
                Arrival::End(ending) => panic!("{ending:?}"),
            });
        }
        all
    };
    let (wires, all) = tokio::join!(sending, hearing);
    let heard: Vec<_> = all.iter().map(|(_, wire)| *wire).collect();
    assert_eq!(wires, heard);
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn messages_come_out_as_they_went_in(
        agreed in parameters(),
        ours in proptest::collection::vec(message(), 0..6),
        theirs in proptest::collection::vec(message(), 0..6),
    ) {
        runtime().block_on(async {
            let (near, far) = duplex(4096);
            let (near, far) = (Box::new(near), Box::new(far));
            let limit = 2 << 20;
            let mut client = WebSocket::new(near, Bytes::new(), Role::Client, limit, Some(agreed)).await;
            let mut server = WebSocket::new(far, Bytes::new(), Role::Server, limit, Some(agreed)).await;
            let heard = sent(&mut client, &mut server, &ours).await;
            assert!(heard.into_iter().map(|(frame, _)| frame).eq(ours));
            let heard = sent(&mut server, &mut client, &theirs).await;
            assert!(heard.into_iter().map(|(frame, _)| frame).eq(theirs));
        });
    }
}
