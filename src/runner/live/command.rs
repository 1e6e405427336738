//! What a live session is told, and what it tells beside what a reporter hears.

use std::time::Duration;

use tokio::sync::oneshot;

use super::origin::LiveOrigin;
use crate::diagnostic::Diagnostic;
use crate::protocol::Event;
use crate::redact::Redacted;
use crate::runner::BlockInfo;
use crate::script::{Script, Value};

/// What a live session is told to do: one after the other, but for a close, which does not wait.
#[derive(Debug)]
pub enum LiveCommand {
    /// Runs steps; answers once they are done.
    Run(LiveEntry, oneshot::Sender<EntryOutcome>),
    /// Says what is wrong with steps, and runs none.
    Check(LiveEntry, oneshot::Sender<Vec<Diagnostic>>),
    /// Runs the next step of the block's own script.
    Step(oneshot::Sender<EntryOutcome>),
    /// Runs the rest of the block's own steps, up to one that fails.
    Rest(oneshot::Sender<EntryOutcome>),
    /// Gives the variables that have a value.
    Variables(oneshot::Sender<Vec<LiveVariable>>),
    /// Closes with 1000 and ends: at once, or, when all before is done, after `@linger`.
    Close {
        /// Whether what still comes is waited for.
        linger: bool,
    },
}

/// One or more steps in the document's language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveEntry {
    /// The steps.
    pub text: String,
    /// How many bytes at the start of the text were not typed (the mark before a plain line): places are told without
    /// them.
    pub lead: usize,
    /// What the text is called in diagnostics: `stdin`.
    pub name: String,
    /// The line there on which it begins, counted from 1.
    pub line: usize,
}

/// What came of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryOutcome {
    /// Its steps are done.
    Done,
    /// A step failed, which was told.
    Failed,
    /// It is wrong, and nothing of it has run: what is wrong was told to the reporter, and stands here with places in
    /// what was typed and with secrets hidden.
    Wrong(Vec<Diagnostic>),
    /// The block has no step that has not run.
    NoStep,
}

/// A variable and its value, as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveVariable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Redacted<String>,
}

/// Hears what a reporter may not: everything that happens with nothing hidden, and what was typed.
pub trait LiveListener: Send + Sync {
    /// Something happened. Gives values that are secrets from now on, with the names under which they are shown.
    fn hear(&self, news: &LiveNews<'_>) -> Vec<(String, String)>;
}

/// What a live session tells its listener.
pub enum LiveNews<'a> {
    /// The block that is connected to.
    Head {
        /// The lines of the block's head, with the document's options.
        text: &'a str,
        /// Its document.
        origin: &'a LiveOrigin,
        /// What the block says.
        script: &'a Script,
        /// Names that have values, and are no secrets.
        variables: &'a [(String, String)],
        /// Names that are secrets, with their values.
        secrets: &'a [(String, String)],
        /// The block.
        block: &'a BlockInfo,
        /// When the session began.
        began: jiff::Timestamp,
    },
    /// A connection is being opened, or all are over.
    Status(LiveStatus),
    /// Something happened, in order; nothing is hidden in it.
    Event(&'a Event),
    /// Steps run now: they were typed, or are the block's own.
    Entry {
        /// Since the session began.
        at: Duration,
        /// Their source.
        source: &'a str,
        /// Where they judge a frame that was matched before: its number.
        refines: Option<u64>,
    },
    /// A step of the last entry failed.
    Failed {
        /// The source of the steps above it, which ran.
        ran: &'a str,
    },
    /// A name has a value from here on.
    Kept {
        /// The name.
        name: &'a str,
        /// Its value.
        value: &'a Value,
    },
    /// The steps are done.
    Over,
}

/// Where the connections of a live session are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveStatus {
    /// They are being opened.
    Connecting,
    /// At least one is open.
    Connected,
    /// None is open.
    Disconnected,
}

/// What came of a live session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveOutcome {
    /// Nothing could run, which was told.
    pub refused: bool,
    /// It could not connect, or a step or handler failed.
    pub failed: bool,
}
