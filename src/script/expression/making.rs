//! What expressions make values with: what time it is, where random values come from, and how much may be made. All of
//! it is handed in, so that a run with the same seed and clock makes the same values.

use std::cell::{Cell, RefCell};

use jaq_core::Error;
use jaq_json::Val;
use jiff::Timestamp;

/// What an expression makes values with.
#[derive(Clone, Copy, Debug)]
pub struct Making {
    /// Bytes that its filters may make, all in all (`@max-message`).
    pub limit: usize,
    /// What time it is, all along.
    pub now: Timestamp,
    /// Where random values come from.
    pub seed: u64,
}

impl Making {
    /// Makes the same values at a time that stands still: where only their shape counts.
    #[must_use]
    pub fn still(limit: usize) -> Self {
        Self {
            limit,
            now: Timestamp::constant(1_795_348_984, 101_000_000),
            seed: 0,
        }
    }

    /// Bytes that may be joined, all in all, and that a value may take when it is written.
    pub(super) fn most_joined(&self) -> usize {
        self.limit.saturating_mul(4).max(4 << 20)
    }
}

/// What one run has left to make values with.
pub(super) struct Supply {
    making: Making,
    made: Cell<usize>,
    random: RefCell<fastrand::Rng>,
}

impl Supply {
    pub(super) fn new(making: Making) -> Self {
        Self {
            making,
            made: Cell::new(0),
            random: RefCell::new(fastrand::Rng::with_seed(making.seed)),
        }
    }

    /// See [`Making::most_joined`].
    pub(super) fn most_joined(&self) -> usize {
        self.making.most_joined()
    }

    /// Seconds since 1970.
    pub(super) fn now(&self) -> f64 {
        self.making.now.as_duration().as_secs_f64()
    }

    /// A version 4 UUID.
    pub(super) fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        self.random.borrow_mut().fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes)
            .into_uuid()
            .to_string()
    }

    /// Bytes that may still be made.
    pub(super) fn left(&self) -> usize {
        self.making.limit.saturating_sub(self.made.get())
    }

    /// So many bytes were made.
    pub(super) fn take(&self, bytes: usize) -> Result<(), Error<Val>> {
        if bytes > self.left() {
            return Err(self.too_large());
        }
        self.made.set(self.made.get() + bytes);
        Ok(())
    }

    pub(super) fn too_large(&self) -> Error<Val> {
        let limit = self.making.limit;
        Error::str(format!(
            "its filters make more than {limit} bytes (`@max-message`)"
        ))
    }
}
