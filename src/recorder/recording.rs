//! What happened on a connection, in order, as it is told: what was typed or sent, what came, what names mean. Makes
//! nothing of it; knows what must not be written down from the first moment on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::known::SessionValues;
use super::message::MessagePattern;
use super::pattern_tree::{Limits, TreeReader};
use super::vault::Vault;
use super::{conceal, head};
use crate::protocol::{Frame, Generated};
use crate::script::Value;

/// Messages that are kept at most, and their bytes: what comes behind is counted only.
const MOST_MESSAGES: usize = 50_000;
const MOST_BYTES: usize = 64 << 20;

/// What is made of what came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecordMode {
    /// Expectations.
    #[default]
    Steps,
    /// Nothing, but for what [`Recording::expect`] names.
    Sends,
}

/// A connection that is being recorded.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The lines of the block's head, as they were given.
    pub(super) head: String,
    /// What is secret before anything is typed.
    pub(super) given: Vault,
    /// All that is secret by now.
    pub(super) vault: Vault,
    /// Names that were given values, in order.
    pub(super) vars: Vec<(String, String)>,
    pub(super) known: SessionValues,
    pub(super) scope: Vec<(String, Value)>,
    pub(super) entries: Vec<Entry>,
    /// Messages that are not among the entries.
    pub(super) overflowed: u64,
    bytes: usize,
    messages: usize,
    /// Whether the answer to a send that was taken out is still to come.
    undone: bool,
    /// What steps and handlers made secrets.
    pub(super) told: Vec<(String, String)>,
    /// `@timeout`
    pub(super) timeout: Duration,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    /// A step of ours.
    Own(OwnStep),
    /// A message, or a close, that came.
    Arrived(ArrivedFrame),
    /// We began to close the connection, and no step said so.
    Closing,
    /// The line ended without a close frame.
    Dropped {
        /// When.
        at: Duration,
    },
}

/// A step of ours.
#[derive(Clone, Debug)]
pub(super) struct OwnStep {
    pub(super) at: Duration,
    pub(super) what: OwnAction,
    /// What its `<-` matched.
    pub(super) matched: Vec<u64>,
}

/// What was done.
#[derive(Clone, Debug)]
pub(super) enum OwnAction {
    /// A step was typed: its source.
    Typed(String),
    /// A message was sent that nobody typed.
    Sent(Frame),
}

/// A frame that came.
#[derive(Clone, Debug)]
pub(super) struct ArrivedFrame {
    pub(super) at: Duration,
    pub(super) number: u64,
    /// The client that it came to, where the block has several.
    pub(super) who: Option<Arc<str>>,
    pub(super) frame: Frame,
    /// Whether it is to be expected, in whatever mode; `Some(false)`: it is not, in whatever mode.
    pub(super) expected: Option<bool>,
    /// Lines that refine its expectation.
    pub(super) refined: Vec<String>,
}

/// Names a step, to say later what it matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepId(usize);

impl Recording {
    /// Of a connection whose block has this head: the URL's line, headers, options, as they stand in a script.
    #[must_use]
    pub fn new(head: &str) -> Self {
        let mut given = Vault::default();
        let lines = head::lines(head, &mut given);
        let timeout = lines.iter().find_map(|line| {
            let value = line.strip_prefix("@timeout")?;
            crate::script::parse_duration(value.trim())
        });
        Self {
            head: head.to_owned(),
            vault: given.clone(),
            given,
            vars: Vec::new(),
            known: SessionValues::default(),
            scope: Vec::new(),
            entries: Vec::new(),
            overflowed: 0,
            bytes: 0,
            messages: 0,
            undone: false,
            told: Vec::new(),
            timeout: timeout.unwrap_or(Duration::from_secs(5)),
        }
    }

    /// A variable was given (`--var`). Where it is used it stands in the front matter's `vars:`, or, if it is a secret,
    /// its name in `secrets:`.
    pub fn variable(&mut self, name: &str, value: &str) {
        let secret = super::naming::hides(name) || self.given.name_of(value).is_some();
        if secret {
            return self.secret(name, value);
        }
        self.known.name(name, &Value::Text(value.to_owned()));
        self.scope
            .push((name.to_owned(), Value::Text(value.to_owned())));
        self.vars.push((name.to_owned(), value.to_owned()));
    }

