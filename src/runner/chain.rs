//! Runs one document from text to text: [`chain`] is the chain that the crate's first page draws, a stage a line.

use super::DocumentResult;
use super::compare::compare;
use super::document_run::{DocumentRun, RunEnd};
use super::execute::execute;
use super::execution::Execution;
use super::plan::read;
use super::record::record;
use crate::document;
use crate::source::Source;

/// Takes a text through the stages. What came of it is in `run`; `Err`: why it went no further.
async fn chain(source: Source, run: &mut DocumentRun<'_>) -> Result<(), RunEnd> {
    // &str → Document
    let document = document::parse(source.text());
    // Document → Script
    let plan = run.plan(source, document)?;
    // Script → Event → Transcript
    let executed = execute(Execution::new(&plan, &run.context)).await;
    let mut ran = run.begun(&plan, executed)?;
    compare(&plan, &mut ran);
    // Transcript → Edit → String
    let recorded = record(&plan, &mut ran, run.context.settings);
    run.finish(&plan, ran, recorded);
    Ok(())
}

/// Runs a document; `None`: its turn never came.
pub(super) async fn run_document(mut run: DocumentRun<'_>) -> Option<DocumentResult> {
    loop {
        let stopped = match read(run.named) {
            Ok(source) => chain(source, &mut run).await,
            Err(sentence) => run.refuse(sentence),
        };
        match stopped {
            Err(RunEnd::ReadAgain) => {}
            Err(RunEnd::Leave) => return None,
            Ok(()) | Err(RunEnd::Done) => return Some(run.end()),
        }
    }
}
