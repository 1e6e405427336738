//! What happened on a connection, in order, as it is told: what was typed or sent, what came, what names mean. Makes
//! nothing of it; knows what must not be written down from the first moment on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::entry::{ArrivedFrame, Entry, OwnAction, OwnStep};
use super::known::SessionValues;
use super::message::MessagePattern;
use super::pattern_tree::{Limits, TreeReader};
use super::suspicion::Suspicion;
use super::typed::TypedEntry;
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
    /// Where the frames stand among them, by their numbers.
    frames: BTreeMap<u64, usize>,
    suspicion: Suspicion,
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
            frames: BTreeMap::new(),
            suspicion: Suspicion::default(),
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
        let is_typed = self.typed_entries().any(|typed| typed.keeps.contains(name));
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
        let typed = TypedEntry::read(&self.head, source);
        if typed.sends {
            self.undone = false;
        }
        (shown, self.own(at, OwnAction::Typed(typed)))
    }

    /// A step of what was typed failed: only `ran` of its source has been done.
    pub fn retract(&mut self, step: StepId, ran: &str) {
        if let Some(Entry::Own(own)) = self.entries.get_mut(step.0) {
            own.what = OwnAction::Typed(TypedEntry::read(&self.head, ran));
        }
    }

    /// A message was sent that nobody typed.
    pub fn sent(&mut self, at: Duration, frame: Frame) -> StepId {
        self.sent_by(at, None, frame)
    }

    /// The same where the client of this name sent it, if the block has several.
    pub fn sent_by(&mut self, at: Duration, who: Option<&Arc<str>>, frame: Frame) -> StepId {
        self.own(at, OwnAction::Sent(who.cloned(), frame))
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
        match self.entries.get_mut(*self.frames.get(&number)?)? {
            Entry::Arrived(arrived) => Some(arrived),
            _ => None,
        }
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
        if self.suspicion.falls_on(&frame, &self.vault) {
            self.find_secrets(&frame);
        }
        if self.undone {
            return;
        }
        self.frames.insert(number, self.entries.len());
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
            known: &SessionValues::default(),
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
        self.closing_by(None);
    }

    /// The same of the client of this name, if the block has several.
    pub fn closing_by(&mut self, who: Option<&Arc<str>>) {
        self.entries.push(Entry::Closing(who.cloned()));
    }

    /// A connection was opened, of the client of this name if the block has several: what ended before is over.
    pub fn opened_by(&mut self, who: Option<&Arc<str>>) {
        self.entries.push(Entry::Opened(who.cloned()));
    }

    /// The line ended without a close frame, and we did not end it.
    pub fn dropped(&mut self, at: Duration) {
        self.dropped_by(at, None);
    }

    /// The same of the client of this name, if the block has several.
    pub fn dropped_by(&mut self, at: Duration, who: Option<&Arc<str>>) {
        let who = who.cloned();
        self.entries.push(Entry::Dropped { at, who });
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

    /// How many messages came since our last step.
    #[must_use]
    pub fn came(&self) -> usize {
        let arrived = self.entries.iter().rev().map_while(|entry| match entry {
            Entry::Arrived(arrived) => Some(arrived),
            _ => None,
        });
        arrived.filter(|arrived| arrived.frame.is_message()).count()
    }

    /// How long a step waits that does not say: `@timeout`.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Takes the last entry that sent something out, with what came after it and what is still to come before the next
    /// one that does; gives when it was and its source.
    pub fn undo(&mut self) -> Option<(Duration, String)> {
        let at = self.entries.iter().rposition(|entry| match entry {
            Entry::Own(step) => step.is_typed_send(),
            _ => false,
        })?;
        let behind = self.entries.split_off(at);
        self.frames.retain(|_, place| *place < at);
        let is_answer = |entry: &Entry| matches!(entry, Entry::Arrived(_));
        self.undone = !behind.iter().any(is_answer);
        behind.into_iter().find_map(|entry| match entry {
            Entry::Own(OwnStep {
                at,
                what: OwnAction::Typed(typed),
                ..
            }) => Some((at, conceal::step(&typed.source, &mut self.vault))),
            _ => None,
        })
    }

    fn typed_entries(&self) -> impl Iterator<Item = &TypedEntry> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Own(OwnStep {
                what: OwnAction::Typed(typed),
                ..
            }) => Some(typed),
            _ => None,
        })
    }

    /// The names that steps keep which were typed.
    pub(super) fn names_of_steps(&self) -> BTreeSet<String> {
        let kept = self.typed_entries().flat_map(|typed| &typed.keeps);
        let is_known = |name: &&String| self.scope.iter().any(|(known, _)| known == *name);
        kept.filter(is_known).cloned().collect()
    }

    /// Whether what comes belongs to an entry that was taken out.
    #[must_use]
    pub fn is_undone(&self) -> bool {
        self.undone
    }

    /// The frames of these numbers.
    pub(super) fn arrived(&self, numbers: &[u64]) -> impl Iterator<Item = &ArrivedFrame> {
        numbers.iter().filter_map(
            |number| match self.entries.get(*self.frames.get(number)?)? {
                Entry::Arrived(arrived) => Some(arrived),
                _ => None,
            },
        )
    }

    /// What must not be shown, but for the first ones: names and values. It grows with what is typed and what comes.
    pub fn secrets(&self, told: usize) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let entries = self.vault.entries().get(told..).unwrap_or_default().iter();
        entries.map(|entry| (entry.name.as_str(), entry.value.as_str()))
    }
}
