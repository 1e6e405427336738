//! One connection as the rest of a session sees it: what it has received, what it is to send, and how it ended.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::backlog::{Arrived, Backlog, BacklogCursor};
use super::client_name::ClientName;
use super::connection_task::{keep_alive, pump};
use super::context::BlockContext;
use super::earlier::{Earlier, Fate};
use super::lookahead::{FrameClass, Interest, Lookahead};
use crate::format::Format;
use crate::protocol::{Bytes, Close, Ending, EventKind, Frame, Generated, Handshake};
use crate::script::Scope;
use crate::source::Span;
use crate::websocket::WebSocket;

/// How long a server's client may leave its queue full.
pub(super) const STUCK_BOUND: Duration = Duration::from_secs(5);
/// Bytes that queued frames take over which a queue is full, and a sender that can wait waits.
pub(super) const QUEUE_FULL: usize = 1 << 20;
/// Bytes that queued frames take over which a client that does not read is cut off at once.
const QUEUE_LIMIT: usize = 64 << 20;

/// How many of the messages that `-- skip` passes over are remembered of each kind.
const SKIPPED: usize = 64;

/// Where a connection is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ConnectionState {
    /// Not opened yet.
    Idle,
    /// Open, or closing.
    Open,
    /// Over.
    Ended(Ending),
    /// Never opened: why, in a sentence.
    Unopened(String),
}

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
    /// Bytes that it takes in the queue.
    pub(super) fn size(&self) -> usize {
        size_of::<Self>() + self.frame.payload().len()
    }
}

#[derive(Debug, Default)]
pub(super) struct Outbox {
    pub(super) frames: VecDeque<OutgoingFrame>,
    /// What the frames take.
    pub(super) bytes: usize,
    pub(super) posted: u64,
    pub(super) taken: u64,
    /// Since when it has been full.
    pub(super) full: Option<Instant>,
    /// Cut the connection once everything before has left.
    pub(super) cut: bool,
}

/// A connection as the rest of a session sees it; it outlives reconnecting.
pub(crate) struct Connection {
    pub(crate) block: Rc<BlockContext>,
    pub(crate) name: Option<Arc<str>>,
    shown: Option<Arc<str>>,
    pub(crate) scope: Rc<Scope>,
    pub(super) state: RefCell<ConnectionState>,
    handshake: RefCell<Option<Arc<Handshake>>>,
    pub(super) queue: RefCell<Outbox>,
    pub(super) closing: Cell<Option<Instant>>,
    pub(super) sent_close: RefCell<Option<Close>>,
    epoch: Cell<u32>,
    /// Whether we closed it, and no step did.
    pub(super) dismissed: Cell<bool>,
    /// Whether a step has expected this connection's end, and got it.
    pub(super) end_met: Cell<bool>,
    pub(super) silent: Cell<bool>,
    pub(super) stuck: Cell<bool>,
    messages: RefCell<Backlog>,
    pings: RefCell<Backlog>,
    pongs: RefCell<Backlog>,
    closes: RefCell<Backlog>,
    /// Messages that handlers have not seen yet.
    pub(crate) handlers: RefCell<Backlog>,
    /// What steps passed over or took.
    earlier: RefCell<Earlier>,
    lookahead: Lookahead,
    pub(super) interest: Cell<Interest>,
    pub(super) handles: Cell<bool>,
    pub(super) awaited: RefCell<VecDeque<(Bytes, Instant)>>,
    pub(super) probe: RefCell<Option<Bytes>>,
    pub(super) pump: RefCell<Option<Waker>>,
    pub(super) changed: Notify,
    turned: Notify,
}

