//! Keeps what happens for the document that a session leaves. What a block says is the recorder's; this knows when it is
//! told what, and where it is written.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::beside::WrittenBlocks;
use crate::protocol::{Ending, Event, EventKind, Frame};
use crate::recorder::{RecordMode, Recording, StepId, add};
use crate::report::{counted, harmless};
use crate::runner::{LiveNews, LiveOrigin, LiveStatus, append, unready};
use crate::script::Script;
use crate::source::Span;

/// Events that are kept at most, and bytes of their payloads: a recording keeps no more messages.
const MOST_EVENTS: usize = 200_000;
const MOST_BYTES: usize = 64 << 20;

/// What is recorded, and where it goes.
#[derive(Clone, Debug, Default)]
pub struct RecordSettings {
    /// The document that is written at the end.
    pub output: Option<PathBuf>,
    /// What is made of what comes.
    pub mode: RecordMode,
    /// What the block is called; `None`: as the block that is connected to.
    pub name: Option<String>,
}

/// A session that is being recorded.
pub(super) struct SessionRecord {
    settings: RecordSettings,
    state: Mutex<RecordState>,
    /// Something was heard.
    heard: Condvar,
}

#[derive(Default)]
struct RecordState {
    recording: Option<Recording>,
    /// The document of the block that is connected to.
    origin: Option<LiveOrigin>,
    name: String,
    began: jiff::Timestamp,
    events: Vec<Event>,
    bytes: usize,
    /// When the last event was, since the session began.
    last: Duration,
    /// The step that is under way.
    step: Option<StepId>,
    /// The lines that are under way, where they judge a message that was matched before, and its number.
    refined: Option<(u64, String)>,
    /// Where the block's handlers send.
    handlers: Vec<Span>,
    /// How many secrets were told.
    told: usize,
    /// Whether a connection was opened.
    connected: bool,
    /// Whether no connection is open any more.
    over: bool,
    /// What was written before: the text that was there, and what it became.
    saved: BTreeMap<PathBuf, (String, String)>,
}

impl SessionRecord {
    pub(super) fn new(settings: RecordSettings) -> Self {
        Self {
            settings,
            state: Mutex::default(),
            heard: Condvar::new(),
        }
    }

    /// Takes what happened; gives secrets that are new, with their names.
    pub(super) fn hear(&self, news: &LiveNews<'_>) -> Vec<(String, String)> {
        let state = &mut *self.state();
        match news {
            LiveNews::Head {
                text,
                origin,
                script,
                variables,
                secrets,
                block,
                began,
            } => {
                let mut recording = Recording::new(text);
                for (name, value) in *secrets {
                    recording.secret(name, value);
                }
                for (name, value) in *variables {
                    recording.variable(name, value);
                }
                state.recording = Some(recording);
                state.origin = Some((*origin).clone());
                state.name.clone_from(&block.name);
                state.began = *began;
                state.handlers = sends_of_handlers(script);
            }
            LiveNews::Entry {
                at,
                source,
                refines,
            } => state.typed(*at, source, *refines),
            LiveNews::Failed { ran } => {
                if let (Some(recording), Some((number, lines))) =
                    (&mut state.recording, state.refined.take())
                {
                    recording.retract_lines(number, &lines);
                }
                if let (Some(recording), Some(step)) = (&mut state.recording, state.step.take()) {
                    recording.retract(step, ran);
                }
            }
            LiveNews::Event(event) => state.event(event),
            LiveNews::Kept { name, value } => {
                if let Some(recording) = &mut state.recording {
                    recording.kept(name, value);
                }
            }
            LiveNews::Status(status) => state.over = *status == LiveStatus::Disconnected,
            LiveNews::Over => state.over = true,
        }
        self.heard.notify_all();
        state.new_secrets()
    }

    /// Waits until this many messages came since the last step, as long as a step would, or none can come any more.
    pub(super) fn await_messages(&self, count: usize) {
        let state = self.state();
        let timeout = state
            .recording
            .as_ref()
            .map_or(Duration::ZERO, Recording::timeout);
        let waits = |state: &mut RecordState| !state.over && state.came() < count;
        drop(self.heard.wait_timeout_while(state, timeout, waits));
    }

    /// `:expect`
    ///
    /// # Errors
    /// A sentence: fewer messages came, which are expected nevertheless.
    pub(super) fn expect(&self, count: usize) -> Result<(), String> {
        let state = &mut *self.state();
        if let Some(recording) = &mut state.recording {
            recording.expect(count);
        }
        match state.came() {
            0 => Err("`:expect` found no message since the last step".to_owned()),
            came if came < count => Err(format!(
                "`:expect {count}` found {} since the last step",
                counted(came, "message")
            )),
            _ => Ok(()),
        }
    }

    /// `:undo`: the source of the send that was taken out.
    pub(super) fn undo(&self) -> Option<String> {
        let state = &mut *self.state();
        let (at, undone) = state.recording.as_mut()?.undo()?;
        state.step = None;
        state
            .events
            .retain(|event| event.at < at || is_opening(&event.kind));
        Some(undone)
    }

    /// Writes the document of `-o`, if there is one and a connection was opened. Gives what there is to say of it.
    pub(super) fn finish(&self, colour: bool) -> Option<Result<String, String>> {
        let path = self.settings.output.clone()?;
        let connected = self.state().connected;
        connected.then(|| self.save(Some(&path), colour))
    }

