//! Compressed messages: what a peer compresses is bounded and means the same however it arrives, and what one end
//! compresses the other one reads, by each of the parameters that they may agree on (RFC 7692).

use voiden::protocol::{Bytes, DeflateParameters, Ending, Frame};
use voiden::script::Role;
use voiden::websocket::{Arrival, WebSocket};

use super::peer::Peer;

/// The largest message that is taken.
const LIMIT: usize = 300;
/// Bytes of a frame's payload that fit into the shortest header.
const SHORT: usize = 125;

/// The first byte of the input says what was agreed on, the rest is payloads, each as long as a byte before it says.
pub(crate) fn holds(input: &[u8]) {
    let Some((agreed, mut rest)) = input.split_first() else {
        return;
    };
    let agreed = parameters(*agreed);
    let mut payloads = Vec::new();
    while let Some((length, behind)) = rest.split_first() {
        let length = usize::from(*length).min(SHORT).min(behind.len());
        let (payload, behind) = behind.split_at(length);
        payloads.push(payload);
        rest = behind;
    }
    let runtime = super::peer::runtime();
    for role in [Role::Client, Role::Server] {
        let wire = compressed_frames(&payloads, role == Role::Server);
        let [first, others @ ..] =
            [1, 7, usize::MAX].map(|length| runtime.block_on(hear(&wire, length, role, agreed)));
        is_bounded(&first);
        for other in others {
            assert_eq!(first, other);
        }
        runtime.block_on(travels(&payloads, role, agreed));
    }
}

fn parameters(byte: u8) -> DeflateParameters {
    let bits = |byte: u8| (byte & 1 != 0).then_some(8 + (byte >> 1 & 7));
    DeflateParameters {
        server_no_context_takeover: byte & 1 != 0,
        client_no_context_takeover: byte & 2 != 0,
        server_max_window_bits: bits(byte >> 2),
        client_max_window_bits: bits(byte >> 4),
    }
}

/// A binary or text message each, marked as compressed, whatever its payload is.
fn compressed_frames(payloads: &[&[u8]], masked: bool) -> Vec<u8> {
    let mut wire = Vec::new();
    for (at, payload) in payloads.iter().enumerate() {
        let length = u8::try_from(payload.len()).expect("a short payload");
        wire.push(0xc1 + u8::from(at % 3 != 0));
        wire.push(length | u8::from(masked) << 7);
        if masked {
            wire.extend([0; 4]);
        }
        wire.extend(*payload);
    }
    wire
}

async fn hear(wire: &[u8], length: usize, role: Role, agreed: DeflateParameters) -> Vec<Arrival> {
    let (peer, _) = Peer::sending(wire, length);
    let mut socket = WebSocket::new(Box::new(peer), Bytes::new(), role, LIMIT, Some(agreed)).await;
    let mut heard = Vec::new();
    loop {
        let arrival = socket.next().await;
        let is_end = matches!(arrival, Arrival::End(_));
        heard.push(arrival);
        if is_end {
            return heard;
        }
    }
}

fn is_bounded(heard: &[Arrival]) {
    for arrival in heard {
        match arrival {
            Arrival::Frame(frame) | Arrival::Inflated(frame, _) => {
                assert!(frame.payload().len() <= LIMIT);
            }
            Arrival::End(Ending::Vanished) => {}
            Arrival::End(Ending::Breach { code, reason }) => {
                assert!([1002, 1007, 1009].contains(code), "{code} {reason}");
                assert!(!reason.chars().any(char::is_control), "{reason:?}");
            }
            Arrival::End(other) => panic!("{other:?}"),
        }
    }
}

/// What is sent by one end is what the other one gets.
async fn travels(payloads: &[&[u8]], to: Role, agreed: DeflateParameters) {
    let from = match to {
        Role::Server => Role::Client,
        Role::Client | Role::Http => Role::Server,
    };
    let (peer, wire) = Peer::sending(&[], 1);
    let mut sender = WebSocket::new(Box::new(peer), Bytes::new(), from, LIMIT, Some(agreed)).await;
    // Each twice, so that one may refer to the other.
    let frames = payloads.iter().flat_map(|payload| {
        let text = String::from_utf8_lossy(payload).into_owned();
        [
            Frame::Text(text.into()),
            Frame::Binary(payload.repeat(2).into()),
        ]
    });
    let sent: Vec<Frame> = frames
        .filter(|frame| frame.payload().len() <= LIMIT)
        .collect();
    for frame in &sent {
        sender.deliver(frame.clone()).await.expect("it is sent");
    }
    let heard = hear(&wire.take(), 5, to, agreed).await;
    let messages = heard.into_iter().filter_map(|arrival| match arrival {
        Arrival::Frame(frame) | Arrival::Inflated(frame, _) => Some(frame),
        Arrival::End(_) => None,
    });
    assert_eq!(messages.collect::<Vec<_>>(), sent);
}
