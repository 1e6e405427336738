//! Runs a client block: connects its clients, runs its steps, lingers, and closes what is still open.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::select_all;

use super::client_name::ClientName;
use super::clock::tick;
use super::closing::close;
use super::connect::{Connected, asked, connect, url_line};
use super::connection::Connection;
use super::context::{BlockContext, failure};
use super::environment::Environment;
use super::handlers::{MessageHandlers, concerns, tell_failed};
use super::http_session;
use super::judge::judge;
use super::judged_subject::JudgedSubject;
use super::lookahead::Lookahead;
use super::refusal::refusal;
use super::step_context::{Participants, StepContext, Stop, Stopped};
use super::steps::{ScriptSide, run_script};
use super::task_set::TaskSet;
use crate::protocol::{EventKind, Failure, FailureKind, SessionOutcome};
use crate::script::{Action, CommonAction, Judgement, Name, Options, Role, Scope, Script, Step};

/// Runs the script of a client, or of a request over plain HTTP. What goes wrong is in the outcome and was told as an event.
pub async fn run(
    script: Rc<Script>,
    options: Rc<Options>,
    environment: Rc<Environment>,
) -> SessionOutcome {
    let mut tasks = TaskSet::default();
    let block = BlockContext::new(script, options, environment, tasks.spawner());
    let interrupted = if block.script.role == Role::Http {
        Box::pin(tasks.beside(http_session::run(&block))).await
    } else {
        let session = ClientSession::new(&block);
        // Boxed: what a future is given stands in it twice.
        tasks.beside(Box::pin(session.run())).await;
        tasks.beside(Box::pin(session.close())).await;
        session.interrupted.get()
    };
    SessionOutcome {
        failure: block.failure(),
        took: block.now(),
        interrupted,
    }
}

/// The clients of a block.
pub(super) struct ClientSession {
    pub(super) block: Rc<BlockContext>,
    pub(super) clients: Rc<SessionClients>,
    /// Whether its last step is done.
    lingers: Cell<bool>,
    /// Whether an interrupt has cut its steps.
    pub(super) interrupted: Cell<bool>,
}

/// The connections of a block's clients, in the order of their names; at least one.
pub(super) struct SessionClients(pub(super) Vec<Rc<Connection>>);

impl Participants for SessionClients {
    fn reached(&self, own: &Rc<Connection>, who: Option<&Name>) -> Vec<Rc<Connection>> {
        match who {
            Some(who) => self.named(&who.text).into_iter().cloned().collect(),
            None => vec![Rc::clone(own)],
        }
    }

    fn count(&self) -> Option<usize> {
        None
    }
}

impl SessionClients {
    fn named(&self, name: &str) -> Option<&Rc<Connection>> {
        let mut clients = self.0.iter();
        clients.find(|connection| connection.name.as_deref() == Some(name))
    }
}

impl ScriptSide for ClientSession {
    /// A step that names no client is one of the first client.
    fn context(&self, step: &Step) -> StepContext<'_> {
        let who = step.who.as_ref();
        let named = who.and_then(|who| self.clients.named(&who.text));
        StepContext::of(named.unwrap_or(&self.clients.0[0]), &*self.clients)
    }

    fn connections(&self) -> &[Rc<Connection>] {
        &self.clients.0
    }

    fn who(&self) -> Option<&Arc<str>> {
        None
    }

    async fn connect(&self, connection: &Rc<Connection>) -> Result<(), Stop> {
        self.open(connection, None).await
    }
}

