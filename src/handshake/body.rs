//! Reads the body of a refusal, as much of it as is wanted and comes in time. Knows nothing of what it says.

use std::time::Duration;

use bytes::{Buf, BytesMut};
use httparse::{Status, parse_chunk_size};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Instant, timeout, timeout_at};

use super::headers::{has_token, header_values};
use crate::protocol::Bytes;

/// How long the whole body may take: it explains a refusal, and must not turn it into a time-out.
const WHOLE: Duration = Duration::from_secs(5);
/// How long nothing may come.
const SILENCE: Duration = Duration::from_secs(2);
/// A line of a chunked body at its longest.
const CHUNK_LINE: usize = 4 << 10;

/// How much of a body is read, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct BodyBounds {
    /// Bytes at most.
    pub limit: usize,
    /// When reading ends, whatever has come by then; `None`: after a bound of its own.
    pub until: Option<Instant>,
}

impl Default for BodyBounds {
    fn default() -> Self {
        Self {
            limit: 64 << 10,
            until: None,
        }
    }
}

/// Reads a body within bounds; what came of one that breaks off is the body.
pub(crate) async fn read_body<S: AsyncRead + Unpin + ?Sized>(
    stream: &mut S,
    read_ahead: BytesMut,
    status: u16,
    headers: &[(String, String)],
    bounds: &BodyBounds,
) -> Bytes {
    let mut body = BodyReader {
        framing: Framing::of(status, headers),
        raw: read_ahead,
        whole: Vec::new(),
        limit: bounds.limit,
    };
    let bound = Instant::now() + WHOLE;
    let until = bounds.until.map_or(bound, |until| until.min(bound));
    // Elapsed or not, what came is in `body`.
    let _ = timeout_at(until, body.fill(stream)).await;
    body.whole.into()
}

struct BodyReader {
    framing: Framing,
    /// Read, and not yet understood.
    raw: BytesMut,
    whole: Vec<u8>,
    limit: usize,
}

/// Where a body ends (RFC 9112, 6.3).
enum Framing {
    /// After so many bytes.
    Length(u64),
    /// After a chunk of no bytes; so many bytes of the present chunk, with its line's end, are to come.
    Chunked { left: u64 },
    /// With the connection.
    ToTheEnd,
}

impl Framing {
    fn of(status: u16, headers: &[(String, String)]) -> Self {
        if status == 204 || status == 304 {
            return Self::Length(0);
        }
        if has_token(headers, "Transfer-Encoding", "chunked") {
            return Self::Chunked { left: 0 };
        }
        let length = header_values(headers, "Content-Length").next();
        match length.and_then(|length| length.trim().parse().ok()) {
            Some(length) => Self::Length(length),
            None => Self::ToTheEnd,
        }
    }
}

impl BodyReader {
    async fn fill<S: AsyncRead + Unpin + ?Sized>(&mut self, stream: &mut S) {
        while !self.advance() {
            self.raw.reserve(4 << 10);
            match timeout(SILENCE, stream.read_buf(&mut self.raw)).await {
                Ok(Ok(length)) if length > 0 => {}
                _ => return,
            }
        }
    }

    /// Understands what was read; whether that was all of it.
    fn advance(&mut self) -> bool {
        loop {
            if self.whole.len() >= self.limit {
                return true;
            }
            match &mut self.framing {
                Framing::ToTheEnd => {
                    let mut left = u64::MAX;
                    take(&mut self.raw, &mut left, &mut self.whole, self.limit);
                    return self.whole.len() >= self.limit;
                }
                Framing::Length(left) => {
                    take(&mut self.raw, left, &mut self.whole, self.limit);
                    return *left == 0 || self.whole.len() >= self.limit;
                }
                Framing::Chunked { left: 0 } => match chunk_line(&mut self.raw) {
                    ChunkLine::Chunk(length) => {
                        self.framing = Framing::Chunked {
                            left: length.saturating_add(2),
                        };
                    }
                    ChunkLine::Partial => return false,
                    ChunkLine::Last => return true,
                },
                Framing::Chunked { left } if *left > 2 => {
                    if self.raw.is_empty() {
                        return false;
                    }
                    let mut data = *left - 2;
                    take(&mut self.raw, &mut data, &mut self.whole, self.limit);
                    *left = data + 2;
                }
                Framing::Chunked { left } => {
                    if self.raw.is_empty() {
                        return false;
                    }
                    self.raw.advance(1);
                    *left -= 1;
                }
            }
        }
    }
}

fn take(raw: &mut BytesMut, left: &mut u64, whole: &mut Vec<u8>, limit: usize) {
    let wanted = limit.saturating_sub(whole.len()).min(raw.len());
    let length = usize::try_from(*left).map_or(wanted, |left| left.min(wanted));
    whole.extend_from_slice(&raw.split_to(length));
    *left -= length as u64;
}

enum ChunkLine {
    Chunk(u64),
    Partial,
    /// The end, or something that is not a chunk.
    Last,
}

fn chunk_line(raw: &mut BytesMut) -> ChunkLine {
    match parse_chunk_size(raw) {
        Ok(Status::Complete((_, 0))) | Err(_) => ChunkLine::Last,
        Ok(Status::Complete((line, length))) => {
            raw.advance(line);
            ChunkLine::Chunk(length)
        }
        Ok(Status::Partial) if raw.len() > CHUNK_LINE => ChunkLine::Last,
        Ok(Status::Partial) => ChunkLine::Partial,
    }
}
