//! Reads a frame's header (RFC 6455, 5.2), byte by byte. Knows no order of frames.

/// A frame's header at its longest (RFC 6455, 5.2).
pub(super) const LONGEST_HEADER: usize = 14;

pub(super) const FIN: u8 = 0x80;
pub(super) const RESERVED: u8 = 0x70;
pub(super) const RSV1: u8 = 0x40;
pub(super) const OPCODE: u8 = 0x0f;
pub(super) const MASK: u8 = 0x80;

pub(super) const CONTINUATION: u8 = 0;
pub(super) const TEXT: u8 = 1;
pub(super) const BINARY: u8 = 2;
pub(super) const CLOSE: u8 = 8;
pub(super) const PING: u8 = 9;

/// A frame's header, as much of it as has come.
#[derive(Default)]
pub(super) struct FrameHeader {
    bytes: [u8; LONGEST_HEADER],
    /// How many have come.
    length: usize,
}

impl FrameHeader {
    pub(super) fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }

    /// Those that have come.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    pub(super) fn opcode(&self) -> u8 {
        self.bytes[0] & OPCODE
    }

    pub(super) fn is_control(&self) -> bool {
        self.opcode() >= CLOSE
    }

    pub(super) fn is_last(&self) -> bool {
        self.bytes[0] & FIN != 0
    }

    /// Of the extended payload length, once the second byte is there.
    fn extended(&self) -> usize {
        match self.bytes[1] & !MASK {
            126 => 2,
            127 => 8,
            _ => 0,
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        let mask = if self.bytes[1] & MASK == 0 { 0 } else { 4 };
        self.length >= 2 && self.length == 2 + self.extended() + mask
    }

    /// The length of the payload, of a complete header.
    pub(super) fn payload(&self) -> u64 {
        match self.extended() {
            0 => u64::from(self.bytes[1] & !MASK),
            extended => self
                .bytes
                .iter()
                .skip(2)
                .take(extended)
                .fold(0, |length, byte| length << 8 | u64::from(*byte)),
        }
    }

    /// The length of the whole frame, once its header is complete.
    pub(super) fn frame_length(&self) -> Option<usize> {
        self.is_complete().then(|| {
            usize::try_from(self.payload())
                .map_or(usize::MAX, |payload| payload.saturating_add(self.length))
        })
    }

    pub(super) fn unmask(&self, payload: &[u8]) -> Vec<u8> {
        if self.bytes[1] & MASK == 0 {
            return payload.to_vec();
        }
        let mask = self.bytes().iter().skip(2 + self.extended()).cycle();
        payload
            .iter()
            .zip(mask)
            .map(|(byte, mask)| byte ^ mask)
            .collect()
    }
}
