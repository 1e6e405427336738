//! What a connection is to send: queued by steps and handlers, taken by the connection's task.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::task::Waker;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::format::Format;
use crate::protocol::{Frame, Generated};
use crate::source::Span;

/// How long a server's client may leave its queue full.
const STUCK_BOUND: Duration = Duration::from_secs(5);
/// Bytes that queued frames take over which a queue is full, and a sender that can wait waits.
const QUEUE_FULL: usize = 1 << 20;
/// Bytes that queued frames take over which a client that does not read is cut off at once.
const QUEUE_LIMIT: usize = 64 << 20;

/// A frame on its way out.
#[derive(Clone, Debug)]
pub(crate) struct OutgoingFrame {
    pub(crate) frame: Frame,
    pub(crate) format: Option<Format>,
    pub(crate) generated: Vec<Generated>,
    /// Whether the transcript is told (of keep-alive pings it is not).
    pub(crate) told: bool,
    /// Whether `@ignore` leaves it out of the transcript.
    pub(crate) ignored: bool,
    /// The step that sends it.
    pub(crate) step: Option<Span>,
}

impl OutgoingFrame {
    /// A frame that no step sends.
    pub(super) fn of(frame: Frame) -> Self {
        Self {
            frame,
            format: None,
            generated: Vec::new(),
            told: true,
            ignored: false,
            step: None,
        }
    }

    /// Bytes that it takes in the queue.
    fn size(&self) -> usize {
        size_of::<Self>() + self.frame.payload().len()
    }
}

/// The queue of frames to send.
#[derive(Default)]
pub(super) struct Outbox {
    queue: RefCell<FrameQueue>,
    /// Since when a close has been queued, and from its leaving on since when it has left.
    closing: Cell<Option<Instant>>,
    task: Cell<Option<Waker>>,
    changed: Notify,
}

#[derive(Default)]
struct FrameQueue {
    frames: VecDeque<OutgoingFrame>,
    /// What the frames take.
    bytes: usize,
    queued: u64,
    written: u64,
    /// Since when it has been full.
    full: Option<Instant>,
    /// Cut the connection once everything before has left.
    cut: bool,
}

impl Outbox {
    /// Forgets what an earlier connection did not send.
    pub(super) fn begin(&self) {
        self.queue.take();
        self.closing.set(None);
    }

    /// Whether frames may still be queued: no close was, and the connection is not to be cut.
    pub(super) fn is_accepting(&self) -> bool {
        self.closing.get().is_none() && !self.queue.borrow().cut
    }

    pub(super) fn push(&self, frame: OutgoingFrame) {
        if matches!(frame.frame, Frame::Close(_)) {
            self.closing.set(Some(Instant::now()));
        }
        let mut queue = self.queue.borrow_mut();
        queue.bytes += frame.size();
        queue.queued += 1;
        queue.frames.push_back(frame);
        drop(queue);
        self.wake_task();
    }

    pub(super) fn push_unawaited(&self, frame: OutgoingFrame) {
        self.push(frame);
        let mut queue = self.queue.borrow_mut();
        if queue.bytes > QUEUE_FULL {
            queue.full.get_or_insert_with(Instant::now);
        }
    }

    /// Has the connection cut once everything before has left.
    pub(super) fn cut(&self) {
        self.queue.borrow_mut().cut = true;
        self.wake_task();
    }

    pub(super) fn has_room(&self) -> bool {
        self.queue.borrow().bytes < QUEUE_FULL
    }

    /// How many frames were queued so far.
    pub(super) fn queued(&self) -> u64 {
        self.queue.borrow().queued
    }

    /// How many frames the task has taken so far.
    pub(super) fn written(&self) -> u64 {
        self.queue.borrow().written
    }

    /// Since when a close has been queued or has left, whichever was later.
    pub(super) fn closing_since(&self) -> Option<Instant> {
        self.closing.get()
    }

    /// Returns when frames were written. To be made before looking, and awaited after.
    pub(super) fn changed(&self) -> impl Future<Output = ()> + '_ {
        self.changed.notified()
    }

    /// Wakes those who wait for frames to be written.
    pub(super) fn wake(&self) {
        self.changed.notify_waiters();
    }

    // For the task.

    /// What wakes the task when a frame is queued.
    pub(super) fn set_task(&self, waker: &Waker) {
        let waker = match self.task.take() {
            Some(before) if before.will_wake(waker) => before,
            _ => waker.clone(),
        };
        self.task.set(Some(waker));
    }

    pub(super) fn wake_task(&self) {
        if let Some(waker) = self.task.take() {
            waker.wake();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.borrow().frames.is_empty()
    }

    /// Whether the connection is to be cut, and nothing is left to send before that.
    pub(super) fn is_done(&self) -> bool {
        let queue = self.queue.borrow();
        queue.cut && queue.frames.is_empty()
    }

    pub(super) fn pop(&self) -> Option<OutgoingFrame> {
        let mut queue = self.queue.borrow_mut();
        let frame = queue.frames.pop_front()?;
        queue.bytes -= frame.size();
        queue.written += 1;
        if queue.bytes <= QUEUE_FULL {
            queue.full = None;
        }
        Some(frame)
    }

    /// A close has left.
    pub(super) fn close_left(&self) {
        self.closing.set(Some(Instant::now()));
    }

    /// Until when a client that does not read has time.
    pub(super) fn stuck_at(&self) -> Option<Instant> {
        self.queue.borrow().full.map(|since| since + STUCK_BOUND)
    }

    /// Whether more is queued for a client that does not read than is borne.
    pub(super) fn is_beyond_bounds(&self) -> bool {
        let queue = self.queue.borrow();
        queue.full.is_some() && queue.bytes > QUEUE_LIMIT
    }
}
