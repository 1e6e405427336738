//! What the page asks for, read and done. Each command is a JSON object; what is wrong is told in a sentence.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::composed::with_steps;
use super::composer::{self, ComposedMessage};
use super::hub::Hub;
use super::paint::paint;
use super::runs::PageRuns;
use super::session::{BlockSession, problem};
use super::wanted::RunRequest;
use crate::document::BlockKind;
use crate::recorder;
use crate::runner::{self, EntryOutcome, LiveCommand, NotSaved, ScriptEdit};

/// What came of a command.
pub(super) type CommandResult = Result<Value, (StatusCode, String)>;

const OVERTAKEN: &str = "the block was saved elsewhere meanwhile: nothing was written, and what you typed is still here";

const NOT_CONNECTED: &str = "it is not connected";

/// What commands act on.
#[derive(Clone)]
pub(super) struct Commands {
    pub(super) hub: Arc<Hub>,
    pub(super) runs: Arc<PageRuns>,
}

impl Commands {
    /// Does what is asked for. May take as long as reading and writing files does.
    pub(super) fn perform(&self, name: &str, body: &[u8]) -> CommandResult {
        let command: Value =
            serde_json::from_slice(body).map_err(|_| bad("the command is not valid JSON"))?;
        match name {
            "state" => Ok(self.hub.snapshot()),
            "run" => self.start(&command, RunRequest::Run(number(&command, "block")?)),
            "run-all" => self.start(&command, RunRequest::All),
            "serve" => self.start(&command, RunRequest::Serve(number(&command, "block")?)),
            "connect" => self.start(&command, RunRequest::Connect(number(&command, "block")?)),
            "disconnect" => self.disconnect(&command),
            "check-message" => self.check_message(&command),
            "send" => self.send(&command),
            "add" => self.add(&command),
            "stop" => self.stop(&command),
            "check" => self.check(&command),
            "save" => self.save(&command),
            "environment" => self.environment(&command),
            _ => Err((StatusCode::NOT_FOUND, "there is no such command".to_owned())),
        }
    }

    fn start(&self, command: &Value, asked: RunRequest) -> CommandResult {
        let document = number(command, "document")?;
        let started = self.runs.start(&self.hub, document, asked);
        started.map_err(|why| (StatusCode::CONFLICT, why))?;
        Ok(json!({}))
    }

    fn stop(&self, command: &Value) -> CommandResult {
        let document = number(command, "document")?;
        if command.get("block").is_none() {
            self.runs.stop_document(document);
            return Ok(json!({}));
        }
        if let Some(run) = self.run_of(command)? {
            self.runs.stop(run);
        }
        Ok(json!({}))
    }

    /// The last run of a block.
    fn run_of(&self, command: &Value) -> Result<Option<u64>, (StatusCode, String)> {
        let document = number(command, "document")?;
        let id = number(command, "block")?;
        let mut state = self.hub.state();
        let found = state.documents.get_mut(document);
        let block = found.and_then(|document| document.block(id));
        Ok(block.and_then(|block| block.session.as_ref().map(|session| session.run)))
    }

    /// What the live session of a block is told.
    fn live(&self, command: &Value) -> Result<UnboundedSender<LiveCommand>, (StatusCode, String)> {
        let run = self.run_of(command)?;
        let live = run.and_then(|run| self.runs.live(run));
        live.ok_or_else(|| (StatusCode::CONFLICT, NOT_CONNECTED.to_owned()))
    }

    fn disconnect(&self, command: &Value) -> CommandResult {
        let run = self
            .run_of(command)?
            .filter(|run| self.runs.live(*run).is_some());
        let run = run.ok_or_else(|| (StatusCode::CONFLICT, NOT_CONNECTED.to_owned()))?;
        self.runs.disconnect(run);
        Ok(json!({}))
    }

    fn check_message(&self, command: &Value) -> CommandResult {
        let message = message(command)?;
        let told = composer::check(&self.live(command)?, message.entry());
        let told = told.ok_or_else(|| (StatusCode::CONFLICT, NOT_CONNECTED.to_owned()))?;
        Ok(json!({"problems": message.problems(&told), "painted": message.painted()}))
    }

    fn send(&self, command: &Value) -> CommandResult {
        let message = message(command)?;
        let sent = composer::send(&self.live(command)?, message.entry());
        match sent {
            Some(Some(EntryOutcome::Wrong(told))) => {
                Ok(json!({"problems": message.problems(&told)}))
            }
            Some(Some(EntryOutcome::Failed)) => Err((
                StatusCode::CONFLICT,
                "it was not sent: the log says why".to_owned(),
            )),
            Some(_) => {
                self.composed(command, |session, _, _| session.dirty = true);
                Ok(json!({}))
            }
            None => Err((StatusCode::CONFLICT, NOT_CONNECTED.to_owned())),
        }
    }

    /// What is known of a block that was connected to.
    fn composed<T>(
        &self,
        command: &Value,
        act: impl FnOnce(&mut BlockSession, usize, &str) -> T,
    ) -> Option<T> {
        let document = number(command, "document").ok()?;
        let id = number(command, "block").ok()?;
        let mut state = self.hub.state();
        let block = state.documents.get_mut(document)?.block(id)?;
        let index = block.view.info.index;
        Some(act(block.session.as_mut()?, index, &block.view.script))
    }

