//! Runs and serves documents while the editor goes on: each on a thread of its own, which tells how far it is.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::Value;
use tokio::sync::watch;

use super::Inbound;
use crate::diagnostic::Diagnostic;
use crate::runner::{
    BlockResult, Named, News, ReportedDocument, Reporter, Runner, Selector, Settings, Verdict,
    WriteBack, exit_status,
};

/// What a run tells while it goes on.
#[derive(Debug)]
pub(super) struct RunNews {
    /// Which run.
    pub(super) number: u64,
    pub(super) what: RunEvent,
}

#[derive(Debug)]
pub(super) enum RunEvent {
    /// A sentence about how far it is.
    Progress(String),
    /// It has ended.
    Ended(RunResult),
}

/// What came of a run.
#[derive(Debug, Default)]
pub(super) struct RunResult {
    /// As the command's exit status.
    pub(super) status: u8,
    /// The text with its transcripts, if some are new or differ.
    pub(super) text: Option<String>,
    /// What is wrong, and what failed.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Sentences without a place.
    pub(super) remarks: Vec<String>,
    pub(super) blocks: Vec<BlockResult>,
}

/// A run that goes on.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) uri: String,
    /// The text that runs.
    pub(super) text: Arc<str>,
    /// What is asked for: a block's name, or nothing for all.
    pub(super) block: Option<String>,
    /// The token of its progress, where that is shown.
    pub(super) token: Option<Value>,
    /// The request that its end answers.
    pub(super) request: Option<Value>,
    pub(super) serves: bool,
    stop: watch::Sender<bool>,
}

impl Run {
    /// Closes what is open, and begins nothing more.
    pub(super) fn stop(&self) {
        self.stop.send_replace(true);
    }
}

/// What is to run.
pub(super) struct RunOrder {
    pub(super) number: u64,
    pub(super) named: Named,
    pub(super) block: Option<String>,
    pub(super) serves: bool,
    pub(super) token: Option<Value>,
    pub(super) request: Option<Value>,
}

/// Begins a run.
pub(super) fn begin(order: RunOrder, uri: &str, settings: &Settings, to: &Sender<Inbound>) -> Run {
    let RunOrder {
        number,
        mut named,
        block,
        serves,
        token,
        request,
    } = order;
    named.selectors = block.iter().cloned().map(Selector::Name).collect();
    let (stop, stopped) = watch::channel(false);
    let mut settings = settings.clone();
    settings.write = if serves {
        WriteBack::Never
    } else {
        WriteBack::Changed
    };
    let text = named.text.clone().unwrap_or_default();
    let to = to.clone();
    thread::spawn(move || {
        let listener = Arc::new(RunListener {
            number,
            to: Mutex::new(to.clone()),
            told: Mutex::default(),
        });
        let runner = Runner::new(settings)
            .reporter(Arc::clone(&listener) as Arc<dyn Reporter>)
            .until(stopped);
        let results = if serves {
            runner.serve(&[named], None)
        } else {
            runner.run(&[named])
        };
        let result = listener.result(exit_status(&results), results);
        let what = RunEvent::Ended(result);
        // Without a receiver the server has ended.
        let _ = to.send(Inbound::Run(RunNews { number, what }));
    });
    Run {
        uri: uri.to_owned(),
        text,
        block,
        token,
        request,
        serves,
        stop,
    }
}

/// Hears a run, and tells the server.
struct RunListener {
    number: u64,
    to: Mutex<Sender<Inbound>>,
    told: Mutex<RunResult>,
}

impl RunListener {
    fn progress(&self, sentence: String) {
        let to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        let (number, what) = (self.number, RunEvent::Progress(sentence));
        let _ = to.send(Inbound::Run(RunNews { number, what }));
    }

    fn result(&self, status: u8, results: Vec<crate::runner::DocumentResult>) -> RunResult {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let mut result = std::mem::take(&mut *told);
        result.status = status;
        for document in results {
            result.text = result.text.or(document.text);
            result.blocks.extend(document.results);
        }
        result
    }
}

impl Reporter for RunListener {
    fn hear(&self, _: &ReportedDocument, news: &News<'_>) {
        let told = || self.told.lock().unwrap_or_else(PoisonError::into_inner);
        match news {
            News::Listening { block, url } => {
                self.progress(format!("{} listens at {}", *block.name, **url));
            }
            News::Started(block) => self.progress(format!("{} runs", *block.name)),
            News::Finished { block, result, .. } => {
                let how = match &result.verdict {
                    Verdict::Passed => "passed",
                    Verdict::Failed(_) => "failed",
                    Verdict::Skipped(_) => "was skipped",
                    Verdict::NotRun => "did not run",
                };
                self.progress(format!("{} {how}", *block.name));
            }
            News::Diagnostics(findings) => {
                let found = findings.iter().map(|finding| finding.diagnostic());
                told().diagnostics.extend(found);
            }
            News::Remark { sentence, .. } => told().remarks.push(sentence.to_string()),
            _ => {}
        }
    }
}
