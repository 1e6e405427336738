//! Paints words behind steps and options: durations, numbers, paths, and words that belong to the language.

use super::super::call::TemplatePlace;
use super::super::template::Syntax;
use super::super::text::Piece;
use super::painter::{Painter, Templated};
use super::token::TokenClass;
use crate::script::{parse_duration, parse_size};

/// Words between values that belong to the language.
const KEYWORDS: [&str; 3] = ["every", "times", "within"];

/// Paints a line of words, each by what it looks like; what looks like nothing else is `class`.
pub(super) fn paint(painter: &mut Painter<'_>, piece: Piece<'_>, class: TokenClass) {
    let templated = Templated::new(piece, Syntax::Plain, TemplatePlace::Value);
    let mut at = 0;
    let words = templated.masked.split([' ', '\t', '\r']).map(|word| {
        let range = at..at + word.len();
        at = range.end + 1;
        (range, class_of(word).unwrap_or(class))
    });
    let words: Vec<_> = words.collect();
    painter.stretches(&templated, words);
}

fn class_of(word: &str) -> Option<TokenClass> {
    let word = word.trim_end_matches(',');
    let starts_with_digit = word.starts_with(|next: char| next.is_ascii_digit());
    if KEYWORDS.contains(&word) {
        Some(TokenClass::Keyword)
    } else if parse_duration(word).is_some() {
        Some(TokenClass::Duration)
    } else if starts_with_digit && (word.parse::<f64>().is_ok() || parse_size(word).is_some()) {
        Some(TokenClass::Number)
    } else if word.starts_with("./") || word.starts_with("../") {
        Some(TokenClass::File)
    } else {
        None
    }
}
