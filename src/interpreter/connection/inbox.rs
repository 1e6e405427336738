//! What a connection has received and was not looked at yet, by the class of frame, and what steps did with the rest.
//! Only what steps to come or handlers look at is kept.

use std::cell::{Cell, RefCell};

use tokio::sync::Notify;

use super::backlog::{Arrived, Backlog, BacklogCursor};
use super::earlier::{Earlier, Fate};
use crate::interpreter::lookahead::{FrameClass, Interest, Lookahead};
use crate::source::Span;

/// How many of the messages that `-- skip` passes over are remembered of each class.
const SKIPPED: usize = 64;

/// The frames that arrived.
pub(super) struct Inbox {
    lookahead: Cell<Lookahead>,
    interest: Cell<Interest>,
    /// By [`FrameClass`].
    backlogs: [RefCell<Backlog>; FrameClass::ALL.len()],
    handled: Cell<bool>,
    /// Messages that handlers have not seen yet.
    for_handlers: RefCell<Backlog>,
    /// What steps passed over or took.
    earlier: RefCell<Earlier>,
    changed: Notify,
}

impl Inbox {
    pub(super) fn new(lookahead: Lookahead) -> Self {
        Self {
            lookahead: Cell::new(lookahead),
            interest: Cell::default(),
            backlogs: Default::default(),
            handled: Cell::default(),
            for_handlers: RefCell::default(),
            earlier: RefCell::default(),
            changed: Notify::new(),
        }
    }

    /// What the steps to come look at.
    pub(super) fn interest(&self) -> Interest {
        self.interest.get()
    }

    /// Other steps are to come.
    pub(super) fn expect_steps(&self, lookahead: Lookahead) {
        self.lookahead.set(lookahead);
        self.look_ahead(0);
    }

    /// The script has come to the step at `at`: what no step from there on looks at is forgotten.
    pub(super) fn look_ahead(&self, at: usize) {
        let interest = self.lookahead.get().from(at);
        if self.interest.replace(interest) == interest {
            return;
        }
        for class in FrameClass::ALL {
            if !interest.has(class) {
                self.with(class, Backlog::clear);
            }
        }
    }

    pub(super) fn keep_for_handlers(&self, keep: bool) {
        self.handled.set(keep);
    }

    /// Whether handlers look at messages.
    pub(super) fn is_handled(&self) -> bool {
        self.handled.get()
    }

    pub(super) fn push(&self, class: FrameClass, arrived: Arrived) {
        let goes_on = self.lookahead.get().goes_on();
        self.with(class, |backlog| {
            if goes_on {
                // No step may ever look at it.
                backlog.push_and_forget(arrived);
            } else {
                backlog.push(arrived);
            }
        });
        self.changed.notify_waiters();
    }

    pub(super) fn push_for_handlers(&self, arrived: Arrived) {
        self.for_handlers.borrow_mut().push(arrived);
        self.changed.notify_waiters();
    }

    /// Takes the oldest of a class.
    pub(super) fn pop(&self, class: FrameClass) -> Option<Arrived> {
        self.with(class, Backlog::pop)
    }

    /// Reads the next of a class, and takes none.
    pub(super) fn read(&self, class: FrameClass, cursor: &mut BacklogCursor) -> Option<Arrived> {
        self.with(class, |backlog| backlog.read(cursor))
    }

    pub(super) fn pop_for_handlers(&self) -> Option<Arrived> {
        self.for_handlers.borrow_mut().pop()
    }

    /// Passes over everything that has arrived, but for closes.
    pub(super) fn skip(&self) {
        for class in [FrameClass::Messages, FrameClass::Pings, FrameClass::Pongs] {
            let mut cursor = BacklogCursor::default();
            let first = std::iter::from_fn(|| self.read(class, &mut cursor));
            for arrived in first.take(SKIPPED) {
                let mut earlier = self.earlier.borrow_mut();
                earlier.remember(class, &arrived, Fate::Skipped);
            }
            self.with(class, Backlog::clear);
        }
    }

    /// Remembers what a step passed over or took, if a step below it may look for it.
    pub(super) fn remember(&self, class: FrameClass, arrived: &Arrived, step: Span, fate: Fate) {
        if self.lookahead.get().reaches_below(class, step) {
            self.earlier.borrow_mut().remember(class, arrived, fate);
        }
    }

    /// What steps have passed over or taken of a class, the last first.
    pub(super) fn earlier(&self, class: FrameClass) -> Vec<(Arrived, Fate)> {
        self.earlier.borrow().of(class)
    }

    /// Returns when something has arrived. To be made before looking, and awaited after.
    pub(super) fn changed(&self) -> impl Future<Output = ()> + '_ {
        self.changed.notified()
    }

    /// Wakes those who wait for something to arrive.
    pub(super) fn wake(&self) {
        self.changed.notify_waiters();
    }

    fn with<T: Default>(&self, class: FrameClass, work: impl FnOnce(&mut Backlog) -> T) -> T {
        let backlog = self.backlogs.get(class as usize);
        backlog.map_or_else(T::default, |backlog| work(&mut backlog.borrow_mut()))
    }
}
