//! A line at the bottom of a terminal that says how far a run has come, and what it waits for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::paint::harmless;
use super::summary::counted;
use crate::runner::{News, ReportedDocument};

/// What is over sooner needs no such line.
const PATIENCE: Duration = Duration::from_millis(300);

/// Sessions that are named at most.
const NAMED: usize = 3;

/// How far a run has come.
pub(super) struct Progress {
    began: Instant,
    total: usize,
    done: usize,
    /// Clients that run, by document and block.
    running: BTreeMap<(usize, usize), String>,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(super) fn new(total: usize) -> Self {
        Self {
            began: Instant::now(),
            total,
            done: 0,
            running: BTreeMap::new(),
            bar: None,
        }
    }

    pub(super) fn hear(&mut self, subject: &ReportedDocument, news: &News<'_>) {
        match news {
            News::Started(block) if !block.kind.is_server() => {
                let name = format!("{}: {}", harmless(&subject.name), harmless(&block.name));
                self.running.insert((subject.index, block.index), name);
            }
            News::Finished { block, .. } => {
                self.running.remove(&(subject.index, block.index));
            }
            News::Done(_) => {
                self.done += 1;
                self.running
                    .retain(|(document, _), _| *document != subject.index);
            }
            _ => {}
        }
    }

    /// Everything begins again.
    pub(super) fn again(&mut self) {
        self.done = 0;
    }

    /// Draws it anew, once it has been worth a line.
    pub(super) fn draw(&mut self) {
        if self.began.elapsed() < PATIENCE {
            return;
        }
        let sentence = self.sentence();
        let bar = self.bar.get_or_insert_with(bar);
        bar.set_message(sentence);
        bar.tick();
    }

    /// Lets something be written where the line stands; it stands below it then.
    pub(super) fn above<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Leaves nothing behind.
    pub(super) fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn sentence(&self) -> String {
        let files = format!("{} of {} done", self.done, counted(self.total, "file"));
        let names: Vec<_> = self
            .running
            .values()
            .take(NAMED)
            .map(String::as_str)
            .collect();
        if names.is_empty() {
            return files;
        }
        let more = match self.running.len() - names.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{files} · {}{more}", names.join(", "))
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{spinner} {wide_msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

/// A line at the bottom of a terminal; where stderr is none, nothing.
pub struct LiveLine(ProgressBar);

impl Default for LiveLine {
    fn default() -> Self {
        Self(bar())
    }
}

impl LiveLine {
    /// Shows a text, which is harmless.
    pub fn show(&self, text: String) {
        self.0.set_message(text);
        self.0.tick();
    }

    /// Leaves nothing behind.
    pub fn end(&self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::BlockKind;
    use crate::redact::Redactor;
    use crate::runner::{BlockInfo, DocumentResult};

    #[test]
    fn what_runs_is_named_and_what_is_over_is_counted() {
        let mut progress = Progress::new(4);
        let subject = |index: usize| ReportedDocument {
            index,
            name: format!("{index}.md"),
        };
        let block = BlockInfo {
            index: 0,
            kind: BlockKind::Client,
            name: Redactor::default().text("Say \u{1b}hi"),
            line: 1,
        };
        assert_eq!(progress.sentence(), "0 of 4 files done");
        for index in 0..4 {
            progress.hear(&subject(index), &News::Started(&block));
        }
        let names = "0.md: Say \\u{1b}hi, 1.md: Say \\u{1b}hi, 2.md: Say \\u{1b}hi";
        assert_eq!(
            progress.sentence(),
            format!("0 of 4 files done · {names} and 1 more")
        );
        for index in 0..4 {
            progress.hear(&subject(index), &News::Done(&DocumentResult::default()));
        }
        assert_eq!(progress.sentence(), "4 of 4 files done");
    }
}
