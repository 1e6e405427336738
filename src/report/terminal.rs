//! What a person sees: live transcripts and diffs on stdout, what is wrong and the summary on stderr. Documents that run
//! side by side are never mixed: one is shown as it goes on, the others when it is done.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Output;
use super::pages::{Pages, Way};
use super::paint::{BOLD, CYAN, RED, YELLOW, difference, harmless, line, paint};
use super::summary::{Tally, runs};
use crate::runner::{
    BlockInfo, BlockResult, DocumentResult, Findings, Kept, News, Origin, ReportedDocument,
    Reporter, Verdict,
};
use crate::transcript::Line;

/// How much is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Only what is wrong.
    Quiet,
    /// Live transcripts and a summary besides.
    #[default]
    Normal,
    /// Where variables come from and what became of each transcript besides.
    Verbose,
}

/// What is going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// Documents run, or are checked.
    Run,
    /// Servers serve: stdout has their names and URLs, and nothing else.
    Serve,
}

/// Tells a run on stdout and stderr.
pub struct Terminal {
    state: Mutex<TerminalState>,
}

struct TerminalState {
    pages: Pages,
    verbosity: Verbosity,
    scene: Scene,
    /// A report is written to stdout.
    leaves_stdout: bool,
    /// Live transcripts are shown.
    shows_lines: bool,
    documents: BTreeMap<usize, DocumentProgress>,
}

/// How far one document has been told.
#[derive(Default)]
struct DocumentProgress {
    /// The block whose heading stands above.
    heading: Option<usize>,
    /// Lines of servers, which go on beside the clients: shown when they end.
    servers: BTreeMap<usize, String>,
}

impl Terminal {
    /// Tells what is heard on these ways out.
    #[must_use]
    pub fn new(out: Output, err: Output, scene: Scene, verbosity: Verbosity) -> Self {
        Self {
            state: Mutex::new(TerminalState {
                pages: Pages::new(out, err, scene == Scene::Serve),
                verbosity,
                scene,
                leaves_stdout: false,
                shows_lines: true,
                documents: BTreeMap::new(),
            }),
        }
    }

    /// Says something that concerns no document, on stderr.
    pub fn say(&self, text: &str) {
        self.state().pages.write(Way::Err, text);
    }

    /// Says on stdout what was asked for; on stderr, where a report has stdout.
    pub fn answer(&self, text: &str) {
        let mut state = self.state();
        let way = if state.leaves_stdout {
            Way::Err
        } else {
            Way::Out
        };
        state.pages.write(way, text);
    }

    /// The same of what one can do without.
    pub fn mention(&self, text: &str) {
        if self.state().verbosity > Verbosity::Quiet {
            self.say(text);
        }
    }

    /// An error that concerns no document.
    pub fn error(&self, sentence: &str) {
        let mut state = self.state();
        let text = state.labelled("error", RED, sentence);
        state.pages.write(Way::Err, &text);
    }

    /// An error that concerns no document, and its cure.
    pub fn error_with_help(&self, sentence: &str, help: &str) {
        let mut state = self.state();
        let text = state.helped("error", RED, sentence, help);
        state.pages.write(Way::Err, &text);
    }

    /// The last line: how many files and sessions, and how they went.
    pub fn summary(&self, tally: &Tally, took: Duration, failed: bool) {
        if failed || self.state().verbosity > Verbosity::Quiet {
            self.say(&tally.sentence(took));
        }
    }

    /// The same of a repeated run, and which runs failed.
    pub fn summary_of_runs(&self, count: usize, failed: &[usize], tally: &Tally, took: Duration) {
        if !failed.is_empty() || self.state().verbosity > Verbosity::Quiet {
            let text = format!("{}; {}", runs(count, failed), tally.sentence(took));
            self.say(&text);
        }
    }

    /// Tells how far it has come, where stderr is a terminal and this is not to be quiet.
    pub fn show_progress(&self, documents: usize) {
        let mut state = self.state();
        if state.verbosity > Verbosity::Quiet {
            state.pages.show_progress(documents);
        }
    }

    /// Nothing goes on any more.
    pub fn end_progress(&self) {
        self.state().pages.end_progress();
    }

    /// Another output has stdout: differences go to stderr, live transcripts nowhere.
    pub fn leave_stdout(&self) {
        self.state().leaves_stdout = true;
        self.leave_out_lines();
    }

    /// No live transcripts: only what was asked for besides goes to stdout.
    pub fn leave_out_lines(&self) {
        self.state().shows_lines = false;
    }

