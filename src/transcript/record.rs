//! The recorder: listens to events, keeps what will be shown.
//!
//! Lines that FORMAT leaves open: a note is `# TEXT`, an attempt that failed is `Retrying      REASON`. In the stretch
//! of messages that are not shown, control frames and notes are left out with them; status lines and failures stay.

mod payload;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::beats::Beat;
use super::exchange::Exchange;
use super::given::KnownToChange;
use super::keep::{Keep, KeptEntry, Rank, SampledValues, What};
use super::mark::{Mark, Note};
use super::payload::Payload;
use super::standing::{arrow, marked, rank, refused, status};
use super::stretches::wide;
use super::{Line, LineKind, Masked, Style, Transcript, clock, words};
use crate::protocol::{Direction, Event, EventKind, Frame, Generated, GeneratedKind, Hidden, Open};
use crate::redact::Redacted;
use crate::source::Span;

/// Kept values inserted into one message of which something is known.
const MOST_INSERTED: usize = 64;

/// Makes a transcript out of events. Memory is bounded by the style's limits, not by the number of events.
#[derive(Debug)]
pub struct Recorder {
    style: Style,
    /// When the first connection was opened: offsets count from there.
    connecting: Option<Duration>,
    /// The request over plain HTTP that is under way, and its answer.
    exchange: Exchange,
    sent: u64,
    received: u64,
    /// The number of the last frame that arrived.
    number: u64,
    given: Vec<Line>,
    marks: KnownToChange,
    beats: Vec<Beat>,
    keep: Keep,
    generated: SampledValues,
    volatile: BTreeSet<String>,
    /// Whether every line is given at once, and none is kept.
    passes: bool,
}

impl Recorder {
    /// A recorder that has heard nothing.
    #[must_use]
    pub fn new(style: Style) -> Self {
        Self {
            connecting: None,
            exchange: Exchange::default(),
            sent: 0,
            received: 0,
            number: 0,
            given: Vec::new(),
            marks: KnownToChange::default(),
            beats: Vec::new(),
            keep: Keep::new(style.messages),
            generated: SampledValues::new(style.messages),
            volatile: BTreeSet::new(),
            passes: false,
            style,
        }
    }

    /// The same, with the steps that clocks repeat.
    #[must_use]
    pub fn with_beats(self, beats: Vec<Beat>) -> Self {
        Self { beats, ..self }
    }

    /// The same for somebody who looks on: every line is given at once, whatever the style's limit of messages, and none
    /// is kept for a transcript.
    #[must_use]
    pub fn passing(style: Style) -> Self {
        Self {
            passes: true,
            ..Self::new(style)
        }
    }

    /// Takes an event, and gives the lines that are now certain to stand in the transcript, in order.
    pub fn record(&mut self, event: Redacted<Event>) -> Vec<Line> {
        self.record_masked(event, None)
    }

    /// The same of an event of whose frame `@mask` has hidden something.
    pub fn record_masked(&mut self, event: Redacted<Event>, masked: Option<Masked>) -> Vec<Line> {
        let event = event.into_inner();
        let at = match &event.kind {
            EventKind::Matched { arrived, .. } => *arrived,
            _ => event.at,
        };
        match &event.kind {
            EventKind::Received { number, .. }
            | EventKind::Body {
                number: Some(number),
                ..
            } => self.number = *number,
            EventKind::Matched { number, .. } if self.style.matched_only => self.number = *number,
            EventKind::Matched { number, .. } => {
                self.note(*number, Note::Matched(event.step));
                return Vec::new();
            }
            EventKind::Unpacked { number, .. } if !self.style.matched_only => {
                self.unpacked(*number, event.kind, event.hidden, masked);
                return Vec::new();
            }
            EventKind::Opened { number, open } => {
                self.note(*number, Note::Open(Arc::clone(open)));
                return Vec::new();
            }
            _ => {}
        }
        let mark = self.mark(&event);
        let Some((what, rank)) = self.what(event.kind, event.at, event.hidden, masked) else {
            return Vec::new();
        };
        let entry = KeptEntry {
            at,
            who: event.who,
            number: self.number,
            what,
            mark,
        };
        if self.passes {
            let line = self.draw(entry);
            self.volatile.clear();
            return vec![line];
        }
        let Some(mut entry) = self.keep.push(entry, rank) else {
            return Vec::new();
        };
        self.marks.push(&mut entry);
        let line = self.draw(entry);
        self.given.push(line.without_aside());
        vec![line]
    }

