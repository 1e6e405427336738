//! Durations and sizes, as options and steps write them. Knows no option and no step.

use std::time::Duration;

/// Units of time, largest first, in nanoseconds. A spelling uses each at most once, in this order.
const TIME: [(&str, u128); 6] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

const SIZE: [(&str, usize); 7] = [
    ("B", 1),
    ("KB", 1_000),
    ("KiB", 1 << 10),
    ("MB", 1_000_000),
    ("MiB", 1 << 20),
    ("GB", 1_000_000_000),
    ("GiB", 1 << 30),
];

/// `250ms`, `5s`, `1m30s`, `2h`; also `us` and `ns`.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total: u128 = 0;
    let mut units = TIME.as_slice();
    while !rest.is_empty() {
        let (number, behind) = number(rest)?;
        let (unit, behind) = split(behind, |character| character.is_ascii_alphabetic());
        let found = units.iter().position(|(name, _)| *name == unit)?;
        let (_, nanoseconds) = units.get(found)?;
        units = units.get(found + 1..)?;
        total = total.checked_add(u128::from(number).checked_mul(*nanoseconds)?)?;
        rest = behind;
    }
    let seconds = u64::try_from(total / 1_000_000_000).ok()?;
    let nanoseconds = u32::try_from(total % 1_000_000_000).ok()?;
    (!text.is_empty()).then(|| Duration::new(seconds, nanoseconds))
}

/// The shortest spelling that [`parse_duration`] reads back.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let mut rest = duration.as_nanos();
    let mut text = String::new();
    for (unit, nanoseconds) in TIME {
        let number = rest / nanoseconds;
        rest %= nanoseconds;
        if number > 0 {
            text.push_str(&number.to_string());
            text.push_str(unit);
        }
    }
    if text.is_empty() {
        text.push_str("0s");
    }
    text
}

/// `16B`, `4KB`, `4KiB`, `1MB`, `1MiB`, `1GB`, `1GiB`, in bytes.
#[must_use]
pub fn parse_size(text: &str) -> Option<usize> {
    let (number, unit) = number(text)?;
    let (_, bytes) = SIZE.iter().find(|(name, _)| *name == unit)?;
    usize::try_from(number).ok()?.checked_mul(*bytes)
}

fn number(text: &str) -> Option<(u64, &str)> {
    let (digits, rest) = split(text, |character| character.is_ascii_digit());
    Some((digits.parse().ok()?, rest))
}

fn split(text: &str, inside: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text
        .find(|character| !inside(character))
        .unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_read_as_written() {
        for (text, milliseconds) in [
            ("250ms", 250),
            ("5s", 5_000),
            ("1m30s", 90_000),
            ("2h", 7_200_000),
            ("1h0m1s", 3_601_000),
            ("0s", 0),
        ] {
            let expected = Some(Duration::from_millis(milliseconds));
            assert_eq!(parse_duration(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "5",
            "s",
            "5 s",
            "-5s",
            "1.5s",
            "30s1m",
            "1s1s",
            "5x",
            "5S",
            "5sec",
            "1m30",
            "99999999999999999999s",
            "18446744073709551615h",
            "５s",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_read_as_written() {
        for (text, bytes) in [
            ("16B", 16),
            ("4KB", 4_000),
            ("4KiB", 4_096),
            ("1MB", 1_000_000),
            ("64MiB", 67_108_864),
            ("1GB", 1_000_000_000),
            ("1GiB", 1_073_741_824),
        ] {
            assert_eq!(parse_size(text), Some(bytes), "{text}");
        }
        for text in [
            "",
            "4",
            "KiB",
            "4kb",
            "4 KB",
            "-1B",
            "18446744073709551615GiB",
        ] {
            assert_eq!(parse_size(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_formatted_duration_reads_back(seconds: u64, nanoseconds in 0_u32..1_000_000_000) {
            let duration = Duration::new(seconds, nanoseconds);
            prop_assert_eq!(parse_duration(&format_duration(duration)), Some(duration));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = (parse_duration(&text), parse_size(&text));
        }
    }
}
