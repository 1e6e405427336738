//! What was sent by hand over a connection, and what came back, until it is added to the block's script.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::protocol::{Event, EventKind, Frame};
use crate::recorder::{RecordMode, RecordedBlock, Recording, StepId};
use crate::runner::{LiveListener, LiveNews};
use crate::script::{Role, Value, parse};

/// Frames that are kept for one addition.
const MOST: usize = 5000;

/// Hears a live session.
#[derive(Debug, Default)]
pub(super) struct ComposedSteps(Mutex<Composed>);

#[derive(Debug, Default)]
struct Composed {
    head: String,
    secrets: Vec<(String, String)>,
    kept: Vec<(String, Value)>,
    recording: Option<Recording>,
    /// The entry that is under way.
    step: Option<StepId>,
    /// Whether something was sent since the last addition.
    any: bool,
    frames: usize,
    /// Secrets that were told.
    told: usize,
}

impl ComposedSteps {
    fn composed(&self) -> MutexGuard<'_, Composed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is something to add.
    pub(super) fn any(&self) -> bool {
        self.composed().any
    }

    /// What there is to add: the lines of the steps, and what the front matter has to have.
    pub(super) fn steps(&self) -> Option<(String, RecordedBlock)> {
        let composed = self.composed();
        let recording = composed.recording.as_ref().filter(|_| composed.any)?;
        let block = recording.block(RecordMode::Steps);
        let script = parse(&block.script, Role::Client, &[]).script;
        let start = script.steps.first()?.span.start;
        let start = line_start(&block.script, start);
        let steps = block.script.get(start..)?.trim_end().to_owned();
        Some((steps, block))
    }

    /// They were added: what comes now is another addition.
    pub(super) fn added(&self) {
        self.composed().begin();
    }
}

impl Composed {
    fn begin(&mut self) {
        let mut recording = Recording::new(&self.head);
        for (name, value) in &self.secrets {
            recording.secret(name, value);
        }
        for (name, value) in &self.kept {
            recording.kept(name, value);
        }
        self.recording = Some(recording);
        self.step = None;
        self.any = false;
        self.frames = 0;
    }

    fn hear(&mut self, news: &LiveNews<'_>) {
        match news {
            LiveNews::Head { text, secrets, .. } => {
                (*text).clone_into(&mut self.head);
                self.secrets = secrets.to_vec();
                self.begin();
            }
            LiveNews::Entry {
                at,
                source,
                refines: None,
            } => {
                self.any = true;
                if let Some(recording) = &mut self.recording {
                    let (_, step) = recording.typed(*at, source);
                    self.step = Some(step);
                }
            }
            LiveNews::Kept { name, value } => {
                self.kept.retain(|(known, _)| known != name);
                self.kept.push(((*name).to_owned(), (*value).clone()));
                if let Some(recording) = &mut self.recording {
                    recording.kept(name, value);
                }
            }
            LiveNews::Event(event) => self.event(event),
            LiveNews::Failed { ran } => {
                if let (Some(recording), Some(step)) = (&mut self.recording, self.step.take()) {
                    recording.retract(step, ran);
                }
            }
            LiveNews::Entry { .. } | LiveNews::Status(_) | LiveNews::Over => {}
        }
    }

    fn event(&mut self, event: &Event) {
        let Some(recording) = &mut self.recording else {
            return;
        };
        match &event.kind {
            EventKind::Generated(generated) => recording.generated(generated),
            EventKind::Sent { generated, .. } => {
                for generated in generated {
                    recording.generated(generated);
                }
            }
            EventKind::Received {
                number,
                frame,
                ignored: false,
                ..
            } if self.any && self.frames < MOST && !matches!(frame, Frame::Close(_)) => {
                self.frames += 1;
                recording.received_by(event.at, *number, event.who.as_ref(), frame.clone());
            }
            _ => {}
        }
    }

    /// Secrets that are new.
    fn found(&mut self) -> Vec<(String, String)> {
        let Some(recording) = &self.recording else {
            return Vec::new();
        };
        let count = recording.secrets(0).len();
        if count == self.told {
            return Vec::new();
        }
        self.told = count;
        let secrets = recording.secrets(0);
        secrets
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }
}

impl LiveListener for ComposedSteps {
    fn hear(&self, news: &LiveNews<'_>) -> Vec<(String, String)> {
        let mut composed = self.composed();
        composed.hear(news);
        composed.found()
    }
}

/// A script with steps behind its own: before its handlers, and before the close at its end.
pub(super) fn with_steps(text: &str, steps: &str) -> String {
    let script = parse(text, Role::Client, &[]).script;
    let handlers = script.handlers.iter().map(|handler| handler.span.start);
    let mut at = handlers.min().unwrap_or(text.len());
    for step in script.steps.iter().rev() {
        let rest = text.get(step.span.start..).unwrap_or_default();
        let line = rest.lines().next().unwrap_or_default();
        if !ends(line) {
            break;
        }
        at = step.span.start;
    }
    let start = line_start(text, at);
    let (before, behind) = text.split_at_checked(start).unwrap_or((text, ""));
    let (before, behind) = if at == text.len() {
        (text, "")
    } else {
        (before, behind)
    };
    let gap = if behind.is_empty() { "" } else { "\n" };
    format!("{}\n\n{steps}\n{gap}{behind}", before.trim_end())
}

/// Where the line begins that a place is in: a client's name stands before its step.
fn line_start(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.rfind('\n').map_or(0, |end| end + 1)
}

/// Whether a step ends the connection.
fn ends(line: &str) -> bool {
    let is_mark = |word: &&str| matches!(*word, "->" | "<-" | "--" | "→" | "←");
    // A client's name may stand before it.
    let mut words = line
        .split_whitespace()
        .take(3)
        .skip_while(|word| !is_mark(word));
    words.next().is_some() && matches!(words.next(), Some("close" | "drop"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_stand_behind_the_scripts_own() {
        for (text, expected) in [
            ("ws://h/\n", "ws://h/\n\n-> text b\n"),
            (
                "ws://h/\n@clients a, b\n\na -> text a\na -> close\nb -- drop\n",
                "ws://h/\n@clients a, b\n\na -> text a\n\n-> text b\n\na -> close\nb -- drop\n",
            ),
            ("ws://h/\n-> text a\n", "ws://h/\n-> text a\n\n-> text b\n"),
            (
                "ws://h/\n\n-> text a\n<- text a\n\n-> close 1000\n<- close 1000\n",
                "ws://h/\n\n-> text a\n<- text a\n\n-> text b\n\n-> close 1000\n<- close 1000\n",
            ),
            (
                "ws://h/\n\n-> text a\n\n-- on text\n-> text c\n",
                "ws://h/\n\n-> text a\n\n-> text b\n\n-- on text\n-> text c\n",
            ),
        ] {
            assert_eq!(with_steps(text, "-> text b"), expected);
        }
    }
}