    /// Writes what was recorded, into the document of `-o` where no other is named.
    ///
    /// # Errors
    /// A sentence: it has no name, or it cannot be written.
    pub(super) fn save(&self, path: Option<&Path>, colour: bool) -> Result<String, String> {
        let path = path.or(self.settings.output.as_deref());
        let path = path.ok_or("`:save` needs a file: `:save notes.md`")?;
        let state = &mut *self.state();
        let written = state
            .blocks(&self.settings, path)
            .ok_or("nothing was recorded")?;
        let title = path.file_stem().unwrap_or_default().to_string_lossy();
        let texts = RefCell::default();
        let saved = state.saved.get(path).cloned();
        let grow = |text: &str| {
            // What this session wrote before is written anew, and not twice.
            let base = match &saved {
                Some((base, after)) if after == text => base.clone(),
                _ => text.to_owned(),
            };
            let after = add(&base, &title, &written.blocks)?;
            texts.replace((base, after.clone()));
            Ok(after)
        };
        let shown = harmless(&path.to_string_lossy());
        append(path, &grow).map_err(|why| format!("{shown}: {why}"))?;
        let (base, after) = texts.into_inner();
        let name = written.blocks.last().map_or("", |block| &block.name);
        let mut told = format!("{shown}: `{}` written", harmless(name));
        told.push_str(&written.told(&base, &shown));
        let mut needs = String::new();
        unready(path, after.trim_end().lines().count(), &mut |finding| {
            needs.push('\n');
            needs.push_str(finding.drawn(colour).trim_end());
        });
        if !needs.is_empty() {
            told.push_str("\nthe document needs more, to run by itself:");
            told.push_str(&needs);
        }
        state.saved.insert(path.to_owned(), (base, after));
        Ok(told)
    }

    fn state(&self) -> MutexGuard<'_, RecordState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RecordState {
    fn typed(&mut self, at: Duration, source: &str, refines: Option<u64>) {
        let Some(recording) = &mut self.recording else {
            return;
        };
        self.step = None;
        self.refined = refines.map(|number| (number, source.to_owned()));
        if let Some(number) = refines {
            return recording.refine(number, source);
        }
        let (_, step) = recording.typed(at, source);
        self.step = Some(step);
    }

    fn event(&mut self, event: &Event) {
        let Some(recording) = &mut self.recording else {
            return;
        };
        self.last = self.last.max(event.at);
        let who = event.who.as_ref();
        match &event.kind {
            EventKind::Connected(_) => {
                self.connected = true;
                recording.opened_by(who);
            }
            EventKind::Received {
                number,
                frame,
                ignored: false,
                ..
            } => recording.received_by(event.at, *number, who, frame.clone()),
            EventKind::Matched { number, .. } => {
                if let Some(step) = self.step {
                    recording.matched(step, *number);
                }
            }
            EventKind::Generated(value) => recording.generated(value),
            EventKind::Sent {
                frame, generated, ..
            } => {
                for value in generated {
                    recording.generated(value);
                }
                let is_answer = event.step.is_some_and(|step| self.handlers.contains(&step));
                if matches!(frame, Frame::Close(_)) && event.step.is_none() {
                    recording.closing_by(who);
                }
                if is_answer && !matches!(frame, Frame::Close(_)) {
                    recording.sent_by(event.at, who, frame.clone());
                }
            }
            EventKind::Secret { name, value } => recording.secret_told(name, value),
            EventKind::Disconnected(Ending::Vanished | Ending::Reset(_)) => {
                recording.dropped_by(event.at, who);
            }
            _ => {}
        }
        if recording.is_undone() && !is_opening(&event.kind) {
            return;
        }
        let size = event.kind.frame().map_or(0, |frame| frame.payload().len());
        if self.events.len() < MOST_EVENTS && self.bytes + size <= MOST_BYTES {
            self.bytes += size;
            self.events.push(event.clone());
        }
    }

    /// How many messages came since the last step.
    fn came(&self) -> usize {
        self.recording.as_ref().map_or(0, Recording::came)
    }

    fn new_secrets(&mut self) -> Vec<(String, String)> {
        let Some(recording) = &self.recording else {
            return Vec::new();
        };
        let new: Vec<_> = recording
            .secrets(self.told)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        self.told += new.len();
        new
    }

    fn blocks(&self, settings: &RecordSettings, path: &Path) -> Option<WrittenBlocks> {
        let recording = self.recording.as_ref()?;
        let block = recording.block(settings.mode);
        let transcript = block.transcript(self.events.iter().cloned(), self.began, self.last);
        let name = settings.name.clone().unwrap_or_else(|| self.name.clone());
        let place = (self.origin.as_ref()?, path);
        Some(WrittenBlocks::new(
            recording, block, transcript, name, place,
        ))
    }
}

/// Whether it tells of how a connection was opened.
fn is_opening(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Connecting { .. } | EventKind::Connected(_))
}

fn sends_of_handlers(script: &Script) -> Vec<Span> {
    let steps = script.handlers.iter().flat_map(|handler| &handler.steps);
    steps.map(|step| step.span).collect()
}
