//! `--report junit=PATH`: a suite a document, a case a block, as CI servers read it.

use std::io;

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use super::Destination;
use super::account::{Account, Case, CaseOutcome};
use super::accounts::AccountWriter;

/// Writes a `JUnit` report, once everything has run.
#[derive(Default)]
pub(super) struct JunitWriter {
    accounts: Vec<(usize, Account)>,
}

impl AccountWriter for JunitWriter {
    fn document(&mut self, index: usize, account: Account, _: &mut Destination) -> io::Result<()> {
        self.accounts.push((index, account));
        Ok(())
    }

    fn finish(&mut self, to: &mut Destination) -> io::Result<()> {
        let mut accounts = std::mem::take(&mut self.accounts);
        accounts.sort_by_key(|(index, account)| (account.run, *index));
        let mut junit = Junit::new("voiden");
        for (_, account) in &accounts {
            junit.add_test_suite(suite(account));
        }
        let text = junit.to_string().map_err(io::Error::other)?;
        to.write_all(text.as_bytes())
    }
}

fn suite(account: &Account) -> TestSuite {
    let title = account.title();
    let mut suite = TestSuite::new(title.as_str());
    if let Some(began) = chrono::DateTime::from_timestamp_millis(account.began.as_millisecond()) {
        suite.set_timestamp(began);
    }
    suite.set_time(account.took);
    for case in &account.cases {
        suite.add_test_case(test_case(account, case, &title));
    }
    if account.refused {
        suite.add_test_case(refusal(account, &title));
    }
    suite
}

fn test_case(account: &Account, case: &Case, title: &str) -> TestCase {
    let (outcome, reason) = case.outcome(account.is_checked());
    let status = match outcome {
        CaseOutcome::Passed => TestCaseStatus::success(),
        CaseOutcome::Skipped => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(reason);
            status
        }
        CaseOutcome::Failed => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let line = format!("{}:{}: {reason}", account.name, case.line());
            let drawn = case.problems.iter().map(|problem| problem.drawn.clone());
            let mut told: Vec<_> = drawn.collect();
            if told.is_empty() {
                told.push(line);
            }
            let difference = case.difference.as_deref();
            told.extend(difference.map(|text| super::paint::difference(text, false)));
            status.set_description(told.join("\n\n"));
            status.set_message(reason).set_type("failure");
            status
        }
    };
    let mut test_case = TestCase::new(super::paint::harmless(&case.block().name), status);
    test_case.set_classname(title).set_time(case.result.took);
    if let Some(began) = case.began
        && let Some(began) = chrono::DateTime::from_timestamp_millis(began.as_millisecond())
    {
        test_case.set_timestamp(began);
    }
    place(&mut test_case, &account.name, Some(case.line()));
    test_case
}

/// What could not run is an error, as a case of its own.
fn refusal(account: &Account, title: &str) -> TestCase {
    let first = account.problems.first();
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    let message = first.map_or("it could not run", |problem| problem.message.as_str());
    let all: Vec<_> = account
        .problems
        .iter()
        .map(|problem| problem.drawn.as_str())
        .collect();
    status.set_message(message).set_type("refused");
    status.set_description(all.join("\n\n"));
    let mut test_case = TestCase::new(title, status);
    test_case.set_classname(title);
    let line = first.and_then(|problem| problem.at).map(|at| at.line);
    place(&mut test_case, &account.name, line);
    test_case
}

/// `file` and `line`, as other runners write them and CI servers read them.
fn place(test_case: &mut TestCase, file: &str, line: Option<usize>) {
    let file = super::paint::harmless(file);
    test_case.extra.insert("file".into(), file.into());
    if let Some(line) = line {
        let line = line.to_string();
        test_case.extra.insert("line".into(), line.into());
    }
}
