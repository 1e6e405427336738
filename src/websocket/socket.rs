//! One end of an open WebSocket: frames in, frames out, and a truthful end. Knows the bytes of no frame.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::{Sink, Stream};
use tokio::io::BufReader;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{
    Frame as RawFrame, FrameHeader as RawHeader,
};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message};
use tokio_tungstenite::tungstenite::{Error, error::ProtocolError};

use super::compression::Compression;
use super::configuration::{configuration, raw_close};
use super::decoder::{Breach, DataOpcode, FrameDecoder};
use super::encoder::FrameEncoder;
use super::shutdown::Shutdown;
use super::stream::FrameStream;
use crate::dial::{Io, io_reason};
use crate::protocol::{Bytes, DeflateParameters, Ending, Frame, Role, Utf8Bytes};

/// How long the peer has for an answer, where nothing else is said.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// One end of an open connection.
pub struct WebSocket {
    inner: WebSocketStream<FrameStream>,
    role: Role,
    /// The end that we asked for by a close frame.
    close_sent: Option<Ending>,
    /// A large frame, which leaves when all before it has.
    large: Option<FrameEncoder>,
    compression: Option<Compression>,
    /// How long the peer has for an answer to a close of ours.
    close_timeout: Duration,
    state: SocketState,
}

enum SocketState {
    Open,
    Closing(Shutdown),
    Ended(Ending),
}

/// What became of a frame to send.
enum Sending {
    /// It is on its way; the size of a payload that is compressed.
    Sent(Option<usize>),
    /// It goes through tungstenite.
    AsItIs(Frame),
}

/// What arrived.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrival {
    /// A message or control frame; pings are answered and closes replied to by themselves.
    Frame(Frame),
    /// A message that came compressed, and the bytes that its payload had on the wire.
    Inflated(Frame, usize),
    /// The end; nothing comes after it.
    End(Ending),
}

impl WebSocket {
    /// Speaks WebSocket over a stream whose handshake is done. `max_message` is in bytes, for messages and frames;
    /// `deflate` is what the handshake agreed on.
    pub async fn new(
        stream: Box<dyn Io>,
        read_ahead: Bytes,
        role: Role,
        max_message: usize,
        deflate: Option<DeflateParameters>,
    ) -> Self {
        // A server has many connections, a client has much to read.
        let buffer = match role {
            Role::Client | Role::Http => 64 << 10,
            Role::Server => 8 << 10,
        };
        Self::buffered(buffer, stream, read_ahead, role, max_message, deflate).await
    }

    /// The same for a client that is one of many: it reads into what tungstenite reads into, and nothing beside.
    pub async fn one_of_many(
        stream: Box<dyn Io>,
        read_ahead: Bytes,
        max_message: usize,
        deflate: Option<DeflateParameters>,
    ) -> Self {
        let role = Role::Client;
        Self::buffered(1, stream, read_ahead, role, max_message, deflate).await
    }

