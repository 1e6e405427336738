//! A server that is serving: who comes in, what each client gets, and how it closes.

use std::cell::Cell;
use std::ops::Range;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::accept::{Guest, Visit, accept};
use super::clients::ConnectedClients;
use super::gate::Gate;
use super::listener::Incoming;
use super::tls::Acceptor;
use crate::dial::Io;
use crate::interpreter::connection::Connection;
use crate::interpreter::context::BlockContext;
use crate::interpreter::expect::expect;
use crate::interpreter::lookahead::Lookahead;
use crate::interpreter::step_context::{StepContext, Stop};
use crate::interpreter::steps::{MessageHandlers, act, answer_messages, group, react, told};
use crate::protocol::{Bytes, EventKind, Handshake};
use crate::script::{Action, CommonAction, Role, Scope, Step, Trigger};
use crate::websocket::WebSocket;

/// How long a client may take for TLS.
const TLS_BOUND: Duration = Duration::from_secs(10);

/// A server that is serving.
pub(super) struct RunningServer {
    pub(super) block: Rc<BlockContext>,
    pub(super) clients: Rc<ConnectedClients>,
    gate: Gate,
    lookahead: Lookahead,
    acceptor: Option<Acceptor>,
    /// Clients that were let in and have not left: those whose handshake is still being answered too.
    seats: Cell<usize>,
    /// Whoever still comes in is told that it closes.
    closing: Cell<bool>,
}

impl RunningServer {
    pub(super) fn new(
        block: &Rc<BlockContext>,
        clients: Rc<ConnectedClients>,
        gate: Gate,
        acceptor: Option<Acceptor>,
    ) -> Rc<Self> {
        Rc::new(Self {
            block: Rc::clone(block),
            clients,
            gate,
            lookahead: Lookahead::of(&block.script.steps, None),
            acceptor,
            seats: Cell::default(),
            closing: Cell::default(),
        })
    }

    /// Takes everybody in who comes, for ever.
    pub(super) async fn receive(self: &Rc<Self>, incoming: &dyn Incoming) {
        loop {
            let stream = incoming.accept().await;
            let server = Rc::clone(self);
            self.clients.arrive();
            self.block.spawner.spawn(async move {
                if let Some(guest) = server.welcome(stream).await {
                    server.serve(guest).await;
                }
                server.clients.depart();
            });
        }
    }

