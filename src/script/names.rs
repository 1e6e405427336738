//! The names that a place in a script keeps, and those that it uses.

use std::collections::BTreeSet;

use super::visit::Site;
use super::{Call, Name, Placeholder, Template};

/// The names that were kept so far.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) kept: BTreeSet<String>,
}

impl Names {
    /// Takes in what a place keeps.
    pub(super) fn keep(&mut self, site: Site<'_>) {
        if let Site::Keep(name) = site {
            self.kept.insert(name.text.clone());
        }
        let placeholders = site.template().into_iter().flat_map(Template::placeholders);
        self.kept
            .extend(placeholders.filter_map(|placeholder| placeholder.keep.clone()));
    }

    /// The names that a place uses, without those that it has kept itself just before.
    pub(super) fn used(site: Site<'_>) -> Vec<Name> {
        if let Site::Expression(expression) = site {
            return expression.needs.clone();
        }
        let mut own = BTreeSet::new();
        let mut used = Vec::new();
        let sent = !matches!(site, Site::Expected(_) | Site::ExpectedWords(_));
        for placeholder in site.template().into_iter().flat_map(Template::placeholders) {
            if let Some(name) = variable(placeholder)
                && !own.contains(name)
            {
                used.push(Name {
                    text: name.to_owned(),
                    span: placeholder.span,
                });
            }
            // What is sent is made from left to right; what is expected keeps all at once.
            own.extend(placeholder.keep.as_deref().filter(|_| sent));
        }
        used
    }

    /// Whether a name is kept; in an expression `$a.b` may be a member of `a`.
    pub(super) fn known(&self, name: &str, members: bool) -> bool {
        self.kept.contains(name) || (members && prefixes(name).any(|name| self.kept.contains(name)))
    }
}

/// The variable that a placeholder takes its value from.
pub(super) fn variable(placeholder: &Placeholder) -> Option<&str> {
    match &placeholder.call {
        Call::Variable(name) | Call::Base64(name) | Call::Uri(name) => Some(name),
        _ => None,
    }
}

/// Of `a.b.c`: `a.b` and `a`.
pub(super) fn prefixes(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('.').filter_map(|(at, _)| name.get(..at))
}
