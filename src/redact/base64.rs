//! Secrets inside base64 (RFC 4648), alone or in the middle of something larger, at any of the three alignments.
//!
//! Six bits make a character, so of a value's encoding all characters but the outermost depend on nothing else: that
//! core is what is searched for. Where it is found, the outer characters are looked at, too.

use std::ops::Range;

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// From this many bytes on a value is told from chance.
const TELLING: usize = 3;

/// A run that is decoded to see whether it is a whole, at most.
const WHOLE: usize = 8192;

/// What surrounds the characters that are searched for.
#[derive(Clone, Debug)]
pub(super) struct Core {
    /// The character before: how many of its low bits are the value's, and what they are.
    before: (u32, u8),
    /// The character behind: how many of its high bits are the value's, and what they are.
    after: (u32, u8),
    /// Characters from the start of the group of four to the value's first one.
    phase: usize,
    /// Nothing but padding may follow, and no base64 stand before.
    alone: bool,
}

/// What to search for to find a value in base64, in either alphabet.
pub(super) fn cores(value: &str) -> Vec<(Vec<u8>, Core)> {
    let mut cores = Vec::new();
    if value.len() < TELLING {
        let whole = Core {
            before: (0, 0),
            after: (0, 0),
            phase: 0,
            alone: true,
        };
        let text = STANDARD.encode(value);
        for text in [text.trim_end_matches('='), &text] {
            push_both(&mut cores, text.as_bytes(), &whole);
        }
        for beside in [format!("{value}:"), format!(":{value}")] {
            push(&mut cores, beside.as_bytes());
        }
        return cores;
    }
    push(&mut cores, value.as_bytes());
    let json = serde_json::Value::from(value).to_string();
    let json = json.trim_matches('"');
    let percent = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    for escaped in [json, &percent] {
        if escaped != value {
            push(&mut cores, escaped.as_bytes());
        }
    }
    cores
}

fn push(cores: &mut Vec<(Vec<u8>, Core)>, value: &[u8]) {
    if value.len() < TELLING {
        return;
    }
    for shift in 0..3 {
        let mut shifted = vec![0; shift];
        shifted.extend_from_slice(value);
        let encoded = STANDARD.encode(&shifted).into_bytes();
        let (start, end) = (shift * 8, shifted.len() * 8);
        let Some(core) = encoded.get(start.div_ceil(6)..end / 6) else {
            continue;
        };
        let bits = |index: usize| {
            encoded
                .get(index)
                .copied()
                .and_then(bits)
                .unwrap_or_default()
        };
        let own_before = u32::try_from((6 - start % 6) % 6).unwrap_or_default();
        let own_after = u32::try_from(end % 6).unwrap_or_default();
        let core_of = Core {
            before: (own_before, bits(start / 6) & low(own_before)),
            after: (own_after, bits(end / 6) & !low(6 - own_after)),
            phase: start.div_ceil(6),
            alone: false,
        };
        push_both(cores, core, &core_of);
    }
}

/// In either alphabet.
fn push_both(cores: &mut Vec<(Vec<u8>, Core)>, text: &[u8], core: &Core) {
    let url_safe: Vec<u8> = text
        .iter()
        .map(|byte| match byte {
            b'+' => b'-',
            b'/' => b'_',
            other => *other,
        })
        .collect();
    if url_safe != text {
        cores.push((url_safe, core.clone()));
    }
    cores.push((text.to_vec(), core.clone()));
}

impl Core {
    /// The bytes of `text` that hold any bit of the value, if it stands there: the whole run where that is text by
    /// itself, as a credential is.
    pub(super) fn cover(&self, text: &[u8], core: Range<usize>) -> Option<Range<usize>> {
        let run = run(text, &core);
        if self.alone {
            let is_alone = run.start == core.start && padded(text, run.end) <= core.end;
            return is_alone.then_some(core);
        }
        let own = |at: Option<usize>, (count, expected): (u32, u8), mask: u8| match (count, at) {
            (0, _) => Some(0),
            (_, Some(at)) if text.get(at).copied().and_then(bits)? & mask == expected => Some(1),
            _ => None,
        };
        let before = own(core.start.checked_sub(1), self.before, low(self.before.0))?;
        let after = own(Some(core.end), self.after, !low(6 - self.after.0) & low(6))?;
        if self.is_whole(text, &run, core.start) {
            return Some(run.start..padded(text, run.end));
        }
        let end = core.end + after;
        let end = if end == run.end {
            padded(text, end)
        } else {
            end
        };
        Some(core.start - before..end)
    }

    fn is_whole(&self, text: &[u8], run: &Range<usize>, core: usize) -> bool {
        if run.len() > WHOLE || (core - run.start) % 4 != self.phase % 4 {
            return false;
        }
        let mut decoded = Vec::with_capacity(run.len());
        let sextets: Vec<u8> = text
            .get(run.clone())
            .unwrap_or_default()
            .iter()
            .filter_map(|byte| bits(*byte))
            .collect();
        for group in sextets.chunks(4) {
            let mut joined = 0_u32;
            for at in 0..4 {
                joined = joined << 6 | u32::from(group.get(at).copied().unwrap_or_default());
            }
            let [_, bytes @ ..] = joined.to_be_bytes();
            decoded.extend(bytes.iter().take(group.len() * 6 / 8));
        }
        std::str::from_utf8(&decoded).is_ok_and(|text| !text.contains(char::is_control))
    }
}

/// The characters around a place that could be of one encoding.
fn run(text: &[u8], place: &Range<usize>) -> Range<usize> {
    let (before, _) = text.split_at_checked(place.start).unwrap_or_default();
    let (_, after) = text.split_at_checked(place.end).unwrap_or_default();
    let is_part = |byte: &&u8| bits(**byte).is_some();
    let start = place.start - before.iter().rev().take(WHOLE).take_while(is_part).count();
    let end = place.end + after.iter().take(WHOLE).take_while(is_part).count();
    start..end
}

/// Behind the padding at `at`.
fn padded(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest
        .iter()
        .take(2)
        .take_while(|byte| **byte == b'=')
        .count()
}

fn low(count: u32) -> u8 {
    (1_u8 << count.min(7)) - 1
}

/// The six bits that a character of either alphabet stands for.
fn bits(character: u8) -> Option<u8> {
    Some(match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}
