//! What values look like that are others in each run: how long one is, and what may stand beside it.

use crate::protocol::GeneratedKind;

/// From this length on no other text is taken for a value by chance.
pub(super) const TELLING: usize = 6;

/// From this length on a value that could be base64 is taken for it: another one has other marks in it.
const ENCODED: usize = 16;

/// What may stand next to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    /// Nothing of its own kind does, so that its length may differ.
    Free,
    /// Something does, but it is too long to be there by chance.
    Packed,
}

/// What may stand next to the value at a place, where something may; else it is not a value.
pub(super) fn stands_alone(
    text: &str,
    start: usize,
    end: usize,
    kind: GeneratedKind,
) -> Option<Guard> {
    let before = text.get(..start)?.chars().next_back();
    let mut after = text.get(end..)?.chars();
    let next = after.next();
    let kind = match kind {
        GeneratedKind::Kept => kind_of(text.get(start..end)?),
        kind => kind,
    };
    let is_part: fn(char) -> bool = match kind {
        GeneratedKind::Uuid | GeneratedKind::Timestamp | GeneratedKind::Kept => {
            return Some(Guard::Free);
        }
        GeneratedKind::Integer => |part| part.is_ascii_digit(),
        GeneratedKind::Word => |part| part.is_ascii_alphanumeric(),
    };
    // `7` in `0.7` or `7.5` is not an integer.
    let is_fraction = kind == GeneratedKind::Integer
        && (before == Some('.') || next == Some('.') && after.next().is_some_and(is_part));
    if !before.is_some_and(is_part) && !next.is_some_and(is_part) && !is_fraction {
        return Some(Guard::Free);
    }
    (end - start >= TELLING).then_some(Guard::Packed)
}

/// What a value that was kept looks like: what has a mark in it is taken for itself wherever it stands.
fn kind_of(value: &str) -> GeneratedKind {
    let digits = value.strip_prefix('-').unwrap_or(value);
    if !digits.is_empty()
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        GeneratedKind::Integer
    } else if value.chars().all(char::is_alphanumeric) {
        GeneratedKind::Word
    } else {
        GeneratedKind::Kept
    }
}

/// How long a value of that kind is at the start of `text`.
pub(super) fn length(text: &str, value: &str, kind: GeneratedKind, guard: Guard) -> Option<usize> {
    let count = |is_part: fn(&u8) -> bool| text.bytes().take_while(is_part).count();
    match kind {
        GeneratedKind::Kept => {
            let encoded = value.len() >= ENCODED && value.chars().all(is_base64);
            let is_part = |part: char| {
                part.is_alphanumeric() || value.contains(part) || encoded && is_base64(part)
            };
            let length = text.find(|part| !is_part(part)).unwrap_or(text.len());
            (length > 0).then_some(length)
        }
        GeneratedKind::Uuid => uuid(text).then_some(36),
        GeneratedKind::Timestamp => timestamp(text),
        GeneratedKind::Integer => {
            let sign = usize::from(text.starts_with('-'));
            let digits = text
                .bytes()
                .skip(sign)
                .take_while(u8::is_ascii_digit)
                .count();
            match guard {
                Guard::Free => (digits > 0).then_some(sign + digits),
                Guard::Packed => (sign + digits >= value.len()).then_some(value.len()),
            }
        }
        GeneratedKind::Word => {
            let letters = count(u8::is_ascii_alphanumeric);
            let fits = match guard {
                Guard::Free => letters == value.len(),
                Guard::Packed => letters >= value.len(),
            };
            fits.then_some(value.len())
        }
    }
}

/// Whether it stands in base64 of either alphabet, or percent-encoded.
fn is_base64(part: char) -> bool {
    part.is_ascii_alphanumeric() || "+/=-_%".contains(part)
}

/// Whether a UUID stands at the start.
pub(super) fn uuid(text: &str) -> bool {
    let mut bytes = text.bytes();
    (0..36).all(|at| {
        bytes.next().is_some_and(|byte| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    })
}

/// How long the RFC 3339 time at the start is, its colons and plus also percent-encoded.
pub(super) fn timestamp(text: &str) -> Option<usize> {
    let digits = |text: &'_ str, count: usize| {
        let (digits, _) = text.split_at_checked(count)?;
        digits
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then_some(count)
    };
    let mut at = 0;
    let rest = |at: usize| text.get(at..).unwrap_or_default();
    let mark = |at: usize, marks: &[&str]| {
        let mark = marks.iter().find(|mark| rest(at).starts_with(**mark))?;
        Some(mark.len())
    };
    let colon = ["%3A", "%3a", ":"];
    for (count, marks) in [
        (4, &["-"][..]),
        (2, &["-"]),
        (2, &["T", "t", " "]),
        (2, &colon),
        (2, &colon),
    ] {
        at += digits(rest(at), count)?;
        at += mark(at, marks)?;
    }
    at += digits(rest(at), 2)?;
    if let Some(dot) = mark(at, &["."]) {
        let fraction = rest(at + dot)
            .bytes()
            .take_while(u8::is_ascii_digit)
            .count();
        at += dot + fraction;
    }
    if let Some(zulu) = mark(at, &["Z", "z"]) {
        return Some(at + zulu);
    }
    at += mark(at, &["+", "-", "%2B", "%2b"])?;
    at += digits(rest(at), 2)?;
    at += mark(at, &colon)?;
    Some(at + digits(rest(at), 2)?)
}

/// Whether no two values of a run are equal by chance.
pub(super) fn is_unique(value: &str, kind: GeneratedKind) -> bool {
    match kind {
        GeneratedKind::Uuid | GeneratedKind::Kept => true,
        GeneratedKind::Word => value.len() >= 8,
        GeneratedKind::Timestamp | GeneratedKind::Integer => false,
    }
}

/// Whether two ends of texts that were cut differ in no more than the last `longest` bytes.
pub(super) fn ends_alike(one: &str, other: &str, longest: usize) -> bool {
    let common = one
        .bytes()
        .zip(other.bytes())
        .take_while(|(one, other)| one == other)
        .count();
    one.len().max(other.len()) - common <= longest
}
