//! What all connections of one block share: its script and options, the clock, the listener, the failure, and how long
//! its end may take.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::cached_pattern::CachedPattern;
use super::environment::Environment;
use super::judged_subject::JudgedSubject;
use super::task_set::Spawner;
use crate::diagnostic::Diagnostic;
use crate::format::Format;
use crate::protocol::{Event, EventKind, Failure, FailureKind, Frame, Generated, Open};
use crate::script::{
    Clock, Fill, MatchVerdict, Options, Pattern, Reading, Role, Scope, Script, Value,
    format_duration,
};
use crate::source::Span;

/// Stands for a time that no session reaches; the clock's own arithmetic ends before that of durations.
pub(crate) const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);

/// How long the closing may take after an interrupt.
const INTERRUPTED: Duration = Duration::from_secs(1);

/// How long a message may be judged by one `@schema`: nothing is read meanwhile.
const JUDGED: Duration = Duration::from_secs(1);

/// The block that is running.
pub(crate) struct BlockContext {
    pub(crate) script: Rc<Script>,
    pub(crate) options: Rc<Options>,
    pub(crate) environment: Rc<Environment>,
    pub(crate) spawner: Spawner,
    /// The script's clocks.
    pub(crate) clocks: Vec<Clock>,
    began: Instant,
    close_by: Cell<Option<Instant>>,
    /// How many frames have arrived on all connections together.
    arrivals: Cell<u64>,
    failure: RefCell<Option<Failure>>,
    failed: Notify,
    never: Vec<CachedPattern>,
    ignore: Vec<CachedPattern>,
    /// The names that the script makes secrets of.
    pub(crate) secrets: BTreeSet<String>,
    /// Of a session whose steps come while it runs: what they leave behind.
    live: Option<LiveState>,
}

/// What the steps of a session leave behind that come while it runs.
#[derive(Default)]
struct LiveState {
    /// The names that they make secrets of.
    secrets: RefCell<BTreeSet<String>>,
    /// The last frame that one of them matched, as expressions look at it, and whose it was.
    matched: RefCell<Option<(Option<Arc<str>>, JudgedSubject)>>,
}

impl BlockContext {
    pub(crate) fn new(
        script: Rc<Script>,
        options: Rc<Options>,
        environment: Rc<Environment>,
        spawner: Spawner,
    ) -> Rc<Self> {
        Rc::new(Self::made(script, options, environment, spawner))
    }

    /// The same for a session whose steps come while it runs.
    pub(crate) fn live(
        script: Rc<Script>,
        options: Rc<Options>,
        environment: Rc<Environment>,
        spawner: Spawner,
    ) -> Rc<Self> {
        Rc::new(Self {
            live: Some(LiveState::default()),
            ..Self::made(script, options, environment, spawner)
        })
    }

    fn made(
        script: Rc<Script>,
        options: Rc<Options>,
        environment: Rc<Environment>,
        spawner: Spawner,
    ) -> Self {
        let watch = |(pattern, span): &(Pattern, Span)| CachedPattern::new(pattern.clone(), *span);
        Self {
            live: None,
            never: options.never.iter().map(watch).collect(),
            ignore: options.ignore.iter().map(watch).collect(),
            clocks: script.clocks(),
            secrets: script.announced(),
            script,
            options,
            environment,
            spawner,
            began: Instant::now(),
            close_by: Cell::default(),
            arrivals: Cell::default(),
            failure: RefCell::default(),
            failed: Notify::new(),
        }
    }

    /// Steps that have come make secrets of these names.
    pub(crate) fn announce(&self, names: BTreeSet<String>) {
        if let Some(live) = &self.live {
            live.secrets.borrow_mut().extend(names);
        }
    }

    /// A step has matched a frame.
    pub(crate) fn matched(&self, who: Option<&Arc<str>>, judged: &JudgedSubject) {
        if let Some(live) = &self.live {
            live.matched.replace(Some((who.cloned(), judged.clone())));
        }
    }

    /// The last frame that a step has matched, and whose it was.
    pub(crate) fn last_match(&self) -> Option<(Option<Arc<str>>, JudgedSubject)> {
        self.live.as_ref()?.matched.borrow().clone()
    }

    fn is_secret(&self, name: &str) -> bool {
        let came = |live: &LiveState| live.secrets.borrow().contains(name);
        self.secrets.contains(name) || self.live.as_ref().is_some_and(came)
    }

