//! `--report markdown=PATH`: a summary that names the documents, for the page of a CI run.

use std::fmt::Write as _;
use std::io;

use super::Destination;
use super::account::{Account, CaseOutcome};
use super::accounts::AccountWriter;
use super::paint::harmless;

/// Writes a summary in Markdown, once everything has run.
#[derive(Default)]
pub(super) struct MarkdownWriter {
    rows: Vec<Row>,
    /// What is wrong, an item a line, at most [`ITEMS`] of them.
    items: Vec<String>,
    left_out: usize,
}

/// A document's line of the table.
struct Row {
    failed: bool,
    name: String,
    /// How many blocks passed, failed and were skipped.
    counts: [usize; 3],
    took: std::time::Duration,
}

/// Items that are written: GitHub shows a summary of 1 MiB and nothing of a larger one.
const ITEMS: usize = 100;

/// Characters of one item.
const ITEM_LENGTH: usize = 1_000;

impl AccountWriter for MarkdownWriter {
    fn document(&mut self, _: usize, account: Account, _: &mut Destination) -> io::Result<()> {
        self.add(&account);
        Ok(())
    }

    fn finish(&mut self, to: &mut Destination) -> io::Result<()> {
        to.write_all(self.summary().as_bytes())
    }
}

impl MarkdownWriter {
    fn add(&mut self, account: &Account) {
        let mut counts = [0; 3];
        for case in &account.cases {
            let (outcome, reason) = case.outcome(account.is_checked());
            counts[match outcome {
                CaseOutcome::Passed => 0,
                CaseOutcome::Failed => 1,
                CaseOutcome::Skipped => 2,
            }] += 1;
            if outcome == CaseOutcome::Failed {
                let place = format!("{}:{}", account.title(), case.line());
                let name = harmless(&case.block().name);
                self.item(&place, &format!("{name}: {reason}"));
            }
        }
        for problem in &account.problems {
            let line = problem
                .at
                .map_or(String::new(), |at| format!(":{}", at.line));
            self.item(&format!("{}{line}", account.title()), &problem.message);
        }
        self.rows.push(Row {
            failed: account.refused || counts[1] > 0,
            name: account.title(),
            counts,
            took: account.took,
        });
    }

    fn item(&mut self, place: &str, what: &str) {
        if self.items.len() == ITEMS {
            self.left_out += 1;
            return;
        }
        let what: String = what.chars().take(ITEM_LENGTH).collect();
        let item = format!("* {}: {}\n", plain(place), plain(&what));
        self.items.push(item);
    }

    fn summary(&self) -> String {
        let failed = self.rows.iter().filter(|row| row.failed).count();
        let documents = match self.rows.len() {
            1 => "1 document".to_owned(),
            number => format!("{number} documents"),
        };
        let outcome = match failed {
            0 => "passed".to_owned(),
            number => format!("{number} failed"),
        };
        let mut text = format!(
            "### voiden: {documents}, {outcome}\n\n\
             | | document | passed | failed | skipped | took |\n|---|---|--:|--:|--:|--:|\n"
        );
        for row in &self.rows {
            let mark = if row.failed { '✗' } else { '✓' };
            let [passed, failed, skipped] = row.counts;
            let _ = writeln!(
                text,
                "| {mark} | {} | {passed} | {failed} | {skipped} | {} ms |",
                plain(&row.name),
                row.took.as_millis()
            );
        }
        if !self.items.is_empty() {
            text.push('\n');
            text.extend(self.items.iter().map(String::as_str));
        }
        if self.left_out > 0 {
            let _ = writeln!(text, "\nAnd {} more.", self.left_out);
        }
        text
    }
}

/// As text that is neither Markdown nor HTML, nor a mention, on one line.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            c if c.is_ascii_punctuation() && !matches!(c, '/' | ',' | '\'' | '"') => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn nothing_is_read_as_markup() {
        assert_eq!(plain("a|b"), "a&#124;b");
        assert_eq!(plain("<img>\n# x"), "&#60;img&#62; &#35; x");
        assert_eq!(plain("@team"), "&#64;team");
    }
}
