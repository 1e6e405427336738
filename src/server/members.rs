//! The clients of a server: who is connected, under which name, and whom a target reaches.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::Notify;

use crate::script::Name;
use crate::session::link::Link;
use crate::session::turn::Company;

/// Words that mean several clients; a client that asks for one as its name gets ` (2)` behind it.
const TARGETS: [&str; 2] = ["all", "others"];

/// The clients that are connected, in the order in which they came.
#[derive(Default)]
pub(super) struct Members {
    links: RefCell<Vec<Rc<Link>>>,
    /// Names of clients that are connecting or connected.
    names: RefCell<BTreeSet<Arc<str>>>,
    numbered: Cell<u64>,
    /// Connections that have not been let in yet, or are being turned away.
    at_the_door: Cell<usize>,
    changed: Notify,
}

impl Members {
    /// A free name: the one asked for, with ` (2)` and so on behind it where it is taken; else the next `client-N`.
    pub(super) fn name(&self, asked: Option<&str>) -> Arc<str> {
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
        self.names.borrow_mut().insert(Arc::clone(&name));
        name
    }

    /// The name can be had again.
    pub(super) fn release(&self, name: &str) {
        self.names.borrow_mut().remove(name);
    }

    pub(super) fn join(&self, link: &Rc<Link>) {
        self.links.borrow_mut().push(Rc::clone(link));
        self.changed.notify_waiters();
    }

    pub(super) fn leave(&self, link: &Rc<Link>) {
        self.links
            .borrow_mut()
            .retain(|other| !Rc::ptr_eq(other, link));
        self.changed.notify_waiters();
    }

    pub(super) fn all(&self) -> Vec<Rc<Link>> {
        self.links.borrow().clone()
    }

    /// A connection has come to the door, or has left it.
    pub(super) fn knock(&self) {
        self.at_the_door.set(self.at_the_door.get() + 1);
    }

    pub(super) fn leave_door(&self) {
        self.at_the_door
            .set(self.at_the_door.get().saturating_sub(1));
        self.changed.notify_waiters();
    }

    /// Returns once nobody is connected or at the door.
    pub(super) async fn until_quiet(&self) {
        loop {
            let changed = self.changed.notified();
            if self.links.borrow().is_empty() && self.at_the_door.get() == 0 {
                return;
            }
            changed.await;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.links.borrow().len()
    }

    /// Returns once somebody is there, or once nobody is.
    pub(super) async fn until(&self, inhabited: bool) {
        loop {
            let changed = self.changed.notified();
            if self.links.borrow().is_empty() != inhabited {
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

impl Company for Members {
    /// Nobody named: the client that caused it; on a clock's turn, which is nobody's, all.
    fn reached(&self, own: &Rc<Link>, who: Option<&Name>) -> Vec<Rc<Link>> {
        let links = self.links.borrow();
        match who.map(|who| who.text.as_str()) {
            None if own.name.is_some() => vec![Rc::clone(own)],
            None | Some("all") => links.clone(),
            Some("others") => links
                .iter()
                .filter(|link| !Rc::ptr_eq(link, own))
                .cloned()
                .collect(),
            Some(name) => links
                .iter()
                .filter(|link| link.name.as_deref() == Some(name))
                .cloned()
                .collect(),
        }
    }

    fn count(&self) -> Option<usize> {
        Some(self.links.borrow().len())
    }

    fn waits(&self) -> bool {
        false
    }
}
