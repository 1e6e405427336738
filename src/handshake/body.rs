//! Reads bodies within bounds: whole ones, or of a refusal as much as is wanted and comes in time. Knows nothing of what
//! they say.

use std::io;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use httparse::{Status, parse_chunk_size};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Instant, timeout, timeout_at};

use super::framing::Framing;
use super::head::ResponseHead;
use crate::protocol::Bytes;

/// How long the whole body of a refusal may take: it explains the refusal, and must not turn it into a time-out.
const WHOLE: Duration = Duration::from_secs(5);
/// How long nothing may come of it.
const SILENCE: Duration = Duration::from_secs(2);
/// A line of a chunked body at its longest.
const CHUNK_LINE: usize = 4 << 10;
/// The lines behind a chunked body at their longest, together.
const TRAILERS: usize = 64 << 10;

/// How much of a refusal's body is read, and for how long.
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

/// Why a body could not be read.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// The stream ended before the body did.
    Ended,
    /// The stream failed.
    Failed(io::Error),
    /// It is not framed as it says: why, as a clause.
    Malformed(&'static str),
    /// It is longer than the limit.
    TooLarge,
}

/// Reads a refusal's body within bounds; what came of one that breaks off is the body.
pub(crate) async fn read_refusal_body<S: AsyncRead + Unpin + ?Sized>(
    stream: &mut S,
    read_ahead: BytesMut,
    head: &ResponseHead,
    bounds: &BodyBounds,
) -> Bytes {
    let framing = Framing::of_response(head, "GET").unwrap_or(Framing::ToTheEnd);
    let mut body = BodyReader::new(framing, read_ahead, bounds.limit);
    let bound = Instant::now() + WHOLE;
    let until = bounds.until.map_or(bound, |until| until.min(bound));
    // Elapsed or not, what came is in `body`.
    let _ = timeout_at(until, body.fill(stream, Some(SILENCE))).await;
    body.whole.into()
}

/// Reads a body to its end; takes as long as it takes. What came behind it stays in `buffer`.
pub(crate) async fn read_body<S: AsyncRead + Unpin + ?Sized>(
    stream: &mut S,
    buffer: &mut BytesMut,
    framing: Framing,
    limit: usize,
) -> Result<Bytes, BodyError> {
    if matches!(framing, Framing::Length(length) if length > limit as u64) {
        return Err(BodyError::TooLarge);
    }
    // One byte more tells a body that is too long from one that just fits.
    let mut body = BodyReader::new(framing, buffer.split(), limit.saturating_add(1));
    let filled = body.fill(stream, None).await;
    if body.whole.len() > limit {
        return Err(BodyError::TooLarge);
    }
    filled?;
    *buffer = body.raw;
    Ok(body.whole.into())
}

struct BodyReader {
    state: BodyState,
    /// Read, and not yet understood.
    raw: BytesMut,
    whole: Vec<u8>,
    limit: usize,
}

/// What comes next.
enum BodyState {
    /// So many bytes, and then the end.
    Length(u64),
    /// Whatever comes.
    ToTheEnd,
    /// The line before a chunk.
    ChunkLine,
    /// So many bytes of a chunk.
    Chunk(u64),
    /// The line break behind a chunk.
    ChunkEnd,
    /// A line behind the last chunk, after so many bytes of such lines.
    Trailer(usize),
    /// Nothing.
    Done,
}

impl BodyReader {
    fn new(framing: Framing, raw: BytesMut, limit: usize) -> Self {
        Self {
            state: match framing {
                Framing::Length(length) => BodyState::Length(length),
                Framing::Chunked => BodyState::ChunkLine,
                Framing::ToTheEnd => BodyState::ToTheEnd,
            },
            raw,
            whole: Vec::new(),
            limit,
        }
    }

    /// Reads to the end or to the limit.
    async fn fill<S: AsyncRead + Unpin + ?Sized>(
        &mut self,
        stream: &mut S,
        silence: Option<Duration>,
    ) -> Result<(), BodyError> {
        while !self.advance()? {
            self.raw.reserve(16 << 10);
            let reading = stream.read_buf(&mut self.raw);
            let read = match silence {
                Some(silence) => match timeout(silence, reading).await {
                    Ok(read) => read,
                    Err(_) => return Err(BodyError::Ended),
                },
                None => reading.await,
            };
            match read.map_err(BodyError::Failed)? {
                0 if matches!(self.state, BodyState::ToTheEnd) => return Ok(()),
                0 => return Err(BodyError::Ended),
                _ => {}
            }
        }
        Ok(())
    }

    /// Understands what was read; whether that was all of it.
    fn advance(&mut self) -> Result<bool, BodyError> {
        loop {
            if self.whole.len() >= self.limit {
                return Ok(true);
            }
            self.state = match self.state {
                BodyState::Done | BodyState::Length(0) => return Ok(true),
                BodyState::Length(_) | BodyState::ToTheEnd | BodyState::Chunk(1..)
                    if self.raw.is_empty() =>
                {
                    return Ok(false);
                }
                BodyState::Length(left) => BodyState::Length(left - self.take(left)),
                BodyState::ToTheEnd => {
                    self.take(u64::MAX);
                    BodyState::ToTheEnd
                }
                BodyState::Chunk(0) => BodyState::ChunkEnd,
                BodyState::Chunk(left) => BodyState::Chunk(left - self.take(left)),
                BodyState::ChunkLine => match self.chunk_line()? {
                    Some(0) => BodyState::Trailer(0),
                    Some(length) => BodyState::Chunk(length),
                    None => return Ok(false),
                },
                BodyState::ChunkEnd => match self.raw.get(..2) {
                    Some(b"\r\n") => {
                        self.raw.advance(2);
                        BodyState::ChunkLine
                    }
                    None if self.raw.is_empty() || *self.raw == b"\r"[..] => return Ok(false),
                    _ => return Err(BodyError::Malformed("a chunk is longer than it says")),
                },
                BodyState::Trailer(before) => match self.trailer(before)? {
                    Some(0) => BodyState::Done,
                    Some(length) => BodyState::Trailer(before + length),
                    None => return Ok(false),
                },
            };
        }
    }

