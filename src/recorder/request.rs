//! A request over plain HTTP, as it is known from elsewhere → the block that makes it, with secrets as names.

use super::block::{RecordedBlock, laid_out, pairs, secrets, without_secrets};
use super::vault::Vault;
use super::{conceal, head};
use crate::script::Role;

/// The block: `head` is its request line, headers and options, `steps` are what stands below.
#[must_use]
pub fn request(head: &str, steps: &[String]) -> RecordedBlock {
    let mut vault = Vault::default();
    let mut script = head::lines(head, &mut vault).join("\n");
    for step in steps {
        script.push_str("\n\n");
        script.push_str(&conceal::step(step, &mut vault));
    }
    script.push('\n');
    let script = laid_out(&without_secrets(&script, &vault), Role::Http);
    RecordedBlock {
        secrets: secrets(&script, &vault),
        hidden: pairs(&vault),
        script,
        ..RecordedBlock::default()
    }
}
