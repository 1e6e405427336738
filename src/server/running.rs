//! A server that is serving: who comes in, what each client gets, and how it closes.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;

use super::accept::{AcceptOutcome, AcceptedClient, ArrivedRequest, refuse};
use super::admission::AdmissionRules;
use super::clients::ConnectedClients;
use super::conversation::{converse, run_handlers};
use super::listener::Incoming;
use super::port::Port;
use super::requests;
use crate::interpreter::connection::{self, Connection};
use crate::interpreter::context::BlockContext;
use crate::interpreter::handlers::{Handled, MessageHandlers, tell_failed};
use crate::interpreter::lookahead::Lookahead;
use crate::protocol::{Bytes, EventKind, Handshake};
use crate::script::{Role, Scope, Trigger};
use crate::websocket::WebSocket;

/// A server that is serving.
pub(super) struct RunningServer {
    block: Rc<BlockContext>,
    clients: Rc<ConnectedClients>,
    rules: AdmissionRules,
    lookahead: Lookahead,
    /// What each handler has done for plain requests.
    handled: Vec<Handled>,
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
    ) -> Rc<Self> {
        Rc::new(Self {
            block: Rc::clone(block),
            clients,
            rules,
            handled: block
                .script
                .handlers
                .iter()
                .map(|_| Handled::default())
                .collect(),
            lookahead: Lookahead::of(&block.script.steps, None),
            seats: Cell::default(),
            closing: Cell::default(),
        })
    }

    /// Takes what comes in at its port, for itself and for those that share it, for ever.
    pub(super) async fn listen(self: &Rc<Self>, port: &Rc<Port>, incoming: &dyn Incoming) {
        loop {
            let stream = incoming.accept().await;
            let (server, port) = (Rc::clone(self), Rc::clone(port));
            self.clients.arrive();
            self.block.spawner.spawn(async move {
                if let Err(Some((stream, refusal))) = port.take(stream).await {
                    let outcome = refuse(stream, refusal, &server.rules.headers).await;
                    server.tell_refused(outcome);
                }
                server.clients.depart();
            });
        }
    }

    /// Takes what its port has for it, for ever.
    pub(super) async fn receive(self: &Rc<Self>, queue: &mut UnboundedReceiver<ArrivedRequest>) {
        while let Some(arrival) = queue.recv().await {
            let server = Rc::clone(self);
            self.block.spawner.spawn(async move {
                if arrival.plain {
                    server.answer(arrival).await;
                } else if let Some(client) = server.admit(arrival).await {
                    server.serve(client).await;
                }
                server.clients.depart();
            });
        }
        std::future::pending::<()>().await;
    }

    /// Answers a plain request.
    async fn answer(&self, arrival: ArrivedRequest) {
        let Self {
            block,
            clients,
            rules,
            handled,
            ..
        } = self;
        if let Err((stream, refusal)) =
            requests::answer(block, clients, rules, handled, arrival).await
        {
            let outcome = refuse(stream, refusal, &rules.headers).await;
            self.tell_refused(outcome);
        }
    }

    /// Lets a connection in, or turns it away.
    async fn admit(&self, arrival: ArrivedRequest) -> Option<AcceptedClient> {
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
        let outcome = arrival.admit(&self.rules, take_seat).await;
        if seated.get() && !matches!(outcome, AcceptOutcome::Accepted(_)) {
            self.leave_seat();
        }
        self.tell_refused(outcome)
    }

    /// Tells who was turned away; gives who was not.
    fn tell_refused(&self, outcome: AcceptOutcome) -> Option<AcceptedClient> {
        match outcome {
            AcceptOutcome::Accepted(client) => return Some(client),
            AcceptOutcome::Refused(status, reason, sentence) => {
                let handshake = Handshake {
                    status,
                    reason: reason.to_owned(),
                    body: sentence.into(),
                    ..Handshake::default()
                };
                self.block
                    .tell(None, EventKind::Refused(Arc::new(handshake)));
            }
            AcceptOutcome::Nothing => {}
        }
        None
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
            headers: client.request.request.headers.clone(),
            subprotocol: client.request.subprotocol,
            deflate: client.request.deflate,
            body: Bytes::new(),
        });
        connection.set_handshake(handshake.clone());
        connection.set_request(Arc::new(client.request.request));
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
