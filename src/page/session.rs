//! What the page shows of a block that runs, or did: its status, its rows, how it went, and what failed where.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::composed::ComposedSteps;
use super::rows::Rows;
use crate::document::BlockKind;
use crate::protocol::{Event, EventKind};
use crate::redact::Redacted;
use crate::runner::{BlockInfo, BlockResult, Kept, PlacedProblem, Verdict};

/// What is shown of a block once it was asked to do something.
#[derive(Debug, Default)]
pub(super) struct BlockSession {
    /// The run that it belongs to.
    pub(super) run: u64,
    /// Whether it goes on, or will.
    pub(super) running: bool,
    /// Whether it is a connection without steps.
    pub(super) live: bool,
    /// Which block it was when it started: its place and line then.
    pub(super) info: Option<BlockInfo>,
    status: Status,
    /// Where a server listens, or what an HTTP server answered.
    detail: String,
    /// How it went: a word, and why.
    outcome: Option<(&'static str, String)>,
    /// The first line of the transcript.
    pub(super) summary: String,
    /// What became of the transcript, where there is something to say.
    kept: &'static str,
    /// What failed, at lines of the script as it was.
    pub(super) problems: Vec<PlacedProblem>,
    pub(super) rows: Rows,
    /// What was sent by hand.
    pub(super) composed: Option<Arc<ComposedSteps>>,
    /// Whether each client has a connection.
    open: BTreeMap<String, bool>,
    /// Whether it is to be told again.
    pub(super) dirty: bool,
}

/// What a block's connection is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Status {
    #[default]
    Disconnected,
    Connecting,
    Connected,
    Listening,
}

impl BlockSession {
    /// One that was asked for, and has not begun.
    pub(super) fn asked(run: u64, kind: BlockKind) -> Self {
        Self {
            run,
            running: true,
            dirty: true,
            status: match kind {
                BlockKind::Server => Status::Disconnected,
                _ => Status::Connecting,
            },
            ..Self::default()
        }
    }

    /// One that begins; `live`: without its steps.
    pub(super) fn begun(run: u64, info: &BlockInfo, live: bool) -> Self {
        Self {
            live,
            info: Some(info.clone()),
            ..Self::asked(run, info.kind)
        }
    }

    pub(super) fn hear(&mut self, event: &Redacted<Event>) {
        let who = event.who.as_deref().unwrap_or_default();
        match &event.kind {
            EventKind::Connecting { .. } | EventKind::Requested { .. } => {
                self.connection(who, false);
            }
            EventKind::Connected(_) => self.connection(who, true),
            EventKind::Disconnected(_) | EventKind::Refused(_) => {
                self.open.remove(who);
                self.update();
            }
            EventKind::Responded { .. } => self.dirty = true,
            _ => {}
        }
    }

    fn connection(&mut self, who: &str, open: bool) {
        self.open.insert(who.to_owned(), open);
        self.update();
    }

    fn update(&mut self) {
        if self.status == Status::Listening {
            return;
        }
        let status = if self.open.is_empty() {
            Status::Disconnected
        } else if self.open.values().all(|open| *open) {
            Status::Connected
        } else {
            Status::Connecting
        };
        self.dirty |= status != self.status;
        self.status = status;
    }

    /// What a server of plain HTTP answered.
    pub(super) fn answered(&mut self, told: &str) {
        if let Some(status) = told.strip_prefix("← HTTP ") {
            status
                .lines()
                .next()
                .unwrap_or_default()
                .clone_into(&mut self.detail);
            self.dirty = true;
        }
    }

    pub(super) fn listens(&mut self, url: &str) {
        self.status = Status::Listening;
        url.clone_into(&mut self.detail);
        self.dirty = true;
    }

    pub(super) fn finished(&mut self, result: &BlockResult) {
        self.outcome = Some(match &result.verdict {
            Verdict::Passed => ("passed", String::new()),
            Verdict::Failed(why) => ("failed", why.to_string()),
            Verdict::Skipped(why) => ("skipped", why.to_string()),
            Verdict::NotRun => ("not run", String::new()),
        });
        self.ended();
    }

    /// What became of its transcript.
    pub(super) fn kept(&mut self, kept: Kept) {
        self.kept = match kept {
            Kept::New => "recorded",
            Kept::Changed => "recorded anew",
            Kept::Same => "as recorded",
            Kept::Edited => "not recorded: the block was edited meanwhile",
            Kept::Different => "not as recorded",
            Kept::None | Kept::Unrecorded => "",
        };
        self.dirty = true;
    }

    /// Nothing of it goes on.
    pub(super) fn ended(&mut self) {
        let info = self.info.as_ref();
        let began = info.is_some_and(|info| info.kind != BlockKind::Server);
        if self.running && !self.live && began && self.outcome.is_none() {
            self.outcome = Some(("stopped", String::new()));
        }
        self.running = false;
        self.open.clear();
        if self.status == Status::Listening {
            self.detail.clear();
        }
        self.status = Status::Disconnected;
        self.dirty = true;
    }

    /// What the page is told, but for the rows.
    pub(super) fn told(&self, kind: BlockKind) -> Value {
        let outcome = self.outcome.as_ref();
        json!({
            "run": self.run,
            "running": self.running,
            "live": self.live,
            "composed": self.composed.as_ref().is_some_and(|composed| composed.any()),
            "status": self.words(kind),
            "state": self.state(),
            "outcome": outcome.map(|(word, _)| word),
            "why": outcome.map(|(_, why)| why),
            "summary": self.summary,
            "kept": self.kept,
            "problems": self.problems.iter().map(problem).collect::<Vec<_>>(),
        })
    }

    fn state(&self) -> &'static str {
        match self.status {
            Status::Disconnected => "off",
            Status::Connecting => "busy",
            Status::Connected | Status::Listening => "on",
        }
    }

    fn words(&self, kind: BlockKind) -> String {
        match (self.status, kind) {
            (Status::Listening, _) => format!("Listening {}", self.detail),
            (_, BlockKind::Http) if !self.running && !self.detail.is_empty() => self.detail.clone(),
            (status, kind) => idle_or(status, kind).to_owned(),
        }
    }
}

fn idle_or(status: Status, kind: BlockKind) -> &'static str {
    match (status, kind) {
        (Status::Disconnected, BlockKind::Server) => "Stopped",
        (Status::Disconnected, BlockKind::Http) => "Not run",
        (Status::Disconnected, BlockKind::Client) => "Disconnected",
        (Status::Connecting, _) => "Connecting",
        (Status::Connected | Status::Listening, _) => "Connected",
    }
}

/// The status of a block of which nothing was asked.
pub(super) fn idle(kind: BlockKind) -> &'static str {
    idle_or(Status::Disconnected, kind)
}

/// Something that is wrong, as the page has it.
pub(super) fn problem(problem: &PlacedProblem) -> Value {
    json!({
        "error": problem.is_error,
        "line": problem.line,
        "column": problem.column,
        "end": problem.end,
        "message": *problem.message,
        "hint": problem.hint.as_ref().map(std::string::ToString::to_string),
    })
}
