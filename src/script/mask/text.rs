//! `@mask /REGEX/`: text with `…` where it matches, in JSON as in any other text.

use std::ops::Range;

use regex::Regex;

use crate::format::json::{JsonTokenKind, tokens};

/// What masked values look like.
pub(super) const MASKED: &str = "…";

/// Masks the first group of each match, or all of it. What stands outside of strings in JSON becomes a string.
pub(super) fn mask_regex(
    text: &str,
    regex: &Regex,
    is_json: bool,
    secrets: &dyn Fn(&[u8]) -> Vec<Range<usize>>,
) -> Option<String> {
    let places: Vec<Range<usize>> = regex
        .captures_iter(text)
        .filter_map(|groups| Some(groups.get(1).or(groups.get(0))?.range()))
        .filter(|range| !range.is_empty())
        .collect();
    if places.is_empty() {
        return None;
    }
    let places = over_secrets(places, &secrets(text.as_bytes()));
    let strings = is_json.then(|| Strings::of(text));
    let mut masked = String::new();
    let mut end = 0;
    for range in places {
        if range.start < end {
            continue;
        }
        masked.push_str(text.get(end..range.start)?);
        let outside = strings
            .as_ref()
            .is_some_and(|strings| !strings.hold(range.start) && !strings.hold(range.end));
        masked.push_str(if outside { "\"…\"" } else { MASKED });
        end = range.end;
    }
    masked.push_str(text.get(end..)?);
    Some(masked)
}

/// Places that take in whole every secret of which they would take a part: half of one could not be found any more.
fn over_secrets(places: Vec<Range<usize>>, secrets: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut over: Vec<Range<usize>> = Vec::with_capacity(places.len());
    for mut place in places {
        for secret in secrets {
            if secret.start < place.end && place.start < secret.end {
                place = place.start.min(secret.start)..place.end.max(secret.end);
            }
        }
        match over.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ => over.push(place),
        }
    }
    over
}

/// Where the strings of a JSON text stand.
struct Strings(Vec<Range<usize>>);

impl Strings {
    fn of(json: &str) -> Self {
        let strings = tokens(json.as_bytes()).filter(|token| token.kind == JsonTokenKind::String);
        Self(strings.map(|token| token.range).collect())
    }

    /// Whether a place lies inside a string.
    fn hold(&self, at: usize) -> bool {
        let before = self.0.partition_point(|string| string.start < at);
        let last = before.checked_sub(1).and_then(|last| self.0.get(last));
        last.is_some_and(|string| at < string.end)
    }
}
