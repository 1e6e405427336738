//! A client session from connecting to its end.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::select_all;
use tokio::time::sleep;

use super::called::Called;
use super::clock::tick;
use super::closing::close;
use super::connect::Connected;
use super::ends::wait;
use super::expect::expect;
use super::horizon::Horizon;
use super::judge::Case;
use super::link::Link;
use super::nursery::Nursery;
use super::refused::refusal;
use super::stage::{Stage, Surroundings, failure};
use super::steps::{Reactions, answer_messages, group, told};
use super::turn::{Company, Stop, Turn};
use crate::protocol::{Failure, Happening, Outcome};
use crate::script::{Action, Judgement, Name, Options, Script, Step, format_duration};

/// Runs a client script. What goes wrong is in the outcome and was told as an event.
pub async fn run(
    script: Rc<Script>,
    options: Rc<Options>,
    surroundings: Rc<Surroundings>,
) -> Outcome {
    let mut nursery = Nursery::default();
    let stage = Stage::new(script, options, surroundings, nursery.spawner());
    let session = Session::new(&stage);
    nursery.beside(session.go()).await;
    nursery.beside(session.close()).await;
    Outcome {
        failure: stage.failure(),
        took: stage.now(),
        interrupted: session.interrupted.get(),
    }
}

/// The clients of a block.
struct Session {
    stage: Rc<Stage>,
    clients: Rc<Clients>,
    /// Whether an interrupt has cut its steps.
    interrupted: Cell<bool>,
}

struct Clients {
    links: Vec<Rc<Link>>,
}

impl Company for Clients {
    fn reached(&self, own: &Rc<Link>, who: Option<&Name>) -> Vec<Rc<Link>> {
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
    fn named(&self, name: &str) -> Option<&Rc<Link>> {
        self.links
            .iter()
            .find(|link| link.name.as_deref() == Some(name))
    }
}

impl Session {
    fn new(stage: &Rc<Stage>) -> Self {
        let scope = &stage.surroundings.scope;
        let steps = &stage.script.steps;
        let link = |name: Option<&str>| {
            let horizon = Horizon::of(steps, name);
            let link = Link::new(stage, name.map(Called::from), Rc::clone(scope), horizon);
            link.look_ahead(0);
            link
        };
        let names = &stage.script.clients;
        let links = match names.as_slice() {
            [] => vec![link(None)],
            names => names.iter().map(|name| link(Some(&name.text))).collect(),
        };
        Self {
            stage: Rc::clone(stage),
            clients: Rc::new(Clients { links }),
            interrupted: Cell::default(),
        }
    }

    /// Everything up to the closing, or up to the first failure.
    async fn go(&self) {
        let deadline = async {
            match self.stage.options.deadline {
                Some(deadline) => sleep(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
           biased;
            () = self.stage.failed() => {}
            result = self.play() => if let Err((who, Stop::Failed(failure))) = result {
                self.stage.fail(who.as_ref(), failure);
            },
            () = deadline => {
                let after = self.stage.options.deadline.map(format_duration).unwrap_or_default();
                let span = self.stage.option_span("deadline");
                self.stage.fail(None, failure(span, format!("the session did not end within {after} (@deadline)")));
            }
            () = self.stage.interrupted() => {
                self.interrupted.set(true);
                let span = self.stage.script.url.span;
                self.stage.fail(None, failure(span, "interrupted"));
            }
            // Last: a step that waits for what now cannot come has more to say.
            (who, failure) = self.breach() => self.stage.fail(who.as_ref(), failure),
        }
    }

    /// Returns once a connection has ended in a way that no script can want.
    async fn breach(&self) -> (Option<Arc<str>>, Failure) {
        let broken = self.clients.links.iter().map(|link| {
            Box::pin(async move {
                loop {
                    let turned = link.turned();
                    if let Some(failure) = link.fault() {
                        return (link.name.clone(), failure);
                    }
                    turned.await;
                }
            })
        });
        select_all(broken).await.0
    }

    async fn play(&self) -> Result<(), (Option<Arc<str>>, Stop)> {
        for link in &self.clients.links {
            let first = self.first_step(link);
            if !matches!(first.map(|step| &step.action), Some(Action::Connect)) {
                let named = |stop| (link.name.clone(), stop);
                self.connect(link, first).await.map_err(named)?;
            }
        }
        self.steps().await?;
        self.linger().await;
        Ok(())
    }

    /// The first step that concerns a client.
    fn first_step(&self, link: &Link) -> Option<&Step> {
        self.stage
            .script
            .steps
            .iter()
            .find(|step| match (&step.who, &link.name) {
                (Some(who), Some(name)) => who.text == **name,
                (None, None) => true,
                _ => false,
            })
    }

    fn turn<'a>(&'a self, link: &'a Rc<Link>) -> Turn<'a> {
        Turn {
            stage: &self.stage,
            link,
            company: &*self.clients,
            message: None,
            index: None,
            handler: false,
        }
    }

    /// Whose step it is; a step of everybody's is on the first client's turn.
    fn owner(&self, step: &Step) -> &Rc<Link> {
        let named = step
            .who
            .as_ref()
            .and_then(|who| self.clients.named(&who.text));
        named.unwrap_or(&self.clients.links[0])
    }

    async fn connect(&self, link: &Rc<Link>, first: Option<&Step>) -> Result<(), Stop> {
        let turn = self.turn(link);
        let began = self.stage.now();
        let connected = turn.connect().await?;
        let case = |link: &Link| {
            let deadline = self
                .stage
                .instant(self.stage.now().saturating_add(self.stage.options.timeout));
            let handshake = link.handshake().unwrap_or_default();
            Case::handshake(handshake, self.stage.now().saturating_sub(began), deadline)
        };
        let opening = self.opening(link);
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
                turn.judge(&opening, &case(link)).await?;
                turn.judge(judgements, &case(link)).await?;
            }
            (Connected::Refused(handshake), _) => {
                let span = turn.url().span;
                return Err(refusal(&handshake, turn.asked(), span).into());
            }
            (Connected::Opened, Some((Action::Refused { status, .. }, span))) => {
                let reason = format!("the handshake was accepted, not refused with {status}");
                return Err(failure(span, reason).into());
            }
            (Connected::Opened, _) => {
                self.start_handlers(link);
                turn.judge(&opening, &case(link)).await?;
            }
        }
        Ok(())
    }

