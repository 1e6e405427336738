//! Tells the stretches of an XML text, well-formed or not.

use super::painter::Stretch;
use super::token::TokenClass;

/// The stretches of a text, in order.
pub(super) fn stretches(text: &str) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        at = if rest.starts_with("<!--") {
            until(rest, at, "-->", TokenClass::Comment, &mut stretches)
        } else if rest.starts_with("<![CDATA[") {
            until(rest, at, "]]>", TokenClass::Text, &mut stretches)
        } else if rest.starts_with("<?") || rest.starts_with("<!") {
            until(rest, at, ">", TokenClass::Comment, &mut stretches)
        } else if rest.starts_with('<') {
            tag(text, at, &mut stretches)
        } else {
            let end = rest.find('<').map_or(text.len(), |length| at + length);
            stretches.push((at..end, TokenClass::Text));
            end
        };
    }
    stretches
}

fn until(rest: &str, at: usize, end: &str, class: TokenClass, into: &mut Vec<Stretch>) -> usize {
    let length = rest.find(end).map_or(rest.len(), |found| found + end.len());
    into.push((at..at + length, class));
    at + length
}

/// A tag, up to its `>` or to the next one where that is missing.
fn tag(text: &str, start: usize, into: &mut Vec<Stretch>) -> usize {
    let mut at = start + 1;
    if text.get(at..).is_some_and(|rest| rest.starts_with('/')) {
        at += 1;
    }
    into.push((start..at, TokenClass::Punctuation));
    let mut class = TokenClass::Tag;
    while let Some(next) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        match next {
            '<' => return at,
            '>' => {
                into.push((at..at + 1, TokenClass::Punctuation));
                return at + 1;
            }
            '/' | '=' => {
                into.push((at..at + 1, TokenClass::Punctuation));
                at += 1;
            }
            '"' | '\'' => {
                let inside = rest.get(1..).unwrap_or_default();
                let end = inside.find([next, '<']).unwrap_or(inside.len());
                let closed = inside.get(end..).is_some_and(|rest| rest.starts_with(next));
                let end = at + 1 + end + usize::from(closed);
                into.push((at..end, TokenClass::String));
                at = end;
            }
            _ if next.is_whitespace() => at += next.len_utf8(),
            _ => {
                let ends = |next: char| {
                    next.is_whitespace() || matches!(next, '<' | '>' | '/' | '=' | '"' | '\'')
                };
                let end = rest.find(ends).map_or(text.len(), |length| at + length);
                into.push((at..end, class));
                class = TokenClass::Attribute;
                at = end;
            }
        }
    }
    at
}