    /// The transcript, and those of its lines that were not given yet (the last one of them is the summary).
    #[must_use]
    pub fn finish(mut self, passed: bool, took: Duration) -> (Transcript, Vec<Line>) {
        let summary = self.summary(passed, took);
        let kept = std::mem::replace(&mut self.keep, Keep::new(0)).finish();
        let mut rest: Vec<Line> = words::elided(kept.messages_lost, kept.others_lost)
            .into_iter()
            .collect();
        let mut marks = std::mem::take(&mut self.marks).marks;
        for mut entry in kept.entries {
            let place = self.given.len() + rest.len();
            marks.extend(entry.mark.take().map(|mark| (place, *mark)));
            let line = self.draw(entry);
            rest.push(line);
        }
        let mut lines = vec![summary.clone()];
        lines.append(&mut self.given);
        lines.extend(rest.iter().cloned());
        rest.push(summary);
        let transcript = Transcript {
            lines,
            sent: self.sent,
            received: self.received,
            generated: self.generated.finish().into(),
            volatile: Arc::new(self.volatile),
            marks,
            beats: self.beats,
            matched_only: self.style.matched_only,
        };
        (transcript, rest)
    }

    /// What is known of an event's entry from the beginning: of most nothing, so that none is made of them.
    fn mark(&self, event: &Event) -> Option<Box<Mark>> {
        let (matched, beat, inserted) = match &event.kind {
            EventKind::Matched { .. } => (event.step, None, Vec::new()),
            EventKind::Sent { generated, .. } => {
                let is_step = |step: &Span| self.beats.iter().any(|beat| beat.step == *step);
                let kept = generated.iter().filter(|value| is_kept(value));
                let inserted = kept.take(MOST_INSERTED).map(|value| value.text.clone());
                (None, event.step.filter(is_step), inserted.collect())
            }
            EventKind::Connecting { kept, .. } | EventKind::Requested { kept, .. } => {
                let inserted = kept.iter().take(MOST_INSERTED).cloned();
                (None, None, inserted.collect())
            }
            _ => return None,
        };
        let is_known = matched.is_some() || beat.is_some() || !inserted.is_empty();
        let is_inserted = is_inserted(&event.kind, &inserted);
        is_known.then(|| {
            let mut mark = Mark::new(matched, beat, inserted);
            if is_inserted {
                mark.add(Note::Open(Arc::new(Open::kept_bytes())));
            }
            Box::new(mark)
        })
    }

    /// Notes something of the entry of a received frame, if it is to be shown.
    fn note(&mut self, number: u64, note: Note) {
        if self.passes {
            return;
        }
        let in_order = !self.style.matched_only;
        match self.keep.received(number, in_order) {
            Some(entry) => entry.mark.get_or_insert_default().add(note),
            None => self.marks.note(number, in_order, note),
        }
    }

    fn what(
        &mut self,
        what: EventKind,
        at: Duration,
        hidden: Vec<Hidden>,
        masked: Option<Masked>,
    ) -> Option<(What, Rank)> {
        let (direction, frame, format, generated, round_trip) = match what {
            EventKind::Generated(generated) => {
                if !is_kept(&generated) {
                    self.generated.push(&generated);
                }
                return None;
            }
            EventKind::Sent {
                frame,
                format,
                generated,
                ignored,
                ..
            } => {
                // What was made for an ignored message may recur in one that is shown.
                for value in generated.iter().filter(|value| !is_kept(value)) {
                    self.generated.push(value);
                }
                if ignored {
                    return None;
                }
                self.sent += u64::from(frame.is_message());
                (Direction::Sent, frame, format, generated, None)
            }
            EventKind::Secret { .. }
            | EventKind::SecretsKnown { .. }
            | EventKind::Opened { .. }
            | EventKind::Unpacked { .. }
            | EventKind::Received { ignored: true, .. } => return None,
            EventKind::Received {
                frame, round_trip, ..
            } => {
                self.received += u64::from(frame.is_message());
                if frame.is_message() && self.style.matched_only {
                    return None;
                }
                (Direction::Received, frame, None, Vec::new(), round_trip)
            }
            EventKind::Matched { frame, .. } => {
                if !frame.is_message() || !self.style.matched_only {
                    return None;
                }
                (Direction::Received, frame, None, Vec::new(), None)
            }
            EventKind::Body {
                direction,
                frame,
                format,
                generated,
                ..
            } => {
                for value in generated.iter().filter(|value| !is_kept(value)) {
                    self.generated.push(value);
                }
                (direction, frame, format, generated, None)
            }
            words => return self.words(&words, at),
        };
        let rank = rank(&frame);
        let payload = match masked {
            Some(Masked::All) => Payload::size_of(&frame),
            masked => self.payload(frame, format, hidden, masked, !generated.is_empty()),
        };
        let what = What::Frame {
            direction,
            payload,
            round_trip,
        };
        Some((what, rank))
    }

