//! A server that is serving: who comes in, what each client gets, and how it closes.

use std::cell::Cell;
use std::ops::Range;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::accept::{Guest, Visit, accept};
use super::gate::Gate;
use super::listen::Doors;
use super::members::Members;
use super::tls::Acceptor;
use crate::dial::Io;
use crate::interpreter::expect::expect;
use crate::interpreter::horizon::Horizon;
use crate::interpreter::link::Link;
use crate::interpreter::stage::Stage;
use crate::interpreter::steps::{Reactions, answer_messages, group, react, told};
use crate::interpreter::turn::{Stop, Turn};
use crate::protocol::{Bytes, Handshake, Happening};
use crate::script::{Action, Role, Scope, Step, Trigger};
use crate::websocket::Wire;

/// How long a client may take for TLS.
const TLS_BOUND: Duration = Duration::from_secs(10);

/// A server that is serving.
pub(super) struct House {
    pub(super) stage: Rc<Stage>,
    pub(super) members: Rc<Members>,
    gate: Gate,
    horizon: Horizon,
    acceptor: Option<Acceptor>,
    /// Clients that were let in and have not left: those whose handshake is still being answered too.
    seats: Cell<usize>,
    /// Whoever still comes in is told that it closes.
    closing: Cell<bool>,
}

impl House {
    pub(super) fn new(
        stage: &Rc<Stage>,
        members: Rc<Members>,
        gate: Gate,
        acceptor: Option<Acceptor>,
    ) -> Rc<Self> {
        Rc::new(Self {
            stage: Rc::clone(stage),
            members,
            gate,
            horizon: Horizon::of(&stage.script.steps, None),
            acceptor,
            seats: Cell::default(),
            closing: Cell::default(),
        })
    }

