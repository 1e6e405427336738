//! What a run tells while it goes on, and what came of it. Does not know how reporters show it.

use std::io;
use std::time::Duration;

use super::findings::Findings;
use crate::document::BlockKind;
use crate::protocol::Event;
use crate::redact::Redacted;
use crate::transcript::Line;

/// Shows a run, or keeps it in a file. Documents run side by side, so it is called from several threads.
pub trait Reporter: Send + Sync {
    /// Something happened in a document.
    fn hear(&self, subject: &ReportedDocument, news: &News<'_>);

    /// Whether it is told every line as it happens ([`News::Happened`]), however many there are.
    fn follows(&self) -> bool {
        false
    }

    /// Time has passed: what is buffered may go out.
    fn pause(&self) {}

    /// Everything runs several times, and this time comes now, counted from 1.
    fn again(&self, _time: usize, _of: usize) {}

    /// Nothing more comes: what it writes is to be complete.
    ///
    /// # Errors
    /// The first thing that could not be written.
    fn finish(&self) -> io::Result<()> {
        Ok(())
    }
}

/// The document that news is about.
#[derive(Clone, Debug)]
pub struct ReportedDocument {
    /// Its place among the documents of the run.
    pub index: usize,
    /// Its path as it was named.
    pub name: String,
}

/// News, free of secrets.
pub enum News<'a> {
    /// The document's turn has come.
    Begun,
    /// Where its variables come from.
    Variables(&'a [Origin]),
    /// Something about the document that has no place in it.
    Remark {
        /// The sentence.
        sentence: &'a Redacted<String>,
        /// Whether it keeps the document from running.
        fatal: bool,
    },
    /// What is wrong in the document.
    Diagnostics(Findings<'a>),
    /// A server listens.
    Listening {
        /// Which.
        block: &'a BlockInfo,
        /// Where.
        url: &'a Redacted<String>,
    },
    /// A block starts.
    Started(&'a BlockInfo),
    /// An event, unmasked.
    Event {
        /// In which block.
        block: &'a BlockInfo,
        /// When the block started.
        began: jiff::Timestamp,
        /// What happened.
        event: &'a Redacted<Event>,
        /// The line of the step that it comes from, in the document.
        line: Option<usize>,
    },
    /// Lines that will stand in the block's transcript.
    Lines {
        /// Whose.
        block: &'a BlockInfo,
        /// In order.
        lines: &'a [Line],
    },
    /// A line as it happens, for who [follows](Reporter::follows): not only those that a transcript has room for.
    Happened {
        /// Whose.
        block: &'a BlockInfo,
        /// The line.
        line: &'a Line,
    },
    /// A block is done.
    Finished {
        /// Which.
        block: &'a BlockInfo,
        /// How it went.
        result: &'a BlockResult,
        /// What it was to do.
        script: &'a Redacted<String>,
    },
    /// How fresh transcripts differ from the recorded ones, as a unified diff; below it stands what would let vary what
    /// has changed.
    Difference {
        /// Of the document.
        text: &'a str,
        /// Of each block that differs, with its place.
        blocks: &'a [(usize, String)],
    },
    /// The document is done.
    Done(&'a DocumentResult),
}

/// Where a variable's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its name.
    pub name: String,
    /// `front matter`, an env file's path, `--var` …
    pub origin: String,
    /// Whether the value is hidden.
    pub secret: bool,
}

/// What one block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockInfo {
    /// Its place in the document.
    pub index: usize,
    /// Client or server.
    pub kind: BlockKind,
    /// Its name.
    pub name: Redacted<String>,
    /// The line of its opening fence.
    pub line: usize,
}

/// What came of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockResult {
    /// Which block.
    pub block: BlockInfo,
    /// How it went.
    pub verdict: Verdict,
    /// Messages sent.
    pub sent: u64,
    /// Messages received.
    pub received: u64,
    /// How long it took.
    pub took: Duration,
    /// What became of its transcript; told when the document is done.
    pub kept: Kept,
}

/// How a block went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it says.
    Passed,
    /// Why it failed.
    Failed(Redacted<String>),
    /// `@skip`, with its reason.
    Skipped(Redacted<String>),
    /// Its turn never came, or did not end: a failure with `--bail`, or an interrupt.
    NotRun,
}

/// What became of a transcript.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kept {
    /// There is none.
    #[default]
    None,
    /// It was recorded for the first time.
    New,
    /// It differs, and replaced the one before.
    Changed,
    /// It differs in nothing but what changes by nature.
    Same,
    /// It differs from the recorded one, and was not to be written.
    Different,
    /// None is recorded, and it was not to be written.
    Unrecorded,
    /// The block was edited meanwhile, so it was not written.
    Edited,
}

/// What came of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentResult {
    /// Its path as it was named.
    pub name: String,
    /// How many blocks it has.
    pub blocks: usize,
    /// What came of the blocks that were to run.
    pub results: Vec<BlockResult>,
    /// It, or a part of it, could not run.
    pub refused: bool,
    /// A fresh transcript differs from a recorded one (`--check`).
    pub differs: bool,
    /// It was written.
    pub written: bool,
    /// Of a document that is not a file: its text, with transcripts that are new or differ.
    pub text: Option<String>,
}

impl DocumentResult {
    /// Whether a session failed, or a `--check` found a difference.
    #[must_use]
    pub fn failed(&self) -> bool {
        let failed = |result: &BlockResult| matches!(result.verdict, Verdict::Failed(_));
        self.differs || self.results.iter().any(failed)
    }
}

/// 0: all passed; 1: something failed; 2: something could not run, which beats 1.
#[must_use]
pub fn exit_status(documents: &[DocumentResult]) -> u8 {
    if documents.iter().any(|document| document.refused) {
        return 2;
    }
    u8::from(documents.iter().any(DocumentResult::failed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(verdicts: &[Verdict], refused: bool, differs: bool) -> DocumentResult {
        let results = verdicts.iter().map(|verdict| BlockResult {
            block: BlockInfo {
                index: 0,
                kind: BlockKind::Client,
                name: Redacted::default(),
                line: 1,
            },
            verdict: verdict.clone(),
            sent: 0,
            received: 0,
            took: Duration::ZERO,
            kept: Kept::None,
        });
        DocumentResult {
            results: results.collect(),
            refused,
            differs,
            ..DocumentResult::default()
        }
    }

    #[test]
    fn exit_statuses() {
        let failed = || Verdict::Failed(Redacted::default());
        let skipped = || Verdict::Skipped(Redacted::default());
        let passed = document(&[Verdict::Passed, skipped(), Verdict::NotRun], false, false);
        let cases = [
            (vec![], 0),
            (vec![passed.clone()], 0),
            (vec![passed.clone(), document(&[failed()], false, false)], 1),
            (vec![document(&[Verdict::Passed], false, true)], 1),
            (
                vec![
                    document(&[failed()], false, false),
                    document(&[], true, false),
                ],
                2,
            ),
            (vec![document(&[], true, false), passed], 2),
        ];
        for (documents, status) in cases {
            assert_eq!(exit_status(&documents), status, "{documents:?}");
        }
    }
}
