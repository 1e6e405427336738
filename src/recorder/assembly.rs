//! Puts steps together, one after the other: what is secret, named and kept by now, and how long something was waited for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Duration;

use super::conceal;
use super::entry::{ArrivedFrame, OwnAction, OwnStep};
use super::expectation::{ExpectedRun, twice};
use super::known::SessionValues;
use super::literal;
use super::made::{MadePattern, read};
use super::message::MessagePattern;
use super::proof::{self, NO_HEAD, StepProof};
use super::recording::Recording;
use super::runs::ShapeRun;
use super::sent;
use super::typed::{TypedPart, parts};
use super::vault::Vault;
use super::widened::widened;
use crate::protocol::{Frame, may_travel};
use crate::script::{Reading, Scope, Value};

/// Messages of a run that are read before those behind them are held against what was made of them.
const READ: usize = 8;

/// Messages of a run that are held against what was made of it.
const PROVEN: usize = 24;

/// The steps so far.
pub(super) struct Assembly<'a> {
    pub(super) recording: &'a Recording,
    pub(super) vault: Vault,
    /// Values that the block keeps, and that are no secrets.
    captured: Vault,
    wanted: BTreeSet<String>,
    names: BTreeSet<String>,
    /// The values that have names by now.
    known: Rc<SessionValues>,
    /// Names that steps keep which are still to come.
    pending: BTreeSet<String>,
    pub(super) steps: Vec<String>,
    pub(super) matched: BTreeSet<u64>,
    /// When the last step was done.
    at: Duration,
    /// When a message of each shape came last.
    shapes: BTreeMap<String, Duration>,
}

impl<'a> Assembly<'a> {
    pub(super) fn new(recording: &'a Recording, vault: Vault, wanted: BTreeSet<String>) -> Self {
        let mut names: BTreeSet<String> = vault
            .entries()
            .iter()
            .map(|entry| entry.name.clone())
            .collect();
        names.extend(recording.scope.iter().map(|(name, _)| name.clone()));
        let pending = recording.names_of_steps();
        Self {
            known: Rc::new(recording.known.without(&pending)),
            pending,
            recording,
            vault,
            captured: Vault::default(),
            wanted,
            names,
            steps: Vec::new(),
            matched: BTreeSet::new(),
            at: Duration::ZERO,
            shapes: BTreeMap::new(),
        }
    }

    /// Something that has to be said, at the end.
    pub(super) fn remark(&mut self, sentence: &str) {
        self.steps.push(format!("-- # {sentence}"));
    }

    /// A step of ours.
    pub(super) fn own(&mut self, step: &OwnStep) {
        let source = match &step.what {
            OwnAction::Typed(typed) => Some(typed.source.trim_end().to_owned()),
            OwnAction::Sent(None, frame) => sent::step(frame),
            OwnAction::Sent(Some(who), frame) => {
                sent::step(frame).map(|step| format!("{who} {step}"))
            }
        };
        self.at = step.at;
        self.matched.extend(&step.matched);
        // Of a step that failed nothing may be left.
        let Some(source) = source.filter(|source| !source.is_empty()) else {
            return;
        };
        let source = self.widened(step, &source);
        let before = self.pending.len();
        if let OwnAction::Typed(typed) = &step.what {
            self.pending.retain(|name| !typed.keeps.contains(name));
        }
        if self.pending.len() < before {
            self.known = Rc::new(self.recording.known.without(&self.pending));
        }
        let refined = self.refined(step, &source);
        let source = conceal::step(&(source + &refined), &mut self.vault);
        let lines = source.split('\n');
        let lines = lines.map(|line| conceal::known(line, conceal::place_of(line), &self.captured));
        let source = lines.collect::<Vec<_>>().join("\n");
        let typed = matches!(step.what, OwnAction::Typed(_));
        if typed || proof::parses(&self.recording.head, &source) {
            self.steps.push(source);
        } else {
            self.remark("a message that was sent is left out: no step can say it");
        }
    }

    /// What was typed, with what its `<-` do not mention and changes by nature left open: else tomorrow's run would differ
    /// there.
    fn widened(&mut self, step: &OwnStep, source: &str) -> String {
        let mut out = String::new();
        for TypedPart { range, takes } in parts(&self.recording.head, source, step.matched.len()) {
            let part = source.get(range).unwrap_or_default();
            let numbers = takes.and_then(|takes| step.matched.get(takes));
            let widened = numbers.and_then(|numbers| self.widened_part(part.trim_end(), numbers));
            match widened {
                Some(widened) => {
                    out.push_str(&widened);
                    out.push('\n');
                }
                None => out.push_str(part),
            }
        }
        out.trim_end().to_owned()
    }

