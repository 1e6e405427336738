//! The task of a connection: it owns the stream, reads and writes at all times, and hands on what arrives. So a slow
//! script loses nothing, and times are those of arrival.

use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::Connection;
use super::backlog::Arrived;
use super::incoming::{self, SplitMessage};
use super::outbox::OutgoingFrame;
use super::pings::Pings;
use super::state::ConnectionState;
use crate::interpreter::lookahead::FrameClass;
use crate::protocol::{Close, Ending, EventKind, Frame, may_travel};
use crate::script::Reading;
use crate::websocket::{Arrival, WebSocket};

/// Frames taken from the socket before the script runs again, or written with one time.
const BATCH: usize = 64;
/// Bytes of payload after which the script runs earlier: a peer that never stops must not keep deadlines from striking.
const BATCH_BYTES: usize = 1 << 20;

/// Starts the task of a connection whose opening handshake is done.
pub(crate) fn start(connection: &Rc<Connection>, socket: WebSocket) {
    connection.outbox.begin();
    connection.lifecycle.begin();
    let task = ConnectionTask {
        pings: Pings::new(connection.block.options.ping_every),
        sent_close: None,
        connection: Rc::clone(connection),
        socket,
        split: None,
    };
    connection.block.spawner.spawn(task.run());
    connection.turn_into(ConnectionState::Open);
}

struct ConnectionTask {
    connection: Rc<Connection>,
    socket: WebSocket,
    pings: Pings,
    /// The close that has left.
    sent_close: Option<Close>,
    /// A message whose records arrive, and when it came.
    split: Option<(Duration, SplitMessage)>,
}

impl ConnectionTask {
    /// Reads and writes until the connection has ended.
    async fn run(mut self) {
        let mut sleep = pin!(sleep_until(Instant::now()));
        let ending = poll_fn(|context| {
            loop {
                if let Poll::Ready(ending) = self.poll_socket(context) {
                    return Poll::Ready(ending);
                }
                let bound = self.bound();
                let ping = self.pings.due();
                let Some(due) = ping
                    .into_iter()
                    .chain(bound.as_ref().map(|(due, _)| *due))
                    .min()
                else {
                    return Poll::Pending;
                };
                if sleep.deadline() != due {
                    sleep.as_mut().reset(due);
                }
                if sleep.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                match bound {
                    Some((at, ending)) if at == due => return Poll::Ready(ending),
                    _ if self.pings.is_unanswered() => return Poll::Ready(Ending::Silent),
                    _ => self.keep_alive(),
                }
            }
        })
        .await;
        let Self {
            connection, socket, ..
        } = self;
        drop(socket);
        connection.tell(EventKind::Disconnected(ending.clone()));
        connection.turn_into(ConnectionState::Ended(ending));
    }