impl ClientSession {
    pub(super) fn new(block: &Rc<BlockContext>) -> Self {
        let scope = &block.environment.scope;
        let steps = &block.script.steps;
        // Each client computes its own.
        let lets = block.script.lets.iter().map(|each| each.name.text.clone());
        let lets: BTreeSet<String> = lets.collect();
        let connection = |name: Option<&str>| {
            let lookahead = Lookahead::of(steps, name);
            let name = name.map(ClientName::from);
            let scope = match name {
                Some(_) if !lets.is_empty() => Rc::new(Scope::beside(scope, lets.clone())),
                _ => Rc::clone(scope),
            };
            let connection = Connection::new(block, name, scope, lookahead);
            connection.look_ahead(0);
            connection
        };
        let names = &block.script.clients;
        let connections = match names.as_slice() {
            [] => vec![connection(None)],
            names => names
                .iter()
                .map(|name| connection(Some(&name.text)))
                .collect(),
        };
        Self {
            block: Rc::clone(block),
            clients: Rc::new(SessionClients(connections)),
            lingers: Cell::default(),
            interrupted: Cell::default(),
        }
    }

    /// Everything up to the closing, or up to the first failure.
    async fn run(&self) {
        tokio::select! {
            biased;
            () = self.block.failed() => {}
            result = self.play() => if let Err(Stopped { connection, stop: Stop::Failed(failure) }) = result {
                self.block.fail(connection.who(), failure);
            },
            failure = self.block.past_deadline() => if !self.only_closes() {
                self.block.fail(None, failure);
            },
            () = self.block.interrupted() => {
                self.interrupted.set(true);
                self.block.fail(None, failure(self.block.script.url.span, "interrupted"));
            }
            // Last: a step that waits for what now cannot come has more to say.
            (who, failure) = self.fault() => self.block.fail(who.as_ref(), failure),
        }
    }

    /// Whether all is done but the answers to our closes, which `@deadline` bounds without a failure.
    fn only_closes(&self) -> bool {
        self.lingers.get() && !self.clients.0.iter().any(|client| client.can_send())
    }

    /// Returns once a connection has ended in a way that no script can want.
    async fn fault(&self) -> (Option<Arc<str>>, Failure) {
        let faults = self.clients.0.iter().map(|connection| {
            Box::pin(async move {
                loop {
                    let turned = connection.turned();
                    if let Some(failure) = connection.fault() {
                        return (connection.who().cloned(), failure);
                    }
                    turned.await;
                }
            })
        });
        select_all(faults).await.0
    }

    async fn play(&self) -> Result<(), Stopped> {
        for connection in &self.clients.0 {
            let first = self.first_step(connection);
            if !matches!(first.map(|step| &step.action), Some(Action::Connect)) {
                let opened = self.open(connection, first).await;
                opened.map_err(Stopped::at(connection))?;
            }
        }
        let script = &*self.block.script;
        let secrets = &self.block.secrets;
        if !secrets.is_empty() && !self.block.script.has_secret_from(0, secrets) {
            // The opening handshakes have told them.
            self.block.tell(None, EventKind::SecretsKnown { all: true });
        }
        run_script(&self.block, self, script, 0..script.steps.len()).await?;
        self.linger().await;
        Ok(())
    }

    /// The first step that concerns a client.
    pub(super) fn first_step(&self, connection: &Connection) -> Option<&Step> {
        let mut steps = self.block.script.steps.iter();
        steps.find(|step| match (&step.who, &connection.name) {
            (Some(who), Some(name)) => who.text == **name,
            (None, None) => !step.action.only_computes(),
            _ => false,
        })
    }

