//! The names that a script keeps, and those that it uses and must be given.

use std::collections::BTreeSet;

use super::names::{Names, prefixes};
use super::visit::{Around, Site, visit};
use super::{Clock, Name, Script};

impl Script {
    /// The names that the script keeps (`as NAME`, `-- save NAME`), in order of name.
    #[must_use]
    pub fn keeps(&self) -> BTreeSet<String> {
        let mut names = Names::default();
        visit(self, &mut |site, _| names.keep(site));
        names.kept
    }

    /// Whether an option stands in its head, or holds for it by default.
    #[must_use]
    pub fn has_option(&self, name: &str) -> bool {
        self.options.iter().any(|line| line.name.text == name)
    }

    /// The names that the script uses and does not keep before: what it needs from outside.
    #[must_use]
    pub fn needs(&self) -> BTreeSet<String> {
        let all = self.keeps();
        let clocks = self.clocks();
        let requests = self.kept_by_requests();
        let mut names = Names::default();
        let mut needs = BTreeSet::new();
        visit(self, &mut |site, around| {
            let used = Names::used(site);
            let outside = |name: &&Name| {
                let kept = names.known(&name.text, matches!(site, Site::Expression(_)));
                let expression = matches!(site, Site::Expression(_));
                let set = |name: &str| all.contains(name);
                let later = set(&name.text) || expression && prefixes(&name.text).any(set);
                let handled = (expression || handles(around)) && later;
                !kept
                    && !handled
                    && !requests.contains(&name.text)
                    && !Clock::awaited(&clocks, around, &name.text)
            };
            needs.extend(used.iter().filter(outside).map(|name| name.text.clone()));
            names.keep(site);
        });
        needs
    }
}

/// Whether something happens in a handler: what any step keeps may be known by then.
pub(super) fn handles(around: Around<'_>) -> bool {
    around.handler.is_some()
}
