//! A run in one line.

use std::fmt::Write;
use std::time::Duration;

use crate::runner::{DocumentResult, Verdict};

/// How many files and sessions, and how they went.
pub(super) fn summary(documents: &[DocumentResult], took: Duration) -> String {
    let results = || documents.iter().flat_map(|document| &document.results);
    let count =
        |wanted: fn(&Verdict) -> bool| results().filter(|result| wanted(&result.verdict)).count();
    let passed = count(|verdict| *verdict == Verdict::Passed);
    let failed = count(|verdict| matches!(verdict, Verdict::Failed(_)));
    let skipped = count(|verdict| matches!(verdict, Verdict::Skipped(_)));
    let not_run = count(|verdict| *verdict == Verdict::NotRun);
    let refused = documents.iter().filter(|document| document.refused).count();
    let differ = documents.iter().filter(|document| document.differs).count();
    let written = documents.iter().filter(|document| document.written).count();
    let mut summary = format!(
        "{}, {}: {passed} passed, {failed} failed, {skipped} skipped",
        counted(documents.len(), "file"),
        counted(results().count(), "session"),
    );
    if not_run > 0 {
        let _ = write!(summary, ", {not_run} not run");
    }
    let _ = write!(summary, " in {}", seconds(took));
    for (count, what) in [
        (differ, "not as recorded"),
        (written, "written"),
        (refused, "could not run"),
    ] {
        if count > 0 {
            let _ = write!(summary, "; {} {what}", counted(count, "file"));
        }
    }
    summary + "\n"
}

/// `1 file`, `2 files`.
#[must_use]
pub fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

fn seconds(took: Duration) -> String {
    if took < Duration::from_secs(1) {
        return format!("{} ms", took.as_millis());
    }
    format!("{:.1} s", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::BlockKind;
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
    fn summaries() {
        let block = BlockInfo {
            index: 0,
            kind: BlockKind::Client,
            name: String::new(),
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
            "1 file, 1 session: 1 passed, 0 failed, 0 skipped in 132 ms\n"
        );
        let mut several = document(&[
            Verdict::Failed(String::new()),
            Verdict::Skipped(String::new()),
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
