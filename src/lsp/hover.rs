//! What the reference says of the word under the cursor, and where a name comes from.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::buffer::{Buffer, block_at};
use super::names::{Occurrence, Symbol};
use super::reference;
use crate::document::Document;
use crate::format::Format;
use crate::runner::{Origin, role};
use crate::script::{Token, TokenClass, tokens};
use crate::source::Span;

/// What is shown for a place, or null.
pub(super) fn hover(
    buffer: &Buffer,
    document: &Document,
    origins: &[Origin],
    names: &[Occurrence],
    offset: usize,
) -> Value {
    let found = names
        .iter()
        .find(|name| name.span.start <= offset && offset <= name.span.end);
    let told = word(buffer, document, offset);
    let name = found.map(|name| (name.span, of_name(name, names, buffer, origins)));
    // A name inside of a placeholder says more than the placeholder.
    let Some((span, text)) = name.or(told) else {
        return Value::Null;
    };
    json!({
        "contents": {"kind": "markdown", "value": text},
        "range": buffer.range(span),
    })
}

fn word(buffer: &Buffer, document: &Document, offset: usize) -> Option<(Span, String)> {
    let block = block_at(document, offset)?;
    let body = block.body.text();
    let tokens = tokens(body, role(block.kind), &[]);
    let token = tokens.into_iter().find(|token| {
        let span = block.body.span(token.span);
        span.start <= offset && offset < span.end
    })?;
    let span = block.body.span(token.span);
    let text = body.get(token.span.start..token.span.end)?;
    let told = match token.class {
        TokenClass::Mark | TokenClass::Keyword => step(body, token)?,
        TokenClass::OptionName => {
            let name = text.strip_prefix('@')?;
            reference::option(reference::option_named(name)?)
        }
        TokenClass::Format => reference::format(Format::from_word(text)?)?,
        TokenClass::Placeholder => {
            let inside = text.trim_start_matches('{').trim_end_matches('}');
            let word = inside.split([' ', '.']).next()?;
            reference::placeholder(word)?
        }
        TokenClass::Expression => {
            let at = buffer.text.get(span.start..offset)?.len();
            let is_part = |next: char| next.is_alphanumeric() || matches!(next, '_' | '@');
            let start = text.get(..at)?.trim_end_matches(is_part).len();
            let rest = text.get(start..)?;
            let end = rest.find(|next| !is_part(next)).unwrap_or(rest.len());
            reference::filter(rest.get(..end)?)?
        }
        _ => return None,
    };
    Some((span, told))
}

/// The step that a mark or a word behind it begins, or belongs to.
fn step(body: &str, token: Token) -> Option<String> {
    let start = body
        .get(..token.span.start)?
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let line = body.get(start..)?.lines().next()?;
    let marks = ["->", "<-", "--", "→", "←"];
    let at = marks.iter().filter_map(|mark| line.find(mark)).min()?;
    reference::step_of(line.get(at..)?).map(reference::step)
}

/// What a name stands for. Values are not shown: they may be secrets.
fn of_name(name: &Occurrence, names: &[Occurrence], buffer: &Buffer, origins: &[Origin]) -> String {
    let mut told = match &name.symbol {
        Symbol::Value(value) => format!("**{value}**: a variable or a kept value\n"),
        Symbol::Server(server) => format!("**{server}**: a server of this document\n"),
        Symbol::Client(_, client) => format!("**{client}**: a client of this block\n"),
    };
    let same = names.iter().filter(|other| other.symbol == name.symbol);
    let lines: Vec<String> = same
        .filter(|other| other.defines)
        .map(|other| format!("line {}", buffer.lines.line(other.span.start) + 1))
        .collect();
    if !lines.is_empty() {
        let _ = write!(told, "\nDefined in {}.\n", lines.join(", "));
    }
    if let Symbol::Value(value) = &name.symbol
        && let Some(origin) = origins.iter().find(|origin| origin.name == *value)
    {
        let secret = if origin.secret { ", a secret" } else { "" };
        let _ = write!(told, "\nIts value comes from {}{secret}.\n", origin.origin);
    }
    told
}
