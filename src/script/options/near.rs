//! What somebody probably meant who wrote a duration or a size in another way.

use std::time::Duration;

use crate::script::units::{format_duration, parse_duration, parse_size};

/// The spelling of a duration that was probably meant.
pub(super) fn duration(text: &str) -> Option<String> {
    let text = squeeze(text);
    let mut rest = text.as_str();
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let (number, unit, behind) = pair(rest)?;
        let unit = match unit {
            "" | "s" | "sec" | "secs" | "second" | "seconds" => "1s",
            "ms" | "msec" | "msecs" | "milli" | "millis" | "millisecond" | "milliseconds" => "1ms",
            "m" | "min" | "mins" | "minute" | "minutes" => "1m",
            "h" | "hr" | "hrs" | "hour" | "hours" => "1h",
            "d" | "day" | "days" => "24h",
            _ => return None,
        };
        let seconds = parse_duration(unit)?.as_secs_f64() * number;
        total = total.checked_add(Duration::try_from_secs_f64(seconds).ok()?)?;
        rest = behind;
    }
    let milliseconds = u64::try_from(total.as_millis()).ok()?;
    let spelling = format_duration(Duration::from_millis(milliseconds));
    (milliseconds > 0).then_some(spelling)
}

/// The spelling of a size that was probably meant.
pub(super) fn size(text: &str) -> Option<String> {
    let text = squeeze(text);
    let (number, unit, behind) = pair(&text)?;
    let unit = match unit {
        "" | "b" | "byte" | "bytes" => "B",
        "k" | "kb" => "KB",
        "ki" | "kib" => "KiB",
        "m" | "mb" => "MB",
        "mi" | "mib" => "MiB",
        "g" | "gb" => "GB",
        "gi" | "gib" => "GiB",
        _ => return None,
    };
    let spelling = format!("{number}{unit}");
    (behind.is_empty() && parse_size(&spelling).is_some()).then_some(spelling)
}

fn squeeze(text: &str) -> String {
    text.chars()
        .filter(|next| !next.is_whitespace() && *next != '_')
        .flat_map(char::to_lowercase)
        .collect()
}

/// A number, its unit, and what follows.
fn pair(text: &str) -> Option<(f64, &str, &str)> {
    let digits = text
        .find(|next: char| !next.is_ascii_digit() && next != '.')
        .unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(digits)?;
    let letters = rest
        .find(|next: char| !next.is_alphabetic())
        .unwrap_or(rest.len());
    let (unit, rest) = rest.split_at_checked(letters)?;
    let number: f64 = number.parse().ok()?;
    Some((number, unit, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_way_of_writing_a_unit_is_understood() {
        for (text, spelling) in [
            ("5", Some("5s")),
            ("5 s", Some("5s")),
            ("1.5s", Some("1s500ms")),
            ("2 minutes", Some("2m")),
            ("100MS", Some("100ms")),
            ("30s1m", Some("1m30s")),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(duration(text).as_deref(), spelling, "{text}");
        }
        for (text, spelling) in [
            ("4kb", Some("4KB")),
            ("4 MiB", Some("4MiB")),
            ("1024", Some("1024B")),
            ("1.5MB", None),
            ("big", None),
        ] {
            assert_eq!(size(text).as_deref(), spelling, "{text}");
        }
    }
}
