//! A server's side of the opening handshake (RFC 6455, 4.2): what a request must have, and the answers in their
//! letters. Knows no stream, and not who may come in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use super::extensions::EXTENSIONS;
use super::head::RequestHead;
use super::headers::{has_token, header_values};
use super::status::reason_phrase;
use crate::protocol::{DeflateParameters, Response};

/// What every accepting server appends to the key (RFC 6455, 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Headers that a request has at most once: of two, one would be judged here and the other by a proxy in
/// between (RFC 9112, 3.2; RFC 6455, 11.3; RFC 9110, 11.6.2; RFC 6454, 7).
const SINGLE: [&str; 5] = [
    "Host",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "Authorization",
    "Origin",
];

/// Why a server does not accept an opening request: what it answers instead.
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// Whole lines.
    pub(crate) headers: String,
    pub(crate) sentence: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, sentence: &str) -> Self {
        Self {
            status,
            headers: String::new(),
            sentence: sentence.to_owned(),
        }
    }

    pub(crate) fn header(mut self, line: &str) -> Self {
        self.headers.push_str(line);
        self.headers.push_str("\r\n");
        self
    }

    /// The whole response, with what the server adds to each.
    pub(crate) fn response(&self, more: &[(String, String)]) -> String {
        let Self {
            status,
            headers,
            sentence,
        } = self;
        let more = lines(more, &["Content-Type"]);
        format!(
            "HTTP/1.1 {status} {}\r\nConnection: close\r\n{headers}{more}Content-Type: text/plain; charset=utf-8\r\n\
             Content-Length: {}\r\n\r\n{sentence}\n",
            self.phrase(),
            sentence.len() + 1,
        )
    }

    /// The reason phrase.
    pub(crate) fn phrase(&self) -> &'static str {
        reason_phrase(self.status)
    }
}

/// What a server answers to a key (RFC 6455, 4.2.2).
pub(crate) fn accept_key(key: &str) -> String {
    let digest = Sha1::new()
        .chain_update(key.trim())
        .chain_update(GUID)
        .finalize();
    STANDARD.encode(digest)
}

/// The response that accepts a request (RFC 6455, 4.2.2).
pub(crate) fn switching_protocols(
    key: &str,
    subprotocol: Option<&str>,
    deflate: Option<&DeflateParameters>,
    more: &[(String, String)],
) -> String {
    let chosen = match subprotocol {
        Some(name) => format!("Sec-WebSocket-Protocol: {name}\r\n"),
        None => String::new(),
    };
    let agreed = match deflate {
        Some(parameters) => format!("{EXTENSIONS}: {parameters}\r\n"),
        None => String::new(),
    };
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n{chosen}{agreed}{}\r\n",
        accept_key(key),
        lines(more, &[])
    )
}

/// The head of an answer to a plain request, which is the last on its connection.
pub(crate) fn response_head(
    response: &Response,
    more: &[(String, String)],
    length: Option<usize>,
) -> String {
    let given: Vec<&str> = response
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let length = length.map_or_else(String::new, |length| {
        format!("Content-Length: {length}\r\n")
    });
    format!(
        "HTTP/1.1 {}\r\n{}{}{length}Connection: close\r\n\r\n",
        response.status_line(),
        lines(&response.headers, &[]),
        lines(more, &given),
    )
}

/// Headers as the lines of a head, without those of these names.
fn lines(headers: &[(String, String)], without: &[&str]) -> String {
    let is_left_out = |name: &str| without.iter().any(|out| out.eq_ignore_ascii_case(name));
    let shown = headers.iter().filter(|(name, _)| !is_left_out(name));
    shown
        .flat_map(|(name, value)| [name, ": ", value, "\r\n"])
        .collect()
}

/// Path and query of a request's target, which may be a whole URL (RFC 9112, 3.2.2).
pub(crate) fn request_target(target: &str) -> (String, Option<String>) {
    let local = match target.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) => rest
            .find(['/', '?'])
            .and_then(|at| rest.get(at..))
            .unwrap_or("/"),
        _ => target,
    };
    let (path, query) = match local.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (local, None),
    };
    (if path.is_empty() { "/" } else { path }.to_owned(), query)
}

/// Whether a request asks for a WebSocket, well or badly.
pub(crate) fn asks_for_upgrade(head: &RequestHead) -> bool {
    has_token(&head.headers, "Upgrade", "websocket")
}

/// What keeps a plain request from being believed (RFC 9112, 3.2).
pub(crate) fn require_host(head: &RequestHead) -> Result<(), Refusal> {
    match header_values(&head.headers, "Host").count() {
        1 => Ok(()),
        0 if head.minor == 0 => Ok(()),
        0 => Err(Refusal::new(400, "The request has no Host.")),
        _ => Err(Refusal::new(400, "The request has more than one Host.")),
    }
}

/// Refuses what is not a request for a WebSocket of the version that is spoken here (RFC 6455, 4.2.1).
pub(crate) fn require_websocket(head: &RequestHead) -> Result<(), Refusal> {
    let required = |sentence: &str| {
        Err(Refusal::new(426, sentence)
            .header("Upgrade: websocket")
            .header("Sec-WebSocket-Version: 13"))
    };
    let headers = &head.headers;
    if !has_token(headers, "Upgrade", "websocket") || !has_token(headers, "Connection", "Upgrade") {
        return required("This is a WebSocket endpoint: connect to it with a WebSocket client.");
    }
    if head.minor == 0 {
        return required("The opening handshake needs HTTP/1.1.");
    }
    if !header_values(headers, "Sec-WebSocket-Version").any(|version| version.trim() == "13") {
        return required("Only version 13 of the WebSocket protocol is spoken here.");
    }
    Ok(())
}

/// The key, which is 16 bytes in base64 (RFC 6455, 4.2.1).
pub(crate) fn websocket_key(head: &RequestHead) -> Result<String, Refusal> {
    let headers = &head.headers;
    if head.method != "GET" {
        return Err(Refusal::new(400, "The opening handshake is a GET request."));
    }
    for name in SINGLE {
        if header_values(headers, name).nth(1).is_some() {
            let sentence = format!("The request has more than one {name}.");
            return Err(Refusal::new(400, &sentence));
        }
    }
    if header_values(headers, "Host").next().is_none() {
        return Err(Refusal::new(400, "The request has no Host."));
    }
    let key = header_values(headers, "Sec-WebSocket-Key")
        .next()
        .unwrap_or_default()
        .trim();
    match STANDARD.decode(key) {
        Ok(nonce) if nonce.len() == 16 => Ok(key.to_owned()),
        _ => Err(Refusal::new(
            400,
            "Sec-WebSocket-Key is not 16 bytes in base64.",
        )),
    }
}
