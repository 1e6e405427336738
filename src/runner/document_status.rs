//! How a document stands when it runs again and again: what came of each of its blocks when it last ran.

use std::collections::BTreeMap;

use super::fingerprint::Fingerprint;
use super::{DocumentResult, Verdict};

/// How a document stands: its blocks as they last ran.
#[derive(Clone, Debug, Default)]
pub struct DocumentStatus {
    pub(super) blocks: Vec<(Fingerprint, BlockStatus)>,
    /// It could not run; the fingerprint of why.
    pub(super) refused: Option<Fingerprint>,
}

/// How a block stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockStatus {
    Passed,
    Failed,
    Skipped,
}

impl DocumentStatus {
    /// How many blocks passed when they last ran.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.count(BlockStatus::Passed)
    }

    /// How many failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.count(BlockStatus::Failed)
    }

    /// Whether the document could not run.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    fn count(&self, wanted: BlockStatus) -> usize {
        let statuses = self.blocks.iter().filter(|(_, stand)| *stand == wanted);
        statuses.count()
    }

    /// How each block stands; `None` of one that was edited or has not run. Of blocks that are alike each is one.
    pub(super) fn of(
        &self,
        fingerprints: &BTreeMap<usize, Fingerprint>,
    ) -> BTreeMap<usize, Option<BlockStatus>> {
        let mut left = self.blocks.clone();
        let mut statuses = BTreeMap::new();
        for (index, fingerprint) in fingerprints {
            let at = left.iter().position(|(known, _)| known == fingerprint);
            statuses.insert(*index, at.map(|at| left.remove(at).1));
        }
        statuses
    }
}

/// How a document stands after a run. What was cut, or never had its turn, is due the next time.
pub(super) fn status_after(
    fingerprints: &BTreeMap<usize, Fingerprint>,
    before: &BTreeMap<usize, Option<BlockStatus>>,
    result: Option<&DocumentResult>,
) -> DocumentStatus {
    let ran = |index: usize| {
        let results = result.into_iter().flat_map(|result| &result.results);
        results
            .into_iter()
            .find(|result| result.block.index == index)
            .map(|result| match &result.verdict {
                Verdict::Passed => Some(BlockStatus::Passed),
                Verdict::Failed(_) => Some(BlockStatus::Failed),
                Verdict::Skipped(_) => Some(BlockStatus::Skipped),
                Verdict::NotRun => None,
            })
    };
    let statuses = fingerprints.iter().filter_map(|(index, fingerprint)| {
        let before = before.get(index).copied().flatten();
        Some((*fingerprint, ran(*index).unwrap_or(before)?))
    });
    DocumentStatus {
        blocks: statuses.collect(),
        refused: None,
    }
}