    /// Lets everything out.
    pub fn flush(&self) {
        self.state().pages.flush();
    }

    fn state(&self) -> MutexGuard<'_, TerminalState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for Terminal {
    fn hear(&self, subject: &ReportedDocument, news: &News<'_>) {
        // One for each message; nothing is shown of them but lines.
        if matches!(news, News::Event { .. } | News::Happened { .. }) {
            return;
        }
        self.state().hear(subject, news);
    }

    fn pause(&self) {
        self.state().pages.pause();
    }

    fn again(&self, time: usize, of: usize) {
        let mut state = self.state();
        if let Some(progress) = state.pages.progress() {
            progress.again();
        }
        if state.verbosity > Verbosity::Quiet && state.shows_lines {
            let gap = if time > 1 { "\n" } else { "" };
            let colour = state.pages.colour(Way::Out);
            let heading = paint(&format!("run {time} of {of}"), BOLD, colour);
            state.pages.write(Way::Out, &format!("{gap}{heading}\n"));
        }
    }
}

impl TerminalState {
    fn hear(&mut self, subject: &ReportedDocument, news: &News<'_>) {
        if let Some(progress) = self.pages.progress() {
            progress.hear(subject, news);
        }
        match news {
            News::Begun => self.pages.begin(subject.index),
            News::Variables(origins) => self.variables(subject, origins),
            News::Remark { sentence, fatal } => {
                let (label, style) = match fatal {
                    true => ("error", RED),
                    false => ("warning", YELLOW),
                };
                let text = self.labelled(label, style, &format!("{}: {sentence}", subject.name));
                self.pages.put(subject.index, Way::Err, &text);
            }
            News::Diagnostics(findings) => self.findings(subject, *findings),
            News::Listening { block, url } => self.listening(subject, block, url),
            News::Lines { block, lines } => self.lines(subject, block, lines),
            News::Finished { block, result, .. } => self.finished(subject, block, result),
            News::Difference { text, .. } => {
                let way = if self.leaves_stdout {
                    Way::Err
                } else {
                    Way::Out
                };
                let text = difference(text, self.pages.colour(way));
                self.pages.put(subject.index, way, &text);
            }
            News::Done(result) => self.done(subject, result),
            News::Started(_) | News::Event { .. } | News::Happened { .. } => {}
        }
    }

    fn variables(&mut self, subject: &ReportedDocument, origins: &[Origin]) {
        if self.verbosity < Verbosity::Verbose {
            return;
        }
        let mut text = String::new();
        for origin in origins {
            let secret = if origin.secret { ", a secret" } else { "" };
            let name = harmless(&origin.name);
            let from = harmless(&origin.origin);
            let _ = writeln!(text, "{}: {{{{{name}}}}} from {from}{secret}", subject.name);
        }
        self.pages.put(subject.index, Way::Err, &text);
    }

    fn findings(&mut self, subject: &ReportedDocument, findings: Findings<'_>) {
        for finding in findings.iter() {
            let drawn = finding.drawn(self.pages.colour(Way::Err));
            self.pages.put(
                subject.index,
                Way::Err,
                &format!("{}\n\n", drawn.trim_end()),
            );
        }
    }

    fn listening(&mut self, subject: &ReportedDocument, block: &BlockInfo, url: &str) {
        let name = harmless(&block.name);
        match self.scene {
            Scene::Serve => {
                self.pages.write(Way::Out, &format!("{name} {url}\n"));
                self.pages.pause();
            }
            Scene::Run if self.verbosity == Verbosity::Verbose => {
                let text = format!("{}: {name} listens at {url}\n", subject.name);
                self.pages.put(subject.index, Way::Err, &text);
            }
            Scene::Run => {}
        }
    }

    fn lines(&mut self, subject: &ReportedDocument, block: &BlockInfo, lines: &[Line]) {
        if self.verbosity == Verbosity::Quiet || !self.shows_lines {
            return;
        }
        let colour = match self.scene {
            Scene::Run => self.pages.colour(Way::Out),
            Scene::Serve => self.pages.colour(Way::Err),
        };
        let mut text = String::new();
        for shown in lines {
            text.push_str(&line(shown, colour));
            if self.verbosity == Verbosity::Verbose {
                for aside in &shown.aside {
                    text.push_str(&harmless(aside));
                    text.push('\n');
                }
            }
        }
        if self.scene == Scene::Run && block.kind.is_server() {
            let page = self.documents.entry(subject.index).or_default();
            page.servers.entry(block.index).or_default().push_str(&text);
            return;
        }
        self.under_heading(subject, block, &text);
    }

