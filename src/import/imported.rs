//! What was made of a file: blocks, and sentences about what could not be taken over.

use crate::document::BlockKind;
use crate::recorder::{NewBlock, RecordedBlock};

/// What was made of a file.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// The blocks, in order.
    pub blocks: Vec<NewBlock>,
    /// What could not be taken over, a sentence each.
    pub left_out: Vec<String>,
}

impl Imported {
    /// Adds a block that was made.
    pub(super) fn push(&mut self, kind: BlockKind, name: &str, made: RecordedBlock) {
        self.blocks.push(NewBlock {
            kind,
            name: name.to_owned(),
            prose: String::new(),
            script: made.script,
            transcript: None,
            secrets: made.secrets,
            vars: made.vars,
        });
    }

    /// Says that something is left out.
    pub(super) fn leave_out(&mut self, sentence: impl Into<String>) {
        let sentence = sentence.into();
        if !self.left_out.contains(&sentence) && self.left_out.len() < MOST_TOLD {
            self.left_out.push(sentence);
        }
    }
}

/// Sentences about what is left out, at most.
const MOST_TOLD: usize = 50;

/// A name for a block, of its URL: host and path.
pub(super) fn name_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    rest.trim_end_matches('/').to_owned()
}

/// `1 message`, `2 messages`.
pub(super) fn counted(count: usize, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}
