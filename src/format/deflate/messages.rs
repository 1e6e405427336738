//! Deflates and inflates the messages of one direction of a connection, as permessage-deflate has it (RFC 7692, 7.2):
//! bare deflate whose last four bytes are left away. Knows no frames.

use flate2::{Compress, Compression, Decompress, FlushCompress};

use super::bounded::{BoundedInflate, InflateFault, behind};
use crate::format::decode::DecodeError;

/// What a flush leaves at the end of a message, and what is not sent (RFC 7692, 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
/// An empty last block: behind a whole message the stream ends with it.
const LAST_BLOCK: [u8; 5] = [1, 0, 0, 0xff, 0xff];
/// How a message is called.
const WHAT: &str = "compressed message";
/// A message of so many bytes never becomes smaller: the shortest reference and the ends of blocks take as many.
const NEVER_SMALLER: usize = 4;
/// The least window that zlib has.
const LEAST_WINDOW: u8 = 9;
/// Bytes that a message inflates to before it is looked whether all of it stays within the limit: what is far too large
/// takes no more memory than this.
const CAREFUL: usize = 8 << 20;
/// Bytes that are inflated at a time when they are only counted: they come to 4 MiB at most.
const COUNTED: usize = 4 << 10;
/// Last blocks in one message, behind each of which the window is copied.
const LAST_BLOCKS: usize = 16 << 10;

/// How far the messages of a direction refer back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The base-2 logarithm of its size, 8 to 15; what is beyond counts as the nearest.
    pub bits: u8,
    /// Whether a message may refer to those before it.
    pub context_takeover: bool,
}

impl Window {
    /// What zlib takes. It makes 9 of 8, which may be done: no distance is larger than the window without the longest
    /// match and its lookahead, which are 262 bytes, so that with 9 bits none reaches 256.
    fn zlib_bits(self) -> u8 {
        self.bits.clamp(LEAST_WINDOW, 15)
    }

    fn size(self) -> usize {
        1 << self.bits.clamp(8, 15)
    }
}

/// Deflates the messages that leave.
#[derive(Debug)]
pub struct MessageDeflater {
    window: Window,
    /// Made by the first message that needs it: its tables are large.
    stream: Option<Compress>,
    /// Whether nothing was deflated that the next message could refer to.
    is_fresh: bool,
}

impl MessageDeflater {
    /// Before the first message.
    #[must_use]
    pub fn new(window: Window) -> Self {
        Self {
            window,
            stream: None,
            is_fresh: true,
        }
    }

    /// A message's payload as it is sent; none where it goes uncompressed, since it would not become smaller.
    pub fn deflate(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        if payload.len() <= NEVER_SMALLER {
            return None;
        }
        let bits = self.window.zlib_bits();
        let stream = self.stream.get_or_insert_with(|| {
            Compress::new_with_window_bits(Compression::default(), false, bits)
        });
        let deflated = flushed(stream, payload);
        let is_smaller = deflated
            .as_ref()
            .is_some_and(|deflated| deflated.len() < payload.len());
        // The peer's window never sees what goes uncompressed, so ours must forget it. That costs nothing where little is
        // forgotten; else the message is sent as it is, a few bytes longer.
        let is_kept = self.window.context_takeover
            && deflated.is_some()
            && (is_smaller || !self.is_fresh && payload.len() < self.window.size());
        if !is_kept {
            stream.reset();
        }
        self.is_fresh = !is_kept;
        deflated.filter(|_| is_smaller || is_kept)
    }
}

/// The payload deflated and flushed, without the flush's last bytes.
fn flushed(stream: &mut Compress, payload: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = payload;
    loop {
        out.reserve(64 + rest.len() / 2);
        let before = stream.total_in();
        let status = stream.compress_vec(rest, &mut out, FlushCompress::Sync);
        rest = behind(rest, stream.total_in() - before);
        status.ok()?;
        // There is room left: all has been written.
        if rest.is_empty() && out.len() < out.capacity() {
            break;
        }
    }
    if !out.ends_with(&TAIL) {
        return None;
    }
    out.truncate(out.len() - TAIL.len());
    Some(out)
}

