//! Intervals in order: of a load that lasts long they become longer, so that there are never too many.

use std::time::Duration;

use super::interval::Interval;

/// Intervals at most.
const MOST: usize = 240;

/// What happened, interval by interval.
#[derive(Clone, Debug)]
pub(super) struct Series {
    width: Duration,
    intervals: Vec<Interval>,
}

impl Series {
    /// Nothing yet, in intervals of this length.
    pub(super) fn new(width: Duration) -> Self {
        Self {
            width,
            intervals: Vec::new(),
        }
    }

    /// How long an interval is.
    pub(super) fn width(&self) -> Duration {
        self.width
    }

    pub(super) fn intervals(&self) -> &[Interval] {
        &self.intervals
    }

    /// This happened around then.
    pub(super) fn add(&mut self, at: Duration, interval: Interval) {
        let place = |width: Duration| {
            usize::try_from(at.as_nanos() / width.as_nanos().max(1)).unwrap_or(usize::MAX)
        };
        while place(self.width) >= MOST {
            self.halve();
        }
        let place = place(self.width);
        while self.intervals.len() <= place {
            self.intervals.push(Interval::EMPTY);
        }
        if let Some(there) = self.intervals.get_mut(place) {
            there.add(interval);
        }
    }

    /// Makes one of every two.
    fn halve(&mut self) {
        let mut pairs = Vec::with_capacity(MOST);
        let mut intervals = std::mem::take(&mut self.intervals).into_iter();
        while let Some(mut first) = intervals.next() {
            if let Some(second) = intervals.next() {
                first.add(second);
            }
            pairs.push(first);
        }
        self.intervals = pairs;
        self.width = self.width.saturating_mul(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_long_it_lasts_there_are_not_too_many_intervals() {
        let mut series = Series::new(Duration::from_millis(100));
        for tenth in 0..100_000 {
            let mut interval = Interval::EMPTY;
            interval.messages = 1;
            series.add(Duration::from_millis(tenth * 100), interval);
        }
        assert!(series.intervals().len() <= MOST);
        let messages: u64 = series.intervals().iter().map(|one| one.messages).sum();
        assert_eq!(messages, 100_000);
        assert_eq!(series.width(), Duration::from_millis(51_200));
    }
}
