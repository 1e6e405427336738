//! Where in a JSON text the value at a path stands. The text is known to be JSON: nothing is judged here.

use std::ops::Range;

use crate::format::json::{JsonTokenKind, tokens_from};

/// A step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathStep<'a> {
    Key(&'a str),
    Index(usize),
}

/// The bytes of the value at a path.
pub(super) fn value(text: &str, path: &[PathStep<'_>]) -> Option<Range<usize>> {
    Some(found(text, path)?.value)
}

/// The bytes of the member `name` of the object at a path, key and value.
pub(super) fn member(text: &str, path: &[PathStep<'_>], name: &str) -> Option<Range<usize>> {
    let object = value(text, path)?;
    let member = entries(text, object.start).filter(|entry| entry.is(text, name));
    let member = member.last()?;
    Some(member.key?.start..member.value.end)
}

/// A member of an object, or an element of an array.
#[derive(Clone, Debug)]
struct LocatedValue {
    key: Option<Range<usize>>,
    value: Range<usize>,
}

impl LocatedValue {
    fn is(&self, text: &str, name: &str) -> bool {
        let key = self.key.clone().and_then(|key| text.get(key));
        key.and_then(|key| serde_json::from_str::<String>(key).ok())
            .is_some_and(|key| key == name)
    }
}

fn found(text: &str, path: &[PathStep<'_>]) -> Option<LocatedValue> {
    let start = blanks(text, 0);
    let mut found = LocatedValue {
        key: None,
        value: start..end_of_value(text, start),
    };
    for step in path {
        let mut inside = entries(text, found.value.start);
        found = match step {
            PathStep::Index(index) => inside.nth(*index)?,
            // Of members of one name the last counts.
            PathStep::Key(name) => inside.filter(|entry| entry.is(text, name)).last()?,
        };
    }
    Some(found)
}

/// What is in the object or array that begins at `start`.
fn entries(text: &str, start: usize) -> impl Iterator<Item = LocatedValue> + '_ {
    let opening = text.as_bytes().get(start).copied();
    let mut at = start + 1;
    std::iter::from_fn(move || {
        at = blanks(text, at);
        if text.as_bytes().get(at) == Some(&b',') {
            at = blanks(text, at + 1);
        }
        if matches!(text.as_bytes().get(at), None | Some(b'}' | b']')) {
            return None;
        }
        let mut key = None;
        if opening == Some(b'{') {
            let end = end_of_value(text, at);
            key = Some(at..end);
            // The colon stands between.
            at = blanks(text, blanks(text, end) + 1);
        }
        let end = end_of_value(text, at);
        let value = at..end;
        at = end;
        (!value.is_empty()).then_some(LocatedValue { key, value })
    })
}

fn blanks(text: &str, at: usize) -> usize {
    let next = tokens_from(text.as_bytes(), at).next();
    next.filter(|token| token.kind == JsonTokenKind::Blank)
        .map_or(at, |blank| blank.range.end)
}

/// Where the value that begins at `start` ends.
fn end_of_value(text: &str, start: usize) -> usize {
    let mut depth = 0_usize;
    for token in tokens_from(text.as_bytes(), start) {
        match token.kind {
            JsonTokenKind::Open => depth += 1,
            JsonTokenKind::Close if depth > 1 => depth -= 1,
            JsonTokenKind::Close if depth == 1 => return token.range.end,
            _ if depth > 0 => {}
            JsonTokenKind::Blank
            | JsonTokenKind::Close
            | JsonTokenKind::Comma
            | JsonTokenKind::Colon => return token.range.start,
            JsonTokenKind::String
            | JsonTokenKind::UnclosedString
            | JsonTokenKind::Placeholder
            | JsonTokenKind::Word => return token.range.end,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_its_value() {
        let text =
            r#" {"a" : [1, {"b\"}": "x, ]"}, -2.5e3 ] , "a\u0062":{}, "c":true,"c": null } "#;
        let at = |path: &[PathStep<'_>]| value(text, path).and_then(|range| text.get(range));
        assert_eq!(at(&[]), Some(text.trim()));
        assert_eq!(at(&[PathStep::Key("a"), PathStep::Index(0)]), Some("1"));
        assert_eq!(
            at(&[
                PathStep::Key("a"),
                PathStep::Index(1),
                PathStep::Key("b\"}")
            ]),
            Some(r#""x, ]""#)
        );
        assert_eq!(
            at(&[PathStep::Key("a"), PathStep::Index(2)]),
            Some("-2.5e3")
        );
        assert_eq!(at(&[PathStep::Key("ab")]), Some("{}"));
        assert_eq!(at(&[PathStep::Key("c")]), Some("null"));
        assert_eq!(at(&[PathStep::Key("a"), PathStep::Index(3)]), None);
        assert_eq!(at(&[PathStep::Key("d")]), None);
        assert_eq!(
            member(text, &[], "ab").and_then(|range| text.get(range)),
            Some(r#""a\u0062":{}"#)
        );
        assert_eq!(value("42", &[]), Some(0..2));
        assert_eq!(value("", &[PathStep::Index(0)]), None);
    }
}
