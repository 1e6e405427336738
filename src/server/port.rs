//! A port, and which of the servers that share it a request is for. Knows no script.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use super::accept::ArrivedRequest;
use super::clients::ConnectedClients;
use super::listener::Incoming;
use super::tls::Acceptor;
use crate::dial::Io;
use crate::handshake::{Refusal, RequestHead, asks_for_upgrade, request_target};
use crate::protocol::{Bytes, PathPattern};

/// How long a client may take for TLS.
const TLS_BOUND: Duration = Duration::from_secs(10);

/// Characters of a path that are told back.
const LONGEST_SHOWN: usize = 200;

/// The ports that the servers of one document listen on.
#[derive(Default)]
pub struct SharedPorts(RefCell<Vec<Rc<Port>>>);

/// A port that at least one server listens on.
pub(super) struct Port {
    pub(super) address: SocketAddr,
    /// Whether TLS is spoken.
    acceptor: Option<Acceptor>,
    /// Taken by the server that listens for all.
    incoming: RefCell<Option<Box<dyn Incoming>>>,
    routes: RefCell<Vec<ServerRoute>>,
}

/// What of a port's requests is one server's.
pub(super) struct ServerRoute {
    pub(super) socket: PathPattern,
    /// Methods and paths of its handlers.
    requests: Vec<(String, PathPattern)>,
    pub(super) clients: Rc<ConnectedClients>,
    queue: UnboundedSender<ArrivedRequest>,
}

impl SharedPorts {
    /// The port that has this address, if a server listens there already.
    pub(super) fn find(&self, address: SocketAddr) -> Option<Rc<Port>> {
        let ports = self.0.borrow();
        let found = ports.iter().find(|port| port.address == address);
        found.cloned()
    }

    pub(super) fn add(&self, incoming: Box<dyn Incoming>, acceptor: Option<Acceptor>) -> Rc<Port> {
        let port = Rc::new(Port {
            address: incoming.address(),
            acceptor,
            incoming: RefCell::new(Some(incoming)),
            routes: RefCell::default(),
        });
        self.0.borrow_mut().push(Rc::clone(&port));
        port
    }
}

impl Port {
    pub(super) fn is_secure(&self) -> bool {
        self.acceptor.is_some()
    }

    /// The throw-away certificate of its first server.
    pub(super) fn certificate(&self) -> Option<Bytes> {
        self.acceptor.as_ref()?.certificate().cloned()
    }

    /// Adds a server; gives what comes for it.
    pub(super) fn share(
        &self,
        socket: PathPattern,
        requests: Vec<(String, PathPattern)>,
        clients: &Rc<ConnectedClients>,
    ) -> UnboundedReceiver<ArrivedRequest> {
        let (queue, receiver) = unbounded_channel();
        self.routes.borrow_mut().push(ServerRoute {
            socket,
            requests,
            clients: Rc::clone(clients),
            queue,
        });
        receiver
    }

    /// What comes in, for the first server that asks.
    pub(super) fn incoming(&self) -> Option<Box<dyn Incoming>> {
        self.incoming.borrow_mut().take()
    }

    /// Reads a connection's first request and gives it to its server. `Err`: what is to be answered instead, if anything.
    pub(super) async fn take(
        &self,
        stream: Box<dyn Io>,
    ) -> Result<(), Option<(Box<dyn Io>, Refusal)>> {
        let stream = match &self.acceptor {
            None => stream,
            Some(acceptor) => match timeout(TLS_BOUND, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => stream,
                Ok(Err(_)) | Err(_) => return Err(None),
            },
        };
        let mut arrival = ArrivedRequest::read(stream).await?;
        let (path, _) = request_target(&arrival.head.target);
        let routes = self.routes.borrow();
        let sockets = routes.iter().map(|route| (route, &route.socket));
        let socket = || most_telling(sockets.clone(), &path);
        let requests = routes.iter().flat_map(|route| {
            let requests = route.requests.iter();
            let method = &arrival.head.method;
            let same = requests.filter(move |(handled, _)| handled == method);
            same.map(move |(_, path)| (route, path))
        });
        let plain = || most_telling(requests.clone(), &path);
        // An opening handshake is the socket's; else a handler comes first.
        let found = if asks_for_upgrade(&arrival.head) {
            socket()
                .map(|route| (route, false))
                .or_else(|| Some((plain()?, true)))
        } else {
            plain()
                .map(|route| (route, true))
                .or_else(|| Some((socket()?, false)))
        };
        let Some((route, is_plain)) = found else {
            let refusal = nobody(&arrival.head, &path);
            return Err(Some((arrival.stream, refusal)));
        };
        arrival.plain = is_plain;
        route.clients.arrive();
        if route.queue.send(arrival).is_err() {
            // The server has ended.
            route.clients.depart();
        }
        Ok(())
    }
}

/// What is told where neither a socket nor a handler fits: what there is not, and nothing of what there is.
fn nobody(head: &RequestHead, path: &str) -> Refusal {
    if asks_for_upgrade(head) {
        return Refusal::new(404, "There is no WebSocket at this path.");
    }
    let shown: String = path.chars().take(LONGEST_SHOWN).collect();
    let cut = if shown.len() < path.len() { "…" } else { "" };
    let sentence = format!("There is no handler for {} {shown}{cut}.", head.method);
    Refusal::new(404, &sentence)
}

/// The one whose path says most of a request's.
fn most_telling<'a>(
    places: impl Iterator<Item = (&'a ServerRoute, &'a PathPattern)>,
    path: &str,
) -> Option<&'a ServerRoute> {
    let fitting = places.filter(|(_, pattern)| pattern.matches(path).is_some());
    let found = fitting.min_by(|(_, one), (_, other)| one.order(other));
    found.map(|(route, _)| route)
}
