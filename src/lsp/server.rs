//! The session: its phases, the open documents, and who answers what. One thread hears everything in turn.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::mpsc::{Receiver, Sender};
use std::time::Duration;

use serde_json::{Value, json};

use super::buffer::Buffer;
use super::client::{ClientFeatures, abilities, arguments};
use super::message::{ClientMessage, RpcError, answer, notification, request};
use super::pending_edit::PendingEdit;
use super::running::Run;
use super::transport::RpcFrame;
use super::{Configure, Inbound, fixes};
use crate::runner::Settings;

/// How long the end waits for runs to close what they have open.
const PATIENCE: Duration = Duration::from_secs(2);

/// How far the session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Begun,
    Ready,
    ShutDown,
}

/// A message that waits for its turn.
enum Waiting {
    Message(ClientMessage),
    Malformed(String),
    Other(Inbound),
}

/// One client's session.
pub(super) struct LanguageServer {
    configure: Configure,
    to_client: Sender<Value>,
    /// For the runs' news.
    pub(super) to_server: Sender<Inbound>,
    phase: Phase,
    pub(super) features: ClientFeatures,
    pub(super) settings: Settings,
    pub(super) buffers: BTreeMap<String, Buffer>,
    pub(super) runs: BTreeMap<u64, Run>,
    /// Edits that the client was asked for, by the request's number.
    pub(super) edits: BTreeMap<u64, PendingEdit>,
    /// The last number that was given to a run or a request.
    last: u64,
}

impl LanguageServer {
    pub(super) fn new(
        configure: Configure,
        to_client: Sender<Value>,
        to_server: Sender<Inbound>,
    ) -> Self {
        Self {
            configure,
            to_client,
            to_server,
            phase: Phase::Begun,
            features: ClientFeatures::default(),
            settings: Settings::default(),
            buffers: BTreeMap::new(),
            runs: BTreeMap::new(),
            edits: BTreeMap::new(),
            last: 0,
        }
    }

    /// Hears everything until the end; gives the exit status.
    pub(super) fn run(mut self, inbound: &Receiver<Inbound>) -> u8 {
        let mut queue = VecDeque::new();
        loop {
            if queue.is_empty() {
                // What was typed in between is looked at once.
                self.publish_changed();
                let Ok(next) = inbound.recv() else {
                    return 1;
                };
                queue.push_back(waiting(next));
            }
            queue.extend(inbound.try_iter().map(waiting));
            self.refuse_cancelled(&mut queue);
            let status = match queue.pop_front() {
                None => None,
                Some(Waiting::Message(message)) => self.hear(message),
                Some(Waiting::Malformed(sentence)) => {
                    let refusal = RpcError::new(RpcError::PARSE_ERROR, sentence);
                    self.send(answer(Value::Null, Err(refusal)));
                    None
                }
                Some(Waiting::Other(Inbound::Run(news))) => {
                    self.hear_run(news);
                    None
                }
                Some(Waiting::Other(_)) => Some(self.exit_status()),
            };
            if let Some(status) = status {
                self.close(inbound);
                return status;
            }
        }
    }

    fn exit_status(&self) -> u8 {
        u8::from(self.phase != Phase::ShutDown)
    }

    /// Lets runs close their connections.
    fn close(&mut self, inbound: &Receiver<Inbound>) {
        self.stop_runs(|_| true);
        while !self.runs.is_empty()
            && let Ok(next) = inbound.recv_timeout(PATIENCE)
        {
            if let Inbound::Run(news) = next {
                self.hear_run(news);
            }
        }
    }

    /// Answers requests that were taken back before their turn came.
    fn refuse_cancelled(&self, queue: &mut VecDeque<Waiting>) {
        let cancelled = queue.iter().filter_map(|waiting| match waiting {
            Waiting::Message(ClientMessage::Notification { method, params })
                if method == "$/cancelRequest" =>
            {
                params.get("id").map(Value::to_string)
            }
            _ => None,
        });
        let cancelled: BTreeSet<String> = cancelled.collect();
        if cancelled.is_empty() {
            return;
        }
        queue.retain(|waiting| match waiting {
            Waiting::Message(ClientMessage::Request { id, .. })
                if cancelled.contains(&id.to_string()) =>
            {
                let refusal = RpcError::new(RpcError::CANCELLED, "it was cancelled");
                self.send(answer(id.clone(), Err(refusal)));
                false
            }
            _ => true,
        });
    }

    /// Takes a message; the exit status where it is the last one.
    fn hear(&mut self, message: ClientMessage) -> Option<u8> {
        match message {
            ClientMessage::Request { id, method, params } => {
                if let Some(result) = self.answered(&id, &method, &params) {
                    self.send(answer(id, result));
                }
            }
            ClientMessage::Notification { method, .. } if method == "exit" => {
                return Some(self.exit_status());
            }
            ClientMessage::Notification { method, params } => {
                if self.phase == Phase::Ready {
                    self.notice(&method, &params);
                }
            }
            ClientMessage::Answer { id, result } => self.hear_answer(&id, &result),
            ClientMessage::Invalid { id } => {
                let refusal = RpcError::new(RpcError::INVALID_REQUEST, "this is not a request");
                self.send(answer(id, Err(refusal)));
            }
        }
        None
    }

