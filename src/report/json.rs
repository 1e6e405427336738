//! `--report json=PATH`: everything that happened, in the words of `docs/report.md`. Events go into files as they come.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::account::{Account, Case, CaseOutcome, Gathering, Problem};
use super::object::Object;
use super::spool::{Chapters, Spool};
use super::{Destination, event};
use crate::protocol::{Event, EventKind, Handshake};
use crate::redact::Redacted;
use crate::runner::{BlockInfo, Kept, News, ReportedDocument, Reporter, Verdict};
use crate::wall_clock::WallClock;

/// The version of the schema: raised when a member changes its meaning or goes.
const VERSION: u128 = 1;

/// Writes a JSON report.
pub struct JsonReport {
    state: Mutex<JsonState>,
}

struct JsonState {
    destination: Destination,
    clock: WallClock,
    began: jiff::Timestamp,
    gathering: Gathering,
    run: usize,
    sessions: BTreeMap<(usize, usize), Session>,
    documents: Chapters<(usize, usize)>,
    counts: Counts,
    /// The object that is being made; kept for its memory.
    line: Vec<u8>,
    moment: event::Moment,
    failed: Option<io::Error>,
}

/// What a session has told so far.
struct Session {
    events: Spool,
    handshake: Option<Vec<u8>>,
}

#[derive(Default)]
struct Counts {
    documents: u128,
    refused: u128,
    passed: u128,
    failed: u128,
    skipped: u128,
}

