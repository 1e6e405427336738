//! `voiden connect`: entries that are typed, at a line editor or through a pipe, and the log of the session. Knows what a
//! line is; the language, the connection and the documents are others'.

mod beside;
mod complete;
mod editor;
mod language;
mod listener;
mod output;
mod piped;
mod record;
mod screen;
mod style;
mod typist;
mod view;

pub use self::record::RecordSettings;

use std::io::BufRead;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, mpsc};
use std::thread;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::watch;

use self::listener::PromptListener;
use self::output::{LogOutput, Streams};
use self::record::SessionRecord;
use self::screen::{NO_LINE, Screen};
use self::typist::Typist;
use self::view::SessionView;
use crate::report::Output;
use crate::runner::{LiveCommand, LiveOutcome, Named, Runner, Settings};

/// A session to be typed at.
pub struct PromptSession<'a> {
    /// The document, with the selector of the one block that is connected to.
    pub document: &'a Named,
    /// What it is given.
    pub settings: Settings,
    /// True from an interrupt on.
    pub stop: watch::Receiver<bool>,
    /// What is recorded, and where it goes.
    pub record: RecordSettings,
}

/// Whether something could not run, and whether something failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PromptOutcome {
    /// Nothing could run.
    pub refused: bool,
    /// A step failed, an entry was wrong, or the connection was refused.
    pub failed: bool,
}

impl PromptSession<'_> {
    /// Reads entries from lines that come through a pipe; with `raw` each is a text message, and messages come out as
    /// they came.
    #[must_use]
    pub fn read_lines(
        self,
        input: impl BufRead + Send + 'static,
        out: Output,
        err: Output,
        raw: bool,
    ) -> PromptOutcome {
        let output: Arc<dyn LogOutput> = Arc::new(Streams::new(out, err));
        let ended = Arc::clone(&output);
        let outcome = self.run(&output, raw, move |typist, opened| {
            if opened.recv().is_ok() {
                piped::type_lines(input, &typist, raw);
            }
        });
        ended.pause();
        outcome
    }

    /// Reads entries from the terminal.
    #[must_use]
    pub fn read_terminal(self, mut out: Output, err: Output) -> PromptOutcome {
        let view = Arc::default();
        let screen = Arc::new(Screen::new(out.colour()));
        let Some(editor) = editor::editor(&view, &screen, out.colour()) else {
            // A terminal that cannot move its cursor.
            let input = std::io::BufReader::new(std::io::stdin());
            return self.read_lines(input, out, err, false);
        };
        let line = Arc::clone(&screen);
        let output: Arc<dyn LogOutput> = Arc::clone(&screen) as _;
        // What is wrong at a prompt was seen and mended there: it is no failure.
        let outcome = self.run_with(&output, view, false, move |typist, opened| {
            if opened.recv().is_ok() {
                editor::type_at(editor, &Arc::new(typist), &line);
            } else {
                line.leave();
            }
        });
        let left = screen.end();
        out.put_exactly(NO_LINE);
        out.put(&left);
        out.flush();
        outcome
    }

    fn run(
        self,
        output: &Arc<dyn LogOutput>,
        raw: bool,
        work: impl FnOnce(Typist, Receiver<()>) + Send + 'static,
    ) -> PromptOutcome {
        let view: Arc<SessionView> = Arc::default();
        let seen = Arc::clone(&view);
        let outcome = self.run_with(output, view, raw, work);
        PromptOutcome {
            failed: outcome.failed || seen.has_failed(),
            ..outcome
        }
    }

    /// Runs the session; `work` types at it on a thread of its own, once it is told that the connection is open.
    fn run_with(
        self,
        output: &Arc<dyn LogOutput>,
        view: Arc<SessionView>,
        raw: bool,
        work: impl FnOnce(Typist, Receiver<()>) + Send + 'static,
    ) -> PromptOutcome {
        let (commands, receiver) = unbounded_channel();
        let (tell_opened, opened): (mpsc::Sender<()>, _) = channel();
        let ends: Option<UnboundedSender<LiveCommand>> = raw.then(|| commands.clone());
        // A pipe keeps what passes only where it is asked to.
        let records = !raw || self.record.output.is_some();
        let record = records.then(|| Arc::new(SessionRecord::new(self.record)));
        let listener = PromptListener::new(
            Arc::clone(output),
            Arc::clone(&view),
            tell_opened,
            ends,
            record.clone(),
        );
        let listener = Arc::new(listener);
        let typist = Typist {
            commands,
            output: Arc::clone(output),
            view,
            record: record.clone(),
        };
        thread::spawn(move || work(typist, opened));
        let LiveOutcome { refused, failed } = Runner::new(self.settings)
            .reporter(Arc::clone(&listener) as _)
            .until(self.stop)
            .live(self.document, receiver, Arc::clone(&listener) as _);
        listener.end();
        let unwritten = match record.and_then(|record| record.finish(output.colour_beside())) {
            None => false,
            Some(Ok(told)) => {
                output.tell(&format!("{told}\n"));
                false
            }
            Some(Err(why)) => {
                output.tell(&format!("error: {why}\n"));
                true
            }
        };
        PromptOutcome {
            refused: refused || unwritten,
            failed,
        }
    }
}
