//! Scripts by their texts: what was parsed for the last plan of a document is not parsed again for the next one, nor checked
//! again where nothing was wrong and its names stand for the same.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use crate::diagnostic::Diagnostic;
use crate::document::BlockKind;
use crate::script::{self, Parsed, Role, Scope, Script, Value};

/// A block's script and what is wrong with it, in the block's text.
#[derive(Debug)]
pub(super) struct ParsedBlock {
    pub(super) script: Rc<Script>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// What it names and does not keep itself, and the names that these may be members of.
    needs: Vec<String>,
    /// Whether what is wrong with it depends on files beside it.
    reads_files: bool,
    /// What its names stood for when nothing was wrong with it.
    fine: RefCell<Option<GivenNames>>,
}

/// What the names that a script needs stand for: whether an earlier block keeps one, and the value that it has already.
type GivenNames = Vec<(bool, Option<Value>)>;

impl ParsedBlock {
    fn new(text: &str, parsed: Parsed) -> Self {
        let Parsed {
            script,
            diagnostics,
        } = parsed;
        let mut needs = Vec::new();
        for name in script.needs() {
            let prefixes = name.match_indices('.').filter_map(|(at, _)| name.get(..at));
            needs.extend(prefixes.map(str::to_owned));
            needs.push(name);
        }
        Self {
            script: Rc::new(script),
            diagnostics,
            needs,
            reads_files: reads_files(text),
            fine: RefCell::default(),
        }
    }

    /// What is wrong with it where earlier blocks keep such names: by `check`, unless nothing was when its names stood for
    /// the same.
    pub(super) fn checked(
        &self,
        scope: &Scope,
        kept: &BTreeSet<String>,
        check: impl FnOnce() -> Vec<Diagnostic>,
    ) -> Vec<Diagnostic> {
        let names = self.needs.iter();
        let given = names.map(|name| (kept.contains(name), scope.get(name)));
        let given: GivenNames = given.collect();
        if self.fine.borrow().as_ref() == Some(&given) {
            return Vec::new();
        }
        let found = check();
        if found.is_empty() && !self.reads_files {
            self.fine.replace(Some(given));
        }
        found
    }
}

/// How the script of a block of this kind is read.
#[must_use]
pub fn role(kind: BlockKind) -> Role {
    match kind {
        BlockKind::Client => Role::Client,
        BlockKind::Server => Role::Server,
        BlockKind::Http => Role::Http,
    }
}

/// Whether a script names a file; if in doubt, it does.
fn reads_files(text: &str) -> bool {
    const OPTIONS: [&str; 6] = [
        "@proto",
        "@schema",
        "@cacert",
        "@cert",
        "@key",
        "@proto-path",
    ];
    text.contains("$file")
        || text.contains("-- schema")
        || text.lines().any(|line| {
            let line = line.trim_start();
            let is_option = OPTIONS.iter().any(|option| line.starts_with(option));
            is_option || line.contains(" @") || line.starts_with("@.")
        })
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
            let parsed = script::parse(text, role, &self.defaults);
            Rc::new(ParsedBlock::new(text, parsed))
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
