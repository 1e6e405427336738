//! What stands at the places that a JSON pattern keeps, whether or not the value matches.

use serde_json::Value as Given;

use super::{Json, JsonPatternNode};
use crate::script::Value;
use crate::script::pattern::KeptValues;

impl Json {
    pub(in crate::script::pattern) fn places(&self, value: &Given) -> KeptValues {
        let mut kept = Vec::new();
        self.root.places(value, &mut kept);
        kept
    }
}

impl JsonPatternNode {
    fn places(&self, value: &Given, kept: &mut KeptValues) {
        match (self, value) {
            (Self::Open(test, Some(name)), value) => {
                if test.fits(value) {
                    self.keep(value, kept);
                } else {
                    kept.push((name.clone(), Value::Json(value.to_string())));
                }
            }
            (Self::String(run), Given::String(text)) => run.places(text.as_bytes(), kept),
            (Self::Array { items, .. }, Given::Array(values)) => {
                for (item, value) in items.iter().zip(values) {
                    item.places(value, kept);
                }
            }
            (Self::Object(nodes), Given::Object(members)) => {
                for (key, node) in nodes {
                    if let Some(member) = members.get(key) {
                        node.places(member, kept);
                    }
                }
            }
            // Something of another kind stands there.
            (node, value) => {
                let whole = |name| (name, Value::Json(value.to_string()));
                kept.extend(node.names().into_iter().map(whole));
            }
        }
    }

    /// The names that are kept.
    fn names(&self) -> Vec<String> {
        match self {
            Self::Open(_, name) => name.iter().cloned().collect(),
            Self::String(run) => run.names(),
            Self::Array { items, .. } => items.iter().flat_map(Self::names).collect(),
            Self::Object(nodes) => nodes.iter().flat_map(|(_, node)| node.names()).collect(),
            Self::Null | Self::Boolean(_) | Self::Number(_) => Vec::new(),
        }
    }
}