    /// Writes everything that can be written, and reads some of what can be read.
    fn poll_socket(&mut self, context: &mut Context<'_>) -> Poll<Ending> {
        self.connection.outbox.set_task(context.waker());
        if self.connection.outbox.is_beyond_bounds() {
            return Poll::Ready(Ending::Stuck);
        }
        if let Poll::Ready(ending) = self.write(context) {
            return Poll::Ready(ending);
        }
        let mut bytes = 0;
        // The clock is read once: what comes in one batch was there together.
        let mut at = None;
        for _ in 0..BATCH {
            if bytes >= BATCH_BYTES {
                break;
            }
            if let Some((at, record)) = self.next_record() {
                bytes += record.payload().len();
                self.arrived(at, record, None);
                continue;
            }
            let (frame, wire) = match self.socket.poll_next(context) {
                Poll::Ready(Arrival::Frame(frame)) => (frame, None),
                Poll::Ready(Arrival::Inflated(frame, wire)) => (frame, Some(wire)),
                Poll::Ready(Arrival::End(ending)) => return Poll::Ready(ending),
                Poll::Pending => return Poll::Pending,
            };
            bytes += frame.payload().len();
            let at = *at.get_or_insert_with(|| self.connection.block.now());
            bytes += self.came(at, frame, wire);
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Until when the peer has time, and how the connection ends then.
    fn bound(&self) -> Option<(Instant, Ending)> {
        let stuck = self.connection.outbox.stuck_at();
        let stuck = stuck.map(|due| (due, Ending::Stuck));
        let closing = self.close_due().map(|due| {
            // What the peer has said by then stands, also where it does not hang up.
            let known = self.socket.closing().cloned();
            let unanswered = || Ending::Unanswered(self.sent_close.clone());
            (due, known.unwrap_or_else(unanswered))
        });
        stuck.into_iter().chain(closing).min_by_key(|(due, _)| *due)
    }

    /// Until when the closing may take: `@close-timeout`, or less where the session has no such time.
    fn close_due(&self) -> Option<Instant> {
        let block = &self.connection.block;
        let since = self.connection.outbox.closing_since();
        let answer = since.and_then(|since| since.checked_add(block.options.close_timeout));
        let session = block.close_by();
        let session = session.filter(|_| since.is_some() || self.socket.closing().is_some());
        answer.into_iter().chain(session).min()
    }

    /// `@ping-every`: the next ping is due, and the one before was answered.
    fn keep_alive(&mut self) {
        if !self.connection.can_send() {
            return self.pings.stop();
        }
        if let Some(data) = self.pings.next() {
            self.connection.send(OutgoingFrame {
                told: false,
                ..OutgoingFrame::of(Frame::Ping(data))
            });
        }
    }

    fn write(&mut self, context: &mut Context<'_>) -> Poll<Ending> {
        let mut blocked = false;
        let mut written = 0_usize;
        let mut at = Duration::ZERO;
        while !blocked && !self.connection.outbox.is_empty() {
            match self.socket.poll_ready(context) {
                // What the peer said before it went is still to be read: the reading side tells the end.
                Poll::Ready(Err(_)) => return Poll::Pending,
                Poll::Pending => blocked = true,
                Poll::Ready(Ok(())) => {
                    let Some(outgoing) = self.connection.outbox.pop() else {
                        break;
                    };
                    let options = &self.connection.block.options;
                    let frame = incoming::end(&outgoing.frame, outgoing.format, options);
                    let Ok(wire) = self.socket.send(frame) else {
                        return Poll::Pending;
                    };
                    if written.is_multiple_of(BATCH) {
                        at = self.connection.block.now();
                    }
                    written += 1;
                    self.left(at, outgoing, wire);
                }
            }
        }
        let flushed = match self.socket.poll_flush(context) {
            Poll::Ready(result) => result.is_ok(),
            Poll::Pending => false,
        };
        if written > 0 {
            self.connection.outbox.wake();
        }
        if flushed && self.connection.outbox.is_done() {
            return Poll::Ready(Ending::Dropped);
        }
        Poll::Pending
    }

    /// A frame has left; `wire` is the size of a payload that left compressed.
    fn left(&mut self, at: Duration, outgoing: OutgoingFrame, wire: Option<usize>) {
        let OutgoingFrame {
            frame,
            format,
            generated,
            told,
            ignored,
            step,
        } = outgoing;
        if let Frame::Ping(data) = &frame {
            self.pings.sent(data);
        }
        if let Frame::Close(close) = &frame {
            self.connection.outbox.close_left();
            self.sent_close.clone_from(close);
        }
        if told {
            let kind = EventKind::Sent {
                frame,
                format,
                generated,
                ignored,
                wire,
            };
            let connection = &self.connection;
            connection.block.emit(at, connection.who(), kind, step);
        }
    }

    /// A frame has come: it is one that arrives, or stands for several. Returns how many bytes were made of it.
    fn came(&mut self, at: Duration, frame: Frame, wire: Option<usize>) -> usize {
        let options = Rc::clone(&self.connection.block.options);
        if options.decode.is_empty() && options.delimiter.is_none() {
            self.arrived(at, frame, wire);
            return 0;
        }
        let came = frame.clone();
        match incoming::decode_message(frame, &options) {
            Err(reason) => {
                self.arrived_too_large(at, came, wire);
                self.socket.refuse_too_large(reason);
                0
            }
            Ok(frame) => {
                let made = frame.payload().len();
                match SplitMessage::of(frame, &options) {
                    Err(frame) => self.arrived(at, frame, wire),
                    Ok(split) => self.split = Some((at, split)),
                }
                made
            }
        }
    }

    /// The next record of the message that is split now.
    fn next_record(&mut self) -> Option<(Duration, Frame)> {
        let (at, split) = self.split.as_mut()?;
        let record = split.next(&self.connection.block.options);
        let record = record.map(|record| (*at, record));
        if record.is_none() {
            self.split = None;
        }
        record
    }

    /// What stands for more than is taken is shown as it came, and seen by no step.
    fn arrived_too_large(&self, at: Duration, frame: Frame, wire: Option<usize>) {
        let number = self.connection.block.arrival();
        let arrived = Arrived {
            at,
            number,
            frame,
            wire,
        };
        self.tell_received(arrived, false, None);
    }

    /// A frame has arrived: it is told, and kept for who looks at its class.
    fn arrived(&mut self, at: Duration, frame: Frame, wire: Option<usize>) {
        let number = self.connection.block.arrival();
        let arrived = Arrived {
            at,
            number,
            frame,
            wire,
        };
        let (class, round_trip) = match &arrived.frame {
            Frame::Text(_) | Frame::Binary(_) | Frame::Decoded(_) => return self.message(arrived),
            Frame::Ping(_) => (Some(FrameClass::Pings), None),
            Frame::Pong(data) => {
                let pong = self.pings.answered(data);
                if pong.keeps_alive {
                    return;
                }
                (Some(FrameClass::Pongs), pong.round_trip)
            }
            // One that carries what must not travel is a breach, and not a close that a step could want.
            Frame::Close(Some(close)) if !may_travel(close.code) => (None, None),
            Frame::Close(_) => (Some(FrameClass::Closes), None),
            Frame::Broken(_) => (None, None),
        };
        let inbox = &self.connection.inbox;
        let wanted = class.filter(|class| inbox.interest().has(*class));
        match wanted {
            Some(class) => {
                self.tell_received(arrived.clone(), false, round_trip);
                self.connection.inbox.push(class, arrived);
            }
            None => self.tell_received(arrived, false, round_trip),
        }
    }

    fn message(&self, arrived: Arrived) {
        let Connection { block, inbox, .. } = &*self.connection;
        let mut forbidden = None;
        let mut ignored = false;
        if block.watches() {
            let reading = Reading::new(arrived.frame.clone());
            let fill = block.fill(&self.connection.scope, self.connection.name.as_deref());
            ignored = block.ignores(&reading, fill);
            forbidden = block
                .forbids(&reading, fill)
                .or_else(|| block.invalid(&reading));
        }
        let wanted = inbox.interest().has(FrameClass::Messages) && !ignored;
        let handled = inbox.is_handled();
        let kept = (wanted || handled).then(|| arrived.clone());
        self.tell_received(arrived, ignored, None);
        if let Some(failure) = forbidden {
            block.fail(self.connection.who(), failure);
        }
        let Some(arrived) = kept else { return };
        if handled {
            inbox.push_for_handlers(arrived.clone());
        }
        if wanted {
            inbox.push(FrameClass::Messages, arrived);
        }
    }

    fn tell_received(&self, arrived: Arrived, ignored: bool, round_trip: Option<Duration>) {
        let Arrived {
            at,
            number,
            frame,
            wire,
        } = arrived;
        let kind = EventKind::Received {
            number,
            frame,
            ignored,
            round_trip,
            wire,
        };
        let connection = &self.connection;
        connection.block.emit(at, connection.who(), kind, None);
    }
}
