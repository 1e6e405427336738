//! Decodes the headers of the frames that arrive, before tungstenite reads them: well-formed ones pass, and the first
//! that breaks RFC 6455 stops it. Knows headers and close frames; other payloads are skipped, never copied.

use std::collections::VecDeque;

use super::frame_header::{
    BINARY, CLOSE, CONTINUATION, FIN, FrameHeader, LONGEST_HEADER, MASK, OPCODE, PING, RESERVED,
    RSV1, TEXT,
};
use crate::protocol::{Bytes, Close, Frame, Role, may_travel};

/// Bytes kept of a frame that breaks the protocol.
const SHOWN: usize = 256;
/// A control frame's payload at its longest (RFC 6455, 5.5).
const LONGEST_CONTROL: u8 = 125;

/// What the first frame of a message says of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MessageStart {
    pub(super) opcode: DataOpcode,
    /// Whether the message is compressed (RFC 7692, 6).
    pub(super) compressed: bool,
}

/// The opcode of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataOpcode {
    Text,
    Binary,
}

/// In what way the peer broke the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Breach {
    /// A sentence.
    pub(super) reason: String,
    /// What we close with.
    pub(super) code: u16,
    /// What is shown of it: a close frame, or the beginning of what came; nothing where only its size is wrong.
    pub(super) shown: Option<Frame>,
}

/// Bytes kept of a text message that is not UTF-8.
const BROKEN_TEXT: usize = 64 << 10;

impl Breach {
    /// What came as text, and is not.
    pub(super) fn not_text(bytes: &Bytes, error: std::str::Utf8Error) -> Self {
        let at = error.valid_up_to();
        let shown = bytes.slice(..bytes.len().min(BROKEN_TEXT));
        Self {
            reason: format!("a text message is not UTF-8 (from byte {at} on)"),
            code: 1007,
            shown: Some(Frame::Broken(shown)),
        }
    }
}

/// Decodes one direction of one connection.
pub(super) struct FrameDecoder {
    /// Whose frames arrive: a client's are masked, a server's are not (RFC 6455, 5.1).
    peer: Role,
    limit: u64,
    /// Whether messages may come compressed.
    deflate: bool,
    header: FrameHeader,
    /// Bytes to come of the frame whose header is known.
    left: u64,
    /// Bytes so far of a message whose last fragment has not come.
    fragments: Option<u64>,
    /// Of messages that began and have not been taken.
    starts: VecDeque<MessageStart>,
    close: CloseProgress,
    /// The size of the answers to the pings that came.
    pings: usize,
    breach: Option<Breach>,
}

/// How much of a close frame has come.
enum CloseProgress {
    None,
    /// Its payload so far, still masked.
    Coming(Vec<u8>),
    /// Its payload, unmasked.
    Came(Vec<u8>),
}

impl FrameDecoder {
    /// `limit` is for messages and frames, in bytes; `deflate` is whether permessage-deflate was agreed on.
    pub(super) fn new(peer: Role, limit: usize, deflate: bool) -> Self {
        Self {
            peer,
            limit: limit as u64,
            deflate,
            header: FrameHeader::default(),
            left: 0,
            fragments: None,
            starts: VecDeque::new(),
            close: CloseProgress::None,
            pings: 0,
            breach: None,
        }
    }