    fn under_heading(&mut self, subject: &ReportedDocument, block: &BlockInfo, text: &str) {
        let (way, colour) = match self.scene {
            Scene::Run => (Way::Out, self.pages.colour(Way::Out)),
            Scene::Serve => (Way::Err, self.pages.colour(Way::Err)),
        };
        let page = self.documents.entry(subject.index).or_default();
        let before = page.heading.replace(block.index);
        if before != Some(block.index) {
            let heading = format!("{}: {}", harmless(&subject.name), harmless(&block.name));
            let gap = if before.is_some() { "\n" } else { "" };
            let heading = format!("{gap}{}\n", paint(&heading, BOLD, colour));
            self.pages.put(subject.index, way, &heading);
        }
        self.pages.put(subject.index, way, text);
    }

    fn finished(&mut self, subject: &ReportedDocument, block: &BlockInfo, result: &BlockResult) {
        let page = self.documents.entry(subject.index).or_default();
        if let Some(text) = page.servers.remove(&block.index) {
            self.under_heading(subject, block, &text);
        }
        if let Verdict::Skipped(reason) = &result.verdict
            && self.verbosity > Verbosity::Quiet
            && self.shows_lines
        {
            let reason = harmless(reason);
            let reason = match reason.as_str() {
                "" => String::new(),
                reason => format!(": {reason}"),
            };
            self.under_heading(subject, block, &format!("skipped{reason}\n"));
        }
    }

    fn done(&mut self, subject: &ReportedDocument, result: &DocumentResult) {
        if self.verbosity == Verbosity::Verbose {
            let mut text = String::new();
            for block in &result.results {
                if let Some(kept) = kept(block.kept) {
                    let name = harmless(&block.block.name);
                    let _ = writeln!(text, "{}: {name}: {kept}", subject.name);
                }
            }
            self.pages.put(subject.index, Way::Err, &text);
        }
        self.documents.remove(&subject.index);
        self.pages.end(subject.index);
    }

    fn labelled(&self, label: &str, style: anstyle::Style, sentence: &str) -> String {
        // A cure stands on a line of its own, as below a place in a document.
        if let Some((sentence, cure)) = sentence.rsplit_once("; did you mean ") {
            return self.helped(label, style, sentence, &format!("did you mean {cure}"));
        }
        let label = paint(label, style.bold(), self.pages.colour(Way::Err));
        format!("{label}: {}\n", harmless(sentence))
    }

    fn helped(&self, label: &str, style: anstyle::Style, sentence: &str, help: &str) -> String {
        let colour = self.pages.colour(Way::Err);
        let label = paint(label, style.bold(), colour);
        let help_label = paint("help", CYAN.bold(), colour);
        let (sentence, help) = (harmless(sentence), harmless(help));
        format!("{label}: {sentence}\n{help_label}: {help}\n")
    }
}

