//! What a document's run comes to, gathered while it goes on: for reports that tell of it once it is over.
//! Its size follows the number of blocks, never the number of messages.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::paint::harmless;
use crate::runner::{BlockInfo, BlockResult, Finding, Kept, News, ReportedDocument, Verdict};
use crate::source::Position;
use crate::wall_clock::WallClock;

/// One document, run once.
#[derive(Clone, Debug)]
pub(super) struct Account {
    /// Its path as it was named.
    pub(super) name: String,
    /// Which time it ran, where everything runs several times.
    pub(super) run: Option<usize>,
    /// When its turn came.
    pub(super) began: jiff::Timestamp,
    /// How long its turn took.
    pub(super) took: Duration,
    /// It, or a part of it, could not run.
    pub(super) refused: bool,
    /// Why.
    pub(super) problems: Vec<Problem>,
    /// How it differs from what is recorded, as a unified diff.
    pub(super) difference: Option<String>,
    /// Its blocks that were to run.
    pub(super) cases: Vec<Case>,
}

/// One block.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// How it went.
    pub(super) result: BlockResult,
    /// When it began, if it did.
    pub(super) began: Option<jiff::Timestamp>,
    /// What failed, each with its place.
    pub(super) problems: Vec<Problem>,
    /// How its transcript differs from the recorded one, as a unified diff.
    pub(super) difference: Option<String>,
}

/// Something that is wrong, free of secrets and on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// Where.
    pub(super) at: Option<Position>,
    /// The place behind it.
    pub(super) end: Option<Position>,
    /// What.
    pub(super) message: String,
    /// What to do about it.
    pub(super) hint: Option<String>,
    /// All of it with the line that it is about, as a terminal shows it.
    pub(super) drawn: String,
}

/// What a case comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CaseOutcome {
    Passed,
    Failed,
    Skipped,
}

impl CaseOutcome {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

impl Account {
    /// The document's name, and which time it ran.
    pub(super) fn title(&self) -> String {
        let name = harmless(&self.name);
        match self.run {
            Some(run) => format!("{name} (run {run})"),
            None => name,
        }
    }
}

impl Case {
    pub(super) fn block(&self) -> &BlockInfo {
        &self.result.block
    }

    pub(super) fn is_server(&self) -> bool {
        self.result.block.kind.is_server()
    }

    /// What it comes to, and why where it did not pass.
    pub(super) fn outcome(&self, check: bool) -> (CaseOutcome, String) {
        match (&self.result.verdict, self.result.kept) {
            (Verdict::Failed(reason), _) => (CaseOutcome::Failed, harmless(reason)),
            (Verdict::Skipped(reason), _) => (CaseOutcome::Skipped, harmless(reason)),
            (Verdict::NotRun, _) => (CaseOutcome::Skipped, "not run".to_owned()),
            (Verdict::Passed, Kept::Different) if check => (
                CaseOutcome::Failed,
                "its transcript is not as recorded".to_owned(),
            ),
            (Verdict::Passed, Kept::Unrecorded) if check => (
                CaseOutcome::Failed,
                "no transcript of it is recorded".to_owned(),
            ),
            (Verdict::Passed, _) => (CaseOutcome::Passed, String::new()),
        }
    }

    /// The line to look at: the one that failed, else the block's.
    pub(super) fn line(&self) -> usize {
        let failed = self.problems.first().and_then(|problem| problem.at);
        failed.map_or(self.result.block.line, |at| at.line)
    }
}

impl Account {
    /// Whether transcripts that are not as recorded are failures.
    pub(super) fn is_checked(&self) -> bool {
        self.difference.is_some()
    }
}

/// Gathers the accounts of documents that run side by side.
#[derive(Debug)]
pub(super) struct Gathering {
    clock: WallClock,
    run: Option<usize>,
    open: BTreeMap<usize, OpenDocument>,
}

#[derive(Debug)]
struct OpenDocument {
    began: (jiff::Timestamp, Instant),
    /// Errors that no block has claimed.
    problems: Vec<Problem>,
    /// How many of them came last, together.
    latest: usize,
    difference: Option<String>,
    differences: BTreeMap<usize, String>,
    blocks: BTreeMap<usize, (Option<jiff::Timestamp>, Vec<Problem>)>,
}

impl Gathering {
    pub(super) fn new(clock: WallClock) -> Self {
        Self {
            clock,
            run: None,
            open: BTreeMap::new(),
        }
    }