/// Inflates the messages that arrive.
#[derive(Debug)]
pub struct MessageInflater {
    window: Window,
    stream: BoundedInflate,
    /// The end of what was inflated: where messages refer to those before them, and a stream ends within one.
    history: Vec<u8>,
}

impl MessageInflater {
    /// Before the first message.
    #[must_use]
    pub fn new(window: Window) -> Self {
        let stream = Decompress::new_with_window_bits(false, window.zlib_bits());
        Self {
            window,
            stream: BoundedInflate::new(stream),
            history: Vec::new(),
        }
    }

    /// A message's payload, of at most `limit` bytes, from what was sent of it. After an error nothing more is inflated.
    ///
    /// # Errors
    /// It is damaged, cut off or too large.
    pub fn inflate(&mut self, payload: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
        let mut out = Vec::new();
        let mut is_at_end = match self.feed(payload, &mut out, limit.min(CAREFUL)) {
            Err(DecodeError::TooLarge { .. }) if limit > CAREFUL => {
                out = Vec::new();
                self.stream.begin_anew(&self.window_behind(&[]));
                out.reserve_exact(self.count(payload, limit)?);
                self.stream.begin_anew(&self.window_behind(&[]));
                self.feed(payload, &mut out, limit)?
            }
            fed => fed?,
        };
        if !is_at_end {
            if !ends_with_a_flush(payload) {
                return Err(cut_off());
            }
            is_at_end = self.feed(&TAIL, &mut out, limit)?;
        }
        if self.window.context_takeover {
            self.remember(&out);
            if is_at_end {
                self.stream.begin_anew(&self.window_behind(&[]));
            }
        } else {
            if !is_at_end && !self.feed(&LAST_BLOCK, &mut out, limit)? {
                return Err(cut_off());
            }
            self.stream.begin_anew(&[]);
        }
        Ok(out)
    }

