//! A text and the places in it, and which of its characters may be shown. Places are byte offsets; lines and columns exist only when something is printed.

pub mod visible;

use std::ops::Range;

/// A half-open range of byte offsets into one text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte; never less than `start`.
    pub end: usize,
}

impl Span {
    /// The span from `start` up to `end`; an `end` before `start` gives an empty span at `start`.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self {
            start,
            end: end.max(start),
        }
    }

    /// The empty span at `offset`.
    #[must_use]
    pub fn at(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    /// The number of bytes.
    #[must_use]
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether it holds no byte.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// The same length, `by` bytes further on.
    #[must_use]
    pub fn shift(self, by: usize) -> Self {
        Self::new(self.start + by, self.end + by)
    }

    /// Whether `offset` lies inside.
    #[must_use]
    pub fn contains(self, offset: usize) -> bool {
        self.start <= offset && offset < self.end
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

impl From<Span> for Range<usize> {
    fn from(span: Span) -> Self {
        span.start..span.end
    }
}

/// A place as people read it: 1-based, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
}

/// A named text whose places can be told as lines and columns.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    text: String,
    /// How many line breaks stand before each stretch of the text, and before its end.
    breaks: Vec<usize>,
}

/// Line breaks are counted up to each so many bytes when a text comes in, and within them when a place is told.
const STRETCH: usize = 4 * PART;

/// The line breaks of so many bytes can be counted in one.
const PART: usize = 240;

/// How many line breaks there are. They are counted in bytes for as long as these suffice: a processor adds up many of
/// them at a time.
pub(crate) fn line_breaks(bytes: &[u8]) -> usize {
    let part = |part: &[u8]| part.iter().map(|byte| u8::from(*byte == b'\n')).sum::<u8>();
    bytes
        .chunks(PART)
        .map(|bytes| usize::from(part(bytes)))
        .sum()
}

impl Source {
    /// `name` is what errors call the text: a path as the user typed it.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let mut breaks = Vec::with_capacity(text.len() / STRETCH + 2);
        breaks.push(0);
        let mut before = 0;
        for stretch in text.as_bytes().chunks(STRETCH) {
            before += line_breaks(stretch);
            breaks.push(before);
        }
        Self {
            name: name.into(),
            text,
            breaks,
        }
    }

    /// What errors call the text.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of a span; empty where the span does not lie in the text on character boundaries.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(Range::from(span)).unwrap_or_default()
    }

    /// The line and column of a byte offset; an offset past the end is the end, and one inside a character that character.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let stretch = offset / STRETCH;
        let bytes = self.text.as_bytes().get(stretch * STRETCH..offset);
        let breaks = self.breaks.get(stretch).copied().unwrap_or_default();
        let line = breaks + line_breaks(bytes.unwrap_or_default()) + 1;
        let before = self.text.get(..offset).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let before = before.get(start..).unwrap_or_default();
        // A byte order mark is not a character that an editor counts.
        let before = if start == 0 {
            before.trim_start_matches('\u{feff}')
        } else {
            before
        };
        Position {
            line,
            column: before.chars().count() + 1,
        }
    }

    /// The byte offset where a 1-based line starts, if there is such a line.
    #[must_use]
    pub fn line_start(&self, line: usize) -> Option<usize> {
        let breaks = line.checked_sub(1)?;
        let behind = self.breaks.partition_point(|before| *before < breaks);
        let Some(stretch) = behind.checked_sub(1) else {
            return Some(0);
        };
        let inside = breaks - self.breaks.get(stretch)?;
        let start = stretch * STRETCH;
        let bytes = self.text.as_bytes().get(start..)?.iter().enumerate();
        let mut ends = bytes.filter(|(_, byte)| **byte == b'\n');
        let (at, _) = ends.nth(inside.checked_sub(1)?)?;
        Some(start + at + 1)
    }
}

