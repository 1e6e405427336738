//! When something was, and how long it took, in the transcript's words.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Style, TimeColumn};

/// What stands before a line of that moment, its two blanks included. `connecting` is where offsets start.
pub(super) fn stamp(style: &Style, connecting: Duration, at: Duration) -> String {
    let zone = match style.clock {
        TimeColumn::None => return String::new(),
        TimeColumn::Offset => {
            let since = at.saturating_sub(connecting);
            return format!("+{}.{:03}  ", since.as_secs(), since.subsec_millis());
        }
        TimeColumn::Utc => TimeZone::UTC,
        TimeColumn::Local => TimeZone::system(),
    };
    let time = SignedDuration::try_from(at)
        .ok()
        .and_then(|at| style.began.checked_add(at).ok())
        .unwrap_or(style.began);
    let time = zone.to_datetime(time);
    format!(
        "{:02}:{:02}:{:02}.{:03}  ",
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond()
    )
}

/// The date and time of day in UTC, to the millisecond.
pub(super) fn date(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// `132 ms`, `1.3 s`, `2 min 5 s`, `1 h 12 min`.
pub(super) fn took(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.as_millis()),
        1..60 => format!("{}.{} s", seconds, duration.subsec_millis() / 100),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A pong's round trip: `1.2 ms` where whole milliseconds would say too little.
pub(super) fn round_trip(duration: Duration) -> String {
    if duration < Duration::from_millis(100) {
        let tenths = duration.as_micros() / 100;
        return format!("{}.{} ms", tenths / 10, tenths % 10);
    }
    took(duration)
}

/// The text without the time of a line before it.
pub(super) fn without_stamp(line: &str) -> &str {
    let is_stamp = |text: &str| {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let whole = whole.strip_prefix('+').unwrap_or(whole);
        fraction.len() == 3
            && fraction.bytes().all(|byte| byte.is_ascii_digit())
            && whole
                .split(':')
                .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match line.split_once("  ") {
        Some((stamp, rest)) if is_stamp(stamp) => rest,
        _ => line,
    }
}

/// Where `text` starts with a duration as [`took`] writes it, what follows it.
pub(super) fn after_duration(text: &str) -> Option<&str> {
    let (rest, unit) = after_number(text)?;
    match unit {
        "min" | "h" => match after_number(rest.strip_prefix(' ').unwrap_or(rest)) {
            Some((rest, _)) => Some(rest),
            None => Some(rest),
        },
        _ => Some(rest),
    }
}

fn after_number(text: &str) -> Option<(&str, &'static str)> {
    let rest = text.trim_start_matches(|part: char| part.is_ascii_digit() || part == '.');
    if rest.len() == text.len() || text.starts_with('.') {
        return None;
    }
    let rest = rest.strip_prefix(' ')?;
    ["ms", "s", "min", "h"].into_iter().find_map(|unit| {
        let rest = rest.strip_prefix(unit)?;
        let ends = !rest.starts_with(|part: char| part.is_alphanumeric());
        ends.then_some((rest, unit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        for (millis, shown) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1.0 s"),
            (1_399, "1.3 s"),
            (59_999, "59.9 s"),
            (65_000, "1 min 5 s"),
            (3_720_000, "1 h 2 min"),
        ] {
            let text = took(Duration::from_millis(millis));
            assert_eq!(text, shown);
            assert_eq!(after_duration(&format!("{text} · x")), Some(" · x"));
        }
        assert_eq!(round_trip(Duration::from_micros(1_290)), "1.2 ms");
        assert_eq!(after_duration("2s"), None);
        assert_eq!(after_duration(". s"), None);
        assert_eq!(after_duration("5 small"), None);
    }

    #[test]
    fn stamps_of_every_clock_are_told() {
        let style = |clock| Style {
            clock,
            matched_only: false,
            messages: 1,
            bytes: 1,
            began: "2026-11-22T23:59:59.9Z".parse().unwrap(),
        };
        let at = Duration::from_millis(1_234);
        let stamp = |clock| stamp(&style(clock), Duration::from_millis(1), at);
        assert_eq!(stamp(TimeColumn::Utc), "00:00:01.134  ");
        assert_eq!(stamp(TimeColumn::Offset), "+1.233  ");
        assert_eq!(stamp(TimeColumn::None), "");
        for clock in [
            TimeColumn::Utc,
            TimeColumn::Local,
            TimeColumn::Offset,
            TimeColumn::None,
        ] {
            assert_eq!(without_stamp(&format!("{}→ ping", stamp(clock))), "→ ping");
        }
        assert_eq!(without_stamp("1:2  x"), "1:2  x");
        assert_eq!(
            date(style(TimeColumn::Utc).began),
            "2026-11-22T23:59:59.900Z"
        );
        let far = super::stamp(&style(TimeColumn::Utc), Duration::ZERO, Duration::MAX);
        assert_eq!(far, "23:59:59.900  ");
    }
}
