//! Which cursors a script still moves: what arrives for others need not be kept.

use crate::script::{Action, Expect, Expected, Mode, Step};
use crate::source::Span;

/// One of the queues that have a cursor each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameClass {
    Messages,
    Pings,
    Pongs,
    Closes,
}

impl FrameClass {
    pub(super) const ALL: [Self; 4] = [Self::Messages, Self::Pings, Self::Pongs, Self::Closes];
}

/// What a script still looks at of a connection; what arrives for other cursors is not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Interest {
    cursors: [bool; FrameClass::ALL.len()],
    /// Whether a step expects the end.
    pub(crate) end: bool,
    /// Whether a step connects, for the first time or anew.
    pub(crate) connects: bool,
}

impl Interest {
    pub(crate) fn add(&mut self, cursor: FrameClass) {
        if let Some(wanted) = self.cursors.get_mut(cursor as usize) {
            *wanted = true;
        }
    }

    pub(crate) fn has(self, cursor: FrameClass) -> bool {
        self.cursors
            .get(cursor as usize)
            .copied()
            .unwrap_or_default()
    }
}

/// How far down a script each of a client's cursors is still moved, and its connection's end expected: found once, asked
/// for after every step.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lookahead {
    cursors: [Option<LastUse>; FrameClass::ALL.len()],
    /// The last step that expects the end.
    end: Option<usize>,
    /// The last step that connects.
    connects: Option<usize>,
    /// Whether steps may follow that are not known yet: they may look at anything.
    goes_on: bool,
}

/// The last step that moves a cursor.
#[derive(Clone, Copy, Debug)]
struct LastUse {
    /// Its place among the steps.
    position: usize,
    /// Where it begins in the block's text.
    start: usize,
}

impl Lookahead {
    /// Of the steps that concern a client.
    pub(crate) fn of(steps: &[Step], name: Option<&str>) -> Self {
        let mut lookahead = Self::default();
        for (position, step) in steps.iter().enumerate() {
            if step.who.is_some() && step.who.as_ref().map(|who| who.text.as_str()) != name {
                continue;
            }
            match &step.action {
                Action::Expect(expect) => {
                    let start = step.span.start;
                    lookahead.expect(expect, LastUse { position, start });
                }
                Action::Connect | Action::Reconnect => lookahead.connects = Some(position),
                _ => {}
            }
        }
        lookahead
    }

    /// The same where steps may follow that are not known yet.
    pub(crate) fn and_more(self) -> Self {
        Self {
            goes_on: true,
            ..self
        }
    }

    /// Whether steps may follow that are not known yet.
    pub(super) fn goes_on(self) -> bool {
        self.goes_on
    }

    fn expect(&mut self, expect: &Expect, step: LastUse) {
        let none = matches!(expect.mode, Mode::None);
        if matches!(expect.what, Expected::Close { .. } | Expected::Drop) && !none {
            self.end = Some(step.position);
        }
        let cursor = match expect.what {
            Expected::Message(_) => FrameClass::Messages,
            Expected::Ping(_) => FrameClass::Pings,
            Expected::Pong(_) => FrameClass::Pongs,
            Expected::Close { .. } => FrameClass::Closes,
            Expected::Drop => return,
        };
        if let Some(last) = self.cursors.get_mut(cursor as usize) {
            *last = Some(step);
        }
    }

    /// Whether a step below the one at a place still looks at what a cursor moves over.
    pub(super) fn reaches_below(self, cursor: FrameClass, step: Span) -> bool {
        let last = self.cursors.get(cursor as usize).copied().flatten();
        last.is_some_and(|last| last.start > step.start)
    }

    /// What the steps from `at` on still look at.
    pub(crate) fn from(self, at: usize) -> Interest {
        let mut interest = Interest {
            end: self.end.is_some_and(|last| last >= at),
            connects: self.connects.is_some_and(|last| last >= at),
            ..Interest::default()
        };
        for (cursor, last) in FrameClass::ALL.into_iter().zip(self.cursors) {
            if self.goes_on || last.is_some_and(|last| last.position >= at) {
                interest.add(cursor);
            }
        }
        interest
    }
}
