//! A block of the session's own document that the recorded one needs: what it says, without secrets. Knows no files.

use super::block::{RecordedBlock, laid_out, names, secrets, without_secrets};
use super::recording::Recording;
use super::vault::Vault;
use super::{conceal, head, naming};
use crate::diagnostic::Diagnostic;
use crate::script::{Role, begins_step, parse};

impl Recording {
    /// The block that says the same, beside the one that was made of the recording, and shares its secrets; `None`: without
    /// its secrets it would say nothing.
    pub fn along(
        &self,
        beside: &mut RecordedBlock,
        text: &str,
        role: Role,
    ) -> Option<RecordedBlock> {
        let mut vault = self.shared(beside);
        let at = steps_at(text);
        let (head, steps) = text.split_at_checked(at)?;
        let mut lines = head::lines(head, &mut vault).into_iter();
        let mut script = String::new();
        for line in head.lines() {
            let said = line.trim();
            let line = match lines.next().filter(|_| !said.is_empty()) {
                Some(new) if new != said => new,
                _ => line.to_owned(),
            };
            script.push_str(&line);
            script.push('\n');
        }
        let steps = conceal::step(steps, &mut vault);
        let is_used = |name: &str| names(&script, name) || names(&steps, name);
        let computed: Vec<String> = vault
            .entries()
            .iter()
            .filter(|entry| role != Role::Server && is_used(&entry.name))
            .filter_map(|entry| {
                Some(format!(
                    "@let {} = {}\n",
                    entry.name,
                    entry.computed.as_ref()?
                ))
            })
            .collect();
        let head = script.trim_end().len();
        script.insert_str((head + 1).min(script.len()), &computed.concat());
        script.push_str(&steps);
        let script = without_secrets(&script, &vault);
        let script = if script.trim_end() == text.trim_end() {
            script
        } else {
            laid_out(&script, role)
        };
        if parse(&script, role, &[])
            .diagnostics
            .iter()
            .any(Diagnostic::is_error)
        {
            return None;
        }
        let vars = self.vars.iter().filter(|(name, _)| names(&script, name));
        let block = RecordedBlock {
            secrets: secrets(&script, &vault),
            vars: vars.cloned().collect(),
            script,
            ..RecordedBlock::default()
        };
        beside.vault = vault;
        Some(block)
    }

    /// The secrets of a block that was made, where another one needs them: none is kept there.
    fn shared(&self, beside: &RecordedBlock) -> Vault {
        let mut vault = self.given.clone();
        for entry in beside.vault.entries().iter().filter(|entry| !entry.kept) {
            match &entry.computed {
                Some(how) => vault.add_part(&entry.name, &entry.value, how.clone()),
                None => vault.add(&entry.name, &entry.value),
            };
        }
        for (name, value) in &beside.hidden {
            vault.add(&naming::of_secret(name), value);
        }
        vault
    }
}

/// Where the steps of a block begin.
fn steps_at(text: &str) -> usize {
    let mut lines = text.split_inclusive('\n');
    let head = lines.by_ref().take_while(|line| !begins_step(line, true));
    head.map(str::len).sum()
}