    /// Looks at what arrived and returns how much of it may be read; the rest is a breach, or follows a close frame
    /// (RFC 6455, 5.5.1: nothing does). The bytes are changed where tungstenite is to read
    /// something else ([`FrameDecoder::first_byte`]).
    pub(super) fn admit(&mut self, bytes: &mut [u8]) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            if self.breach.is_some() || matches!(self.close, CloseProgress::Came(_)) {
                return at;
            }
            let (_, rest) = bytes.split_at_mut(at);
            let taken = if self.left > 0 {
                self.take_payload(rest)
            } else {
                self.take_header(rest)
            };
            match taken {
                Ok(taken) => at += taken,
                Err(breach) => {
                    self.breach = Some(breach);
                    return at;
                }
            }
        }
        at
    }

    /// How the next message to come out began.
    pub(super) fn next_message(&mut self) -> MessageStart {
        self.starts.pop_front().unwrap_or(MessageStart {
            opcode: DataOpcode::Binary,
            compressed: false,
        })
    }

    /// The close frame that came, as it came.
    pub(super) fn close(&self) -> Option<Close> {
        match &self.close {
            CloseProgress::Came(payload) => read_close(payload),
            _ => None,
        }
    }

    /// The breach at which decoding stopped.
    pub(super) fn take_breach(&mut self) -> Option<Breach> {
        self.breach.take()
    }

    /// Whether decoding stopped at a breach.
    pub(super) fn is_broken(&self) -> bool {
        self.breach.is_some()
    }

    /// The size of the answers to the pings that came since this was last asked.
    pub(super) fn take_pings(&mut self) -> usize {
        std::mem::take(&mut self.pings)
    }

    fn take_payload(&mut self, rest: &[u8]) -> Result<usize, Breach> {
        let length = usize::try_from(self.left).map_or(rest.len(), |left| left.min(rest.len()));
        self.left -= length as u64;
        if let CloseProgress::Coming(payload) = &mut self.close {
            payload.extend_from_slice(rest.get(..length).unwrap_or_default());
            if self.left == 0 {
                self.close_came()?;
            }
        }
        Ok(length)
    }

    fn close_came(&mut self) -> Result<(), Breach> {
        let CloseProgress::Coming(raw) = std::mem::replace(&mut self.close, CloseProgress::None)
        else {
            return Ok(());
        };
        let payload = self.header.unmask(&raw);
        if let Some(breach) = self.close_breach(&payload, &raw) {
            return Err(breach);
        }
        self.close = CloseProgress::Came(payload);
        Ok(())
    }

    /// What is wrong with a close frame's payload (RFC 6455, 5.5.1, 7.4 and 8.1).
    fn close_breach(&self, payload: &[u8], raw: &[u8]) -> Option<Breach> {
        if payload.len() == 1 {
            return Some(self.breach("a close frame holds one byte, which is half a code", raw));
        }
        let reason = payload.get(2..).unwrap_or_default();
        if std::str::from_utf8(reason).is_err() {
            return Some(Breach {
                code: 1007,
                ..self.breach("the reason in a close frame is not UTF-8", raw)
            });
        }
        let close = read_close(payload).filter(|close| !may_travel(close.code))?;
        Some(Breach {
            reason: format!(
                "a close frame carries the code {}, which no endpoint may send",
                close.code
            ),
            code: 1002,
            shown: Some(Frame::Close(Some(close))),
        })
    }

    fn take_header(&mut self, rest: &mut [u8]) -> Result<usize, Breach> {
        if self.header.is_complete() {
            self.header = FrameHeader::default();
        }
        for (index, byte) in rest.iter_mut().enumerate() {
            self.header.push(*byte);
            let passed = match self.header.bytes().len() {
                1 => self.first_byte(*byte),
                2 => self.second_byte(*byte).map(|()| *byte),
                _ => Ok(*byte),
            };
            match passed {
                Ok(passed) => *byte = passed,
                Err(reason) => {
                    let behind = rest.get(index + 1..).unwrap_or_default();
                    return Err(self.breach(reason, behind));
                }
            }
            if self.header.is_complete() {
                self.begin_payload()?;
                return Ok(index + 1);
            }
        }
        Ok(rest.len())
    }

    /// The first byte of a frame as tungstenite is to read it: a text message is passed on as a binary one, so that its
    /// payload comes out whole even if it is not UTF-8.
    fn first_byte(&mut self, byte: u8) -> Result<u8, &'static str> {
        let compressed = self.reserved_bits(byte)?;
        let byte = byte & !RESERVED;
        let last = byte & FIN != 0;
        match byte & OPCODE {
            CONTINUATION if self.fragments.is_none() => {
                Err("a continuation frame came with no message to continue")
            }
            TEXT | BINARY if self.fragments.is_some() => {
                Err("a new message began before the last fragment of the one before it")
            }
            TEXT => {
                self.began(DataOpcode::Text, compressed);
                Ok(byte ^ TEXT ^ BINARY)
            }
            BINARY => {
                self.began(DataOpcode::Binary, compressed);
                Ok(byte)
            }
            CONTINUATION => Ok(byte),
            8..=10 if !last => Err("a control frame is fragmented"),
            8..=10 => Ok(byte),
            _ => Err("a frame has an unknown opcode"),
        }
    }

    /// Whether the reserved bits say that the message is compressed (RFC 7692, 6.1).
    fn reserved_bits(&self, byte: u8) -> Result<bool, &'static str> {
        match (byte & RESERVED, byte & OPCODE) {
            (0, _) => Ok(false),
            _ if !self.deflate => {
                Err("reserved bits are set in a frame, though no extension was agreed on")
            }
            (RSV1, TEXT | BINARY) => Ok(true),
            (RSV1, CONTINUATION) => Err(
                "a continuation frame has RSV1 set, which only a message's first frame may have",
            ),
            (RSV1, 8..=15) => {
                Err("a control frame has RSV1 set, though control frames are never compressed")
            }
            _ => Err("reserved bits are set in a frame that permessage-deflate does not use"),
        }
    }

    fn began(&mut self, opcode: DataOpcode, compressed: bool) {
        self.starts.push_back(MessageStart { opcode, compressed });
    }

    /// Bytes that the frames of the present message may have together. What is compressed is bounded when it is inflated,
    /// and may be a little longer before that.
    fn frames_limit(&self) -> u64 {
        if self.starts.back().is_some_and(|start| start.compressed) {
            let more = self.limit / 8 + 64;
            self.limit.saturating_add(more)
        } else {
            self.limit
        }
    }

    fn second_byte(&self, byte: u8) -> Result<(), &'static str> {
        let masked = byte & MASK != 0;
        let long = self.header.is_control() && byte & !MASK > LONGEST_CONTROL;
        match self.peer {
            Role::Server if masked => Err("a frame from the server is masked"),
            Role::Client | Role::Http if !masked => Err("a frame from the client is not masked"),
            _ if long => Err("a control frame is longer than 125 bytes"),
            _ => Ok(()),
        }
    }

    /// A header is complete: what follows is its payload.
    fn begin_payload(&mut self) -> Result<(), Breach> {
        let length = self.header.payload();
        match self.header.opcode() {
            CLOSE => self.close = CloseProgress::Coming(Vec::new()),
            PING => self.pings += usize::try_from(length).unwrap_or_default() + LONGEST_HEADER,
            _ if self.header.is_control() => {}
            _ => {
                let whole = self.fragments.unwrap_or(0).saturating_add(length);
                if whole > self.frames_limit() {
                    return Err(self.too_long(whole));
                }
                self.fragments = (!self.header.is_last()).then_some(whole);
            }
        }
        self.left = length;
        if length == 0 {
            self.close_came()?;
        }
        Ok(())
    }

    fn too_long(&self, size: u64) -> Breach {
        let least = if self.header.is_last() {
            ""
        } else {
            "at least "
        };
        Breach {
            reason: format!(
                "a message of {least}{size} bytes is over the limit of {} bytes (`@max-message`)",
                self.limit
            ),
            code: 1009,
            shown: None,
        }
    }

    fn breach(&self, reason: &str, rest: &[u8]) -> Breach {
        let frame = self.header.frame_length();
        let bytes: Vec<u8> = self
            .header
            .bytes()
            .iter()
            .chain(rest)
            .copied()
            .take(frame.map_or(SHOWN, |frame| frame.min(SHOWN)))
            .collect();
        Breach {
            reason: reason.to_owned(),
            code: 1002,
            shown: (!bytes.is_empty()).then(|| Frame::Broken(bytes.into())),
        }
    }
}

/// The code and reason in a close frame's payload; `None` where there is no code.
fn read_close(payload: &[u8]) -> Option<Close> {
    let (code, reason) = payload.split_first_chunk()?;
    Some(Close {
        code: u16::from_be_bytes(*code),
        reason: String::from_utf8_lossy(reason).into_owned(),
    })
}
