//! The stream that tungstenite reads and writes: it shows every byte that arrives to the [`FrameDecoder`], and lets what
//! arrived be read to its end when writing has failed. Knows no message.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadBuf};

use super::decoder::FrameDecoder;
use super::encoder::FrameEncoder;
use crate::dial::Io;

/// Bytes of pongs that may wait for a peer that does not read; beyond them it is not read from either.
const PONGS_AT_MOST: usize = 1 << 20;

/// A stream and what is known of what arrived on it.
pub(super) struct FrameStream {
    stream: BufReader<Box<dyn Io>>,
    pub(super) decoder: FrameDecoder,
    /// A frame that is being written beside tungstenite, which waits meanwhile.
    encoder: Option<FrameEncoder>,
    /// Bytes of pongs that are still to be written, at most.
    pongs: usize,
    /// Whether the peer has stopped reading.
    blocked: bool,
    /// Why writing failed. What arrived before then is still read: a close frame may be in it.
    unwritable: Option<io::Error>,
}

impl FrameStream {
    pub(super) fn new(stream: BufReader<Box<dyn Io>>, decoder: FrameDecoder) -> Self {
        Self {
            stream,
            decoder,
            encoder: None,
            pongs: 0,
            blocked: false,
            unwritable: None,
        }
    }

    /// Reads past the decoder, what is not looked at any more.
    pub(super) fn poll_drain(
        &mut self,
        context: &mut Context<'_>,
        scratch: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, scratch)
    }

    /// Takes a frame to write; tungstenite must have written all it has.
    pub(super) fn write_frame(&mut self, encoder: FrameEncoder) {
        self.encoder = Some(encoder);
    }

    /// Whether no frame is being written beside tungstenite.
    pub(super) fn is_idle(&self) -> bool {
        self.encoder.is_none()
    }

    fn poll_encoder(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while let Some(encoder) = &mut self.encoder {
            let piece = encoder.piece();
            if piece.is_empty() || self.unwritable.is_some() {
                self.encoder = None;
                break;
            }
            let written = Pin::new(&mut self.stream).poll_write(context, piece);
            self.blocked = written.is_pending();
            match ready!(written) {
                Ok(0) => self.unwritable = Some(io::ErrorKind::WriteZero.into()),
                Ok(length) => encoder.written(length),
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

impl AsyncRead for FrameStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.decoder.is_broken() {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        if this.blocked && this.pongs > PONGS_AT_MOST {
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        match Pin::new(&mut this.stream).poll_read(context, buffer) {
            Poll::Ready(read) => read?,
            Poll::Pending => match this.unwritable.take() {
                Some(error) => return Poll::Ready(Err(error)),
                None => return Poll::Pending,
            },
        }
        let arrived = buffer.filled_mut().get_mut(before..).unwrap_or_default();
        let admitted = this.decoder.admit(arrived);
        this.pongs += this.decoder.take_pings();
        buffer.set_filled(before + admitted);
        if admitted == 0 && this.decoder.is_broken() {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for FrameStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_encoder(context));
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
        ready!(self.poll_encoder(context));
        // Only an empty buffer is flushed: no pong is left in it.
        self.pongs = 0;
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
