//! What a recorder keeps of a frame's payload, and what becomes of it once a pattern's FORMAT has read it.

use super::Recorder;
use crate::format::Format;
use crate::protocol::{EventKind, Frame, Hidden};
use crate::transcript::cut::digest;
use crate::transcript::keep::What;
use crate::transcript::payload::Payload;
use crate::transcript::{Line, Masked};

/// Digests kept of payloads that hold something generated and are shown whole.
const DIGESTS: usize = 2000;

/// How many of the newest generated values a payload that is cut is searched for.
const SEARCHED: usize = 256;

impl Recorder {
    /// `made` is whether the frame holds something generated.
    pub(super) fn payload(
        &mut self,
        frame: Frame,
        format: Option<Format>,
        hidden: Vec<Hidden>,
        masked: Option<Masked>,
        made: bool,
    ) -> Payload {
        let is_masked = masked.is_some();
        let bytes = match masked {
            Some(Masked::Bytes(bytes)) => bytes,
            _ => Vec::new(),
        };
        if Payload::fits(&frame, self.style.bytes) {
            if made && self.volatile.len() < DIGESTS {
                // Whoever receives it may cut what is shown whole here.
                self.volatile.insert(digest(frame.payload()));
            }
            return Payload::whole(frame, format, hidden).without(bytes);
        }
        let limit = self.style.bytes;
        let mut payload = Payload::cut(&frame, format, hidden, &bytes, limit).without(bytes);
        if made || is_masked || self.holds_generated(&frame) {
            payload.set_volatile();
        }
        payload
    }

    fn holds_generated(&self, frame: &Frame) -> bool {
        let newest = self.generated.newest().take(SEARCHED);
        let mut values = newest.filter(|value| !value.text.is_empty()).peekable();
        // To ask whether the payload is text takes as long as to search it.
        if values.peek().is_none() {
            return false;
        }
        let text = std::str::from_utf8(frame.payload());
        text.is_ok_and(|text| values.any(|value| text.contains(&value.text)))
    }

    /// Shows a received frame as what a pattern's FORMAT has read it as. What was given already was shown as it came.
    pub(super) fn unpacked(
        &mut self,
        number: u64,
        what: EventKind,
        hidden: Vec<Hidden>,
        masked: Option<Masked>,
    ) {
        let EventKind::Unpacked { frame, .. } = what else {
            return;
        };
        let payload = self.payload(frame, None, hidden, masked, false);
        if let Some(entry) = self.keep.received(number, true) {
            if let What::Frame { payload: shown, .. } = &mut entry.what {
                *shown = payload;
            }
            return;
        }
        let place = self.marks.place(number, true);
        let line = place.and_then(|place| self.given.get_mut(place));
        if let Some(line) = line {
            redraw(line, &payload);
            let volatile = payload.volatile_rest();
            let volatile = volatile.map(|rest| rest.sha256.clone());
            self.volatile.extend(volatile);
        }
    }
}

/// The line of a received message, with another payload.
fn redraw(line: &mut Line, payload: &Payload) {
    let drawn = payload.draw();
    let mut text = line.text.get(..line.lead).unwrap_or_default().to_owned();
    text.push_str("← ");
    text.push_str(&drawn.line);
    for below in drawn.below {
        text.push('\n');
        text.push_str(&below);
    }
    line.text = text;
}
