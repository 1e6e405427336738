//! HAR → blocks: what the browser's network log holds of WebSockets (`_webSocketMessages`, as Chrome writes them).

use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::imported::{Imported, counted, name_of};
use super::pruned::{self, pruned};
use crate::document::BlockKind;
use crate::protocol::{Bytes, Close, Frame, Url, UrlFamily};
use crate::recorder::{RecordMode, Recording, unbraced};

/// Headers that a client makes itself, or that say nothing to the server but who it is.
const OURS: [&str; 15] = [
    "host",
    "connection",
    "upgrade",
    "content-length",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-extensions",
    "sec-websocket-protocol",
    "user-agent",
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "pragma",
    "dnt",
];

/// Makes a block of each WebSocket.
pub(super) fn import(text: &str) -> Result<Imported, String> {
    let har = pruned(text).map_err(|error| pruned::not_json(&error))?;
    let entries = har.pointer("/log/entries").and_then(Value::as_array);
    let mut imported = Imported::default();
    let mut others = 0;
    for entry in entries.into_iter().flatten() {
        let url = entry.pointer("/request/url").and_then(Value::as_str);
        let url = url.unwrap_or_default();
        let is_socket = entry.get("_webSocketMessages").is_some()
            || url.starts_with("ws://")
            || url.starts_with("wss://");
        if is_socket {
            socket(entry, url, &mut imported);
        } else {
            others += 1;
        }
    }
    if others > 0 {
        imported.leave_out(format!(
            "{} over plain HTTP: only WebSockets are taken over from a HAR",
            counted(others, "request")
        ));
    }
    Ok(imported)
}

fn socket(entry: &Value, url: &str, imported: &mut Imported) {
    let url = url.split('#').next().unwrap_or_default();
    let url = match url.split_once("://") {
        Some(("http", rest)) => format!("ws://{rest}"),
        Some(("https", rest)) => format!("wss://{rest}"),
        _ => url.to_owned(),
    };
    if let Err(wrong) = Url::parse(&url, UrlFamily::WebSocket) {
        return imported.leave_out(format!("a WebSocket whose URL cannot be read: {wrong}"));
    }
    let mut recording = Recording::new(&head(entry, &url, imported));
    let refused = refusal(entry);
    let messages = entry.get("_webSocketMessages").and_then(Value::as_array);
    let messages = messages.map_or(&[][..], Vec::as_slice);
    if let Some(status) = refused.filter(|_| messages.is_empty()) {
        recording.typed(Duration::ZERO, &format!("<- HTTP {status}"));
    } else if messages.is_empty() {
        imported.leave_out(format!(
            "the messages of {}: the HAR has none (they are in what the browser saves while its tools are open)",
            name_of(&url)
        ));
    }
    let unread = play(messages, &mut recording);
    if unread > 0 {
        imported.leave_out(format!(
            "{} of {} that cannot be read",
            counted(unread, "message"),
            name_of(&url)
        ));
    }
    imported.push(
        BlockKind::Client,
        &name_of(&url),
        recording.block(RecordMode::Steps),
    );
}

/// Tells what was sent and came; gives how many messages say nothing.
fn play(messages: &[Value], recording: &mut Recording) -> usize {
    let mut unread = 0;
    let mut began = None;
    for (number, message) in (1..).zip(messages) {
        let time = message
            .get("time")
            .and_then(Value::as_f64)
            .unwrap_or_default();
        let began = *began.get_or_insert(time);
        let since = (time - began).clamp(0.0, 1e6);
        let at = Duration::try_from_secs_f64(since).unwrap_or_default();
        let kind = message.get("type").and_then(Value::as_str);
        match (kind, frame(message)) {
            (Some("send"), Some(frame)) => drop(recording.sent(at, frame)),
            (Some("receive"), Some(frame)) => recording.received(at, number, frame),
            _ => unread += 1,
        }
    }
    unread
}

fn frame(message: &Value) -> Option<Frame> {
    let data = message.get("data").and_then(Value::as_str)?;
    let opcode = message.get("opcode").and_then(Value::as_u64).unwrap_or(1);
    let bytes = || Some(Bytes::from(STANDARD.decode(data.trim()).ok()?));
    Some(match opcode {
        1 => Frame::Text(data.into()),
        2 => Frame::Binary(bytes()?),
        8 => {
            let code = message.get("code").and_then(Value::as_u64);
            let code = code.and_then(|code| u16::try_from(code).ok());
            let reason = data.to_owned();
            Frame::Close(code.map(|code| Close { code, reason }))
        }
        9 => Frame::Ping(Bytes::copy_from_slice(data.as_bytes())),
        10 => Frame::Pong(Bytes::copy_from_slice(data.as_bytes())),
        _ => return None,
    })
}

/// The status that refused the handshake.
fn refusal(entry: &Value) -> Option<u64> {
    let status = entry.pointer("/response/status").and_then(Value::as_u64)?;
    (300..600).contains(&status).then_some(status)
}

fn head(entry: &Value, url: &str, imported: &mut Imported) -> String {
    let mut head = unbraced(url);
    let mut unusable = 0;
    let request = headers(entry, "/request/headers");
    for (name, value) in &request {
        let lower = name.to_ascii_lowercase();
        let noise = OURS.contains(&lower.as_str())
            || lower.starts_with("sec-fetch-")
            || lower.starts_with("sec-ch-")
            || lower.starts_with(':');
        if !noise && is_header(name, value) {
            let _ = write!(head, "\n{name}: {}", unbraced(value));
        } else if !noise {
            unusable += 1;
        }
    }
    imported.leave_out_headers(unusable, &name_of(url));
    let named = |headers: &[(String, String)], wanted: &str| {
        let mut headers = headers.iter();
        let found = headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.clone())
    };
    let response = headers(entry, "/response/headers");
    if let Some(offered) = named(&request, "sec-websocket-protocol") {
        let chosen = named(&response, "sec-websocket-protocol");
        let none = if chosen.is_none() && !response.is_empty() {
            ", none"
        } else {
            ""
        };
        let _ = write!(head, "\n@subprotocol {}{none}", unbraced(&offered));
    }
    let extensions = named(&response, "sec-websocket-extensions").unwrap_or_default();
    if extensions.contains("permessage-deflate") {
        head.push_str("\n@compress");
    }
    head
}

fn headers(entry: &Value, place: &str) -> Vec<(String, String)> {
    let headers = entry.pointer(place).and_then(Value::as_array);
    let headers = headers.into_iter().flatten();
    headers
        .filter_map(|header| {
            let name = header.get("name")?.as_str()?;
            let value = header.get("value")?.as_str()?;
            Some((name.to_owned(), value.to_owned()))
        })
        .collect()
}

/// Whether a header can stand on a line of a head.
pub(super) fn is_header(name: &str, value: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !name.is_empty()
        && name.bytes().all(is_token)
        && !value.contains(['\r', '\n', '\0'])
        && !value.trim().is_empty()
}