impl Connection {
    pub(crate) fn new(
        block: &Rc<BlockContext>,
        called: Option<ClientName>,
        scope: Rc<Scope>,
        lookahead: Lookahead,
    ) -> Rc<Self> {
        let (name, shown) = called.map(|called| (called.name, called.shown)).unzip();
        Rc::new(Self {
            block: Rc::clone(block),
            name,
            shown,
            scope,
            state: RefCell::new(ConnectionState::Idle),
            handshake: RefCell::default(),
            queue: RefCell::default(),
            closing: Cell::default(),
            sent_close: RefCell::default(),
            epoch: Cell::default(),
            dismissed: Cell::default(),
            end_met: Cell::default(),
            silent: Cell::default(),
            stuck: Cell::default(),
            messages: RefCell::default(),
            pings: RefCell::default(),
            pongs: RefCell::default(),
            closes: RefCell::default(),
            handlers: RefCell::default(),
            earlier: RefCell::default(),
            lookahead,
            interest: Cell::default(),
            handles: Cell::default(),
            awaited: RefCell::default(),
            probe: RefCell::default(),
            pump: RefCell::default(),
            changed: Notify::new(),
            turned: Notify::new(),
        })
    }

    /// Whose connection it is, in events.
    pub(crate) fn who(&self) -> Option<&Arc<str>> {
        self.shown.as_ref()
    }

    pub(crate) fn is_open(&self) -> bool {
        *self.state.borrow() == ConnectionState::Open
    }

    pub(crate) fn handshake(&self) -> Option<Arc<Handshake>> {
        self.handshake.borrow().clone()
    }

    pub(crate) fn set_handshake(&self, handshake: Arc<Handshake>) {
        *self.handshake.borrow_mut() = Some(handshake);
    }

    /// The script has come to the step at `at`: only what the steps from there on look at is kept.
    pub(crate) fn look_ahead(&self, at: usize) {
        let interest = self.lookahead.from(at);
        if self.interest.replace(interest) == interest {
            return;
        }
        for cursor in FrameClass::ALL
            .into_iter()
            .filter(|cursor| !interest.has(*cursor))
        {
            self.cursor(cursor).borrow_mut().clear();
        }
    }

    /// Whether messages are kept for handlers.
    pub(crate) fn set_handles(&self, handles: bool) {
        self.handles.set(handles);
    }

    pub(crate) fn cursor(&self, cursor: FrameClass) -> &RefCell<Backlog> {
        match cursor {
            FrameClass::Messages => &self.messages,
            FrameClass::Pings => &self.pings,
            FrameClass::Pongs => &self.pongs,
            FrameClass::Closes => &self.closes,
        }
    }

    /// `-- skip`: the cursors move to now.
    pub(crate) fn skip(&self) {
        for cursor in [FrameClass::Messages, FrameClass::Pings, FrameClass::Pongs] {
            let mut backlog = self.cursor(cursor).borrow_mut();
            let mut scan = BacklogCursor::default();
            let first = std::iter::from_fn(|| backlog.read(&mut scan)).take(SKIPPED);
            let mut earlier = self.earlier.borrow_mut();
            for arrived in first {
                earlier.remember(cursor, &arrived, Fate::Skipped);
            }
            backlog.clear();
        }
    }

    /// Remembers what a step passed over or took, if a step below it may look for it.
    pub(super) fn remember(&self, cursor: FrameClass, arrived: &Arrived, step: Span, fate: Fate) {
        if self.lookahead.reaches_below(cursor, step) {
            self.earlier.borrow_mut().remember(cursor, arrived, fate);
        }
    }

    /// What steps have passed over or taken on a cursor, the last first.
    pub(super) fn earlier(&self, cursor: FrameClass) -> Vec<(Arrived, Fate)> {
        self.earlier.borrow().of(cursor)
    }

