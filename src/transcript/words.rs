//! Handshakes, endings and names in the transcript's words.

use super::cut::{self, INDENT};
use super::spelling;
use super::{Line, LineKind};
use crate::protocol::{Ending, Handshake, Response};
use crate::source::visible::{Spelling, is_visible};

/// Headers of a refusal that say why, or what to do instead.
const TELLING: [&str; 6] = [
    "Location",
    "WWW-Authenticate",
    "Proxy-Authenticate",
    "Retry-After",
    "Sec-WebSocket-Version",
    "Content-Type",
];

/// Headers of a 101 that was of no use: what it agreed to, and who gave it.
const NEGOTIATING: [&str; 7] = [
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Accept",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Extensions",
    "Server",
    "Via",
];

/// Bytes of a line that is not a payload's. `@log-bytes` is about payloads: it shortens no URL and no failure.
const LINE_BYTES: usize = 4096;

/// A status line: words in a column, then what there is to say.
pub(super) fn status(word: &str, text: &str) -> String {
    let text = one_line(text);
    format!("{word:12}  {text}").trim_end().to_owned()
}

/// The first line.
pub(super) fn summary(passed: bool, text: &str) -> Line {
    let (mark, kind) = if passed {
        ('✓', LineKind::Passed)
    } else {
        ('✗', LineKind::Failed)
    };
    Line::plain(kind, format!("{mark} {text}"))
}

/// A text that a peer may have a hand in, on one line.
pub(super) fn one_line(text: &str) -> String {
    let (shown, notice) = cut::clip(text.as_bytes(), LINE_BYTES);
    let shown = String::from_utf8_lossy(shown);
    let mut line = Spelling::Json.line(&shown).into_owned();
    if let Some(notice) = notice {
        line.push(' ');
        line.push_str(&notice);
    }
    line
}

/// `101 Switching Protocols, trades.v2, permessage-deflate; client_max_window_bits=12`
pub(super) fn connected(handshake: &Handshake) -> String {
    let mut text = answer(handshake);
    if let Some(subprotocol) = &handshake.subprotocol {
        text.push_str(", ");
        text.push_str(subprotocol);
    }
    if let Some(deflate) = &handshake.deflate {
        text.push_str(", ");
        text.push_str(&deflate.to_string());
    }
    text
}

/// `401 Unauthorized`
pub(super) fn answer(handshake: &Handshake) -> String {
    format!("{} {}", handshake.status, handshake.reason)
        .trim_end()
        .to_owned()
}

/// `POST  /login`
pub(super) fn request(method: &str, target: &str) -> String {
    format!("{}  {}", one_line(method), one_line(target))
}

/// `HTTP 200 OK`
pub(super) fn response(response: &Response) -> String {
    format!("HTTP {}", one_line(&response.status_line()))
}

/// The lines below a refusal: the headers that tell something, and the body.
pub(super) fn below_refusal(handshake: &Handshake, limit: usize) -> Vec<String> {
    let telling = match handshake.status {
        101 => NEGOTIATING.as_slice(),
        _ => TELLING.as_slice(),
    };
    let headers = telling.iter().flat_map(|telling| {
        handshake
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(telling))
            .map(move |(_, value)| format!("{telling}: {}", one_line(value)))
    });
    let (body, notice) = cut::clip(&handshake.body, limit);
    let body = match std::str::from_utf8(body) {
        Ok(body) => body
            .trim_end()
            .lines()
            .map(|line| Spelling::Json.line(line).trim_end().to_owned())
            .collect(),
        Err(_) => cut::dump(body),
    };
    headers
        .chain(body)
        .chain(notice)
        .map(|line| match line.as_str() {
            "" => line,
            _ => format!("{INDENT}{line}"),
        })
        .collect()
}

/// How a connection ended.
pub(super) fn ending(ending: &Ending) -> String {
    match ending {
        Ending::Closed(None) => "no code".to_owned(),
        Ending::Closed(Some(close)) => spelling::close(close),
        Ending::Unanswered(None) => "no code, close unanswered".to_owned(),
        Ending::Unanswered(Some(close)) => format!("{}, close unanswered", spelling::close(close)),
        Ending::Vanished => "1006 the connection ended without a close frame".to_owned(),
        Ending::Reset(words) => format!("1006 {words}"),
        Ending::Breach { reason, code } => format!("{code} {reason}"),
        Ending::Dropped => "dropped, without a close frame".to_owned(),
        Ending::Silent => "cut, no pong came before the next ping".to_owned(),
        Ending::Stuck => "cut, it did not read what was sent to it".to_owned(),
    }
}

/// A client's name as it stands before an arrow: quoted where it could be taken for anything else.
pub(super) fn name(who: &str) -> String {
    let is_word = |part: char| part.is_alphanumeric() || "_-.()@+:/ ".contains(part);
    let is_plain = who.trim() == who
        && !who.contains("  ")
        && who.starts_with(char::is_alphanumeric)
        && who.chars().all(is_word)
        && is_visible(who);
    if is_plain {
        return who.to_owned();
    }
    let mut name = String::from("\"");
    spelling::push_literal(&mut name, who);
    name.push('"');
    name
}

/// What is said of entries that are not shown.
pub(super) fn elided(messages: u64, others: u64) -> Option<Line> {
    let text = match (messages, others) {
        (0, 0) => return None,
        (0, 1) => "… 1 line not shown …".to_owned(),
        (0, lines) => format!("… {lines} lines not shown …"),
        (1, _) => "… 1 message not shown …".to_owned(),
        (messages, _) => format!("… {messages} messages not shown …"),
    };
    Some(Line::plain(LineKind::Elided, text))
}
