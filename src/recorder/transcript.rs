//! The transcript that a run of a recorded block would leave: of what happened, only what the block shows. Knows events;
//! knows no block's text.

use std::time::Duration;

use super::block::RecordedBlock;
use crate::protocol::{Event, EventKind, Frame};
use crate::redact::Redactor;
use crate::transcript::{Recorder, Style, TimeColumn};

/// Messages and bytes of one that a transcript shows where nothing says otherwise.
const MESSAGES: usize = 200;
const BYTES: usize = 4 << 10;

impl RecordedBlock {
    /// The transcript of these events, which began then: what the block ignores and does not match is not shown, and
    /// secrets are their names.
    #[must_use]
    pub fn transcript(
        &self,
        events: impl IntoIterator<Item = Event>,
        began: jiff::Timestamp,
        took: Duration,
    ) -> String {
        let mut redactor = Redactor::default();
        for (name, value) in &self.hidden {
            redactor.add(name, value);
        }
        let mut recorder = Recorder::new(Style {
            clock: TimeColumn::Utc,
            matched_only: self.matched_only,
            messages: MESSAGES,
            bytes: BYTES,
            began,
        });
        for event in events {
            let matched = self.matched_event(&event);
            let Some(event) = self.shown(event) else {
                continue;
            };
            recorder.record(redactor.event(event));
            if let Some(matched) = matched {
                recorder.record(redactor.event(matched));
            }
        }
        recorder.finish(true, took).0.to_string()
    }

    /// The event as the block's run would tell it.
    fn shown(&self, mut event: Event) -> Option<Event> {
        match &mut event.kind {
            EventKind::Received {
                number, ignored, ..
            } => *ignored |= self.ignored.contains(number),
            EventKind::Matched { .. }
            | EventKind::Opened { .. }
            | EventKind::Failed(_)
            | EventKind::Secret { .. }
            | EventKind::SecretsKnown { .. } => return None,
            _ => {}
        }
        Some(event)
    }

    fn matched_event(&self, event: &Event) -> Option<Event> {
        let EventKind::Received { number, frame, .. } = &event.kind else {
            return None;
        };
        if !self.matched.contains(number)
            || !matches!(frame, Frame::Text(_) | Frame::Binary(_) | Frame::Decoded(_))
        {
            return None;
        }
        Some(Event {
            kind: EventKind::Matched {
                arrived: event.at,
                number: *number,
                frame: frame.clone(),
            },
            ..event.clone()
        })
    }
}
