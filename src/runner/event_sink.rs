//! Takes the events of one block: masks, redacts and records them, and reports them to the listener.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::masking::{MaskUse, Masking};
use super::reveal::Reveal;
use super::secret_buffer::{HoldUntil, SecretBuffer};
use super::{BlockInfo, News, ReportedDocument, Reporter};
use crate::protocol::{Event, EventKind, Generated, SessionOutcome};
use crate::redact::{Redacted, Redactor};
use crate::script::{Options, ShowMessages, Timestamps};
use crate::transcript::{Beat, Masked, Recorder, Style, TimeColumn, Transcript};
use crate::wall_clock::WallClock;

/// Tells a reporter about one document.
#[derive(Clone)]
pub(super) struct DocumentListener {
    pub(super) reporter: Arc<dyn Reporter>,
    pub(super) subject: ReportedDocument,
    /// What tells when a block began.
    pub(super) clock: WallClock,
}

impl DocumentListener {
    pub(super) fn tell(&self, news: &News<'_>) {
        self.reporter.hear(&self.subject, news);
    }
}

/// Takes the events of one block.
pub(super) struct EventSink {
    voice: DocumentListener,
    block: BlockInfo,
    began: jiff::Timestamp,
    masking: Masking,
    redactor: Rc<RefCell<Redactor>>,
    /// Where the lines of the block's text begin.
    starts: Vec<usize>,
    buffer: RefCell<SecretBuffer>,
    reveal: Reveal,
    recorder: RefCell<Recorder>,
    /// What gives every line, where somebody follows.
    following: Option<RefCell<Recorder>>,
    /// Nothing is held back: what handlers make secret of a message is looked for before it is shown.
    looks_ahead: bool,
}

impl EventSink {
    pub(super) fn new(
        voice: &DocumentListener,
        block: &BlockInfo,
        text: &str,
        options: &Options,
        redactor: &Rc<RefCell<Redactor>>,
        until: HoldUntil,
        reveal: Reveal,
    ) -> Self {
        let began = voice.clock.now();
        voice.tell(&News::Started(block));
        let follows = voice.reporter.follows();
        let following = follows.then(|| Recorder::passing(always_timed(style(options, began))));
        Self {
            voice: voice.clone(),
            block: block.clone(),
            began,
            masking: Masking::new(options),
            redactor: Rc::clone(redactor),
            starts: text.match_indices('\n').map(|(at, _)| at + 1).collect(),
            buffer: RefCell::new(SecretBuffer::new(until)),
            reveal,
            recorder: RefCell::new(Recorder::new(style(options, began))),
            following: following.map(RefCell::new),
            looks_ahead: false,
        }
    }

    /// The same, with the steps that clocks repeat.
    pub(super) fn with_beats(self, beats: Vec<Beat>) -> Self {
        let recorder = self.recorder.into_inner().with_beats(beats);
        Self {
            recorder: RefCell::new(recorder),
            ..self
        }
    }

    /// The same for somebody who looks on: everything is shown as it comes, and no transcript is kept.
    pub(super) fn passing(self, options: &Options) -> Self {
        let style = Style {
            matched_only: false,
            ..style(options, self.began)
        };
        Self {
            recorder: RefCell::new(Recorder::passing(style)),
            looks_ahead: true,
            ..self
        }
    }

    /// A value that differs from run to run, made before the block began.
    pub(super) fn knows(&self, generated: Generated) {
        let event = event(Duration::ZERO, EventKind::Generated(generated));
        let event = self.redactor.borrow().event(event);
        self.recorder.borrow_mut().record(event);
    }

    /// Something happened.
    pub(super) fn hear(&self, event: Event) {
        if let EventKind::Secret { name, value } = &event.kind {
            self.redactor.borrow_mut().add(name, value);
        }
        if matches!(event.kind, EventKind::SecretsKnown { all: false }) {
            self.reveal(event.who.as_ref());
        }
        if self.looks_ahead && matches!(event.kind, EventKind::Received { .. }) {
            let mut redactor = self.redactor.borrow_mut();
            for (name, value) in self.reveal.secrets_of_handlers(&event) {
                redactor.add(&name, &value);
            }
        }
        if matches!(event.kind, EventKind::Failed(_)) && event.who.is_none() {
            self.reveal_requests();
        }
        let mut buffer = self.buffer.borrow_mut();
        buffer.push(event, |event| self.pass(event));
    }

    /// When the block began.
    pub(super) fn began(&self) -> jiff::Timestamp {
        self.began
    }

    /// Holds events back from now on: a secret is to be told that they may carry.
    pub(super) fn hold(&self) {
        self.buffer.borrow_mut().hold();
    }

