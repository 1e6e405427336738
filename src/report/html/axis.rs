//! The axis of a plot: times to places from left to right, in percent, with ticks at round times.

use std::time::Duration;

use maud::Render;

/// A place from left to right, in percent.
#[derive(Clone, Copy)]
pub(crate) struct Percent(pub(crate) f64);

impl Render for Percent {
    fn render_to(&self, out: &mut String) {
        format_args!("{:.3}%", self.0).render_to(out);
    }
}

/// From times to places.
pub(crate) struct TimeAxis {
    end: Duration,
}

impl TimeAxis {
    pub(crate) fn new(end: Duration) -> Self {
        Self {
            end: end.max(Duration::from_micros(10)),
        }
    }

    /// Where it ends.
    pub(crate) fn end(&self) -> Duration {
        self.end
    }

    /// In percent.
    pub(crate) fn place(&self, at: Duration) -> f64 {
        (at.as_secs_f64() / self.end.as_secs_f64() * 100.0).clamp(0.0, 100.0)
    }

    /// Places with labels, at round times.
    pub(crate) fn ticks(&self) -> Vec<(f64, String, &'static str)> {
        let step = step(self.end);
        let mut ticks = Vec::new();
        let mut at = Duration::ZERO;
        while at <= self.end && ticks.len() < 20 {
            let place = self.place(at);
            let anchor = match place {
                place if place < 2.0 => "start",
                place if place > 97.0 => "end",
                _ => "middle",
            };
            ticks.push((place, label(at, step), anchor));
            at = at.saturating_add(step);
        }
        ticks
    }
}

/// A round time, of which four to nine fit.
fn step(end: Duration) -> Duration {
    let mut unit = Duration::from_micros(1);
    loop {
        for times in [1, 2, 5] {
            let step = unit.saturating_mul(times);
            if end.as_nanos() <= step.as_nanos() * 9 {
                return step;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

fn label(at: Duration, step: Duration) -> String {
    let of = |unit: f64, word: &str| {
        let (value, step) = (at.as_secs_f64() / unit, step.as_secs_f64() / unit);
        let digits = [1.0, 0.1, 0.01]
            .iter()
            .position(|place| step >= place * 0.999);
        format!("{value:.*} {word}", digits.unwrap_or(3))
    };
    match step {
        _ if at.is_zero() => "0".to_owned(),
        step if step < Duration::from_micros(100) => of(1e-6, "µs"),
        step if step < Duration::from_millis(100) => of(1e-3, "ms"),
        _ => of(1.0, "s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_stand_at_round_times() {
        for (end, labels) in [
            (
                Duration::from_micros(12),
                "0|2 µs|4 µs|6 µs|8 µs|10 µs|12 µs",
            ),
            (
                Duration::from_millis(132),
                "0|20 ms|40 ms|60 ms|80 ms|100 ms|120 ms",
            ),
            (
                Duration::from_millis(3100),
                "0|0.5 s|1.0 s|1.5 s|2.0 s|2.5 s|3.0 s",
            ),
            (
                Duration::from_secs(90),
                "0|10 s|20 s|30 s|40 s|50 s|60 s|70 s|80 s|90 s",
            ),
        ] {
            let ticks = TimeAxis::new(end).ticks();
            let told: Vec<_> = ticks.iter().map(|(_, label, _)| label.as_str()).collect();
            assert_eq!(told.join("|"), labels);
        }
        assert!(!TimeAxis::new(Duration::ZERO).ticks().is_empty());
        assert!(!TimeAxis::new(Duration::MAX).ticks().is_empty());
    }
}