    async fn buffered(
        buffer: usize,
        stream: Box<dyn Io>,
        read_ahead: Bytes,
        role: Role,
        max_message: usize,
        deflate: Option<DeflateParameters>,
    ) -> Self {
        let peer = match role {
            Role::Client | Role::Http => Role::Server,
            Role::Server => Role::Client,
        };
        let mut decoder = FrameDecoder::new(peer, max_message, deflate.is_some());
        let mut read_ahead = Vec::from(read_ahead);
        let admitted = decoder.admit(&mut read_ahead);
        read_ahead.truncate(admitted);
        let stream = FrameStream::new(BufReader::with_capacity(buffer, stream), decoder);
        let (side, config) = configuration(role);
        Self {
            inner: WebSocketStream::from_partially_read(stream, read_ahead, side, Some(config))
                .await,
            role,
            close_sent: None,
            large: None,
            compression: deflate.map(|agreed| Compression::new(agreed, role, max_message)),
            close_timeout: CLOSE_TIMEOUT,
            state: SocketState::Open,
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

    /// How the connection ends, where it is ending already: nothing that the peer says changes it.
    pub(crate) fn closing(&self) -> Option<&Ending> {
        match &self.state {
            SocketState::Closing(shutdown) => Some(&shutdown.ending),
            SocketState::Open | SocketState::Ended(_) => None,
        }
    }

    /// Whether [`WebSocket::send`] would be taken now. Pending while the peer reads too slowly.
    pub fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        if let Some(ending) = self.shut() {
            return Poll::Ready(Err(ending));
        }
        if self.large.is_some() || !self.inner.get_ref().is_idle() {
            return self.poll_flush(context);
        }
        let ready = ready!(Pin::new(&mut self.inner).poll_ready(context));
        Poll::Ready(ready.map_err(|error| ending(&error)))
    }

    /// Queues a frame, after [`WebSocket::poll_ready`] was ready; [`WebSocket::poll_flush`] makes it leave. Returns, for a
    /// message that leaves compressed, how many bytes its payload has on the wire.
    ///
    /// # Errors
    /// The ending, where the connection has ended or a close frame was sent or received; the ending arrives
    /// by [`WebSocket::poll_next`] all the same.
    pub fn send(&mut self, frame: Frame) -> Result<Option<usize>, Ending> {
        if let Some(ending) = self.shut() {
            return Err(ending);
        }
        let frame = match self.send_message(frame)? {
            Sending::Sent(wire) => return Ok(wire),
            Sending::AsItIs(frame) => frame,
        };
        let message = match frame {
            Frame::Text(text) => Message::Text(text),
            Frame::Binary(bytes) => Message::Binary(bytes),
            Frame::Decoded(decoded) => Message::Binary(decoded.wire.clone()),
            Frame::Ping(data) => Message::Ping(data),
            // A raw frame, since a pong message would take the place of the answer to a ping.
            Frame::Pong(data) => Message::Frame(RawFrame::pong(data)),
            Frame::Close(close) => {
                self.close_sent = Some(Ending::Closed(close.clone()));
                Message::Close(close.map(raw_close))
            }
            // What is not a frame cannot be sent.
            Frame::Broken(_) => return Ok(None),
        };
        self.start_send(message).map(|()| None)
    }

    /// Sends what does not go through tungstenite as a message: what is compressed or large.
    fn send_message(&mut self, frame: Frame) -> Result<Sending, Ending> {
        let opcode = match &frame {
            Frame::Text(_) => Data::Text,
            Frame::Binary(_) => Data::Binary,
            _ => return Ok(Sending::AsItIs(frame)),
        };
        let compression = self.compression.as_mut();
        let deflated = compression.and_then(|compression| compression.deflate(&frame));
        let header = RawHeader {
            rsv1: deflated.is_some(),
            opcode: OpCode::Data(opcode),
            ..RawHeader::default()
        };
        let wire = deflated.as_ref().map(Bytes::len);
        let payload = match deflated {
            Some(deflated) => deflated,
            None if FrameEncoder::suits(frame.payload()) => frame.into_payload(),
            None => return Ok(Sending::AsItIs(frame)),
        };
        if FrameEncoder::suits(&payload) {
            let masked = self.role == Role::Client;
            self.large = Some(FrameEncoder::new(&header, payload, masked));
        } else {
            self.start_send(Message::Frame(RawFrame::from_payload(header, payload)))?;
        }
        Ok(Sending::Sent(wire))
    }

    fn start_send(&mut self, message: Message) -> Result<(), Ending> {
        let started = Pin::new(&mut self.inner).start_send(message);
        started.map_err(|error| ending(&error))
    }

    /// Writes what is queued.
    pub fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        match &self.state {
            SocketState::Open => {
                let mut flushed = ready!(Pin::new(&mut self.inner).poll_flush(context));
                if let Some(large) = self.large.take() {
                    self.inner.get_mut().write_frame(large);
                    flushed = ready!(Pin::new(&mut self.inner).poll_flush(context));
                }
                Poll::Ready(flushed.map_err(|error| ending(&error)))
            }
            // The shutdown flushes by itself.
            SocketState::Closing(_) => Poll::Ready(Ok(())),
            SocketState::Ended(ending) => Poll::Ready(Err(ending.clone())),
        }
    }

