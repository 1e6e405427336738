//! JSON source as a tree of places: where each value stands. Reads leniently, as its source may be cut or hold a
//! `{{NAME}}` where a value was; judges nothing.

use std::ops::Range;

use super::json::{JsonStretchKind, lex};
use crate::protocol::JsonStep;

/// A source of more levels has no tree: a received message of more is not shown as JSON.
const LEVELS: usize = 160;

/// A value and its place.
#[derive(Debug)]
pub(super) struct TreeNode {
    pub(super) range: Range<usize>,
    pub(super) kind: NodeShape,
}

/// What a value is made of.
#[derive(Debug)]
pub(super) enum NodeShape {
    Atom,
    Array(Vec<TreeNode>),
    /// Keys as they are spelled, quotes and all.
    Object(Vec<(Range<usize>, TreeNode)>),
}

impl TreeNode {
    /// The value that a source is; `None` where it is none, or far too deep.
    pub(super) fn read(source: &str) -> Option<Self> {
        let mut lexemes = Lexemes {
            all: lex(source),
            next: 0,
            end: source.len(),
        };
        let node = lexemes.value(LEVELS)?;
        lexemes.peek().is_none().then_some(node)
    }

    /// The value at a path. Of members with one name it is the last, which is what a reader takes.
    pub(super) fn at<'a>(&'a self, source: &str, path: &[JsonStep]) -> Option<&'a Self> {
        path.iter()
            .try_fold(self, |node, step| match (&node.kind, step) {
                (NodeShape::Object(members), JsonStep::Key(key)) => {
                    let is_it = |spelled: &Range<usize>| unquoted(source, spelled) == *key;
                    let found = members.iter().rev().find(|(spelled, _)| is_it(spelled));
                    found.map(|(_, node)| node)
                }
                (NodeShape::Array(items), JsonStep::Index(at)) => items.get(*at),
                _ => None,
            })
    }

    /// The place of an array's elements from one on, with the comma before them.
    pub(super) fn tail(&self, source: &str, from: usize) -> Option<Range<usize>> {
        let NodeShape::Array(items) = &self.kind else {
            return None;
        };
        let is_closed = source.get(self.range.clone())?.ends_with(']');
        let start = match from.checked_sub(1) {
            Some(before) => items.get(before)?.range.end,
            None => self.range.start + 1,
        };
        Some(start..self.range.end - usize::from(is_closed))
    }
}

/// What a string literal in a source spells; as it stands where it is none.
pub(super) fn unquoted(source: &str, range: &Range<usize>) -> String {
    let spelled = source.get(range.clone()).unwrap_or_default();
    serde_json::from_str(spelled).unwrap_or_else(|_| spelled.to_owned())
}

struct Lexemes {
    all: Vec<(JsonStretchKind, Range<usize>)>,
    next: usize,
    end: usize,
}

impl Lexemes {
    fn peek(&self) -> Option<JsonStretchKind> {
        self.all.get(self.next).map(|(kind, _)| *kind)
    }

    fn take(&mut self) -> Option<(JsonStretchKind, Range<usize>)> {
        let lexeme = self.all.get(self.next).cloned();
        self.next += usize::from(lexeme.is_some());
        lexeme
    }

    fn value(&mut self, levels: usize) -> Option<TreeNode> {
        let levels = levels.checked_sub(1)?;
        let (kind, range) = self.take()?;
        match kind {
            JsonStretchKind::Atom => Some(TreeNode {
                range,
                kind: NodeShape::Atom,
            }),
            JsonStretchKind::Open => self.container(range.start, levels),
            JsonStretchKind::Close | JsonStretchKind::Comma | JsonStretchKind::Colon => None,
        }
    }

    /// What stands behind an opening bracket or brace; without any end in a source that was cut.
    fn container(&mut self, start: usize, levels: usize) -> Option<TreeNode> {
        let (mut items, mut members) = (Vec::new(), Vec::new());
        let end = loop {
            match self.peek() {
                None => break self.end,
                Some(JsonStretchKind::Close) => break self.take()?.1.end,
                Some(JsonStretchKind::Comma) => {
                    self.take();
                }
                Some(JsonStretchKind::Atom)
                    if self.all.get(self.next + 1).map(|next| next.0)
                        == Some(JsonStretchKind::Colon) =>
                {
                    let (_, key) = self.take()?;
                    self.take();
                    if self.peek().is_some() {
                        members.push((key, self.value(levels)?));
                    }
                }
                Some(_) => items.push(self.value(levels)?),
            }
        };
        let kind = match members.is_empty() {
            true => NodeShape::Array(items),
            // A key without its value, at the end of what was cut.
            false if items.len() <= 1 => NodeShape::Object(members),
            false => return None,
        };
        Some(TreeNode {
            range: start..end,
            kind,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(key: &str) -> JsonStep {
        JsonStep::Key(key.to_owned())
    }

    #[test]
    fn values_are_found_by_their_paths() {
        let source = r#"{"a":1, "b\u0062":[ {"x":"y"}, [2,3] ,{{PIN}}], "a":{ }}"#;
        let tree = TreeNode::read(source).unwrap();
        let at = |path: &[JsonStep]| {
            let node = tree.at(source, path)?;
            source.get(node.range.clone())
        };
        assert_eq!(at(&[key("a")]), Some("{ }"), "the last of two");
        assert_eq!(
            at(&[key("bb"), JsonStep::Index(0), key("x")]),
            Some("\"y\"")
        );
        assert_eq!(at(&[key("bb"), JsonStep::Index(1)]), Some("[2,3]"));
        assert_eq!(at(&[key("bb"), JsonStep::Index(2)]), Some("{{PIN}}"));
        assert_eq!(at(&[key("c")]), None);
        assert_eq!(at(&[]), Some(source));
        let array = tree.at(source, &[key("bb"), JsonStep::Index(1)]).unwrap();
        let tail = |from| array.tail(source, from).and_then(|tail| source.get(tail));
        assert_eq!(
            (tail(0), tail(1), tail(2)),
            (Some("2,3"), Some(",3"), Some(""))
        );
        assert_eq!(tail(3), None);
    }

    #[test]
    fn what_was_cut_is_read_as_far_as_it_goes() {
        let source = r#"{"a":[1,{"b":"half of i"#;
        let tree = TreeNode::read(source).unwrap();
        let path = [key("a"), JsonStep::Index(1), key("b")];
        let found = tree.at(source, &path).unwrap();
        assert_eq!(source.get(found.range.clone()), Some("\"half of i"));
        assert!(TreeNode::read(&"[".repeat(100_000)).is_none());
    }

    proptest! {
        #[test]
        fn no_text_panics(source in r#"[\[\]{}:,"\\a1 é]{0,60}"#) {
            if let Some(tree) = TreeNode::read(&source) {
                prop_assert!(source.get(tree.range).is_some());
            }
        }
    }
}
