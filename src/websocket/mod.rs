//! A WebSocket over a stream: frames in, frames out, and a truthful end. Everything of tungstenite's is in here.
//! Knows no script and no clock but that of a close.

mod bulk;
mod closing;
mod header;
mod opening;
mod scan;
mod tap;

#[cfg(test)]
mod tests;

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::{Sink, Stream};
use tokio::io::BufReader;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::Frame as RawFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{
    CloseFrame, Message, Role as Side, WebSocketConfig,
};
use tokio_tungstenite::tungstenite::{Error, error::ProtocolError};

use self::bulk::Bulk;
use self::closing::Closing;
pub use self::opening::{ConnectRequest, HandshakeOutcome, Upgraded, connect, upgrade};
use self::scan::{Breach, Kind, Scanner};
use self::tap::Tap;
use crate::dial::{Io, io_reason};
use crate::protocol::{Bytes, Close, Ending, Frame, Role, Utf8Bytes};

/// Bytes that tungstenite reads at a time. It fills the room for them with zeros before each time, so a large portion
/// costs more than the message that comes; what the system has is read in larger ones, into the tap's buffer.
const PORTION: usize = 4 << 10;
/// How long the peer has for an answer, where nothing else is said.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes kept of a text message that is not UTF-8.
const BROKEN_TEXT: usize = 64 << 10;

/// One end of an open connection.
pub struct Wire {
    socket: WebSocketStream<Tap>,
    role: Role,
    /// The end that we asked for by a close frame.
    parted: Option<Ending>,
    /// A large frame, which leaves when all before it has.
    large: Option<Bulk>,
    /// How long the peer has for an answer to a close of ours.
    close_timeout: Duration,
    state: State,
}

enum State {
    Open,
    Closing(Closing),
    Ended(Ending),
}

/// What arrived.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrival {
    /// A message or control frame; pings are answered and closes replied to by themselves.
    Frame(Frame),
    /// The end; nothing comes after it.
    End(Ending),
}

impl Wire {
    /// Speaks WebSocket over a stream whose handshake is done. `max_message` is in bytes, for messages and frames.
    pub async fn new(
        stream: Box<dyn Io>,
        read_ahead: Bytes,
        role: Role,
        max_message: usize,
    ) -> Self {
        let peer = match role {
            Role::Client => Role::Server,
            Role::Server => Role::Client,
        };
        let mut scanner = Scanner::new(peer, max_message);
        let mut read_ahead = Vec::from(read_ahead);
        let admitted = scanner.admit(&mut read_ahead);
        read_ahead.truncate(admitted);
        // A server has many connections, a client has much to read.
        let buffer = match role {
            Role::Client => 64 << 10,
            Role::Server => 8 << 10,
        };
        let tap = Tap::new(BufReader::with_capacity(buffer, stream), scanner);
        let (side, config) = configuration(role);
        Self {
            socket: WebSocketStream::from_partially_read(tap, read_ahead, side, Some(config)).await,
            role,
            parted: None,
            large: None,
            close_timeout: CLOSE_TIMEOUT,
            state: State::Open,
        }
    }

    /// The same, and where we close for a breach the peer has so long to hear of it.
    #[must_use]
    pub fn closing_within(self, close_timeout: Duration) -> Self {
        Self {
            close_timeout,
            ..self
        }
    }

    /// How the connection ends that is ending already: what the peer has said of it is known.
    pub(super) fn closing(&self) -> Option<&Ending> {
        match &self.state {
            State::Closing(closing) => Some(&closing.ending),
            State::Open | State::Ended(_) => None,
        }
    }

