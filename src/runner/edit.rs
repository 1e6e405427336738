//! A block's script edited from outside: what would be wrong with it, and how it is saved so that nothing else changes
//! and no save that came in between is lost. What edits it has seen no secret.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;

use super::plan::{Plan, plan_named};
use super::save::{OtherWriters, Saved};
use super::select::Wanted;
use super::view::{PlacedProblem, problems_in};
use super::{Named, Settings, save};
use crate::document::{self, Block, Edit};
use crate::redact::Redactor;

/// A block's script as it is to be.
#[derive(Clone, Debug)]
pub struct ScriptEdit<'a> {
    /// The block's place in the document when it was looked at.
    pub block: usize,
    /// The script as it was looked at, without secrets.
    pub before: &'a str,
    /// The script as it is to be.
    pub after: &'a str,
}

/// Why an edit was not saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSaved {
    /// The block is not as it was looked at any more.
    Overtaken,
    /// A sentence.
    Refused(String),
}

const READ_ONLY: &str = "the document is read-only";

const HIDDEN: &str =
    "a changed line has *** in place of what is not shown; write the value, or a {{NAME}}";

/// What would be wrong in the block.
///
/// # Errors
/// The block is not there any more, or a sentence.
pub fn check_edit(
    named: &Named,
    settings: &Settings,
    edit: &ScriptEdit<'_>,
) -> Result<Vec<PlacedProblem>, NotSaved> {
    let plan = plan_named(named, Wanted::Blocks(&[]), settings).map_err(NotSaved::Refused)?;
    let (index, edits) = edits(&plan, edit)?;
    let text = document::splice(plan.source.text(), &edits);
    let edited = Named {
        text: Some(Arc::from(text)),
        ..named.clone()
    };
    let plan = plan_named(&edited, Wanted::Blocks(&[]), settings).map_err(NotSaved::Refused)?;
    let redactor = plan.redactor.borrow();
    let block = plan.document.blocks.get(index);
    Ok(block.map_or_else(Vec::new, |block| problems_in(&plan, &redactor, block)))
}

/// Saves the edit: only bytes of the block change.
///
/// # Errors
/// Another save came in between, or a sentence.
pub fn save_edit(
    named: &Named,
    settings: &Settings,
    edit: &ScriptEdit<'_>,
) -> Result<(), NotSaved> {
    let plan = plan_named(named, Wanted::Blocks(&[]), settings).map_err(NotSaved::Refused)?;
    let (index, edits) = edits(&plan, edit)?;
    let before = plan.source.text();
    let after = document::splice(before, &edits);
    if after == before {
        return Ok(());
    }
    if !says(&plan, index, &after, edit.after) {
        let sentence = "it would not be the block's text any more: a line would end the block";
        return Err(NotSaved::Refused(sentence.to_owned()));
    }
    write(named, before, &after)
}

/// Replaces a document's text, if it is still what it was.
pub(super) fn write(named: &Named, before: &str, after: &str) -> Result<(), NotSaved> {
    if !save::is_writable(&named.path) {
        return Err(NotSaved::Refused(READ_ONLY.to_owned()));
    }
    let others = OtherWriters {
        seen: false,
        alike: &|_, _| false,
    };
    match save::replace(&named.path, before, after, others, &mut thread::sleep) {
        Ok(Saved::Replaced) => Ok(()),
        Ok(Saved::Overtaken) => Err(NotSaved::Overtaken),
        Err(error) => Err(NotSaved::Refused(error.to_string())),
    }
}

/// The block that is meant, and the edits of the document.
fn edits(plan: &Plan, edit: &ScriptEdit<'_>) -> Result<(usize, Vec<Edit>), NotSaved> {
    let redactor = plan.redactor.borrow();
    let index = meant(plan, &redactor, edit).ok_or(NotSaved::Overtaken)?;
    let block = plan.document.blocks.get(index).ok_or(NotSaved::Overtaken)?;
    let after = edit.after.replace("\r\n", "\n").replace('\r', "\n");
    let body = restored(block, &redactor, edit.before, &after)?;
    Ok((index, block.replace_body(plan.source.text(), &body)))
}

/// The block whose script is shown as it was looked at: at its place, else the first one elsewhere.
fn meant(plan: &Plan, redactor: &Redactor, edit: &ScriptEdit<'_>) -> Option<usize> {
    let blocks = &plan.document.blocks;
    let is_meant = |block: &Block| {
        let shown = redactor.text(block.body.text());
        shown.trim_end_matches('\n') == edit.before.trim_end_matches('\n')
    };
    if blocks.get(edit.block).is_some_and(is_meant) {
        return Some(edit.block);
    }
    blocks.iter().position(is_meant)
}

/// The text as it is to stand in the document: lines that were not touched have their secrets.
fn restored(
    block: &Block,
    redactor: &Redactor,
    before: &str,
    after: &str,
) -> Result<String, NotSaved> {
    let raw: Vec<&str> = block.body.text().lines().collect();
    let shown: Vec<&str> = before.lines().collect();
    let mut known = BTreeMap::new();
    if raw.len() == shown.len() {
        let pairs = shown.iter().zip(&raw).filter(|(shown, raw)| shown != raw);
        known.extend(pairs.map(|(shown, raw)| (*shown, *raw)));
    } else if before.trim_end_matches('\n') == after.trim_end_matches('\n') {
        return Ok(block.body.text().to_owned());
    }
    let hides = redactor.text(block.body.text()).matches("***").count()
        > block.body.text().matches("***").count();
    let mut body = String::with_capacity(after.len());
    for line in after.lines() {
        match known.get(line) {
            Some(raw) => body.push_str(raw),
            None if hides && line.contains("***") => {
                return Err(NotSaved::Refused(HIDDEN.to_owned()));
            }
            None => body.push_str(line),
        }
        body.push('\n');
    }
    Ok(body)
}

/// Whether the text has the same blocks, but for what one of them says.
fn says(plan: &Plan, index: usize, text: &str, after: &str) -> bool {
    let now = document::parse(text);
    let before = &plan.document.blocks;
    let lines = |text: &str| text.trim_end_matches('\n').lines().count();
    now.blocks.len() == before.len()
        && now
            .blocks
            .iter()
            .zip(before)
            .enumerate()
            .all(|(at, (now, before))| {
                now.kind == before.kind
                    && if at == index {
                        lines(now.body.text()) == lines(after)
                    } else {
                        now.body.text() == before.body.text()
                    }
            })
}
