//! Runs the documents that are prepared, as often as `--repeat` says, and sums up what came of it.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

use super::arguments::RunArguments;
use super::interrupt::{INTERRUPTED, interrupts};
use super::prepare::Prepared;
use super::settings::Audience;
use super::{NO_BLOCK, REFUSED, reports, stdin};
use crate::report::{Output, Scene, Tally};
use crate::runner::{DocumentResult, Named, Reporter, Runner, Settings, WriteBack, exit_status};

/// Runs what is prepared; gives the exit status and, of a document that is not a file, its text with its transcripts.
pub(super) fn run_documents(
    arguments: &RunArguments,
    prepared: Prepared,
    out: Output,
    err: Output,
) -> (u8, Option<String>) {
    let interrupts = interrupts();
    let audience = Audience::new(out, err, Scene::Run, arguments.telling, prepared.log)
        .with(interrupts.begun())
        .with(prepared.reports);
    let terminal = Arc::clone(&audience.terminal);
    if reports::take_stdout(&arguments.report) {
        terminal.leave_stdout();
    }
    if stdin::is_among(&arguments.naming.files) {
        terminal.leave_out_lines();
    }
    for wrong in &prepared.wrong {
        terminal.error(wrong);
    }
    let began = Instant::now();
    let stop = interrupts.stop;
    let runs = Runs {
        documents: &prepared.documents,
        settings: prepared.settings,
        times: arguments.repeat,
        reporter: &audience.reporter(),
        stop: &stop,
    };
    terminal.show_progress(prepared.documents.len());
    let came = runs.run();
    terminal.end_progress();
    let mut status = came.status;
    if !prepared.wrong.is_empty() {
        status = REFUSED;
    } else if came.found_no_block {
        terminal.error_with_help(NO_BLOCK.0, NO_BLOCK.1);
        status = REFUSED;
    } else if came.ran_nothing && !arguments.only.is_empty() {
        terminal.error("no block in anything named has a name that --only matches");
        status = REFUSED;
    }
    if *stop.borrow() {
        status = INTERRUPTED;
    }
    if came.tally != Tally::default() {
        let took = began.elapsed();
        match arguments.repeat {
            1 => terminal.summary(&came.tally, took, status != 0),
            _ => terminal.summary_of_runs(came.runs, &came.failed, &came.tally, took),
        }
    }
    (audience.close(status), came.text)
}

/// Everything, as often as it is to run.
struct Runs<'a> {
    documents: &'a [Named],
    settings: Settings,
    times: usize,
    reporter: &'a Arc<dyn Reporter>,
    stop: &'a watch::Receiver<bool>,
}

/// What came of all runs.
struct Came {
    status: u8,
    runs: usize,
    /// The runs that failed, counted from 1.
    failed: Vec<usize>,
    tally: Tally,
    found_no_block: bool,
    ran_nothing: bool,
    /// Of a document that is not a file: its text as it was written last.
    text: Option<String>,
}

impl Runs<'_> {
    fn run(self) -> Came {
        let mut came = Came {
            status: 0,
            runs: 0,
            failed: Vec::new(),
            tally: Tally::default(),
            found_no_block: false,
            ran_nothing: false,
            text: None,
        };
        for time in 1..=self.times {
            let results = self.once(time);
            came.runs = time;
            came.tally.add(&results);
            let status = exit_status(&results);
            came.status = came.status.max(status);
            came.found_no_block = has_no_block(&results);
            let idle = |document: &DocumentResult| document.results.is_empty();
            came.ran_nothing = came.status == 0 && results.iter().all(idle);
            if status != 0 {
                came.failed.push(time);
            }
            let text = results.into_iter().find_map(|document| document.text);
            came.text = text.or(came.text);
            // A document that cannot run will not be able to the next time.
            let over = status == REFUSED || came.found_no_block || came.ran_nothing;
            if over || (status != 0 && self.settings.bail) || *self.stop.borrow() {
                break;
            }
        }
        came
    }

    /// Documents are left alone until the last time: with each they could change, and change back.
    fn once(&self, time: usize) -> Vec<DocumentResult> {
        let mut settings = self.settings.clone();
        if time < self.times {
            settings.failures_only = settings.bail;
            if !settings.bail {
                settings.write = WriteBack::Never;
            }
        }
        if self.times > 1 {
            self.reporter.again(time, self.times);
        }
        Runner::new(settings)
            .reporter(Arc::clone(self.reporter))
            .until(self.stop.clone())
            .run(self.documents)
    }
}

/// Whether everything could be read, and nothing in it is ours.
pub(super) fn has_no_block(results: &[DocumentResult]) -> bool {
    results
        .iter()
        .all(|document| document.blocks == 0 && !document.refused)
}
