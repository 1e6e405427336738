//! Our own log (`--log`) → blocks: one a connection.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;
use serde_json::Value;

use super::har::is_header;
use super::imported::{Imported, counted};
use crate::document::BlockKind;
use crate::format::Format;
use crate::format::read_json;
use crate::protocol::{Bytes, Close, DecodedMessage, Frame, PackedFormat};
use crate::recorder::{RecordMode, Recording, unbraced};

/// The lines of one connection.
struct LoggedConnection {
    block: String,
    who: Option<String>,
    lines: Vec<Value>,
}

/// Makes a block of each connection of a client.
pub(super) fn import(text: &str) -> Result<Imported, String> {
    let mut imported = Imported::default();
    let mut connections: Vec<LoggedConnection> = Vec::new();
    let mut places: HashMap<(String, String, Option<String>), usize> = HashMap::new();
    let (mut servers, mut requests) = (BTreeSet::new(), BTreeSet::new());
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let Ok(value) = read_json::<Value>(line) else {
            return Err(format!(
                "its line {number} is not valid JSON: the log is not whole"
            ));
        };
        let word = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let (Some(document), Some(block)) = (word("document"), word("block")) else {
            return Err(format!(
                "its line {number} is not a line of a log of voiden"
            ));
        };
        match word("role").as_deref() {
            Some("client") => {}
            Some("http") => {
                requests.insert(block);
                continue;
            }
            _ => {
                servers.insert(block);
                continue;
            }
        }
        let who = word("who");
        let place = places
            .entry((document, block.clone(), who.clone()))
            .or_insert(connections.len());
        match connections.get_mut(*place) {
            Some(known) => known.lines.push(value),
            None => connections.push(LoggedConnection {
                block,
                who,
                lines: vec![value],
            }),
        }
    }
    for connection in &connections {
        connection.import(&mut imported);
    }
    if !servers.is_empty() {
        imported.leave_out(format!(
            "{}: what a server does cannot be told from what it did",
            counted(servers.len(), "server block")
        ));
    }
    if !requests.is_empty() {
        imported.leave_out(format!(
            "{}: only WebSockets are taken over from a log",
            counted(requests.len(), "`/http` block")
        ));
    }
    Ok(imported)
}

impl LoggedConnection {
    fn import(&self, imported: &mut Imported) {
        let Some(opening) = self.lines.iter().find(|line| event(line) == "connecting") else {
            return;
        };
        let connected = self.lines.iter().find(|line| event(line) == "connected");
        let head = head(opening, connected, imported);
        let names = self.names(&head);
        let mut recording = Recording::new(&head);
        for name in names.known.iter().map(|name| plain(name)) {
            recording.secret(&name, &stand_in(&name));
        }
        for name in names.coming.iter().map(|name| plain(name)) {
            recording.secret_that_comes(&name, &stand_in(&name));
        }
        let mut unread = 0;
        let mut broken = false;
        for (number, line) in (1..).zip(&self.lines) {
            let at = line
                .get("since")
                .and_then(Value::as_u64)
                .unwrap_or_default();
            let at = Duration::from_micros(at);
            match event(line) {
                "sent" => match frame(line, &names) {
                    Some(frame) => drop(recording.sent(at, frame)),
                    None => unread += 1,
                },
                "received" => match frame(line, &names) {
                    Some(frame) => recording.received(at, number, frame),
                    None => unread += 1,
                },
                "refused" => {
                    let status = line
                        .get("status")
                        .and_then(Value::as_u64)
                        .unwrap_or_default();
                    recording.typed(at, &format!("<- HTTP {status}"));
                }
                "disconnected" => match line.get("ending").and_then(Value::as_str) {
                    Some("vanished" | "reset") => recording.dropped(at),
                    Some("dropped") => drop(recording.typed(at, "-- drop")),
                    Some("breach") => broken = true,
                    _ => {}
                },
                _ => {}
            }
        }
        let name = match &self.who {
            Some(who) => format!("{} ({who})", self.block),
            None => self.block.clone(),
        };
        if unread > 0 {
            imported.leave_out(format!(
                "{} of {name} that cannot be read",
                counted(unread, "frame")
            ));
        }
        if broken {
            imported.leave_out(format!(
                "the end of {name}, which was a breach of the protocol"
            ));
        }
        imported.push(BlockKind::Client, &name, recording.block(RecordMode::Steps));
    }

    /// The names of secrets that stand in the log instead of their values: those that were known before they came, and
    /// those that came.
    fn names(&self, head: &str) -> SecretNames {
        let mut names = SecretNames::default();
        names.known.extend(in_text(head));
        for line in &self.lines {
            let text = line
                .get("payload")
                .and_then(Value::as_str)
                .unwrap_or_default();
            for name in in_text(text) {
                if names.known.contains(&name) || names.coming.contains(&name) {
                    continue;
                }
                match event(line) {
                    "sent" => names.known.insert(name),
                    _ => names.coming.insert(name),
                };
            }
        }
        names
    }
}

