//! `--report html=PATH`: one page that needs nothing else, and shows of each session what its transcript shows.
//! Whatever comes from outside goes through [`shown::Shown`]; the page's policy lets no other script or style in.

pub(crate) mod axis;
mod line;
pub(crate) mod page;
mod plot;
mod script;
mod session;
pub(crate) mod shown;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use maud::html;

use super::Destination;
use super::account::{Account, CaseOutcome, Gathering};
use super::spool::Chapters;
use crate::redact::Redacted;
use crate::runner::{News, ReportedDocument, Reporter};
use crate::transcript::Line;
use crate::wall_clock::WallClock;

/// Writes a page.
pub struct HtmlReport {
    state: Mutex<HtmlState>,
}

struct HtmlState {
    destination: Destination,
    clock: WallClock,
    began: jiff::Timestamp,
    gathering: Gathering,
    run: usize,
    /// What sessions that go on have shown; as much as their transcripts hold.
    lines: BTreeMap<(usize, usize), Vec<Line>>,
    /// What blocks that are done were to do.
    scripts: BTreeMap<(usize, usize), Redacted<String>>,
    documents: Chapters<(usize, usize)>,
    overview: Overview,
    failed: Option<io::Error>,
}

/// What stands above everything.
#[derive(Default)]
struct Overview {
    /// Titles, by run and place.
    titles: BTreeMap<(usize, usize), String>,
    refused: usize,
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl HtmlReport {
    /// A report that goes there.
    #[must_use]
    pub fn new(destination: Destination, clock: WallClock) -> Self {
        Self {
            state: Mutex::new(HtmlState {
                destination,
                began: clock.now(),
                gathering: Gathering::new(clock.clone()),
                clock,
                run: 0,
                lines: BTreeMap::new(),
                scripts: BTreeMap::new(),
                documents: Chapters::new(),
                overview: Overview::default(),
                failed: None,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, HtmlState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for HtmlReport {
    fn hear(&self, subject: &ReportedDocument, news: &News<'_>) {
        if matches!(news, News::Event { .. } | News::Happened { .. }) {
            return;
        }
        let mut state = self.state();
        if let News::Finished { block, script, .. } = news {
            let key = (subject.index, block.index);
            state.scripts.insert(key, (*script).clone());
        }
        if let News::Lines { block, lines } = news {
            let kept = state.lines.entry((subject.index, block.index)).or_default();
            kept.extend_from_slice(lines);
        } else if let Some(account) = state.gathering.hear(subject, news) {
            state.document(subject, &account);
            let others = |key: &(usize, usize)| key.0 != subject.index;
            state.lines.retain(|key, _| others(key));
            state.scripts.retain(|key, _| others(key));
        }
    }

    fn again(&self, time: usize, _: usize) {
        let mut state = self.state();
        state.gathering.again(time);
        state.run = time;
    }

    fn finish(&self) -> io::Result<()> {
        let mut state = self.state();
        let state = &mut *state;
        if let Some(error) = state.failed.take() {
            return Err(error);
        }
        let out = &mut state.destination;
        let (above, below) = page::around(&state.overview, state.began, state.clock.now());
        out.write_all(above.as_bytes())?;
        state.documents.copy_to(out, b"\n")?;
        out.write_all(below.as_bytes())?;
        out.flush()
    }
}

impl HtmlState {
    fn document(&mut self, subject: &ReportedDocument, account: &Account) {
        let key = (self.run, subject.index);
        self.overview.add(key, account);
        let number = format!("{}-{}", self.run, subject.index);
        let sessions = html! {
            @for case in &account.cases {
                @let key = (subject.index, case.block().index);
                @let lines = self.lines.remove(&key).unwrap_or_default();
                @let script = self.scripts.remove(&key);
                (session::session(account, case, &lines, script.as_ref(), &number))
            }
        };
        let html = page::document(account, &number, &sessions).into_string();
        let added = self
            .documents
            .add(key, |out| out.write_all(html.as_bytes()));
        if let (None, Err(error)) = (&self.failed, added) {
            self.failed = Some(error);
        }
    }
}

impl Overview {
    fn sessions(&self) -> usize {
        self.passed + self.failed + self.skipped
    }

    fn add(&mut self, key: (usize, usize), account: &Account) {
        self.titles.insert(key, account.title());
        self.refused += usize::from(account.refused);
        for case in &account.cases {
            match case.outcome(account.is_checked()).0 {
                CaseOutcome::Passed => self.passed += 1,
                CaseOutcome::Failed => self.failed += 1,
                CaseOutcome::Skipped => self.skipped += 1,
            }
        }
    }
}
