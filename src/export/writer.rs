//! What the parts of a block are written by: its text, its files, and what cannot be written, at its place.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::expression::expression;
use super::js::Js;
use super::lexical::ExpressionUse;
use super::regex::{RegexFlags, translate};
use crate::diagnostic::Diagnostic;
use crate::document::Block;
use crate::format::Format;
use crate::script::{
    Body, Call, Content, Escape, Expression, Files, Kind, Part, Pattern, Placeholder, Template,
};
use crate::source::Span;

/// Columns of a step that its check is called by at most.
const LABEL: usize = 100;

/// Writes a block.
pub(super) struct BlockWriter<'a> {
    pub(super) block: &'a Block,
    files: &'a dyn Files,
    /// What cannot be written, in the document.
    pub(super) refused: Vec<Diagnostic>,
}

impl<'a> BlockWriter<'a> {
    pub(super) fn new(block: &'a Block, files: &'a dyn Files) -> Self {
        let refused = Vec::new();
        Self {
            block,
            files,
            refused,
        }
    }

    /// Says what cannot be written; gives nothing in its place.
    pub(super) fn refuse<T>(&mut self, span: Span, what: &str, cure: &str) -> Option<T> {
        let message = format!("{what} cannot be exported to k6");
        let told = Diagnostic::error(span, message).hint(cure);
        self.refused.push(told.in_source(&self.block.body));
        None
    }

    /// A step as its check is called: its line.
    pub(super) fn label(&self, span: Span) -> String {
        let text = self.block.body.text();
        let line = text.get(span.start..span.end).unwrap_or_default();
        let line = line.lines().next().unwrap_or_default().trim_end();
        match line.char_indices().nth(LABEL) {
            Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
            None => line.to_owned(),
        }
    }

    pub(super) fn expression(&mut self, source: &Expression, purpose: ExpressionUse) -> Option<Js> {
        match expression(source, purpose) {
            Ok(code) => Some(Js::Raw(code)),
            Err(wrong) => {
                let cure = match purpose {
                    ExpressionUse::Check => {
                        "say it in the pattern, or by several checks of what k6 can judge"
                    }
                    ExpressionUse::Compute => "compute it elsewhere, and give it as a variable",
                };
                let message = format!("this cannot be exported to k6: {}", wrong.reason);
                let told = Diagnostic::error(wrong.span, message).hint(cure);
                self.refused.push(told.in_source(&self.block.body));
                None
            }
        }
    }

    /// A template as the list of its parts.
    pub(super) fn template(&mut self, template: &Template) -> Option<Js> {
        let mut parts = Vec::with_capacity(template.parts.len());
        let mut is_whole = true;
        for part in &template.parts {
            match part {
                Part::Literal(text, _) => parts.push(Js::Text(text.clone())),
                Part::Placeholder(placeholder) => match self.placeholder(placeholder) {
                    Some(placeholder) => parts.push(placeholder),
                    None => is_whole = false,
                },
            }
        }
        is_whole.then_some(Js::List(parts))
    }

    fn placeholder(&mut self, placeholder: &Placeholder) -> Option<Js> {
        let span = placeholder.span;
        let text = |text: &str| Js::Text(text.to_owned());
        let mut members = match &placeholder.call {
            Call::Char(character) => {
                let character = character.to_string();
                return Some(Js::Text(put(&character, placeholder.escape)));
            }
            Call::File(path) => {
                let read = self.file_text(path, span)?;
                return Some(Js::Text(put(&read, placeholder.escape)));
            }
            Call::Kind(kind) => self.open(kind, span)?,
            call => {
                if let Some(made) = made(call) {
                    made
                } else {
                    let cure =
                        "a script has one client, without a name: `{{$instance}}` is its number";
                    return self.refuse(span, "this placeholder", cure);
                }
            }
        };
        let place = match placeholder.escape {
            Escape::None => None,
            Escape::JsonString => Some("string"),
            Escape::JsonValue => Some("json"),
            Escape::Xml => Some("xml"),
        };
        members.extend(place.map(|place| ("in", text(place))));
        let keep = placeholder.keep.as_deref();
        members.extend(keep.map(|name| ("as", text(name))));
        Some(Js::Object(members))
    }

    fn open(&mut self, kind: &Kind, span: Span) -> Option<Vec<(&'static str, Js)>> {
        let word = match kind {
            Kind::Any => "any",
            Kind::String => "string",
            Kind::Number => "number",
            Kind::Integer => "integer",
            Kind::Boolean => "boolean",
            Kind::Uuid => "uuid",
            Kind::Datetime => "datetime",
            Kind::Match(_) => "match",
        };
        let mut members = vec![
            ("$", Js::Text("open".to_owned())),
            ("kind", Js::Text(word.to_owned())),
        ];
        if let Kind::Match(source) = kind {
            let whole = self.regex(source, span)?;
            // Inside longer text the text around it says where it begins and ends.
            let inner = whole.strip_prefix('^').unwrap_or(&whole);
            let inner = match inner.strip_suffix('$') {
                Some(inner) if !inner.ends_with('\\') => inner,
                _ => inner,
            };
            members.push(("inner", Js::Text(format!("(?:{inner})"))));
            members.push(("match", Js::Text(whole.clone())));
        }
        Some(members)
    }

