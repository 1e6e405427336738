//! Follows the frames in the bytes that arrive, before anything reads them: it lets well-formed ones pass and stops at
//! the first that breaks RFC 6455. Knows headers and close frames; other payloads are skipped, never copied.

use std::collections::VecDeque;

use super::header::{
    BINARY, CLOSE, CONTINUATION, FIN, Header, LONGEST_HEADER, MASK, OPCODE, PING, RESERVED, TEXT,
};
use crate::protocol::{Close, Frame, Role, may_travel};

/// Bytes kept of a frame that breaks the protocol.
const SHOWN: usize = 256;
/// A control frame's payload at its longest (RFC 6455, 5.5).
const LONGEST_CONTROL: u8 = 125;

/// What a data message was announced as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
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

/// The scanner of one direction of one connection.
pub(super) struct Scanner {
    /// Whose frames arrive: a client's are masked, a server's are not (RFC 6455, 5.1).
    peer: Role,
    limit: u64,
    header: Header,
    /// Bytes to come of the frame whose header is known.
    left: u64,
    /// Bytes so far of a message whose last fragment has not come.
    fragments: Option<u64>,
    /// Of messages that were announced and not yet taken.
    kinds: VecDeque<Kind>,
    close: CloseFrame,
    /// The size of the answers to the pings that came.
    pings: usize,
    breach: Option<Breach>,
}

/// A close frame on its way.
enum CloseFrame {
    None,
    /// Its payload so far, still masked.
    Coming(Vec<u8>),
    /// Its payload, unmasked.
    Came(Vec<u8>),
}

impl Scanner {
    /// `limit` is for messages and frames, in bytes.
    pub(super) fn new(peer: Role, limit: usize) -> Self {
        Self {
            peer,
            limit: limit as u64,
            header: Header::default(),
            left: 0,
            fragments: None,
            kinds: VecDeque::new(),
            close: CloseFrame::None,
            pings: 0,
            breach: None,
        }
    }

    /// Looks at what arrived and returns how much of it may be read; the rest is a breach, or follows a close frame
    /// (RFC 6455, 5.5.1: nothing does). A text message is announced as a binary one in the bytes, so that its payload
    /// comes out whole even if it is not UTF-8; [`Scanner::kind`] knows what it was.
    pub(super) fn admit(&mut self, bytes: &mut [u8]) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            if self.breach.is_some() || matches!(self.close, CloseFrame::Came(_)) {
                return at;
            }
            let (_, rest) = bytes.split_at_mut(at);
            let taken = if self.left > 0 {
                self.payload(rest)
            } else {
                self.head(rest)
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

    /// What the next message to come out was announced as.
    pub(super) fn kind(&mut self) -> Kind {
        self.kinds.pop_front().unwrap_or(Kind::Binary)
    }

    /// The close frame that came, as it came.
    pub(super) fn close(&self) -> Option<Close> {
        match &self.close {
            CloseFrame::Came(payload) => read_close(payload),
            _ => None,
        }
    }

    /// The breach at which scanning stopped.
    pub(super) fn take_breach(&mut self) -> Option<Breach> {
        self.breach.take()
    }

    /// Whether scanning stopped at a breach.
    pub(super) fn is_broken(&self) -> bool {
        self.breach.is_some()
    }

    /// The size of the answers to the pings that came since this was last asked.
    pub(super) fn take_pings(&mut self) -> usize {
        std::mem::take(&mut self.pings)
    }

    fn payload(&mut self, rest: &[u8]) -> Result<usize, Breach> {
        let length = usize::try_from(self.left).map_or(rest.len(), |left| left.min(rest.len()));
        self.left -= length as u64;
        if let CloseFrame::Coming(payload) = &mut self.close {
            payload.extend_from_slice(rest.get(..length).unwrap_or_default());
            if self.left == 0 {
                self.close_came()?;
            }
        }
        Ok(length)
    }

    fn close_came(&mut self) -> Result<(), Breach> {
        let CloseFrame::Coming(raw) = std::mem::replace(&mut self.close, CloseFrame::None) else {
            return Ok(());
        };
        let payload = self.header.unmask(&raw);
        if let Some(breach) = self.close_breach(&payload, &raw) {
            return Err(breach);
        }
        self.close = CloseFrame::Came(payload);
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

    fn head(&mut self, rest: &mut [u8]) -> Result<usize, Breach> {
        if self.header.is_complete() {
            self.header = Header::default();
        }
        for (index, byte) in rest.iter_mut().enumerate() {
            self.header.push(*byte);
            let wrong = match self.header.bytes().len() {
                1 => self.first(*byte),
                2 => self.second(*byte),
                _ => None,
            };
            if let Some(reason) = wrong {
                return Err(self.breach(reason, rest.get(index + 1..).unwrap_or_default()));
            }
            if self.header.bytes().len() == 1 && *byte & OPCODE == TEXT {
                *byte ^= TEXT ^ BINARY;
            }
            if self.header.is_complete() {
                self.begin()?;
                return Ok(index + 1);
            }
        }
        Ok(rest.len())
    }

    fn first(&mut self, byte: u8) -> Option<&'static str> {
        if byte & RESERVED != 0 {
            return Some("reserved bits are set in a frame, though no extension was agreed on");
        }
        let last = byte & FIN != 0;
        match byte & OPCODE {
            CONTINUATION if self.fragments.is_none() => {
                return Some("a continuation frame came with no message to continue");
            }
            TEXT | BINARY if self.fragments.is_some() => {
                return Some("a new message began before the last fragment of the one before it");
            }
            CONTINUATION => {}
            TEXT => self.kinds.push_back(Kind::Text),
            BINARY => self.kinds.push_back(Kind::Binary),
            8..=10 if !last => return Some("a control frame is fragmented"),
            8..=10 => {}
            _ => return Some("a frame has an unknown opcode"),
        }
        None
    }

    fn second(&self, byte: u8) -> Option<&'static str> {
        match (self.peer, byte & MASK != 0) {
            (Role::Server, true) => return Some("a frame from the server is masked"),
            (Role::Client, false) => return Some("a frame from the client is not masked"),
            _ => {}
        }
        let long = self.header.is_control() && byte & !MASK > LONGEST_CONTROL;
        long.then_some("a control frame is longer than 125 bytes")
    }

    /// A header is complete: what follows is its payload.
    fn begin(&mut self) -> Result<(), Breach> {
        let length = self.header.payload();
        match self.header.opcode() {
            CLOSE => self.close = CloseFrame::Coming(Vec::new()),
            PING => self.pings += usize::try_from(length).unwrap_or_default() + LONGEST_HEADER,
            _ if self.header.is_control() => {}
            _ => {
                let whole = self.fragments.unwrap_or(0).saturating_add(length);
                if whole > self.limit {
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
