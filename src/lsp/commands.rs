//! Commands: runs a document's blocks on the buffer's text, shows how far they are, and has the transcripts put into the buffer
//! as it is by then.

use std::sync::Arc;

use serde_json::{Value, json};

use super::buffer::{Buffer, block_at};
use super::lenses::{RUN, RUN_ALL, SERVE, STOP};
use super::message::{RpcError, answer};
use super::pending_edit::PendingEdit;
use super::requests::workspace_edit;
use super::running::{Run, RunEvent, RunNews, RunOrder, RunResult, begin};
use super::server::LanguageServer;
use crate::document::Document;
use crate::runner::{Verdict, carry_over};

/// How often an edit is offered that the client refuses, since the document was changed meanwhile.
const ATTEMPTS: usize = 20;

impl LanguageServer {
    /// Does a command; `None`: its end answers the request.
    pub(super) fn execute(
        &mut self,
        id: &Value,
        params: &Value,
    ) -> Option<Result<Value, RpcError>> {
        let command = params.get("command").and_then(Value::as_str);
        let argument = |at: usize| params.get("arguments").and_then(|all| all.get(at));
        let uri = argument(0).and_then(|uri| uri.as_str().or_else(|| uri.get("uri")?.as_str()));
        let uri = uri.unwrap_or_default().to_owned();
        match command {
            Some(STOP) => {
                self.stop_runs(|run| uri.is_empty() || run.uri == uri);
                Some(Ok(Value::Null))
            }
            Some(command @ (RUN | RUN_ALL | SERVE)) => {
                let which = match command {
                    RUN_ALL => None,
                    _ => argument(1),
                };
                let serves = command == SERVE;
                let token = params.get("workDoneToken").cloned();
                match self.start(&uri, which, serves, token, id) {
                    // What serves goes on until it is stopped.
                    Ok(()) if serves => Some(Ok(Value::Null)),
                    Ok(()) => None,
                    Err(refusal) => Some(Err(refusal)),
                }
            }
            Some(other) => {
                let sentence = format!("there is no command `{}`", other.escape_debug());
                Some(Err(RpcError::new(RpcError::INVALID_PARAMS, sentence)))
            }
            None => Some(Err(RpcError::params("command"))),
        }
    }

    fn start(
        &mut self,
        uri: &str,
        which: Option<&Value>,
        serves: bool,
        token: Option<Value>,
        id: &Value,
    ) -> Result<(), RpcError> {
        let buffer = self.buffers.get_mut(uri);
        let buffer = buffer.ok_or_else(|| RpcError::failed("the document is not open"))?;
        let document = buffer.checked(&self.settings).document.clone();
        let block = match which {
            None => None,
            Some(which) => Some(block_name(buffer, &document, which)?),
        };
        let is_same = |run: &Run| run.uri == uri && run.block == block && run.serves == serves;
        if self.runs.values().any(is_same) {
            return Err(RpcError::failed("it runs already"));
        }
        let named = buffer.named();
        let number = self.number();
        let title = block.clone().unwrap_or_else(|| named.shown.clone());
        let token = token.or_else(|| {
            self.features.progress.then(|| {
                let token = json!(format!("voiden/{number}"));
                self.ask("window/workDoneProgress/create", json!({"token": token}));
                token
            })
        });
        let verb = if serves { "serves" } else { "runs" };
        self.progress(
            token.as_ref(),
            json!({
                "kind": "begin",
                "title": format!("voiden {verb} {title}"),
                "cancellable": true,
            }),
        );
        let order = RunOrder {
            number,
            named,
            block,
            serves,
            token,
            request: (!serves).then(|| id.clone()),
        };
        let run = begin(order, uri, &self.settings, &self.to_server);
        self.runs.insert(number, run);
        self.refresh_lenses();
        Ok(())
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers make it for this alone"
    )]
    fn progress(&self, token: Option<&Value>, value: Value) {
        if let Some(token) = token {
            self.tell("$/progress", json!({"token": token, "value": value}));
        }
    }

    fn refresh_lenses(&mut self) {
        if self.features.lens_refresh {
            self.ask("workspace/codeLens/refresh", Value::Null);
        }
    }

    /// Ends runs. What is under way closes first.
    pub(super) fn stop_runs(&self, which: impl Fn(&Run) -> bool) {
        let runs = self.runs.values().filter(|run| which(run));
        runs.for_each(Run::stop);
    }

    /// Takes what a run tells.
    pub(super) fn hear_run(&mut self, news: RunNews) {
        let RunNews { number, what } = news;
        match what {
            RunEvent::Progress(sentence) => {
                let token = self.runs.get(&number).and_then(|run| run.token.clone());
                let message = crate::report::harmless(&sentence);
                let value = json!({"kind": "report", "message": message});
                self.progress(token.as_ref(), value);
            }
            RunEvent::Ended(result) => {
                if let Some(run) = self.runs.remove(&number) {
                    self.end(&run, result);
                }
            }
        }
    }

    fn end(&mut self, run: &Run, result: RunResult) {
        let summary = summary(&result);
        self.progress(
            run.token.as_ref(),
            json!({"kind": "end", "message": summary}),
        );
        self.refresh_lenses();
        let told = came(&result);
        let RunResult {
            text,
            diagnostics,
            remarks,
            ..
        } = result;
        if let Some(recorded) = text {
            self.offer(PendingEdit {
                uri: run.uri.clone(),
                ran: Arc::clone(&run.text),
                recorded: recorded.into(),
                version: 0,
                attempts: 0,
                is_refused: false,
            });
        }
        if let Some(buffer) = self.buffers.get_mut(&run.uri) {
            buffer.fail(&run.text, diagnostics);
        }
        for sentence in remarks {
            self.show_warning(&sentence);
        }
        if let Some(id) = &run.request {
            self.send(answer(id.clone(), Ok(told)));
        }
    }

    /// Asks the client to put transcripts into a document as it stands now.
    fn offer(&mut self, mut pending: PendingEdit) {
        let versioned = self.features.versioned_edits;
        let Some(buffer) = self.buffers.get(&pending.uri) else {
            return;
        };
        let carried = carry_over(&pending.ran, &pending.recorded, &buffer.text);
        pending.version = buffer.version;
        pending.attempts += 1;
        pending.is_refused = false;
        let edit = workspace_edit(buffer, &carried.edits, versioned);
        if pending.attempts == 1 {
            for name in &carried.edited {
                let sentence =
                    format!("`{name}` was edited while it ran, so its transcript was not written");
                self.show_warning(&sentence);
            }
        }
        if carried.edits.is_empty() {
            return;
        }
        if !self.features.apply_edit {
            self.show_warning("the editor takes no edits, so the transcripts were not written");
            return;
        }
        let params = json!({"label": "voiden: transcripts", "edit": edit});
        let number = self.ask("workspace/applyEdit", params);
        self.edits.insert(number, pending);
    }

    /// Takes the client's answer to a request of ours.
    pub(super) fn hear_answer(&mut self, id: &Value, result: &Result<Value, Value>) {
        let Some(mut pending) = id.as_u64().and_then(|number| self.edits.remove(&number)) else {
            return;
        };
        let applied = |result: &Value| result.get("applied").and_then(Value::as_bool);
        if result.as_ref().ok().and_then(applied) == Some(true) {
            return;
        }
        let version = self.buffers.get(&pending.uri).map(|buffer| buffer.version);
        if pending.attempts >= ATTEMPTS {
            self.show_warning("the editor refused the transcripts, so they were not written");
        } else if version.is_some_and(|version| version != pending.version) {
            self.offer(pending);
        } else {
            // It comes again with the change that was under way.
            pending.is_refused = true;
            if let Some(number) = id.as_u64() {
                self.edits.insert(number, pending);
            }
        }
    }

    /// Offers what was refused, now that the document has changed.
    pub(super) fn send_edits_again(&mut self, uri: &str) {
        let refused = self.edits.iter();
        let refused = refused.filter(|(_, edit)| edit.is_refused && edit.uri == uri);
        let numbers: Vec<u64> = refused.map(|(number, _)| *number).collect();
        for number in numbers {
            if let Some(pending) = self.edits.remove(&number) {
                self.offer(pending);
            }
        }
    }
}