    /// Whether [`Wire::send`] would be taken now. Pending while the peer reads too slowly.
    pub fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        if let Some(ending) = self.shut() {
            return Poll::Ready(Err(ending));
        }
        if self.large.is_some() || !self.socket.get_ref().is_free() {
            return self.poll_flush(context);
        }
        let ready = ready!(Pin::new(&mut self.socket).poll_ready(context));
        Poll::Ready(ready.map_err(|error| ending(&error)))
    }

    /// Queues a frame, after [`Wire::poll_ready`] was ready; [`Wire::poll_flush`] makes it leave.
    ///
    /// # Errors
    /// The ending, where the connection has ended or a close frame was sent or received; the ending arrives
    /// by [`Wire::poll_next`] all the same.
    pub fn send(&mut self, frame: Frame) -> Result<(), Ending> {
        if let Some(ending) = self.shut() {
            return Err(ending);
        }
        if Bulk::suits(&frame) {
            self.large = Some(Bulk::new(frame, self.role == Role::Client));
            return Ok(());
        }
        let message = match frame {
            Frame::Text(text) => Message::Text(text),
            Frame::Binary(bytes) => Message::Binary(bytes),
            Frame::Ping(data) => Message::Ping(data),
            // A raw frame, since a pong message would take the place of the answer to a ping.
            Frame::Pong(data) => Message::Frame(RawFrame::pong(data)),
            Frame::Close(close) => {
                self.parted = Some(Ending::Closed(close.clone()));
                Message::Close(close.map(raw_close))
            }
            // There is no way to send what is no frame.
            Frame::Broken(_) => return Ok(()),
        };
        Pin::new(&mut self.socket)
            .start_send(message)
            .map_err(|error| ending(&error))
    }

    /// Writes what is queued.
    pub fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        match &self.state {
            State::Open => {
                let mut flushed = ready!(Pin::new(&mut self.socket).poll_flush(context));
                if let Some(large) = self.large.take() {
                    self.socket.get_mut().begin(large);
                    flushed = ready!(Pin::new(&mut self.socket).poll_flush(context));
                }
                Poll::Ready(flushed.map_err(|error| ending(&error)))
            }
            // The closing flushes by itself.
            State::Closing(_) => Poll::Ready(Ok(())),
            State::Ended(ending) => Poll::Ready(Err(ending.clone())),
        }
    }

    /// The next thing that arrives; after [`Arrival::End`] it is pending for ever.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Arrival> {
        loop {
            match &mut self.state {
                State::Open => {
                    let next = ready!(Pin::new(&mut self.socket).poll_next(context));
                    let arrival = match next {
                        Some(Ok(message)) => self.frame(message).map(Arrival::Frame),
                        Some(Err(error)) => self.failed(&error),
                        None => self.failed(&Error::ConnectionClosed),
                    };
                    if let Some(arrival) = arrival {
                        return Poll::Ready(arrival);
                    }
                }
                State::Closing(closing) => {
                    ready!(closing.poll(&mut self.socket, context));
                    let ending = closing.ending.clone();
                    self.state = State::Ended(ending.clone());
                    return Poll::Ready(Arrival::End(ending));
                }
                State::Ended(_) => return Poll::Pending,
            }
        }
    }

    /// The next thing that arrives.
    pub async fn next(&mut self) -> Arrival {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// Sends one frame and makes it leave.
    ///
    /// # Errors
    /// The ending, as [`Wire::send`] has it.
    pub async fn deliver(&mut self, frame: Frame) -> Result<(), Ending> {
        poll_fn(|context| self.poll_ready(context)).await?;
        self.send(frame)?;
        poll_fn(|context| self.poll_flush(context)).await
    }

    /// Why nothing can be sent any more.
    fn shut(&self) -> Option<Ending> {
        match &self.state {
            State::Open => self.parted.clone(),
            State::Closing(closing) => Some(closing.ending.clone()),
            State::Ended(ending) => Some(ending.clone()),
        }
    }

    fn frame(&mut self, message: Message) -> Option<Frame> {
        Some(match message {
            Message::Binary(bytes) => match self.socket.get_mut().scanner.kind() {
                Kind::Binary => Frame::Binary(bytes),
                Kind::Text => match Utf8Bytes::try_from(bytes.clone()) {
                    Ok(text) => Frame::Text(text),
                    Err(error) => return self.breach(not_text(&bytes, error)),
                },
            },
            Message::Text(text) => Frame::Text(text),
            Message::Ping(data) => Frame::Ping(data),
            Message::Pong(data) => Frame::Pong(data),
            Message::Close(_) => {
                let theirs = self.socket.get_ref().scanner.close();
                let ending = match (&theirs, self.parted.take()) {
                    (None, Some(ending)) => ending,
                    _ => Ending::Closed(theirs.clone()),
                };
                self.close(ending);
                Frame::Close(theirs)
            }
            Message::Frame(frame) => Frame::Broken(frame.into_payload()),
        })
    }

    /// Reading came to an end: by a breach that the scanner saw, or by the transport.
    fn failed(&mut self, error: &Error) -> Option<Arrival> {
        if let Some(breach) = self.socket.get_mut().scanner.take_breach() {
            return self.breach(breach).map(Arrival::Frame);
        }
        let ending = ending(error);
        if matches!(ending, Ending::Breach { .. }) {
            self.close(ending);
            return None;
        }
        self.state = State::Ended(ending.clone());
        Some(Arrival::End(ending))
    }

    fn breach(&mut self, breach: Breach) -> Option<Frame> {
        let close = CloseFrame {
            code: CloseCode::from(breach.code),
            reason: Utf8Bytes::default(),
        };
        if self.parted.is_none() {
            // Where it cannot be sent, the connection ends without it.
            let _ = Pin::new(&mut self.socket).start_send(Message::Close(Some(close)));
        }
        self.close(Ending::Breach {
            reason: breach.reason,
            code: breach.code,
        });
        breach.shown
    }

    fn close(&mut self, ending: Ending) {
        self.state = State::Closing(Closing::new(ending, self.role, self.close_timeout));
    }
}

/// Sizes of messages are the scanner's business.
fn configuration(role: Role) -> (Side, WebSocketConfig) {
    let (side, write) = match role {
        Role::Client => (Side::Client, 64 << 10),
        Role::Server => (Side::Server, 16 << 10),
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(PORTION)
        .write_buffer_size(write)
        .max_message_size(None)
        .max_frame_size(None);
    (side, config)
}

fn raw_close(close: Close) -> CloseFrame {
    CloseFrame {
        code: CloseCode::from(close.code),
        reason: close.reason.into(),
    }
}

fn not_text(bytes: &Bytes, error: std::str::Utf8Error) -> Breach {
    let at = error.valid_up_to();
    let shown = bytes.slice(..bytes.len().min(BROKEN_TEXT));
    Breach {
        reason: format!("a text message is not UTF-8 (from byte {at} on)"),
        code: 1007,
        shown: Some(Frame::Broken(shown)),
    }
}

/// What an error of the transport says of the end.
fn ending(error: &Error) -> Ending {
    match error {
        // TLS calls it so where its own goodbye is missing.
        Error::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ending::Vanished,
        Error::Io(error) => Ending::Reset(io_reason(error)),
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Ending::Vanished,
        other => Ending::Breach {
            reason: other.to_string(),
            code: 1002,
        },
    }
}