    /// Takes so many bytes at most; how many.
    fn take(&mut self, left: u64) -> u64 {
        let wanted = self
            .limit
            .saturating_sub(self.whole.len())
            .min(self.raw.len());
        let length = usize::try_from(left).map_or(wanted, |left| left.min(wanted));
        self.whole.extend_from_slice(&self.raw.split_to(length));
        length as u64
    }

    /// The length of the chunk that follows; nothing while its line is not whole.
    fn chunk_line(&mut self) -> Result<Option<u64>, BodyError> {
        let wrong = Err(BodyError::Malformed(
            "the length of a chunk is not a number",
        ));
        match self.raw.first() {
            Some(first) if first.is_ascii_hexdigit() => {}
            Some(_) => return wrong,
            None => return Ok(None),
        }
        match parse_chunk_size(&self.raw) {
            Ok(Status::Complete((line, length))) => {
                self.raw.advance(line);
                Ok(Some(length))
            }
            Ok(Status::Partial) if self.raw.len() <= CHUNK_LINE => Ok(None),
            Ok(Status::Partial) => Err(BodyError::Malformed("the line of a chunk is too long")),
            Err(_) => wrong,
        }
    }

    /// The length of a line behind the last chunk, of the empty one 0; nothing while it is not whole.
    fn trailer(&mut self, before: usize) -> Result<Option<usize>, BodyError> {
        let Some(end) = self.raw.iter().position(|byte| *byte == b'\n') else {
            return if before + self.raw.len() > TRAILERS {
                Err(BodyError::Malformed(
                    "what follows its last chunk is too long",
                ))
            } else {
                Ok(None)
            };
        };
        let line = self.raw.split_to(end + 1);
        if before + line.len() > TRAILERS {
            return Err(BodyError::Malformed(
                "what follows its last chunk is too long",
            ));
        }
        Ok(Some(if *line == b"\r\n"[..] { 0 } else { line.len() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn told(framing: Framing, came: &str, limit: usize) -> String {
        let mut whole = Vec::new();
        // In one piece and byte by byte it must be the same.
        for step in [came.len().max(1), 1] {
            let mut stream = tokio_test(came.as_bytes(), step);
            let mut buffer = BytesMut::new();
            let body = read_body(&mut stream, &mut buffer, framing, limit).await;
            whole.push(match body {
                Ok(body) => format!("\"{}\"", body.escape_ascii()),
                Err(error) => format!("{error:?}"),
            });
        }
        assert_eq!(whole[0], whole[1], "{came:?}");
        whole.remove(0)
    }

    /// Gives bytes in pieces, and ends.
    fn tokio_test(bytes: &[u8], step: usize) -> impl AsyncRead + Unpin {
        struct Pieces(Vec<u8>, usize);
        impl AsyncRead for Pieces {
            fn poll_read(
                mut self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
                buffer: &mut tokio::io::ReadBuf<'_>,
            ) -> std::task::Poll<io::Result<()>> {
                let length = self.1.min(self.0.len()).min(buffer.remaining());
                let piece: Vec<u8> = self.0.drain(..length).collect();
                buffer.put_slice(&piece);
                std::task::Poll::Ready(Ok(()))
            }
        }
        Pieces(bytes.to_vec(), step)
    }

    #[tokio::test]
    async fn whole_bodies_are_read_and_all_others_refused() {
        let cases = [
            (Framing::Length(0), "abc", 8),
            (Framing::Length(3), "abcdef", 8),
            (Framing::Length(3), "ab", 8),
            (Framing::Length(8), "abcdefgh", 8),
            (Framing::Length(9), "abcdefghi", 8),
            (Framing::ToTheEnd, "", 8),
            (Framing::ToTheEnd, "abcdefgh", 8),
            (Framing::ToTheEnd, "abcdefghi", 8),
            (Framing::Chunked, "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", 8),
            (Framing::Chunked, "3\r\nabc\r\n0\r\nX: y\r\n\r\nrest", 8),
            (Framing::Chunked, "3\r\nabc\r\n0\r\n", 8),
            (Framing::Chunked, "3\r\nabc\r\n", 8),
            (Framing::Chunked, "3\r\nab", 8),
            (Framing::Chunked, "3\r\nabcd\r\n0\r\n\r\n", 8),
            (Framing::Chunked, "x\r\nabc\r\n0\r\n\r\n", 8),
            (Framing::Chunked, "\r\n\r\n", 8),
            (Framing::Chunked, "-1\r\n", 8),
            (Framing::Chunked, "3\nabc\n0\n\n", 8),
            (Framing::Chunked, "ffffffffffffffffff\r\n", 8),
            (Framing::Chunked, "9\r\nabcdefghi\r\n0\r\n\r\n", 8),
            (Framing::Chunked, "fffffffffffffff\r\nabcdefghijkl", 8),
        ];
        let mut lines = Vec::new();
        for (framing, came, limit) in cases {
            let told = told(framing, came, limit).await;
            lines.push(format!("{framing:?} {came:?}: {told}"));
        }
        insta::assert_snapshot!(lines.join("\n"));
    }
}
