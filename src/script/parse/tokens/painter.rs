//! Collects tokens: in order, disjoint, cut at line ends and around placeholders. Knows no grammar but theirs.

use std::ops::Range;

use super::super::call::TemplatePlace;
use super::super::template::{Syntax, template};
use super::super::text::{Cooked, Piece};
use super::token::{Token, TokenClass};
use crate::source::Span;

pub(super) struct Painter<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token>,
}

/// A stretch of a piece, and what it is.
pub(super) type Stretch = (Range<usize>, TokenClass);

/// A piece of the text with its placeholders.
pub(super) struct Templated<'a> {
    piece: Piece<'a>,
    holes: Vec<Span>,
    /// The same text with an `x` for each byte of a placeholder: it has the places of the original.
    pub(super) masked: String,
}

impl<'a> Templated<'a> {
    /// Finds the placeholders as the parser does.
    pub(super) fn new(piece: Piece<'a>, syntax: Syntax, place: TemplatePlace) -> Self {
        if !piece.text.contains("{{") {
            let masked = piece.text.to_owned();
            let holes = Vec::new();
            return Self {
                piece,
                holes,
                masked,
            };
        }
        let template = template(&Cooked::from(piece), syntax, place, &mut Vec::new());
        let holes: Vec<Span> = template.placeholders().map(|one| one.span).collect();
        let mut masked = String::with_capacity(piece.text.len());
        for hole in &holes {
            let before = piece.at + masked.len();
            let literal = before - piece.at..hole.start - piece.at;
            masked.push_str(piece.text.get(literal).unwrap_or_default());
            masked.extend(std::iter::repeat_n('x', hole.end - hole.start));
        }
        let rest = piece.text.get(masked.len()..);
        masked.push_str(rest.unwrap_or_default());
        Self {
            piece,
            holes,
            masked,
        }
    }
}

impl<'a> Painter<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            tokens: Vec::new(),
        }
    }

    /// The text from one place to another.
    pub(super) fn piece(&self, start: usize, end: usize) -> Piece<'a> {
        Piece::new(self.text.get(start..end).unwrap_or_default(), start)
    }

    /// Adds a token, unless it is empty; of one that reaches back into the last, what is behind that.
    pub(super) fn push(&mut self, span: Span, class: TokenClass) {
        let behind = self.tokens.last().map_or(0, |last| last.span.end);
        let span = Span::new(span.start.max(behind), span.end);
        if span.start < span.end {
            self.tokens.push(Token { span, class });
        }
    }

    pub(super) fn piece_of(&mut self, piece: Piece<'_>, class: TokenClass) {
        self.push(piece.span(), class);
    }

    /// Adds one token for each line, without the blanks around it.
    fn lines(&mut self, start: usize, end: usize, class: TokenClass) {
        for line in self.piece(start, end).split('\n') {
            self.piece_of(line.trim(), class);
        }
    }

    /// Adds stretches of a piece, in order, and its placeholders between and inside of them.
    pub(super) fn stretches(
        &mut self,
        of: &Templated<'_>,
        stretches: impl IntoIterator<Item = Stretch>,
    ) {
        let mut holes = of.holes.iter().peekable();
        for (range, class) in stretches {
            let (mut start, end) = (of.piece.at + range.start, of.piece.at + range.end);
            while let Some(hole) = holes.next_if(|hole| hole.start < end) {
                self.lines(start, hole.start.max(start), class);
                self.push(*hole, TokenClass::Placeholder);
                start = start.max(hole.end);
            }
            self.lines(start, end.max(start), class);
        }
        for hole in holes {
            self.push(*hole, TokenClass::Placeholder);
        }
    }

    /// A text of one class with placeholders in it.
    pub(super) fn plain(&mut self, piece: Piece<'_>, class: TokenClass, place: TemplatePlace) {
        let templated = Templated::new(piece, Syntax::Plain, place);
        self.stretches(&templated, [(0..piece.text.len(), class)]);
    }
}
