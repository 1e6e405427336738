//! Scripts by their texts: what was parsed for the last plan of a document is not parsed again for the next one.

use std::collections::HashMap;
use std::rc::Rc;

use crate::diagnostic::Diagnostic;
use crate::script::{self, Parsed, Role, Script};

/// A block's script and what is wrong with it, in the block's text.
#[derive(Debug)]
pub(super) struct ParsedBlock {
    pub(super) script: Rc<Script>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// The scripts of a document.
#[derive(Debug, Default)]
pub(super) struct ParsedScripts {
    defaults: Vec<(String, String)>,
    before: HashMap<(Role, String), Rc<ParsedBlock>>,
    now: HashMap<(Role, String), Rc<ParsedBlock>>,
}

impl ParsedScripts {
    /// A plan begins, in which blocks have these options by default. What the last one did not ask for is forgotten.
    pub(super) fn begin(&mut self, defaults: Vec<(String, String)>) {
        self.before = std::mem::take(&mut self.now);
        if self.defaults != defaults {
            self.before.clear();
            self.defaults = defaults;
        }
    }

    pub(super) fn parse(&mut self, text: &str, role: Role) -> Rc<ParsedBlock> {
        let key = (role, text.to_owned());
        if let Some(known) = self.now.get(&key) {
            return Rc::clone(known);
        }
        let parsed = self.before.remove(&key).unwrap_or_else(|| {
            let Parsed {
                script,
                diagnostics,
            } = script::parse(text, role, &self.defaults);
            Rc::new(ParsedBlock {
                script: Rc::new(script),
                diagnostics,
            })
        });
        self.now.insert(key, Rc::clone(&parsed));
        parsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_last_plan_had_is_not_parsed_again() {
        let mut scripts = ParsedScripts::default();
        scripts.begin(Vec::new());
        let first = scripts.parse("ws://a/", Role::Client);
        assert!(Rc::ptr_eq(&first, &scripts.parse("ws://a/", Role::Client)));
        assert!(!Rc::ptr_eq(&first, &scripts.parse("ws://a/", Role::Server)));
        scripts.begin(Vec::new());
        assert!(Rc::ptr_eq(&first, &scripts.parse("ws://a/", Role::Client)));
        scripts.begin(vec![("timeout".to_owned(), "1s".to_owned())]);
        assert!(!Rc::ptr_eq(&first, &scripts.parse("ws://a/", Role::Client)));
    }
}
