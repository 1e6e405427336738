//! Applies `@mask` to events on their way to a transcript, and notes which masks masked something.

use std::cell::Cell;
use std::ops::Range;

use crate::protocol::{Event, EventKind, Frame};
use crate::redact::{Redacted, Redactor};
use crate::script::{HiddenBytes, Mask, Options, ShowMessages};
use crate::transcript::Masked;

/// The masks of one block.
pub(super) struct Masking {
    masks: Vec<(Mask, Cell<bool>)>,
    /// Only what was matched is shown.
    matched_only: bool,
}

/// A mask, and whether it masked something of what one block showed.
#[derive(Debug)]
pub(super) struct MaskUse {
    pub(super) mask: Mask,
    pub(super) used: bool,
}

impl Masking {
    pub(super) fn new(options: &Options) -> Self {
        let masks = options.mask.iter().cloned();
        Self {
            masks: masks.map(|mask| (mask, Cell::new(false))).collect(),
            matched_only: options.log == ShowMessages::Matched,
        }
    }

    /// The event as it is to be recorded, where masks hide something of it.
    pub(super) fn event(
        &self,
        event: &Event,
        redactor: &Redactor,
    ) -> Option<(Redacted<Event>, Masked)> {
        if self.masks.is_empty() || !self.is_shown(&event.kind) {
            return None;
        }
        let frame = event.kind.frame()?;
        // Where bytes are hidden, nothing is said of the text that they may be.
        if let Some(masked) = self.bytes(frame) {
            let mut event = redactor.event(event.clone());
            if let Masked::Bytes(places) = &masked {
                event.zero(places);
            }
            return Some((event, masked));
        }
        let event = Event {
            kind: with_frame(&event.kind, self.text(frame, redactor)?),
            ..event.clone()
        };
        Some((redactor.event(event), Masked::Text))
    }

    /// Which masks masked something, now that the block has ended.
    pub(super) fn uses(&self) -> Vec<MaskUse> {
        let masks = self.masks.iter();
        masks
            .map(|(mask, used)| MaskUse {
                mask: mask.clone(),
                used: used.get(),
            })
            .collect()
    }

    fn is_shown(&self, what: &EventKind) -> bool {
        match what {
            EventKind::Sent { ignored, .. } => !ignored,
            EventKind::Received { frame, ignored, .. } => {
                let left_out = self.matched_only && frame.is_message();
                !(*ignored || left_out)
            }
            _ => true,
        }
    }

    fn bytes(&self, frame: &Frame) -> Option<Masked> {
        let mut hidden: Vec<Range<usize>> = Vec::new();
        let mut all = false;
        for (mask, used) in &self.masks {
            match mask.hides(frame) {
                None => continue,
                Some(HiddenBytes::All) => all = true,
                Some(HiddenBytes::Some(range)) => hidden.push(range),
            }
            used.set(true);
        }
        if all {
            return Some(Masked::All);
        }
        (!hidden.is_empty()).then(|| Masked::Bytes(joined(hidden)))
    }

    fn text(&self, frame: &Frame, redactor: &Redactor) -> Option<Frame> {
        let secrets = |bytes: &[u8]| redactor.places(bytes);
        let mut masked = None;
        for (mask, used) in &self.masks {
            let hidden = mask.apply(masked.as_ref().unwrap_or(frame), &secrets);
            if hidden.is_some() {
                used.set(true);
                masked = hidden;
            }
        }
        masked
    }
}

/// What happened, with another frame.
fn with_frame(what: &EventKind, new: Frame) -> EventKind {
    let mut what = what.clone();
    if let Some(frame) = what.frame_mut() {
        *frame = new;
    }
    what
}

/// Ranges in order, none over another.
fn joined(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| range.start);
    let mut joined: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_joined_where_they_touch() {
        assert_eq!(joined(vec![4..8, 0..2, 6..9, 9..10]), [0..2, 4..10]);
        assert!(joined(Vec::new()).is_empty());
    }
}