    fn widened_part(&mut self, part: &str, numbers: &[u64]) -> Option<String> {
        let frames: Vec<_> = self.recording.arrived(numbers).collect();
        let known = &Rc::clone(&self.known);
        let (mut vault, mut names) = (self.vault.clone(), self.names.clone());
        let mut made = read(frames.first()?, known, &self.wanted, &mut vault, &mut names);
        for frame in frames.iter().skip(1) {
            let (mut vault, mut names) = (self.vault.clone(), self.names.clone());
            let other = read(frame, known, &self.wanted, &mut vault, &mut names);
            made.pattern = made.pattern.merge(other.pattern)?;
        }
        let mut widened = widened(part, &made.pattern)?;
        let is_used = |name: &str| widened.contains(&format!(" as {name}}}}}"));
        made.kept.retain(|(name, _, _)| is_used(name));
        for (name, value, secret) in &made.kept {
            if *secret {
                widened.push_str("\n-- secret ");
                widened.push_str(name);
            }
            self.keep(name, value, *secret);
            self.names.insert(name.clone());
        }
        let (head, scope) = (&self.recording.head, self.scope());
        let proof = StepProof::new(head, &widened, &frames.first()?.frame, &scope);
        let proven = frames.iter().all(|frame| proof.holds(&frame.frame));
        proven.then_some(widened)
    }

    /// Lines that refine a typed `<-`, beyond its own: what was typed by itself of what it matched, and which of its values
    /// are secrets.
    fn refined(&mut self, step: &OwnStep, source: &str) -> String {
        let OwnAction::Typed(typed) = &step.what else {
            return String::new();
        };
        // Below what sends they would refine that.
        if step.matched.is_empty() || typed.sends {
            return String::new();
        }
        let mut lines = Vec::new();
        for arrived in self.recording.arrived(&step.matched) {
            lines.extend(arrived.refined.iter().cloned());
        }
        for (name, value) in &self.recording.scope {
            let value = value.as_text();
            if typed.keeps.contains(name) && self.recording.vault.name_of(&value).is_some() {
                self.keep(name, &value, true);
                lines.push(format!("-- secret {name}"));
            }
        }
        let mut refined = String::new();
        for line in lines {
            if !source
                .lines()
                .chain(refined.lines())
                .any(|known| known == line)
            {
                refined.push('\n');
                refined.push_str(&line);
            }
        }
        refined
    }

    /// The far side closed the connection.
    pub(super) fn closed(&mut self, arrived: &ArrivedFrame) {
        let Frame::Close(close) = &arrived.frame else {
            return;
        };
        let (known, wanted) = (Rc::clone(&self.known), self.wanted.clone());
        let made = read(arrived, &known, &wanted, &mut self.vault, &mut self.names);
        let mut step = match close {
            Some(close) if may_travel(close.code) => {
                let reason = match &made.pattern {
                    MessagePattern::Text(parts) => literal::text(parts),
                    _ => String::new(),
                };
                let reason = if reason.contains('\n') { "" } else { &reason };
                format!("<- close {}{reason}", close.code)
            }
            Some(_) => "<- close".to_owned(),
            None => "<- close\n-- check .code == null".to_owned(),
        };
        if let Some(who) = &arrived.who {
            step.insert_str(0, &format!("{who} "));
        }
        self.wait(&mut step, arrived.at);
        self.at = arrived.at;
        self.matched.insert(arrived.number);
        for (name, value, secret) in &made.kept {
            self.keep(name, value, *secret);
            if *secret {
                let _ = write!(step, "\n-- secret {name}");
            }
        }
        let step = conceal::step(&step, &mut self.vault);
        self.steps.push(step);
    }

    /// The far side cut the line.
    pub(super) fn dropped(&mut self, at: Duration, who: Option<&str>) {
        let who = who.map_or(String::new(), |who| format!("{who} "));
        let mut step = format!("{who}<- drop");
        self.wait(&mut step, at);
        self.at = at;
        self.steps.push(step);
    }

    fn wait(&self, step: &mut String, at: Duration) {
        if let Some(within) = self.within(at.saturating_sub(self.at)) {
            step.push_str("\n-- within ");
            step.push_str(&crate::script::format_duration(within));
        }
    }

    /// How long is to be waited where it took this long; `None`: the timeout does.
    fn within(&self, took: Duration) -> Option<Duration> {
        (took > self.recording.timeout * 3 / 4).then(|| twice(took))
    }

