//! `--rate`: when the next session may begin, of all clients on all threads together.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// When sessions may begin. What was missed is not made up for: there are never more in a second than are allowed.
#[derive(Debug)]
pub(super) struct RateLimiter {
    /// From one to the next, in nanoseconds.
    gap: u64,
    /// When the next one may begin, in nanoseconds since the load began.
    next: AtomicU64,
}

impl RateLimiter {
    /// So many in a second; `None`: they need not wait.
    pub(super) fn new(rate: Option<f64>) -> Self {
        let gap = rate.map_or(Duration::ZERO, |rate| {
            Duration::try_from_secs_f64(1.0 / rate).unwrap_or(Duration::MAX)
        });
        Self {
            gap: nanoseconds(gap),
            next: AtomicU64::new(0),
        }
    }

    /// When a session may begin that could begin now; each has a moment of its own.
    pub(super) fn begin(&self, now: Duration) -> Duration {
        if self.gap == 0 {
            return now;
        }
        let now = nanoseconds(now);
        let after = |next: u64| Some(next.max(now).saturating_add(self.gap));
        // Nothing else is told by it: each moment is given once.
        let taken = self
            .next
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, after);
        let (Ok(next) | Err(next)) = taken;
        Duration::from_nanos(next.max(now))
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_has_more_than_it_may_also_after_a_pause() {
        let limiter = RateLimiter::new(Some(4.0));
        let at = |now: u64| limiter.begin(Duration::from_millis(now)).as_millis();
        let begun: Vec<_> = [0, 0, 100, 100, 5000, 5000, 5100].map(at).into();
        assert_eq!(begun, [0, 250, 500, 750, 5000, 5250, 5500]);
        let free = RateLimiter::new(None);
        assert_eq!(free.begin(Duration::from_secs(3)), Duration::from_secs(3));
    }
}
