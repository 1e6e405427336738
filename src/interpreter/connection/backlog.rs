//! What has arrived and was not looked at yet: in memory up to a bound, beyond it in a temporary file,
//! so that a slow script loses nothing and memory does not follow the number of messages.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::Duration;

use super::spelled_frame;
use crate::protocol::{Bytes, Frame};

/// Bytes held in memory before the rest goes into a file; an entry counts its payload and `OVERHEAD`.
const IN_MEMORY: usize = 4 << 20;
/// Bytes that an entry takes besides its payload.
const OVERHEAD: usize = 96;
/// Bytes that are collected before they are written to the file.
const BATCH: usize = 256 << 10;

/// A frame and when it arrived.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arrived {
    /// Since the session began.
    pub(crate) at: Duration,
    /// Which of the frames that arrived in the session it is.
    pub(crate) number: u64,
    /// What arrived.
    pub(crate) frame: Frame,
    /// Of a message that came compressed: how many bytes its payload had on the wire.
    pub(crate) wire: Option<usize>,
}

/// Bytes that a frame takes.
fn size(frame: &Frame) -> usize {
    let wire = match frame {
        Frame::Decoded(decoded) => decoded.wire.len(),
        _ => 0,
    };
    frame.payload().len() + wire + OVERHEAD
}

/// A queue of arrived frames that can also be read without taking.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    front: VecDeque<Arrived>,
    bytes: usize,
    spilled: Option<Spill>,
}

/// A place in a backlog, for reading on without taking.
#[derive(Debug, Default)]
pub(crate) struct BacklogCursor {
    read: u64,
    offset: Option<u64>,
}

impl Backlog {
    /// Appends what arrived.
    pub(crate) fn push(&mut self, arrived: Arrived) {
        let size = size(&arrived.frame);
        let fits =
            self.spilled.is_none() && (self.bytes + size <= IN_MEMORY || self.front.is_empty());
        if !fits && self.spill(&arrived).is_ok() {
            return;
        }
        // Without a file to go to, losing nothing comes before the bound.
        self.bytes += size;
        self.front.push_back(arrived);
    }

    /// Appends what arrived; what has no room in memory then is forgotten, the oldest first.
    pub(crate) fn push_and_forget(&mut self, arrived: Arrived) {
        let size = size(&arrived.frame);
        while self.bytes + size > IN_MEMORY && self.pop().is_some() {}
        self.push(arrived);
    }

    /// Takes the oldest.
    pub(crate) fn pop(&mut self) -> Option<Arrived> {
        if self.front.is_empty() {
            self.refill();
        }
        let arrived = self.front.pop_front()?;
        self.bytes = self.bytes.saturating_sub(size(&arrived.frame));
        Some(arrived)
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Reads the one after those that `scan` has read, and takes none. Nothing may be taken in between.
    pub(crate) fn read(&mut self, scan: &mut BacklogCursor) -> Option<Arrived> {
        if let Some(arrived) = usize::try_from(scan.read)
            .ok()
            .and_then(|at| self.front.get(at))
        {
            scan.read += 1;
            return Some(arrived.clone());
        }
        let spill = self.spilled.as_mut()?;
        let (arrived, next) = spill.read_at(scan.offset.unwrap_or(spill.start)).ok()??;
        scan.read += 1;
        scan.offset = Some(next);
        Some(arrived)
    }

    fn spill(&mut self, arrived: &Arrived) -> io::Result<()> {
        if self.spilled.is_none() {
            self.spilled = Some(Spill::new()?);
        }
        self.spilled
            .as_mut()
            .map_or(Ok(()), |spill| spill.append(arrived))
    }

    fn refill(&mut self) {
        let Some(spill) = &mut self.spilled else {
            return;
        };
        while self.bytes < IN_MEMORY {
            let Ok(Some((arrived, next))) = spill.read_at(spill.start) else {
                self.spilled = None;
                return;
            };
            spill.start = next;
            self.bytes += size(&arrived.frame);
            self.front.push_back(arrived);
        }
    }
}

/// The part of a backlog that is in a file.
#[derive(Debug)]
struct Spill {
    file: File,
    /// Where the oldest entry starts.
    start: u64,
    /// How far the file reaches; `pending` comes behind.
    written: u64,
    pending: Vec<u8>,
    /// A piece of the file and where it starts.
    cache: (u64, Vec<u8>),
}

const HEAD: usize = 1 + 8 + 8 + 2 + 8 + 8;
/// Stands for a message that did not come compressed.
const NOT_COMPRESSED: u64 = u64::MAX;

impl Spill {
    fn new() -> io::Result<Self> {
        let file = tempfile::tempfile()?;
        Ok(Self {
            file,
            start: 0,
            written: 0,
            pending: Vec::new(),
            cache: (0, Vec::new()),
        })
    }

