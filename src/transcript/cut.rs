//! Long payloads, shortened: what of them is shown, what is said of the rest, and dumps of bytes.

use sha2::{Digest, Sha256};

use crate::protocol::Hidden;

/// How far lines that continue another are indented.
pub(super) const INDENT: &str = "  ";

/// Bytes on a line of a hex dump.
pub(super) const HEX_BYTES: usize = 16;
/// What the text beside the bytes of a dump stands between.
pub(super) const BESIDE: char = '│';

/// A byte that `@mask` hides, in a dump.
pub(super) const MASKED: &str = "··";

/// What is said of a binary message all of which `@mask` hides.
pub(super) fn masked_size(size: usize) -> String {
    let bytes = if size == 1 { "byte" } else { "bytes" };
    format!("… {size} {bytes}")
}

/// Whether that is said, of whatever size.
pub(super) fn is_masked_size(shown: &str) -> bool {
    let counted = shown
        .strip_prefix("… ")
        .and_then(|rest| rest.split_once(' '));
    counted.is_some_and(|(size, unit)| {
        matches!(unit, "byte" | "bytes") && size.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// What was cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rest {
    more: usize,
    /// Of the whole payload, in hexadecimal digits.
    pub(super) sha256: String,
}

impl Rest {
    /// Of a payload of which the first `shown` bytes are shown.
    pub(super) fn of(bytes: &[u8], shown: usize) -> Self {
        Self {
            more: bytes.len() - shown,
            sha256: digest(bytes),
        }
    }

    /// What is said of it.
    pub(super) fn notice(&self) -> String {
        let Self { more, sha256 } = self;
        let bytes = if *more == 1 { "byte" } else { "bytes" };
        format!("… {more} more {bytes}, sha256 of all {sha256}")
    }
}

/// Where to cut: at most at `limit`, on a character's boundary, and in no secret's place.
pub(super) fn cut(bytes: &[u8], hidden: &[Hidden], limit: usize, is_text: bool) -> usize {
    let mut end = limit.min(bytes.len());
    let inside = |end: usize| {
        hidden
            .iter()
            .find(|hidden| hidden.range.start < end && end < hidden.range.end)
    };
    if let Some(hidden) = inside(end) {
        end = hidden.range.start;
    }
    if !is_text {
        return end;
    }
    while bytes.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) && end > 0 {
        end -= 1;
    }
    end
}

/// The SHA-256 of bytes, in hexadecimal digits.
pub(super) fn digest(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    Sha256::digest(bytes)
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// Bytes as lines of a dump, for what stands below a line.
pub(super) fn dump(bytes: &[u8]) -> Vec<String> {
    let hex = |line: &[u8]| {
        let bytes: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        bytes.join(" ")
    };
    bytes.chunks(HEX_BYTES).map(hex).collect()
}

/// The first `limit` bytes of a text or of bytes, and what is said of the rest.
pub(super) fn clip(bytes: &[u8], limit: usize) -> (&[u8], Option<String>) {
    if bytes.len() <= limit {
        return (bytes, None);
    }
    let is_text = std::str::from_utf8(bytes).is_ok();
    let end = cut(bytes, &[], limit, is_text);
    let rest = Rest::of(bytes, end);
    (bytes.get(..end).unwrap_or_default(), Some(rest.notice()))
}

/// A cut payload's text, and the digest that stands in its notice.
pub(super) fn split_notice(shown: &str) -> (&str, Option<&str>) {
    let split = || {
        let (before, notice) = shown.split_at_checked(shown.rfind("… ")?)?;
        let counted = notice.strip_prefix("… ")?;
        let rest = counted.trim_start_matches(|part: char| part.is_ascii_digit());
        let sha256 = rest
            .strip_prefix(" more bytes, sha256 of all ")
            .or_else(|| rest.strip_prefix(" more byte, sha256 of all "))?;
        let is_digest = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then_some((before.trim_end(), Some(sha256)))
    };
    split().unwrap_or((shown, None))
}
