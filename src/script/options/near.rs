//! What was probably meant by a duration or a size that is written in another way.

use std::time::Duration;

use crate::diagnostic::Cure;
use crate::script::units::{format_duration, parse_duration, parse_size};

/// The longest number without a unit that several units are offered for.
const MOST_DIGITS: usize = 9;

/// What to write instead of a text that is not a duration: one sentence.
#[must_use]
pub fn duration_hint(text: &str) -> Cure {
    hint(
        &durations(text),
        "durations are written `250ms`, `5s`, `1m30s`, `2h`",
    )
}

/// What is said of a text that is not a size.
pub(super) fn size_hint(text: &str) -> Cure {
    hint(
        &sizes(text),
        "sizes are written `16B`, `4KB`, `4KiB`, `1MB`, `1MiB`, `1GB`, `1GiB`",
    )
}

fn hint(spellings: &[String], otherwise: &str) -> Cure {
    match spellings {
        [] => otherwise.into(),
        spellings => Cure::meant_one_of(spellings),
    }
}

/// The spellings of durations that were probably meant. A number without a unit may be seconds as well as milliseconds.
pub(super) fn durations(text: &str) -> Vec<String> {
    let text = squeeze(text);
    match bare(&text) {
        Some("0") => vec!["0s".to_owned()],
        // From a hundred on milliseconds are the likelier.
        Some(number) if number.len() > 2 => {
            ["ms", "s"].map(|unit| format!("{number}{unit}")).into()
        }
        Some(number) => ["s", "ms"].map(|unit| format!("{number}{unit}")).into(),
        None => duration(&text).into_iter().collect(),
    }
}

fn duration(text: &str) -> Option<String> {
    let mut rest = text;
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

/// The spellings of sizes that were probably meant. A small number without a unit is hardly one of bytes alone.
fn sizes(text: &str) -> Vec<String> {
    let text = squeeze(text);
    let units: &[&str] = match bare(&text) {
        Some(number) if number.len() <= 3 && number != "0" => &["B", "KiB", "MiB"],
        Some(_) => &["B"],
        None => return size(&text).into_iter().collect(),
    };
    let spellings = units.iter().map(|unit| format!("{text}{unit}"));
    spellings
        .filter(|spelling| parse_size(spelling).is_some())
        .collect()
}

fn size(text: &str) -> Option<String> {
    let (number, unit, behind) = pair(text)?;
    let unit = match unit {
        "b" | "byte" | "bytes" => "B",
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

/// A whole number with nothing behind it, without leading zeros.
fn bare(text: &str) -> Option<&str> {
    let whole = !text.is_empty() && text.bytes().all(|next| next.is_ascii_digit());
    let number = match text.trim_start_matches('0') {
        "" => "0",
        number => number,
    };
    (whole && number.len() <= MOST_DIGITS).then_some(number)
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
            ("5 s", "5s"),
            ("1.5s", "1s500ms"),
            ("1.5", "1s500ms"),
            ("2 minutes", "2m"),
            ("100MS", "100ms"),
            ("30s1m", "1m30s"),
            ("soon", ""),
            ("", ""),
        ] {
            assert_eq!(durations(text).concat(), spelling, "{text}");
        }
        for (text, spelling) in [
            ("4kb", "4KB"),
            ("4 MiB", "4MiB"),
            ("1.5MB", ""),
            ("big", ""),
        ] {
            assert_eq!(sizes(text).concat(), spelling, "{text}");
        }
    }

    #[test]
    fn a_number_without_a_unit_may_have_each_of_the_usual_ones() {
        for (text, hint) in [
            ("5", "did you mean `5s` or `5ms`?"),
            ("500", "did you mean `500ms` or `500s`?"),
            ("1_000", "did you mean `1000ms` or `1000s`?"),
            ("0", "did you mean `0s`?"),
            ("007", "did you mean `7s` or `7ms`?"),
        ] {
            assert_eq!(duration_hint(text).into_sentence(), hint, "{text}");
        }
        for (text, hint) in [
            ("64", "did you mean `64B` or `64KiB` or `64MiB`?"),
            ("4096", "did you mean `4096B`?"),
            ("0", "did you mean `0B`?"),
        ] {
            assert_eq!(size_hint(text).into_sentence(), hint, "{text}");
        }
    }

    #[test]
    fn what_is_suggested_can_be_read() {
        for text in ["5", "0", "86400", "999999999", "1.5", "2 days"] {
            for spelling in durations(text) {
                assert!(parse_duration(&spelling).is_some(), "{spelling}");
            }
            for spelling in sizes(text) {
                assert!(parse_size(&spelling).is_some(), "{spelling}");
            }
        }
    }
}
