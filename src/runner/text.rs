//! Runs a document that need not be on disk: its text goes in, and comes out with its transcripts.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::{BlockResult, Named, News, ReportedDocument, Reporter, Runner, Settings};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// What came of a document's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The text, with the transcripts that are new or differ.
    pub text: String,
    /// What is wrong in the text that was given, and what failed. Secrets are hidden. What has no place in the text
    /// stands at its start.
    pub diagnostics: Vec<Diagnostic>,
    /// What came of the blocks; empty if nothing could run.
    pub blocks: Vec<BlockResult>,
}

impl Outcome {
    /// Whether everything ran, and nothing failed.
    #[must_use]
    pub fn passed(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Runs the blocks of a document's text. Nothing is written to disk, and no file is read but those that `settings` name:
/// if there is a `file_root`, the document counts as lying in it.
///
/// It blocks until all sessions have ended, and may be called from anywhere, also from within an async runtime (there by
/// `spawn_blocking`).
///
/// ```
/// let outcome = voiden::run_text("no block", &voiden::Settings::default());
/// assert_eq!(outcome.text, "no block");
/// assert!(outcome.blocks.is_empty());
/// ```
#[must_use]
pub fn run_text(text: &str, settings: &Settings) -> Outcome {
    let named = Named::of_text("<text>", text, settings.file_root.as_deref());
    let collected = Arc::new(Collected::default());
    let reporter = Arc::clone(&collected) as Arc<dyn Reporter>;
    let runner = Runner::new(settings.clone()).reporter(reporter);
    // A runtime must not be entered from within another: so it has a thread of its own.
    let results = thread::scope(|scope| scope.spawn(|| runner.run(&[named])).join());
    let mut results = results.unwrap_or_default();
    let result = results.pop().unwrap_or_default();
    Outcome {
        text: result.text.unwrap_or_else(|| text.to_owned()),
        diagnostics: collected.take(),
        blocks: result.results,
    }
}

/// Keeps the diagnostics of a run.
#[derive(Default)]
struct Collected(Mutex<Vec<Diagnostic>>);

impl Collected {
    fn take(&self) -> Vec<Diagnostic> {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *found)
    }
}

impl Reporter for Collected {
    fn hear(&self, _: &ReportedDocument, news: &News<'_>) {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match news {
            News::Diagnostics(findings) => {
                found.extend(findings.iter().map(|finding| finding.diagnostic()));
            }
            News::Remark { sentence, fatal } => {
                let start = Span::new(0, 0);
                found.push(if *fatal {
                    Diagnostic::error(start, sentence.as_str())
                } else {
                    Diagnostic::warning(start, sentence.as_str())
                });
            }
            _ => {}
        }
    }
}
