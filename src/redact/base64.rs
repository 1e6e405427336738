//! Base64 decoded (RFC 4648, 4 and 5), alone or in the middle of something larger, with padding or without, on one line
//! or wrapped: a view like those of escapes.
//!
//! Where an encoding begins cannot be told: `/`, `+`, `-` and `_` may belong to it or stand beside it. So all that could
//! be base64 is decoded at each of the four places that a byte can begin at in 24 bits.

use std::ops::Range;

use super::views::GAP;

/// A run of more characters is never shown as one, whatever it holds.
const WHOLE: usize = 8192;

/// All that may be base64 in a text, decoded from each of the places where a byte may begin.
#[derive(Debug, Default)]
pub(super) struct Base64View {
    pub(super) bytes: Vec<u8>,
    lines: Vec<DecodedLine>,
}

/// A line of a run, as it is decoded from one of those places.
#[derive(Clone, Debug)]
struct DecodedLine {
    /// Where the run begins, decoded.
    run: usize,
    /// Bits of the run before its first decoded byte.
    offset: usize,
    /// Characters of the run before this line.
    before: usize,
    place: Range<usize>,
    /// Behind the padding.
    padded: usize,
    /// It is text by itself, as a credential is.
    whole: bool,
}

/// Decodes all runs that are long enough to hold something; `None` where there are none.
pub(super) fn decode(source: &[u8], shortest: usize) -> Option<Base64View> {
    let mut view = Base64View::default();
    let mut sextets = Vec::new();
    let mut run = Base64Run::default();
    for (at, byte) in source.iter().enumerate() {
        if SEXTETS[usize::from(*byte)] < 64 {
            if run.length == 0 {
                run.start = at;
            }
            run.length += 1;
            run.end = at + 1;
        } else if run.length > 0 && !continues(*byte, run.end < at) {
            if run.length >= shortest {
                view.push(source, run.start..run.end, &mut sextets);
            }
            run.length = 0;
        }
    }
    if run.length >= shortest.max(1) {
        view.push(source, run.start..run.end, &mut sextets);
    }
    (!view.lines.is_empty()).then_some(view)
}

#[derive(Default)]
struct Base64Run {
    start: usize,
    end: usize,
    /// Characters, without the line breaks among them.
    length: usize,
}

/// Whether a run may go on behind this byte: behind a line break, and the indentation behind that (`wrapped`).
fn continues(byte: u8, wrapped: bool) -> bool {
    matches!(byte, b'\r' | b'\n') || wrapped && matches!(byte, b' ' | b'\t')
}

impl Base64View {
    /// The characters that hold any bit of decoded bytes: the whole line where that is text by itself.
    pub(super) fn origin(&self, range: Range<usize>) -> Range<usize> {
        let last = range.end.saturating_sub(1).max(range.start);
        let (Some((first, start, _)), Some((line, _, end))) =
            (self.characters(range.start), self.characters(last))
        else {
            return 0..0;
        };
        if first.place == line.place && line.whole {
            return line.place.start..line.padded;
        }
        start..if end == line.place.end {
            line.padded
        } else {
            end
        }
    }

    /// Of one decoded byte: the line that its last bit is on, where its first character begins, and where its last ends.
    fn characters(&self, at: usize) -> Option<(&DecodedLine, usize, usize)> {
        let behind = self.lines.partition_point(|line| line.run <= at);
        let DecodedLine { run, offset, .. } = *self.lines.get(behind.checked_sub(1)?)?;
        let bit = offset + (at - run) * 8;
        let place = |character: usize| {
            let before = |line: &DecodedLine| (line.run, line.before) <= (run, character);
            let behind = self.lines.partition_point(before);
            let line = self.lines.get(behind.checked_sub(1)?)?;
            Some((line, line.place.start + character - line.before))
        };
        let (_, start) = place(bit / 6)?;
        let (line, end) = place((bit + 7) / 6)?;
        Some((line, start, end + 1))
    }

    /// Decodes a run, each time with one more character thought before it.
    fn push(&mut self, source: &[u8], run: Range<usize>, sextets: &mut Vec<u8>) {
        let text = source.get(run.clone()).unwrap_or_default();
        let values = text.iter().map(|byte| SEXTETS[usize::from(*byte)]);
        sextets.clear();
        sextets.reserve(text.len() + 3);
        sextets.extend([0; 3]);
        sextets.extend(values.filter(|value| *value < 64));
        let lines = self.lines.len();
        self.bytes.reserve(sextets.len() * 3 + 4);
        for thought in 0..4 {
            if !self.bytes.is_empty() {
                self.bytes.push(GAP);
            }
            let start = self.bytes.len();
            unpack(
                sextets.get(3 - thought..).unwrap_or_default(),
                thought,
                &mut self.bytes,
            );
            let offset = 2 * thought;
            if thought == 0 {
                self.push_lines(source, run.clone(), start);
                continue;
            }
            for at in lines..lines + (self.lines.len() - lines) / thought {
                if let Some(line) = self.lines.get(at).cloned() {
                    self.lines.push(DecodedLine {
                        run: start,
                        offset,
                        ..line
                    });
                }
            }
        }
        for at in lines..self.lines.len() {
            let whole = self.lines.get(at).is_some_and(|line| self.is_whole(line));
            if let Some(line) = self.lines.get_mut(at) {
                line.whole = whole;
            }
        }
    }

