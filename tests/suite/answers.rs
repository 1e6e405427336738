//! Answers over HTTP from servers that may say anything, over streams that cut them anywhere.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::seeds::laws::answer::holds;

/// Answers, in the pieces that they may be lost, doubled or put elsewhere by.
const PIECES: &[&[u8]] = &[
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 204 No Content\r\n",
    b"HTTP/1.0 200 OK\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: 3, 3\r\n",
    b"Content-Length: 18446744073709551616\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Content-Encoding: deflate, identity\r\n",
    b"Set-Cookie: a=b\r\n",
    b"\r\n",
    b"3\r\nabc\r\n",
    b"ffffffffffffffff\r\n",
    b"5;name=\"value\"\r\nhello\r\n",
    b"0\r\n",
    b"0\r\nTrailer: value\r\n\r\n",
    b"hello",
    // "hello" in gzip, and as a zlib stream.
    b"\x1f\x8b\x08\0\0\0\0\0\0\xff\xcb\x48\xcd\xc9\xc9\x07\0\x86\xa6\x10\x36\x05\0\0\0",
    b"\x78\x9c\xcb\x48\xcd\xc9\xc9\x07\0\x06\x2c\x02\x15",
    b"\xff",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold_for_any_pieces(first in 0..3_usize, places in vec(0..PIECES.len(), 0..12)) {
        let pieces = places.iter().map(|at| PIECES[*at]);
        holds(&[PIECES[first]].into_iter().chain(pieces).collect::<Vec<_>>().concat());
    }
}
