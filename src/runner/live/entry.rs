//! What was typed → steps, or what is wrong with it, before any of it runs.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::diagnostic::Diagnostic;
use crate::runner::plan::Plan;
use crate::runner::{LiveEntry, missing, secrets};
use crate::script::{self, Action, Known, Scope, Script};
use crate::source::{Source, Span};

/// Reads entries below a script's head.
pub(super) struct EntryReader<'a> {
    pub(super) plan: &'a Plan,
    /// The block's script.
    pub(super) script: &'a Script,
    /// The values that the session has.
    pub(super) scope: &'a Rc<Scope>,
}

impl EntryReader<'_> {
    /// The steps, and what is worth a warning.
    ///
    /// # Errors
    /// What is wrong; places are in the entry's text.
    pub(super) fn read(
        &self,
        entry: &LiveEntry,
    ) -> Result<(Script, Vec<Diagnostic>), Vec<Diagnostic>> {
        let parsed = script::parse_steps(&entry.text, self.script);
        let mut script = parsed.script;
        let mut told = parsed.diagnostics;
        told.extend(unfit(&script));
        let names = self.plan.document.front_matter.secrets.iter();
        let names: BTreeSet<String> = names.map(|(name, _)| name.clone()).collect();
        secrets::announce(&mut script, &names);
        if !told.iter().any(Diagnostic::is_error) {
            told.extend(self.check(&script, &entry.text));
        }
        if told.iter().any(Diagnostic::is_error) {
            return Err(told);
        }
        Ok((script, told))
    }

    /// What can be said of the steps with the values that are known now.
    fn check(&self, script: &Script, text: &str) -> Vec<Diagnostic> {
        let known = Known {
            scope: self.scope,
            kept: &self.script.keeps(),
            files: &*self.plan.files,
        };
        let head = Script {
            opening: Vec::new(),
            steps: Vec::new(),
            ..script.clone()
        };
        // The head was judged before, and has other places.
        let before = script::check(&head, &known);
        let mut told = script::check(script, &known);
        told.retain(|told| !before.contains(told));
        missing::open_environment(&mut told, text, script, self.scope);
        told
    }
}

/// Steps that have no place in a session that is open.
fn unfit(script: &Script) -> Vec<Diagnostic> {
    let handlers = script.handlers.iter().map(|handler| {
        Diagnostic::error(handler.span, "a handler cannot come to an open session")
            .hint("write it into a block, and connect to that: `voiden connect FILE#BLOCK`")
    });
    let refusals = script
        .steps
        .iter()
        .filter(|step| matches!(step.action, Action::Http { .. }));
    let refusals = refusals.map(|step| {
        Diagnostic::error(step.span, "the opening handshake is over")
            .hint("`-- check .status == 101` before the first match looks at its answer")
    });
    handlers.chain(refusals).collect()
}

/// A text as it was typed, and diagnostics with their places in it.
pub(super) fn as_typed(entry: &LiveEntry, told: Vec<Diagnostic>) -> (Source, Vec<Diagnostic>) {
    let above = entry.line.saturating_sub(1);
    let typed = entry.text.get(entry.lead..).unwrap_or_default();
    let source = Source::new(entry.name.clone(), format!("{}{typed}", "\n".repeat(above)));
    let shift = |at: usize| at.saturating_sub(entry.lead) + above;
    let told = told.into_iter().map(|told| Diagnostic {
        span: Span::new(shift(told.span.start), shift(told.span.end)),
        ..told
    });
    (source, told.collect())
}
