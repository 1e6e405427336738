//! The path of a server's URL, as far as it is written out. Knows no request.

use std::collections::BTreeSet;

use super::{Handler, Part, Pattern, Script, Trigger};
use crate::protocol::PathPattern;

impl Script {
    /// The path of a server's socket, where no variable stands in it.
    #[must_use]
    pub fn socket_path(&self) -> Option<PathPattern> {
        // What a variable stands for is not known, but for where it ends.
        let parts = self.url.parts.iter().map(|part| match part {
            Part::Literal(text, _) => text.as_str(),
            Part::Placeholder(_) => VARIABLE,
        });
        let url: String = parts.collect();
        let (_, rest) = url.split_once("://")?;
        let path = rest.get(rest.find(['/', '?']).unwrap_or(rest.len())..)?;
        let path = path.split('?').next().unwrap_or_default();
        if path.contains(VARIABLE) {
            return None;
        }
        PathPattern::parse(path).ok()
    }

    /// Whether its URL can be connected to as it is: a `{name}` or `*` in its path would be left open.
    #[must_use]
    pub fn has_fixed_path(&self) -> bool {
        self.socket_path().is_none_or(|path| path.is_fixed())
    }
}

impl Script {
    /// The names that handlers of HTTP requests keep: they are the block's, for all its connections.
    pub(super) fn kept_by_requests(&self) -> BTreeSet<String> {
        let answers = |handler: &&Handler| matches!(handler.trigger, Trigger::Request { .. });
        if !self.handlers.iter().any(|handler| answers(&handler)) {
            return BTreeSet::new();
        }
        let alone = Self {
            options: Vec::new(),
            steps: Vec::new(),
            handlers: self.handlers.iter().filter(answers).cloned().collect(),
            ..self.clone()
        };
        alone.keeps()
    }

    /// The requests that it handles, whatever their body is.
    pub fn requests(&self) -> impl Iterator<Item = (&Handler, &str, &PathPattern)> {
        self.handlers
            .iter()
            .filter_map(|handler| match &handler.trigger {
                Trigger::Request { method, path, .. } => Some((handler, method.as_str(), path)),
                _ => None,
            })
    }
}

impl Handler {
    /// Whether it takes each request of its method and path.
    pub(super) fn takes_all(&self) -> bool {
        let any = |pattern: &Pattern| matches!(pattern, Pattern::Any);
        let all = matches!(&self.trigger, Trigger::Request { body, .. } if any(body));
        all && self.choice.is_empty() && self.times.is_none()
    }
}

/// Stands for a variable: no URL holds it.
const VARIABLE: &str = "\u{0}";
