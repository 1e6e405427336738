//! Decoded forms of a text in which every byte knows where it came from: JSON strings unescaped, percent-encoding and
//! character references undone, base64 decoded. Lenient: what is not an escape stands for itself, wherever in the text it is.

use std::ops::Range;

use super::names::named;
use crate::format::json::{JsonTokenKind, tokens};

/// Stands between parts of a view that are apart in its source. No UTF-8 has it, so that no secret reaches across.
pub(super) const GAP: u8 = 0xff;

/// A decoded form.
#[derive(Debug, Default)]
pub(super) struct View {
    /// The text with its escapes undone; what is far from every escape is left out of it.
    pub(super) bytes: Vec<u8>,
    /// The escapes, in order: where they stand decoded, and where in the source.
    escapes: Vec<(Range<usize>, Range<usize>)>,
}

/// Undoes one kind of escapes; `None` where there are none. What is further than `margin` from all of them is left out:
/// it was looked at already.
pub(super) type Decode = fn(&[u8], margin: usize) -> Option<View>;

/// What is to be undone. Layout matters only to secrets that are JSON themselves: printed compact, any layout of them
/// becomes their value. In a form `+` is a blank of such a layout.
pub(super) fn decoders(text: &[u8], is_json: bool) -> impl Iterator<Item = Decode> {
    let all: [(bool, Decode); 5] = [
        (text.contains(&b'\\'), |text, margin| {
            decode(text, b"\\", margin, json)
        }),
        (text.contains(&b'&'), |text, margin| {
            decode(text, b"&", margin, reference)
        }),
        (text.contains(&b'%'), |text, margin| {
            decode(text, b"%", margin, percent)
        }),
        (is_json && text.contains(&b'+'), |text, margin| {
            decode(text, b"%+", margin, percent)
        }),
        (is_json, |text, _| unlaid(text)),
    ];
    all.into_iter()
        .filter_map(|(applies, decode)| applies.then_some(decode))
}

/// JSON without white space outside of strings.
pub(super) fn unlaid(source: &[u8]) -> Option<View> {
    let mut view = View::default();
    for token in tokens(source) {
        if token.kind == JsonTokenKind::Blank {
            let here = view.bytes.len();
            let blanks = token.range.map(|at| (here..here, at..at + 1));
            view.escapes.extend(blanks);
        } else {
            let bytes = source.get(token.range).unwrap_or_default();
            view.bytes.extend_from_slice(bytes);
        }
    }
    (!view.escapes.is_empty()).then_some(view)
}

impl View {
    /// Where decoded bytes came from, whole escapes only.
    pub(super) fn origin(&self, range: Range<usize>) -> Range<usize> {
        if range.is_empty() {
            let at = self.byte(range.start).start;
            return at..at;
        }
        self.byte(range.start).start..self.byte(range.end - 1).end
    }

    /// The source of one decoded byte.
    fn byte(&self, at: usize) -> Range<usize> {
        let index = self
            .escapes
            .partition_point(|(decoded, _)| decoded.start <= at);
        match index
            .checked_sub(1)
            .and_then(|index| self.escapes.get(index))
        {
            None => at..at + 1,
            Some((decoded, source)) if at < decoded.end => source.clone(),
            Some((decoded, source)) => {
                let at = source.end + (at - decoded.end);
                at..at + 1
            }
        }
    }

    /// A part of the source that has no escape in it: all of it, or where that is long, its ends.
    fn copy(&mut self, source: &[u8], part: Range<usize>, margin: usize) {
        if part.len() <= 2 * margin {
            let plain = source.get(part).unwrap_or_default();
            return self.bytes.extend_from_slice(plain);
        }
        let left_out = part.start + margin..part.end - margin;
        self.copy(source, part.start..left_out.start, margin);
        let here = self.bytes.len();
        self.bytes.push(GAP);
        self.escapes.push((here..here + 1, left_out.clone()));
        self.copy(source, left_out.end..part.end, margin);
    }

