//! A network in memory: servers of a document are reached by its clients with no socket in between.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::OnceLock;

use futures_util::future::LocalBoxFuture;
use tokio::io::duplex;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;
use voiden::dial::{Dial, Endpoint, Io};
use voiden::protocol::{Address, ConnectError};
use voiden::runner::Network;
use voiden::server::{Incoming, Listen};
use voiden::wall_clock::WallClock;

/// Bytes in flight in each direction.
const PIPE: usize = 256 << 10;

/// A clock that starts at 12:03:04.101 on 2026-11-22, when it is read first, and goes as tokio's does: where that is
/// paused, a run gives the same times every time.
pub(crate) fn clock() -> WallClock {
    clock_from("2026-11-22T12:03:04.101Z")
}

/// The same, a day and some hours later, for a run after a run.
pub(crate) fn later_clock() -> WallClock {
    clock_from("2026-11-23T17:08:29.356Z")
}

fn clock_from(start: &str) -> WallClock {
    let began = OnceLock::new();
    let start: jiff::Timestamp = start.parse().unwrap();
    WallClock::new(move || {
        let began = began.get_or_init(Instant::now);
        let since = jiff::SignedDuration::try_from(began.elapsed()).unwrap();
        start + since
    })
}

/// A network of its own.
pub(crate) fn network() -> Network {
    let memory = Rc::new(Memory::default());
    Network {
        dial: Rc::new(Client(Rc::clone(&memory))),
        listen: Rc::new(Server(memory)),
    }
}

#[derive(Default)]
struct Memory {
    doors: RefCell<BTreeMap<u16, UnboundedSender<Box<dyn Io>>>>,
    taken: Cell<u16>,
}

struct Client(Rc<Memory>);

impl Dial for Client {
    fn dial<'a>(
        &'a self,
        endpoint: &'a Endpoint,
    ) -> LocalBoxFuture<'a, Result<Box<dyn Io>, ConnectError>> {
        Box::pin(async move {
            let Address::Tcp { port, .. } = &endpoint.address else {
                return Err(ConnectError::transient("no sockets here"));
            };
            let doors = self.0.doors.borrow().get(port).cloned();
            let (ours, theirs) = duplex(PIPE);
            match doors.map(|doors| doors.send(Box::new(theirs))) {
                Some(Ok(())) => Ok(Box::new(ours) as Box<dyn Io>),
                _ => Err(ConnectError::transient("connection refused")),
            }
        })
    }
}

struct Server(Rc<Memory>);

impl Listen for Server {
    fn listen(&self, address: SocketAddr) -> LocalBoxFuture<'_, io::Result<Box<dyn Incoming>>> {
        Box::pin(async move {
            let (sender, receiver) = unbounded_channel();
            let port = match address.port() {
                0 => {
                    self.0.taken.set(self.0.taken.get() + 1);
                    40_000 + self.0.taken.get()
                }
                port => port,
            };
            if self.0.doors.borrow_mut().insert(port, sender).is_some() {
                return Err(io::ErrorKind::AddrInUse.into());
            }
            let address = SocketAddr::new(address.ip(), port);
            Ok(Box::new(MemoryDoors {
                address,
                receiver: Mutex::new(receiver),
            }) as Box<dyn Incoming>)
        })
    }
}

struct MemoryDoors {
    address: SocketAddr,
    receiver: Mutex<UnboundedReceiver<Box<dyn Io>>>,
}

impl Incoming for MemoryDoors {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn accept(&self) -> LocalBoxFuture<'_, Box<dyn Io>> {
        Box::pin(async move {
            match self.receiver.lock().await.recv().await {
                Some(stream) => stream,
                None => std::future::pending().await,
            }
        })
    }
}
