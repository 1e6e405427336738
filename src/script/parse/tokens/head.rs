//! Paints the lines of a block's head: URL, headers, options, comments.

use super::super::call::TemplatePlace;
use super::super::head::{colon, is_header};
use super::super::lines::{Marks, is_name};
use super::super::text::Piece;
use super::super::{request_line, url};
use super::painter::Painter;
use super::token::TokenClass;
use super::{body, step, words};
use crate::script::options::{self, is_token};
use crate::script::{Name, Role};

pub(super) fn paint(
    painter: &mut Painter<'_>,
    lines: &[Piece<'_>],
    marks: Marks,
    clients: &[Name],
) {
    let mut first = true;
    for line in lines {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if line.text.starts_with('#') {
            painter.piece_of(line, TokenClass::Comment);
            continue;
        }
        paint_line(painter, line, marks, clients, first);
        first = false;
    }
}

fn paint_line(
    painter: &mut Painter<'_>,
    line: Piece<'_>,
    marks: Marks,
    clients: &[Name],
    first: bool,
) {
    let (word, rest) = line.word();
    if marks.role == Role::Client
        && let Some((who, url)) = url::own(line, clients)
    {
        painter.piece_of(who, TokenClass::ClientName);
        return painter.plain(url, TokenClass::Url, TemplatePlace::Line);
    }
    if rest.word().0.text == "@let" && is_name(word.text) {
        painter.piece_of(word, TokenClass::ClientName);
        return option(painter, rest);
    }
    if line.text.starts_with('@') {
        return option(painter, line);
    }
    if marks.role == Role::Http
        && let Some((method, url)) = request_line::split(line, first)
    {
        painter.piece_of(method, TokenClass::Method);
        return painter.plain(url, TokenClass::Url, TemplatePlace::Line);
    }
    let sides = colon(line);
    let is_url =
        url::looks_like(line.text) && sides.is_none_or(|(_, value)| value.text.starts_with("//"));
    if is_url || (first && !is_header(line)) {
        return painter.plain(line, TokenClass::Url, TemplatePlace::Line);
    }
    if let Some((left, value)) = sides {
        header(painter, left, value, clients);
    }
}

/// Paints a header; the name before it is a client's only where that is known.
fn header(painter: &mut Painter<'_>, left: Piece<'_>, value: Piece<'_>, clients: &[Name]) {
    let (who, name) = left.word();
    let name = if name.is_empty() {
        who
    } else if clients.iter().any(|client| client.text == who.text) {
        painter.piece_of(who, TokenClass::ClientName);
        name
    } else {
        return;
    };
    if is_token(name.text) {
        painter.piece_of(name, TokenClass::HeaderName);
        painter.plain(value, TokenClass::HeaderValue, TemplatePlace::Line);
    }
}

fn option(painter: &mut Painter<'_>, line: Piece<'_>) {
    let (word, value) = line.word();
    let Some(info) = options::find(word.from(1).text) else {
        return;
    };
    painter.piece_of(word, TokenClass::OptionName);
    match info.name {
        "let" => step::assignment(painter, value),
        "never" | "ignore" => body::paint(painter, value, &[], TemplatePlace::Pattern),
        "clients" => {
            for name in value.split(',') {
                painter.piece_of(name.trim(), TokenClass::ClientName);
            }
        }
        _ => words::paint(painter, value, TokenClass::OptionValue),
    }
}
