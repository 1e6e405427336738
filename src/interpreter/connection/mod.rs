//! The handle of one connection: commands to its task, what it has received, and how it ended. It outlives reconnecting.

mod backlog;
mod earlier;
mod inbox;
mod incoming;
mod outbox;
mod pings;
mod spelled_frame;
mod state;
mod task;

use std::cell::OnceCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use tokio::time::Sleep;

use self::inbox::Inbox;
use self::outbox::Outbox;
use self::state::Lifecycle;
use super::client_name::ClientName;
use super::context::{BlockContext, failure};
use super::lookahead::{FrameClass, Interest, Lookahead};
use crate::protocol::{Close, Ending, EventKind, Failure, FailureKind, Frame, Handshake, Request};
use crate::script::Scope;
use crate::source::Span;

pub(crate) use self::backlog::{Arrived, BacklogCursor};
pub(super) use self::earlier::Fate;
pub(crate) use self::incoming::decode_message;
pub(crate) use self::outbox::OutgoingFrame;
pub(crate) use self::state::ConnectionState;
pub(crate) use self::task::start;

/// What came of waiting for the next frame.
pub(super) enum NextFrame {
    Frame(Arrived),
    Ended,
    TimedOut,
}

/// A connection as the rest of a session sees it.
pub(crate) struct Connection {
    pub(crate) block: Rc<BlockContext>,
    /// What it is called in scripts; a block with one client gives none.
    pub(crate) name: Option<Arc<str>>,
    shown: Option<Arc<str>>,
    /// What its steps keep.
    pub(crate) scope: Rc<Scope>,
    /// What its client asked for, of a server's.
    request: OnceCell<Arc<Request>>,
    inbox: Inbox,
    outbox: Outbox,
    lifecycle: Lifecycle,
}

impl Connection {
    pub(crate) fn new(
        block: &Rc<BlockContext>,
        name: Option<ClientName>,
        scope: Rc<Scope>,
        lookahead: Lookahead,
    ) -> Rc<Self> {
        let (name, shown) = name.map(|name| (name.name, name.shown)).unzip();
        Rc::new(Self {
            block: Rc::clone(block),
            name,
            shown,
            scope,
            request: OnceCell::new(),
            inbox: Inbox::new(lookahead),
            outbox: Outbox::default(),
            lifecycle: Lifecycle::default(),
        })
    }

    /// Whose connection it is, in events.
    pub(crate) fn who(&self) -> Option<&Arc<str>> {
        self.shown.as_ref()
    }

    pub(crate) fn tell(&self, kind: EventKind) {
        self.block.tell(self.who(), kind);
    }

    pub(crate) fn is_open(&self) -> bool {
        self.lifecycle.is_open()
    }

    /// The answer to its opening handshake.
    pub(crate) fn handshake(&self) -> Option<Arc<Handshake>> {
        self.lifecycle.handshake()
    }

    pub(crate) fn set_handshake(&self, handshake: Arc<Handshake>) {
        self.lifecycle.set_handshake(handshake);
    }

    /// What its client asked for (`$request`), where it is a server's.
    pub(crate) fn request(&self) -> Option<&Arc<Request>> {
        self.request.get()
    }

    /// Its client asked for this; said once.
    pub(crate) fn set_request(&self, request: Arc<Request>) {
        let _ = self.request.set(request);
    }

    /// How often it was opened: another number after reconnecting.
    pub(crate) fn epoch(&self) -> u32 {
        self.lifecycle.epoch()
    }

    // Commands.

    /// Whether a frame can still be sent: the connection is open, and no close was sent on it.
    pub(crate) fn can_send(&self) -> bool {
        self.is_open() && self.outbox.is_accepting()
    }

    /// Queues a frame, however much is in the queue: a sender that can wait awaits [`Connection::room`] before.
    pub(crate) fn send(&self, frame: OutgoingFrame) {
        self.outbox.push(frame);
    }

    /// Queues a frame for one of many: the sender does not wait, and a client whose queue stays full is cut off.
    pub(crate) fn send_unawaited(&self, frame: OutgoingFrame) {
        self.outbox.push_unawaited(frame);
    }

    /// Starts the closing handshake, unless it was started or the connection is not open.
    pub(crate) fn close(&self, code: u16, reason: &str) {
        if self.can_send() {
            self.lifecycle.dismiss();
            let reason = reason.to_owned();
            let frame = Frame::Close(Some(Close { code, reason }));
            self.send(OutgoingFrame::of(frame));
        }
    }

    /// Cuts the connection once everything queued has left, and returns when it is over.
    pub(crate) async fn cut(&self) {
        self.outbox.cut();
        self.over().await;
    }

    /// Has the task of the connection look again at what bounds it.
    pub(crate) fn wake(&self) {
        self.outbox.wake_task();
    }

    /// Over, with nothing to tell: the handshake was refused or failed.
    pub(crate) fn never_opened(&self, why: String) {
        self.turn_into(ConnectionState::Unopened(why));
    }

    fn turn_into(&self, state: ConnectionState) {
        self.lifecycle.turn_into(state);
        self.inbox.wake();
        self.outbox.wake();
    }

    // What becomes of what was sent.

    /// Returns once the queue has room, or the connection has ended.
    pub(crate) async fn room(&self) {
        loop {
            let changed = self.outbox.changed();
            if !self.is_open() || self.outbox.has_room() {
                return;
            }
            changed.await;
        }
    }

    /// Returns whether everything queued until now was written, once that is known.
    pub(crate) async fn written(&self) -> bool {
        let queued = self.outbox.queued();
        loop {
            let changed = self.outbox.changed();
            if self.outbox.written() >= queued {
                return true;
            }
            if !self.is_open() {
                return false;
            }
            changed.await;
        }
    }