    /// Puts what was sent by hand, and what came back, into the block's script.
    fn add(&self, command: &Value) -> CommandResult {
        let nothing = || {
            let sentence = "nothing was sent since the connection was opened or the last addition";
            (StatusCode::CONFLICT, sentence.to_owned())
        };
        let found = self.composed(command, |session, index, script| {
            (session.composed.clone(), index, script.to_owned())
        });
        let (composed, index, before) = found.ok_or_else(nothing)?;
        let composed = composed.ok_or_else(nothing)?;
        let (steps, block) = composed.steps().ok_or_else(nothing)?;
        let named = self.named(command)?;
        let unprocessable = |sentence| (StatusCode::UNPROCESSABLE_ENTITY, sentence);
        let declared = std::cell::RefCell::new(steps);
        if !block.secrets.is_empty() || !block.vars.is_empty() {
            let grow = |text: &str| {
                let steps = declared.borrow().clone();
                let (text, steps) = recorder::declare(text, &steps, &block.secrets, &block.vars)?;
                declared.replace(steps);
                Ok(text)
            };
            runner::append(&named.path, &grow).map_err(unprocessable)?;
        }
        let edit = OwnedEdit {
            kind: BlockKind::Client,
            index,
            after: with_steps(&before, &declared.into_inner()),
            before,
        };
        let saved = runner::save_edit(&named, &self.hub.settings(), &edit.borrowed());
        saved.map_err(refused)?;
        composed.added();
        self.composed(command, |session, _, _| session.dirty = true);
        self.hub.refresh();
        Ok(json!({}))
    }

    fn check(&self, command: &Value) -> CommandResult {
        let named = self.named(command)?;
        let edit = self.edit(command)?;
        let checked = runner::check_edit(&named, &self.hub.settings(), &edit.borrowed());
        let problems: Option<Vec<Value>> = match checked {
            Ok(problems) => Some(problems.iter().map(problem).collect()),
            // The document has changed below what one types: a save says so.
            Err(NotSaved::Overtaken) => None,
            Err(why) => return Err(refused(why)),
        };
        Ok(json!({"problems": problems, "painted": paint(&edit.after, edit.kind)}))
    }

    fn save(&self, command: &Value) -> CommandResult {
        let named = self.named(command)?;
        let edit = self.edit(command)?;
        let saved = runner::save_edit(&named, &self.hub.settings(), &edit.borrowed());
        self.hub.refresh();
        saved.map_err(refused)?;
        Ok(json!({}))
    }

    fn environment(&self, command: &Value) -> CommandResult {
        let name = command.get("name").and_then(Value::as_str);
        let name = name.filter(|name| !name.is_empty()).map(str::to_owned);
        if self.hub.choose(name) {
            Ok(json!({}))
        } else {
            Err(bad("there is no such environment"))
        }
    }

    fn named(&self, command: &Value) -> Result<runner::Named, (StatusCode, String)> {
        let document = number(command, "document")?;
        let gone = || {
            let sentence = "the document is not there any more".to_owned();
            (StatusCode::NOT_FOUND, sentence)
        };
        self.hub.named(document).ok_or_else(gone)
    }

    fn edit(&self, command: &Value) -> Result<OwnedEdit, (StatusCode, String)> {
        let document = number(command, "document")?;
        let id = number(command, "block")?;
        let mut state = self.hub.state();
        let found = state.documents.get_mut(document);
        let block = found.and_then(|document| document.block(id));
        // One that is gone may stand elsewhere under another id.
        let (index, kind) = block.map_or((usize::MAX, BlockKind::Client), |block| {
            (block.view.info.index, block.view.info.kind)
        });
        Ok(OwnedEdit {
            kind,
            index,
            before: text(command, "before")?,
            after: text(command, "text")?,
        })
    }
}

fn message(command: &Value) -> Result<ComposedMessage, (StatusCode, String)> {
    let client = command.get("client").and_then(Value::as_str);
    let message = ComposedMessage::new(
        &text(command, "format")?,
        client.unwrap_or_default(),
        text(command, "text")?,
    );
    message.ok_or_else(|| bad("there is no such format or client"))
}

struct OwnedEdit {
    kind: BlockKind,
    index: usize,
    before: String,
    after: String,
}

impl OwnedEdit {
    fn borrowed(&self) -> ScriptEdit<'_> {
        ScriptEdit {
            block: self.index,
            before: &self.before,
            after: &self.after,
        }
    }
}

fn refused(why: NotSaved) -> (StatusCode, String) {
    match why {
        NotSaved::Overtaken => (StatusCode::CONFLICT, OVERTAKEN.to_owned()),
        NotSaved::Refused(sentence) => (StatusCode::UNPROCESSABLE_ENTITY, sentence),
    }
}

fn number(command: &Value, name: &str) -> Result<usize, (StatusCode, String)> {
    let number = command.get(name).and_then(Value::as_u64);
    let number = number.and_then(|number| usize::try_from(number).ok());
    number.ok_or_else(|| bad(&format!("`{name}` is not a number")))
}

fn text(command: &Value, name: &str) -> Result<String, (StatusCode, String)> {
    let text = command.get(name).and_then(Value::as_str).map(str::to_owned);
    text.ok_or_else(|| bad(&format!("`{name}` is not a string")))
}

fn bad(sentence: &str) -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, sentence.to_owned())
}