    /// What was held goes on. What a script would have made secret that was stopped is not shown.
    pub(super) fn release(&self, stopped: Option<&Reveal>) {
        if let Some(reveal) = stopped {
            let buffer = self.buffer.borrow();
            let mut redactor = self.redactor.borrow_mut();
            for (name, value) in reveal.secrets(buffer.held(), None) {
                redactor.add(&name, &value);
            }
        }
        let mut buffer = self.buffer.borrow_mut();
        buffer.let_go(|event| self.pass(event));
    }

    /// A script was stopped: what it would have made secret is not shown.
    pub(super) fn reveal(&self, who: Option<&Arc<str>>) {
        let buffer = self.buffer.borrow();
        if !buffer.awaits(who) {
            return;
        }
        let mut redactor = self.redactor.borrow_mut();
        for (name, value) in self.reveal.secrets(buffer.held(), who) {
            redactor.add(&name, &value);
        }
    }

    /// A handler of a request has failed: what it would have made secret is not shown.
    fn reveal_requests(&self) {
        let buffer = self.buffer.borrow();
        if !buffer.awaits_request() {
            return;
        }
        let mut redactor = self.redactor.borrow_mut();
        for (name, value) in self.reveal.secrets_of_requests(buffer.held()) {
            redactor.add(&name, &value);
        }
    }

    /// The block has ended.
    pub(super) fn finish(&self, outcome: &SessionOutcome) -> Transcript {
        self.reveal(None);
        let given_up = self.buffer.borrow_mut().finish(|event| self.pass(event));
        if given_up > 0 {
            self.pass(event(
                outcome.took,
                EventKind::Note(format!(
                    "{given_up} payloads were given up: too much came before the secret was known"
                )),
            ));
        }
        let recorder = self.recorder.replace(Recorder::new(idle(self.began)));
        let (transcript, lines) = recorder.finish(outcome.failure.is_none(), outcome.took);
        self.tell_lines(&lines);
        transcript
    }

    /// Which masks masked something.
    pub(super) fn mask_uses(&self) -> Vec<MaskUse> {
        self.masking.uses()
    }

    fn pass(&self, event: Event) {
        let redactor = self.redactor.borrow();
        let masked = self.masking.event(&event, &redactor);
        let redacted = redactor.event(event);
        drop(redactor);
        self.tell(redacted, masked);
    }

    fn tell(&self, event: Redacted<Event>, masked: Option<(Redacted<Event>, Masked)>) {
        self.voice.tell(&News::Event {
            block: &self.block,
            began: self.began,
            event: &event,
            line: event.step.map(|step| self.line(step.start)),
        });
        let (shown, masked) = match masked {
            Some((shown, masked)) => (shown, Some(masked)),
            None => (event, None),
        };
        if let Some(following) = &self.following {
            let lines = following
                .borrow_mut()
                .record_masked(shown.clone(), masked.clone());
            let block = &self.block;
            for line in &lines {
                self.voice.tell(&News::Happened { block, line });
            }
        }
        let lines = self.recorder.borrow_mut().record_masked(shown, masked);
        self.tell_lines(&lines);
    }

    /// The document's line at a place of the block's text: its lines stand one below the other, below the fence.
    fn line(&self, at: usize) -> usize {
        self.block.line + 1 + self.starts.partition_point(|start| *start <= at)
    }

    fn tell_lines(&self, lines: &[crate::transcript::Line]) {
        if lines.is_empty() {
            return;
        }
        let block = &self.block;
        self.voice.tell(&News::Lines { block, lines });
    }
}

fn event(at: Duration, what: EventKind) -> Event {
    Event {
        at,
        who: None,
        kind: what,
        hidden: Vec::new(),
        step: None,
    }
}

fn style(options: &Options, began: jiff::Timestamp) -> Style {
    Style {
        clock: match options.timestamps {
            Timestamps::Utc => TimeColumn::Utc,
            Timestamps::Local => TimeColumn::Local,
            Timestamps::Offset => TimeColumn::Offset,
            Timestamps::None => TimeColumn::None,
        },
        matched_only: options.log == ShowMessages::Matched,
        messages: options.log_messages,
        bytes: options.log_bytes,
        began,
    }
}

/// A transcript may leave times out; while something happens they are told.
fn always_timed(style: Style) -> Style {
    match style.clock {
        TimeColumn::None => Style {
            clock: TimeColumn::Utc,
            ..style
        },
        _ => style,
    }
}

/// The style of a recorder that will hear nothing.
fn idle(began: jiff::Timestamp) -> Style {
    Style {
        clock: TimeColumn::None,
        matched_only: false,
        messages: 0,
        bytes: 0,
        began,
    }
}
