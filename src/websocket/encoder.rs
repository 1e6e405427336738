//! Encodes one large message as a frame, masked a piece at a time: it is never copied whole. Knows no stream.

use bytes::{Buf, BytesMut};
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader as RawHeader;

use crate::dial::random;
use crate::protocol::Bytes;

/// From this size on, a copy costs more than a frame of our own.
const LARGE: usize = 256 << 10;
/// Bytes masked at a time; a mask's length divides it, so that every piece starts with the mask.
const PIECE: usize = 64 << 10;

/// What is left to write of a frame.
pub(super) struct FrameEncoder {
    /// The header, later the masked piece that is being written.
    front: BytesMut,
    rest: Bytes,
    mask: Option<[u8; 4]>,
}

impl FrameEncoder {
    /// Whether a message's frame is encoded here, and not by tungstenite.
    pub(super) fn suits(payload: &[u8]) -> bool {
        payload.len() >= LARGE
    }

    /// A whole message in one frame, masked if a client sends it (RFC 6455, 5.1).
    pub(super) fn new(header: &RawHeader, rest: Bytes, masked: bool) -> Self {
        let mask = masked.then(random);
        let header = RawHeader { mask, ..*header };
        let mut front = Vec::new();
        // A vector takes whatever it is given.
        let _ = header.format(rest.len() as u64, &mut front);
        Self {
            front: BytesMut::from(front.as_slice()),
            rest,
            mask,
        }
    }

    /// What is to be written next; nothing when all was.
    pub(super) fn piece(&mut self) -> &[u8] {
        if !self.front.is_empty() {
            return &self.front;
        }
        let Some(mask) = self.mask else {
            return &self.rest;
        };
        let piece = self.rest.split_to(self.rest.len().min(PIECE));
        self.front.extend_from_slice(&piece);
        apply(mask, &mut self.front);
        &self.front
    }

    /// So many bytes of the piece were written.
    pub(super) fn written(&mut self, length: usize) {
        if self.front.is_empty() {
            self.rest.advance(length.min(self.rest.len()));
        } else {
            self.front.advance(length.min(self.front.len()));
        }
    }
}

/// Masks bytes that start where the mask does (RFC 6455, 5.3).
fn apply(mask: [u8; 4], bytes: &mut [u8]) {
    let (words, tail) = bytes.as_chunks_mut::<4>();
    let wide = u32::from_ne_bytes(mask);
    for word in words {
        *word = (u32::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, mask) in tail.iter_mut().zip(mask) {
        *byte ^= mask;
    }
}
