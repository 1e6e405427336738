//! Times and rates as people read them.

use std::time::Duration;

/// Microseconds with three digits: `850 µs`, `1.23 ms`, `12.3 s`.
pub(super) fn time(microseconds: u64) -> String {
    let of = |unit: f64, word: &str| {
        let value = float(microseconds) / unit;
        let digits = match value {
            value if value < 9.995 => 2,
            value if value < 99.95 => 1,
            _ => 0,
        };
        format!("{value:.digits$} {word}")
    };
    match microseconds {
        0..1_000 => format!("{microseconds} µs"),
        1_000..1_000_000 => of(1e3, "ms"),
        _ => of(1e6, "s"),
    }
}

/// A count to be divided.
#[expect(
    clippy::cast_precision_loss,
    reason = "what is divided is shown with a few digits"
)]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

/// A number with its thousands apart.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many there were in a second.
pub(super) fn rate(count: u64, took: Duration) -> String {
    let rate = float(count) / took.as_secs_f64().max(1e-6);
    if rate < 10.0 {
        return format!("{rate:.1}/s");
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is not negative, and far from the bounds"
    )]
    let whole = rate.round() as u64;
    format!("{}/s", self::number(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_numbers_have_the_digits_that_one_reads() {
        let times = [0, 999, 1_000, 12_345, 999_400, 1_500_000, 61_000_000].map(time);
        let shown = "0 µs|999 µs|1.00 ms|12.3 ms|999 ms|1.50 s|61.0 s";
        assert_eq!(times.join("|"), shown);
        let numbers = [0, 999, 1_000, 1_234_567].map(number);
        assert_eq!(numbers.join("|"), "0|999|1,000|1,234,567");
        let rates = [3, 10_000].map(|count| rate(count, Duration::from_secs(2)));
        assert_eq!(rates.join("|"), "1.5/s|5,000/s");
    }
}
