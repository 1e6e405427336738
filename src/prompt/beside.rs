//! What comes to stand in a document beside a recorded block: the blocks of the session's own document that it needs. Says
//! what could not be taken along.

use std::fmt::Write as _;
use std::path::Path;

use crate::document::BlockKind;
use crate::recorder::{NewBlock, RecordedBlock, Recording, clashes, from_afar, role};
use crate::report::harmless;
use crate::runner::LiveOrigin;

/// The blocks of a document, the recorded one last.
pub(super) struct WrittenBlocks {
    pub(super) blocks: Vec<NewBlock>,
    /// What is to be said of those beside it.
    told: String,
}

impl WrittenBlocks {
    /// The blocks for a document at a path.
    pub(super) fn new(
        recording: &Recording,
        mut made: RecordedBlock,
        transcript: String,
        name: String,
        (origin, path): (&LiveOrigin, &Path),
    ) -> Self {
        let recorded = NewBlock {
            kind: BlockKind::Client,
            name,
            prose: String::new(),
            script: std::mem::take(&mut made.script),
            transcript: Some(transcript),
            secrets: std::mem::take(&mut made.secrets),
            vars: std::mem::take(&mut made.vars),
            defaults: origin.defaults().to_vec(),
            needed: false,
        };
        let mut told = String::new();
        let mut blocks = Vec::new();
        let of = harmless(&origin.name);
        if !origin.is_at(path) {
            for block in origin.needed(&recorded.script) {
                let Some(along) = recording.along(&mut made, &block.text, role(block.kind)) else {
                    let name = harmless(&block.name);
                    let _ = write!(
                        told,
                        "\n`{name}` of {of} could not be taken along without its secrets: write it there by hand"
                    );
                    continue;
                };
                blocks.push(NewBlock {
                    kind: block.kind,
                    name: block.name.clone(),
                    prose: String::new(),
                    script: along.script,
                    transcript: None,
                    secrets: along.secrets,
                    vars: along.vars,
                    defaults: block.defaults.clone(),
                    needed: true,
                });
            }
        }
        let names: Vec<String> = blocks
            .iter()
            .map(|block| format!("`{}`", harmless(&block.name)))
            .collect();
        if !names.is_empty() {
            told.insert_str(0, &format!(", with {} of {of}", names.join(", ")));
        }
        let way = origin.way_from(path).unwrap_or_default();
        blocks.push(recorded);
        for block in &mut blocks {
            block.script = from_afar(&block.script, role(block.kind), &way);
        }
        Self { blocks, told }
    }

    /// What is said of them once they are written into a text at a path.
    pub(super) fn told(&self, before: &str, path: &str) -> String {
        let mut told = self.told.clone();
        for name in clashes(before, &self.blocks) {
            let name = harmless(name);
            let _ = write!(
                told,
                "\nwarning: {path} has another server `{name}`, and that is what the block will meet\nrename one of the two"
            );
        }
        told
    }
}