    /// A secret was given under a name (`--secret`).
    pub fn secret(&mut self, name: &str, value: &str) {
        self.given.add(name, value);
        self.vault.add(name, value);
    }

    /// A value is a secret from when it comes: it is kept under a name then.
    pub fn secret_that_comes(&mut self, name: &str, value: &str) {
        self.given.announce(name, value);
        self.vault.announce(name, value);
    }

    /// A step or a handler made a value a secret. Where no step that was typed keeps it, a handler kept it of a message.
    pub fn secret_told(&mut self, name: &str, value: &str) {
        self.told.push((name.to_owned(), value.to_owned()));
        let known = self.vault.name_of(value).is_some()
            || self.vault.coming().iter().any(|(_, known)| known == value);
        let is_typed = self.typed_sources().any(|source| keeps(source, name));
        if !known && !is_typed {
            self.secret_that_comes(name, value);
        }
    }

    /// A step kept a value under a name (`as NAME`, `-- save`, `-- let`).
    pub fn kept(&mut self, name: &str, value: &Value) {
        self.known.name(name, value);
        self.scope.retain(|(known, _)| known != name);
        self.scope.push((name.to_owned(), value.clone()));
    }

    /// A value was made for what is sent (`{{$uuid}}`).
    pub fn generated(&mut self, value: &Generated) {
        self.known.made(value);
    }

    /// A step was typed. Gives its source as it is written, without secrets, and what names it.
    pub fn typed(&mut self, at: Duration, source: &str) -> (String, StepId) {
        let shown = conceal::step(source, &mut self.vault);
        let id = self.own(at, OwnAction::Typed(source.to_owned()));
        if sends(source) {
            self.undone = false;
        }
        (shown, id)
    }

    /// A step of what was typed failed: only `ran` of its source has been done.
    pub fn retract(&mut self, step: StepId, ran: &str) {
        if let Some(Entry::Own(own)) = self.entries.get_mut(step.0) {
            own.what = OwnAction::Typed(ran.to_owned());
        }
    }

    /// A message was sent that nobody typed.
    pub fn sent(&mut self, at: Duration, frame: Frame) -> StepId {
        self.own(at, OwnAction::Sent(frame))
    }

    fn own(&mut self, at: Duration, what: OwnAction) -> StepId {
        let matched = Vec::new();
        self.entries.push(Entry::Own(OwnStep { at, what, matched }));
        StepId(self.entries.len() - 1)
    }

    /// A typed `<-` matched the frame of this number.
    pub fn matched(&mut self, step: StepId, number: u64) {
        if let Some(Entry::Own(step)) = self.entries.get_mut(step.0) {
            step.matched.push(number);
        }
    }

    /// Lines that refine the expectation of a frame were typed by themselves (`-- check …`).
    pub fn refine(&mut self, number: u64, lines: &str) {
        if let Some(arrived) = self.frame(number) {
            arrived.refined.extend(lines.lines().map(str::to_owned));
        }
    }

    /// The lines that refined a frame's expectation last failed: they are not to be written.
    pub fn retract_lines(&mut self, number: u64, lines: &str) {
        if let Some(arrived) = self.frame(number) {
            let left = arrived.refined.len().saturating_sub(lines.lines().count());
            arrived.refined.truncate(left);
        }
    }

    fn frame(&mut self, number: u64) -> Option<&mut ArrivedFrame> {
        let mut frames = self.entries.iter_mut().rev();
        frames.find_map(|entry| match entry {
            Entry::Arrived(arrived) if arrived.number == number => Some(arrived),
            _ => None,
        })
    }

    /// A frame came: `number` says which of those of the session. Pings and pongs are nothing that a script waits for.
    pub fn received(&mut self, at: Duration, number: u64, frame: Frame) {
        self.received_by(at, number, None, frame);
    }

    /// The same where it came to the client of this name, if the block has several.
    pub fn received_by(&mut self, at: Duration, number: u64, who: Option<&Arc<str>>, frame: Frame) {
        if matches!(frame, Frame::Ping(_) | Frame::Pong(_)) {
            return;
        }
        self.bytes += frame.wire().len() + frame.payload().len();
        self.messages += 1;
        if self.messages > MOST_MESSAGES || self.bytes > MOST_BYTES {
            self.overflowed += u64::from(frame.is_message());
            if frame.is_message() {
                return;
            }
        }
        self.find_secrets(&frame);
        if self.undone {
            return;
        }
        self.entries.push(Entry::Arrived(ArrivedFrame {
            at,
            number,
            who: who.cloned(),
            frame,
            expected: None,
            refined: Vec::new(),
        }));
    }