    fn append(&mut self, arrived: &Arrived) -> io::Result<()> {
        let (kind, code, payload) = spelled_frame::write(&arrived.frame);
        self.pending.push(kind);
        let nanoseconds = u64::try_from(arrived.at.as_nanos()).unwrap_or(u64::MAX);
        self.pending.extend(nanoseconds.to_le_bytes());
        self.pending.extend(arrived.number.to_le_bytes());
        self.pending.extend(code.to_le_bytes());
        let wire = arrived.wire.map_or(NOT_COMPRESSED, |wire| wire as u64);
        self.pending.extend(wire.to_le_bytes());
        self.pending.extend((payload.len() as u64).to_le_bytes());
        self.pending.extend_from_slice(&payload);
        if self.pending.len() >= BATCH {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.written))?;
        self.file.write_all(&self.pending)?;
        self.written += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }

    /// The entry at an offset and where the next one starts; `None` at the end.
    fn read_at(&mut self, offset: u64) -> io::Result<Option<(Arrived, u64)>> {
        if offset >= self.written && !self.pending.is_empty() {
            self.flush()?;
        }
        if offset >= self.written {
            return Ok(None);
        }
        let head = self.bytes(offset, HEAD)?;
        let Some((kind, at, number, code, wire, length)) = parse_head(&head) else {
            return Ok(None);
        };
        let Ok(size) = usize::try_from(length) else {
            return Ok(None);
        };
        let payload = Bytes::from(self.bytes(offset + HEAD as u64, size)?);
        let frame = spelled_frame::read(kind, code, payload);
        Ok(Some((
            Arrived {
                at: Duration::from_nanos(at),
                number,
                frame,
                wire: (wire != NOT_COMPRESSED)
                    .then_some(wire)
                    .and_then(|wire| usize::try_from(wire).ok()),
            },
            offset + HEAD as u64 + length,
        )))
    }

    fn bytes(&mut self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let cached = |cache: &(u64, Vec<u8>)| -> Option<Vec<u8>> {
            let start = usize::try_from(offset.checked_sub(cache.0)?).ok()?;
            cache
                .1
                .get(start..start.checked_add(length)?)
                .map(<[u8]>::to_vec)
        };
        if let Some(bytes) = cached(&self.cache) {
            return Ok(bytes);
        }
        let mut piece = Vec::new();
        self.file.seek(SeekFrom::Start(offset))?;
        Read::by_ref(&mut self.file)
            .take(length.max(BATCH) as u64)
            .read_to_end(&mut piece)?;
        self.cache = (offset, piece);
        cached(&self.cache).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

fn parse_head(head: &[u8]) -> Option<(u8, u64, u64, u16, u64, u64)> {
    let (kind, rest) = head.split_first()?;
    let (at, rest) = rest.split_first_chunk::<8>()?;
    let (number, rest) = rest.split_first_chunk::<8>()?;
    let (code, rest) = rest.split_first_chunk::<2>()?;
    let (wire, rest) = rest.split_first_chunk::<8>()?;
    let (length, _) = rest.split_first_chunk::<8>()?;
    Some((
        *kind,
        u64::from_le_bytes(*at),
        u64::from_le_bytes(*number),
        u16::from_le_bytes(*code),
        u64::from_le_bytes(*wire),
        u64::from_le_bytes(*length),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Close;

    fn numbered(number: u32) -> Arrived {
        let text = format!("{number} {}", "x".repeat(1000));
        let frame = match number % 3 {
            0 => Frame::Text(text.into()),
            1 => Frame::Binary(Bytes::from(text)),
            _ => Frame::Close(Some(Close {
                code: 2999,
                reason: text,
            })),
        };
        Arrived {
            at: Duration::from_micros(number.into()),
            number: number.into(),
            frame,
            wire: number.is_multiple_of(5).then_some(number as usize),
        }
    }

    #[test]
    fn gives_back_what_it_took_in_order_however_much_that_is() {
        let mut backlog = Backlog::default();
        (0..20_000).for_each(|number| backlog.push(numbered(number)));
        assert!(backlog.spilled.is_some());
        assert!(backlog.front.len() < 5_000);
        let mut scan = BacklogCursor::default();
        for number in 0..20_000 {
            assert_eq!(backlog.read(&mut scan), Some(numbered(number)));
        }
        assert_eq!(backlog.read(&mut scan), None);
        for number in 0..10_000 {
            assert_eq!(backlog.pop(), Some(numbered(number)));
        }
        (20_000..20_010).for_each(|number| backlog.push(numbered(number)));
        for number in 10_000..20_010 {
            assert_eq!(backlog.pop(), Some(numbered(number)));
        }
        assert_eq!(backlog.pop(), None);
        backlog.push(numbered(7));
        assert_eq!(backlog.pop(), Some(numbered(7)));
    }

    #[test]
    fn a_scan_sees_what_comes_later() {
        let mut backlog = Backlog::default();
        let mut scan = BacklogCursor::default();
        assert_eq!(backlog.read(&mut scan), None);
        backlog.push(numbered(1));
        assert_eq!(backlog.read(&mut scan), Some(numbered(1)));
        assert_eq!(backlog.read(&mut scan), None);
        assert_eq!(backlog.pop(), Some(numbered(1)));
    }
}
