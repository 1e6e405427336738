//! A peer for the laws about connections, a stream in memory, and the time in which they go on.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::{Builder, Runtime};

/// A peer that says what it says in pieces, hears everything, and hangs up.
pub(crate) struct Peer {
    pieces: VecDeque<Vec<u8>>,
    /// Says no more in the end, but does not hang up.
    pub(crate) stays: bool,
    heard: Rc<RefCell<Vec<u8>>>,
}

/// What runs a connection; its clock goes on by itself as soon as everybody waits.
pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
}

impl Peer {
    pub(crate) fn sending(bytes: &[u8], length: usize) -> (Self, Rc<RefCell<Vec<u8>>>) {
        let heard = Rc::default();
        let peer = Self {
            pieces: bytes.chunks(length).map(<[u8]>::to_vec).collect(),
            stays: false,
            heard: Rc::clone(&heard),
        };
        (peer, heard)
    }
}

impl AsyncRead for Peer {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(mut piece) = self.pieces.pop_front() {
            let behind = piece.split_off(piece.len().min(buffer.remaining()));
            buffer.put_slice(&piece);
            if !behind.is_empty() {
                self.pieces.push_front(behind);
            }
        } else if self.stays {
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Peer {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.heard.borrow_mut().extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
