//! A template with something in the place of its placeholders, so that what its FORMAT asks can be judged before the
//! values are known. Knows the places of both texts, and no format.

use std::borrow::Cow;

use crate::script::{Part, Placeholder, Template};
use crate::source::Span;

/// What to put in the place of a placeholder.
pub(in crate::script) enum Put {
    /// Text of the same meaning: what is wrong with it in place is wrong with every value.
    Like(String),
    /// Text that may be of another meaning than the value: what is wrong behind it may be right.
    Unsure(String),
    /// A whole value of the format.
    Value,
}

/// The text, and where each piece of it came from.
#[derive(Debug, Default)]
pub(super) struct StandIn<'a> {
    /// The template's own text where that is one part: most have no placeholder.
    pub(super) text: Cow<'a, str>,
    pieces: Vec<StandInPiece>,
    /// Where the first unsure text begins.
    unsure: Option<usize>,
}

#[derive(Debug)]
struct StandInPiece {
    start: usize,
    span: Span,
    verbatim: bool,
}

impl<'a> StandIn<'a> {
    pub(super) fn new(
        template: &'a Template,
        mut put: impl FnMut(&Placeholder, Option<char>) -> Put,
    ) -> Self {
        let mut this = Self {
            pieces: Vec::with_capacity(template.parts.len()),
            ..Self::default()
        };
        for (index, part) in template.parts.iter().enumerate() {
            let start = this.text.len();
            let (text, span, verbatim) = match part {
                Part::Literal(text, span) => (Cow::Borrowed(text.as_str()), *span, true),
                Part::Placeholder(placeholder) => {
                    let text = match put(placeholder, next(template, index)) {
                        Put::Like(text) => text,
                        Put::Value => "1".to_owned(),
                        Put::Unsure(text) => {
                            this.unsure.get_or_insert(start);
                            text
                        }
                    };
                    (Cow::Owned(text), placeholder.span, false)
                }
            };
            this.text += text;
            this.pieces.push(StandInPiece {
                start,
                span,
                verbatim,
            });
        }
        this
    }

    /// Whether what is wrong at an offset is wrong whatever the values are.
    pub(super) fn sure(&self, offset: usize) -> bool {
        self.unsure.is_none_or(|unsure| offset < unsure)
    }

    /// Whether the character at an offset is of the template, and not of a value.
    pub(super) fn verbatim(&self, offset: usize) -> bool {
        let piece = self.pieces.partition_point(|piece| piece.start <= offset);
        self.pieces
            .get(piece.wrapping_sub(1))
            .is_some_and(|piece| piece.verbatim)
    }

    /// The place of the character at an offset; at the end, of the last one.
    pub(super) fn place(&self, offset: usize) -> Span {
        let length = self.text.len();
        let last = self.text.char_indices().next_back().map_or(0, |(at, _)| at);
        let mut offset = if offset >= length { last } else { offset };
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let piece = self.pieces.partition_point(|piece| piece.start <= offset);
        let Some(piece) = self.pieces.get(piece.wrapping_sub(1)) else {
            return Span::default();
        };
        if !piece.verbatim {
            return piece.span;
        }
        let character = self.text.get(offset..).and_then(|rest| rest.chars().next());
        let at = piece.span.start + (offset - piece.start);
        Span::new(at, at + character.map_or(0, char::len_utf8))
    }

    /// The offset of a 1-based line and a 1-based column in bytes.
    pub(super) fn offset(&self, line: usize, column: usize) -> usize {
        let start = match line.saturating_sub(2) {
            _ if line <= 1 => 0,
            breaks => self
                .text
                .match_indices('\n')
                .nth(breaks)
                .map_or(self.text.len(), |(at, _)| at + 1),
        };
        start + column.saturating_sub(1)
    }
}

/// The first character behind a part that is not a blank.
fn next(template: &Template, index: usize) -> Option<char> {
    template
        .parts
        .iter()
        .skip(index + 1)
        .find_map(|part| match part {
            Part::Literal(text, _) => text.trim_ascii_start().chars().next(),
            Part::Placeholder(_) => Some('{'),
        })
}
