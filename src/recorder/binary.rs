//! Binary payloads in scripts: as hexadecimal digits, or as the text that they are.

use super::literal::LiteralPart;

/// Bytes on a line.
const ON_LINE: usize = 16;

/// Bytes of a pattern that somebody still reads.
pub(super) const READABLE: usize = 1 << 10;

/// The text that bytes are: UTF-8 with no controls but CR, LF and tab.
pub(super) fn text_of(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let is_control = |part: char| part.is_control() && !matches!(part, '\r' | '\n' | '\t');
    (!text.contains(is_control)).then_some(text)
}

/// As digits, on the line or below it.
pub(super) fn hex(bytes: &[Option<u8>]) -> String {
    let digits =
        |byte: &Option<u8>| byte.map_or_else(|| "??".to_owned(), |byte| format!("{byte:02x}"));
    let line = |bytes: &[Option<u8>]| bytes.iter().map(digits).collect::<Vec<_>>().join(" ");
    if bytes.is_empty() {
        return " \"\"".to_owned();
    }
    if bytes.len() <= ON_LINE {
        return format!(" hex {}", line(bytes));
    }
    let mut out = String::from(" hex");
    for bytes in bytes.chunks(ON_LINE) {
        out.push('\n');
        out.push_str(&line(bytes));
    }
    out
}

/// What is sent as binary, as it stands behind `->`.
pub(super) fn sent(bytes: &[u8]) -> String {
    match text_of(bytes) {
        Some(text) => super::literal::literals(&[LiteralPart::Words(text.to_owned())]),
        None => hex(&bytes.iter().copied().map(Some).collect::<Vec<_>>()),
    }
}
