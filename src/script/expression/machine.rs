//! What programs run on: jaq's table of terms, asked for at every step, and the bounds that are held against it there.
//! What breaks a bound is unwound out of jaq.

use std::cell::Cell;
use std::panic::resume_unwind;
use std::time::Instant;

use jaq_core::Lut;
use jaq_core::data::{DataT, HasLut};
use jaq_json::Val;

use super::making::{Making, Supply};

/// A compiled expression.
#[expect(clippy::struct_excessive_bools, reason = "each is asked for by itself")]
pub(super) struct Program {
    pub(super) filter: jaq_core::Filter<Machine>,
    /// The global variables in the order in which they are handed in, without `$`.
    pub(super) globals: Vec<String>,
    /// It can go round and round, and so build what is bounded by nothing but time.
    pub(super) loops: bool,
    /// It asks for random values.
    pub(super) draws: bool,
    /// It may make tokens.
    pub(super) signs: bool,
    /// It asks for what is another in each run.
    pub(super) varies: bool,
}

/// What jaq's filters run on.
pub(super) struct Machine;

impl DataT for Machine {
    type V<'a> = Val;
    type Data<'a> = MachineData<'a>;
}

#[derive(Clone)]
pub(super) struct MachineData<'a> {
    pub(super) lut: &'a Lut<Machine>,
    pub(super) bounds: &'a Bounds,
}

impl<'a> HasLut<'a, Machine> for MachineData<'a> {
    fn lut(&self) -> &'a Lut<Machine> {
        self.bounds.check();
        self.lut
    }
}

/// How far a run may go.
pub(super) struct Bounds {
    /// Where the stack was when the run began, and how many bytes of it may be used.
    stack: usize,
    room: usize,
    steps: Cell<u64>,
    most_steps: u64,
    until: Option<Instant>,
    /// Bytes that `*` has made.
    made: Cell<usize>,
    /// Bytes that were joined: by `+`, and in text.
    joined: Cell<usize>,
    /// What its filters make values with.
    pub(super) supply: Supply,
}

/// Which bound was broken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum BrokenBound {
    Stack,
    Steps,
    Time,
    Size,
    /// And how many bytes that is.
    Joined(usize),
}

/// Bytes that `*` may make, all in all.
const MOST_MADE: usize = 16 << 20;

impl Bounds {
    pub(super) fn new(
        room: usize,
        most_steps: u64,
        until: Option<Instant>,
        making: Making,
    ) -> Self {
        Self {
            stack: stack_now(),
            room,
            steps: Cell::new(0),
            most_steps,
            until,
            made: Cell::new(0),
            joined: Cell::new(0),
            supply: Supply::new(making),
        }
    }

    /// So many bytes more are to be made.
    pub(super) fn make(&self, bytes: usize) {
        let made = self.made.get().saturating_add(bytes);
        self.made.set(made);
        if made > MOST_MADE {
            resume_unwind(Box::new(BrokenBound::Size));
        }
    }

    /// So many bytes are to be joined to others, or copied for that.
    pub(super) fn join(&self, bytes: usize) {
        let joined = self.joined.get().saturating_add(bytes);
        self.joined.set(joined);
        let most = self.supply.most_joined();
        if joined > most {
            resume_unwind(Box::new(BrokenBound::Joined(most)));
        }
    }

    pub(super) fn check(&self) {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        let broken = if self.stack.abs_diff(stack_now()) > self.room {
            BrokenBound::Stack
        } else if steps > self.most_steps {
            BrokenBound::Steps
        } else if steps.is_multiple_of(1024) && self.is_late() {
            BrokenBound::Time
        } else {
            return;
        };
        // Unlike a panic this is not told on its way.
        resume_unwind(Box::new(broken));
    }

    /// Looks at the clock: for filters that take long for one step.
    pub(super) fn in_time(&self) {
        if self.is_late() {
            resume_unwind(Box::new(BrokenBound::Time));
        }
    }

    fn is_late(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() > until)
    }
}

/// About where the stack ends now.
#[inline(never)]
fn stack_now() -> usize {
    let here = 0_u8;
    std::hint::black_box(std::ptr::from_ref(&here)).addr()
}