    /// The answer to a request; `None`: it comes later.
    fn answered(
        &mut self,
        id: &Value,
        method: &str,
        params: &Value,
    ) -> Option<Result<Value, RpcError>> {
        match (self.phase, method) {
            (Phase::Begun, "initialize") => Some(Ok(self.initialize(params))),
            (Phase::Begun, _) => {
                let sentence = "the session has not begun: `initialize` comes first";
                Some(Err(RpcError::new(RpcError::NOT_INITIALIZED, sentence)))
            }
            (Phase::ShutDown, _) | (_, "initialize") => {
                let sentence = "the session has begun already, or is over";
                Some(Err(RpcError::new(RpcError::INVALID_REQUEST, sentence)))
            }
            (Phase::Ready, "shutdown") => {
                self.phase = Phase::ShutDown;
                self.stop_runs(|_| true);
                Some(Ok(Value::Null))
            }
            (Phase::Ready, "workspace/executeCommand") => self.execute(id, params),
            (Phase::Ready, method) => {
                let answer = self.about_document(method, params);
                Some(answer.unwrap_or_else(|| {
                    let sentence = format!("there is no method `{}`", method.escape_debug());
                    Err(RpcError::new(RpcError::METHOD_NOT_FOUND, sentence))
                }))
            }
        }
    }

    fn initialize(&mut self, params: &Value) -> Value {
        self.features = ClientFeatures::of(params);
        self.phase = Phase::Ready;
        let options = params.get("initializationOptions");
        self.configure(options.unwrap_or(&Value::Null));
        abilities(self.features.encoding)
    }

    /// Takes settings; wrong ones are told, and what the command line says holds.
    fn configure(&mut self, options: &Value) {
        let configured = arguments(options).and_then(|arguments| (self.configure)(&arguments));
        match configured {
            Ok(settings) => self.settings = settings,
            Err(sentence) => {
                self.show_error(&format!("voiden's options: {sentence}"));
                self.settings = (self.configure)(&[]).unwrap_or_default();
            }
        }
    }

    fn notice(&mut self, method: &str, params: &Value) {
        let document = params.get("textDocument").unwrap_or(&Value::Null);
        let uri = document
            .get("uri")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let version = document
            .get("version")
            .and_then(Value::as_i64)
            .unwrap_or_default();
        match method {
            "textDocument/didOpen" => {
                let text = document.get("text").and_then(Value::as_str);
                let text = text.unwrap_or_default().to_owned();
                let buffer = Buffer::new(uri, version, text, self.features.encoding);
                self.buffers.insert(uri.to_owned(), buffer);
            }
            "textDocument/didChange" => self.change(uri, version, params),
            "textDocument/didClose" => {
                self.stop_runs(|run| run.uri == uri);
                if self.buffers.remove(uri).is_some() {
                    self.tell(
                        "textDocument/publishDiagnostics",
                        json!({
                            "uri": uri,
                            "diagnostics": [],
                        }),
                    );
                }
            }
            // What lies beside a document may be another text now.
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => {
                self.buffers.values_mut().for_each(Buffer::forget);
            }
            "workspace/didChangeConfiguration" => {
                if let Some(options) = params.pointer("/settings/voiden") {
                    let options = options.clone();
                    self.configure(&options);
                    self.buffers.values_mut().for_each(Buffer::forget);
                }
            }
            "window/workDoneProgress/cancel" => {
                let token = params.get("token");
                self.stop_runs(|run| run.token.as_ref() == token);
            }
            "$/cancelRequest" => {
                let id = params.get("id");
                self.stop_runs(|run| run.request.as_ref() == id);
            }
            _ => {}
        }
    }

    fn change(&mut self, uri: &str, version: i64, params: &Value) {
        let Some(buffer) = self.buffers.get_mut(uri) else {
            return;
        };
        let changes = params.get("contentChanges").and_then(Value::as_array);
        let applied = changes
            .into_iter()
            .flatten()
            .map(|change| buffer.change(change));
        let is_understood = applied.into_iter().all(|applied| applied.is_some());
        buffer.version = version;
        if !is_understood {
            self.show_error("a change of the document could not be read: close and open it again");
        }
        self.send_edits_again(uri);
    }

    /// Says what is wrong in the documents that have changed.
    fn publish_changed(&mut self) {
        let settings = &self.settings;
        for buffer in self
            .buffers
            .values_mut()
            .filter(|buffer| buffer.is_unchecked())
        {
            let told = fixes::told(buffer.checked(settings));
            let failed = buffer.failed(settings);
            let told = told.iter().chain(&failed);
            let published: Value = told.map(|told| fixes::published(buffer, told)).collect();
            let params = json!({
                "uri": buffer.uri,
                "version": buffer.version,
                "diagnostics": published,
            });
            let message = notification("textDocument/publishDiagnostics", params);
            let _ = self.to_client.send(message);
        }
    }

    /// The next number of a run or a request.
    pub(super) fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    pub(super) fn send(&self, message: Value) {
        // A client that has gone hears nothing.
        let _ = self.to_client.send(message);
    }

    pub(super) fn tell(&self, method: &str, params: Value) {
        self.send(notification(method, params));
    }

    /// Asks the client for something.
    pub(super) fn ask(&mut self, method: &str, params: Value) -> u64 {
        let number = self.number();
        self.send(request(&number.into(), method, params));
        number
    }

    pub(super) fn show_error(&self, sentence: &str) {
        let message = crate::report::harmless(sentence);
        self.tell("window/showMessage", json!({"type": 1, "message": message}));
    }

    pub(super) fn show_warning(&self, sentence: &str) {
        let message = crate::report::harmless(sentence);
        self.tell("window/showMessage", json!({"type": 2, "message": message}));
    }
}

fn waiting(inbound: Inbound) -> Waiting {
    match inbound {
        Inbound::Client(RpcFrame::Message(message)) => Waiting::Message(ClientMessage::of(message)),
        Inbound::Client(RpcFrame::Malformed(sentence)) => Waiting::Malformed(sentence),
        other => Waiting::Other(other),
    }
}
