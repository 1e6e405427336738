//! What blocks documents have, without looking into them.

use super::select::{Candidate, asked_for};
use super::{Named, plan};
use crate::document::{self, BlockKind};

/// A block as it stands in its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedBlock {
    /// Client or server.
    pub kind: BlockKind,
    /// Its name as it is written, which selects it.
    pub name: String,
    /// The line of its opening fence.
    pub line: usize,
}

/// Names the blocks of documents; what cannot be read, or is not there, is told in a sentence.
#[must_use]
pub fn list(documents: &[Named]) -> (Vec<(String, ListedBlock)>, Vec<String>) {
    let mut blocks = Vec::new();
    let mut wrong = Vec::new();
    for named in documents {
        match list_one(named) {
            Ok(found) => blocks.extend(found.into_iter().map(|info| (named.shown.clone(), info))),
            Err(sentence) => wrong.push(format!("{}: {sentence}", named.shown)),
        }
    }
    (blocks, wrong)
}

fn list_one(named: &Named) -> Result<Vec<ListedBlock>, String> {
    let source = plan::read(named)?;
    let blocks = document::parse(source.text()).blocks;
    let candidates: Vec<_> = blocks
        .iter()
        .map(|block| Candidate::without_script(&source, block))
        .collect();
    let mut chosen = asked_for(&named.selectors, &candidates)?;
    chosen.sort_unstable();
    chosen.dedup();
    let infos = chosen.into_iter().filter_map(|index| {
        let block = blocks.get(index)?;
        Some(ListedBlock {
            kind: block.kind,
            name: block.name.clone(),
            line: source.position(block.span.start).line,
        })
    });
    Ok(infos.collect())
}
