//! What an expression looks at → jq values.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jaq_json::{Map, Num, Val, read};
use serde::de::IgnoredAny;

use super::{Facts, Subject};
use crate::format::xml::XmlDocument;
use crate::format::{Format, MAX_JSON_DEPTH, longest_digits, read_json};
use crate::protocol::{Frame, Handshake, Request};
use crate::script::Value;

/// Digits that a number may have. JSON with more in one is the text that it is.
pub(super) const MOST_DIGITS: usize = 1 << 16;

/// A name with more dots than this is no longer taken apart.
const MOST_PARTS: usize = 16;

impl Facts {
    /// The value of a global variable by its name without `$`; null where it has none.
    pub(super) fn global(&self, name: &str) -> Val {
        match name {
            "text" => self.subject.text(),
            "size" => self.subject.size().map_or(Val::Null, Val::from),
            "wire" => match self.wire.or_else(|| self.subject.size()) {
                Some(bytes) => Val::from(bytes),
                None => Val::Null,
            },
            "format" => self
                .subject
                .format()
                .map_or(Val::Null, |format| string(format.word())),
            "elapsed" => milliseconds(self.elapsed),
            "handshake" => self
                .handshake
                .as_ref()
                .or(match &self.subject {
                    Subject::Handshake(handshake) => Some(handshake),
                    _ => None,
                })
                .map_or(Val::Null, |handshake| handshake_value(handshake)),
            "previous" => subject(self.around.previous.as_ref()),
            "message" => subject(self.around.message.as_ref()),
            "client" => self.around.client.as_deref().map_or(Val::Null, string),
            "clientCount" => self.around.client_count.map_or(Val::Null, Val::from),
            "index" => match self
                .around
                .index
                .and_then(|index| usize::try_from(index).ok())
            {
                Some(index) => Val::from(index),
                None => Val::Null,
            },
            "instance" => {
                let instance = self.around.instance.unwrap_or(1);
                Val::from(usize::try_from(instance).unwrap_or(usize::MAX))
            }
            "request" => self.request.as_deref().map_or(Val::Null, request_value),
            name => self.variable(name),
        }
    }

    /// A variable; of names with dots an object of their parts.
    fn variable(&self, name: &str) -> Val {
        let exactly = self.variables.iter().find(|(key, _)| key == name);
        if let Some((_, value)) = exactly {
            return variable_value(value);
        }
        let mut object = Val::Null;
        for (key, value) in &self.variables {
            let path = key
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('.'));
            if let Some(path) = path {
                object = with_member(object, path.splitn(MOST_PARTS, '.'), variable_value(value));
            }
        }
        object
    }
}

impl Subject {
    /// What `.` is.
    pub(super) fn value(&self) -> Val {
        match self {
            Self::Nothing => Val::Null,
            Self::Handshake(handshake) => handshake_value(handshake),
            Self::Frame(frame) | Self::Read(frame, _) => match frame.content() {
                Frame::Text(text) => text_value(text, self.format()),
                Frame::Binary(bytes) | Frame::Broken(bytes) => string(&STANDARD.encode(bytes)),
                Frame::Ping(data) | Frame::Pong(data) => string(&String::from_utf8_lossy(data)),
                Frame::Decoded(_) => Val::Null,
                Frame::Close(close) => {
                    let code = close.as_ref().map(|close| usize::from(close.code));
                    let reason = close.as_ref().map_or("", |close| close.reason.as_str());
                    object([
                        ("code", code.map_or(Val::Null, Val::from)),
                        ("reason", string(reason)),
                    ])
                }
            },
        }
    }

    pub(super) fn frame(&self) -> Option<&Frame> {
        match self {
            Self::Frame(frame) | Self::Read(frame, _) => Some(frame),
            Self::Handshake(_) | Self::Nothing => None,
        }
    }

    /// As what `.` is read.
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        let frame = self.frame()?;
        match (frame.content(), self) {
            (Frame::Text(_), Self::Read(_, format)) => Some(*format),
            (Frame::Text(text), _) => Some(
                frame
                    .packed()
                    .map_or_else(|| Format::of_text(text), |packed| packed.format),
            ),
            (Frame::Binary(_), _) => Some(Format::Binary),
            _ => None,
        }
    }

    fn text(&self) -> Val {
        let payload = match self {
            Self::Nothing => return Val::Null,
            Self::Handshake(handshake) => &handshake.body[..],
            Self::Frame(frame) | Self::Read(frame, _) => frame.payload(),
        };
        std::str::from_utf8(payload).map_or(Val::Null, string)
    }

    fn size(&self) -> Option<usize> {
        match self {
            Self::Handshake(handshake) => Some(handshake.body.len()),
            _ => self.frame().map(|frame| frame.wire().len()),
        }
    }
}

