//! What steps have passed over or taken, as far as steps behind them may still look for it: so that a failure can say
//! that its message came too early. Bounded, whatever the number and the size of messages.

use std::collections::VecDeque;

use super::backlog::Arrived;
use crate::interpreter::lookahead::FrameClass;
use crate::source::Span;

/// How many frames are remembered, and how many bytes of payload: of more the oldest are forgotten.
const MOST: usize = 256;
const MOST_BYTES: usize = 1 << 20;

/// Who had a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The `<-` step at this place, which looked for another one.
    PassedOver(Span),
    /// The `<-` step at this place, which it matched.
    Taken(Span),
    /// `-- skip`
    Skipped,
}

/// The last frames that went by.
#[derive(Debug, Default)]
pub(crate) struct Earlier {
    frames: VecDeque<(FrameClass, Arrived, Fate)>,
    bytes: usize,
}

impl Earlier {
    pub(super) fn remember(&mut self, cursor: FrameClass, arrived: &Arrived, fate: Fate) {
        let size = arrived.frame.payload().len();
        if size > MOST_BYTES {
            return;
        }
        self.bytes += size;
        self.frames.push_back((cursor, arrived.clone(), fate));
        while self.frames.len() > MOST || self.bytes > MOST_BYTES {
            let Some((_, oldest, _)) = self.frames.pop_front() else {
                return;
            };
            self.bytes -= oldest.frame.payload().len();
        }
    }

    /// What went by on a cursor, the last first.
    pub(super) fn of(&self, cursor: FrameClass) -> Vec<(Arrived, Fate)> {
        let on_it = self.frames.iter().filter(|(of, _, _)| *of == cursor);
        let arrived = on_it
            .rev()
            .map(|(_, arrived, fate)| (arrived.clone(), *fate));
        arrived.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::protocol::Frame;

    fn text(number: usize, size: usize) -> Arrived {
        Arrived {
            number: 1,
            wire: None,
            at: Duration::ZERO,
            frame: Frame::Text(format!("{number} {}", "x".repeat(size)).into()),
        }
    }

    #[test]
    fn memory_does_not_follow_the_number_of_messages() {
        for size in [0, 10_000, 300_000, 1 << 20] {
            let mut earlier = Earlier::default();
            for number in 0..1000 {
                earlier.remember(FrameClass::Messages, &text(number, size), Fate::Skipped);
            }
            let kept = earlier.of(FrameClass::Messages);
            let bytes: usize = kept
                .iter()
                .map(|(arrived, _)| arrived.frame.payload().len())
                .sum();
            assert_eq!(bytes, earlier.bytes);
            assert!(kept.len() <= MOST && bytes <= MOST_BYTES, "{size}");
            let last = kept.first().map(|(arrived, _)| arrived);
            assert_eq!(last, Some(&text(999, size)).filter(|_| size < MOST_BYTES));
            assert_eq!(earlier.of(FrameClass::Pings), []);
        }
    }
}
