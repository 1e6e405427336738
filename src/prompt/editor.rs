//! The line editor: history, completion, colours, and entries of several lines. Pasted text waits for Enter.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{
    Cmd, ColorMode, CompletionType, Config, Context, Editor, EventHandler, Helper, KeyEvent,
    Movement, Prompt,
};

use super::complete::complete;
use super::language::{PromptCommand, command, is_incomplete};
use super::screen::Screen;
use super::style::painted;
use super::typist::{EntryAnswer, Typing, Typist};
use super::view::SessionView;
use crate::runner::LiveStatus;

/// Entries that are remembered.
const HISTORY: usize = 1000;

/// The editor with what it needs to know.
pub(super) type LineEditor = Editor<EntryHelper, MemHistory>;

/// Makes an editor, whose log goes above the line that is typed.
pub(super) fn editor(
    view: &Arc<SessionView>,
    screen: &Arc<Screen>,
    colour: bool,
) -> Option<LineEditor> {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .color_mode(if colour {
            ColorMode::Enabled
        } else {
            ColorMode::Disabled
        })
        .max_history_size(HISTORY)
        .ok()?
        .build();
    let history = MemHistory::with_config(&config);
    let mut editor = Editor::with_history(config, history).ok()?;
    // It clears in place: what was typed behind it stays.
    let clear = Cmd::Kill(Movement::WholeBuffer);
    editor.bind_sequence(KeyEvent::ctrl('C'), EventHandler::Simple(clear));
    editor.set_helper(Some(EntryHelper {
        view: Arc::clone(view),
    }));
    let printer = editor.create_external_printer().ok()?;
    let screen = Arc::clone(screen);
    thread::spawn(move || screen.print_by(printer));
    Some(editor)
}

/// What is done once everything before it is.
enum Errand {
    Settle(EntryAnswer),
    Command(PromptCommand),
}

/// Hands what is typed to the session, to the end of it.
pub(super) fn type_at(mut editor: LineEditor, typist: &Arc<Typist>, screen: &Arc<Screen>) {
    let mut prompt = StatusPrompt {
        screen: Arc::clone(screen),
        view: Some(Arc::clone(&typist.view)),
    };
    let (errands, queue) = channel();
    let runner = Arc::clone(typist);
    thread::spawn(move || run_errands(&queue, &runner));
    loop {
        match editor.readline(&prompt) {
            Ok(typed) => {
                let typed = typed.replace("\\\n", "\n");
                let typed = typed.trim_end_matches(['\n', '\r']);
                if typed.trim().is_empty() {
                    continue;
                }
                let _ = editor.add_history_entry(typed);
                if take(typed, typist, &errands) == Typing::Ends {
                    break;
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(_) => {
                typist.close(false);
                break;
            }
        }
    }
    // The log goes on above an empty line, until the session is over; after a Ctrl-C the next one is an interrupt.
    editor.unbind_sequence(KeyEvent::ctrl('C'));
    prompt.view = None;
    while editor.readline(&prompt).is_ok() {}
    screen.leave();
}

/// Steps go to the session at once, which does them in their order; what is told of them, or of what they left, waits
/// for that, while more may be typed.
fn take(typed: &str, typist: &Typist, errands: &Sender<Errand>) -> Typing {
    let errand = match command(typed) {
        Some(Ok(
            command @ (PromptCommand::Expect(_)
            | PromptCommand::Undo
            | PromptCommand::Save(_)
            | PromptCommand::Variables),
        )) => Some(Errand::Command(command)),
        Some(Ok(command)) => {
            let (typing, answer) = typist.command(command);
            if typing == Typing::Ends {
                return typing;
            }
            answer.map(Errand::Settle)
        }
        Some(Err(why)) => {
            typist.wrong(&why);
            None
        }
        None => Some(Errand::Settle(typist.enter(typed, "entry", 1))),
    };
    if let Some(errand) = errand {
        let _ = errands.send(errand);
    }
    Typing::GoesOn
}

fn run_errands(queue: &Receiver<Errand>, typist: &Typist) {
    for errand in queue {
        match errand {
            Errand::Settle(answer) => {
                if let Ok(outcome) = answer.blocking_recv() {
                    typist.settle(&outcome);
                }
            }
            Errand::Command(command) => {
                typist.command(command);
            }
        }
    }
}

/// Shows where the connection is, while more may be typed. All words are as long, so that it may change while a line is
/// typed.
struct StatusPrompt {
    screen: Arc<Screen>,
    view: Option<Arc<SessionView>>,
}

impl StatusPrompt {
    /// What stands before the line that is about to be drawn.
    fn status(&self) -> Option<LiveStatus> {
        self.screen.draw_line();
        self.view.as_ref().map(|view| view.status())
    }
}

impl Prompt for StatusPrompt {
    fn raw(&self) -> &str {
        match self.status() {
            Some(LiveStatus::Connecting) => "connecting   > ",
            Some(LiveStatus::Connected) => "connected    > ",
            Some(LiveStatus::Disconnected) => "disconnected > ",
            None => "",
        }
    }

    fn styled(&self) -> &str {
        match self.status() {
            Some(LiveStatus::Connecting) => "\u{1b}[33mconnecting   >\u{1b}[0m ",
            Some(LiveStatus::Connected) => "\u{1b}[32mconnected    >\u{1b}[0m ",
            Some(LiveStatus::Disconnected) => "\u{1b}[31mdisconnected >\u{1b}[0m ",
            None => "",
        }
    }
}

/// What the editor asks while a line is typed.
pub(super) struct EntryHelper {
    view: Arc<SessionView>,
}

impl EntryHelper {
    fn has_clients(&self) -> bool {
        !self.view.known().clients.is_empty()
    }
}

impl Helper for EntryHelper {}

impl Hinter for EntryHelper {
    type Hint = String;
}

impl Completer for EntryHelper {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let known = self.view.known().clone();
        Ok(complete(line, at, &known))
    }
}

impl Highlighter for EntryHelper {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        painted(line, self.has_clients())
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor
    }
}

impl Validator for EntryHelper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let typed = context.input();
        let goes_on = typed.ends_with('\\')
            // An empty line ends what will never be complete.
            || !typed.ends_with('\n')
                && command(typed).is_none()
                && is_incomplete(&typed.replace("\\\n", "\n"), self.has_clients());
        Ok(if goes_on {
            ValidationResult::Incomplete
        } else {
            ValidationResult::Valid(None)
        })
    }
}
