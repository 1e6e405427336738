//! `@mask binary 4..8`: ranges of bytes, and what was probably meant where there is none.

use std::cmp::Ordering;
use std::ops::Range;

use crate::diagnostic::{Cure, Diagnostic};
use crate::source::Span;

/// A range of bytes to hide, as it was written.
pub(super) struct HiddenRange {
    /// `None`: all bytes.
    pub(super) bytes: Option<Range<usize>>,
    pub(super) text: String,
    pub(super) span: Span,
}

/// What stands behind the word `binary`, as it is.
pub(super) fn behind_binary(source: &str) -> Option<&str> {
    let rest = source.trim_start().strip_prefix("binary")?;
    let ends = rest
        .chars()
        .next()
        .is_none_or(|next| !(next.is_alphanumeric() || next == '_'));
    ends.then_some(rest)
}

/// Ranges of bytes with commas between them; none: all bytes.
pub(super) fn ranges(rest: &str, source: &str, span: Span) -> Result<Vec<HiddenRange>, Diagnostic> {
    if rest.trim().is_empty() {
        return Ok(vec![HiddenRange {
            bytes: None,
            text: source.trim().to_owned(),
            span,
        }]);
    }
    let mut at = source.len() - rest.len();
    let mut ranges = Vec::new();
    for part in rest.split(',') {
        let text = part.trim();
        let start = at + (part.len() - part.trim_start().len());
        at += part.len() + ','.len_utf8();
        let place = Span::new(
            (span.start + start).min(span.end),
            (span.start + start + text.len()).min(span.end),
        );
        let range = range(text).map_err(|meant| {
            let hint = match meant {
                Some(meant) => {
                    Cure::from(format!("did you mean `binary {meant}`?")).put(meant)
                }
                None => "write `binary` for all bytes, or `binary 4..8` for the bytes 4 to 7, counted from 0".into(),
            };
            Diagnostic::error(place, "this is not a range of bytes").hint(hint)
        })?;
        ranges.push(HiddenRange {
            bytes: Some(range),
            text: format!("binary {text}"),
            span: place,
        });
    }
    Ok(ranges)
}

/// `4..8`; else what was probably meant.
fn range(text: &str) -> Result<Range<usize>, Option<String>> {
    let number = |text: &str| text.trim().parse::<usize>().ok();
    let pair = |separator: &str| {
        let (start, end) = text.split_once(separator)?;
        Some((number(start)?, number(end)?))
    };
    if let Some((start, end)) = pair("..") {
        return match start.cmp(&end) {
            Ordering::Less => Ok(start..end),
            Ordering::Equal => Err(Some(format!("{start}..{}", end.saturating_add(1)))),
            Ordering::Greater => Err(Some(format!("{end}..{start}"))),
        };
    }
    let inclusive = ["..=", "...", "-", ":", "–"]
        .iter()
        .find_map(|separator| pair(separator));
    let one = number(text).map(|one| (one, one));
    let meant = inclusive.or(one).filter(|(start, end)| start <= end);
    Err(meant.map(|(start, end)| format!("{start}..{}", end.saturating_add(1))))
}