    /// What a message says that must not be shown is in the vault from here on.
    fn find_secrets(&mut self, frame: &Frame) {
        let mut names = BTreeSet::new();
        let mut reader = TreeReader {
            known: &self.known,
            vault: &mut self.vault,
            wanted: &BTreeSet::new(),
            names: &mut names,
            limits: Limits::USUAL,
            kept: Vec::new(),
            shortened: false,
        };
        let _ = MessagePattern::of(frame, &mut reader);
    }

    /// We begin to close the connection, and no step says so: the session is over. What answers that is not expected.
    pub fn closing(&mut self) {
        self.entries.push(Entry::Closing);
    }

    /// The line ended without a close frame, and we did not end it.
    pub fn dropped(&mut self, at: Duration) {
        self.entries.push(Entry::Dropped { at });
    }

    /// The last `count` messages since our last step are expected, in whatever mode; others since then are not.
    pub fn expect(&mut self, count: usize) {
        let mut left = count;
        for entry in self.entries.iter_mut().rev() {
            let Entry::Arrived(arrived) = entry else {
                break;
            };
            if arrived.frame.is_message() {
                arrived.expected = Some(left > 0);
                left = left.saturating_sub(1);
            }
        }
    }

    /// Takes the last entry that sent something out, with what came after it and what is still to come before the next
    /// one that does; gives when it was and its source.
    pub fn undo(&mut self) -> Option<(Duration, String)> {
        let at = self.entries.iter().rposition(|entry| match entry {
            Entry::Own(step) => step.is_typed_send(),
            _ => false,
        })?;
        let behind = self.entries.split_off(at);
        let is_answer = |entry: &Entry| matches!(entry, Entry::Arrived(_));
        self.undone = !behind.iter().any(is_answer);
        behind.into_iter().find_map(|entry| match entry {
            Entry::Own(OwnStep {
                at,
                what: OwnAction::Typed(source),
                ..
            }) => Some((at, conceal::step(&source, &mut self.vault))),
            _ => None,
        })
    }

    fn typed_sources(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Own(OwnStep {
                what: OwnAction::Typed(source),
                ..
            }) => Some(source.as_str()),
            _ => None,
        })
    }

    /// The names that steps keep which were typed.
    pub(super) fn names_of_steps(&self) -> BTreeSet<String> {
        let names = self.scope.iter().map(|(name, _)| name);
        let kept = names.filter(|name| self.typed_sources().any(|source| keeps(source, name)));
        kept.cloned().collect()
    }

    /// Whether what comes belongs to an entry that was taken out.
    #[must_use]
    pub fn is_undone(&self) -> bool {
        self.undone
    }

    /// The frames of these numbers.
    pub(super) fn arrived(&self, numbers: &[u64]) -> impl Iterator<Item = &ArrivedFrame> {
        self.entries.iter().filter_map(move |entry| match entry {
            Entry::Arrived(arrived) if numbers.contains(&arrived.number) => Some(arrived),
            _ => None,
        })
    }

    /// What must not be shown: names and values. It grows with what is typed and what comes.
    pub fn secrets(&self) -> impl Iterator<Item = (&str, &str)> {
        let entries = self.vault.entries().iter();
        entries.map(|entry| (entry.name.as_str(), entry.value.as_str()))
    }
}

impl OwnStep {
    fn is_typed_send(&self) -> bool {
        match &self.what {
            OwnAction::Typed(source) => sends(source),
            OwnAction::Sent(_) => false,
        }
    }
}

/// Whether a step of an entry keeps a value under a name.
pub(super) fn keeps(source: &str, name: &str) -> bool {
    [
        format!(" as {name}}}}}"),
        format!("-- save {name} "),
        format!("-- let {name} "),
    ]
    .iter()
    .any(|kept| source.contains(kept.as_str()))
}

/// Whether a step of an entry sends something.
fn sends(source: &str) -> bool {
    source.lines().any(|line| {
        // A client's name may stand before the mark.
        let mut words = line.split_whitespace().take(2);
        words.any(|word| matches!(word, "->" | "→"))
    })
}