impl JsonReport {
    /// A report that goes there.
    #[must_use]
    pub fn new(destination: Destination, clock: WallClock) -> Self {
        Self {
            state: Mutex::new(JsonState {
                destination,
                began: clock.now(),
                gathering: Gathering::new(clock.clone()),
                clock,
                run: 0,
                sessions: BTreeMap::new(),
                documents: Chapters::new(),
                counts: Counts::default(),
                line: Vec::new(),
                moment: event::Moment::default(),
                failed: None,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, JsonState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for JsonReport {
    fn hear(&self, subject: &ReportedDocument, news: &News<'_>) {
        let mut state = self.state();
        match news {
            News::Lines { .. } | News::Happened { .. } => {}
            News::Event {
                block,
                began,
                event,
                line,
            } => state.event(subject, block, *began, event, *line),
            _ => {
                if let Some(account) = state.gathering.hear(subject, news) {
                    let written = state.document(subject, &account);
                    // Servers that listened before another one could not are in no account.
                    state
                        .sessions
                        .retain(|(document, _), _| *document != subject.index);
                    state.note(written);
                }
            }
        }
    }

    fn again(&self, time: usize, _: usize) {
        let mut state = self.state();
        state.gathering.again(time);
        state.run = time;
    }

    fn finish(&self) -> io::Result<()> {
        let mut state = self.state();
        if let Some(error) = state.failed.take() {
            return Err(error);
        }
        state.write()
    }
}

impl JsonState {
    fn note(&mut self, result: io::Result<()>) {
        if let (None, Err(error)) = (&self.failed, result) {
            self.failed = Some(error);
        }
    }

    fn event(
        &mut self,
        subject: &ReportedDocument,
        block: &BlockInfo,
        began: jiff::Timestamp,
        event: &Redacted<Event>,
        step: Option<usize>,
    ) {
        let Some(word) = event::word(event) else {
            return;
        };
        let key = (subject.index, block.index);
        let session = self.sessions.entry(key).or_insert_with(|| Session {
            events: Spool::new(),
            handshake: None,
        });
        if let (None, EventKind::Connected(answer) | EventKind::Refused(answer)) =
            (&session.handshake, &event.kind)
        {
            session.handshake = Some(handshake(answer));
        }
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        let mut object = Object::begin(&mut line);
        object.known(self.moment.members(began, event.at));
        event::members(&mut object, word, event, step);
        object.end();
        let first = session.events.length() == 0;
        let separator: &[u8] = if first { b"" } else { b"," };
        let written = session
            .events
            .put(separator)
            .and_then(|()| session.events.put(&line));
        self.line = line;
        self.note(written);
    }

    fn document(&mut self, subject: &ReportedDocument, account: &Account) -> io::Result<()> {
        self.counts.add(account);
        let sessions = &mut self.sessions;
        let told = document(account);
        self.documents.add((self.run, subject.index), |out| {
            out.write_all(&told)?;
            out.write_all(b",\"sessions\":[")?;
            for (at, case) in account.cases.iter().enumerate() {
                let between: &[u8] = if at == 0 { b"\n" } else { b",\n" };
                out.write_all(between)?;
                let told = sessions.remove(&(subject.index, case.block().index));
                out.write_all(&session(account, case, told.as_ref()))?;
                out.write_all(b",\"events\":[\n")?;
                if let Some(mut told) = told {
                    told.events.copy_to(out)?;
                }
                out.write_all(b"]}")?;
            }
            out.write_all(b"]}")
        })
    }

    fn write(&mut self) -> io::Result<()> {
        let out = &mut self.destination;
        let mut line = Vec::new();
        let mut object = Object::begin(&mut line);
        object.number("version", VERSION);
        object.text("voiden", env!("CARGO_PKG_VERSION"));
        object.text("began", &format!("{:.6}", self.began));
        object.number("took", micros(self.began, self.clock.now()));
        object.raw("counts", &text(&self.counts.members()));
        out.write_all(&line)?;
        out.write_all(b",\"documents\":[\n")?;
        self.documents.copy_to(out, b",\n")?;
        out.write_all(b"]}\n")?;
        out.flush()
    }
}

impl Counts {
    fn add(&mut self, account: &Account) {
        self.documents += 1;
        self.refused += u128::from(account.refused);
        for case in &account.cases {
            match case.outcome(account.is_checked()).0 {
                CaseOutcome::Passed => self.passed += 1,
                CaseOutcome::Failed => self.failed += 1,
                CaseOutcome::Skipped => self.skipped += 1,
            }
        }
    }

    fn members(&self) -> Vec<u8> {
        let mut line = Vec::new();
        let mut object = Object::begin(&mut line);
        object.number("documents", self.documents);
        object.number("refused", self.refused);
        object.number("sessions", self.passed + self.failed + self.skipped);
        object.number("passed", self.passed);
        object.number("failed", self.failed);
        object.number("skipped", self.skipped);
        object.end();
        line
    }
}

/// A document's members, without its sessions, not yet closed.
fn document(account: &Account) -> Vec<u8> {
    let mut line = Vec::new();
    let mut object = Object::begin(&mut line);
    object.text("name", &account.name);
    if let Some(run) = account.run {
        object.number("run", run as u128);
    }
    object.text("began", &format!("{:.6}", account.began));
    object.number("took", account.took.as_micros());
    let failed = |case: &Case| case.outcome(account.is_checked()).0 == CaseOutcome::Failed;
    let outcome = match account.refused {
        true => "refused",
        false if account.cases.iter().any(failed) => "failed",
        false => "passed",
    };
    object.text("outcome", outcome);
    let problems: Vec<_> = account
        .problems
        .iter()
        .map(|one| text(&problem(one)))
        .collect();
    object.raw("problems", &format!("[{}]", problems.join(",")));
    if let Some(difference) = &account.difference {
        object.text("difference", difference);
    }
    line
}

/// A session's members, without its events, not yet closed.
fn session(account: &Account, case: &Case, told: Option<&Session>) -> Vec<u8> {
    let (outcome, reason) = case.outcome(account.is_checked());
    let mut line = Vec::new();
    let mut object = Object::begin(&mut line);
    object.text("name", &case.block().name);
    object.text("role", case.block().kind.role());
    object.number("line", case.block().line as u128);
    object.text("outcome", outcome.word());
    if !reason.is_empty() {
        object.text("reason", &reason);
    }
    if let Some((first, others)) = case.problems.split_first() {
        object.raw("failure", &text(&problem(first)));
        let others: Vec<_> = others.iter().map(|one| text(&problem(one))).collect();
        if !others.is_empty() {
            object.raw("alsoFailed", &format!("[{}]", others.join(",")));
        }
    }
    if let Some(began) = case.began {
        object.text("began", &format!("{began:.6}"));
    }
    object.number("took", case.result.took.as_micros());
    object.number("sent", case.result.sent.into());
    object.number("received", case.result.received.into());
    if let Some(transcript) = transcript(case) {
        object.text("transcript", transcript);
    }
    if let Some(difference) = &case.difference {
        object.text("difference", difference);
    }
    if let Some(handshake) = told.and_then(|told| told.handshake.as_deref()) {
        object.raw("handshake", &text(handshake));
    }
    line
}

fn transcript(case: &Case) -> Option<&'static str> {
    match (case.result.kept, &case.result.verdict) {
        (_, Verdict::Skipped(_) | Verdict::NotRun) | (Kept::None, _) => None,
        (Kept::New, _) => Some("recorded"),
        (Kept::Changed, _) => Some("replaced"),
        (Kept::Same, _) => Some("same"),
        (Kept::Different, _) => Some("different"),
        (Kept::Unrecorded, _) => Some("unrecorded"),
        (Kept::Edited, _) => Some("edited"),
    }
}

fn problem(problem: &Problem) -> Vec<u8> {
    let mut line = Vec::new();
    let mut object = Object::begin(&mut line);
    object.text("message", &problem.message);
    if let Some(hint) = &problem.hint {
        object.text("hint", hint);
    }
    if let Some(at) = problem.at {
        object.number("line", at.line as u128);
        object.number("column", at.column as u128);
    }
    object.end();
    line
}

fn handshake(handshake: &Handshake) -> Vec<u8> {
    let mut line = Vec::new();
    let mut object = Object::begin(&mut line);
    event::answer(&mut object, handshake);
    object.end();
    line
}

/// An object as a member of another one.
fn text(object: &[u8]) -> String {
    String::from_utf8_lossy(object).trim_end().to_owned()
}

fn micros(began: jiff::Timestamp, ended: jiff::Timestamp) -> u128 {
    let took = ended.duration_since(began);
    took.as_micros().try_into().unwrap_or_default()
}
