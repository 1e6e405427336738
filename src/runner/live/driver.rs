//! Does what a live session is told to, one command after the other.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::command::{
    EntryOutcome, LiveCommand, LiveEntry, LiveListener, LiveNews, LiveStatus, LiveVariable,
};
use super::entry::{EntryReader, as_typed};
use crate::diagnostic::Diagnostic;
use crate::document::Block;
use crate::interpreter::LiveSession;
use crate::protocol::{Failure, SessionOutcome};
use crate::runner::event_sink::EventSink;
use crate::runner::execution::Execution;
use crate::runner::reveal::Reveal;
use crate::runner::{Findings, News};
use crate::script::{Packing, Script, Value};
use crate::source::Source;

/// How long what is under way may go on when the session is to close at once: what was typed just before still leaves.
const GRACE: Duration = Duration::from_millis(250);

/// What a live session is driven by.
pub(super) struct Driver<'a> {
    pub(super) reader: EntryReader<'a>,
    /// What packed formats are read by.
    pub(super) packing: Packing,
    pub(super) run: &'a Execution<'a>,
    pub(super) sink: &'a EventSink,
    pub(super) block: &'a Block,
    pub(super) listener: Arc<dyn LiveListener>,
    /// The values that the listener knows to be kept.
    pub(super) known: BTreeMap<String, Value>,
    pub(super) commands: mpsc::UnboundedReceiver<LiveCommand>,
    /// Commands that came while another one was done.
    pub(super) waiting: VecDeque<LiveCommand>,
    /// `@linger`
    pub(super) linger: Duration,
}

/// What ended the wait for something.
enum Waited<T> {
    Done(T),
    /// The session is to end at once.
    Ended,
}

