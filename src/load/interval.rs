//! What happened within one short time, as it is plotted and shown while it goes on.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::figures::microseconds;

/// Digits that are told apart: a plot shows no more.
const DIGITS: u8 = 2;

/// What happened within a short time.
#[derive(Clone, Debug)]
pub(super) struct Interval {
    pub(super) messages: u64,
    pub(super) sessions: u64,
    pub(super) failed: u64,
    waits: Option<Histogram<u32>>,
}

impl Interval {
    pub(super) const EMPTY: Self = Self {
        messages: 0,
        sessions: 0,
        failed: 0,
        waits: None,
    };

    /// Something was waited for.
    pub(super) fn record(&mut self, waited: Duration) {
        let waits = if let Some(waits) = &mut self.waits {
            waits
        } else {
            let Ok(mut waits) = Histogram::new(DIGITS) else {
                return;
            };
            waits.auto(true);
            self.waits.insert(waits)
        };
        let _ = waits.record(microseconds(waited));
    }

    /// Takes another one in.
    pub(super) fn add(&mut self, other: Self) {
        self.messages += other.messages;
        self.sessions += other.sessions;
        self.failed += other.failed;
        match (&mut self.waits, other.waits) {
            (Some(waits), Some(others)) => {
                let _ = waits.add(&others);
            }
            (None, others) => self.waits = others,
            (Some(_), None) => {}
        }
    }

    /// The time, in microseconds, that so many waits took at most; `None`: there was none.
    pub(super) fn at(&self, quantile: f64) -> Option<u64> {
        let waits = self.waits.as_ref()?;
        Some(waits.value_at_quantile(quantile))
    }
}