    /// Messages that came.
    pub(super) fn expect(&mut self, run: &ShapeRun<'_>, any_order: bool, is_feed: bool) {
        let mut from = 0;
        while let Some(frames) = run.frames.get(from..).filter(|frames| !frames.is_empty()) {
            let taken = self.expect_some(run, frames, any_order, is_feed);
            from += taken.max(1);
        }
        self.shapes.insert(run.shape.clone(), run.last());
    }

    /// As many messages of a run as one pattern takes.
    fn expect_some(
        &mut self,
        run: &ShapeRun<'_>,
        frames: &[&ArrivedFrame],
        any_order: bool,
        is_feed: bool,
    ) -> usize {
        let Some(first) = frames.first() else {
            return 0;
        };
        let is_alone = frames.len() == 1;
        let before = (!is_alone).then(|| (self.vault.clone(), self.names.clone()));
        let known = &Rc::clone(&self.known);
        let mut made = read(first, known, &self.wanted, &mut self.vault, &mut self.names);
        for (name, value, secret) in made.kept.clone() {
            self.keep(&name, &value, secret);
        }
        let mut taken = 1;
        // What fits already need not be read.
        let mut fits: Option<StepProof> = None;
        for frame in frames.iter().skip(1) {
            if fits.as_ref().is_some_and(|fits| fits.holds(&frame.frame)) {
                taken += 1;
                continue;
            }
            let (mut vault, mut names) = before.clone().unwrap_or_default();
            let read = read(frame, known, &self.wanted, &mut vault, &mut names);
            let Some(merged) = made.pattern.clone().merge(read.pattern) else {
                break;
            };
            made.pattern = merged;
            made.shortened |= read.shortened;
            for (name, value, secret) in read.kept {
                self.keep(&name, &value, secret);
            }
            taken += 1;
            fits = (taken >= READ).then(|| {
                let step = format!("<- {}", made.pattern.written());
                StepProof::new(NO_HEAD, &step, &frame.frame, &self.scope())
            });
        }
        let frames = frames.get(..taken).unwrap_or_default();
        self.prove(&mut made, frames);
        let last = frames.last().map_or(first.at, |frame| frame.at);
        let mut took = last.saturating_sub(self.at);
        if is_feed {
            let before = self.shapes.get(&run.shape).copied().unwrap_or_default();
            took = took.max(last.saturating_sub(before));
        }
        let secrets = made.kept.iter().filter(|(_, _, secret)| *secret);
        let secrets = secrets.map(|(name, _, _)| format!("-- secret {name}"));
        let refined = frames.iter().flat_map(|frame| frame.refined.iter());
        let refined = refined.map(|line| conceal::step(line, &mut self.vault.clone()));
        let expected = ExpectedRun {
            who: first.who.clone(),
            numbers: frames.iter().map(|frame| frame.number).collect(),
            within: self.within(took),
            any_order,
            refined: secrets
                .chain(made.extra.iter().cloned())
                .chain(refined)
                .collect(),
            comment: made
                .shortened
                .then(|| "long values of this message are left out".to_owned()),
            last,
            pattern: made.pattern,
        };
        self.matched.extend(&expected.numbers);
        self.at = self.at.max(expected.last);
        self.steps.push(expected.written());
        taken
    }

    fn keep(&mut self, name: &str, value: &str, secret: bool) {
        if secret {
            if self.vault.name_of(value).is_none() {
                self.vault.keep(name, value);
            }
        } else {
            self.captured.add(name, value);
            self.wanted.remove(value);
        }
    }

    /// The values that patterns may name.
    fn scope(&self) -> Scope {
        let scope = Scope::default();
        for (name, value) in &self.recording.scope {
            scope.set(name, value.clone());
        }
        for vault in [&self.vault, &self.captured] {
            for entry in vault.entries() {
                scope.set(&entry.name, Value::Text(entry.value.clone()));
            }
        }
        scope
    }

    /// Lets go of a pattern that does not match what it was made of.
    fn prove(&self, made: &mut MadePattern, frames: &[&ArrivedFrame]) {
        let scope = self.scope();
        let step = format!("<- {}", made.pattern.written());
        let stride = frames.len().div_ceil(PROVEN).max(1);
        let Some(first) = frames.first() else {
            return;
        };
        let proof = StepProof::new(NO_HEAD, &step, &first.frame, &scope);
        let mut proven = frames.iter().step_by(stride).chain(frames.last());
        if proven.all(|arrived| proof.holds(&arrived.frame)) {
            return;
        }
        let reading = Reading::new(first.frame.clone());
        let word = match first.frame.packed() {
            Some(packed) => packed.to_string(),
            None => reading.format().word().to_owned(),
        };
        made.pattern = MessagePattern::Format(word);
        made.kept.clear();
        made.shortened = true;
    }
}