    /// Opens a client's connection, and judges the answer: `first` may expect it to be a refusal.
    pub(super) async fn open(
        &self,
        connection: &Rc<Connection>,
        first: Option<&Step>,
    ) -> Result<(), Stop> {
        let context = StepContext::of(connection, &*self.clients);
        let began = self.block.now();
        // While it is open, a client takes no memory for what it did to connect.
        let connected = Box::pin(connect(context)).await?;
        let subject = || self.handshake(connection, began);
        let opening = self.opening(connection);
        let refused = first.and_then(|step| match &step.action {
            Action::Http {
                status, judgements, ..
            } => Some((*status, judgements, step.span)),
            _ => None,
        });
        match (connected, refused) {
            (Connected::Refused(handshake), Some((status, judgements, span))) => {
                if !status.fits(handshake.status) {
                    let came = handshake.status;
                    let reason = format!("the handshake was refused with {came}, not {status}");
                    let failure = failure(span, reason).of_kind(FailureKind::Mismatch);
                    return Err(failure.into());
                }
                if let Some(measure) = &self.block.environment.measure {
                    measure.met(span, self.block.now().saturating_sub(began));
                }
                judge(context, &opening, &subject()).await?;
                judge(context, judgements, &subject()).await?;
            }
            (Connected::Refused(handshake), None) => {
                let span = url_line(context).span;
                return Err(refusal(&handshake, asked(context), span).into());
            }
            (Connected::Opened, Some((status, _, span))) => {
                let reason = format!("the handshake was accepted, not refused with {status}");
                let failure = failure(span, reason).of_kind(FailureKind::Mismatch);
                return Err(failure.into());
            }
            (Connected::Opened, None) => {
                self.start_handlers(connection);
                judge(context, &opening, &subject()).await?;
            }
        }
        Ok(())
    }

    /// The answer to an opening handshake, as expressions look at it.
    pub(super) fn handshake(&self, connection: &Connection, began: Duration) -> JudgedSubject {
        let now = self.block.now();
        let due = now.saturating_add(self.block.options.timeout);
        let handshake = connection.handshake().unwrap_or_default();
        let elapsed = now.saturating_sub(began);
        JudgedSubject::handshake(handshake, elapsed, self.block.instant(due))
    }

    /// What the script's head judges of a client's handshake.
    fn opening(&self, connection: &Connection) -> Vec<Judgement> {
        let opening = self.block.script.opening.iter();
        opening
            .filter(|opening| concerns(opening.who.as_ref(), connection.name.as_deref()))
            .map(|opening| opening.judgement.clone())
            .collect()
    }

    fn start_handlers(&self, connection: &Rc<Connection>) {
        let Self { block, clients, .. } = self;
        let name = connection.name.as_deref();
        if let Some(handlers) = MessageHandlers::new(&block.script.handlers, name) {
            connection.keep_for_handlers(true);
            let (connection, clients) = (Rc::clone(connection), Rc::clone(clients));
            block.spawner.spawn(async move {
                let result = handlers.answer_all(&connection, &*clients).await;
                tell_failed(&connection, result);
            });
        }
        for (at, clock) in block.clocks.iter().enumerate() {
            let handler = block.script.handlers.get(clock.position);
            if !handler.is_some_and(|handler| concerns(handler.who.as_ref(), name)) {
                continue;
            }
            let (connection, clients) = (Rc::clone(connection), Rc::clone(clients));
            block.spawner.spawn(async move {
                if let Some(clock) = connection.block.clocks.get(at) {
                    let context = StepContext::of_handler(&connection, &*clients);
                    tell_failed(&connection, tick(context, clock).await);
                }
            });
        }
    }

    /// After a last step that was a send, or with handlers or without steps: what still comes is logged.
    async fn linger(&self) {
        let script = &self.block.script;
        let mut actions = script.steps.iter().rev().map(|step| &step.action);
        let sent_last = matches!(
            actions.find(|action| !action.only_computes()),
            Some(Action::Common(CommonAction::Send(_)))
        );
        if !sent_last && script.handlers.is_empty() && !script.steps.is_empty() {
            return;
        }
        self.lingers.set(true);
        let due = self.block.now().saturating_add(self.block.options.linger);
        let over = async {
            for connection in &self.clients.0 {
                connection.over().await;
            }
        };
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(self.block.instant(due)) => {}
            () = over => {}
        }
    }

    pub(super) async fn close(&self) {
        let code = if self.interrupted.get() { 1001 } else { 1000 };
        close(&self.block, &self.clients.0, code).await;
    }
}