    fn opening(&self, link: &Link) -> Vec<Judgement> {
        let opening = self.stage.script.opening.iter();
        opening
            .filter(|opening| concerns(opening.who.as_ref(), link))
            .map(|opening| opening.judgement.clone())
            .collect()
    }

    async fn steps(&self) -> Result<(), (Option<Arc<str>>, Stop)> {
        let steps = &self.stage.script.steps;
        let mut at = 0;
        if !self.stage.secrets.is_empty() && !self.secret_to_come() {
            // The opening handshakes have told them.
            self.stage.tell(None, Happening::SecretsKnown { all: true });
        }
        while let Some(step) = steps.get(at) {
            let before = at;
            let link = self.owner(step);
            let group = group(steps.get(at..).unwrap_or_default());
            if group.is_empty() {
                at += 1;
                let ran = match &step.action {
                    Action::Wait(time) => {
                        wait(self.turn(link), &self.clients.links, step.span, time).await
                    }
                    _ => self
                        .step(link, step)
                        .await
                        .map_err(|stop| (Rc::clone(link), stop)),
                };
                ran.map_err(|(link, stop)| (link.name.clone(), stop))?;
            } else {
                at += group.len();
                let met = expect(group, |step| self.turn(self.owner(step))).await;
                met.map_err(|(link, stop)| (link.name.clone(), stop))?;
            }
            for link in &self.clients.links {
                link.look_ahead(at);
            }
            self.stage.tell_secrets(None, before, at);
        }
        Ok(())
    }

    /// Whether any step has a secret to tell.
    fn secret_to_come(&self) -> bool {
        self.stage.script.has_secret_from(0, &self.stage.secrets)
    }

    async fn step(&self, link: &Rc<Link>, step: &Step) -> Result<(), Stop> {
        let turn = self.turn(link);
        match &step.action {
            Action::Send(send) => turn.send(step.who.as_ref(), send, step.span).await?,
            Action::Connect => self.connect(link, None).await?,
            Action::Drop if link.is_open() => turn.cut(link).await,
            Action::Drop => {
                let reason = format!("nothing to drop: {}", link.over_because());
                return Err(failure(step.span, reason).into());
            }
            Action::Reconnect => {
                link.close(1000, "");
                link.over().await;
                if let Some(fault) = link.fault() {
                    return Err(fault.into());
                }
                self.connect(link, None).await?;
            }
            Action::Skip => link.skip(),
            Action::Note(text) => turn.note(text)?,
            // Expectations come in groups, a refusal was looked at when connecting, and a wait is everybody's.
            Action::Expect(_) | Action::Refused { .. } | Action::Wait(_) => {}
        }
        Ok(())
    }

    fn start_handlers(&self, link: &Rc<Link>) {
        let handlers = &self.stage.script.handlers;
        if let Some(reactions) = Reactions::new(handlers, link.name.as_deref()) {
            link.set_reacts(true);
            let (stage, link, clients) = (
                Rc::clone(&self.stage),
                Rc::clone(link),
                Rc::clone(&self.clients),
            );
            self.stage.spawner.spawn(async move {
                let result = answer_messages(&stage, &link, &*clients, &reactions).await;
                told(&stage, &link, result);
            });
        }
        for at in 0..self.stage.clocks.len() {
            let (stage, link, clients) = (
                Rc::clone(&self.stage),
                Rc::clone(link),
                Rc::clone(&self.clients),
            );
            self.stage.spawner.spawn(async move {
                let Some(clock) = stage.clocks.get(at) else {
                    return;
                };
                let handler = stage.script.handlers.get(clock.position);
                if !handler.is_some_and(|handler| concerns(handler.who.as_ref(), &link)) {
                    return;
                }
                let turn = Turn {
                    stage: &stage,
                    link: &link,
                    company: &*clients,
                    message: None,
                    index: None,
                    handler: true,
                };
                told(&stage, &link, tick(turn, clock).await);
            });
        }
    }

    /// After a last step that was a send, or with handlers or without steps: what still comes is logged.
    async fn linger(&self) {
        let script = &self.stage.script;
        let sent_last = matches!(
            script.steps.last().map(|step| &step.action),
            Some(Action::Send(_))
        );
        if sent_last || !script.handlers.is_empty() || script.steps.is_empty() {
            let due = self.stage.now().saturating_add(self.stage.options.linger);
            self.rest_until(due).await;
        }
    }

    /// Stays until a moment, or until no client is connected any more.
    async fn rest_until(&self, due: Duration) {
        let over = async {
            for link in &self.clients.links {
                link.over().await;
            }
        };
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(self.stage.instant(due)) => {}
            () = over => {}
        }
    }

    async fn close(&self) {
        let code = if self.interrupted.get() { 1001 } else { 1000 };
        close(&self.stage, &self.clients.links, code).await;
    }
}

/// Whether what names `who`, or nobody, concerns a client.
fn concerns(who: Option<&Name>, link: &Link) -> bool {
    who.is_none_or(|who| Some(who.text.as_str()) == link.name.as_deref())
}
