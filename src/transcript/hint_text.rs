//! What would let vary a stretch of text, and bytes.

use std::fmt::Write as _;
use std::ops::Range;

use super::hint::{Hint, QUOTED, brief, placeholder_of_text};
use super::render::words;
use crate::source::Span;

/// Bytes of a message whose pattern can be read.
const MOST_BYTES: usize = 16;

/// Text in which one stretch of words differs.
pub(super) fn of_text(
    step: Option<Span>,
    format: &str,
    fresh: &str,
    recorded: &str,
) -> Option<Hint> {
    let (ours, theirs) = (words(fresh), words(recorded));
    let word = |text: &'_ str, range: &Range<usize>| {
        text.get(range.clone()).unwrap_or_default().to_owned()
    };
    let same =
        |(our, their): &(&Range<usize>, &Range<usize>)| word(fresh, our) == word(recorded, their);
    let start = ours.iter().zip(&theirs).take_while(same).count();
    let most = ours.len().min(theirs.len()) - start;
    let end = ours
        .iter()
        .rev()
        .zip(theirs.iter().rev())
        .take(most)
        .take_while(same)
        .count();
    let stretch = |text: &'_ str, words: &[Range<usize>]| {
        let from = words.get(start).map_or(text.len(), |word| word.start);
        let to = words
            .len()
            .checked_sub(end + 1)
            .and_then(|last| words.get(last))
            .map_or(from, |word| word.end);
        text.get(from..to.max(from)).unwrap_or_default().to_owned()
    };
    let (now, then) = (stretch(fresh, &ours), stretch(recorded, &theirs));
    let before: String = ours
        .iter()
        .take(start)
        .map(|range| word(fresh, range))
        .collect();
    let was = match then.as_str() {
        "" => format!("`{}` is new", brief(&now)),
        then => format!("`{}` was `{}`", brief(&now), brief(then)),
    };
    let open = placeholder_of_text(&now, &then);
    let text = if step.is_some() {
        let whose = match format {
            "close" => "pattern of the reason".to_owned(),
            "ping" | "pong" => "pattern of the data".to_owned(),
            format => format!("{format} pattern"),
        };
        format!("{was}: write `{open}` in its place in the {whose} to let it vary")
    } else {
        // As much of what stands before it as tells the place.
        let near: String = before.chars().rev().take(QUOTED / 2).collect();
        let near: String = near.chars().rev().collect();
        let near = regex::escape(&near).replace('/', "\\/");
        format!("{was}: `@mask /{near}(\\S+)/` lets it vary")
    };
    (!before.is_empty() || step.is_some()).then_some(Hint { step, text })
}

/// Bytes that differ, of messages of which those at some places are open already: `??` in a pattern that is short, else a mask.
pub(super) fn of_bytes(
    step: Option<Span>,
    (now, then): (&[u8], &[u8]),
    open: &[Range<usize>],
) -> Vec<Hint> {
    if now.len() != then.len() {
        let text = "the bytes have another length: `@mask binary` lets them vary";
        return vec![Hint {
            step,
            text: text.to_owned(),
        }];
    }
    let hexed = |bytes: &[u8], range: &Range<usize>| {
        let bytes = bytes.get(range.clone()).unwrap_or_default();
        let pairs = bytes.iter().map(|byte| format!("{byte:02x}"));
        brief(&pairs.collect::<Vec<_>>().join(" "))
    };
    let hint = |range: Range<usize>| {
        let (whose, was, is) = if range.len() == 1 {
            (format!("byte {}", range.start), "was", "is")
        } else {
            let whose = format!("bytes {} to {}", range.start, range.end - 1);
            (whose, "were", "are")
        };
        let (before, after) = (hexed(then, &range), hexed(now, &range));
        let cure = match step {
            Some(_) if now.len() <= MOST_BYTES => {
                let pattern = hex_pattern((now, then), open);
                format!("write `{pattern}` as the pattern to let this vary")
            }
            _ => format!(
                "`@mask binary {}..{}` lets this vary",
                range.start, range.end
            ),
        };
        let text = format!("{whose} {was} {before}, and {is} {after}: {cure}");
        Hint { step, text }
    };
    changed(now, then).into_iter().map(hint).collect()
}

/// Where bytes differ.
fn changed(now: &[u8], then: &[u8]) -> Vec<Range<usize>> {
    let mut changed: Vec<Range<usize>> = Vec::new();
    for (at, _) in (now.iter().zip(then).enumerate()).filter(|(_, (one, other))| one != other) {
        match changed.last_mut().filter(|last| last.end == at) {
            Some(last) => last.end = at + 1,
            None => changed.push(at..at + 1),
        }
    }
    changed
}

/// The pattern that leaves open what differs, and what is open already.
fn hex_pattern((now, then): (&[u8], &[u8]), open: &[Range<usize>]) -> String {
    let mut pattern = "hex".to_owned();
    for (at, (one, other)) in now.iter().zip(then).enumerate() {
        if one != other || open.iter().any(|open| open.contains(&at)) {
            pattern.push_str(" ??");
        } else {
            // Writing to a string cannot fail.
            let _ = write!(pattern, " {one:02x}");
        }
    }
    pattern
}
