//! Which cursors a script still moves: what arrives for others need not be kept.

use crate::script::{Action, Expected, Step};
use crate::source::Span;

/// One of the queues that have a cursor each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cursor {
    Messages,
    Pings,
    Pongs,
    Closes,
}

impl Cursor {
    pub(super) const ALL: [Self; 4] = [Self::Messages, Self::Pings, Self::Pongs, Self::Closes];
}

/// The cursors that a script still moves; what arrives for others is not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Interest([bool; Cursor::ALL.len()]);

impl Interest {
    pub(crate) fn add(&mut self, cursor: Cursor) {
        if let Some(wanted) = self.0.get_mut(cursor as usize) {
            *wanted = true;
        }
    }

    pub(crate) fn has(self, cursor: Cursor) -> bool {
        self.0.get(cursor as usize).copied().unwrap_or_default()
    }
}

/// How far down a script each of a client's cursors is still moved: found once, asked for after every step.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Horizon([Option<Last>; Cursor::ALL.len()]);

/// The last step that moves a cursor.
#[derive(Clone, Copy, Debug)]
struct Last {
    /// Its place among the steps.
    position: usize,
    /// Where it begins in the block's text.
    start: usize,
}

impl Horizon {
    /// Of the steps that concern a client.
    pub(crate) fn of(steps: &[Step], name: Option<&str>) -> Self {
        let mut horizon = Self::default();
        for (position, step) in steps.iter().enumerate() {
            let Action::Expect(expect) = &step.action else {
                continue;
            };
            if step.who.is_some() && step.who.as_ref().map(|who| who.text.as_str()) != name {
                continue;
            }
            let cursor = match expect.what {
                Expected::Message(_) => Cursor::Messages,
                Expected::Ping(_) => Cursor::Pings,
                Expected::Pong(_) => Cursor::Pongs,
                Expected::Close { .. } => Cursor::Closes,
            };
            if let Some(last) = horizon.0.get_mut(cursor as usize) {
                *last = Some(Last {
                    position,
                    start: step.span.start,
                });
            }
        }
        horizon
    }

    /// Whether a step below the one at a place still looks at what a cursor moves over.
    pub(super) fn reaches_below(self, cursor: Cursor, step: Span) -> bool {
        let last = self.0.get(cursor as usize).copied().flatten();
        last.is_some_and(|last| last.start > step.start)
    }

    /// What the steps from `at` on still look at.
    pub(crate) fn from(self, at: usize) -> Interest {
        let mut interest = Interest::default();
        for (cursor, last) in Cursor::ALL.into_iter().zip(self.0) {
            if last.is_some_and(|last| last.position >= at) {
                interest.add(cursor);
            }
        }
        interest
    }
}
