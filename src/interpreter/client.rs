//! A client session from connecting to its end.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::select_all;
use tokio::time::sleep;

use super::client_name::ClientName;
use super::clock::tick;
use super::closing::close;
use super::connect::Connected;
use super::connection::Connection;
use super::context::{BlockContext, Environment, failure};
use super::ends::wait;
use super::expect::expect;
use super::judge::JudgedSubject;
use super::lookahead::Lookahead;
use super::refusal::refusal;
use super::step_context::{Participants, StepContext, Stop};
use super::steps::{MessageHandlers, answer_messages, group, told};
use super::task_set::TaskSet;
use crate::protocol::{EventKind, Failure, Outcome};
use crate::script::{
    Action, CommonAction, Judgement, Name, Options, Script, Step, format_duration,
};

/// Runs a client script. What goes wrong is in the outcome and was told as an event.
pub async fn run(
    script: Rc<Script>,
    options: Rc<Options>,
    environment: Rc<Environment>,
) -> Outcome {
    let mut tasks = TaskSet::default();
    let block = BlockContext::new(script, options, environment, tasks.spawner());
    let session = ClientSession::new(&block);
    tasks.beside(session.go()).await;
    tasks.beside(session.close()).await;
    Outcome {
        failure: block.failure(),
        took: block.now(),
        interrupted: session.interrupted.get(),
    }
}

/// The clients of a block.
struct ClientSession {
    block: Rc<BlockContext>,
    clients: Rc<Clients>,
    /// Whether an interrupt has cut its steps.
    interrupted: Cell<bool>,
}

struct Clients {
    connections: Vec<Rc<Connection>>,
}

impl Participants for Clients {
    fn reached(&self, own: &Rc<Connection>, who: Option<&Name>) -> Vec<Rc<Connection>> {
        let Some(who) = who else {
            return vec![Rc::clone(own)];
        };
        self.named(&who.text).into_iter().cloned().collect()
    }

    fn count(&self) -> Option<usize> {
        None
    }

    fn waits(&self) -> bool {
        true
    }
}

impl Clients {
    fn named(&self, name: &str) -> Option<&Rc<Connection>> {
        self.connections
            .iter()
            .find(|connection| connection.name.as_deref() == Some(name))
    }
}

impl ClientSession {
    fn new(block: &Rc<BlockContext>) -> Self {
        let scope = &block.environment.scope;
        let steps = &block.script.steps;
        let connection = |name: Option<&str>| {
            let lookahead = Lookahead::of(steps, name);
            let connection = Connection::new(
                block,
                name.map(ClientName::from),
                Rc::clone(scope),
                lookahead,
            );
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
            clients: Rc::new(Clients { connections }),
            interrupted: Cell::default(),
        }
    }

