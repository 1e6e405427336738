//! Which values change by nature from run to run, and the placeholders that take them: UUIDs, times, random words.
//! Knows single values; knows no messages.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::literal::LiteralPart;

/// Placeholders that one text has at most: more of them say nothing any more.
const MOST_SLOTS: usize = 24;

/// What looks like a date and a time, but has no offset.
const LOCAL_TIME: &str = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?";

/// Words of names whose numbers are times or durations.
const TIME_WORDS: [&str; 11] = [
    "TS",
    "TIME",
    "TIMESTAMP",
    "UPTIME",
    "ELAPSED",
    "LATENCY",
    "DURATION",
    "TOOK",
    "EPOCH",
    "MILLIS",
    "RTT",
];

/// The placeholder that stands for a whole string, outside of quotes.
pub(super) fn of_string(text: &str) -> Option<String> {
    let found = VolatileValue::first(text)?;
    if found.range != (0..text.len()) {
        return None;
    }
    Some(match found.kind {
        VolatileKind::Uuid => "{{$uuid}}".to_owned(),
        VolatileKind::Datetime => "{{$datetime}}".to_owned(),
        VolatileKind::LocalTime => format!("{{{{$match /^{LOCAL_TIME}$/}}}}"),
        // In quotes: it is a string that holds a number.
        VolatileKind::Epoch => "\"{{$integer}}\"".to_owned(),
        VolatileKind::Word => "{{$string}}".to_owned(),
    })
}

/// The placeholder for a number that is a time: an epoch, or one whose name says so.
pub(super) fn of_number(number: &str, key: &str) -> Option<&'static str> {
    let words = crate::redact::words_of(key);
    let named = words
        .iter()
        .any(|word| TIME_WORDS.contains(&word.to_ascii_uppercase().as_str()));
    let whole = number.split('.').next().unwrap_or_default();
    (named || is_epoch(whole)).then(|| of_kind(number))
}

/// The placeholder for any number of a kind.
pub(super) fn of_kind(number: &str) -> &'static str {
    if number.contains(['.', 'e', 'E']) {
        "{{$number}}"
    } else {
        "{{$integer}}"
    }
}

