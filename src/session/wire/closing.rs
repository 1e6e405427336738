//! The last moments of a connection: what is queued leaves, then both sides let go, within bounds.
//! Knows why the connection ends only to tell it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::Sink;
use tokio::io::{AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};
use tokio_tungstenite::WebSocketStream;

use super::tap::Tap;
use crate::protocol::Ending;
use crate::script::Role;

/// How long a close frame of ours may take to leave.
const LEAVING: Duration = Duration::from_secs(1);
/// How long the peer's end of the connection is waited for.
const PARTING: Duration = Duration::from_millis(200);
/// Bytes read and forgotten while waiting.
const FORGOTTEN: usize = 1 << 20;

/// A connection on its way to its end.
pub(super) struct Closing {
    pub(super) ending: Ending,
    role: Role,
    stage: Stage,
    bound: Pin<Box<Sleep>>,
}

enum Stage {
    Flush,
    Shutdown,
    Drain { forgotten: usize },
}

impl Closing {
    pub(super) fn new(ending: Ending, role: Role) -> Self {
        Self {
            ending,
            role,
            stage: Stage::Flush,
            bound: Box::pin(sleep(LEAVING)),
        }
    }

    /// Ready when the connection may be let go.
    pub(super) fn poll(
        &mut self,
        socket: &mut WebSocketStream<Tap>,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        if self.bound.as_mut().poll(context).is_pending() {
            ready!(self.part(socket, context));
        }
        // TLS has a goodbye of its own; it leaves at once, or not at all.
        let _ = Pin::new(socket.get_mut()).poll_shutdown(context);
        Poll::Ready(())
    }

    fn part(&mut self, socket: &mut WebSocketStream<Tap>, context: &mut Context<'_>) -> Poll<()> {
        if matches!(self.stage, Stage::Flush) {
            let _ = ready!(Pin::new(&mut *socket).poll_flush(context));
            let _ = ready!(Pin::new(socket.get_mut()).poll_flush(context));
            self.bound.as_mut().reset(Instant::now() + PARTING);
            let _ = self.bound.as_mut().poll(context);
            self.stage = self.after_flush();
        }
        if matches!(self.stage, Stage::Shutdown) {
            let _ = ready!(Pin::new(socket.get_mut()).poll_shutdown(context));
            self.stage = Stage::Drain { forgotten: 0 };
        }
        // Unread bytes would turn our end into a reset, which may overtake the close frame.
        self.drain(socket.get_mut(), context)
    }

    /// The server closes the connection first; a client does only if the peer broke the protocol (RFC 6455, 7.1.1).
    fn after_flush(&self) -> Stage {
        match (self.role, &self.ending) {
            (Role::Client, Ending::Closed(_)) => Stage::Drain { forgotten: 0 },
            _ => Stage::Shutdown,
        }
    }

    fn drain(&mut self, tap: &mut Tap, context: &mut Context<'_>) -> Poll<()> {
        let Stage::Drain { forgotten } = &mut self.stage else {
            return Poll::Ready(());
        };
        let mut scratch = [0; 4096];
        while *forgotten < FORGOTTEN {
            let mut scratch = ReadBuf::new(&mut scratch);
            match ready!(tap.poll_drain(context, &mut scratch)) {
                Ok(()) if !scratch.filled().is_empty() => *forgotten += scratch.filled().len(),
                _ => break,
            }
        }
        Poll::Ready(())
    }
}
