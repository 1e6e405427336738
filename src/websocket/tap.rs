//! The stream that tungstenite reads and writes: it shows every byte that arrives to the [`Scanner`], and lets what
//! arrived be read to its end when writing has failed. Knows no message.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadBuf};

use super::bulk::Bulk;
use super::scan::Scanner;
use crate::dial::Io;

/// Answers to pings that may wait for a peer that does not read; then it is not read from either.
const OWED_AT_MOST: usize = 1 << 20;

/// A stream and what is known of what arrived on it.
pub(super) struct Tap {
    stream: BufReader<Box<dyn Io>>,
    pub(super) scanner: Scanner,
    /// A frame that is being written beside tungstenite, which waits meanwhile.
    bulk: Option<Bulk>,
    /// Bytes of pongs that are still to be written.
    owed: usize,
    /// Whether the peer left off reading.
    blocked: bool,
    /// Why writing failed. What arrived before then is still read: a close frame may be in it.
    unwritable: Option<io::Error>,
}

impl Tap {
    pub(super) fn new(stream: BufReader<Box<dyn Io>>, scanner: Scanner) -> Self {
        Self {
            stream,
            scanner,
            bulk: None,
            owed: 0,
            blocked: false,
            unwritable: None,
        }
    }

    /// Reads and forgets, past the scanner.
    pub(super) fn poll_drain(
        &mut self,
        context: &mut Context<'_>,
        scratch: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, scratch)
    }

    /// Takes a frame to write; tungstenite must have written all it has.
    pub(super) fn begin(&mut self, bulk: Bulk) {
        self.bulk = Some(bulk);
    }

    /// Whether no frame is being written beside tungstenite.
    pub(super) fn is_free(&self) -> bool {
        self.bulk.is_none()
    }

    fn poll_bulk(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while let Some(bulk) = &mut self.bulk {
            let piece = bulk.piece();
            if piece.is_empty() || self.unwritable.is_some() {
                self.bulk = None;
                break;
            }
            let written = Pin::new(&mut self.stream).poll_write(context, piece);
            self.blocked = written.is_pending();
            match ready!(written) {
                Ok(0) => self.unwritable = Some(io::ErrorKind::WriteZero.into()),
                Ok(length) => bulk.written(length),
                Err(error) => self.unwritable = Some(error),
            }
        }
        Poll::Ready(())
    }

    fn failed<T>(&mut self, error: io::Error, instead: T) -> Poll<io::Result<T>> {
        self.unwritable.get_or_insert(error);
        Poll::Ready(Ok(instead))
    }
}

impl AsyncRead for Tap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let tap = &mut *self;
        if tap.scanner.is_broken() {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        if tap.blocked && tap.owed > OWED_AT_MOST {
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        match Pin::new(&mut tap.stream).poll_read(context, buffer) {
            Poll::Ready(read) => read?,
            Poll::Pending => match tap.unwritable.take() {
                Some(error) => return Poll::Ready(Err(error)),
                None => return Poll::Pending,
            },
        }
        let arrived = buffer.filled_mut().get_mut(before..).unwrap_or_default();
        let admitted = tap.scanner.admit(arrived);
        tap.owed += tap.scanner.take_pings();
        buffer.set_filled(before + admitted);
        if admitted == 0 && tap.scanner.is_broken() {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_bulk(context));
        if self.unwritable.is_some() {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.blocked = written.is_pending();
        match ready!(written) {
            Ok(written) => Poll::Ready(Ok(written)),
            Err(error) => self.failed(error, bytes.len()),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_bulk(context));
        // Only an empty buffer is flushed: nothing is owed any more.
        self.owed = 0;
        if self.unwritable.is_some() {
            return Poll::Ready(Ok(()));
        }
        match ready!(Pin::new(&mut self.stream).poll_flush(context)) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(error) => self.failed(error, ()),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
