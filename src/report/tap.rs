//! `--report tap=PATH`: TAP 14, a test point a block, in the order in which documents end.

use std::fmt::Write as _;
use std::io;

use super::Destination;
use super::account::{Account, Case, CaseOutcome, Problem};
use super::accounts::AccountWriter;
use super::paint::harmless;

/// Writes a TAP report, a document at a time.
#[derive(Default)]
pub(super) struct TapWriter {
    begun: bool,
    points: usize,
}

impl AccountWriter for TapWriter {
    fn document(&mut self, _: usize, account: Account, to: &mut Destination) -> io::Result<()> {
        self.begin(to)?;
        let mut text = format!("# {}\n", account.title());
        for case in &account.cases {
            self.points += 1;
            point(&mut text, self.points, &account, case);
        }
        if account.refused {
            self.points += 1;
            refusal(&mut text, self.points, &account);
        }
        if let Some(difference) = &account.difference {
            for line in super::paint::difference(difference, false).lines() {
                let _ = writeln!(text, "# {line}");
            }
        }
        to.write_all(text.as_bytes())
    }

    fn finish(&mut self, to: &mut Destination) -> io::Result<()> {
        self.begin(to)?;
        writeln!(to, "1..{}", self.points)
    }
}

impl TapWriter {
    fn begin(&mut self, to: &mut Destination) -> io::Result<()> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        to.write_all(b"TAP version 14\n")
    }
}

fn point(text: &mut String, number: usize, account: &Account, case: &Case) {
    let (outcome, reason) = case.outcome(account.is_checked());
    let name = description(&format!(
        "{}: {}",
        account.title(),
        harmless(&case.block().name)
    ));
    let _ = match outcome {
        CaseOutcome::Passed => writeln!(text, "ok {number} - {name}"),
        CaseOutcome::Failed => writeln!(text, "not ok {number} - {name}"),
        CaseOutcome::Skipped => {
            writeln!(text, "ok {number} - {name} # SKIP {}", description(&reason))
        }
    };
    if outcome == CaseOutcome::Skipped {
        return;
    }
    text.push_str("  ---\n");
    if outcome == CaseOutcome::Failed {
        field(text, "message", &reason);
        field(text, "severity", "fail");
        place(text, account, Some(case.line()));
        others(text, account, &case.problems);
    }
    let _ = writeln!(
        text,
        "  duration_ms: {:.3}",
        case.result.took.as_secs_f64() * 1000.0
    );
    text.push_str("  ...\n");
}

fn refusal(text: &mut String, number: usize, account: &Account) {
    let _ = writeln!(text, "not ok {number} - {}", description(&account.title()));
    text.push_str("  ---\n");
    let first = account.problems.first();
    let message = first.map_or("it could not run".to_owned(), |first| {
        first.line(&account.name)
    });
    field(text, "message", &message);
    field(text, "severity", "error");
    let first = first.and_then(|problem| problem.at);
    place(text, account, first.map(|at| at.line));
    others(text, account, &account.problems);
    text.push_str("  ...\n");
}

/// All but the first.
fn others(text: &mut String, account: &Account, problems: &[Problem]) {
    let Some(others) = problems.get(1..).filter(|others| !others.is_empty()) else {
        return;
    };
    text.push_str("  others:\n");
    for other in others {
        let _ = writeln!(text, "    - {}", quoted(&other.line(&account.name)));
    }
}

fn place(text: &mut String, account: &Account, line: Option<usize>) {
    text.push_str("  at:\n");
    let _ = writeln!(text, "    file: {}", quoted(&account.name));
    if let Some(line) = line {
        let _ = writeln!(text, "    line: {line}");
    }
}

fn field(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "  {name}: {}", quoted(value));
}

/// A JSON string is a YAML string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(harmless(text)).to_string()
}

/// In a description `#` would begin a directive.
fn description(text: &str) -> String {
    text.replace('\\', "\\\\").replace('#', "\\#")
}
