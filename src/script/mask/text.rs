//! `@mask /REGEX/`: text with `…` where it matches, in JSON as in any other text.

use std::ops::Range;

use regex::Regex;

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
    let mut quotes = Quotes::default();
    let mut masked = String::new();
    let mut end = 0;
    for range in places {
        if range.start < end {
            continue;
        }
        masked.push_str(text.get(end..range.start)?);
        let outside =
            is_json && !quotes.inside(text, range.start) && !quotes.inside(text, range.end);
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

/// Whether places in JSON lie inside strings, asked from left to right.
#[derive(Default)]
struct Quotes {
    read: usize,
    inside: bool,
    escape: bool,
}

impl Quotes {
    fn inside(&mut self, json: &str, at: usize) -> bool {
        for byte in json.as_bytes().get(self.read..at).unwrap_or_default() {
            match byte {
                _ if self.escape => self.escape = false,
                b'\\' => self.escape = self.inside,
                b'"' => self.inside = !self.inside,
                _ => {}
            }
        }
        self.read = self.read.max(at);
        self.inside
    }
}
