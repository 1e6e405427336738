//! Paints what stands behind an arrow: FORMAT and BODY.

use super::super::call::TemplatePlace;
use super::super::template::{Syntax, opening};
use super::super::text::Piece;
use super::painter::{Painter, Stretch, Templated};
use super::token::TokenClass;
use super::xml;
use crate::format::Format;
use crate::format::json::{JsonTokenKind, tokens};

/// Paints the words on a line, and the lines below them.
pub(super) fn paint(
    painter: &mut Painter<'_>,
    rest: Piece<'_>,
    below: &[Piece<'_>],
    place: TemplatePlace,
) {
    let (word, behind) = rest.word();
    let Some(format) = Format::from_word(word.text) else {
        let region = region(painter, rest, below);
        let text = region.text.trim_ascii_start();
        let braces = opening(text).is_some_and(|(at, _)| at == 0);
        return match text.chars().next() {
            Some('{') if !braces => json(painter, region, place),
            Some('[') => json(painter, region, place),
            Some('<') => elements(painter, region, place),
            _ => painter.plain(rest, TokenClass::Text, place),
        };
    };
    painter.piece_of(word, TokenClass::Format);
    let mut behind = behind;
    if format == Format::Proto {
        let (message, rest) = behind.word();
        painter.piece_of(message, TokenClass::MessageType);
        behind = rest;
    }
    let below = match format {
        Format::Text if !behind.is_empty() => &[],
        _ => below,
    };
    let region = region(painter, behind, below);
    let trimmed = region.text.trim_ascii();
    if (trimmed.starts_with("@./") || trimmed.starts_with("@../")) && !trimmed.contains('\n') {
        return painter.plain(region, TokenClass::File, place);
    }
    match format {
        Format::Text if trimmed.starts_with('"') => {
            painter.plain(region, TokenClass::String, place);
        }
        Format::Text => painter.plain(region, TokenClass::Text, place),
        Format::Binary => binary(painter, region, place),
        Format::Xml => elements(painter, region, place),
        Format::Json | Format::Msgpack | Format::Cbor | Format::Proto => {
            json(painter, region, place);
        }
    }
}

/// The text from the words on the line to the last line below that is not blank.
fn region<'a>(painter: &Painter<'a>, rest: Piece<'_>, below: &[Piece<'_>]) -> Piece<'a> {
    let last = below.iter().rfind(|line| !line.is_blank());
    let first = below.iter().find(|line| !line.is_blank());
    let line = if rest.is_empty() {
        first.copied().unwrap_or(rest)
    } else {
        rest
    };
    let end = last.map_or(rest.span().end, |last| last.trim_end().span().end);
    painter.piece(line.at, end.max(line.at))
}

fn json(painter: &mut Painter<'_>, region: Piece<'_>, place: TemplatePlace) {
    let templated = Templated::new(region, Syntax::Json, place);
    let found: Vec<_> = tokens(templated.masked.as_bytes())
        .filter(|token| token.kind != JsonTokenKind::Blank)
        .collect();
    let next = found.iter().skip(1).map(|token| Some(token.kind));
    let stretches = found
        .iter()
        .zip(next.chain([None]))
        .filter_map(|(token, next)| {
            let class = match token.kind {
                JsonTokenKind::String if next == Some(JsonTokenKind::Colon) => TokenClass::JsonKey,
                JsonTokenKind::String | JsonTokenKind::UnclosedString => TokenClass::String,
                JsonTokenKind::Word => word_class(
                    templated
                        .masked
                        .get(token.range.clone())
                        .unwrap_or_default(),
                )?,
                JsonTokenKind::Blank | JsonTokenKind::Placeholder => return None,
                _ => TokenClass::Punctuation,
            };
            Some((token.range.clone(), class))
        });
    let stretches: Vec<Stretch> = stretches.collect();
    painter.stretches(&templated, stretches);
}

fn word_class(word: &str) -> Option<TokenClass> {
    match word {
        "true" | "false" | "null" => Some(TokenClass::Constant),
        _ if word.starts_with(|next: char| next.is_ascii_digit() || next == '-') => {
            Some(TokenClass::Number)
        }
        _ => None,
    }
}

fn elements(painter: &mut Painter<'_>, region: Piece<'_>, place: TemplatePlace) {
    let templated = Templated::new(region, Syntax::Xml, place);
    let stretches = xml::stretches(&templated.masked);
    painter.stretches(&templated, stretches);
}

fn binary(painter: &mut Painter<'_>, region: Piece<'_>, place: TemplatePlace) {
    if region.text.trim_ascii().starts_with('"') {
        return painter.plain(region, TokenClass::String, place);
    }
    let templated = Templated::new(region, Syntax::Plain, place);
    let masked = templated.masked.as_str();
    let start = masked.len() - masked.trim_ascii_start().len();
    let word = masked.get(start..).unwrap_or_default();
    let word = word.split(|next: char| next.is_ascii_whitespace()).next();
    let word = word.unwrap_or_default();
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut at = start;
    if matches!(word, "hex" | "base64") {
        at += word.len();
        stretches.push((start..at, TokenClass::Format));
    }
    for line in masked.get(at..).unwrap_or_default().split_inclusive('\n') {
        let end = at + line.len();
        // Beside the bytes of a dump stands their text.
        let beside = line.find('│').map_or(end, |beside| at + beside);
        stretches.push((at..beside, TokenClass::Bytes));
        stretches.push((beside..end, TokenClass::Comment));
        at = end;
    }
    painter.stretches(&templated, stretches);
}