    /// The next thing that arrives; after [`Arrival::End`] it is pending for ever.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Arrival> {
        loop {
            match &mut self.state {
                SocketState::Open => {
                    let next = ready!(Pin::new(&mut self.inner).poll_next(context));
                    let arrival = match next {
                        Some(Ok(message)) => self.arrival(message),
                        Some(Err(error)) => self.failed(&error),
                        None => self.failed(&Error::ConnectionClosed),
                    };
                    if let Some(arrival) = arrival {
                        return Poll::Ready(arrival);
                    }
                }
                SocketState::Closing(shutdown) => {
                    ready!(shutdown.poll(&mut self.inner, context));
                    let ending = shutdown.ending.clone();
                    self.state = SocketState::Ended(ending.clone());
                    return Poll::Ready(Arrival::End(ending));
                }
                SocketState::Ended(_) => return Poll::Pending,
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
    /// The ending, as [`WebSocket::send`] has it.
    pub async fn deliver(&mut self, frame: Frame) -> Result<(), Ending> {
        poll_fn(|context| self.poll_ready(context)).await?;
        let _ = self.send(frame)?;
        poll_fn(|context| self.poll_flush(context)).await
    }

    /// Why nothing can be sent any more.
    fn shut(&self) -> Option<Ending> {
        match &self.state {
            SocketState::Open => self.close_sent.clone(),
            SocketState::Closing(shutdown) => Some(shutdown.ending.clone()),
            SocketState::Ended(ending) => Some(ending.clone()),
        }
    }

    fn arrival(&mut self, message: Message) -> Option<Arrival> {
        Some(Arrival::Frame(match message {
            Message::Binary(payload) => {
                let arrival = self.whole_message(payload);
                return arrival.map_or_else(|breach| self.breach(breach).map(Arrival::Frame), Some);
            }
            Message::Text(text) => Frame::Text(text),
            Message::Ping(data) => Frame::Ping(data),
            Message::Pong(data) => Frame::Pong(data),
            Message::Close(_) => {
                let theirs = self.inner.get_ref().decoder.close();
                let ending = match (&theirs, self.close_sent.take()) {
                    (None, Some(ending)) => ending,
                    _ => Ending::Closed(theirs.clone()),
                };
                self.close(ending);
                Frame::Close(theirs)
            }
            Message::Frame(frame) => Frame::Broken(frame.into_payload()),
        }))
    }

    /// What a message is that has come whole: its payload, as it was announced.
    fn whole_message(&mut self, payload: Bytes) -> Result<Arrival, Breach> {
        let start = self.inner.get_mut().decoder.next_message();
        let wire = payload.len();
        let payload = match &mut self.compression {
            Some(compression) if start.compressed => compression.inflate(&payload)?,
            _ => payload,
        };
        let frame = match start.opcode {
            DataOpcode::Binary => Frame::Binary(payload),
            DataOpcode::Text => match Utf8Bytes::try_from(payload.clone()) {
                Ok(text) => Frame::Text(text),
                Err(error) => return Err(Breach::not_text(&payload, error)),
            },
        };
        Ok(if start.compressed {
            Arrival::Inflated(frame, wire)
        } else {
            Arrival::Frame(frame)
        })
    }

    /// Reading came to an end: by a breach that the decoder saw, or by the transport.
    fn failed(&mut self, error: &Error) -> Option<Arrival> {
        if let Some(breach) = self.inner.get_mut().decoder.take_breach() {
            return self.breach(breach).map(Arrival::Frame);
        }
        let ending = ending(error);
        if matches!(ending, Ending::Breach { .. }) {
            self.close(ending);
            return None;
        }
        self.state = SocketState::Ended(ending.clone());
        Some(Arrival::End(ending))
    }

    /// Closes because of a message that stands for more than is taken.
    pub(crate) fn refuse_too_large(&mut self, reason: String) {
        let (code, shown) = (1009, None);
        self.breach(Breach {
            reason,
            code,
            shown,
        });
    }

    fn breach(&mut self, breach: Breach) -> Option<Frame> {
        let close = CloseFrame {
            code: CloseCode::from(breach.code),
            reason: Utf8Bytes::default(),
        };
        if self.close_sent.is_none() {
            // Where it cannot be sent, the connection ends without it.
            let _ = Pin::new(&mut self.inner).start_send(Message::Close(Some(close)));
        }
        self.close(Ending::Breach {
            reason: breach.reason,
            code: breach.code,
        });
        breach.shown
    }

    fn close(&mut self, ending: Ending) {
        self.state = SocketState::Closing(Shutdown::new(ending, self.role, self.close_timeout));
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

#[cfg(test)]
mod tests;
