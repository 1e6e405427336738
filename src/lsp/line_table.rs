//! Places of a text as editors count them: lines from 0, and in them bytes, or units of UTF-16 or UTF-32. A line ends with
//! LF, CR LF or CR (Language Server Protocol 3.17, "Text Documents").

use serde_json::{Value, json};

use crate::source::Span;

/// What the columns of a line count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum PositionEncoding {
    Utf8,
    /// What every client knows.
    #[default]
    Utf16,
    Utf32,
}

impl PositionEncoding {
    /// The first of those that a client offers which we know.
    pub(super) fn chosen(offered: &[Value]) -> Self {
        let mut known = offered
            .iter()
            .filter_map(|offered| match offered.as_str()? {
                "utf-8" => Some(Self::Utf8),
                "utf-16" => Some(Self::Utf16),
                "utf-32" => Some(Self::Utf32),
                _ => None,
            });
        // Of those a client knows, bytes cost nothing to count.
        let first = known.next().unwrap_or_default();
        if known.any(|other| other == Self::Utf8) {
            Self::Utf8
        } else {
            first
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
            Self::Utf32 => "utf-32",
        }
    }

    /// How many units a text has.
    pub(super) fn width(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Utf16 => text.chars().map(char::len_utf16).sum(),
            Self::Utf32 => text.chars().count(),
        }
    }

    /// The offset of a unit; one inside of a character is that character's start, one past the end is the end.
    fn offset(self, line: &str, column: usize) -> usize {
        let mut left = column;
        for (at, next) in line.char_indices() {
            let width = match self {
                Self::Utf8 => next.len_utf8(),
                Self::Utf16 => next.len_utf16(),
                Self::Utf32 => 1,
            };
            if left < width {
                return at;
            }
            left -= width;
        }
        line.len()
    }
}

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub(super) struct LineTable {
    starts: Vec<usize>,
    encoding: PositionEncoding,
}

impl LineTable {
    pub(super) fn new(text: &str, encoding: PositionEncoding) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        Self {
            starts: std::iter::once(0)
                .chain(ends.map(|(at, _)| at + 1))
                .collect(),
            encoding,
        }
    }

    /// The line of an offset, counted from 0.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset) - 1
    }

    /// Where a line begins, if there is such a line.
    pub(super) fn start(&self, line: usize) -> Option<usize> {
        self.starts.get(line).copied()
    }

    /// A line without its end.
    pub(super) fn text<'t>(&self, text: &'t str, line: usize) -> &'t str {
        let Some(start) = self.start(line) else {
            return "";
        };
        let end = self.start(line + 1).unwrap_or(text.len());
        let line = text.get(start..end).unwrap_or_default();
        line.trim_end_matches(['\n', '\r'])
    }

    pub(super) fn position(&self, text: &str, offset: usize) -> Value {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line(offset);
        let start = self.start(line).unwrap_or_default();
        let before = text.get(start..offset).unwrap_or_default();
        json!({"line": line, "character": self.encoding.width(before)})
    }

    pub(super) fn range(&self, text: &str, span: Span) -> Value {
        json!({"start": self.position(text, span.start), "end": self.position(text, span.end)})
    }

    /// The offset of a position; past the end of its line the end of the line, past the last line the end of the text.
    pub(super) fn offset(&self, text: &str, position: &Value) -> Option<usize> {
        let number = |name: &str| usize::try_from(position.get(name)?.as_u64()?).ok();
        let (line, column) = (number("line")?, number("character")?);
        let Some(start) = self.start(line) else {
            return Some(text.len());
        };
        Some(start + self.encoding.offset(self.text(text, line), column))
    }

    pub(super) fn span(&self, text: &str, range: &Value) -> Option<Span> {
        let start = self.offset(text, range.get("start")?)?;
        let end = self.offset(text, range.get("end")?)?;
        Some(Span::new(start, end))
    }

    pub(super) fn encoding(&self) -> PositionEncoding {
        self.encoding
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_as_agreed_and_read_back() {
        let text = "aé𝄞b\r\n\rx\n日";
        for (encoding, columns) in [
            (PositionEncoding::Utf8, [0, 1, 3, 7, 8]),
            (PositionEncoding::Utf16, [0, 1, 2, 4, 5]),
            (PositionEncoding::Utf32, [0, 1, 2, 3, 4]),
        ] {
            let table = LineTable::new(text, encoding);
            for (offset, column) in [0, 1, 3, 7, 8].into_iter().zip(columns) {
                let position = json!({"line": 0, "character": column});
                assert_eq!(table.position(text, offset), position);
                assert_eq!(table.offset(text, &position), Some(offset));
            }
            assert_eq!(table.starts, [0, 10, 11, 13]);
            assert_eq!(table.position(text, 99)["line"], 3);
            let beyond = [(0, 99, 8), (1, 5, 10), (2, 1, 12), (99, 0, text.len())];
            for (line, character, offset) in beyond {
                let position = json!({"line": line, "character": character});
                assert_eq!(table.offset(text, &position), Some(offset), "{line}");
            }
        }
        let table = LineTable::new(text, PositionEncoding::Utf16);
        let inside = json!({"line": 0, "character": 3});
        assert_eq!(table.offset(text, &inside), Some(3));
        for wrong in [
            json!(null),
            json!({"line": -1, "character": 0}),
            json!({"line": 1}),
        ] {
            assert_eq!(table.offset(text, &wrong), None);
        }
    }

    #[test]
    fn of_what_a_client_offers_bytes_are_taken() {
        let chosen = |offered: Value| PositionEncoding::chosen(offered.as_array().unwrap());
        assert_eq!(chosen(json!([])), PositionEncoding::Utf16);
        assert_eq!(chosen(json!(["utf-16", "utf-8"])), PositionEncoding::Utf8);
        assert_eq!(chosen(json!(["utf-32", "utf-16"])), PositionEncoding::Utf32);
        assert_eq!(chosen(json!(["utf-7", 8])), PositionEncoding::Utf16);
    }
}
