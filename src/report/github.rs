//! `--report github=PATH`: annotations for GitHub Actions: what failed, what is wrong, and transcripts that are not as
//! recorded. A document at a time, each with its place.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Destination;
use super::account::{Account, Case, CaseOutcome, Gathering, Problem};
use super::annotation::Annotation;
use crate::runner::{News, ReportedDocument, Reporter};
use crate::source::Position;
use crate::wall_clock::WallClock;

/// Writes annotations.
pub struct GithubReport {
    state: Mutex<GithubState>,
}

struct GithubState {
    destination: Destination,
    gathering: Gathering,
    failed: Option<io::Error>,
}

impl GithubReport {
    /// A report that goes there.
    #[must_use]
    pub fn new(destination: Destination, clock: WallClock) -> Self {
        Self {
            state: Mutex::new(GithubState {
                destination,
                gathering: Gathering::new(clock),
                failed: None,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, GithubState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for GithubReport {
    fn hear(&self, subject: &ReportedDocument, news: &News<'_>) {
        if matches!(
            news,
            News::Event { .. } | News::Lines { .. } | News::Happened { .. }
        ) {
            return;
        }
        let mut state = self.state();
        if let Some(account) = state.gathering.hear(subject, news)
            && state.failed.is_none()
        {
            let lines = lines(&account);
            state.failed = state.destination.write_all(lines.as_bytes()).err();
        }
    }

    fn again(&self, time: usize, _: usize) {
        self.state().gathering.again(time);
    }

    fn finish(&self) -> io::Result<()> {
        let mut state = self.state();
        match state.failed.take() {
            Some(error) => Err(error),
            None => state.destination.flush(),
        }
    }
}

fn lines(account: &Account) -> String {
    let cases = account.cases.iter().map(|case| of_case(account, case));
    let refused = account.problems.iter();
    let refused = refused.map(|problem| of_problem(account, problem, None));
    cases.chain(refused).collect()
}

/// What failed in a block, and that its transcript is not as recorded.
fn of_case(account: &Account, case: &Case) -> String {
    let (outcome, reason) = case.outcome(account.is_checked());
    let name: &str = &case.block().name;
    if outcome != CaseOutcome::Failed {
        return String::new();
    }
    if case.problems.is_empty() {
        let line = Position {
            line: case.block().line,
            column: 1,
        };
        let annotation = Annotation {
            is_error: true,
            file: &account.name,
            place: (line, line),
            title: Some(name),
            message: &reason,
            hint: None,
        };
        return annotation.line();
    }
    let problems = case.problems.iter();
    problems
        .map(|problem| of_problem(account, problem, Some(name)))
        .collect()
}

fn of_problem(account: &Account, problem: &Problem, title: Option<&str>) -> String {
    let start = Position { line: 1, column: 1 };
    let at = problem.at.unwrap_or(start);
    let annotation = Annotation {
        is_error: true,
        file: &account.name,
        place: (at, problem.end.unwrap_or(at)),
        title,
        message: &problem.message,
        hint: problem.hint.as_deref(),
    };
    annotation.line()
}
