//! A request as `.http` and `.void` files have it → a block: its URL, headers and body, and the variables in them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::har::is_header;
use super::http_request::Placeholders;
use super::imported::{Imported, name_of};
use crate::diagnostic::Diagnostic;
use crate::document::BlockKind;
use crate::format::json::{JsonTokenKind, tokens};
use crate::recorder::{RecordMode, RecordedBlock, Recording, guarded, request};
use crate::script::{Role, parse};

/// Headers that are a client's own.
const OURS: [&str; 9] = [
    "host",
    "connection",
    "upgrade",
    "content-length",
    "transfer-encoding",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-extensions",
    "sec-websocket-protocol",
];

/// A request.
#[derive(Clone, Debug, Default)]
pub(super) struct HttpMessage {
    pub(super) name: String,
    /// `WEBSOCKET`, or a method of HTTP.
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    /// What is sent, and what is waited for.
    pub(super) parts: Vec<MessageStep>,
    /// The status that is expected.
    pub(super) status: Option<String>,
}

/// A step of a request's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MessageStep {
    Send(String),
    Wait,
}

/// Values that a file gives to names.
pub(super) type FileVariables = BTreeMap<String, String>;

impl HttpMessage {
    /// Whether it opens a WebSocket.
    pub(super) fn is_socket(&self) -> bool {
        matches!(self.method.as_str(), "WEBSOCKET" | "WS" | "WSS")
            || self.url.starts_with("ws://")
            || self.url.starts_with("wss://")
    }

    /// Makes its block.
    pub(super) fn import(&self, variables: &FileVariables, imported: &mut Imported) {
        let mut placeholders = Placeholders::default();
        let is_socket = self.is_socket();
        let head = self.head(is_socket, &mut placeholders);
        imported.leave_out_headers(self.unusable(), &self.shown_name());
        let mut steps = Vec::new();
        for part in &self.parts {
            match part {
                MessageStep::Wait => steps.push("<-".to_owned()),
                MessageStep::Send(body) => steps.push(send(body, &mut placeholders)),
            }
        }
        if let Some(status) = &self.status {
            steps.push(format!("<- HTTP {status}"));
        }
        let name = self.shown_name();
        for (written, made) in &placeholders.unknown {
            imported.leave_out(format!(
                "`{written}` of {name}: no placeholder of voiden does this, `{made}` stands there"
            ));
        }
        let values = RequestValues::of(&placeholders, variables, &head, &steps);
        let mut block = values.block(&head, &steps, is_socket);
        let role = if is_socket { Role::Client } else { Role::Http };
        let wrong = parse(&block.script, role, &[]).diagnostics;
        if let Some(wrong) = wrong.into_iter().find(Diagnostic::is_error) {
            return imported.leave_out(format!("the request {name}: {}", wrong.message));
        }
        for name in &values.unset {
            imported.leave_out(format!(
                "the value of `{name}`, which is not in the file: give it in the front matter, in a `.env` file, or with `--var {name}=…`"
            ));
        }
        for name in &values.secret {
            if !block.secrets.contains(name) {
                block.secrets.push(name.clone());
            }
        }
        let kind = if is_socket {
            BlockKind::Client
        } else {
            BlockKind::Http
        };
        imported.push(kind, &name, block);
    }

    fn shown_name(&self) -> String {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        let url = name_of(&self.url).replace("{{", "").replace("}}", "");
        if self.is_socket() {
            url
        } else {
            format!("{} {url}", self.method)
        }
    }

    /// How many of its headers no line can say.
    fn unusable(&self) -> usize {
        let ours = |name: &str| OURS.contains(&name.to_ascii_lowercase().as_str());
        let headers = self.headers.iter();
        headers
            .filter(|(name, value)| !ours(name) && !is_header(name, value))
            .count()
    }

    fn head(&self, is_socket: bool, placeholders: &mut Placeholders) -> String {
        let url = self.url.split('#').next().unwrap_or_default();
        let url = placeholders.read(url);
        let mut head = if is_socket {
            match url.split_once("://") {
                Some(("http", rest)) => format!("ws://{rest}"),
                Some(("https", rest)) => format!("wss://{rest}"),
                None if !url.starts_with("{{") => {
                    let scheme = if self.method == "WSS" { "wss" } else { "ws" };
                    format!("{scheme}://{url}")
                }
                _ => url,
            }
        } else {
            format!("{} {url}", self.method)
        };
        for (name, value) in &self.headers {
            let value = placeholders.read(value);
            let lower = name.to_ascii_lowercase();
            if lower == "sec-websocket-protocol" {
                let _ = write!(head, "\n@subprotocol {value}");
            } else if lower == "content-type" && is_socket {
                // It colours messages in editors, and is not sent.
            } else if !OURS.contains(&lower.as_str()) && is_header(name, &value) {
                let _ = write!(head, "\n{name}: {value}");
            }
        }
        head
    }
}

