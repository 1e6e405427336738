//! Text put together from pieces, each of which knows its place in the block. Knows no placeholders.

use crate::protocol::Generated;
use crate::script::{Part, Template};
use crate::source::Span;

/// Bytes that are inserted, more or less.
const INSERTED: usize = 8;

/// Bytes that a template's text has, more or less.
pub(super) fn size(template: &Template) -> usize {
    let size = |part: &Part| match part {
        Part::Literal(text, _) => text.len(),
        Part::Placeholder(_) => INSERTED,
    };
    template.parts.iter().map(size).sum()
}

/// Bytes as what a transcript says is read: text, or a character for each byte.
pub(super) fn spelled(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

/// Text and where its pieces came from.
#[derive(Clone, Debug)]
pub(in crate::script) struct Assembled {
    pub(in crate::script) text: String,
    pub(in crate::script) generated: Vec<Generated>,
    whole: Span,
    /// (offset in `text`, place in the block, whether it was copied from there byte by byte), ascending.
    pieces: Vec<(usize, Span, bool)>,
}

impl Assembled {
    /// Nothing yet; room for so many bytes and pieces.
    pub(in crate::script) fn new(whole: Span, bytes: usize, pieces: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
            generated: Vec::new(),
            whole,
            pieces: Vec::with_capacity(pieces),
        }
    }

    /// Nothing yet, with room for a template.
    pub(in crate::script) fn of(template: &Template) -> Self {
        Self::new(template.span, size(template), template.parts.len())
    }

    /// A file's text in place of the path that stands in the block.
    pub(in crate::script) fn of_file(text: String, generated: Vec<Generated>, span: Span) -> Self {
        Self {
            text,
            generated,
            whole: span,
            pieces: Vec::new(),
        }
    }

    /// The words for a line and a column of a file, to which no place in the block belongs.
    pub(super) fn there(&self, line: usize, column: usize) -> String {
        if self.pieces.is_empty() {
            format!(" (line {line}, column {column})")
        } else {
            String::new()
        }
    }

    /// The same for an offset in bytes.
    pub(super) fn there_at(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or(&self.text);
        let line = before.split('\n').count();
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |line| line.chars().count());
        self.there(line, column + 1)
    }

    pub(in crate::script) fn push_literal(&mut self, text: &str, span: Span) {
        self.pieces.push((self.text.len(), span, true));
        self.text.push_str(text);
    }

    /// The same, of a text that is not needed elsewhere.
    pub(in crate::script) fn push_owned(&mut self, text: String, span: Span) {
        if self.text.is_empty() {
            self.pieces.push((0, span, true));
            self.text = text;
        } else {
            self.push_literal(&text, span);
        }
    }

    pub(in crate::script) fn push_inserted(&mut self, text: &str, span: Span) {
        self.pieces.push((self.text.len(), span, false));
        self.text.push_str(text);
    }

    /// The place in the block of an offset in the text: of what was inserted its placeholder.
    pub(in crate::script) fn place(&self, offset: usize) -> Span {
        let after = self
            .pieces
            .partition_point(|(start, _, _)| *start <= offset);
        let Some((start, span, literal)) = self.pieces.get(after.wrapping_sub(1)) else {
            return self.whole;
        };
        if !literal {
            return *span;
        }
        let at = (span.start + (offset - start)).min(span.end);
        Span::new(at, (at + 1).min(span.end))
    }

    /// The place of a line and a column in bytes, both from 1, as parsers tell them.
    pub(in crate::script) fn place_of_line(&self, line: usize, column: usize) -> Span {
        let before: usize = self
            .text
            .split_inclusive('\n')
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum();
        self.place((before + column.saturating_sub(1)).min(self.text.len()))
    }
}

/// Something filled in, and what was generated for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled<T> {
    /// What came out.
    pub value: T,
    /// What was generated for it.
    pub generated: Vec<Generated>,
}

impl From<Assembled> for Filled<String> {
    fn from(assembled: Assembled) -> Self {
        Self {
            value: assembled.text,
            generated: assembled.generated,
        }
    }
}