    fn words(&mut self, what: &EventKind, at: Duration) -> Option<(What, Rank)> {
        Some(match what {
            EventKind::Connecting { url, .. } => {
                self.connecting.get_or_insert(at);
                status("Connecting", url)
            }
            EventKind::Retrying { reason } => status("Retrying", reason),
            EventKind::Connected(handshake) => status("Connected", &words::connected(handshake)),
            EventKind::Refused(handshake) => refused(handshake, self.style.bytes),
            EventKind::Requested { .. } | EventKind::Responded { .. } => {
                self.connecting.get_or_insert(at);
                return self.exchange.entry(what);
            }
            EventKind::Disconnected(ending) => status("Disconnected", &words::ending(ending)),
            EventKind::Failed(failure) => {
                let below = self.exchange.below();
                marked(
                    "✗",
                    &failure.reason,
                    LineKind::Failure,
                    Rank::Failure,
                    below,
                )
            }
            EventKind::Note(text) => marked("#", text, LineKind::Note, Rank::Aside, Vec::new()),
            _ => return None,
        })
    }

    fn draw(&mut self, entry: KeptEntry) -> Line {
        let connecting = self.connecting.unwrap_or_default();
        let mut line = clock::stamp(&self.style, connecting, entry.at);
        if let Some(who) = &entry.who {
            line.push_str(&words::name(who));
            line.push(' ');
        }
        let lead = line.len();
        let mut aside = Vec::new();
        let (kind, below) = match entry.what {
            What::Words(words) => {
                line.push_str(&words.line);
                aside = words.aside;
                (words.kind, words.below)
            }
            What::Frame {
                direction,
                payload,
                round_trip,
            } => {
                let (arrow, kind) = arrow(direction);
                line.push_str(arrow);
                let volatile = payload.volatile_rest();
                self.volatile
                    .extend(volatile.map(|rest| rest.sha256.clone()));
                let drawn = payload.draw();
                line.push_str(&drawn.line);
                if let Some(round_trip) = round_trip {
                    line.push_str("  (");
                    line.push_str(&clock::round_trip(round_trip));
                    line.push(')');
                }
                (kind, drawn.below)
            }
        };
        for below in below {
            line.push('\n');
            line.push_str(&below);
        }
        Line {
            kind,
            text: line,
            at: Some(entry.at),
            who: entry.who,
            lead,
            aside,
        }
    }

    fn summary(&self, passed: bool, took: Duration) -> Line {
        let counts = || format!("{} sent, {} received", self.sent, self.received);
        let what = self.exchange.summary().unwrap_or_else(counts);
        let [took, date] = [clock::took(took), clock::date(self.style.began)];
        words::summary(passed, &format!("{what} in {took} · {date}"))
    }
}

/// Kept values are no news: what they were kept as is known where that was.
/// Whether all bytes of a message are a kept value: no other value's bytes need look like its own.
fn is_inserted(event: &EventKind, inserted: &[String]) -> bool {
    let EventKind::Sent { frame, .. } = event else {
        return false;
    };
    match frame.content() {
        Frame::Binary(bytes) if !inserted.is_empty() => inserted.contains(&wide(bytes)),
        _ => false,
    }
}

fn is_kept(value: &Generated) -> bool {
    value.kind == GeneratedKind::Kept
}
