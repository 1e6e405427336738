//! The task of a connection: it owns the stream, reads and writes at all times, and hands on what arrives. So a slow
//! script loses nothing, and times are those of arrival.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::backlog::Arrived;
use super::connection::{Connection, OutgoingFrame, QUEUE_FULL, STUCK_BOUND};
use super::lookahead::FrameClass;
use crate::protocol::{Bytes, Ending, EventKind, Frame, may_travel};
use crate::script::Reading;
use crate::websocket::{Arrival, WebSocket};

/// Frames taken from the socket before the script has its turn, or written with one time.
const TURN: usize = 64;
/// Bytes of payload after which it has its turn earlier: a peer that never stops must not keep deadlines from striking.
const TURN_BYTES: usize = 1 << 20;
/// Pings whose pongs are awaited for the round-trip time.
const PINGS: usize = 1024;

impl Connection {
    /// One turn of the task: everything that can be written and some of what can be read.
    fn poll_turn(&self, socket: &mut WebSocket, context: &mut Context<'_>) -> Poll<Ending> {
        *self.pump.borrow_mut() = Some(context.waker().clone());
        if self.stuck.get() {
            return Poll::Ready(Ending::Stuck);
        }
        if self.silent.get() {
            return Poll::Ready(Ending::Silent);
        }
        if let Poll::Ready(ending) = self.write(socket, context) {
            return Poll::Ready(ending);
        }
        let mut bytes = 0;
        // One reading of the clock a turn: what comes in one was there together.
        let mut at = None;
        for _ in 0..TURN {
            if bytes >= TURN_BYTES {
                break;
            }
            match socket.poll_next(context) {
                Poll::Ready(Arrival::Frame(frame)) => {
                    bytes += frame.payload().len();
                    self.arrived(*at.get_or_insert_with(|| self.block.now()), frame);
                }
                Poll::Ready(Arrival::End(ending)) => return Poll::Ready(ending),
                Poll::Pending => return Poll::Pending,
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Until when the peer has time, and how the connection ends then.
    fn bound(&self, socket: &WebSocket) -> Option<(Instant, Ending)> {
        let full = self.queue.borrow().full;
        let stuck = full.map(|since| (since + STUCK_BOUND, Ending::Stuck));
        let closing = self.close_due(socket).map(|due| {
            // What the peer has said by then stands, also where it does not hang up.
            let known = socket.closing().cloned();
            let unanswered = || Ending::Unanswered(self.sent_close.borrow().clone());
            (due, known.unwrap_or_else(unanswered))
        });
        stuck.into_iter().chain(closing).min_by_key(|(due, _)| *due)
    }

    /// Until when the closing may take: `@close-timeout`, or less where the session has no such time.
    fn close_due(&self, socket: &WebSocket) -> Option<Instant> {
        let since = self.closing.get();
        let answer = since.and_then(|since| since.checked_add(self.block.options.close_timeout));
        let session = self.block.close_by();
        let session = session.filter(|_| since.is_some() || socket.closing().is_some());
        answer.into_iter().chain(session).min()
    }

    fn write(&self, socket: &mut WebSocket, context: &mut Context<'_>) -> Poll<Ending> {
        let mut blocked = false;
        let mut written = 0_usize;
        let mut at = Duration::ZERO;
        while !blocked && !self.queue.borrow().frames.is_empty() {
            match socket.poll_ready(context) {
                // What the peer said before it went is still to be read: the reading side tells the end.
                Poll::Ready(Err(_)) => return Poll::Pending,
                Poll::Pending => blocked = true,
                Poll::Ready(Ok(())) => {
                    let Some(outgoing) = self.take() else { break };
                    if socket.send(outgoing.frame.clone()).is_err() {
                        return Poll::Pending;
                    }
                    if written.is_multiple_of(TURN) {
                        at = self.block.now();
                    }
                    written += 1;
                    self.left(at, outgoing);
                }
            }
        }
        let flushed = match socket.poll_flush(context) {
            Poll::Ready(result) => result.is_ok(),
            Poll::Pending => false,
        };
        let queue = self.queue.borrow();
        if written > 0 {
            self.changed.notify_waiters();
        }
        if queue.cut && flushed && queue.frames.is_empty() {
            return Poll::Ready(Ending::Dropped);
        }
        Poll::Pending
    }

    fn take(&self) -> Option<OutgoingFrame> {
        let mut queue = self.queue.borrow_mut();
        let outgoing = queue.frames.pop_front()?;
        queue.bytes -= outgoing.size();
        queue.taken += 1;
        if queue.bytes <= QUEUE_FULL {
            queue.full = None;
        }
        Some(outgoing)
    }

    fn left(&self, at: Duration, outgoing: OutgoingFrame) {
        let OutgoingFrame {
            frame,
            format,
            generated,
            told,
            ignored,
            step,
        } = outgoing;
        if let Frame::Ping(data) = &frame {
            let mut awaited = self.awaited.borrow_mut();
            if awaited.len() == PINGS {
                awaited.pop_front();
            }
            awaited.push_back((data.clone(), Instant::now()));
        }
        if let Frame::Close(close) = &frame {
            self.closing.set(Some(Instant::now()));
            self.sent_close.borrow_mut().clone_from(close);
        }
        if told {
            let what = EventKind::Sent {
                frame,
                format,
                generated,
                ignored,
            };
            self.block.hear(at, self.who(), what, step);
        }
    }

    fn arrived(&self, at: Duration, frame: Frame) {
        let number = self.block.arrival();
        let arrived = Arrived { at, number, frame };
        let interest = self.interest.get();
        let (wanted, cursor) = match &arrived.frame {
            Frame::Text(_) | Frame::Binary(_) => return self.message(arrived),
            Frame::Ping(_) => (interest.has(FrameClass::Pings), FrameClass::Pings),
            Frame::Pong(_) => return self.pong(arrived),
            // One that carries what must not travel is a breach, and no close that a step could want.
            Frame::Close(close) => {
                let fit = close.as_ref().is_none_or(|close| may_travel(close.code));
                (fit && interest.has(FrameClass::Closes), FrameClass::Closes)
            }
            Frame::Broken(_) => return self.tell_received(arrived, false, None),
        };
        self.tell_received(arrived.clone(), false, None);
        self.keep(wanted, cursor, arrived);
    }

    fn message(&self, arrived: Arrived) {
        let mut forbidden = None;
        let mut ignored = false;
        if self.block.watches() {
            let reading = Reading::new(arrived.frame.clone());
            let fill = self.block.fill(&self.scope, self.name.as_deref());
            ignored = self.block.ignores(&reading, fill);
            forbidden = self.block.forbids(&reading, fill);
        }
        let wanted = self.interest.get().has(FrameClass::Messages) && !ignored;
        let handles = self.handles.get();
        let kept = (wanted || handles).then(|| arrived.clone());
        self.tell_received(arrived, ignored, None);
        if let Some(failure) = forbidden {
            self.block.fail(self.who(), failure);
        }
        let Some(arrived) = kept else { return };
        if handles {
            self.handlers.borrow_mut().push(arrived.clone());
            self.changed.notify_waiters();
        }
        self.keep(wanted, FrameClass::Messages, arrived);
    }

    fn pong(&self, arrived: Arrived) {
        let data = arrived.frame.payload();
        let mut awaited = self.awaited.borrow_mut();
        let position = awaited.iter().position(|(sent, _)| *sent == data);
        // A pong answers the latest ping (RFC 6455, 5.5.3): those before it get no answer of their own.
        let sent = position.and_then(|position| awaited.drain(..=position).next_back());
        drop(awaited);
        if self
            .probe
            .borrow_mut()
            .take_if(|probe| *probe == data)
            .is_some()
        {
            return;
        }
        let round_trip = sent.map(|(_, sent)| sent.elapsed());
        self.tell_received(arrived.clone(), false, round_trip);
        let wanted = self.interest.get().has(FrameClass::Pongs);
        self.keep(wanted, FrameClass::Pongs, arrived);
    }

    fn tell_received(&self, arrived: Arrived, ignored: bool, round_trip: Option<Duration>) {
        let Arrived { at, number, frame } = arrived;
        let what = EventKind::Received {
            number,
            frame,
            ignored,
            round_trip,
        };
        self.block.tell_at(at, self.who(), what);
    }

    fn keep(&self, wanted: bool, cursor: FrameClass, arrived: Arrived) {
        if wanted {
            self.cursor(cursor).borrow_mut().push(arrived);
            self.changed.notify_waiters();
        }
    }
}

/// The task that owns the stream: it reads and writes until the connection has ended.
pub(super) async fn pump(connection: Rc<Connection>, mut socket: WebSocket) {
    let mut sleep: Pin<&mut Sleep> = pin!(sleep_until(Instant::now()));
    let ending = poll_fn(|context| {
        if let Poll::Ready(ending) = connection.poll_turn(&mut socket, context) {
            return Poll::Ready(ending);
        }
        let Some((due, ending)) = connection.bound(&socket) else {
            return Poll::Pending;
        };
        if sleep.deadline() != due {
            sleep.as_mut().reset(due);
        }
        sleep.as_mut().poll(context).map(|()| ending)
    })
    .await;
    drop(socket);
    connection.end(ending);
}

/// `@ping-every`: a ping every so often, the end where its pong is missing when the next one is due.
pub(super) async fn keep_alive(connection: Rc<Connection>, every: Duration) {
    let epoch = connection.epoch();
    let mut due = Instant::now() + every;
    for number in 0_u64.. {
        tokio::select! {
            biased;
            () = sleep_until(due) => {}
            () = connection.over() => return,
        }
        if connection.epoch() != epoch {
            return;
        }
        if connection.probe.borrow().is_some() {
            connection.silent.set(true);
            connection.wake();
            return;
        }
        if !connection.can_send() {
            return;
        }
        let data = Bytes::from(format!("voiden {number}"));
        *connection.probe.borrow_mut() = Some(data.clone());
        connection.post(OutgoingFrame {
            frame: Frame::Ping(data),
            format: None,
            generated: Vec::new(),
            told: false,
            ignored: false,
            step: None,
        });
        due += every;
    }
}