    /// Everything up to the closing, or up to the first failure.
    async fn go(&self) {
        let deadline = async {
            match self.block.options.deadline {
                Some(deadline) => sleep(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
           biased;
            () = self.block.failed() => {}
            result = self.play() => if let Err((who, Stop::Failed(failure))) = result {
                self.block.fail(who.as_ref(), failure);
            },
            () = deadline => {
                let after = self.block.options.deadline.map(format_duration).unwrap_or_default();
                let span = self.block.option_span("deadline");
                self.block.fail(None, failure(span, format!("the session did not end within {after} (@deadline)")));
            }
            () = self.block.interrupted() => {
                self.interrupted.set(true);
                let span = self.block.script.url.span;
                self.block.fail(None, failure(span, "interrupted"));
            }
            // Last: a step that waits for what now cannot come has more to say.
            (who, failure) = self.breach() => self.block.fail(who.as_ref(), failure),
        }
    }

    /// Returns once a connection has ended in a way that no script can want.
    async fn breach(&self) -> (Option<Arc<str>>, Failure) {
        let broken = self.clients.connections.iter().map(|connection| {
            Box::pin(async move {
                loop {
                    let turned = connection.turned();
                    if let Some(failure) = connection.fault() {
                        return (connection.name.clone(), failure);
                    }
                    turned.await;
                }
            })
        });
        select_all(broken).await.0
    }

    async fn play(&self) -> Result<(), (Option<Arc<str>>, Stop)> {
        for connection in &self.clients.connections {
            let first = self.first_step(connection);
            if !matches!(first.map(|step| &step.action), Some(Action::Connect)) {
                let named = |stop| (connection.name.clone(), stop);
                self.connect(connection, first).await.map_err(named)?;
            }
        }
        self.steps().await?;
        self.linger().await;
        Ok(())
    }

    /// The first step that concerns a client.
    fn first_step(&self, connection: &Connection) -> Option<&Step> {
        self.block
            .script
            .steps
            .iter()
            .find(|step| match (&step.who, &connection.name) {
                (Some(who), Some(name)) => who.text == **name,
                (None, None) => true,
                _ => false,
            })
    }

    fn context<'a>(&'a self, connection: &'a Rc<Connection>) -> StepContext<'a> {
        StepContext {
            block: &self.block,
            connection,
            participants: &*self.clients,
            message: None,
            index: None,
            handler: false,
        }
    }

    /// Whose step it is; a step of everybody's is on the first client's turn.
    fn owner(&self, step: &Step) -> &Rc<Connection> {
        let named = step
            .who
            .as_ref()
            .and_then(|who| self.clients.named(&who.text));
        named.unwrap_or(&self.clients.connections[0])
    }

    async fn connect(&self, connection: &Rc<Connection>, first: Option<&Step>) -> Result<(), Stop> {
        let context = self.context(connection);
        let began = self.block.now();
        let connected = context.connect().await?;
        let case = |connection: &Connection| {
            let deadline = self
                .block
                .instant(self.block.now().saturating_add(self.block.options.timeout));
            let handshake = connection.handshake().unwrap_or_default();
            JudgedSubject::handshake(handshake, self.block.now().saturating_sub(began), deadline)
        };
        let opening = self.opening(connection);
        match (connected, first.map(|step| (&step.action, step.span))) {
            (
                Connected::Refused(handshake),
                Some((Action::Refused { status, judgements }, span)),
            ) => {
                if handshake.status != *status {
                    let reason = format!(
                        "the handshake was refused with {}, not {status}",
                        handshake.status
                    );
                    return Err(failure(span, reason).into());
                }
                context.judge(&opening, &case(connection)).await?;
                context.judge(judgements, &case(connection)).await?;
            }
            (Connected::Refused(handshake), _) => {
                let span = context.url().span;
                return Err(refusal(&handshake, context.asked(), span).into());
            }
            (Connected::Opened, Some((Action::Refused { status, .. }, span))) => {
                let reason = format!("the handshake was accepted, not refused with {status}");
                return Err(failure(span, reason).into());
            }
            (Connected::Opened, _) => {
                self.start_handlers(connection);
                context.judge(&opening, &case(connection)).await?;
            }
        }
        Ok(())
    }

    fn opening(&self, connection: &Connection) -> Vec<Judgement> {
        let opening = self.block.script.opening.iter();
        opening
            .filter(|opening| concerns(opening.who.as_ref(), connection))
            .map(|opening| opening.judgement.clone())
            .collect()
    }

    async fn steps(&self) -> Result<(), (Option<Arc<str>>, Stop)> {
        let steps = &self.block.script.steps;
        let mut at = 0;
        if !self.block.secrets.is_empty() && !self.secret_to_come() {
            // The opening handshakes have told them.
            self.block.tell(None, EventKind::SecretsKnown { all: true });
        }
        while let Some(step) = steps.get(at) {
            let before = at;
            let connection = self.owner(step);
            let group = group(steps.get(at..).unwrap_or_default());
            if group.is_empty() {
                at += 1;
                let ran = match &step.action {
                    Action::Common(CommonAction::Wait(time)) => {
                        wait(
                            self.context(connection),
                            &self.clients.connections,
                            step.span,
                            time,
                        )
                        .await
                    }
                    _ => self
                        .step(connection, step)
                        .await
                        .map_err(|stop| (Rc::clone(connection), stop)),
                };
                ran.map_err(|(connection, stop)| (connection.name.clone(), stop))?;
            } else {
                at += group.len();
                let met = expect(group, |step| self.context(self.owner(step))).await;
                met.map_err(|(connection, stop)| (connection.name.clone(), stop))?;
            }
            for connection in &self.clients.connections {
                connection.look_ahead(at);
            }
            self.block.tell_secrets(None, before, at);
        }
        Ok(())
    }

    /// Whether any step has a secret to tell.
    fn secret_to_come(&self) -> bool {
        self.block.script.has_secret_from(0, &self.block.secrets)
    }

    async fn step(&self, connection: &Rc<Connection>, step: &Step) -> Result<(), Stop> {
        let context = self.context(connection);
        match &step.action {
            Action::Common(CommonAction::Send(send)) => {
                context.send(step.who.as_ref(), send, step.span).await?
            }
            Action::Connect => self.connect(connection, None).await?,
            Action::Common(CommonAction::Drop) if connection.is_open() => {
                context.cut(connection).await
            }
            Action::Common(CommonAction::Drop) => {
                let reason = format!("nothing to drop: {}", connection.over_because());
                return Err(failure(step.span, reason).into());
            }
            Action::Reconnect => {
                connection.close(1000, "");
                connection.over().await;
                if let Some(fault) = connection.fault() {
                    return Err(fault.into());
                }
                self.connect(connection, None).await?;
            }
            Action::Skip => connection.skip(),
            Action::Common(CommonAction::Note(text)) => context.note(text)?,
            // Expectations come in groups, a refusal was looked at when connecting, and a wait is everybody's.
            Action::Expect(_) | Action::Refused { .. } | Action::Common(CommonAction::Wait(_)) => {}
        }
        Ok(())
    }

    fn start_handlers(&self, connection: &Rc<Connection>) {
        let handlers = &self.block.script.handlers;
        if let Some(handlers) = MessageHandlers::new(handlers, connection.name.as_deref()) {
            connection.set_handles(true);
            let (block, connection, clients) = (
                Rc::clone(&self.block),
                Rc::clone(connection),
                Rc::clone(&self.clients),
            );
            self.block.spawner.spawn(async move {
                let result = answer_messages(&block, &connection, &*clients, &handlers).await;
                told(&block, &connection, result);
            });
        }
        for at in 0..self.block.clocks.len() {
            let (block, connection, clients) = (
                Rc::clone(&self.block),
                Rc::clone(connection),
                Rc::clone(&self.clients),
            );
            self.block.spawner.spawn(async move {
                let Some(clock) = block.clocks.get(at) else {
                    return;
                };
                let handler = block.script.handlers.get(clock.position);
                if !handler.is_some_and(|handler| concerns(handler.who.as_ref(), &connection)) {
                    return;
                }
                let context = StepContext {
                    block: &block,
                    connection: &connection,
                    participants: &*clients,
                    message: None,
                    index: None,
                    handler: true,
                };
                told(&block, &connection, tick(context, clock).await);
            });
        }
    }

    /// After a last step that was a send, or with handlers or without steps: what still comes is logged.
    async fn linger(&self) {
        let script = &self.block.script;
        let sent_last = matches!(
            script.steps.last().map(|step| &step.action),
            Some(Action::Common(CommonAction::Send(_)))
        );
        if sent_last || !script.handlers.is_empty() || script.steps.is_empty() {
            let due = self.block.now().saturating_add(self.block.options.linger);
            self.rest_until(due).await;
        }
    }

    /// Stays until a moment, or until no client is connected any more.
    async fn rest_until(&self, due: Duration) {
        let over = async {
            for connection in &self.clients.connections {
                connection.over().await;
            }
        };
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(self.block.instant(due)) => {}
            () = over => {}
        }
    }

    async fn close(&self) {
        let code = if self.interrupted.get() { 1001 } else { 1000 };
        close(&self.block, &self.clients.connections, code).await;
    }
}

/// Whether what names `who`, or nobody, concerns a client.
fn concerns(who: Option<&Name>, connection: &Connection) -> bool {
    who.is_none_or(|who| Some(who.text.as_str()) == connection.name.as_deref())
}