    /// Returns at the next change of anything here. To be made before looking, and awaited after.
    pub(crate) fn changed(&self) -> impl Future<Output = ()> + '_ {
        self.changed.notified()
    }

    /// Returns when the state is another one; whatever comes and goes until then wakes nobody.
    pub(crate) fn turned(&self) -> impl Future<Output = ()> + '_ {
        self.turned.notified()
    }

    fn turn_into(&self, state: ConnectionState) {
        *self.state.borrow_mut() = state;
        self.turned.notify_waiters();
        self.changed.notify_waiters();
    }

    /// Starts the task of an opened connection.
    pub(crate) fn open(self: &Rc<Self>, socket: WebSocket) {
        self.queue.replace(Outbox::default());
        self.closing.set(None);
        self.dismissed.set(false);
        self.end_met.set(false);
        self.silent.set(false);
        self.probe.replace(None);
        self.epoch.set(self.epoch.get() + 1);
        self.block.spawner.spawn(pump(Rc::clone(self), socket));
        if let Some(every) = self.block.options.ping_every {
            self.block.spawner.spawn(keep_alive(Rc::clone(self), every));
        }
        self.turn_into(ConnectionState::Open);
    }

    /// The connection is over (or never came to be).
    pub(crate) fn end(&self, ending: Ending) {
        self.block
            .tell(self.who(), EventKind::Disconnected(ending.clone()));
        self.turn_into(ConnectionState::Ended(ending));
    }

    /// Over, with nothing to tell: the handshake was refused or failed.
    pub(crate) fn never_opened(&self, why: String) {
        self.turn_into(ConnectionState::Unopened(why));
    }

    /// Whether a frame can still be sent: the connection is open, and no close was sent on it.
    pub(crate) fn can_send(&self) -> bool {
        self.is_open() && self.closing.get().is_none() && !self.queue.borrow().cut
    }

    /// Queues a frame, whatever is in the queue: who can wait awaits [`Connection::room`] before.
    pub(crate) fn post(&self, outgoing: OutgoingFrame) {
        let mut queue = self.queue.borrow_mut();
        if matches!(outgoing.frame, Frame::Close(_)) {
            self.closing.set(Some(Instant::now()));
        }
        queue.bytes += outgoing.size();
        queue.posted += 1;
        queue.frames.push_back(outgoing);
        drop(queue);
        self.wake();
    }

    /// Queues a frame for one of many: nobody waits for it, and a client whose queue stays full is cut off.
    pub(crate) fn post_unawaited(&self, outgoing: OutgoingFrame) {
        self.post(outgoing);
        let mut queue = self.queue.borrow_mut();
        if queue.bytes > QUEUE_FULL {
            queue.full.get_or_insert_with(Instant::now);
        }
        if queue.bytes > QUEUE_LIMIT {
            self.stuck.set(true);
        }
    }

    /// Which connection of the link it is, counted from its opening: another one after reconnecting.
    pub(crate) fn epoch(&self) -> u32 {
        self.epoch.get()
    }

    /// Cuts the connection once everything queued has left.
    pub(crate) fn cut(&self) {
        self.queue.borrow_mut().cut = true;
        self.wake();
    }

    /// Returns once the queue has room, or the connection has ended.
    pub(crate) async fn room(&self) {
        loop {
            let changed = self.changed();
            if !self.is_open() || self.queue.borrow().bytes < QUEUE_FULL {
                return;
            }
            changed.await;
        }
    }

    /// Returns whether everything posted until now was written, once that is known.
    pub(crate) async fn written(&self) -> bool {
        let posted = self.queue.borrow().posted;
        loop {
            let changed = self.changed();
            if self.queue.borrow().taken >= posted {
                return true;
            }
            if !self.is_open() {
                return false;
            }
            changed.await;
        }
    }

    /// Returns once the connection has ended; at once if it is not open.
    pub(crate) async fn over(&self) {
        loop {
            let turned = self.turned();
            if !self.is_open() {
                return;
            }
            turned.await;
        }
    }

    /// Starts the closing handshake, unless it was started or the connection is not open.
    pub(crate) fn close(&self, code: u16, reason: &str) {
        if self.can_send() {
            self.dismissed.set(true);
            let frame = Frame::Close(Some(Close {
                code,
                reason: reason.to_owned(),
            }));
            self.post(OutgoingFrame {
                frame,
                format: None,
                generated: Vec::new(),
                told: true,
                ignored: false,
                step: None,
            });
        }
    }

    /// Has the task of the connection look again at what bounds it.
    pub(crate) fn wake(&self) {
        if let Some(waker) = self.pump.borrow_mut().take() {
            waker.wake();
        }
    }
}
