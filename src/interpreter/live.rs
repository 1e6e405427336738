//! A client session whose steps come while it runs: its connections open, stay, and close when they are told to.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;

use super::client::ClientSession;
use super::context::BlockContext;
use super::environment::Environment;
use super::expect::group;
use super::judge::judge;
use super::lookahead::Lookahead;
use super::step_context::{StepContext, Stop, Stopped};
use super::steps::run_script;
use super::task_set::TaskSet;
use crate::protocol::Failure;
use crate::script::{Action, Opening, Options, Script, Step};

/// A session that is open for steps.
pub(crate) struct LiveSession {
    session: ClientSession,
    /// The first of the script's own steps that has not run.
    next: Cell<usize>,
    /// How often each connection was opened when its end was last waited for.
    watched: RefCell<Vec<u32>>,
}

/// Opens the connections of a script, none of whose steps runs by itself, and gives the session to `drive`; when that is
/// done, it is closed.
pub(crate) async fn run_live<T>(
    script: Rc<Script>,
    options: Rc<Options>,
    environment: Rc<Environment>,
    drive: impl AsyncFnOnce(&LiveSession) -> T,
) -> T {
    let mut tasks = TaskSet::default();
    let block = BlockContext::live(script, options, environment, tasks.spawner());
    let live = LiveSession {
        session: ClientSession::new(&block),
        next: Cell::default(),
        watched: RefCell::default(),
    };
    let result = tasks.beside(drive(&live)).await;
    tasks.beside(live.session.close()).await;
    result
}

impl LiveSession {
    /// Opens the connections of all clients but those that a step of the script connects. Returns whether all are open;
    /// why not was told.
    pub(crate) async fn open(&self) -> bool {
        let mut all = true;
        for connection in &self.session.clients.0 {
            let first = self.session.first_step(connection);
            connection.expect_steps(Lookahead::default().and_more());
            if matches!(first.map(|step| &step.action), Some(Action::Connect)) {
                continue;
            }
            let opened = self.session.open(connection, None).await;
            let told = opened.map_err(Stopped::at(connection));
            all &= self.settle(told).is_ok();
            self.watch();
        }
        all
    }

    /// Runs the steps of a script that came.
    ///
    /// # Errors
    /// Why a step failed; it was told.
    pub(crate) async fn run(&self, script: &Script) -> Result<(), Failure> {
        self.session.block.announce(script.announced());
        if !script.opening.is_empty() {
            self.judge_last(&script.opening).await?;
        }
        self.run_steps(script, 0, script.steps.len()).await
    }

    /// Whether a step of the block's own script is left.
    pub(crate) fn next_step(&self) -> Option<&[Step]> {
        let steps = self.session.block.script.steps.get(self.next.get()..)?;
        let together = group(steps).len().max(1);
        steps.get(..together)
    }

    /// Runs the next step of the block's own script, with those that may come in any order with it.
    ///
    /// # Errors
    /// Why it failed; it was told.
    pub(crate) async fn run_next(&self) -> Result<(), Failure> {
        let together = self.next_step().map_or(0, <[Step]>::len);
        let from = self.next.get();
        self.next.set(from + together);
        let script = Rc::clone(&self.session.block.script);
        self.run_steps(&script, from, from + together).await
    }

    /// Returns once all connections are over.
    pub(crate) async fn over(&self) {
        let connections = self.session.clients.0.iter();
        join_all(connections.map(|connection| connection.over())).await;
    }

    /// Time since the session began.
    pub(crate) fn now(&self) -> Duration {
        self.session.block.now()
    }

    /// The number of the last frame that a step has matched.
    pub(crate) fn last_match(&self) -> Option<u64> {
        self.session.block.last_match()?.1.number
    }

    /// Returns once the session is asked to end.
    pub(crate) async fn interrupted(&self) {
        self.session.block.interrupted().await;
        self.session.interrupted.set(true);
    }

    /// What failed first.
    pub(crate) fn failure(&self) -> Option<Failure> {
        self.session.block.failure()
    }

    async fn run_steps(&self, script: &Script, from: usize, to: usize) -> Result<(), Failure> {
        for connection in &self.session.clients.0 {
            let name = connection.name.as_deref();
            let steps = script.steps.get(from..to).unwrap_or_default();
            connection.expect_steps(Lookahead::of(steps, name).and_more());
        }
        let ran = run_script(&self.session.block, &self.session, script, from..to).await;
        let settled = self.settle(ran);
        self.watch();
        settled
    }

    /// `-- check` and its like by themselves: they look at the last frame that was matched, else at the handshake.
    async fn judge_last(&self, openings: &[Opening]) -> Result<(), Failure> {
        let last = self.session.block.last_match();
        for opening in openings {
            let named = opening.who.as_ref().map(|who| who.text.as_str());
            let of = named.or(last.as_ref().and_then(|(who, _)| who.as_deref()));
            let clients = &self.session.clients.0;
            let connection = clients.iter().find(|one| one.name.as_deref() == of);
            let Some(connection) = connection.or(clients.first()) else {
                return Ok(());
            };
            let block = &self.session.block;
            let due = block.now().saturating_add(block.options.timeout);
            let mut judged = match &last {
                Some((who, judged)) if who.as_deref() == of => judged.clone(),
                _ => self.session.handshake(connection, block.now()),
            };
            judged.deadline = block.instant(due);
            let context = StepContext::of(connection, &*self.session.clients);
            let done = judge(context, [&opening.judgement], &judged).await;
            let told = done.map_err(Stop::from).map_err(Stopped::at(connection));
            self.settle(told)?;
        }
        Ok(())
    }

    /// Tells why steps were stopped.
    fn settle(&self, ran: Result<(), Stopped>) -> Result<(), Failure> {
        let Err(Stopped { connection, stop }) = ran else {
            return Ok(());
        };
        match stop {
            Stop::Failed(failure) | Stop::MemberMissing(failure) => {
                let block = &self.session.block;
                block.fail(connection.who(), failure.clone());
                Err(failure)
            }
            Stop::Gone => Ok(()),
        }
    }

    /// Tells of each open connection, once it is over, if its end is a failure in itself.
    fn watch(&self) {
        let connections = &self.session.clients.0;
        let mut watched = self.watched.borrow_mut();
        watched.resize(connections.len(), 0);
        for (connection, watched) in connections.iter().zip(watched.iter_mut()) {
            if !connection.is_open() || *watched == connection.epoch() {
                continue;
            }
            *watched = connection.epoch();
            let connection = Rc::clone(connection);
            let block = Rc::clone(&self.session.block);
            self.session.block.spawner.spawn(async move {
                connection.over().await;
                if let Some(failure) = connection.fault() {
                    block.fail(connection.who(), failure);
                }
            });
        }
    }
}
