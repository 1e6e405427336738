//! Paints jq: strings, numbers, variables and words of its own; all else is an expression.

use std::ops::Range;

use super::super::text::Piece;
use super::painter::Painter;
use super::token::TokenClass;
use crate::format::json::string_end;
use crate::source::Span;

const KEYWORDS: [&str; 16] = [
    "and", "or", "not", "if", "then", "elif", "else", "end", "as", "def", "reduce", "foreach",
    "try", "catch", "label", "break",
];

pub(super) fn paint(painter: &mut Painter<'_>, piece: Piece<'_>) {
    let text = piece.text;
    let place = |range: &Range<usize>| Span::new(piece.at + range.start, piece.at + range.end);
    // Where what is nothing more particular begins.
    let mut plain = 0;
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let (end, class) = stretch(text, at, next);
        if let Some(class) = class {
            let before = Piece::new(text.get(plain..at).unwrap_or_default(), piece.at + plain);
            painter.piece_of(before.trim(), TokenClass::Expression);
            painter.push(place(&(at..end)), class);
            plain = end;
        }
        at = end;
    }
    let rest = Piece::new(text.get(plain..).unwrap_or_default(), piece.at + plain);
    painter.piece_of(rest.trim(), TokenClass::Expression);
}

/// Where the stretch that begins here ends, and its class where it has one of its own.
fn stretch(text: &str, at: usize, next: char) -> (usize, Option<TokenClass>) {
    let rest = text.get(at..).unwrap_or_default();
    let name = |from: usize| {
        let rest = rest.get(from..).unwrap_or_default();
        let name = rest.trim_start_matches(|next: char| next.is_alphanumeric() || next == '_');
        at + from + rest.len() - name.len()
    };
    match next {
        '"' => {
            let end = string_end(text.as_bytes(), at).filter(|end| text.is_char_boundary(*end));
            (end.unwrap_or(text.len()), Some(TokenClass::String))
        }
        '#' => (text.len(), Some(TokenClass::Comment)),
        '$' => (name(1), Some(TokenClass::Variable)),
        // A member's name, or a format's, is a part of its path.
        '.' | '@' => (name(1), None),
        _ if next.is_ascii_digit() => {
            let behind = rest.trim_start_matches(|next: char| next.is_ascii_digit() || next == '.');
            (at + rest.len() - behind.len(), Some(TokenClass::Number))
        }
        _ if next.is_alphabetic() || next == '_' => {
            let end = name(0);
            let class = match text.get(at..end).unwrap_or_default() {
                "true" | "false" | "null" => Some(TokenClass::Constant),
                word => KEYWORDS.contains(&word).then_some(TokenClass::Keyword),
            };
            (end, class)
        }
        _ => (at + next.len_utf8(), None),
    }
}