impl Driver<'_> {
    /// Opens the connections and does what is commanded, to the end.
    pub(super) async fn drive(&mut self, session: &LiveSession) -> SessionOutcome {
        let opened = self.wait(session, session.open()).await;
        if matches!(opened, Waited::Done(false)) {
            self.listener
                .hear(&LiveNews::Status(LiveStatus::Disconnected));
        }
        if matches!(opened, Waited::Done(true)) {
            self.keep();
            while let Some(command) = self.next(session).await {
                if self.obey(session, command).await.is_none() {
                    break;
                }
            }
        }
        self.listener.hear(&LiveNews::Over);
        SessionOutcome {
            failure: session.failure(),
            took: session.now(),
            interrupted: false,
        }
    }

    /// The next command; `None`: the session is to end.
    async fn next(&mut self, session: &LiveSession) -> Option<LiveCommand> {
        if let Some(command) = self.waiting.pop_front() {
            return Some(command);
        }
        tokio::select! {
            biased;
            () = session.interrupted() => None,
            command = self.commands.recv() => command,
        }
    }

    /// Waits for something; commands that come meanwhile have to wait, but for a close, which gives what
    /// is waited for a moment.
    async fn wait<T>(&mut self, session: &LiveSession, work: impl Future<Output = T>) -> Waited<T> {
        let mut work = Box::pin(work);
        let mut interrupted = std::pin::pin!(session.interrupted());
        let mut listens = true;
        let mut grace = std::pin::pin!(sleep(GRACE));
        let is_close =
            |command: &LiveCommand| matches!(command, LiveCommand::Close { linger: false });
        let mut closing = self.waiting.iter().any(is_close);
        loop {
            tokio::select! {
                biased;
                () = &mut interrupted => return Waited::Ended,
                command = self.commands.recv(), if listens => match command {
                    Some(command) => {
                        if !closing && is_close(&command) {
                            grace.as_mut().reset(Instant::now() + GRACE);
                            closing = true;
                        }
                        self.waiting.push_back(command);
                    }
                    None => listens = false,
                },
                done = &mut work => return Waited::Done(done),
                () = &mut grace, if closing => return Waited::Ended,
            }
        }
    }

    /// Does what is commanded; `None`: the session is to end.
    async fn obey(&mut self, session: &LiveSession, command: LiveCommand) -> Option<()> {
        match command {
            LiveCommand::Run(entry, reply) => {
                let outcome = self.entry(session, &entry).await?;
                let _ = reply.send(outcome);
            }
            LiveCommand::Check(entry, reply) => {
                let told = match self.reader.read(&entry) {
                    Ok((_, told)) | Err(told) => told,
                };
                let (source, told) = as_typed(&entry, told);
                let _ = reply.send(self.redacted(&source, &told));
            }
            LiveCommand::Step(reply) => {
                let outcome = self.step(session).await?;
                let _ = reply.send(outcome);
            }
            LiveCommand::Rest(reply) => {
                let mut outcome = self.step(session).await?;
                while outcome == EntryOutcome::Done && session.next_step().is_some() {
                    outcome = self.step(session).await?;
                }
                let _ = reply.send(outcome);
            }
            LiveCommand::Variables(reply) => {
                let _ = reply.send(self.variables());
            }
            LiveCommand::Close { linger: false } => return None,
            LiveCommand::Close { linger: true } => {
                let linger = sleep(self.linger);
                let stay = async {
                    tokio::select! {
                        () = linger => {}
                        () = session.over() => {}
                    }
                };
                self.wait(session, stay).await;
                return None;
            }
        }
        Some(())
    }

    async fn entry(&mut self, session: &LiveSession, entry: &LiveEntry) -> Option<EntryOutcome> {
        let (script, warnings) = match self.reader.read(entry) {
            Ok(read) => read,
            Err(told) => {
                let (source, told) = as_typed(entry, told);
                self.tell(&source, &told);
                return Some(EntryOutcome::Wrong(self.redacted(&source, &told)));
            }
        };
        if !warnings.is_empty() {
            let (source, told) = as_typed(entry, warnings);
            self.tell(&source, &told);
        }
        let refines = script.steps.is_empty() && !script.opening.is_empty();
        let refines = session.last_match().filter(|_| refines);
        self.begin(session, &entry.text, refines);
        let holds = !script.announced().is_empty();
        if holds {
            self.sink.hold();
        }
        let ran = self.wait(session, session.run(&script)).await;
        if holds {
            let stopped = !matches!(ran, Waited::Done(Ok(())));
            let reveal = self.reveal(script.clone());
            self.sink.release(stopped.then_some(&reveal));
        }
        self.keep();
        match ran {
            Waited::Ended => None,
            Waited::Done(Ok(())) => Some(EntryOutcome::Done),
            Waited::Done(Err(failure)) => {
                self.failed(&script, &entry.text, &failure);
                let (source, told) = as_typed(entry, diagnostics(&failure));
                self.tell(&source, &told);
                Some(EntryOutcome::Failed)
            }
        }
    }

    /// Runs the next of the block's own steps.
    async fn step(&mut self, session: &LiveSession) -> Option<EntryOutcome> {
        let Some(steps) = session.next_step() else {
            return Some(EntryOutcome::NoStep);
        };
        let start = steps.first().map_or(0, |step| step.span.start);
        let last = steps.last().map_or(0, |step| step.span.start);
        let script = self.reader.script;
        let behind = script.steps.iter().map(|step| step.span.start);
        let handlers = script.handlers.iter().map(|handler| handler.span.start);
        let end = behind.chain(handlers).filter(|start| *start > last).min();
        let text = self.block.body.text();
        let source = text.get(start..end.unwrap_or(text.len()));
        self.begin(session, source.unwrap_or_default(), None);
        let holds = steps
            .iter()
            .any(|step| step.has_secret(&script.announced()));
        if holds {
            self.sink.hold();
        }
        let ran = self.wait(session, session.run_next()).await;
        if holds {
            let stopped = !matches!(ran, Waited::Done(Ok(())));
            let reveal = self.reveal(script.clone());
            self.sink.release(stopped.then_some(&reveal));
        }
        self.keep();
        match ran {
            Waited::Ended => None,
            Waited::Done(Ok(())) => Some(EntryOutcome::Done),
            Waited::Done(Err(failure)) => {
                self.listener.hear(&LiveNews::Failed { ran: "" });
                let told = diagnostics(&failure).into_iter().map(|told| Diagnostic {
                    span: self.block.body.span(told.span),
                    ..told
                });
                self.tell(&self.run.plan.source, &told.collect::<Vec<_>>());
                Some(EntryOutcome::Failed)
            }
        }
    }

    /// Steps run now.
    fn begin(&self, session: &LiveSession, source: &str, refines: Option<u64>) {
        let news = LiveNews::Entry {
            at: session.now(),
            source: source.trim_end(),
            refines,
        };
        self.hide(self.listener.hear(&news));
    }

    /// Tells the listener which steps of an entry ran before the one that failed.
    fn failed(&self, script: &Script, text: &str, failure: &Failure) {
        let starts = script.steps.iter().map(|step| step.span.start);
        let failed = starts.rev().find(|start| *start <= failure.span.start);
        let ran = text.get(..failed.unwrap_or_default()).unwrap_or_default();
        let ran = ran.trim_end();
        self.listener.hear(&LiveNews::Failed { ran });
    }

    /// Tells the listener what has another value than before.
    fn keep(&mut self) {
        let scope = self.reader.scope;
        for name in scope.names() {
            let Some(value) = scope.get_own(&name) else {
                continue;
            };
            if self.known.get(&name) == Some(&value) {
                continue;
            }
            let news = LiveNews::Kept {
                name: &name,
                value: &value,
            };
            self.hide(self.listener.hear(&news));
            self.known.insert(name, value);
        }
    }

    fn hide(&self, secrets: Vec<(String, String)>) {
        let mut redactor = self.run.plan.redactor.borrow_mut();
        for (name, value) in secrets {
            redactor.add(&name, &value);
        }
    }

    fn reveal(&self, script: Script) -> Reveal {
        let files = Rc::clone(&self.run.plan.files);
        Reveal::new(
            &Rc::new(script),
            self.reader.scope,
            files as _,
            &self.packing,
        )
    }

    fn variables(&self) -> Vec<LiveVariable> {
        let scope = self.reader.scope;
        let redactor = self.run.plan.redactor.borrow();
        let variable = |name: String| {
            let value = redactor.text(&scope.get(&name)?.as_text());
            Some(LiveVariable { name, value })
        };
        scope.names().into_iter().filter_map(variable).collect()
    }

    fn tell(&self, source: &Source, told: &[Diagnostic]) {
        let redactor = self.run.plan.redactor.borrow();
        let findings = Findings::new(source, told, &redactor);
        self.run.voice.tell(&News::Diagnostics(findings));
    }

    fn redacted(&self, source: &Source, told: &[Diagnostic]) -> Vec<Diagnostic> {
        let redactor = self.run.plan.redactor.borrow();
        let findings = Findings::new(source, told, &redactor);
        findings
            .iter()
            .map(|finding| finding.diagnostic())
            .collect()
    }
}

fn diagnostics(failure: &Failure) -> Vec<Diagnostic> {
    let each = failure.each().map(|failure| {
        let mut told = Diagnostic::error(failure.span, failure.reason);
        told.hint = failure.hint;
        told
    });
    each.collect()
}
