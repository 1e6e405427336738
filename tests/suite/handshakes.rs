//! Opening handshakes from peers that may say anything, over streams that cut it anywhere.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::seeds::laws::handshake::holds;

/// A request and answers, in the pieces that they may be lost, doubled or put elsewhere by.
const PIECES: &[&str] = &[
    "GET / HTTP/1.1\r\n",
    "GET /?name=a%20b HTTP/1.1\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n",
    "HTTP/1.1 103 Early Hints\r\n",
    "HTTP/1.1 401 \r\n",
    "Host: h\r\n",
    "Upgrade: websocket\r\n",
    "Connection: keep-alive, Upgrade\r\n",
    "Sec-WebSocket-Version: 13\r\n",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
    "Sec-WebSocket-Protocol: v0, v1\r\n",
    "Content-Length: 3\r\n",
    "Transfer-Encoding: chunked\r\n",
    "\r\n",
    "\r\n\r\n",
    "3\r\nabc\r\n0\r\n\r\n",
    "\n",
    " ",
    "x",
    "\u{0}",
    "é",
];

/// Whole ones, as places in [`PIECES`].
const WHOLE: &[&[usize]] = &[
    &[0, 5, 6, 7, 8, 9, 11, 14, 19],
    &[2, 6, 7, 10, 14, 19],
    &[3, 14, 2, 6, 7, 10, 14],
    &[4, 12, 14, 16],
    &[4, 13, 14, 16],
];

fn spelled(places: &[usize]) -> Vec<u8> {
    let pieces: String = places.iter().map(|at| PIECES[*at]).collect();
    pieces.into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold_for_any_pieces(places in vec(0..PIECES.len(), 0..16)) {
        holds(&spelled(&places));
    }

    #[test]
    fn laws_hold_with_one_byte_changed(
        whole in select(WHOLE),
        at in any::<prop::sample::Index>(),
        with in prop_oneof![vec(any::<u8>(), 0..3), Just(b"\r\n".to_vec())],
    ) {
        let mut bytes = spelled(whole);
        let at = at.index(bytes.len());
        bytes.splice(at..=at, with);
        holds(&bytes);
    }
}
