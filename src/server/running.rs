//! A server that is serving: who comes in, what each client gets, and how it closes.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::accept::{AcceptOutcome, AcceptedClient, accept};
use super::admission::AdmissionRules;
use super::clients::ConnectedClients;
use super::conversation::{converse, run_handlers};
use super::listener::Incoming;
use super::tls::Acceptor;
use crate::dial::Io;
use crate::interpreter::connection::{self, Connection};
use crate::interpreter::context::BlockContext;
use crate::interpreter::handlers::{MessageHandlers, tell_failed};
use crate::interpreter::lookahead::Lookahead;
use crate::protocol::{Bytes, EventKind, Handshake};
use crate::script::{Role, Scope, Trigger};
use crate::websocket::WebSocket;

/// How long a client may take for TLS.
const TLS_BOUND: Duration = Duration::from_secs(10);

/// A server that is serving.
pub(super) struct RunningServer {
    block: Rc<BlockContext>,
    clients: Rc<ConnectedClients>,
    rules: AdmissionRules,
    lookahead: Lookahead,
    acceptor: Option<Acceptor>,
    /// Clients that were let in and have not left: those whose handshake is still being answered too.
    seats: Cell<usize>,
    /// Whether it closes: clients that still come in are told so.
    closing: Cell<bool>,
}

impl RunningServer {
    pub(super) fn new(
        block: &Rc<BlockContext>,
        clients: Rc<ConnectedClients>,
        rules: AdmissionRules,
        acceptor: Option<Acceptor>,
    ) -> Rc<Self> {
        Rc::new(Self {
            block: Rc::clone(block),
            clients,
            rules,
            lookahead: Lookahead::of(&block.script.steps, None),
            acceptor,
            seats: Cell::default(),
            closing: Cell::default(),
        })
    }

    /// Takes in all clients that come, for ever.
    pub(super) async fn receive(self: &Rc<Self>, incoming: &dyn Incoming) {
        loop {
            let stream = incoming.accept().await;
            let server = Rc::clone(self);
            self.clients.arrive();
            self.block.spawner.spawn(async move {
                if let Some(client) = server.admit(stream).await {
                    server.serve(client).await;
                }
                server.clients.depart();
            });
        }
    }

    /// Lets a connection in, or turns it away.
    async fn admit(&self, stream: Box<dyn Io>) -> Option<AcceptedClient> {
        let stream = match &self.acceptor {
            None => stream,
            Some(acceptor) => match timeout(TLS_BOUND, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => stream,
                Ok(Err(_)) | Err(_) => return None,
            },
        };
        let most = self
            .block
            .options
            .admission
            .max_clients
            .unwrap_or(usize::MAX);
        let seated = Cell::new(false);
        let take_seat = || {
            seated.set(self.seats.get() < most);
            self.seats.set(self.seats.get() + usize::from(seated.get()));
            seated.get()
        };
        let outcome = accept(stream, &self.rules, take_seat).await;
        if seated.get() && !matches!(outcome, AcceptOutcome::Accepted(_)) {
            self.leave_seat();
        }
        match outcome {
            AcceptOutcome::Accepted(client) => Some(client),
            AcceptOutcome::Refused(status, reason, sentence) => {
                let handshake = Handshake {
                    status,
                    reason: reason.to_owned(),
                    body: sentence.into(),
                    ..Handshake::default()
                };
                self.block
                    .tell(None, EventKind::Refused(Arc::new(handshake)));
                None
            }
            AcceptOutcome::Nothing => None,
        }
    }

    /// Serves a client until it has left.
    async fn serve(&self, client: AcceptedClient) {
        let Self { block, clients, .. } = self;
        let name = clients.name(client.request.name.as_deref());
        let scope = Rc::new(Scope::over(&block.environment.scope));
        let connection = Connection::new(block, Some(name.clone()), scope, self.lookahead);
        let options = &block.options;
        let limit = options.max_message;
        let deflate = client.request.deflate;
        let socket = WebSocket::new(
            client.stream,
            client.read_ahead,
            Role::Server,
            limit,
            deflate,
        )
        .await
        .closing_within(options.close_timeout);
        let handshake = Arc::new(Handshake {
            status: 101,
            reason: "Switching Protocols".to_owned(),
            headers: client.request.headers,
            subprotocol: client.request.subprotocol,
            deflate: client.request.deflate,
            body: Bytes::new(),
        });
        connection.set_handshake(handshake.clone());
        clients.join(&connection);
        connection.tell(EventKind::Connected(handshake));
        let handlers = MessageHandlers::new(&block.script.handlers, Some(&name.name));
        connection.keep_for_handlers(handlers.is_some());
        connection.look_ahead(0);
        connection::start(&connection, socket);
        if self.closing.get() {
            connection.close(1001, "");
        }
        converse(&connection, clients, handlers.as_ref()).await;
        if !block.secrets.is_empty() {
            connection.tell(EventKind::SecretsKnown { all: false });
        }
        connection.over().await;
        if let Some(fault) = connection.fault() {
            block.fail(connection.who(), fault);
        }
        clients.leave(&connection);
        self.leave_seat();
        clients.release(&name);
        let result = run_handlers(&connection, clients, &Trigger::Disconnect).await;
        tell_failed(&connection, result);
    }

    fn leave_seat(&self) {
        self.seats.set(self.seats.get().saturating_sub(1));
    }

    /// Clients that are still connected are closed with 1001 (going away; RFC 6455, 7.4.1).
    pub(super) async fn close(&self) {
        self.clients.settle().await;
        self.closing.set(true);
        for connection in self.clients.all() {
            connection.close(1001, "");
        }
        let mut empty = pin!(self.clients.until_empty());
        tokio::select! {
            biased;
            () = &mut empty => return,
            () = self.block.interrupted() => {}
        }
        for connection in self.clients.all() {
            connection.wake();
        }
        empty.await;
    }
}
