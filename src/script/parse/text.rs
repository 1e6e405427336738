//! Pieces of a block's text that know where they stand, and bodies put together of them. Knows no grammar.

use std::ops::Range;

use crate::source::Span;

/// What separates words; a line break separates lines.
const BLANKS: [char; 3] = [' ', '\t', '\r'];

/// A piece of the block's text.
#[derive(Clone, Copy, Debug)]
pub(in crate::script) struct Piece<'a> {
    pub(in crate::script) text: &'a str,
    pub(in crate::script) at: usize,
}

impl<'a> Piece<'a> {
    pub(in crate::script) fn new(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    pub(super) fn span(self) -> Span {
        Span::new(self.at, self.at + self.text.len())
    }

    pub(super) fn is_empty(self) -> bool {
        self.text.is_empty()
    }

    pub(super) fn is_blank(self) -> bool {
        self.trim().is_empty()
    }

    /// From `offset` on; nothing where no character starts.
    pub(super) fn from(self, offset: usize) -> Self {
        Self::new(
            self.text.get(offset..).unwrap_or_default(),
            self.at + offset.min(self.text.len()),
        )
    }

    /// Up to `offset`.
    pub(super) fn to(self, offset: usize) -> Self {
        Self::new(self.text.get(..offset).unwrap_or_default(), self.at)
    }

    pub(super) fn trim_start(self) -> Self {
        let trimmed = self.text.trim_start_matches(BLANKS);
        self.from(self.text.len() - trimmed.len())
    }

    pub(super) fn trim_end(self) -> Self {
        Self::new(self.text.trim_end_matches(BLANKS), self.at)
    }

    pub(super) fn trim(self) -> Self {
        self.trim_start().trim_end()
    }

    /// The first word and the trimmed rest. Blanks inside `{{…}}` do not end a word.
    pub(super) fn word(self) -> (Self, Self) {
        let piece = self.trim_start();
        let mut at = 0;
        let mut closes = true;
        let is_plain = |byte: &u8| byte.is_ascii_graphic() && *byte != b'{';
        loop {
            let rest = piece.text.get(at..).unwrap_or_default();
            at += rest.bytes().take_while(is_plain).count();
            let rest = piece.text.get(at..).unwrap_or_default();
            let Some(next) = rest.chars().next().filter(|next| !BLANKS.contains(next)) else {
                break;
            };
            let close = (closes && rest.starts_with("{{")).then(|| rest.find("}}"));
            closes &= close != Some(None);
            at += close
                .flatten()
                .map_or(next.len_utf8(), |close| close + "}}".len());
        }
        (piece.to(at), piece.from(at).trim())
    }

    /// The piece behind `prefix`, if it starts with that.
    pub(super) fn strip(self, prefix: &str) -> Option<Self> {
        let rest = self.text.strip_prefix(prefix)?;
        Some(Self::new(rest, self.at + prefix.len()))
    }

    /// The piece before `suffix`, or all of it.
    pub(super) fn strip_end(self, suffix: &str) -> Self {
        Self::new(self.text.strip_suffix(suffix).unwrap_or(self.text), self.at)
    }

    /// The pieces between `separator`s.
    pub(super) fn split(self, separator: char) -> impl Iterator<Item = Self> {
        let mut at = self.at;
        self.text.split(separator).map(move |text| {
            let piece = Self::new(text, at);
            at += text.len() + separator.len_utf8();
            piece
        })
    }
}

/// A text that was put together of pieces, each place of which can be told in the block's text.
#[derive(Clone, Debug, Default)]
pub(super) struct Cooked {
    text: String,
    /// Where a piece begins that does not continue the one before it: here, and in the block's text.
    cuts: Vec<(usize, usize)>,
}

impl From<Piece<'_>> for Cooked {
    fn from(piece: Piece<'_>) -> Self {
        let mut cooked = Self::default();
        cooked.push(piece);
        cooked
    }
}

impl Cooked {
    pub(super) fn push(&mut self, piece: Piece<'_>) {
        if self.cuts.is_empty() || self.origin(self.text.len()) != piece.at {
            self.cuts.push((self.text.len(), piece.at));
        }
        self.text.push_str(piece.text);
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where, between two offsets, a piece begins that does not continue the one before it.
    pub(super) fn cuts(&self, start: usize, end: usize) -> impl Iterator<Item = usize> {
        let first = self.cuts.partition_point(|(cut, _)| *cut <= start);
        let last = self.cuts.partition_point(|(cut, _)| *cut < end).max(first);
        let between = self.cuts.get(first..last).unwrap_or_default();
        between.iter().map(|(start, _)| *start)
    }

    pub(super) fn origin(&self, offset: usize) -> usize {
        let piece = self.cuts.partition_point(|(start, _)| *start <= offset);
        self.cuts
            .get(piece.wrapping_sub(1))
            .map_or(0, |(start, at)| at + (offset - start))
    }

    pub(super) fn span(&self, range: Range<usize>) -> Span {
        if range.is_empty() {
            return Span::at(self.origin(range.start));
        }
        // The end belongs to the piece of the last byte.
        Span::new(self.origin(range.start), self.origin(range.end - 1) + 1)
    }

    pub(super) fn whole(&self) -> Span {
        self.span(0..self.text.len())
    }

    /// The same from `offset` on.
    pub(super) fn tail(&self, offset: usize) -> Self {
        let mut rest = Self::default();
        rest.append(self, offset..self.text.len());
        rest
    }

    /// Adds a part of another one.
    pub(super) fn append(&mut self, other: &Self, range: Range<usize>) {
        let mut start = range.start;
        for end in other.cuts(range.start, range.end).chain([range.end]) {
            let text = other.text.get(start..end).unwrap_or_default();
            self.push(Piece::new(text, other.origin(start)));
            start = end;
        }
    }

    /// The text between trimmed ends, blanks and line breaks alike.
    pub(super) fn trimmed(&self) -> Self {
        let start = self.text.len() - self.text.trim_ascii_start().len();
        let mut rest = self.tail(start);
        let end = rest.text.trim_ascii_end().len();
        rest.text.truncate(end);
        rest.cuts.retain(|(start, _)| *start <= end);
        rest
    }
}
