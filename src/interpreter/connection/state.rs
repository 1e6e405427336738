//! Where a connection is between its opening and its end, and who waits for the next change of that.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use tokio::sync::Notify;

use crate::protocol::{Ending, Handshake};

/// Where a connection is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum ConnectionState {
    /// Not opened yet.
    #[default]
    Idle,
    /// Open, or closing.
    Open,
    /// Over.
    Ended(Ending),
    /// Never opened: why, in a sentence.
    Unopened(String),
}

/// The state of a connection, and what is known of how it began and ended.
#[derive(Default)]
pub(super) struct Lifecycle {
    state: RefCell<ConnectionState>,
    handshake: RefCell<Option<Arc<Handshake>>>,
    /// How often it was opened.
    epoch: Cell<u32>,
    /// Whether we closed it, and no step did.
    dismissed: Cell<bool>,
    /// Whether a step has expected its end, and got it.
    end_met: Cell<bool>,
    turned: Notify,
}

impl Lifecycle {
    /// Begins anew: nothing is known of the end of this connection.
    pub(super) fn begin(&self) {
        self.dismissed.set(false);
        self.end_met.set(false);
        self.epoch.set(self.epoch.get() + 1);
    }

    pub(super) fn turn_into(&self, state: ConnectionState) {
        self.state.replace(state);
        self.turned.notify_waiters();
    }

    /// Returns when the state is another one; what arrives and leaves until then wakes nothing here.
    pub(super) fn turned(&self) -> impl Future<Output = ()> + '_ {
        self.turned.notified()
    }

    pub(super) fn state(&self) -> ConnectionState {
        self.state.borrow().clone()
    }

    pub(super) fn is_open(&self) -> bool {
        *self.state.borrow() == ConnectionState::Open
    }

    pub(super) fn ending(&self) -> Option<Ending> {
        match &*self.state.borrow() {
            ConnectionState::Ended(ending) => Some(ending.clone()),
            _ => None,
        }
    }

    pub(super) fn handshake(&self) -> Option<Arc<Handshake>> {
        self.handshake.borrow().clone()
    }

    pub(super) fn set_handshake(&self, handshake: Arc<Handshake>) {
        self.handshake.replace(Some(handshake));
    }

    pub(super) fn epoch(&self) -> u32 {
        self.epoch.get()
    }

    pub(super) fn dismiss(&self) {
        self.dismissed.set(true);
    }

    pub(super) fn was_dismissed(&self) -> bool {
        self.dismissed.get()
    }

    /// Returns whether a step had met the end before.
    pub(super) fn meet_end(&self) -> bool {
        self.end_met.replace(true)
    }

    pub(super) fn end_was_met(&self) -> bool {
        self.end_met.get()
    }
}