fn kept(kept: Kept) -> Option<&'static str> {
    match kept {
        Kept::None | Kept::Edited => None,
        Kept::New => Some("transcript recorded"),
        Kept::Changed => Some("transcript replaced"),
        Kept::Same => Some("transcript as recorded"),
        Kept::Different => Some("transcript differs, not written"),
        Kept::Unrecorded => Some("transcript is new, not written"),
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use super::*;
    use crate::document::BlockKind;
    use crate::redact::{Redacted, Redactor};
    use crate::transcript::LineKind;

    /// What was written, and on which way.
    #[derive(Clone, Default)]
    struct Shown(Arc<Mutex<String>>);

    struct Half(Shown, &'static str);

    impl io::Write for Half {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut shown = self.0.0.lock().unwrap();
            for line in std::str::from_utf8(bytes).unwrap().lines() {
                shown.extend([self.1, " ", line, "\n"]);
            }
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn terminal(scene: Scene, verbosity: Verbosity) -> (Terminal, Shown) {
        let shown = Shown::default();
        let half = |name| Output::new(Box::new(Half(shown.clone(), name)), false);
        let terminal = Terminal::new(half("out"), half("err"), scene, verbosity);
        (terminal, shown)
    }

    fn told(text: &str) -> Redacted<String> {
        Redactor::default().text(text)
    }

    fn subject(index: usize) -> ReportedDocument {
        ReportedDocument {
            index,
            name: format!("{index}.md"),
        }
    }

    fn block(index: usize, kind: BlockKind) -> BlockInfo {
        BlockInfo {
            index,
            kind,
            name: told(&format!("Block {index}")),
            line: 1,
        }
    }

    fn tell_line(terminal: &Terminal, document: usize, block: &BlockInfo, text: &str) {
        let lines = [Line::plain(LineKind::Status, text)];
        let lines = &lines;
        terminal.hear(&subject(document), &News::Lines { block, lines });
    }

    fn result(block: &BlockInfo, verdict: Verdict) -> BlockResult {
        BlockResult {
            block: block.clone(),
            verdict,
            sent: 0,
            received: 0,
            took: Duration::ZERO,
            kept: Kept::Same,
        }
    }

    fn finish(terminal: &Terminal, document: usize, block: &BlockInfo, verdict: Verdict) {
        let result = &result(block, verdict);
        let script = &told("");
        let finished = News::Finished {
            block,
            result,
            script,
        };
        terminal.hear(&subject(document), &finished);
    }

    fn done(terminal: &Terminal, document: usize) {
        let result = DocumentResult::default();
        terminal.hear(&subject(document), &News::Done(&result));
    }

    #[test]
    fn documents_side_by_side_are_never_mixed() {
        let (terminal, shown) = terminal(Scene::Run, Verbosity::Normal);
        let block = &block(0, BlockKind::Client);
        for document in [0, 1, 2] {
            terminal.hear(&subject(document), &News::Begun);
        }
        tell_line(&terminal, 1, block, "one");
        tell_line(&terminal, 0, block, "zero");
        tell_line(&terminal, 2, block, "two");
        terminal.hear(
            &subject(1),
            &News::Remark {
                sentence: &told("look"),
                fatal: false,
            },
        );
        done(&terminal, 1);
        tell_line(&terminal, 0, block, "zero still");
        done(&terminal, 0);
        tell_line(&terminal, 2, block, "two still");
        done(&terminal, 2);
        terminal.flush();
        insta::assert_snapshot!(shown.0.lock().unwrap(), @r"
        out 0.md: Block 0
        out zero
        out zero still
        out 1.md: Block 0
        out one
        err warning: 1.md: look
        out 2.md: Block 0
        out two
        out two still
        ");
    }

    #[test]
    fn servers_come_when_they_end_and_skipped_blocks_are_named() {
        let (terminal, shown) = terminal(Scene::Run, Verbosity::Normal);
        let server = &block(0, BlockKind::Server);
        let client = &block(1, BlockKind::Client);
        let skipped = &block(2, BlockKind::Client);
        terminal.hear(&subject(0), &News::Begun);
        tell_line(&terminal, 0, server, "from the server");
        tell_line(&terminal, 0, client, "from the client");
        finish(&terminal, 0, client, Verdict::Passed);
        finish(
            &terminal,
            0,
            skipped,
            Verdict::Skipped(told("no \u{1b}key")),
        );
        finish(&terminal, 0, server, Verdict::Passed);
        done(&terminal, 0);
        terminal.flush();
        insta::assert_snapshot!(shown.0.lock().unwrap(), @r"
        out 0.md: Block 1
        out from the client
        out 
        out 0.md: Block 2
        out skipped: no \u{1b}key
        out 
        out 0.md: Block 0
        out from the server
        ");
    }

    #[test]
    fn when_serving_stdout_has_names_and_urls_alone() {
        let (terminal, shown) = terminal(Scene::Serve, Verbosity::Normal);
        let block = &block(0, BlockKind::Server);
        terminal.hear(&subject(0), &News::Begun);
        let url = &told("ws://127.0.0.1:4000/");
        terminal.hear(&subject(0), &News::Listening { block, url });
        tell_line(&terminal, 0, block, "a line");
        insta::assert_snapshot!(shown.0.lock().unwrap(), @r"
        out Block 0 ws://127.0.0.1:4000/
        err 0.md: Block 0
        err a line
        ");
    }

    #[test]
    fn quiet_says_only_what_is_wrong() {
        let (terminal, shown) = terminal(Scene::Run, Verbosity::Quiet);
        let block = &block(0, BlockKind::Client);
        terminal.hear(&subject(0), &News::Begun);
        tell_line(&terminal, 0, block, "zero");
        finish(&terminal, 0, block, Verdict::Skipped(Redacted::default()));
        done(&terminal, 0);
        terminal.summary(&Tally::default(), Duration::ZERO, false);
        terminal.flush();
        assert_eq!(*shown.0.lock().unwrap(), "");
        terminal.summary(&Tally::default(), Duration::ZERO, true);
        assert_ne!(*shown.0.lock().unwrap(), "");
    }
}