    fn push_lines(&mut self, source: &[u8], run: Range<usize>, start: usize) {
        let mut before = 0;
        let mut at = run.start;
        while at < run.end {
            let rest = source.get(at..run.end).unwrap_or_default();
            let part = |byte: &u8| sextet(*byte).is_some();
            let length = rest.iter().take_while(|byte| part(byte)).count();
            let end = at + length;
            self.lines.push(DecodedLine {
                run: start,
                offset: 0,
                before,
                place: at..end,
                padded: padded(source, end),
                whole: false,
            });
            before += length;
            let rest = source.get(end..run.end).unwrap_or_default();
            at = end + rest.iter().take_while(|byte| !part(byte)).count();
        }
    }

    /// Whether a line that was just decoded is text by itself.
    fn is_whole(&self, line: &DecodedLine) -> bool {
        let Some(bits) = (line.before * 6).checked_sub(line.offset) else {
            return false;
        };
        if line.place.len() > WHOLE || bits % 8 != 0 {
            return false;
        }
        let start = line.run + bits / 8;
        let decoded = self.bytes.get(start..start + line.place.len() * 6 / 8);
        let text = decoded.and_then(|decoded| std::str::from_utf8(decoded).ok());
        text.is_some_and(|text| !text.contains(char::is_control))
    }
}

/// Sextets as bytes, but for the first ones.
fn unpack(sextets: &[u8], skip: usize, bytes: &mut Vec<u8>) {
    let start = bytes.len();
    let join = |[a, b, c, d]: [u8; 4]| {
        let [a, b, c, d] = [a, b, c, d].map(u32::from);
        let [_, triple @ ..] = (a << 18 | b << 12 | c << 6 | d).to_be_bytes();
        triple
    };
    let (groups, rest) = sextets.as_chunks::<4>();
    for group in groups {
        bytes.extend_from_slice(&join(*group));
    }
    let mut last = [0; 4];
    for (sextet, place) in rest.iter().zip(&mut last) {
        *place = *sextet;
    }
    bytes.extend(join(last).iter().take(rest.len() * 6 / 8));
    bytes.drain(start..bytes.len().min(start + skip));
}

/// Whether nothing at a place's edges could be more of the same encoding.
pub(super) fn stands_alone(text: &[u8], place: &Range<usize>) -> bool {
    let before = place.start.checked_sub(1).and_then(|at| text.get(at));
    let is_part = |byte: &u8| sextet(*byte).is_some();
    let after = text.get(place.end);
    !before.is_some_and(is_part) && !after.is_some_and(|byte| is_part(byte) || *byte == b'=')
}

/// Behind the padding at `at`.
fn padded(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let padding = rest.iter().take(2).take_while(|byte| **byte == b'=');
    at + padding.count()
}

/// The six bits that a character of either alphabet stands for.
fn sextet(character: u8) -> Option<u8> {
    let value = SEXTETS[usize::from(character)];
    (value < 64).then_some(value)
}

/// What each byte stands for; 64 for those that are of neither alphabet.
const SEXTETS: [u8; 256] = {
    let mut table = [64; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut value = 0;
    while value < 64 {
        table[alphabet[value as usize] as usize] = value;
        value += 1;
    }
    table[b'-' as usize] = 62;
    table[b'_' as usize] = 63;
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_beginning_is_tried() {
        let view = decode(b"x \x01YWJj/w== ab", 4).unwrap();
        let parts: Vec<_> = view.bytes.split(|byte| *byte == GAP).collect();
        assert_eq!(parts[0], b"abc");
        assert_eq!(view.origin(0..1), 3..5);
        assert_eq!(view.origin(1..4), 4..11);
        for (before, expected) in [("", 0), ("v", 3), ("vw", 2), ("v2/", 1), ("v2-3", 0)] {
            let text = format!("{before}YWJjZGVm");
            let view = decode(text.as_bytes(), 4).unwrap();
            let at = view.bytes.windows(6).position(|part| part == b"abcdef");
            let at = at.unwrap();
            let begun = view.bytes[..at].iter().filter(|byte| **byte == GAP);
            assert_eq!(begun.count(), expected, "{before}");
            // All of it, where all of it is text.
            let start = if before.is_empty() {
                0
            } else {
                before.len() + 4
            };
            assert_eq!(view.origin(at + 3..at + 6), start..text.len(), "{before}");
        }
    }

    #[test]
    fn lines_are_joined_and_blanks_part() {
        let view = decode(b"YWJj\r\n  ZGVm ab YWJj", 4).unwrap();
        assert!(view.bytes.starts_with(b"abcdef\xff"));
        let view = decode(b"AGJjZG\n\tVmZ2hp", 4).unwrap();
        assert!(view.bytes.starts_with(b"\0bcdefghi\xff"));
        assert_eq!(view.origin(3..6), 4..10);
        // A line that is text by itself is shown as one.
        assert_eq!(view.origin(1..2), 1..3);
        let at = view.lines.iter().position(|line| line.whole);
        assert_eq!(at, None);
        let view = decode(b"YWJj\nZGVm", 4).unwrap();
        assert_eq!(view.origin(1..2), 0..4);
        assert_eq!(view.origin(4..5), 5..9);
        assert_eq!(view.origin(2..4), 2..7);
    }

    #[test]
    fn nothing_short_is_decoded() {
        assert!(decode(b"abc ab\n\n d! x", 4).is_none());
        assert!(decode(b"", 0).is_none());
        assert!(decode(b"abcd", usize::MAX).is_none());
    }
}