/// A text with placeholders where something in it changes by nature.
pub(super) fn in_text(text: &str) -> Vec<LiteralPart> {
    let mut fragments = Vec::new();
    let mut rest = text;
    let mut slots = 0;
    while let Some(found) = VolatileValue::first(rest).filter(|_| slots < MOST_SLOTS) {
        let (before, behind) = (rest.get(..found.range.start), rest.get(found.range.end..));
        let (Some(before), Some(behind)) = (before, behind) else {
            break;
        };
        if !before.is_empty() {
            fragments.push(LiteralPart::Words(before.to_owned()));
        }
        fragments.push(LiteralPart::Slot(found.kind.slot().to_owned()));
        slots += 1;
        rest = behind;
    }
    if !rest.is_empty() || fragments.is_empty() {
        fragments.push(LiteralPart::Words(rest.to_owned()));
    }
    fragments
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, of a year between 2010 and 2049.
pub(super) fn is_epoch(digits: &str) -> bool {
    let scale = match digits.len() {
        10 => 1,
        13 => 1_000,
        16 => 1_000_000,
        19 => 1_000_000_000,
        _ => return false,
    };
    let number: u64 = digits.parse().unwrap_or_default();
    (1_262_304_000..2_524_608_000).contains(&(number / scale))
}

/// Whether a string is a word that a machine has made up: long, with no blank, and of letters and digits that nobody
/// chose.
pub(super) fn is_random(text: &str) -> bool {
    let length = text.len();
    if !(16..=256).contains(&length) {
        return false;
    }
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=');
    if !text.bytes().all(is_part) {
        return false;
    }
    let count = |is: fn(&u8) -> bool| text.as_bytes().iter().filter(|byte| is(byte)).count();
    let digits = count(u8::is_ascii_digit);
    let (upper, lower) = (count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let marks = length - digits - upper - lower;
    if marks == 0 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return digits >= 3 && upper + lower >= 3;
    }
    // ULIDs are of capitals alone; other identifiers mix all three.
    let is_ulid = length == 26 && lower == 0 && marks == 0 && digits >= 3 && upper >= 3;
    is_ulid || (digits >= 2 && upper >= 3 && lower >= 3 && marks <= 2 && turns(text) >= length / 3)
}

/// How often a text turns from one kind of character to another.
fn turns(text: &str) -> usize {
    let kind = |byte: u8| match byte {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        b'a'..=b'z' => 2,
        _ => 3,
    };
    let pairs = text.bytes().zip(text.bytes().skip(1));
    pairs
        .filter(|(one, next)| kind(*one) != kind(*next))
        .count()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum VolatileKind {
    Uuid,
    Datetime,
    LocalTime,
    Epoch,
    /// A word that a machine has made up.
    Word,
}

impl VolatileKind {
    /// As it stands within a text.
    fn slot(self) -> &'static str {
        match self {
            Self::Uuid => "{{$uuid}}",
            Self::Datetime => "{{$datetime}}",
            Self::LocalTime => r"{{$match /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?/}}",
            Self::Epoch => "{{$integer}}",
            Self::Word => "{{$any}}",
        }
    }
}

struct VolatileValue {
    range: Range<usize>,
    kind: VolatileKind,
}

impl VolatileValue {
    /// The first value in a text that changes by nature, and that nothing of a word touches.
    fn first(text: &str) -> Option<Self> {
        static VALUES: LazyLock<Option<Regex>> = LazyLock::new(|| {
            let uuid = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";
            let offset = r"(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)";
            let source = format!(
                r"(?<uuid>{uuid})|(?<datetime>\d{{4}}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?{offset})|(?<local>{LOCAL_TIME})|(?<epoch>\d{{10,19}})|(?<word>[A-Za-z0-9_=-]{{16,256}})"
            );
            Regex::new(&source).ok()
        });
        let values = VALUES.as_ref()?;
        let mut at = 0;
        while let Some(groups) = values.captures_at(text, at) {
            let whole = groups.get(0)?;
            at = whole.end();
            let kind = ["uuid", "datetime", "local", "epoch", "word"]
                .into_iter()
                .position(|name| groups.name(name).is_some());
            let kind = match kind? {
                0 => VolatileKind::Uuid,
                1 => VolatileKind::Datetime,
                2 => VolatileKind::LocalTime,
                3 if is_epoch(whole.as_str()) => VolatileKind::Epoch,
                3 => continue,
                _ if is_random(whole.as_str()) => VolatileKind::Word,
                _ => {
                    // Something may begin within the word.
                    at = whole.start() + next_start(whole.as_str());
                    continue;
                }
            };
            if stands_alone(text, &whole.range()) {
                return Some(Self {
                    range: whole.range(),
                    kind,
                });
            }
        }
        None
    }
}

/// Where in a word the next one may begin: behind its first mark.
fn next_start(word: &str) -> usize {
    let mark = word.find(['-', '_', '=']);
    mark.map_or(word.len(), |mark| mark + 1)
}

/// Whether no letter, digit or fraction touches a stretch of a text.
fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let before = text
        .get(..range.start)
        .and_then(|text| text.chars().next_back());
    let mut behind = text.get(range.end..).unwrap_or_default().chars();
    let after = behind.next();
    let fraction = after == Some('.') && behind.next().is_some_and(|next| next.is_ascii_digit());
    let touches = |next: Option<char>| next.is_some_and(char::is_alphanumeric);
    !touches(before) && !touches(after) && !fraction && before != Some('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_values_have_placeholders() {
        for (text, slot) in [
            ("5f0c1e52-9b1c-4d3e-8a7f-0123456789ab", Some("{{$uuid}}")),
            ("2026-11-22T12:03:04.101Z", Some("{{$datetime}}")),
            ("2026-11-22T12:03:04+01:00", Some("{{$datetime}}")),
            ("1795348984101", Some("\"{{$integer}}\"")),
            ("BTC-USD", None),
            ("1234567890", None),
            ("hello", None),
            ("507f1f77bcf86cd799439011", Some("{{$string}}")),
            ("id 507f1f77bcf86cd799439011", None),
        ] {
            assert_eq!(of_string(text).as_deref(), slot, "{text}");
        }
        assert!(of_string("2026-11-22 12:03:04").unwrap().contains("$match"));
    }

    #[test]
    fn texts_have_placeholders_within() {
        for (text, shown) in [
            (
                r#"0{"sid":"lv8VI97HAXpY6yYWAAAB","n":25000}"#,
                r#"0{"sid":"{{$any}}","n":25000}"#,
            ),
            (
                "req-5f0c1e52-9b1c-4d3e-8a7f-0123456789ab!",
                "req-{{$uuid}}!",
            ),
            (
                "a subscription_confirmed at 1795348984",
                "a subscription_confirmed at {{$integer}}",
            ),
        ] {
            let parts = in_text(text);
            let told = parts.iter().map(|part| match part {
                LiteralPart::Words(text) | LiteralPart::Slot(text) => text.as_str(),
            });
            assert_eq!(told.collect::<String>(), shown);
        }
    }

    #[test]
    fn numbers_are_times_by_size_or_by_name() {
        assert_eq!(of_number("1795348984", "x"), Some("{{$integer}}"));
        assert_eq!(of_number("1795348984.5", "x"), Some("{{$number}}"));
        assert_eq!(of_number("12.5", "latencyMs"), Some("{{$number}}"));
        assert_eq!(of_number("12", "timeout"), None);
        assert_eq!(of_number("1234567890123456789012", "id"), None);
    }

    #[test]
    fn random_words_are_told() {
        for word in [
            "507f1f77bcf86cd799439011",
            "lv8VI97HAXpY6yYWAAAB",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        ] {
            assert!(is_random(word), "{word}");
        }
        for word in [
            "BTC-USD-PERPETUAL",
            "subscription_confirmed",
            "2026-11-22",
            "connectionInitialised",
            "aaaaaaaaaaaaaaaaaaaa",
        ] {
            assert!(!is_random(word), "{word}");
        }
    }
}