    /// Lets a connection in, or turns it away.
    async fn welcome(&self, stream: Box<dyn Io>) -> Option<Guest> {
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
        let visit = accept(stream, &self.gate, take_seat).await;
        if seated.get() && !matches!(visit, Visit::Guest(_)) {
            self.leave_seat();
        }
        match visit {
            Visit::Guest(guest) => Some(guest),
            Visit::TurnedAway(status, reason, sentence) => {
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
            Visit::Nothing => None,
        }
    }

    async fn serve(&self, guest: Guest) {
        let called = self.clients.name(guest.request.name.as_deref());
        let scope = Rc::new(Scope::over(&self.block.environment.scope));
        let connection = Connection::new(&self.block, Some(called.clone()), scope, self.lookahead);
        let options = &self.block.options;
        let limit = options.max_message;
        let socket = WebSocket::new(guest.stream, guest.read_ahead, Role::Server, limit)
            .await
            .closing_within(options.close_timeout);
        let handshake = Arc::new(Handshake {
            status: 101,
            reason: "Switching Protocols".to_owned(),
            headers: guest.request.headers,
            subprotocol: guest.request.subprotocol,
            body: Bytes::new(),
        });
        connection.set_handshake(handshake.clone());
        self.clients.join(&connection);
        self.block
            .tell(connection.who(), EventKind::Connected(handshake));
        let handlers =
            MessageHandlers::new(&self.block.script.handlers, connection.name.as_deref());
        connection.set_handles(handlers.is_some());
        connection.look_ahead(0);
        connection.open(socket);
        if self.closing.get() {
            connection.close(1001, "");
        }
        self.converse(&connection, handlers).await;
        if !self.block.secrets.is_empty() {
            let told = EventKind::SecretsKnown { all: false };
            self.block.tell(connection.who(), told);
        }
        connection.over().await;
        if let Some(fault) = connection.fault() {
            self.block.fail(connection.who(), fault);
        }
        self.clients.leave(&connection);
        self.leave_seat();
        self.clients.release(&called);
        let result = self
            .occasion(&connection, |trigger| {
                matches!(trigger, Trigger::Disconnect)
            })
            .await;
        told(&self.block, &connection, result);
    }

    /// The connection's script, and its handlers from after the first send on.
    async fn converse(&self, connection: &Rc<Connection>, handlers: Option<MessageHandlers>) {
        let steps = &self.block.script.steps;
        let first_send = steps
            .iter()
            .position(|step| matches!(step.action, Action::Common(CommonAction::Send(_))));
        let started = first_send.map_or(0, |first| first + 1);
        let script = async {
            if let Err(stop) = self.steps(connection, 0..started).await {
                self.stop(connection, stop);
                return;
            }
            let ended = |result: Result<(), Stop>| {
                if let Err(stop) = result {
                    self.stop(connection, stop);
                }
            };
            tokio::join!(
                async { ended(self.handlers(connection, handlers.as_ref()).await) },
                async { ended(self.steps(connection, started..steps.len()).await) },
                self.personal_clocks(connection),
            );
        };
        script.await;
    }

    async fn handlers(
        &self,
        connection: &Rc<Connection>,
        handlers: Option<&MessageHandlers>,
    ) -> Result<(), Stop> {
        self.occasion(connection, |trigger| matches!(trigger, Trigger::Connect))
            .await?;
        match handlers {
            Some(handlers) => {
                answer_messages(&self.block, connection, &*self.clients, handlers).await
            }
            None => Ok(()),
        }
    }

    fn leave_seat(&self) {
        self.seats.set(self.seats.get().saturating_sub(1));
    }

    pub(super) fn context<'a>(&'a self, connection: &'a Rc<Connection>) -> StepContext<'a> {
        StepContext {
            block: &self.block,
            connection,
            participants: &*self.clients,
            message: None,
            index: None,
            handler: false,
        }
    }

    /// Runs a range of the script's steps. A client that has left takes no part in the others, which are run down to what
    /// it did not send any more: what came before is still expected, and so is the way in which it left.
    async fn steps(&self, connection: &Rc<Connection>, range: Range<usize>) -> Result<(), Stop> {
        let steps = &self.block.script.steps;
        let mut at = range.start;
        while let Some(step) = steps.get(at)
            && (at < range.end || !connection.is_open())
        {
            let before = at;
            let group = group(steps.get(at..).unwrap_or_default());
            if group.is_empty() {
                at += 1;
                if connection.is_open() || matches!(step.action, Action::Skip) {
                    self.step(connection, step).await?;
                }
            } else {
                at += group.len();
                let met = expect(group, |_| self.context(connection)).await;
                met.map_err(|(_, stop)| stop)?;
            }
            connection.look_ahead(at);
            self.block.tell_secrets(connection.who(), before, at);
        }
        if connection.is_open() {
            Ok(())
        } else {
            Err(Stop::Gone)
        }
    }

    async fn step(&self, connection: &Rc<Connection>, step: &Step) -> Result<(), Stop> {
        let context = self.context(connection);
        match &step.action {
            Action::Common(action) => act(context, step.who.as_ref(), action, step.span).await?,
            Action::Skip => connection.skip(),
            // Expectations come in groups, and a server does not connect.
            Action::Expect(_) | Action::Refused { .. } | Action::Connect | Action::Reconnect => {}
        }
        Ok(())
    }

    /// A step that failed closes its connection with 1011 (RFC 6455, 7.4.1) and fails the block.
    fn stop(&self, connection: &Rc<Connection>, stop: Stop) {
        if let Stop::Failed(failure) = stop {
            self.block.fail(connection.who(), failure);
            connection.close(1011, "");
        }
    }

    /// Runs the handlers of an occasion.
    async fn occasion(
        &self,
        connection: &Rc<Connection>,
        is: impl Fn(&Trigger) -> bool,
    ) -> Result<(), Stop> {
        for handler in self
            .block
            .script
            .handlers
            .iter()
            .filter(|handler| is(&handler.trigger))
        {
            react(
                StepContext {
                    handler: true,
                    ..self.context(connection)
                },
                &handler.steps,
            )
            .await?;
        }
        Ok(())
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
