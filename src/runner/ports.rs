//! The fixed ports that servers of documents want: of the documents of a run one at a time has each. Knows no socket, and
//! no document but by its place.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often a waiting document checks whether it still should wait.
const LOOK: Duration = Duration::from_millis(50);

/// Which ports are held, and who waits for which.
#[derive(Debug, Default)]
pub struct Ports {
    state: Mutex<PortState>,
    released: Condvar,
}

#[derive(Debug, Default)]
struct PortState {
    held: BTreeSet<SocketAddr>,
    /// By the place of the document.
    waiting: BTreeMap<usize, BTreeSet<SocketAddr>>,
}

/// Ports that a document has until it is dropped.
#[derive(Debug, Default)]
pub(super) struct HeldPorts {
    places: BTreeSet<SocketAddr>,
    ports: Option<Arc<Ports>>,
}

/// What came of asking for ports.
pub(super) enum PortGrant {
    /// They were free.
    AtOnce(HeldPorts),
    /// Others had them before.
    InTurn(HeldPorts),
    /// They are not wanted any more.
    GivenUp,
}

impl Ports {
    /// Waits until all of the ports are free that the document at a place wants; of several that wait for a port the
    /// first document has it next. Some of them alone are never held, so that no two documents wait for each other.
    pub(super) fn take(
        self: &Arc<Self>,
        place: usize,
        places: &BTreeSet<SocketAddr>,
        given_up: impl Fn() -> bool,
    ) -> PortGrant {
        let held = || HeldPorts {
            places: places.clone(),
            ports: Some(Arc::clone(self)),
        };
        let mut state = self.lock();
        if state.take(place, places) {
            return PortGrant::AtOnce(held());
        }
        state.waiting.insert(place, places.clone());
        loop {
            let waited = self.released.wait_timeout(state, LOOK);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            let given_up = given_up();
            if given_up || state.take(place, places) {
                state.waiting.remove(&place);
                drop(state);
                // A document that waited behind this one may have its turn now.
                self.released.notify_all();
                return if given_up {
                    PortGrant::GivenUp
                } else {
                    PortGrant::InTurn(held())
                };
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, PortState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PortState {
    fn take(&mut self, place: usize, places: &BTreeSet<SocketAddr>) -> bool {
        let before = self.waiting.range(..place);
        let mut promised = before.flat_map(|(_, places)| places);
        let free = self.held.is_disjoint(places) && !promised.any(|port| places.contains(port));
        if free {
            self.held.extend(places);
        }
        free
    }
}

impl HeldPorts {
    /// Whether all of these are among them.
    pub(super) fn covers(&self, places: &BTreeSet<SocketAddr>) -> bool {
        places.is_subset(&self.places)
    }
}

impl Drop for HeldPorts {
    fn drop(&mut self) {
        if let Some(ports) = &self.ports {
            let mut state = ports.lock();
            state.held.retain(|port| !self.places.contains(port));
            drop(state);
            ports.released.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::thread;

    use super::*;

    fn places(ports: &[u16]) -> BTreeSet<SocketAddr> {
        let place = |port: &u16| SocketAddr::from((Ipv4Addr::LOCALHOST, *port));
        ports.iter().map(place).collect()
    }

    fn waits(ports: &Ports, count: usize) {
        while ports.lock().waiting.len() < count {
            thread::yield_now();
        }
    }

    #[test]
    fn those_who_want_the_same_have_it_in_order() {
        let ports = Arc::new(Ports::default());
        let PortGrant::AtOnce(first) = ports.take(5, &places(&[1, 2]), || false) else {
            panic!("nobody has it");
        };
        let PortGrant::AtOnce(_other) = ports.take(6, &places(&[3]), || false) else {
            panic!("nobody has that");
        };
        let order = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for (count, (place, wanted)) in [(9, &[2][..]), (8, &[1, 2]), (7, &[2])]
                .into_iter()
                .enumerate()
            {
                let (ports, order) = (&ports, &order);
                scope.spawn(move || {
                    let taken = ports.take(place, &places(wanted), || false);
                    let PortGrant::InTurn(_held) = taken else {
                        panic!("it was taken");
                    };
                    order.lock().unwrap().push(place);
                });
                waits(ports, count + 1);
            }
            drop(first);
        });
        assert_eq!(order.into_inner().unwrap(), [7, 8, 9]);
        assert_eq!(ports.lock().held, places(&[3]));
    }

    #[test]
    fn who_gives_up_holds_up_nobody() {
        let ports = Arc::new(Ports::default());
        let PortGrant::AtOnce(_held) = ports.take(0, &places(&[1]), || false) else {
            panic!("nobody has it");
        };
        let taken = ports.take(1, &places(&[1, 2]), || true);
        assert!(matches!(taken, PortGrant::GivenUp));
        let taken = ports.take(2, &places(&[2]), || false);
        assert!(matches!(taken, PortGrant::AtOnce(_)));
    }
}
