//! The document of a block that is connected to: what else of it the block needs, for one that is recorded elsewhere. Knows
//! what blocks say; writes nothing.

use std::path::{Path, PathBuf};

use crate::document::BlockKind;
use crate::runner::disk;
use crate::runner::folder::folder_of;
use crate::runner::plan::Plan;
use crate::runner::select::{Candidate, with_needs};
use crate::script::{Role, Script, begins_step, default_lines, parse};

/// The document of a block that is connected to.
#[derive(Clone, Debug)]
pub struct LiveOrigin {
    /// What it is called.
    pub name: String,
    /// Where it lies.
    path: PathBuf,
    /// The folder that its paths start from.
    folder: PathBuf,
    /// The place of the block that is connected to.
    target: usize,
    blocks: Vec<(NeededBlock, Candidate)>,
}

/// A block that another one may need: a server, or one that keeps values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeededBlock {
    /// What it is.
    pub kind: BlockKind,
    /// What it is called.
    pub name: String,
    /// What it says, with the document's options in its head.
    pub text: String,
    /// The document's options, as they stand there.
    pub defaults: Vec<String>,
}

impl LiveOrigin {
    pub(super) fn new(plan: &Plan, target: usize) -> Self {
        let blocks = plan.document.blocks.iter().zip(&plan.scripts);
        let blocks = blocks.map(|(block, script)| {
            let defaults = default_lines(&plan.defaults, script);
            let needed = NeededBlock {
                kind: block.kind,
                name: block.name.clone(),
                text: with_defaults(block.body.text(), &defaults),
                defaults,
            };
            (needed, Candidate::new(&plan.source, block, script))
        });
        Self {
            name: plan.source.name().to_owned(),
            path: plan.path.clone(),
            folder: plan.folder.clone().unwrap_or_default(),
            target,
            blocks: blocks.collect(),
        }
    }

    /// The document's options in the head of the block that is connected to.
    #[must_use]
    pub fn defaults(&self) -> &[String] {
        let target = self.blocks.get(self.target);
        target.map_or(&[], |(block, _)| &block.defaults)
    }

    /// The blocks that a script needs which stands in the place of the one that is connected to, in their order.
    #[must_use]
    pub fn needed(&self, script: &str) -> Vec<&NeededBlock> {
        let script: Script = parse(script, Role::Client, &[]).script;
        let mut candidates: Vec<Candidate> = self
            .blocks
            .iter()
            .map(|(_, candidate)| candidate.clone())
            .collect();
        if let Some(target) = candidates.get_mut(self.target) {
            target.says(&script);
        }
        let mut needed = with_needs(vec![self.target], &candidates);
        needed.remove(&self.target);
        let needed = needed
            .into_iter()
            .filter_map(|index| self.blocks.get(index));
        needed.map(|(block, _)| block).collect()
    }

    /// Whether it is the document at a path.
    #[must_use]
    pub fn is_at(&self, path: &Path) -> bool {
        let real = disk::canonicalize(path).ok();
        real.is_some() && real == disk::canonicalize(&self.path).ok()
    }

    /// The way from a document's folder to that of this one, empty where they are one; `None`: there is none.
    #[must_use]
    pub fn way_from(&self, document: &Path) -> Option<PathBuf> {
        let from = folder_of(document).ok()?;
        let to = disk::canonicalize(&self.folder).ok()?;
        let common = from.ancestors().find(|folder| to.starts_with(folder))?;
        let up = from.strip_prefix(common).ok()?.components().map(|_| "..");
        let way: PathBuf = up.collect();
        Some(way.join(to.strip_prefix(common).ok()?))
    }
}

/// A block's text with lines at the end of its head.
pub(super) fn with_defaults(text: &str, lines: &[String]) -> String {
    let mut head = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if begins_step(line, true) {
            break;
        }
        at += line.len();
        if !line.trim().is_empty() {
            head = at;
        }
    }
    let (head, rest) = text.split_at_checked(head).unwrap_or((text, ""));
    let mut whole = head.trim_end_matches('\n').to_owned();
    for line in lines {
        whole.push('\n');
        whole.push_str(line);
    }
    whole.push('\n');
    whole.push_str(rest);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_stand_at_the_end_of_a_head() {
        let lines = ["@timeout 1s".to_owned()];
        for (text, whole) in [
            ("ws://h/", "ws://h/\n@timeout 1s\n"),
            (
                "ws://h/\nX: y\n\n-- check .status == 101\n",
                "ws://h/\nX: y\n@timeout 1s\n\n-- check .status == 101\n",
            ),
            ("ws://h/\n-> text a", "ws://h/\n@timeout 1s\n-> text a"),
        ] {
            assert_eq!(with_defaults(text, &lines), whole);
        }
    }
}