    /// Whether the stream ends with the piece.
    fn feed(&mut self, piece: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<bool, DecodeError> {
        let mut rest = piece;
        for _ in 0..LAST_BLOCKS {
            match self
                .stream
                .feed(rest, out, limit)
                .map_err(|fault| told(fault, limit))?
            {
                None => return Ok(false),
                Some([]) => return Ok(true),
                // Behind a last block the message goes on, with the window that it had (RFC 7692, 7.2.3.4).
                Some(behind) => {
                    rest = behind;
                    let window = self.window_behind(out);
                    self.stream.begin_anew(&window);
                }
            }
        }
        let why = format!("the {WHAT} has more than {LAST_BLOCKS} last blocks");
        Err(DecodeError::Malformed(why))
    }

    /// How many bytes the payload inflates to.
    fn count(&mut self, payload: &[u8], limit: usize) -> Result<usize, DecodeError> {
        let mut counted = 0;
        let mut out = Vec::new();
        for piece in payload.chunks(COUNTED) {
            let before = out.len();
            self.feed(piece, &mut out, limit - counted + before)?;
            counted += out.len() - before;
            // Of what was counted a window is kept.
            out.drain(..out.len().saturating_sub(self.window.size()));
        }
        Ok(counted)
    }

    fn window_behind(&self, out: &[u8]) -> Vec<u8> {
        let size = self.window.size();
        let new = end(out, size);
        let old = end(&self.history, size - new.len());
        [old, new].concat()
    }

    fn remember(&mut self, out: &[u8]) {
        let size = self.window.size();
        let new = end(out, size);
        // It is moved together seldom.
        if self.history.len() + new.len() > 2 * size {
            let old = self.history.len().saturating_sub(size - new.len());
            self.history.drain(..old);
        }
        self.history.extend_from_slice(new);
    }
}

/// The last `most` bytes.
fn end(bytes: &[u8], most: usize) -> &[u8] {
    bytes
        .get(bytes.len().saturating_sub(most)..)
        .unwrap_or_default()
}

/// Whether the payload can end with the header of an empty stored block, which the tail completes: three bits, the last
/// two of them 0, and zeros up to the end of the byte (RFC 1951, 3.2.4).
fn ends_with_a_flush(payload: &[u8]) -> bool {
    payload.last().is_some_and(|last| *last < 0x40)
}

fn cut_off() -> DecodeError {
    DecodeError::Malformed(format!("the {WHAT} ends in the middle of a block"))
}

fn told(fault: InflateFault, limit: usize) -> DecodeError {
    match fault {
        InflateFault::TooLarge => DecodeError::TooLarge { what: WHAT, limit },
        InflateFault::Damaged(Some(message)) => {
            DecodeError::Malformed(format!("the {WHAT} is not valid: {message}"))
        }
        InflateFault::Damaged(None) => DecodeError::Malformed(format!("the {WHAT} is not valid")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMIT: usize = 1 << 20;

    fn window(bits: u8, context_takeover: bool) -> Window {
        Window {
            bits,
            context_takeover,
        }
    }

    fn inflated(takeover: bool, payloads: &[&[u8]]) -> Vec<String> {
        let mut inflater = MessageInflater::new(window(15, takeover));
        let mut told = Vec::new();
        for payload in payloads {
            match inflater.inflate(payload, 100) {
                Ok(bytes) => told.push(String::from_utf8(bytes).unwrap()),
                Err(error) => {
                    told.push(error.to_string());
                    break;
                }
            }
        }
        told
    }

    /// Bytes that do not become smaller.
    fn noise(length: usize) -> Vec<u8> {
        let mut state = 0x9e37_79b9_u32;
        let byte = |_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[0]
        };
        (0..length).map(byte).collect()
    }

    #[test]
    fn the_examples_of_the_standard_inflate() {
        // RFC 7692, 7.2.3.1 to 7.2.3.6.
        let hello: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        let again: &[u8] = &[0xf2, 0x00, 0x11, 0x00, 0x00];
        assert_eq!(inflated(true, &[hello, again]), ["Hello", "Hello"]);
        let stored: &[u8] = &[0, 5, 0, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0];
        let last: &[u8] = &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
        let two: &[u8] = &[
            0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00,
        ];
        for takeover in [true, false] {
            let all = inflated(takeover, &[hello, stored, last, two, &[0], hello]);
            assert_eq!(all, ["Hello", "Hello", "Hello", "Hello", "", "Hello"]);
        }
        // The window outlives a last block, in the next message and in the same one.
        assert_eq!(inflated(true, &[last, again]), ["Hello", "Hello"]);
        let both = [&last[..7], again].concat();
        assert_eq!(inflated(true, &[&both]), ["HelloHello"]);
        assert_eq!(inflated(false, &[&both]), ["HelloHello"]);
        // It ends with a last block, and nothing behind it.
        assert_eq!(inflated(true, &[&last[..7], again]), ["Hello", "Hello"]);
    }

    #[test]
    fn what_does_not_inflate_is_told() {
        let hello: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        let again: &[u8] = &[0xf2, 0x00, 0x11, 0x00, 0x00];
        let not_valid = "the compressed message is not valid: ";
        assert_eq!(
            inflated(false, &[hello, again]),
            [
                "Hello".to_owned(),
                format!("{not_valid}invalid distance too far back")
            ]
        );
        for takeover in [true, false] {
            for broken in [&[0xff_u8, 0xff, 0xff][..], &[], b"Hello"] {
                let told = inflated(takeover, &[broken]);
                assert!(told[0].starts_with("the compressed message "), "{told:?}");
            }
            for length in 0..hello.len() - 1 {
                let told = inflated(takeover, &[&hello[..length]]);
                assert!(
                    told[0].starts_with("the compressed message "),
                    "{length} {told:?}"
                );
            }
            let mut deflater = MessageDeflater::new(window(15, takeover));
            let long = deflater.deflate(&[b'x'; 101]).unwrap();
            let most = deflater.deflate(&[b'x'; 100]).unwrap();
            let told = inflated(takeover, &[&long]);
            assert_eq!(
                told,
                ["the compressed message decodes to more than 100 bytes"]
            );
            if !takeover {
                assert_eq!(inflated(takeover, &[&most]), ["x".repeat(100)]);
            }
        }
    }

    #[test]
    fn what_is_large_inflates_within_the_limit() {
        let large = b"a rather long message, ".repeat(1 << 20);
        for takeover in [true, false] {
            let mut deflater = MessageDeflater::new(window(15, takeover));
            let mut inflater = MessageInflater::new(window(15, takeover));
            for message in [&large[..400], &large, &large[..200]] {
                let packed = deflater.deflate(message).unwrap();
                let read = inflater.inflate(&packed, large.len());
                assert!(read.is_ok_and(|read| read == message));
            }
            let packed = deflater.deflate(&large).unwrap();
            let read = inflater.inflate(&packed, large.len() - 1);
            assert!(matches!(read, Err(DecodeError::TooLarge { .. })));
        }
    }

    #[test]
    fn many_last_blocks_are_too_many() {
        let told = inflated(true, &[&[3, 0].repeat(LAST_BLOCKS + 1)]);
        assert_eq!(
            told,
            ["the compressed message has more than 16384 last blocks"]
        );
    }

    #[test]
    fn what_does_not_become_smaller_goes_as_it_is() {
        for takeover in [true, false] {
            let mut deflater = MessageDeflater::new(window(15, takeover));
            for short in ["", "a", "aaaa"] {
                assert_eq!(deflater.deflate(short.as_bytes()), None);
            }
            assert_eq!(deflater.deflate(b"abcdefgh"), None);
            assert!(deflater.deflate(&b"abcdefgh".repeat(9)).is_some());
            // With a window that is worth keeping it is sent, a little longer.
            let longer = deflater.deflate(&noise(200));
            assert_eq!(longer.is_some(), takeover);
            assert!(longer.is_none_or(|longer| longer.len() < 210));
        }
    }

    /// zlib has no window of 8 bits; what it makes with 9 must fit one.
    #[test]
    fn eight_bits_hold_no_distance_over_256() {
        for distance in 200..700 {
            let mut payload = noise(distance);
            payload.extend_from_within(..64);
            let deflated = MessageDeflater::new(window(8, false)).deflate(&payload);
            assert_eq!(deflated.is_some(), distance <= 250, "{distance}");
        }
    }

    proptest! {
        #[test]
        fn messages_come_out_as_they_went_in(
            messages in proptest::collection::vec(
                prop_oneof![
                    "[ab]{0,400}".prop_map(String::into_bytes),
                    proptest::collection::vec(any::<u8>(), 0..3000),
                    (any::<u8>(), 0..100_000usize).prop_map(|(byte, length)| vec![byte; length]),
                ],
                0..12,
            ),
            bits in 8..=15u8,
            takeover: bool,
        ) {
            let mut deflater = MessageDeflater::new(window(bits, takeover));
            let mut inflater = MessageInflater::new(window(bits, takeover));
            for message in messages {
                if let Some(deflated) = deflater.deflate(&message) {
                    prop_assert_eq!(inflater.inflate(&deflated, LIMIT).unwrap(), message);
                }
            }
        }

        #[test]
        fn any_bytes_inflate_or_are_told(payloads in proptest::collection::vec(
            proptest::collection::vec(any::<u8>(), 0..60), 0..4,
        ), takeover: bool) {
            let mut inflater = MessageInflater::new(window(15, takeover));
            for payload in payloads {
                match inflater.inflate(&payload, 1000) {
                    Ok(bytes) => prop_assert!(bytes.len() <= 1000),
                    Err(_) => break,
                }
            }
        }
    }
}
