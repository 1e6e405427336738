//! `--report github=PATH`: annotations for GitHub Actions: what failed, what is wrong, and transcripts that are not as
//! recorded. A document at a time, each with its place.

use std::io;

use super::Destination;
use super::account::{Account, Case, CaseOutcome, Problem};
use super::accounts::AccountWriter;
use super::annotation::Annotation;
use crate::source::Position;

/// Writes annotations.
pub(super) struct GithubWriter;

impl AccountWriter for GithubWriter {
    fn document(&mut self, _: usize, account: Account, to: &mut Destination) -> io::Result<()> {
        to.write_all(lines(&account).as_bytes())
    }

    fn finish(&mut self, _: &mut Destination) -> io::Result<()> {
        Ok(())
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