/// A text that was taken out of another piece by piece, as a fenced block is taken out of its containers: the prefixes
/// of its lines (`> `, indentation, CR) are left out, and every place in it can be told in the text it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    text: String,
    /// Ascending in both offsets.
    pieces: Vec<Fragment>,
}

/// A run of text whose source is in one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fragment {
    /// Where it starts in the excerpt.
    start: usize,
    /// Where it starts in the source.
    at: usize,
    /// Whether it is the source's own text, byte for byte; else it stands for one byte of it.
    verbatim: bool,
}

impl Fragment {
    /// The source's byte for the byte at `offset` of the excerpt.
    fn origin(self, offset: usize) -> usize {
        if self.verbatim {
            self.at + (offset - self.start)
        } else {
            self.at
        }
    }
}

impl Excerpt {
    /// Appends `text`, which stands at `at` in the source.
    pub fn push(&mut self, text: &str, at: usize) {
        self.append(text, at, true);
    }

    /// Appends `text`, which stands for the one byte at `at` in the source, as blanks do for the rest of a tab.
    pub fn stand_in(&mut self, text: &str, at: usize) {
        self.append(text, at, false);
    }

    fn append(&mut self, text: &str, at: usize, verbatim: bool) {
        self.pieces.push(Fragment {
            start: self.text.len(),
            at,
            verbatim,
        });
        self.text.push_str(text);
    }

    /// The text taken out.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the source goes on behind the last piece; `None` where there is none.
    #[must_use]
    pub fn end(&self) -> Option<usize> {
        let last = self.pieces.last()?;
        Some(if last.verbatim {
            last.origin(self.text.len())
        } else {
            last.at + 1
        })
    }

    /// The place in the source of an offset in this text.
    #[must_use]
    pub fn origin(&self, offset: usize) -> usize {
        if offset >= self.text.len() {
            return self.end().unwrap_or_default();
        }
        let piece = self.pieces.partition_point(|piece| piece.start <= offset);
        self.pieces
            .get(piece.wrapping_sub(1))
            .map_or(0, |piece| piece.origin(offset))
    }

    /// The place in the source of a span in this text.
    #[must_use]
    pub fn span(&self, span: Span) -> Span {
        let start = self.origin(span.start);
        // The end belongs to the piece of the last byte: what follows it may be the next line's prefix.
        let end = if span.is_empty() {
            start
        } else if span.end > self.text.len() {
            self.end().unwrap_or_default()
        } else {
            self.origin(span.end - 1) + 1
        };
        Span::new(start, end)
    }

