//! Hands what was typed to the live session, entry by entry, and says what came of it.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use super::language::{COMMANDS, PromptCommand, as_steps};
use super::output::LogOutput;
use super::record::SessionRecord;
use super::view::SessionView;
use crate::report::{RED, harmless, paint};
use crate::runner::{EntryOutcome, LiveCommand, LiveEntry};

/// Hands entries to the session.
pub(super) struct Typist {
    pub(super) commands: UnboundedSender<LiveCommand>,
    pub(super) output: Arc<dyn LogOutput>,
    pub(super) view: Arc<SessionView>,
    /// What is recorded, if anything is.
    pub(super) record: Option<Arc<SessionRecord>>,
}

/// Whether more may be typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typing {
    GoesOn,
    Ends,
}

/// What will come of an entry.
pub(super) type EntryAnswer = oneshot::Receiver<EntryOutcome>;

impl Typist {
    /// Hands steps, or a message, to the session.
    pub(super) fn enter(&self, typed: &str, name: &str, line: usize) -> EntryAnswer {
        let (text, lead) = as_steps(typed, self.has_clients());
        let entry = LiveEntry {
            text,
            lead,
            name: name.to_owned(),
            line,
        };
        self.ask(|reply| LiveCommand::Run(entry, reply))
    }

    /// Does what a command says.
    pub(super) fn command(&self, command: PromptCommand) -> (Typing, Option<EntryAnswer>) {
        let answer = match command {
            PromptCommand::Quit => {
                let _ = self.commands.send(LiveCommand::Close { linger: false });
                return (Typing::Ends, None);
            }
            PromptCommand::Run => Some(self.ask(LiveCommand::Rest)),
            PromptCommand::Step => Some(self.ask(LiveCommand::Step)),
            PromptCommand::Help => {
                self.output.tell(&help());
                None
            }
            PromptCommand::Variables => {
                self.variables();
                None
            }
            PromptCommand::Expect(count) => {
                self.recorded(|record| record.expect(count).map(|()| String::new()));
                None
            }
            PromptCommand::Undo => {
                self.recorded(|record| match record.undo() {
                    Some(source) => Ok(format!("taken out: {}", harmless(&source))),
                    None => Err("nothing was sent that could be taken out".to_owned()),
                });
                None
            }
            PromptCommand::Save(file) => {
                let colour = self.output.colour_beside();
                self.recorded(|record| record.save(file.as_deref().map(Path::new), colour));
                None
            }
        };
        (Typing::GoesOn, answer)
    }

    /// Waits for messages that `:expect` is to find.
    pub(super) fn await_messages(&self, count: usize) {
        if let Some(record) = &self.record {
            record.await_messages(count);
        }
    }

    /// Whether steps name clients.
    pub(super) fn has_clients(&self) -> bool {
        !self.view.known().clients.is_empty()
    }

    /// Does something with what is recorded, and tells what came of it.
    fn recorded(&self, work: impl FnOnce(&SessionRecord) -> Result<String, String>) {
        let done = match &self.record {
            Some(record) => work(record),
            None => Err("nothing is recorded".to_owned()),
        };
        match done {
            Ok(told) if told.is_empty() => {}
            Ok(told) => self.output.tell(&format!("{told}\n")),
            Err(why) => self.wrong(&why),
        }
    }

    /// Takes what came of an entry.
    pub(super) fn settle(&self, outcome: &EntryOutcome) {
        match outcome {
            EntryOutcome::Done => {}
            EntryOutcome::Failed | EntryOutcome::Wrong(_) => self.view.fail(),
            EntryOutcome::NoStep => self.wrong("no step is left"),
        }
    }

    /// Says what is wrong with something that was typed.
    pub(super) fn wrong(&self, sentence: &str) {
        self.view.fail();
        let label = paint("error", RED.bold(), self.output.colour_beside());
        self.output.tell(&format!("{label}: {sentence}\n"));
    }

    /// Nothing more is typed.
    pub(super) fn close(&self, linger: bool) {
        let _ = self.commands.send(LiveCommand::Close { linger });
    }

    fn variables(&self) {
        let (reply, answer) = oneshot::channel();
        if self.commands.send(LiveCommand::Variables(reply)).is_err() {
            return;
        }
        let mut text = String::new();
        for variable in answer.blocking_recv().unwrap_or_default() {
            let [name, value] = [&variable.name, &*variable.value].map(|text| harmless(text));
            let _ = writeln!(text, "{name} = {value}");
        }
        if text.is_empty() {
            text.push_str("no name has a value\n");
        }
        self.output.tell(&text);
    }

    fn ask(
        &self,
        command: impl FnOnce(oneshot::Sender<EntryOutcome>) -> LiveCommand,
    ) -> EntryAnswer {
        let (reply, answer) = oneshot::channel();
        let _ = self.commands.send(command(reply));
        answer
    }
}

fn help() -> String {
    let mut help = String::from(
        "A line is sent: as JSON or XML if it looks like it, else as text. Steps are those of documents:\n\
         \x20 -> json {\"a\": 1}    send with a FORMAT; also -> ping, -> close 1000\n\
         \x20 <- json {\"b\": {{$number}}}    wait for a message that matches\n\
         \x20 -- check .b > 0    judge the last match; also -- save, -- wait, -- reconnect\n\
         Lines that refine a step follow it; at a terminal a line that ends with \\ goes on below. Commands:\n",
    );
    for (command, does) in COMMANDS {
        let _ = writeln!(help, "  {command:<14} {does}");
    }
    help
}
