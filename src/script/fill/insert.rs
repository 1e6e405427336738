//! What one placeholder stands for, and how it is put in by where it stands.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::assembled::spelled;
use super::{Fill, FillError, member, requested};
use crate::diagnostic::{Diagnostic, nearest};
use crate::format::read_json;
use crate::protocol::{Bytes, Generated, GeneratedKind};
use crate::script::{Call, Escape, Placeholder, Value};
use crate::source::Span;

/// RFC 3986, 2.3: what needs no encoding anywhere in a URI.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// More letters than this are a slip of the keyboard, and would only fill the memory.
const MOST_LETTERS: usize = 1 << 24;

impl Fill<'_> {
    /// The text that stands for a placeholder where it stands; what it makes is reported, what it keeps is kept.
    pub(in crate::script) fn insert(
        &self,
        placeholder: &Placeholder,
        generated: &mut Vec<Generated>,
    ) -> Result<String, FillError> {
        let value = self.value(placeholder, generated)?;
        if let (Call::Variable(name), Value::Json(_)) = (&placeholder.call, &value) {
            self.note_kept(name, &value.as_text(), generated);
        }
        let Some(name) = &placeholder.keep else {
            return Ok(put_in(value, placeholder.escape));
        };
        let text = put_in(value.clone(), placeholder.escape);
        self.scope
            .set(name, kept(&value, &text, placeholder.escape));
        Ok(text)
    }

    fn value(
        &self,
        placeholder: &Placeholder,
        generated: &mut Vec<Generated>,
    ) -> Result<Value, FillError> {
        let span = placeholder.span;
        let text = match &placeholder.call {
            Call::Variable(name) => return self.variable(name, span),
            Call::Message(path) if path.is_empty() => return self.whole_message(placeholder),
            Call::Message(path) => return self.member(path, span),
            Call::Request(member) => return requested::of(self.request, member, span),
            Call::Base64(name) => {
                let encoded = STANDARD.encode(self.variable(name, span)?.as_text());
                self.note_kept(name, &encoded, generated);
                encoded
            }
            Call::Uri(name) => {
                let value = self.variable(name, span)?.as_text();
                let encoded = utf8_percent_encode(&value, UNRESERVED).to_string();
                self.note_kept(name, &encoded, generated);
                encoded
            }
            Call::Char(char) => char.to_string(),
            Call::File(path) => super::file_text(self, path, span)?,
            Call::Index => known(
                self.index,
                "{{$index}} counts only below `-- repeat` and `-- every`",
                span,
            )?,
            Call::Client => known(self.client, "there is no client here that has a name", span)?,
            Call::Instance => self.instance.to_string(),
            Call::ClientCount => {
                known(self.client_count, "only a server counts its clients", span)?
            }
            Call::Kind(_) | Call::Rest => {
                return Err(Diagnostic::error(
                    span,
                    "this placeholder stands for what arrives, and nothing arrives here",
                ));
            }
            Call::Uuid
            | Call::Timestamp
            | Call::Epoch
            | Call::EpochMs
            | Call::RandomInt(..)
            | Call::RandomString(_) => {
                let made = self.make(&placeholder.call, span)?;
                generated.push(made.clone());
                made.text
            }
        };
        Ok(Value::Text(text))
    }

    /// A variable's value, which is text: bytes stand in `binary` alone.
    fn variable(&self, name: &str, span: Span) -> Result<Value, FillError> {
        match self.scope.get(name) {
            Some(Value::Bytes(_)) => {
                let message = format!("`{name}` is bytes, and stands in `binary` alone");
                let hint =
                    "make text of them where they are computed: `… | @hex`, or `… | @base64`";
                Err(Diagnostic::error(span, message).hint(hint))
            }
            Some(value) => Ok(value),
            None => Err(undefined(name, &self.scope.names(), span)),
        }
    }

    /// What was kept in one run may be another value in the next.
    fn note_kept(&self, name: &str, text: &str, generated: &mut Vec<Generated>) {
        if self.scope.varies(name) {
            generated.push(Generated {
                text: text.to_owned(),
                kind: GeneratedKind::Kept,
            });
        }
    }

    /// The bytes that stand for a placeholder in `binary`, where they are not those of a text.
    pub(in crate::script) fn bytes(
        &self,
        placeholder: &Placeholder,
        generated: &mut Vec<Generated>,
    ) -> Option<Bytes> {
        match &placeholder.call {
            Call::Message(path) if path.is_empty() && placeholder.keep.is_none() => {
                let payload = self.message?.payload();
                Some(Bytes::copy_from_slice(payload))
            }
            Call::Variable(name) => match self.scope.get(name)? {
                Value::Bytes(bytes) => {
                    self.note_kept(name, &spelled(&bytes), generated);
                    Some(bytes)
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn make(&self, call: &Call, span: Span) -> Result<Generated, FillError> {
        let mut generator = self.generator.borrow_mut();
        let now = generator.clock.now();
        let random = &mut generator.random;
        let (text, kind) = match call {
            Call::Uuid => {
                let mut bytes = [0; 16];
                random.fill(&mut bytes);
                let uuid = uuid::Builder::from_random_bytes(bytes).into_uuid();
                (uuid.to_string(), GeneratedKind::Uuid)
            }
            Call::Timestamp => (format!("{now:.3}"), GeneratedKind::Timestamp),
            Call::Epoch => (now.as_second().to_string(), GeneratedKind::Integer),
            Call::EpochMs => (now.as_millisecond().to_string(), GeneratedKind::Integer),
            Call::RandomInt(low, high) if low <= high => {
                (random.i64(low..=high).to_string(), GeneratedKind::Integer)
            }
            Call::RandomInt(..) => {
                return Err(Diagnostic::error(span, "the lower bound is the higher one")
                    .hint("write the lower bound first"));
            }
            Call::RandomString(length) if *length <= MOST_LETTERS => {
                let word = std::iter::repeat_with(|| random.alphanumeric()).take(*length);
                (word.collect(), GeneratedKind::Word)
            }
            _ => {
                return Err(Diagnostic::error(
                    span,
                    format!("more than {MOST_LETTERS} letters"),
                ));
            }
        };
        Ok(Generated { text, kind })
    }

    fn whole_message(&self, placeholder: &Placeholder) -> Result<Value, FillError> {
        let text = match self.message {
            None => return Err(no_message(placeholder.span)),
            Some(frame) => std::str::from_utf8(frame.payload()).map_err(|_| {
                Diagnostic::error(placeholder.span, "the message is binary and no UTF-8 text").hint(
                    "send it back as it came by `-> {{$message}}`, or in `binary hex {{$message}}`",
                )
            })?,
        };
        if placeholder.escape == Escape::JsonValue
            && read_json::<serde::de::IgnoredAny>(text).is_err()
        {
            return Ok(Value::string(text));
        }
        Ok(Value::Text(text.to_owned()))
    }

    fn member(&self, path: &[String], span: Span) -> Result<Value, FillError> {
        let frame = self.message.ok_or_else(|| no_message(span))?;
        member::of(frame, path, span).map(Value::Json)
    }
}

/// The error for a name that has no value.
fn undefined(name: &str, names: &[String], span: Span) -> Diagnostic {
    let error = Diagnostic::error(span, format!("`{name}` is not defined"));
    if let Some(variable) = name.strip_prefix("env.") {
        return error.hint(format!(
            "the environment is closed to documents: open it by `--allow-env {variable}`, if it is set"
        ));
    }
    match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!(
            "give it a value by `--var {name}=VALUE`, in a `.env` file, or below `vars:` in the front matter"
        )),
    }
}

fn known(value: Option<impl ToString>, otherwise: &str, span: Span) -> Result<String, FillError> {
    value
        .map(|value| value.to_string())
        .ok_or_else(|| Diagnostic::error(span, otherwise))
}

fn no_message(span: Span) -> Diagnostic {
    Diagnostic::error(span, "there is no message here to insert")
        .hint("`{{$message}}` is what a handler (`-- on …`) answers")
}

fn put_in(value: Value, escape: Escape) -> String {
    match (escape, value) {
        (Escape::None, Value::Text(text))
        | (Escape::JsonValue, Value::Json(text) | Value::Text(text)) => text,
        (Escape::JsonValue | Escape::None, value) => value.as_text(),
        (Escape::JsonString, value) => json_escaped(&value.as_text()),
        (Escape::Xml, value) => xml_escaped(&value.as_text()),
    }
}

/// What `as NAME` keeps: outside of quotes in JSON the value with its type, anywhere else a string.
fn kept(value: &Value, inserted: &str, escape: Escape) -> Value {
    if escape == Escape::JsonValue && read_json::<serde::de::IgnoredAny>(inserted).is_ok() {
        return Value::Json(inserted.to_owned());
    }
    Value::string(&value.as_text())
}

fn json_escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let inside = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inside.unwrap_or_default().to_owned()
}

fn xml_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            // XML 1.0, 3.3.3: an attribute's line breaks and tabs survive only as references.
            control if control.is_control() => {
                let _ = write!(escaped, "&#x{:x};", u32::from(control));
            }
            other => escaped.push(other),
        }
    }
    escaped
}