    /// Everything runs several times, and this time comes now.
    pub(super) fn again(&mut self, time: usize) {
        self.run = Some(time);
    }

    /// Takes news; the account where it is the last.
    pub(super) fn hear(&mut self, subject: &ReportedDocument, news: &News<'_>) -> Option<Account> {
        if matches!(
            news,
            News::Event { .. } | News::Lines { .. } | News::Happened { .. }
        ) {
            return None;
        }
        let open = self
            .open
            .entry(subject.index)
            .or_insert_with(|| OpenDocument {
                began: (self.clock.now(), Instant::now()),
                problems: Vec::new(),
                latest: 0,
                difference: None,
                differences: BTreeMap::new(),
                blocks: BTreeMap::new(),
            });
        match news {
            News::Remark {
                sentence,
                fatal: true,
            } => open.problems.push(Problem::sentence(sentence)),
            News::Diagnostics(findings) => {
                let errors = findings.iter().filter(Finding::is_error);
                let problems = errors.map(|one| Problem::finding(&one));
                let before = open.problems.len();
                open.problems.extend(problems);
                open.latest = open.problems.len() - before;
            }
            News::Started(block) => {
                let began = Some(self.clock.now());
                open.blocks.insert(block.index, (began, Vec::new()));
            }
            // A failure is told right before its block is done.
            News::Finished { block, result, .. }
                if matches!(result.verdict, Verdict::Failed(_)) =>
            {
                let before = open.problems.len().saturating_sub(open.latest);
                let problems = open.problems.split_off(before);
                open.blocks.entry(block.index).or_default().1 = problems;
            }
            News::Difference { text, blocks } => {
                open.difference = Some((*text).to_owned());
                open.differences = blocks.iter().cloned().collect();
            }
            News::Done(result) => {
                let open = self.open.remove(&subject.index)?;
                return Some(open.close(self.run, &subject.name, result));
            }
            _ => {}
        }
        None
    }
}

impl OpenDocument {
    fn close(
        mut self,
        run: Option<usize>,
        name: &str,
        result: &crate::runner::DocumentResult,
    ) -> Account {
        let cases = result.results.iter().map(|result| {
            let (began, problems) = self.blocks.remove(&result.block.index).unwrap_or_default();
            Case {
                result: result.clone(),
                began,
                problems,
                difference: self.differences.remove(&result.block.index),
            }
        });
        Account {
            name: name.to_owned(),
            run,
            began: self.began.0,
            took: self.began.1.elapsed(),
            refused: result.refused,
            cases: cases.collect(),
            problems: if result.refused {
                self.problems
            } else {
                Vec::new()
            },
            difference: self.difference,
        }
    }
}

impl Problem {
    fn sentence(sentence: &str) -> Self {
        let message = harmless(sentence);
        Self {
            at: None,
            end: None,
            drawn: message.clone(),
            message,
            hint: None,
        }
    }

    fn finding(finding: &Finding<'_>) -> Self {
        Self {
            at: Some(finding.position()),
            end: Some(finding.end()),
            message: harmless(&finding.message()),
            hint: finding.hint().map(|hint| harmless(&hint)),
            drawn: finding.drawn(false).trim_end().to_owned(),
        }
    }

    /// `api.md:14:1: no json … within 2s`
    pub(super) fn line(&self, document: &str) -> String {
        let mut line = harmless(document);
        if let Some(at) = self.at {
            let _ = write!(line, ":{}:{}", at.line, at.column);
        }
        let _ = write!(line, ": {}", self.message);
        line
    }
}
