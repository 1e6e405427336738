//! What one types into the composer → an entry of a live session, and what came of it.

use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot::{self, error::TryRecvError};

use super::paint::paint;
use crate::diagnostic::Diagnostic;
use crate::document::BlockKind;
use crate::runner::{EntryOutcome, LiveCommand, LiveEntry};
use crate::source::Source;

/// What entries are called in diagnostics.
pub(super) const NAME: &str = "message";

/// How long an answer is waited for: a message may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(4);

/// What is to be sent.
pub(super) struct ComposedMessage {
    format: &'static str,
    client: String,
    text: String,
}

impl ComposedMessage {
    /// `None`: there is no such format, or the client's name is none.
    pub(super) fn new(format: &str, client: &str, text: String) -> Option<Self> {
        let formats = ["text", "json", "xml", "binary"];
        let format = formats.into_iter().find(|known| *known == format)?;
        let is_name = client
            .chars()
            .all(|part| part.is_alphanumeric() || "_-.".contains(part));
        is_name.then(|| Self {
            format,
            client: client.to_owned(),
            text,
        })
    }

    /// The step that sends it.
    pub(super) fn entry(&self) -> LiveEntry {
        let mut text = format!("-> {}", self.format);
        if !self.client.is_empty() {
            text = format!("{} {text}", self.client);
        }
        let lead = text.len() + 1;
        // As one would write it: what it says is the same.
        if is_plain_line(&self.text) {
            return LiveEntry {
                lead,
                text: format!("{text} {}", self.text),
                name: NAME.to_owned(),
                line: 1,
            };
        }
        for line in self.text.lines() {
            let mark = if is_step(line, &self.client) {
                "\\"
            } else {
                ""
            };
            // Writing to a string cannot fail.
            let _ = write!(text, "\n{mark}{line}");
        }
        LiveEntry {
            lead: lead.min(text.len()),
            text,
            name: NAME.to_owned(),
            line: 1,
        }
    }

    /// Its lines, painted.
    pub(super) fn painted(&self) -> Value {
        let script = format!("-> {}\n{}", self.format, self.text);
        match paint(&script, BlockKind::Client) {
            Value::Array(lines) => Value::Array(lines.into_iter().skip(1).collect()),
            other => other,
        }
    }

    /// What is wrong with it, at its own lines.
    pub(super) fn problems(&self, told: &[Diagnostic]) -> Vec<Value> {
        let source = Source::new(NAME, self.text.clone());
        told.iter()
            .map(|told| {
                let place = source.position(told.span.start);
                let end = source.position(told.span.end);
                json!({
                    "error": told.is_error(),
                    "line": place.line,
                    "column": place.column,
                    "end": end.column,
                    "message": told.message,
                    "hint": told.hint,
                })
            })
            .collect()
    }
}

/// Whether a message is one line that may stand behind its format: it begins with nothing that is read otherwise there.
fn is_plain_line(text: &str) -> bool {
    let begins = |first: char| first.is_alphanumeric() || matches!(first, '{' | '[');
    text.starts_with(begins) && text.trim_end() == text && text.lines().count() == 1
}

/// Whether a line of a message would be a step of its own, or stands for another line.
fn is_step(line: &str, client: &str) -> bool {
    let bare = line.strip_prefix(client).unwrap_or(line).trim_start();
    let marks = ["->", "<-", "--", "→", "←"];
    let is_mark = |text: &str| {
        marks.iter().any(|mark| {
            let rest = text.strip_prefix(mark);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
        })
    };
    line.starts_with('\\') || is_mark(line) || is_mark(bare)
}

/// What is wrong with an entry; `None`: the session has ended.
pub(super) fn check(
    commands: &UnboundedSender<LiveCommand>,
    entry: LiveEntry,
) -> Option<Vec<Diagnostic>> {
    let (reply, answer) = oneshot::channel();
    commands.send(LiveCommand::Check(entry, reply)).ok()?;
    wait(answer)?
}

#[expect(
    clippy::option_option,
    reason = "it has ended, it has not come yet, or here it is"
)]
/// Sends an entry; `None`: the session has ended, else `Some(None)` where it is still waiting to be sent.
pub(super) fn send(
    commands: &UnboundedSender<LiveCommand>,
    entry: LiveEntry,
) -> Option<Option<EntryOutcome>> {
    let (reply, answer) = oneshot::channel();
    commands.send(LiveCommand::Run(entry, reply)).ok()?;
    wait(answer)
}

#[expect(
    clippy::option_option,
    reason = "it has ended, it has not come yet, or here it is"
)]
fn wait<T>(mut answer: oneshot::Receiver<T>) -> Option<Option<T>> {
    let began = Instant::now();
    loop {
        match answer.try_recv() {
            Ok(answer) => return Some(Some(answer)),
            Err(TryRecvError::Closed) => return None,
            Err(TryRecvError::Empty) if began.elapsed() > PATIENCE => return Some(None),
            Err(TryRecvError::Empty) => thread::sleep(LOOK),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_the_message_and_no_step() {
        let entry = |format: &str, client: &str, text: &str| {
            ComposedMessage::new(format, client, text.to_owned())
                .unwrap()
                .entry()
        };
        let json = entry("json", "", "{\"a\": 1}");
        assert_eq!((json.text.as_str(), json.lead), ("-> json {\"a\": 1}", 8));
        assert_eq!(entry("text", "", "").text, "-> text");
        assert_eq!(entry("text", "", "\"a\"").text, "-> text\n\"a\"");
        assert_eq!(entry("text", "", "a ").text, "-> text\na ");
        assert_eq!(entry("json", "", "{\n}").text, "-> json\n{\n}");
        assert_eq!(
            entry("text", "bob", "a\n-> b\n--\nbob -- drop\n\\x\n->x").text,
            "bob -> text\na\n\\-> b\n\\--\n\\bob -- drop\n\\\\x\n->x"
        );
        assert!(ComposedMessage::new("proto", "", String::new()).is_none());
        assert!(ComposedMessage::new("text", "a\n-- drop", String::new()).is_none());
    }
}
