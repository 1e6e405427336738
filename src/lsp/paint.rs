//! The tokens of scripts as the protocol has them: each by its distance from the one before.

use serde_json::{Value, json};

use super::buffer::Buffer;
use super::painted::{Painted, edits};
use crate::document::Document;
use crate::script::{Token, TokenClass};
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

/// All tokens of a document; where an editor has those of an earlier answer, what differs.
pub(super) fn paint(
    buffer: &mut Buffer,
    document: &Document,
    defaults: &[(String, String)],
    known: Option<&str>,
) -> Value {
    let mut painted = std::mem::take(&mut buffer.painted);
    let numbers = numbers(buffer, document, defaults, None, &mut painted);
    let (last, before) = &painted.last;
    let has_last = *last > 0 && known == Some(last.to_string().as_str());
    let id = last + 1;
    let told = if has_last {
        json!({"resultId": id.to_string(), "edits": edits(before, &numbers)})
    } else {
        json!({"resultId": id.to_string(), "data": numbers})
    };
    painted.last = (id, numbers);
    buffer.painted = painted;
    told
}

/// The tokens of a stretch of a document.
pub(super) fn paint_range(
    buffer: &mut Buffer,
    document: &Document,
    defaults: &[(String, String)],
    within: Span,
) -> Value {
    let mut painted = std::mem::take(&mut buffer.painted);
    let numbers = numbers(buffer, document, defaults, Some(within), &mut painted);
    buffer.painted = painted;
    json!({"data": numbers})
}

fn numbers(
    buffer: &Buffer,
    document: &Document,
    defaults: &[(String, String)],
    within: Option<Span>,
    painted: &mut Painted,
) -> Vec<u32> {
    let legend = legend();
    let encoding = buffer.lines.encoding();
    let (mut line, mut column) = (0, 0);
    let mut numbers = Vec::new();
    let blocks = document
        .blocks
        .iter()
        .zip(painted.tokens(document, defaults));
    let blocks =
        blocks.filter(|(block, _)| within.is_none_or(|within| touches(block.span, within)));
    for (block, tokens) in blocks {
        for Token { span, class } in &*tokens {
            let span = block.body.span(*span);
            if within.is_some_and(|within| !touches(span, within)) {
                continue;
            }
            let text = buffer.text.get(span.start..span.end).unwrap_or_default();
            let at = buffer.lines.line(span.start);
            let start = buffer.lines.start(at).unwrap_or_default();
            let before = buffer.text.get(start..span.start).unwrap_or_default();
            let from = encoding.width(before);
            let distance = if at == line {
                from - column.min(from)
            } else {
                from
            };
            let name = legend.binary_search(&standard(*class)).unwrap_or_default();
            let token = [at - line.min(at), distance, encoding.width(text), name, 0];
            // A document of so many lines cannot be held.
            numbers.extend(token.map(|number| u32::try_from(number).unwrap_or(u32::MAX)));
            (line, column) = (at, from);
        }
    }
    numbers
}

fn touches(one: Span, other: Span) -> bool {
    one.start <= other.end && other.start <= one.end
}
