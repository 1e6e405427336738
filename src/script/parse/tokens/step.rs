//! Paints a step's line and the lines below it, as the table of steps says of them.

use super::super::call::TemplatePlace;
use super::super::lines::{Marks, StepMark, StepText};
use super::super::requests::{colon, is_request};
use super::super::table::find;
use super::super::text::Piece;
use super::painter::Painter;
use super::token::TokenClass;
use super::{body, expression, words};
use crate::source::Span;

pub(super) fn paint(painter: &mut Painter<'_>, entry: &StepText<'_>, marks: Marks) {
    let line = &entry.line;
    if let Some(who) = line.who {
        painter.piece_of(who, TokenClass::ClientName);
    }
    let start = line.who.map_or(line.whole.at, |who| who.span().end);
    let mark = painter.piece(start, line.rest.at).trim();
    if line.mark == StepMark::Control && line.rest.text.starts_with('#') {
        return painter.push(
            Span::new(mark.at, line.whole.span().end),
            TokenClass::Comment,
        );
    }
    painter.piece_of(mark, TokenClass::Mark);
    let Some(info) = find(line.mark, line.rest) else {
        return;
    };
    let mut rest = line.rest;
    for _ in info.words.split(' ').skip(1) {
        let (word, behind) = rest.word();
        painter.piece_of(word, TokenClass::Keyword);
        rest = behind;
    }
    let below = entry.below.as_slice();
    match info.words {
        "->" => body::paint(painter, rest, below, TemplatePlace::Send),
        "<-" => body::paint(painter, rest, below, TemplatePlace::Pattern),
        "-> HTTP" => answer(painter, rest, below),
        "-- on" => handler(painter, rest, below, marks),
        "-> ping" | "-> pong" => painter.plain(rest, text_class(rest), TemplatePlace::Send),
        "<- ping" | "<- pong" => painter.plain(rest, text_class(rest), TemplatePlace::Pattern),
        "-> close" => close(painter, rest, TemplatePlace::Send),
        "<- close" => close(painter, rest, TemplatePlace::Pattern),
        "<- HTTP" => painter.piece_of(rest.word().0, TokenClass::Number),
        "-- where" | "-- check" => expression::paint(painter, rest),
        "-- save" | "-- let" => assignment(painter, rest),
        "-- secret" => painter.piece_of(rest.word().0, TokenClass::Variable),
        "-- schema" => painter.piece_of(rest, TokenClass::File),
        "-- note" => painter.plain(rest, TokenClass::Text, TemplatePlace::Line),
        _ => words::paint(painter, rest, TokenClass::OptionValue),
    }
}

/// `NAME = EXPRESSION`
pub(super) fn assignment(painter: &mut Painter<'_>, rest: Piece<'_>) {
    let Some(equals) = rest.text.find('=') else {
        return painter.piece_of(rest.word().0, TokenClass::Variable);
    };
    painter.piece_of(rest.to(equals).trim(), TokenClass::Variable);
    painter.piece_of(rest.from(equals).to(1), TokenClass::Punctuation);
    expression::paint(painter, rest.from(equals + 1).trim());
}

/// A literal, or the text itself.
fn text_class(rest: Piece<'_>) -> TokenClass {
    if rest.text.starts_with('"') {
        TokenClass::String
    } else {
        TokenClass::Text
    }
}

fn close(painter: &mut Painter<'_>, rest: Piece<'_>, place: TemplatePlace) {
    let (code, reason) = rest.word();
    if code.text.parse::<u16>().is_ok() {
        painter.piece_of(code, TokenClass::Number);
        painter.plain(reason, text_class(reason), place);
    } else {
        painter.plain(rest, text_class(rest), place);
    }
}

/// A status, headers, and a body.
fn answer(painter: &mut Painter<'_>, rest: Piece<'_>, below: &[Piece<'_>]) {
    let (status, rest) = rest.word();
    painter.piece_of(status, TokenClass::Number);
    let lines = below
        .iter()
        .take_while(|line| colon(**line).is_some())
        .count();
    let (headers, below) = below.split_at_checked(lines).unwrap_or((&[], below));
    body::paint(painter, rest, &[], TemplatePlace::Send);
    for line in headers {
        if let Some((name, value)) = colon(*line) {
            painter.piece_of(name, TokenClass::HeaderName);
            painter.plain(value, TokenClass::HeaderValue, TemplatePlace::Send);
        }
    }
    if !rest.is_empty() && rest.word().1.is_empty() {
        // The FORMAT stands above the headers, and what it says of below them: it is not added twice.
        body::paint(painter, rest, below, TemplatePlace::Send);
    }
}

/// `-- on [METHOD PATH] [FORMAT] [PATTERN]`
fn handler(painter: &mut Painter<'_>, rest: Piece<'_>, below: &[Piece<'_>], marks: Marks) {
    let (method, behind) = rest.word();
    let (path, pattern) = behind.word();
    let rest = if is_request(method, path) && marks.role == crate::script::Role::Server {
        painter.piece_of(method, TokenClass::Method);
        painter.piece_of(path, TokenClass::Url);
        pattern
    } else {
        rest
    };
    body::paint(painter, rest, below, TemplatePlace::Pattern);
}