    /// Time since the session began.
    pub(crate) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// The number of a frame that arrives now.
    pub(crate) fn arrival(&self) -> u64 {
        self.arrivals.set(self.arrivals.get() + 1);
        self.arrivals.get()
    }

    /// The moment in the clock's own terms; what is beyond them is as far away as no session reaches.
    pub(crate) fn instant(&self, at: Duration) -> Instant {
        self.began + at.min(FAR)
    }

    /// Until when closing may take at most, whatever `@close-timeout` allows.
    pub(crate) fn close_by(&self) -> Option<Instant> {
        self.close_by.get()
    }

    /// Closing may not take longer than until then. Connections that wait for an answer have to be woken.
    pub(crate) fn bound_close(&self, by: Instant) {
        let sooner = self.close_by.get().map_or(by, |before| before.min(by));
        self.close_by.set(Some(sooner));
    }

    /// Returns once `@deadline` is over, with the failure that it is.
    pub(crate) async fn past_deadline(&self) -> Failure {
        let Some(deadline) = self.options.deadline else {
            return std::future::pending().await;
        };
        sleep(deadline).await;
        let after = format_duration(deadline);
        let reason = format!("the session did not end within {after} (@deadline)");
        failure(self.option_span("deadline"), reason).of_kind(FailureKind::Timeout)
    }

    /// Returns once the session is asked to end; closing is bounded from then on.
    pub(crate) async fn interrupted(&self) {
        self.environment.interrupt.asked().await;
        self.bound_close(Instant::now() + INTERRUPTED);
    }

    /// Tells what happens now.
    pub(crate) fn tell(&self, who: Option<&Arc<str>>, kind: EventKind) {
        let step = match &kind {
            EventKind::Failed(failure) => Some(failure.span),
            _ => None,
        };
        self.emit(self.now(), who, kind, step);
    }

    /// Tells what happened then, and comes from a step.
    pub(crate) fn emit(
        &self,
        at: Duration,
        who: Option<&Arc<str>>,
        kind: EventKind,
        step: Option<Span>,
    ) {
        (self.environment.listen)(Event {
            at,
            who: who.cloned(),
            kind,
            hidden: Vec::new(),
            step,
        });
    }

    /// Keeps a value. Under the name of a secret it is one at once, whatever comes of the step.
    pub(crate) fn keep(&self, who: Option<&Arc<str>>, scope: &Scope, name: &str, value: Value) {
        self.keep_computed(who, scope, name, value, false);
    }

    /// The same of a value that was computed; a steady one is the same in each run.
    pub(crate) fn keep_computed(
        &self,
        who: Option<&Arc<str>>,
        scope: &Scope,
        name: &str,
        value: Value,
        steady: bool,
    ) {
        if self.is_secret(name) {
            self.tell_secret(who, name, &value);
        }
        if steady {
            scope.set_steady(name, value);
        } else {
            scope.set(name, value);
        }
    }

    /// Tells that a value is a secret: bytes that are not a text, as they are written in texts.
    pub(crate) fn tell_secret(&self, who: Option<&Arc<str>>, name: &str, value: &Value) {
        for value in value.spellings() {
            let (name, value) = (Arc::from(name), Arc::from(value));
            self.tell(who, EventKind::Secret { name, value });
        }
    }

    /// Tells that no secret is to come any more once the steps before `at` are done, if one was before them.
    pub(crate) fn tell_secrets(
        &self,
        who: Option<&Arc<str>>,
        script: &Script,
        before: usize,
        at: usize,
    ) {
        if self.secrets.is_empty() {
            return;
        }
        let to_come = |at| script.has_secret_from(at, &self.secrets);
        if to_come(before) && !to_come(at) {
            self.tell(who, EventKind::SecretsKnown { all: true });
        }
    }

    /// Tells what a pattern's FORMAT has read a frame as that arrived as bytes.
    pub(crate) fn tell_unpacked(&self, who: Option<&Arc<str>>, number: u64, frame: Frame) {
        self.tell(who, EventKind::Unpacked { number, frame });
    }

    /// Tells what a pattern leaves open in a frame that arrived.
    pub(crate) fn tell_open(&self, who: Option<&Arc<str>>, number: u64, open: Option<Arc<Open>>) {
        if let Some(open) = open {
            self.tell(who, EventKind::Opened { number, open });
        }
    }

    pub(crate) fn tell_generated(&self, generated: Vec<Generated>) {
        for value in generated {
            self.tell(None, EventKind::Generated(value));
        }
    }