fn subject(subject: Option<&Subject>) -> Val {
    subject.map_or(Val::Null, Subject::value)
}

fn text_value(text: &str, format: Option<Format>) -> Val {
    let value = match format.map(Format::written) {
        Some(Format::Json) => json(text),
        Some(Format::Xml) => xml(text),
        _ => None,
    };
    value.unwrap_or_else(|| string(text))
}

/// jaq's own reader takes more than JSON, goes down without end, and takes the square of a number's digits as time: it
/// sees only what is JSON, not too deep, and of numbers that are not too long.
pub(super) fn json(text: &str) -> Option<Val> {
    read_json::<IgnoredAny>(text).ok()?;
    if longest_digits(text) > MOST_DIGITS {
        return None;
    }
    read::parse_single(text.as_bytes()).ok()
}

/// The root element as `fromxml` gives it: `{t, a, c}`.
fn xml(text: &str) -> Option<Val> {
    let document = XmlDocument::parse(text).ok()?;
    if document.levels() > MAX_JSON_DEPTH {
        return None;
    }
    jaq_fmts::read::xml::parse_many(text)
        .filter_map(Result::ok)
        .find(|value| match value {
            Val::Obj(members) => members.contains_key(&string("t")),
            _ => false,
        })
}

fn variable_value(value: &Value) -> Val {
    match value {
        Value::Text(text) => string(text),
        Value::Bytes(bytes) => Val::byte_str(bytes.clone()),
        Value::Json(text) => json(text).unwrap_or_else(|| string(text)),
    }
}

fn handshake_value(handshake: &Handshake) -> Val {
    object([
        ("status", Val::from(usize::from(handshake.status))),
        ("headers", headers_value(&handshake.headers)),
        (
            "subprotocol",
            handshake.subprotocol.as_deref().map_or(Val::Null, string),
        ),
        ("body", string(&String::from_utf8_lossy(&handshake.body))),
    ])
}

fn request_value(request: &Request) -> Val {
    let mut query = Map::default();
    for (name, value) in request.parameters() {
        // The first of a name, as placeholders have it.
        query.entry(string(&name)).or_insert_with(|| string(&value));
    }
    let params = request.params.iter();
    let params = params.map(|(name, value)| (string(name), string(value)));
    object([
        ("method", string(&request.method)),
        ("path", string(&request.path)),
        ("params", Val::obj(params.collect())),
        ("query", Val::obj(query)),
        ("headers", headers_value(&request.headers)),
    ])
}

fn headers_value(given: &[(String, String)]) -> Val {
    let mut headers = Map::default();
    for (name, value) in given {
        let name = string(&name.to_ascii_lowercase());
        let joined = match headers.get(&name) {
            // RFC 9110, 5.3: repeated fields are one field with a list.
            Some(Val::TStr(before)) => format!("{}, {value}", String::from_utf8_lossy(before)),
            _ => value.clone(),
        };
        headers.insert(name, string(&joined));
    }
    Val::obj(headers)
}

fn milliseconds(elapsed: std::time::Duration) -> Val {
    let whole = elapsed.as_millis();
    match isize::try_from(whole) {
        Ok(whole) if elapsed.subsec_nanos().is_multiple_of(1_000_000) => Val::from(whole),
        _ => Val::Num(Num::Float(elapsed.as_secs_f64() * 1000.0)),
    }
}

fn with_member<'a>(object: Val, mut path: impl Iterator<Item = &'a str>, value: Val) -> Val {
    let Some(key) = path.next() else {
        return value;
    };
    let mut members = match object {
        Val::Obj(members) => (*members).clone(),
        _ => Map::default(),
    };
    let inner = members.get(&string(key)).cloned().unwrap_or_default();
    let rest: Vec<&str> = path.collect();
    members.insert(string(key), with_member(inner, rest.into_iter(), value));
    Val::obj(members)
}

fn object<const N: usize>(members: [(&str, Val); N]) -> Val {
    Val::obj(
        members
            .into_iter()
            .map(|(key, value)| (string(key), value))
            .collect(),
    )
}

fn string(text: &str) -> Val {
    Val::from(text.to_owned())
}