    /// Whether it stands in the source in one piece: a line that is put into it needs nothing before it.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let all = Span::new(0, self.text.len());
        self.span(all).len() == all.len() && self.pieces.iter().all(|piece| piece.verbatim)
    }

    /// The place in the source of what is to be taken out: where nothing of a line is left, the line goes as a whole.
    #[must_use]
    pub fn removed(&self, span: Span) -> Span {
        let is_blank = |text: &str| text.trim_matches([' ', '\t', '\r']).is_empty();
        let (before, behind) = (self.text.get(..span.start), self.text.get(span.end..));
        let (before, behind) = (before.unwrap_or_default(), behind.unwrap_or_default());
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let whole = behind
            .find('\n')
            .filter(|at| is_blank(behind.get(..*at).unwrap_or_default()))
            .filter(|_| is_blank(before.get(start..).unwrap_or_default()));
        match whole.map(|at| span.end + at + 1) {
            // The prefix of the next line stays, and its own goes with it.
            Some(next) if next < self.text.len() => {
                Span::new(self.origin(start), self.origin(next))
            }
            _ => self.span(span),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters_and_a_byte_order_mark_is_none() {
        let source = Source::new("a.md", "\u{feff}aé日\r\n\nb");
        let places = [
            (0, 1, 1),
            (1, 1, 1),
            (3, 1, 1),
            (4, 1, 2),
            (5, 1, 2),
            (6, 1, 3),
            (9, 1, 4),
            (10, 1, 5),
            (11, 2, 1),
            (12, 3, 1),
            (13, 3, 2),
            (99, 3, 2),
        ];
        for (offset, line, column) in places {
            assert_eq!(
                source.position(offset),
                Position { line, column },
                "{offset}"
            );
        }
        let starts: Vec<_> = (0..5).map(|line| source.line_start(line)).collect();
        assert_eq!(starts, [None, Some(0), Some(11), Some(12), None]);
    }

    #[test]
    fn lines_are_found_in_long_texts() {
        let line = "é".repeat(70) + "\r\n\n";
        let text = line.repeat(200) + &"x".repeat(STRETCH * 2) + "\nlast";
        let source = Source::new("a.md", text.as_str());
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        for (number, start) in starts.iter().enumerate() {
            assert_eq!(source.line_start(number + 1), Some(*start));
            let position = source.position(*start);
            assert_eq!((position.line, position.column), (number + 1, 1));
            let last = source.position(start.saturating_sub(1)).line;
            assert_eq!(last, number.max(1), "{number}");
        }
        assert_eq!(source.line_start(starts.len() + 1), None);
        let whole = Source::new("a.md", "\n".repeat(STRETCH));
        assert_eq!(whole.position(STRETCH).line, STRETCH + 1);
        assert_eq!(whole.line_start(STRETCH + 1), Some(STRETCH));
    }

    #[test]
    fn slices_are_empty_where_there_is_no_text() {
        let source = Source::new("a.md", "aé");
        assert_eq!(source.slice(Span::new(0, 3)), "aé");
        assert_eq!(source.slice(Span::new(0, 2)), "");
        assert_eq!(source.slice(Span::new(2, 9)), "");
    }

    #[test]
    fn a_line_is_taken_out_of_its_containers_as_a_whole() {
        let source = "> a\n>  b \n> c\n";
        let mut excerpt = Excerpt::default();
        for (text, at) in [("a\n", 2), (" b \n", 6), ("c\n", 12)] {
            excerpt.push(text, at);
        }
        for (span, left) in [
            ((3, 4), "> a\n> c\n"),
            ((0, 1), ">  b \n> c\n"),
            ((2, 4), "> a\n> c\n"),
            ((6, 7), "> a\n>  b \n> \n"),
            ((0, 0), "> a\n>  b \n> c\n"),
        ] {
            let mut text = source.to_owned();
            let removed = excerpt.removed(Span::new(span.0, span.1));
            text.replace_range(Range::from(removed), "");
            assert_eq!(text, left, "{span:?}");
        }
    }

    #[test]
    fn places_in_an_excerpt_are_told_in_its_source() {
        let source = ">\tab\r\n> cé\r\n";
        let mut excerpt = Excerpt::default();
        excerpt.stand_in("  ", 1);
        excerpt.push("ab", 2);
        excerpt.push("\n", 5);
        excerpt.push("cé", 8);
        excerpt.push("\n", 12);
        assert_eq!(excerpt.text(), "  ab\ncé\n");
        assert_eq!(excerpt.end(), Some(source.len()));
        let spans = [
            ((0, 1), "\t"),
            ((1, 2), "\t"),
            ((0, 3), "\ta"),
            ((2, 4), "ab"),
            ((4, 5), "\n"),
            ((3, 5), "b\r\n"),
            ((3, 8), "b\r\n> cé"),
            ((5, 8), "cé"),
            ((6, 6), ""),
            ((8, 99), "\n"),
        ];
        for ((start, end), text) in spans {
            let span = excerpt.span(Span::new(start, end));
            assert_eq!(source.get(Range::from(span)), Some(text), "{start}..{end}");
        }
        assert_eq!(excerpt.origin(9), source.len());
        assert_eq!(Excerpt::default().span(Span::new(0, 3)), Span::at(0));
    }
}
