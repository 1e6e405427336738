//! What can be said of a script's options before anything connects, with the files that they name.

use super::{Checker, holds};
use crate::script::names::variable;
use crate::script::options::{Options, Payloads, is_payload};
use crate::script::{Call, OptionLine, Template};

impl Checker<'_> {
    /// What is said of payloads, and the files that are named for it.
    pub(super) fn payloads(&mut self) {
        let lines = self.script.options.iter();
        let lines = lines.filter(|line| is_payload(line) && self.is_ready(&line.value));
        let mut told = Vec::new();
        let payloads = Payloads::read(&lines, &self.fill(), &mut told);
        self.packing = payloads.packing;
        self.schemas = payloads.schemas;
        self.told.append(&mut told);
    }

    /// Option lines that hold variables; the others were judged when they were parsed.
    pub(super) fn options(&mut self) {
        let has_names = |line: &OptionLine| line.value.placeholders().next().is_some();
        if !self.script.options.iter().any(has_names) {
            return;
        }
        let mut script = self.script.clone();
        script
            .options
            .retain(|line| has_names(line) && !is_payload(line) && self.is_ready(&line.value));
        for line in &script.options {
            if line.name.text == "subprotocol" {
                self.line_breaks(&line.value, "subprotocol");
            }
        }
        let before = self.told.clone();
        let (_, told) = Options::read(&script, &self.fill());
        let new = told.into_iter().filter(|diagnostic| {
            before
                .iter()
                .all(|known| !holds(diagnostic.span, known.span))
        });
        self.told.extend(new);
    }

    /// Whether every value of an option is there: nothing of a block is kept before it begins.
    fn is_ready(&self, template: &Template) -> bool {
        template
            .placeholders()
            .all(|placeholder| match variable(placeholder) {
                Some(name) => self.scope.get(name).is_some(),
                None => !matches!(
                    placeholder.call,
                    Call::Client
                        | Call::Index
                        | Call::Message(_)
                        | Call::Request(_)
                        | Call::ClientCount
                ),
            })
    }
}
