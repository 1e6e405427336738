//! The tokens of scripts as the protocol has them: each by its distance from the one before.

use serde_json::{Value, json};

use super::buffer::Buffer;
use super::names::role;
use crate::document::{Block, Document};
use crate::script::{TokenClass, tokens};
use crate::source::Span;

/// The protocol's name for a class; several classes share one where editors know no difference.
fn standard(class: TokenClass) -> &'static str {
    match class {
        TokenClass::Mark | TokenClass::Punctuation => "operator",
        TokenClass::Keyword | TokenClass::Constant => "keyword",
        TokenClass::OptionName => "decorator",
        TokenClass::OptionValue
        | TokenClass::Url
        | TokenClass::HeaderValue
        | TokenClass::String
        | TokenClass::Text
        | TokenClass::File => "string",
        TokenClass::Format | TokenClass::MessageType => "type",
        TokenClass::ClientName => "parameter",
        TokenClass::Method | TokenClass::Expression => "function",
        TokenClass::HeaderName | TokenClass::JsonKey | TokenClass::Attribute => "property",
        TokenClass::Placeholder => "macro",
        TokenClass::Variable => "variable",
        TokenClass::Number | TokenClass::Duration | TokenClass::Bytes => "number",
        TokenClass::Tag => "class",
        TokenClass::Comment => "comment",
    }
}

/// The names that tokens refer to by their numbers.
pub(super) fn legend() -> Vec<&'static str> {
    let mut names: Vec<_> = TokenClass::ALL.map(standard).to_vec();
    names.sort_unstable();
    names.dedup();
    names
}

/// All tokens of a document, or those of a stretch of it.
pub(super) fn paint(
    buffer: &Buffer,
    document: &Document,
    defaults: &[(String, String)],
    within: Option<Span>,
) -> Value {
    let legend = legend();
    let (mut line, mut column) = (0, 0);
    let mut numbers: Vec<usize> = Vec::new();
    let blocks = document.blocks.iter();
    let blocks = blocks.filter(|block| within.is_none_or(|within| touches(block.span, within)));
    for (span, class) in blocks.flat_map(|block| in_document(block, defaults)) {
        if within.is_some_and(|within| !touches(span, within)) {
            continue;
        }
        let text = buffer.text.get(span.start..span.end).unwrap_or_default();
        let encoding = buffer.lines.encoding();
        let at = buffer.lines.line(span.start);
        let start = buffer.lines.start(at).unwrap_or_default();
        let before = buffer.text.get(start..span.start).unwrap_or_default();
        let from = encoding.width(before);
        let distance = if at == line {
            from - column.min(from)
        } else {
            from
        };
        let name = legend.binary_search(&standard(class)).unwrap_or_default();
        numbers.extend([at - line.min(at), distance, encoding.width(text), name, 0]);
        (line, column) = (at, from);
    }
    json!({"data": numbers})
}

fn touches(one: Span, other: Span) -> bool {
    one.start <= other.end && other.start <= one.end
}

fn in_document<'a>(
    block: &'a Block,
    defaults: &[(String, String)],
) -> impl Iterator<Item = (Span, TokenClass)> + use<'a> {
    let tokens = tokens(block.body.text(), role(block), defaults);
    tokens
        .into_iter()
        .map(|token| (block.body.span(token.span), token.class))
}