#[derive(Default)]
struct SecretNames {
    known: BTreeSet<String>,
    coming: BTreeSet<String>,
}

impl SecretNames {
    /// A payload with values where names stand, so that it can be read.
    fn revealed(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for name in self.known.iter().chain(&self.coming) {
            text = text.replace(&format!("{{{{{name}}}}}"), &stand_in(&plain(name)));
        }
        text
    }
}

/// A number that stands for a secret: it can stand in a string and outside of one.
fn stand_in(name: &str) -> String {
    let mut sum: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in name.bytes() {
        sum = (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("7{:017}", sum % 100_000_000_000_000_000)
}

/// The names in braces that a text has.
fn in_text(text: &str) -> Vec<String> {
    static NAME: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\{\{([A-Za-z_][A-Za-z0-9_.-]{0,79})\}\}").ok());
    let found = NAME.as_ref().map(|name| name.captures_iter(text));
    let names = found.into_iter().flatten();
    names
        .filter_map(|groups| Some(groups.get(1)?.as_str().to_owned()))
        .collect()
}

/// A name that the block can have: dots are those of the process's environment.
fn plain(name: &str) -> String {
    name.replace(['.', '-'], "_")
}

fn event(line: &Value) -> &str {
    line.get("event")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The head of the block: the URL and headers hold names already.
fn head(opening: &Value, connected: Option<&Value>, imported: &mut Imported) -> String {
    let url = opening
        .get("url")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let mut head = url.split_whitespace().collect::<String>();
    head = head.replacen(":***@", ":{{PASSWORD}}@", 1);
    if let Some(server) = server_of(&head) {
        imported.leave_out(format!(
            "the server `{server}`, which ran in the document: `ws://localhost/` stands for its URL"
        ));
        "ws://localhost/".clone_into(&mut head);
    }
    let headers = opening.get("headers").and_then(Value::as_array);
    let pairs = headers.into_iter().flatten().filter_map(|pair| {
        let name = pair.get(0)?.as_str()?;
        let value = pair.get(1)?.as_str()?;
        Some((name, value))
    });
    for (name, value) in pairs.filter(|(name, value)| is_header(name, value)) {
        if name.eq_ignore_ascii_case("sec-websocket-protocol") {
            let _ = write!(head, "\n@subprotocol {value}");
        } else if value.contains("***") {
            let made = plain(name).to_ascii_uppercase();
            let _ = write!(head, "\n{name}: {{{{{made}}}}}");
        } else {
            let _ = write!(head, "\n{name}: {value}");
        }
    }
    for name in in_text(&head) {
        let slot = |name: &str| format!("{{{{{name}}}}}");
        head = head.replace(&slot(&name), &slot(&plain(&name)));
    }
    let extensions = connected.and_then(|connected| connected.get("extensions"));
    if extensions.is_some() {
        head.push_str("\n@compress");
    }
    head
}

/// The server of the document whose URL stands there by its name.
fn server_of(url: &str) -> Option<String> {
    let name = in_text(url).into_iter().find(|name| {
        [".url", ".port", ".ws", ".http"]
            .iter()
            .any(|place| name.ends_with(place))
    })?;
    let (server, _) = name.rsplit_once('.')?;
    Some(server.to_owned())
}

fn frame(line: &Value, names: &SecretNames) -> Option<Frame> {
    let text = |name: &str| line.get(name).and_then(Value::as_str);
    let payload = text("payload").unwrap_or_default();
    let bytes = || match text("encoding") {
        Some("base64") => Some(Bytes::from(STANDARD.decode(payload).ok()?)),
        _ => Some(Bytes::copy_from_slice(payload.as_bytes())),
    };
    Some(match text("kind")? {
        "text" => Frame::Text(names.revealed(payload).into()),
        "binary" => {
            let raw = text("raw").map(|raw| STANDARD.decode(raw).unwrap_or_default());
            match (Format::from_word(text("format")?)?, raw) {
                (format @ (Format::Msgpack | Format::Cbor), Some(wire)) => {
                    Frame::Decoded(Arc::new(DecodedMessage {
                        wire: wire.into(),
                        content: Frame::Text(names.revealed(payload).into()),
                        packed: Some(PackedFormat {
                            format,
                            message: None,
                        }),
                    }))
                }
                // How it was decoded is not in the log.
                (_, Some(wire)) => Frame::Binary(wire.into()),
                (_, None) => Frame::Binary(bytes()?),
            }
        }
        "ping" => Frame::Ping(bytes()?),
        "pong" => Frame::Pong(bytes()?),
        "close" => {
            let code = line.get("code").and_then(Value::as_u64);
            let code = code.and_then(|code| u16::try_from(code).ok());
            let reason = unbraced(text("reason").unwrap_or_default());
            Frame::Close(code.map(|code| Close { code, reason }))
        }
        _ => return None,
    })
}