    /// Fails the block by its first failure, and what failed with it. A client session ends with it; a server goes on, and
    /// tells every failure, and so does a session whose steps come while it runs.
    pub(crate) fn fail(&self, who: Option<&Arc<str>>, failure: Failure) {
        let first = self.failure.borrow().is_none();
        if !first && !self.is_server() && self.live.is_none() {
            return;
        }
        for one in failure.each() {
            self.tell(who, EventKind::Failed(one));
        }
        self.failure.borrow_mut().get_or_insert(failure);
        self.failed.notify_waiters();
        self.failed.notify_one();
    }

    pub(crate) fn failure(&self) -> Option<Failure> {
        self.failure.borrow().clone()
    }

    /// Returns once the session has failed.
    pub(crate) async fn failed(&self) {
        while self.failure.borrow().is_none() {
            self.failed.notified().await;
        }
    }

    /// What placeholders stand for where there is neither message nor index.
    pub(crate) fn fill<'a>(&'a self, scope: &'a Scope, client: Option<&'a str>) -> Fill<'a> {
        Fill {
            scope,
            client,
            packing: &self.options.packing,
            ..self.environment.fill()
        }
    }

    /// Whether `@ignore` names the message.
    pub(crate) fn ignores(&self, message: &Reading, fill: Fill<'_>) -> bool {
        self.ignore.iter().any(|watch| watch.matches(message, fill))
    }

    /// Whether `@ignore` names a message that is sent: nothing is kept of it then.
    pub(crate) fn ignores_sent(&self, frame: &Frame, fill: Fill<'_>) -> bool {
        if self.ignore.is_empty() || !frame.is_message() {
            return false;
        }
        let message = Reading::new(frame.clone());
        self.ignore.iter().any(|watch| {
            let matcher = watch.matcher(fill);
            matcher.is_ok_and(|matcher| matches!(matcher.test(&message), MatchVerdict::Match(_)))
        })
    }

    /// The failure that the message is by `@never`.
    pub(crate) fn forbids(&self, message: &Reading, fill: Fill<'_>) -> Option<Failure> {
        let watch = self
            .never
            .iter()
            .find(|watch| watch.matches(message, fill))?;
        let matcher = watch.matcher(fill).ok()?;
        let reason = format!("{} arrived, which @never forbids", matcher.describe());
        Some(failure(watch.span, reason))
    }

    /// The failure that a json message is by `@schema`.
    pub(crate) fn invalid(&self, message: &Reading) -> Option<Failure> {
        let schemas = &self.options.schemas;
        let json = message
            .text()
            .filter(|_| !schemas.every.is_empty() && message.format().written() == Format::Json)?;
        schemas.every.iter().find_map(|(path, span)| {
            let until = std::time::Instant::now() + JUDGED;
            let verdict = schemas.check(path, json.to_owned(), until);
            let reason = if let Some(verdict) = verdict {
                let why = verdict.err()?;
                format!("a message arrived that is not valid by `{path}`: {why}")
            } else {
                let time = format_duration(JUDGED);
                format!("a message arrived that `{path}` did not judge within {time}")
            };
            Some(failure(*span, reason))
        })
    }

    /// Whether it is a server's: its clients come and go, and it waits for none of them.
    pub(crate) fn is_server(&self) -> bool {
        self.script.role == Role::Server
    }

    /// Whether any option looks at every message.
    pub(crate) fn watches(&self) -> bool {
        !self.never.is_empty() || !self.ignore.is_empty() || !self.options.schemas.every.is_empty()
    }

    /// The place of an option's line; the URL's where the option is a default.
    pub(crate) fn option_span(&self, name: &str) -> Span {
        let line = self
            .script
            .options
            .iter()
            .find(|line| line.name.text == name);
        line.map_or(self.script.url.span, |line| line.span)
    }
}

/// A failure out of what could not be filled in.
pub(crate) fn unfilled(diagnostic: Diagnostic) -> Failure {
    Failure {
        reason: diagnostic.message,
        hint: diagnostic.hint,
        span: diagnostic.span,
        also: Vec::new(),
        kind: FailureKind::default(),
    }
}

/// A failure at a place.
pub(crate) fn failure(span: Span, reason: impl Into<String>) -> Failure {
    Failure {
        reason: reason.into(),
        hint: None,
        span,
        also: Vec::new(),
        kind: FailureKind::default(),
    }
}
