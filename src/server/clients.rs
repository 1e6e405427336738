//! The clients of a server: which are connected, under which names, and which of them a target reaches.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

use crate::interpreter::client_name::ClientName;
use crate::interpreter::connection::Connection;
use crate::interpreter::step_context::Participants;
use crate::script::Name;

/// Words that mean several clients; a client that asks for one as its name gets ` (2)` behind it.
const TARGETS: [&str; 2] = ["all", "others"];

/// Characters of a name that are shown: it stands on every line of the client's.
const SHOWN: usize = 64;

/// How long clients that are leaving may take before anything else goes on.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// The clients of a server, for who waits until they have left.
#[derive(Clone)]
pub struct Occupants(pub(super) Rc<ConnectedClients>);

impl Occupants {
    /// Returns once all clients have left and that was told, or after a moment if one stays.
    pub async fn settle(&self) {
        self.0.settle().await;
    }
}

/// The clients that are connected, in the order in which they came.
#[derive(Default)]
pub(super) struct ConnectedClients {
    connections: RefCell<Vec<Rc<Connection>>>,
    /// Names of clients that are connecting or connected, and what they are shown as.
    names: RefCell<BTreeSet<Arc<str>>>,
    numbered: Cell<u64>,
    /// Connections that are not over yet: also those not admitted yet, and those whose leaving is still being told.
    unfinished: Cell<usize>,
    /// How often the last one has left.
    emptied: Cell<u64>,
    changed: Notify,
}

impl ConnectedClients {
    /// A free name: the one asked for, with ` (2)` and so on behind it where it is taken; else the next `client-N`.
    pub(super) fn name(&self, asked: Option<&str>) -> ClientName {
        let taken = |name: &str| TARGETS.contains(&name) || self.names.borrow().contains(name);
        let name = match asked.filter(|asked| !asked.is_empty()) {
            Some(asked) if !taken(asked) => Arc::from(asked),
            Some(asked) => first_free(|number| format!("{asked} ({number})"), 2, &taken).0,
            None => {
                let (name, number) = first_free(
                    |number| format!("client-{number}"),
                    self.numbered.get() + 1,
                    &taken,
                );
                self.numbered.set(number);
                name
            }
        };
        let shown = shorten(&name, &taken).unwrap_or_else(|| Arc::clone(&name));
        let mut names = self.names.borrow_mut();
        names.insert(Arc::clone(&name));
        names.insert(Arc::clone(&shown));
        ClientName { name, shown }
    }

    /// The name can be had again.
    pub(super) fn release(&self, name: &ClientName) {
        let mut names = self.names.borrow_mut();
        names.remove(&name.name);
        names.remove(&name.shown);
    }

    pub(super) fn join(&self, connection: &Rc<Connection>) {
        self.connections.borrow_mut().push(Rc::clone(connection));
        self.changed.notify_waiters();
    }

    pub(super) fn leave(&self, connection: &Rc<Connection>) {
        self.connections
            .borrow_mut()
            .retain(|other| !Rc::ptr_eq(other, connection));
        if self.connections.borrow().is_empty() {
            self.emptied.set(self.emptied.get() + 1);
        }
        self.changed.notify_waiters();
    }

    pub(super) fn all(&self) -> Vec<Rc<Connection>> {
        self.connections.borrow().clone()
    }

    /// A connection has come, and is not admitted yet.
    pub(super) fn arrive(&self) {
        self.unfinished.set(self.unfinished.get() + 1);
    }

    /// Everything about a connection is over.
    pub(super) fn depart(&self) {
        self.unfinished.set(self.unfinished.get().saturating_sub(1));
        self.changed.notify_waiters();
    }

    /// Clients that are leaving are heard to the end; those that stay are not waited for.
    pub(super) async fn settle(&self) {
        let quiet = self.until(|| self.unfinished.get() == 0);
        let _ = timeout(LAST_WORDS, quiet).await;
    }

    /// Returns once no client is connected.
    pub(super) async fn until_empty(&self) {
        self.until(|| self.connections.borrow().is_empty()).await;
    }

    /// Returns once any client is connected, with what [`ConnectedClients::until_left`] asks for.
    pub(super) async fn until_any(&self) -> u64 {
        self.until(|| !self.connections.borrow().is_empty()).await;
        self.emptied.get()
    }

    /// Returns once all have left that were there, also if another has come since.
    pub(super) async fn until_left(&self, emptied: u64) {
        self.until(|| self.emptied.get() != emptied).await;
    }

    async fn until(&self, holds: impl Fn() -> bool) {
        loop {
            let changed = self.changed.notified();
            if holds() {
                return;
            }
            changed.await;
        }
    }
}

fn first_free(
    name: impl Fn(u64) -> String,
    first: u64,
    taken: &impl Fn(&str) -> bool,
) -> (Arc<str>, u64) {
    let mut number = first;
    loop {
        let candidate = name(number);
        if !taken(&candidate) {
            return (Arc::from(candidate), number);
        }
        number += 1;
    }
}

/// What a name that is too long is shown as: its beginning, told apart from others that begin so.
fn shorten(name: &str, taken: &impl Fn(&str) -> bool) -> Option<Arc<str>> {
    name.chars().nth(SHOWN)?;
    let cut = |number: u64| {
        let end = match number {
            1 => "…".to_owned(),
            _ => format!("… ({number})"),
        };
        let kept = SHOWN - end.chars().count();
        name.chars().take(kept).chain(end.chars()).collect()
    };
    Some(first_free(cut, 1, taken).0)
}

impl Participants for ConnectedClients {
    /// If nothing is named: the client that caused it; all, where none did, as for a shared clock.
    fn reached(&self, own: &Rc<Connection>, who: Option<&Name>) -> Vec<Rc<Connection>> {
        let connections = self.connections.borrow();
        match who.map(|who| who.text.as_str()) {
            None if own.name.is_some() => vec![Rc::clone(own)],
            None | Some("all") => connections.clone(),
            Some("others") => connections
                .iter()
                .filter(|connection| !Rc::ptr_eq(connection, own))
                .cloned()
                .collect(),
            Some(name) => connections
                .iter()
                .filter(|connection| connection.name.as_deref() == Some(name))
                .cloned()
                .collect(),
        }
    }

    fn count(&self) -> Option<usize> {
        Some(self.connections.borrow().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_shown_in_part_and_told_apart() {
        let clients = ConnectedClients::default();
        let shown = |name: &str| {
            let given = clients.name(Some(name));
            assert!(given.name.starts_with(name), "{name}");
            assert!(given.shown.chars().count() <= SHOWN, "{}", given.shown);
            given
        };
        let exact = "e".repeat(SHOWN);
        assert_eq!(*shown(&exact).shown, exact);
        let long = "ä".repeat(60_000);
        let first = shown(&long);
        assert_eq!(*first.shown, format!("{}…", "ä".repeat(63)));
        assert_eq!(*first.name, long);
        let second = shown(&format!("{long}b"));
        assert_eq!(*second.shown, format!("{}… (2)", "ä".repeat(59)));
        // Of the same name it is the third that begins so.
        let third = shown(&long);
        assert_eq!(*third.name, format!("{long} (2)"));
        assert_eq!(*third.shown, format!("{}… (3)", "ä".repeat(59)));
        // No client can have the name that another is shown as.
        let other = clients.name(Some(&first.shown));
        assert_ne!(other.shown, first.shown);
        clients.release(&first);
        assert_eq!(shown(&long).shown, first.shown);
    }
}