    /// Takes everybody in who comes, for ever.
    pub(super) async fn receive(self: &Rc<Self>, doors: &dyn Doors) {
        loop {
            let stream = doors.accept().await;
            let house = Rc::clone(self);
            self.members.arrive();
            self.stage.spawner.spawn(async move {
                if let Some(guest) = house.welcome(stream).await {
                    house.serve(guest).await;
                }
                house.members.depart();
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
            .stage
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
                self.stage
                    .tell(None, Happening::Refused(Arc::new(handshake)));
                None
            }
            Visit::Nothing => None,
        }
    }

    async fn serve(&self, guest: Guest) {
        let called = self.members.name(guest.request.name.as_deref());
        let scope = Rc::new(Scope::over(&self.stage.surroundings.scope));
        let link = Link::new(&self.stage, Some(called.clone()), scope, self.horizon);
        let options = &self.stage.options;
        let limit = options.max_message;
        let wire = Wire::new(guest.stream, guest.read_ahead, Role::Server, limit)
            .await
            .closing_within(options.close_timeout);
        let handshake = Arc::new(Handshake {
            status: 101,
            reason: "Switching Protocols".to_owned(),
            headers: guest.request.headers,
            subprotocol: guest.request.subprotocol,
            body: Bytes::new(),
        });
        link.set_handshake(handshake.clone());
        self.members.join(&link);
        self.stage.tell(link.who(), Happening::Connected(handshake));
        let reactions = Reactions::new(&self.stage.script.handlers, link.name.as_deref());
        link.set_reacts(reactions.is_some());
        link.look_ahead(0);
        link.open(wire);
        if self.closing.get() {
            link.close(1001, "");
        }
        self.converse(&link, reactions).await;
        if !self.stage.secrets.is_empty() {
            let told = Happening::SecretsKnown { all: false };
            self.stage.tell(link.who(), told);
        }
        link.over().await;
        if let Some(fault) = link.fault() {
            self.stage.fail(link.who(), fault);
        }
        self.members.leave(&link);
        self.leave_seat();
        self.members.release(&called);
        let result = self
            .occasion(&link, |trigger| matches!(trigger, Trigger::Disconnect))
            .await;
        told(&self.stage, &link, result);
    }

    /// The connection's script, and its handlers from after the first send on.
    async fn converse(&self, link: &Rc<Link>, reactions: Option<Reactions>) {
        let steps = &self.stage.script.steps;
        let first_send = steps
            .iter()
            .position(|step| matches!(step.action, Action::Send(_)));
        let started = first_send.map_or(0, |first| first + 1);
        let script = async {
            if let Err(stop) = self.steps(link, 0..started).await {
                self.stop(link, stop);
                return;
            }
            let ended = |result: Result<(), Stop>| {
                if let Err(stop) = result {
                    self.stop(link, stop);
                }
            };
            tokio::join!(
                async { ended(self.handlers(link, reactions.as_ref()).await) },
                async { ended(self.steps(link, started..steps.len()).await) },
                self.personal_clocks(link),
            );
        };
        script.await;
    }

    async fn handlers(&self, link: &Rc<Link>, reactions: Option<&Reactions>) -> Result<(), Stop> {
        self.occasion(link, |trigger| matches!(trigger, Trigger::Connect))
            .await?;
        match reactions {
            Some(reactions) => answer_messages(&self.stage, link, &*self.members, reactions).await,
            None => Ok(()),
        }
    }

    fn leave_seat(&self) {
        self.seats.set(self.seats.get().saturating_sub(1));
    }

    pub(super) fn turn<'a>(&'a self, link: &'a Rc<Link>) -> Turn<'a> {
        Turn {
            stage: &self.stage,
            link,
            company: &*self.members,
            message: None,
            index: None,
            handler: false,
        }
    }

    /// Runs a range of the script's steps. A client that has left takes no part in the others, which are run down to what
    /// it did not send any more: what came before is still expected, and so is the way in which it left.
    async fn steps(&self, link: &Rc<Link>, range: Range<usize>) -> Result<(), Stop> {
        let steps = &self.stage.script.steps;
        let mut at = range.start;
        while let Some(step) = steps.get(at)
            && (at < range.end || !link.is_open())
        {
            let before = at;
            let group = group(steps.get(at..).unwrap_or_default());
            if group.is_empty() {
                at += 1;
                if link.is_open() || matches!(step.action, Action::Skip) {
                    self.step(link, step).await?;
                }
            } else {
                at += group.len();
                let met = expect(group, |_| self.turn(link)).await;
                met.map_err(|(_, stop)| stop)?;
            }
            link.look_ahead(at);
            self.stage.tell_secrets(link.who(), before, at);
        }
        if link.is_open() {
            Ok(())
        } else {
            Err(Stop::Gone)
        }
    }

    async fn step(&self, link: &Rc<Link>, step: &Step) -> Result<(), Stop> {
        let turn = self.turn(link);
        match &step.action {
            Action::Skip => link.skip(),
            _ => react(turn, std::slice::from_ref(step)).await?,
        }
        Ok(())
    }

    /// A step that failed closes its connection with 1011 (RFC 6455, 7.4.1) and fails the block.
    fn stop(&self, link: &Rc<Link>, stop: Stop) {
        if let Stop::Failed(failure) = stop {
            self.stage.fail(link.who(), failure);
            link.close(1011, "");
        }
    }

    /// Runs the handlers of an occasion.
    async fn occasion(&self, link: &Rc<Link>, is: impl Fn(&Trigger) -> bool) -> Result<(), Stop> {
        for handler in self
            .stage
            .script
            .handlers
            .iter()
            .filter(|handler| is(&handler.trigger))
        {
            react(
                Turn {
                    handler: true,
                    ..self.turn(link)
                },
                &handler.steps,
            )
            .await?;
        }
        Ok(())
    }

    /// Clients that are still connected are closed with 1001 (going away; RFC 6455, 7.4.1).
    pub(super) async fn close(&self) {
        self.members.settle().await;
        self.closing.set(true);
        for link in self.members.all() {
            link.close(1001, "");
        }
        let mut empty = pin!(self.members.until_empty());
        tokio::select! {
            biased;
            () = &mut empty => return,
            () = self.stage.interrupted() => {}
        }
        for link in self.members.all() {
            link.wake();
        }
        empty.await;
    }
}
