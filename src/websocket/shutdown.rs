//! Shuts a connection down: what is queued leaves, then both sides let go, within bounds. Knows why the connection
//! ends only to tell it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::Sink;
use tokio::io::{AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};
use tokio_tungstenite::WebSocketStream;

use super::stream::FrameStream;
use crate::protocol::{Ending, Role};

/// How long a close frame of ours may take to leave.
const LEAVING: Duration = Duration::from_secs(1);
/// How long the peer's end of the connection is waited for.
const PARTING: Duration = Duration::from_millis(200);
/// How long a peer that broke the protocol may send nothing more before it counts as done.
const SILENCE: Duration = Duration::from_millis(500);
/// No bound is longer.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// Bytes that are read and dropped at most while waiting for a peer whose close has come.
const DROPPED: usize = 1 << 20;
/// Pieces that are read before others have their turn.
const TURN: usize = 64;

/// A connection on its way to its end.
pub(super) struct Shutdown {
    pub(super) ending: Ending,
    role: Role,
    phase: ShutdownPhase,
    dropped: usize,
    /// When the connection is let go, whatever the peer does.
    bound: Pin<Box<Sleep>>,
    /// Until when that may be put off: for a peer that was still sending when it was closed.
    latest: Option<Instant>,
}

enum ShutdownPhase {
    Flush,
    Shutdown,
    Drain,
}

impl Shutdown {
    /// `timeout` is how long a peer that broke the protocol may go on sending: it may read our close only after that.
    pub(super) fn new(ending: Ending, role: Role, timeout: Duration) -> Self {
        let breach = matches!(ending, Ending::Breach { .. });
        let latest = Instant::now() + timeout.clamp(PARTING, LONGEST);
        Self {
            ending,
            role,
            phase: ShutdownPhase::Flush,
            dropped: 0,
            bound: Box::pin(sleep(LEAVING)),
            latest: breach.then_some(latest),
        }
    }

    /// Ready when the connection may be let go.
    pub(super) fn poll(
        &mut self,
        socket: &mut WebSocketStream<FrameStream>,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        if self.bound.as_mut().poll(context).is_pending() {
            ready!(self.poll_parting(socket, context));
        }
        // TLS has a goodbye of its own; it leaves at once, or not at all.
        let _ = Pin::new(socket.get_mut()).poll_shutdown(context);
        Poll::Ready(())
    }

    fn poll_parting(
        &mut self,
        socket: &mut WebSocketStream<FrameStream>,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        // Unread bytes would turn our end into a reset, which may overtake the close frame; and a peer may read what
        // we have for it only when it has got rid of what it has for us.
        let silent = self.drain(socket.get_mut(), context);
        if matches!(self.phase, ShutdownPhase::Flush) {
            let _ = ready!(Pin::new(&mut *socket).poll_flush(context));
            let _ = ready!(Pin::new(socket.get_mut()).poll_flush(context));
            self.phase = self.after_flush();
            self.wait(context);
        }
        if matches!(self.phase, ShutdownPhase::Shutdown) {
            let _ = ready!(Pin::new(socket.get_mut()).poll_shutdown(context));
            self.phase = ShutdownPhase::Drain;
        }
        silent
    }

    /// The server closes the connection first; a client does only if the peer broke the protocol (RFC 6455, 7.1.1).
    fn after_flush(&self) -> ShutdownPhase {
        match (self.role, &self.ending) {
            (Role::Client | Role::Http, Ending::Closed(_)) => ShutdownPhase::Drain,
            _ => ShutdownPhase::Shutdown,
        }
    }

    /// Reads and drops what comes; ready where nothing more does, or too much.
    fn drain(&mut self, stream: &mut FrameStream, context: &mut Context<'_>) -> Poll<()> {
        let mut scratch = [0; 4096];
        let before = self.dropped;
        for _ in 0..TURN {
            if self.latest.is_none() && self.dropped >= DROPPED {
                return Poll::Ready(());
            }
            let mut scratch = ReadBuf::new(&mut scratch);
            match stream.poll_drain(context, &mut scratch) {
                Poll::Ready(Ok(())) if !scratch.filled().is_empty() => {
                    self.dropped = self.dropped.saturating_add(scratch.filled().len());
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => {
                    if self.dropped > before {
                        self.wait(context);
                    }
                    return Poll::Pending;
                }
            }
        }
        self.wait(context);
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// The peer has time from now on: to answer, and where it was still sending, to send more.
    fn wait(&mut self, context: &mut Context<'_>) {
        let now = Instant::now();
        let due = match (self.latest, &self.phase) {
            (None, ShutdownPhase::Flush) => return,
            (None, _) => now + PARTING,
            (Some(latest), ShutdownPhase::Flush) => latest.min(now + LEAVING),
            (Some(latest), _) => latest.min(now + SILENCE),
        };
        self.bound.as_mut().reset(due);
        if self.bound.as_mut().poll(context).is_ready() {
            context.waker().wake_by_ref();
        }
    }
}
