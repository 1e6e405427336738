//! How many clients run a block, how often, and when it ends.

use std::time::Duration;

use super::times::float;

/// How a block is loaded.
#[derive(Clone, Debug)]
pub struct LoadSettings {
    /// How many clients there are, at least 1.
    pub clients: u64,
    /// Over which time they begin, one after the other.
    pub ramp: Duration,
    /// When it ends.
    pub end: LoadEnd,
    /// Sessions that all clients together may begin in a second.
    pub rate: Option<f64>,
}

/// When a load ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadEnd {
    /// After this time, ramp included.
    After(Duration),
    /// When each client has run the block so often.
    Times(u64),
}

impl LoadSettings {
    /// When a client begins, from 1.
    pub(super) fn begins(&self, client: u64) -> Duration {
        let share = float(client.saturating_sub(1)) / float(self.clients.max(1));
        self.ramp.mul_f64(share)
    }

    /// How long it may take; `None`: as long as it takes.
    pub(super) fn lasts(&self) -> Option<Duration> {
        match self.end {
            LoadEnd::After(time) => Some(time),
            LoadEnd::Times(_) => None,
        }
    }

    /// How many sessions each client runs; `None`: as many as it comes to.
    pub(super) fn times(&self) -> Option<u64> {
        match self.end {
            LoadEnd::After(_) => None,
            LoadEnd::Times(times) => Some(times),
        }
    }
}
