//! The formats that `--report` knows. A new one is a file beside this one, and an entry here.

use std::sync::Arc;

use super::accounts::AccountReport;
use super::github::GithubWriter;
use super::junit::JunitWriter;
use super::markdown::MarkdownWriter;
use super::tap::TapWriter;
use super::workflow::ColonSpelling;
use super::{Destination, HtmlReport, JsonReport};
use crate::runner::Reporter;
use crate::wall_clock::WallClock;

/// A format that reports are written in.
#[derive(Debug)]
pub struct ReportFormat {
    /// The word before `=`.
    pub name: &'static str,
    /// How it spells a character that a workflow runner must not read as itself; `None`: its lines are for that runner.
    pub spelling: Option<ColonSpelling>,
    new: fn(Destination, WallClock) -> Arc<dyn Reporter>,
}

/// All of them, in the order in which the help names them.
pub const REPORT_FORMATS: &[ReportFormat] = &[
    ReportFormat {
        name: "junit",
        spelling: Some(ColonSpelling::Xml),
        new: |to, clock| Arc::new(AccountReport::new(JunitWriter::default(), to, clock)),
    },
    ReportFormat {
        name: "json",
        spelling: Some(ColonSpelling::Json),
        new: |to, clock| Arc::new(JsonReport::new(to, clock)),
    },
    ReportFormat {
        name: "tap",
        spelling: Some(ColonSpelling::Json),
        new: |to, clock| Arc::new(AccountReport::new(TapWriter::default(), to, clock)),
    },
    ReportFormat {
        name: "html",
        spelling: Some(ColonSpelling::Xml),
        new: |to, clock| Arc::new(HtmlReport::new(to, clock)),
    },
    ReportFormat {
        name: "markdown",
        spelling: Some(ColonSpelling::Xml),
        new: |to, clock| Arc::new(AccountReport::new(MarkdownWriter::default(), to, clock)),
    },
    ReportFormat {
        name: "github",
        spelling: None,
        new: |to, clock| Arc::new(AccountReport::new(GithubWriter, to, clock)),
    },
];

impl ReportFormat {
    /// The format of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        REPORT_FORMATS.iter().find(|format| format.name == name)
    }

    /// The names of all, the last one behind a word: `junit, json, tap, html or github`.
    #[must_use]
    pub fn names(conjunction: &str) -> String {
        let mut names: Vec<_> = REPORT_FORMATS.iter().map(|format| format.name).collect();
        let last = names.pop().unwrap_or_default();
        format!("{} {conjunction} {last}", names.join(", "))
    }

    /// A report that goes there.
    #[must_use]
    pub fn report(&self, to: Destination, clock: WallClock) -> Arc<dyn Reporter> {
        (self.new)(to, clock)
    }
}
