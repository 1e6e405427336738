//! In what a JSON value differs from a pattern: every part that is not met, by its path.

use std::fmt::Write as _;

use serde_json::Value as Given;

use super::locate::{PathStep, member, value as located};
use super::{Differences, PayloadDifference, missing_key};
use crate::script::pattern::brief;
use crate::script::pattern::json::{Json, JsonPatternNode};
use crate::script::pattern::show::{brief_value, key};
use crate::source::Span;

impl Json {
    /// What of the pattern the value does not meet.
    pub(super) fn differences(&self, value: &Given) -> Differences {
        let mut comparison = JsonComparison {
            json: self,
            path: Vec::new(),
            found: Differences::default(),
        };
        comparison.node(&self.root, value);
        comparison.found
    }

    fn span(&self, range: Option<std::ops::Range<usize>>) -> Option<Span> {
        let range = range?;
        let first = self.coded.assembled.place(range.start);
        let last = self.coded.assembled.place(range.end.checked_sub(1)?);
        Some(Span::new(first.start, last.end))
    }

    /// The place of the pattern's part at a path.
    fn place(&self, path: &[PathStep<'_>]) -> Option<Span> {
        self.span(located(&self.coded.assembled.text, path))
    }
}

struct JsonComparison<'a> {
    json: &'a Json,
    path: Vec<PathStep<'a>>,
    found: Differences,
}

impl<'a> JsonComparison<'a> {
    fn node(&mut self, node: &'a JsonPatternNode, value: &Given) {
        match (node, value) {
            (JsonPatternNode::Object(nodes), Given::Object(members)) => self.object(nodes, members),
            (JsonPatternNode::Array { items, rest }, Given::Array(values)) => {
                self.array(items, *rest, values);
            }
            (node, value) if node.fits(value, self.json.exact) => {}
            (node, value) => self.differs(|| leaf(node, value)),
        }
    }

    fn object(
        &mut self,
        nodes: &'a [(String, JsonPatternNode)],
        members: &serde_json::Map<String, Given>,
    ) {
        let is_named = |key: &str| nodes.iter().any(|(known, _)| known == key);
        for (name, node) in nodes {
            if let Some(member) = members.get(name) {
                self.path.push(PathStep::Key(name));
                self.node(node, member);
                self.path.pop();
                continue;
            }
            let (json, path) = (self.json, &self.path);
            self.found.add(|| {
                let there = members.keys().map(String::as_str);
                let whole = format!("{}{}", spelled(path), key(name));
                let text = &json.coded.assembled.text;
                PayloadDifference {
                    what: missing_key(&whole, name, there.filter(|key| !is_named(key))),
                    place: json.span(member(text, path, name)),
                }
            });
        }
        if !self.json.exact {
            return;
        }
        for extra in members.keys().filter(|extra| !is_named(extra)) {
            let (json, path) = (self.json, &self.path);
            self.found.add(|| {
                let whole = format!("{}{}", spelled(path), key(extra));
                PayloadDifference {
                    what: format!("{} is one key too many", brief(&whole)),
                    place: json.place(path),
                }
            });
        }
    }

    fn array(&mut self, items: &'a [JsonPatternNode], rest: bool, values: &[Given]) {
        for (index, (item, value)) in items.iter().zip(values).enumerate() {
            self.path.push(PathStep::Index(index));
            self.node(item, value);
            self.path.pop();
        }
        if values.len() == items.len() || rest && values.len() > items.len() {
            return;
        }
        self.differs(|| {
            let least = if rest { "at least " } else { "" };
            let elements = if values.len() == 1 {
                "element"
            } else {
                "elements"
            };
            format!("{} {elements}, not {least}{}", values.len(), items.len())
        });
    }

    /// What is at the path is not as it should be.
    fn differs(&mut self, what: impl FnOnce() -> String) {
        let (json, path) = (self.json, &self.path);
        self.found.add(|| {
            let what = what();
            let what = if path.is_empty() {
                what
            } else {
                format!("{}: {what}", brief(&spelled(path)))
            };
            let place = json.place(path);
            PayloadDifference { what, place }
        });
    }
}

fn leaf(node: &JsonPatternNode, value: &Given) -> String {
    if let (JsonPatternNode::String(run), Given::String(text)) = (node, value)
        && let Some(difference) = run.difference(text.as_bytes())
    {
        return difference.what;
    }
    format!("{} is not {}", brief_value(value), node.wanted())
}

/// As jq writes it: `.items[1].id`, `.[0]`.
fn spelled(path: &[PathStep<'_>]) -> String {
    let mut spelled = String::new();
    for step in path {
        match step {
            PathStep::Key(name) => spelled.push_str(&key(name)),
            PathStep::Index(index) => {
                if spelled.is_empty() {
                    spelled.push('.');
                }
                let _ = write!(spelled, "[{index}]");
            }
        }
    }
    spelled
}