/// The step that sends a body.
fn send(body: &str, placeholders: &mut Placeholders) -> String {
    if let Some(path) = body.strip_prefix("< ").or_else(|| body.strip_prefix("<@ "))
        && !path.contains('\n')
    {
        let path = path.trim();
        let path = match path.strip_prefix("./") {
            Some(_) => path.to_owned(),
            None => format!("./{path}"),
        };
        let format = match path.rsplit('.').next() {
            Some("json") => "json",
            Some("xml") => "xml",
            Some("txt" | "md") => "text",
            _ => "binary",
        };
        return format!("-> {format} @{path}");
    }
    let body = placeholders.read(body.trim_matches(['\n', '\r']));
    let start = body.trim_start();
    let is_json = (start.starts_with('{') && !start.starts_with("{{")) || start.starts_with('[');
    let format = if is_json && is_whole(&body) {
        "json"
    } else if start.starts_with('<') {
        "xml"
    } else {
        "text"
    };
    if !body.contains('\n') && !body.trim().is_empty() {
        let is_odd = body.starts_with(['"', '@', '\\']) && format == "text";
        if !is_odd {
            return format!("-> {format} {}", body.trim());
        }
    }
    let mut step = format!("-> {format}");
    for line in body.lines() {
        step.push('\n');
        step.push_str(&guarded(line.trim_end_matches('\r')));
    }
    step
}

/// Whether brackets and quotes are closed, as far as placeholders let one see.
fn is_whole(text: &str) -> bool {
    let mut depth: i64 = 0;
    for token in tokens(text.as_bytes()) {
        match token.kind {
            JsonTokenKind::Open => depth += 1,
            JsonTokenKind::Close => depth -= 1,
            JsonTokenKind::UnclosedString => return false,
            _ => {}
        }
    }
    depth == 0
}

/// The names that a request uses, and where their values come from.
struct RequestValues {
    vars: Vec<(String, String)>,
    /// Names of secrets, which have no value here.
    secret: Vec<String>,
    /// Names that nothing gives a value.
    unset: Vec<String>,
}

impl RequestValues {
    fn of(
        placeholders: &Placeholders,
        variables: &FileVariables,
        head: &str,
        steps: &[String],
    ) -> Self {
        let mut values = Self {
            vars: Vec::new(),
            secret: Vec::new(),
            unset: Vec::new(),
        };
        for name in &placeholders.names {
            match variables.get(name) {
                Some(value) if is_secret(name, value) => values.secret.push(name.clone()),
                Some(value) => values.vars.push((name.clone(), value.clone())),
                None if is_secret(name, "") => values.secret.push(name.clone()),
                None => {
                    values.unset.push(name.clone());
                    let stand_in = stand_in(name, head, steps);
                    values.vars.push((name.clone(), stand_in));
                }
            }
        }
        values
    }

    fn block(&self, head: &str, steps: &[String], is_socket: bool) -> RecordedBlock {
        if !is_socket {
            let mut block = request(head, steps);
            block.vars.clone_from(&self.vars);
            return block;
        }
        let mut recording = Recording::new(head);
        for (name, value) in &self.vars {
            recording.variable(name, value);
        }
        for step in steps {
            recording.typed(std::time::Duration::ZERO, step);
        }
        recording.block(RecordMode::Steps)
    }
}

/// Whether a value must not be written down: for its name, or for its look.
fn is_secret(name: &str, value: &str) -> bool {
    let authorises = ["bearer ", "basic "].iter().any(|scheme| {
        let start = value.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    authorises || crate::recorder::is_hidden(name, value)
}

/// A value with which the block can be read until it has a real one.
fn stand_in(name: &str, head: &str, steps: &[String]) -> String {
    let slot = format!("{{{{{name}}}}}");
    let url = head.lines().next().unwrap_or_default();
    let is_url = url.starts_with(&slot)
        || url
            .split(' ')
            .nth(1)
            .is_some_and(|url| url.starts_with(&slot));
    if is_url {
        let scheme = if url.contains(' ') { "http" } else { "ws" };
        return format!("{scheme}://localhost");
    }
    if url.contains(&format!(":{slot}")) {
        return "8080".to_owned();
    }
    if url.contains(&format!("://{slot}")) || url.contains(&format!("@{slot}")) {
        return "localhost".to_owned();
    }
    let is_bare = steps.iter().any(|step| {
        step.match_indices(&slot).any(|(at, _)| {
            let before = step.get(..at).unwrap_or_default().trim_end();
            before.ends_with([':', '[', ',']) && step.starts_with("-> json")
        })
    });
    if is_bare {
        "0".to_owned()
    } else {
        name.to_owned()
    }
}

/// What a value of the file stands for, with the values of others in it.
pub(super) fn expanded(value: &str, variables: &FileVariables) -> String {
    let mut out = value.to_owned();
    for _ in 0..8 {
        let mut changed = false;
        for (name, known) in variables {
            for slot in [format!("{{{{{name}}}}}"), format!("{{{{ {name} }}}}")] {
                if out.contains(&slot) && out.len() < 1 << 16 {
                    out = out.replace(&slot, known);
                    changed = true;
                }
            }
        }
        if !changed {
            break;
        }
    }
    out
}
