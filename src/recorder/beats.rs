//! Heartbeats among what happened: which messages are to be ignored, and which are answered each time.

use std::collections::BTreeSet;
use std::time::Duration;

use super::entry::{Entry, OwnAction, OwnStep};
use super::heartbeat::{is_engine_ping, is_heartbeat, pattern};
use crate::protocol::Frame;

/// An answer that comes later was not one.
const ANSWER: Duration = Duration::from_secs(2);

/// The heartbeats of a recording.
#[derive(Clone, Debug, Default)]
pub(super) struct Beats {
    /// What `@ignore` says.
    pub(super) patterns: Vec<String>,
    /// What `-- on` says, and what is sent then.
    pub(super) handlers: Vec<(String, Frame)>,
    /// The frames that are ignored.
    pub(super) numbers: BTreeSet<u64>,
    /// The entries that are no steps.
    skipped: BTreeSet<usize>,
}

impl Beats {
    pub(super) fn find(entries: &[Entry]) -> Self {
        let mut beats = Self::default();
        beats.answered(entries);
        beats.alone(entries);
        beats
    }

    /// Whether an entry is part of a heartbeat.
    pub(super) fn skips(&self, index: usize) -> bool {
        self.skipped.contains(&index)
    }

    /// Heartbeats that are answered with the same message each time.
    fn answered(&mut self, entries: &[Entry]) {
        for (index, pair) in entries.windows(2).enumerate() {
            let [Entry::Arrived(arrived), Entry::Own(step)] = pair else {
                continue;
            };
            let OwnAction::Sent(_, answer) = &step.what else {
                continue;
            };
            let is_beat = is_engine_ping(&arrived.frame, answer)
                || (is_heartbeat(&arrived.frame) && is_heartbeat(answer));
            if !is_beat || step.at.saturating_sub(arrived.at) > ANSWER {
                continue;
            }
            let (Some(beat), Some(echo)) = (pattern(&arrived.frame), pattern(answer)) else {
                continue;
            };
            match self.handlers.iter().find(|(known, _)| *known == beat) {
                Some((_, known)) if known != answer => continue,
                Some(_) => {}
                None => self.handlers.push((beat.clone(), answer.clone())),
            }
            self.ignore(beat);
            self.ignore(echo);
            self.numbers.insert(arrived.number);
            self.skipped.extend([index, index + 1]);
        }
    }

    /// Heartbeats that nobody asked for.
    fn alone(&mut self, entries: &[Entry]) {
        let mut asked = false;
        for (index, entry) in entries.iter().enumerate() {
            if self.skips(index) {
                continue;
            }
            match entry {
                Entry::Own(step) => asked = beats(step),
                Entry::Arrived(arrived)
                    if !asked
                        && arrived.expected.is_none()
                        && arrived.refined.is_empty()
                        && is_heartbeat(&arrived.frame) =>
                {
                    let Some(pattern) = pattern(&arrived.frame) else {
                        continue;
                    };
                    self.ignore(pattern);
                    self.numbers.insert(arrived.number);
                    self.skipped.insert(index);
                }
                _ => {}
            }
        }
    }

    fn ignore(&mut self, pattern: String) {
        if !self.patterns.contains(&pattern) {
            self.patterns.push(pattern);
        }
    }
}

/// Whether what we sent asks for a heartbeat.
fn beats(step: &OwnStep) -> bool {
    match &step.what {
        OwnAction::Sent(_, frame) => is_heartbeat(frame),
        OwnAction::Typed(typed) => {
            let source = typed.source.to_ascii_lowercase();
            ["ping", "pong", "heartbeat", "keepalive", "keep-alive"]
                .iter()
                .any(|word| source.contains(word))
                || !step.matched.is_empty()
        }
    }
}