    fn regex(&mut self, source: &str, span: Span) -> Option<String> {
        match translate(source, RegexFlags::default()) {
            Ok(regex) => Some(regex),
            Err(reason) => self.refuse(
                span,
                &format!("this regular expression ({reason})"),
                "write it with classes in brackets, groups and repetitions alone",
            ),
        }
    }

    fn file_text(&mut self, path: &str, span: Span) -> Option<String> {
        let bytes = self.file(path, span)?;
        match String::from_utf8(bytes) {
            Ok(text) => Some(text),
            Err(_) => self.refuse(span, "a file that is not UTF-8", "name it behind `binary`"),
        }
    }

    fn file(&mut self, path: &str, span: Span) -> Option<Vec<u8>> {
        match self.files.read(path) {
            Ok(bytes) => Some(bytes.to_vec()),
            Err(wrong) => {
                let message = format!("`{path}` cannot be read: {}", wrong.reason);
                let told = Diagnostic::error(span, message).hint(wrong.hint);
                self.refused.push(told.in_source(&self.block.body));
                None
            }
        }
    }

    /// A body to send, or a pattern.
    pub(super) fn body(&mut self, body: &Body) -> Option<Js> {
        let format = self.format(body.format, body.span)?;
        let (name, digits) = match &body.content {
            Content::Plain(text) | Content::Quoted(text) => ("text", self.template(text)?),
            Content::Hex(digits) => ("hex", self.template(digits)?),
            Content::Base64(digits) => ("base64", self.template(digits)?),
            Content::File(path) => self.body_file(body.format, path)?,
        };
        Some(Js::Object(vec![("format", format), (name, digits)]))
    }

    fn body_file(&mut self, format: Format, path: &Template) -> Option<(&'static str, Js)> {
        let Some(name) = path.as_literal() else {
            let cure = "write its path without variables: the script holds what is in it";
            return self.refuse(path.span, "a file that variables name", cure);
        };
        if format == Format::Binary {
            let digits = STANDARD.encode(self.file(&name, path.span)?);
            return Some(("base64", Js::List(vec![Js::Text(digits)])));
        }
        let text = self.file_text(&name, path.span)?;
        Some(("text", Js::List(vec![Js::Text(text)])))
    }

    fn format(&mut self, format: Format, span: Span) -> Option<Js> {
        if format.is_packed() {
            let what = format!("the format `{format}`");
            let cure = "send its bytes by `binary hex …`, or run the block by `voiden load`";
            return self.refuse(span, &what, cure);
        }
        Some(Js::Text(format.to_string()))
    }

    /// Which messages are meant; `null` is any.
    pub(super) fn pattern(&mut self, pattern: &Pattern, span: Span) -> Option<Js> {
        match pattern {
            Pattern::Any => Some(Js::Raw("null".to_owned())),
            Pattern::Format(format) => {
                let format = self.format(*format, span)?;
                Some(Js::Object(vec![("format", format)]))
            }
            Pattern::Message(name) => self.format(Format::Proto, name.span),
            Pattern::Body(body) => self.body(body),
        }
    }
}

/// What the runtime makes of a placeholder; `None`: nothing.
fn made(call: &Call) -> Option<Vec<(&'static str, Js)>> {
    let text = |text: &str| Js::Text(text.to_owned());
    let named = |word, name: &str| vec![("$", text(word)), ("name", text(name))];
    let alone = |word| vec![("$", text(word))];
    Some(match call {
        Call::Variable(name) => named("variable", name),
        Call::Base64(name) => named("base64", name),
        Call::Uri(name) => named("uri", name),
        Call::Uuid => alone("uuid"),
        Call::Timestamp => alone("timestamp"),
        Call::Epoch => alone("epoch"),
        Call::EpochMs => alone("epochMs"),
        Call::Index => alone("index"),
        Call::Instance => alone("instance"),
        Call::RandomInt(low, high) => vec![
            ("$", text("randomInt")),
            ("low", Js::of(low)),
            ("high", Js::of(high)),
        ],
        Call::RandomString(length) => {
            vec![("$", text("randomString")), ("length", Js::of(length))]
        }
        Call::Message(path) => {
            let path = path.iter().map(|key| text(key)).collect();
            vec![("$", text("message")), ("path", Js::List(path))]
        }
        Call::Rest => vec![("$", text("open")), ("kind", text("rest"))],
        _ => return None,
    })
}

/// A text as it stands in a place.
fn put(text: &str, escape: Escape) -> String {
    match escape {
        Escape::None | Escape::JsonValue => text.to_owned(),
        Escape::JsonString => {
            let quoted = serde_json::Value::from(text).to_string();
            let inside = quoted
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'));
            inside.unwrap_or_default().to_owned()
        }
        Escape::Xml => text
            .chars()
            .map(|character| match character {
                '&' => "&amp;".to_owned(),
                '<' => "&lt;".to_owned(),
                '>' => "&gt;".to_owned(),
                '"' => "&quot;".to_owned(),
                '\'' => "&apos;".to_owned(),
                control if control.is_control() => format!("&#x{:x};", u32::from(control)),
                other => other.to_string(),
            })
            .collect(),
    }
}
