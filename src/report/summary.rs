//! A run in one line.

use std::fmt::Write;
use std::time::Duration;

use crate::runner::{DocumentResult, Verdict};

/// How many files and sessions, and how they went; summed up over all runs of a repeated one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    files: usize,
    sessions: usize,
    passed: usize,
    failed: usize,
    skipped: usize,
    not_run: usize,
    refused: usize,
    differ: usize,
    written: usize,
}

impl Tally {
    /// Counts the documents of one run.
    pub fn add(&mut self, documents: &[DocumentResult]) {
        let count = |wanted: fn(&DocumentResult) -> bool| {
            documents.iter().filter(|document| wanted(document)).count()
        };
        self.files += documents.len();
        self.refused += count(|document| document.refused);
        self.differ += count(|document| document.differs);
        self.written += count(|document| document.written);
        for result in documents.iter().flat_map(|document| &document.results) {
            self.sessions += 1;
            match result.verdict {
                Verdict::Passed => self.passed += 1,
                Verdict::Failed(_) => self.failed += 1,
                Verdict::Skipped(_) => self.skipped += 1,
                Verdict::NotRun => self.not_run += 1,
            }
        }
    }

    /// All of it in one line.
    pub(super) fn sentence(&self, took: Duration) -> String {
        let files = counted(self.files, "file");
        let mut summary = match self.sessions {
            0 => format!("{files}, nothing run"),
            sessions => {
                let sessions = counted(sessions, "session");
                format!("{files}, {sessions}: {} passed", self.passed)
            }
        };
        for (count, what) in [
            (self.failed, "failed"),
            (self.skipped, "skipped"),
            (self.not_run, "not run"),
        ] {
            if count > 0 {
                let _ = write!(summary, ", {count} {what}");
            }
        }
        let _ = write!(summary, " in {}", seconds(took));
        for (count, what) in [
            (self.differ, "not as recorded"),
            (self.written, "written"),
            (self.refused, "could not run"),
        ] {
            if count > 0 {
                let _ = write!(summary, "; {} {what}", counted(count, "file"));
            }
        }
        summary + "\n"
    }
}

/// The runs that failed, of a repeated one: `10 runs, 2 failed (run 3, 7)`.
pub(super) fn runs(count: usize, failed: &[usize]) -> String {
    const NAMED: usize = 10;
    let runs = counted(count, "run");
    if failed.is_empty() {
        return format!("{runs}, none failed");
    }
    let named: Vec<_> = failed.iter().take(NAMED).map(ToString::to_string).collect();
    let more = if failed.len() > NAMED { ", …" } else { "" };
    let named = named.join(", ");
    format!("{runs}, {} failed (run {named}{more})", failed.len())
}

/// `1 file`, `2 files`.
#[must_use]
pub fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

pub(super) fn seconds(took: Duration) -> String {
    if took < Duration::from_secs(1) {
        return format!("{} ms", took.as_millis());
    }
    format!("{:.1} s", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::BlockKind;
    use crate::redact::Redacted;
    use crate::runner::{BlockInfo, BlockResult, Kept};

    fn result(block: &BlockInfo, verdict: Verdict) -> BlockResult {
        BlockResult {
            block: block.clone(),
            verdict,
            sent: 0,
            received: 0,
            took: Duration::ZERO,
            kept: Kept::Same,
        }
    }

    #[test]
    fn repeated_runs_name_those_that_failed() {
        assert_eq!(runs(10, &[]), "10 runs, none failed");
        assert_eq!(runs(10, &[3, 7]), "10 runs, 2 failed (run 3, 7)");
        let many: Vec<_> = (1..=12).collect();
        let told = runs(12, &many);
        assert_eq!(
            told,
            "12 runs, 12 failed (run 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …)"
        );
    }

    fn summary(documents: &[DocumentResult], took: Duration) -> String {
        let mut tally = Tally::default();
        tally.add(documents);
        tally.sentence(took)
    }

    #[test]
    fn summaries() {
        let block = BlockInfo {
            index: 0,
            kind: BlockKind::Client,
            name: Redacted::default(),
            line: 1,
        };
        let document = |verdicts: &[Verdict]| DocumentResult {
            results: verdicts
                .iter()
                .map(|verdict| result(&block, verdict.clone()))
                .collect(),
            ..DocumentResult::default()
        };
        let one = document(&[Verdict::Passed]);
        assert_eq!(
            summary(&[one], Duration::from_millis(132)),
            "1 file, 1 session: 1 passed in 132 ms\n"
        );
        let mut several = document(&[
            Verdict::Failed(Redacted::default()),
            Verdict::Skipped(Redacted::default()),
            Verdict::NotRun,
        ]);
        several.written = true;
        let mut refused = document(&[]);
        refused.refused = true;
        assert_eq!(
            summary(&[several, refused], Duration::from_millis(1250)),
            "2 files, 3 sessions: 0 passed, 1 failed, 1 skipped, 1 not run in 1.2 s; 1 file written; 1 file could not run\n"
        );
    }
}