    // What has arrived.

    /// The script has come to the step at `at`: only what the steps from there on look at is kept.
    pub(crate) fn look_ahead(&self, at: usize) {
        self.inbox.look_ahead(at);
    }

    /// Other steps are to come than those that were known.
    pub(crate) fn expect_steps(&self, lookahead: Lookahead) {
        self.inbox.expect_steps(lookahead);
    }

    /// What the steps to come still look at.
    pub(super) fn interest(&self) -> Interest {
        self.inbox.interest()
    }

    /// Whether messages are kept for handlers from now on.
    pub(crate) fn keep_for_handlers(&self, keep: bool) {
        self.inbox.keep_for_handlers(keep);
    }

    /// Takes the next frame of a class.
    pub(super) async fn next(&self, class: FrameClass, sleep: Pin<&mut Sleep>) -> NextFrame {
        self.next_by(|| self.inbox.pop(class), sleep).await
    }

    /// Reads the next frame of a class behind `cursor`, and takes none.
    pub(super) async fn peek(
        &self,
        class: FrameClass,
        cursor: &mut BacklogCursor,
        sleep: Pin<&mut Sleep>,
    ) -> NextFrame {
        self.next_by(|| self.inbox.read(class, cursor), sleep).await
    }

    async fn next_by(
        &self,
        mut look: impl FnMut() -> Option<Arrived>,
        mut sleep: Pin<&mut Sleep>,
    ) -> NextFrame {
        loop {
            let changed = self.inbox.changed();
            if let Some(arrived) = look() {
                return NextFrame::Frame(arrived);
            }
            if !self.is_open() {
                return NextFrame::Ended;
            }
            tokio::select! {
                biased;
                () = changed => {}
                () = sleep.as_mut() => return NextFrame::TimedOut,
            }
        }
    }

    /// Takes the next message for handlers; `None` once the connection is over and all were taken.
    pub(super) async fn next_for_handlers(&self) -> Option<Arrived> {
        loop {
            let changed = self.inbox.changed();
            let next = self.inbox.pop_for_handlers();
            if next.is_some() || !self.is_open() {
                return next;
            }
            changed.await;
        }
    }

    /// `-- skip`: what has arrived and was not looked at is passed over.
    pub(crate) fn skip(&self) {
        self.inbox.skip();
    }

    /// Remembers what a step passed over or took, if a step below it may look for it.
    pub(super) fn remember(&self, class: FrameClass, arrived: &Arrived, step: Span, fate: Fate) {
        self.inbox.remember(class, arrived, step, fate);
    }

    /// What steps have passed over or taken of a class, the last first.
    pub(super) fn earlier(&self, class: FrameClass) -> Vec<(Arrived, Fate)> {
        self.inbox.earlier(class)
    }

    // The end.

    /// Returns when the state is another one. To be made before looking, and awaited after.
    pub(crate) fn turned(&self) -> impl Future<Output = ()> + '_ {
        self.lifecycle.turned()
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

    /// How the connection ended, if it is over.
    pub(super) fn ending(&self) -> Option<Ending> {
        self.lifecycle.ending()
    }

    /// Whether we closed it, and no step did.
    pub(super) fn was_dismissed(&self) -> bool {
        self.lifecycle.was_dismissed()
    }

    /// A step has expected this connection's end, and got it. Returns whether one had before.
    pub(super) fn meet_end(&self) -> bool {
        self.lifecycle.meet_end()
    }

    /// Whether a step has expected this connection's end, and got it.
    pub(super) fn end_was_met(&self) -> bool {
        self.lifecycle.end_was_met()
    }

    /// The failure that the end is in itself, whether a step needed the connection or not: the peer broke the protocol,
    /// or fell silent.
    pub(crate) fn fault(&self) -> Option<Failure> {
        let ending = self.ending()?;
        let option = match &ending {
            // A server that refuses what is too large for it does what it was told to.
            Ending::Breach { code: 1009, .. } if self.block.is_server() => {
                return None;
            }
            Ending::Breach { code: 1009, .. } => "max-message",
            Ending::Silent => "ping-every",
            Ending::Breach { .. } => "",
            _ => return None,
        };
        let kind = match ending {
            Ending::Silent => FailureKind::Timeout,
            _ => FailureKind::Closed,
        };
        let failure = failure(self.block.option_span(option), ending.sentence());
        Some(failure.of_kind(kind))
    }

    /// Why nothing comes or goes here any more, as the reason of something else.
    pub(crate) fn over_because(&self) -> String {
        match self.lifecycle.state() {
            ConnectionState::Idle => "not connected".to_owned(),
            ConnectionState::Open if self.outbox.closing_since().is_some() => {
                "a close was sent before".to_owned()
            }
            ConnectionState::Open => "the connection is open".to_owned(),
            ConnectionState::Ended(ending) => ending.sentence(),
            ConnectionState::Unopened(why) => why,
        }
    }

    /// How the connection ended, where that is what no step wants: the end was not ours, no step has met it, and none to
    /// come expects it or connects anew. What is a failure in itself is told as that.
    pub(super) fn unexpected_end(&self) -> Option<Ending> {
        let ending = self.ending()?;
        let ours = self.outbox.closing_since().is_some() || ending == Ending::Dropped;
        let ahead = self.interest();
        let wanted = ours || self.end_was_met() || ahead.end || ahead.connects;
        (!wanted && self.fault().is_none()).then_some(ending)
    }
}
