//! What is counted of sessions, and how long things took in them. Each thread has its own; they are put together at the
//! end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::times::float;
use crate::protocol::{Failure, FailureKind};

/// Digits that are told apart: a tenth of a percent.
const DIGITS: u8 = 3;

/// What came of many sessions.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Sessions that were begun.
    pub begun: u64,
    /// Sessions that passed.
    pub passed: u64,
    /// Sessions that failed.
    pub failed: u64,
    /// Messages that left.
    pub sent: u64,
    /// Messages that arrived.
    pub received: u64,
    /// How many sessions failed in which way.
    pub failures: BTreeMap<FailureKind, u64>,
    /// The first failure of each kind.
    pub examples: BTreeMap<FailureKind, FailureExample>,
    /// Opening handshakes; of `/http` blocks the answers' heads.
    pub handshake: Latencies,
    /// The block's expectations, in order.
    pub steps: Vec<Latencies>,
}

/// A failure, and what is not to be shown of it.
#[derive(Clone, Debug)]
pub struct FailureExample {
    /// What failed.
    pub failure: Failure,
    /// The secrets that its client has made, with their names.
    pub secrets: Vec<(Arc<str>, Arc<str>)>,
}

/// How long something took, each time.
#[derive(Clone, Debug)]
pub struct Latencies(Histogram<u64>);

impl Figures {
    /// Nothing of so many expectations.
    #[must_use]
    pub fn new(steps: usize) -> Self {
        Self {
            begun: 0,
            passed: 0,
            failed: 0,
            sent: 0,
            received: 0,
            failures: BTreeMap::new(),
            examples: BTreeMap::new(),
            handshake: Latencies::default(),
            steps: vec![Latencies::default(); steps],
        }
    }

    /// Sessions that were begun and not ended.
    #[must_use]
    pub fn unfinished(&self) -> u64 {
        self.begun - self.passed - self.failed
    }

    /// Messages in both directions.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.sent + self.received
    }

    /// How many of the sessions that ended have failed, in percent.
    #[must_use]
    pub fn failed_share(&self) -> f64 {
        match self.passed + self.failed {
            0 => 0.0,
            ended => float(self.failed) / float(ended) * 100.0,
        }
    }

    /// Those of all expectations.
    #[must_use]
    pub fn expectations(&self) -> Latencies {
        let mut all = Latencies::default();
        self.steps.iter().for_each(|step| all.add(step));
        all
    }

    /// Takes another thread's in.
    pub fn add(&mut self, other: Self) {
        self.begun += other.begun;
        self.passed += other.passed;
        self.failed += other.failed;
        self.sent += other.sent;
        self.received += other.received;
        for (kind, count) in other.failures {
            *self.failures.entry(kind).or_default() += count;
        }
        for (kind, example) in other.examples {
            self.examples.entry(kind).or_insert(example);
        }
        self.handshake.add(&other.handshake);
        for (own, step) in self.steps.iter_mut().zip(&other.steps) {
            own.add(step);
        }
    }
}

impl Default for Latencies {
    fn default() -> Self {
        Self(histogram())
    }
}

impl Latencies {
    /// It took so long once more.
    pub fn record(&mut self, took: Duration) {
        // It grows as it must; what it cannot hold is longer than any load.
        let _ = self.0.record(microseconds(took));
    }

    /// How often it was.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The time, in microseconds, that so many took at most (0.95: 95 % of them).
    #[must_use]
    pub fn at(&self, quantile: f64) -> u64 {
        self.0.value_at_quantile(quantile)
    }

    /// The longest, in microseconds.
    #[must_use]
    pub fn max(&self) -> u64 {
        match self.0.len() {
            0 => 0,
            _ => self.0.max(),
        }
    }

    fn add(&mut self, other: &Self) {
        // Both grow, and tell as many digits apart.
        let _ = self.0.add(&other.0);
    }
}

/// One that grows with what is recorded.
///
/// # Panics
/// Never: so many digits can be told apart.
#[expect(clippy::unwrap_used, reason = "the number of digits is a constant")]
fn histogram() -> Histogram<u64> {
    let mut histogram = Histogram::new(DIGITS).unwrap();
    histogram.auto(true);
    histogram
}

pub(super) fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