/// The block that an argument means: by its name, by a line from 0 or a position in it or in its transcript.
fn block_name(buffer: &Buffer, document: &Document, which: &Value) -> Result<String, RpcError> {
    if let Some(name) = which.as_str() {
        let known = document.blocks.iter().any(|block| block.name == name);
        return if known {
            Ok(name.to_owned())
        } else {
            Err(RpcError::failed(format!("no block is named `{name}`")))
        };
    }
    let line = which.as_u64().or_else(|| which.get("line")?.as_u64());
    let line = line.and_then(|line| usize::try_from(line).ok());
    let start = line.and_then(|line| buffer.lines.start(line));
    let start = start.ok_or_else(|| RpcError::params("a block's name or line"))?;
    let end = start
        + buffer
            .lines
            .text(&buffer.text, line.unwrap_or_default())
            .len();
    let at = block_at(document, end).or_else(|| {
        document.blocks.iter().find(|block| {
            let recorded = block.transcript.recorded.as_ref();
            recorded.is_some_and(|recorded| block.span.start <= end && start <= recorded.span.end)
        })
    });
    let at = at.ok_or_else(|| RpcError::failed("there is no block at this line"))?;
    Ok(at.name.clone())
}

/// What came of a run, in some words.
fn summary(result: &RunResult) -> String {
    let count = |is_it: fn(&Verdict) -> bool| {
        let blocks = result.blocks.iter().map(|block| &block.verdict);
        blocks.filter(|verdict| is_it(verdict)).count()
    };
    let passed = count(|verdict| matches!(verdict, Verdict::Passed));
    let failed = count(|verdict| matches!(verdict, Verdict::Failed(_)));
    match (result.status, failed) {
        (2, _) => "it could not run".to_owned(),
        (_, 0) => format!("{passed} passed"),
        _ => format!("{passed} passed, {failed} failed"),
    }
}

/// What came of a run, for a client that asks for more than words.
fn came(result: &RunResult) -> Value {
    let blocks = result.blocks.iter().map(|block| {
        let (verdict, message) = match &block.verdict {
            Verdict::Passed => ("passed", None),
            Verdict::Failed(reason) => ("failed", Some(reason.as_str())),
            Verdict::Skipped(reason) => ("skipped", Some(reason.as_str())),
            Verdict::NotRun => ("notRun", None),
        };
        json!({
            "name": &*block.block.name,
            "line": block.block.line - 1,
            "outcome": verdict,
            "message": message,
        })
    });
    json!({"status": result.status, "blocks": blocks.collect::<Value>()})
}