    fn push(&mut self, decoded: &Decoded, source: Range<usize>) {
        let start = self.bytes.len();
        match decoded {
            Decoded::Byte(byte) => self.bytes.push(*byte),
            Decoded::Character(character) => self
                .bytes
                .extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        self.escapes.push((start..self.bytes.len(), source));
    }
}

/// `one` tells of the text at an escape's mark what it stands for and how long it is.
fn decode(
    source: &[u8],
    marks: &[u8],
    margin: usize,
    one: fn(&[u8]) -> Option<(Decoded, usize)>,
) -> Option<View> {
    let mut view = View::default();
    let mut copied = 0;
    let mut at = 0;
    while let Some(rest) = source.get(at..) {
        let Some(mark) = rest.iter().position(|byte| marks.contains(byte)) else {
            break;
        };
        at += mark;
        match source.get(at..).and_then(one) {
            None => at += 1,
            Some((decoded, length)) => {
                view.copy(source, copied..at, margin);
                view.push(&decoded, at..at + length);
                at += length;
                copied = at;
            }
        }
    }
    if view.escapes.is_empty() {
        return None;
    }
    view.copy(source, copied..source.len(), margin);
    Some(view)
}

enum Decoded {
    Byte(u8),
    Character(char),
}

fn json(text: &[u8]) -> Option<(Decoded, usize)> {
    let byte = match text.get(1)? {
        mark @ (b'"' | b'\\' | b'/') => *mark,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => return unicode(text),
        _ => return None,
    };
    Some((Decoded::Byte(byte), 2))
}

/// `\u0041`, or a surrogate pair of them (RFC 8259, 7).
fn unicode(text: &[u8]) -> Option<(Decoded, usize)> {
    let unit = |at: usize| {
        let is_escape = text.get(at..at + 2) == Some(b"\\u");
        is_escape.then_some(())?;
        u16::try_from(number(text.get(at + 2..at + 6)?, 16)?).ok()
    };
    let first = unit(0)?;
    if let Some(character) = char::from_u32(u32::from(first)) {
        return Some((Decoded::Character(character), 6));
    }
    let pair = [first, unit(6)?];
    let character = char::decode_utf16(pair).next()?.ok()?;
    Some((Decoded::Character(character), 12))
}

fn percent(text: &[u8]) -> Option<(Decoded, usize)> {
    if text.first() == Some(&b'+') {
        return Some((Decoded::Byte(b' '), 1));
    }
    let byte = u8::try_from(number(text.get(1..3)?, 16)?).ok()?;
    Some((Decoded::Byte(byte), 3))
}

fn reference(text: &[u8]) -> Option<(Decoded, usize)> {
    // Leading zeros are legal, but more than a few are not written.
    let length = text.iter().take(16).position(|byte| *byte == b';')?;
    let name = text.get(1..length)?;
    let character = match name {
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        _ => named(std::str::from_utf8(name).ok()?)?,
    };
    Some((Decoded::Character(character), length + 1))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok()?;
    let is_number = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_number.then(|| u32::from_str_radix(digits, radix).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(source: &str) -> Vec<String> {
        let form: Decode = |text, margin| decode(text, b"%+", margin, percent);
        let all = decoders(source.as_bytes(), false);
        all.chain(source.contains('+').then_some(form))
            .filter_map(|decode| decode(source.as_bytes(), 100))
            .map(|view| String::from_utf8(view.bytes).unwrap())
            .collect()
    }

    #[test]
    fn escapes_are_undone_and_all_else_stays() {
        for (source, expected) in [
            (r#"a\"\\\/\n\u0041\ud83d\ude00"#, &["a\"\\/\nA😀"][..]),
            (r"\ud83d \x \u12", &[]),
            ("%41%c3%bc%zz%4", &["Aü%zz%4"]),
            ("%41+", &["A+", "A "]),
            ("a+b", &["a b"]),
            ("&lt;&#65;&#x0041;&eacute;&sol;&nope;&", &["<AAé/&nope;&"]),
            ("nothing", &[]),
        ] {
            assert_eq!(decoded(source), expected, "{source}");
        }
    }

    #[test]
    fn a_decoded_byte_knows_its_source() {
        let view = decode(b"a%c3%bcb", b"%", 100, percent).unwrap();
        assert_eq!(view.origin(0..1), 0..1);
        assert_eq!(view.origin(1..3), 1..7);
        assert_eq!(view.origin(3..4), 7..8);
        let view = decode("\\u00fcx".as_bytes(), b"\\", 100, json).unwrap();
        assert_eq!(view.origin(1..3), 0..7);
    }

    #[test]
    fn what_is_far_from_escapes_is_left_out() {
        let view = decode(b"0123456789%41abcdefghij%42", b"%", 2, percent).unwrap();
        assert_eq!(view.bytes, b"01\xff89Aab\xffijB");
        assert_eq!(view.origin(3..6), 8..13);
        assert_eq!(view.origin(9..12), 21..26);
        let view = decode(b"%41bcde", b"%", 2, percent).unwrap();
        assert_eq!(view.bytes, b"Abcde");
    }
}
