//! Text with placeholders in it. Knows what placeholders there are; their values come from [`super::Fill`].

use std::fmt;

use crate::source::Span;

/// Literal text and placeholders, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// The parts.
    pub parts: Vec<Part>,
    /// Where it stands.
    pub span: Span,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text that stands for itself, marks and braces unescaped; and where it stands.
    Literal(String, Span),
    /// `{{…}}`
    Placeholder(Placeholder),
}

/// `{{…}}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// What is between the braces, without `as NAME`.
    pub call: Call,
    /// `as NAME`
    pub keep: Option<String>,
    /// How its value is put in, by where it stands.
    pub escape: Escape,
    /// The place, braces included.
    pub span: Span,
}

/// How a value is put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// As it stands.
    None,
    /// JSON-escaped: inside a JSON string literal.
    JsonString,
    /// In JSON outside a string: a kept value keeps its type, any other stands as it is.
    JsonValue,
    /// XML-escaped, for text and quoted attributes alike.
    Xml,
}

/// What a placeholder asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// `{{NAME}}`, dots included, also `env.NAME`.
    Variable(String),
    /// A kind of value: `{{$any}}`, `{{$match /…/}}`. `$uuid` stands here in patterns, as [`Call::Uuid`] in sends.
    Kind(Kind),
    /// `{{$rest}}`
    Rest,
    /// `{{$uuid}}` made anew.
    Uuid,
    /// `{{$timestamp}}`, RFC 3339 in UTC.
    Timestamp,
    /// `{{$epoch}}`, seconds.
    Epoch,
    /// `{{$epochMs}}`, milliseconds.
    EpochMs,
    /// `{{$randomInt LOW HIGH}}`, both included.
    RandomInt(i64, i64),
    /// `{{$randomString N}}`, letters and digits.
    RandomString(usize),
    /// `{{$base64 NAME}}`
    Base64(String),
    /// `{{$uri NAME}}`, percent-encoded.
    Uri(String),
    /// `{{$char N}}`, a code point.
    Char(char),
    /// `{{$file ./path}}`, a file's text.
    File(String),
    /// `{{$index}}`
    Index,
    /// `{{$client}}`
    Client,
    /// `{{$clientCount}}`
    ClientCount,
    /// `{{$instance}}`
    Instance,
    /// `{{$message}}`, and `{{$message.a.b}}` as its path of members.
    Message(Vec<String>),
    /// `{{$request.path}}` and its like.
    Request(RequestMember),
}

/// A part of the request that a server's client made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestMember {
    /// `$request.method`
    Method,
    /// `$request.path`
    Path,
    /// `$request.params.NAME`
    Param(String),
    /// `$request.query.NAME`
    Query(String),
    /// `$request.headers.NAME`, in any case.
    Header(String),
}

impl RequestMember {
    /// The member that words behind `$request.` name.
    pub(super) fn from_words(words: &str) -> Option<Self> {
        let (member, name) = words.split_once('.').unwrap_or((words, ""));
        Some(match (member, name) {
            ("method", "") => Self::Method,
            ("path", "") => Self::Path,
            (_, "") => return None,
            ("params", name) => Self::Param(name.to_owned()),
            ("query", name) => Self::Query(name.to_owned()),
            ("headers", name) => Self::Header(name.to_owned()),
            _ => return None,
        })
    }
}

impl RequestMember {
    /// The name of what it is among its like.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Method => "method",
            Self::Path => "path",
            Self::Param(name) | Self::Query(name) | Self::Header(name) => name,
        }
    }
}

impl fmt::Display for RequestMember {
    /// As it is written in a placeholder.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method => write!(formatter, "$request.method"),
            Self::Path => write!(formatter, "$request.path"),
            Self::Param(name) => write!(formatter, "$request.params.{name}"),
            Self::Query(name) => write!(formatter, "$request.query.{name}"),
            Self::Header(name) => write!(formatter, "$request.headers.{name}"),
        }
    }
}

/// A kind of value in a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything, also nothing.
    Any,
    /// A string.
    String,
    /// A number.
    Number,
    /// A number with no fraction (`1.0` is one).
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A UUID.
    Uuid,
    /// An RFC 3339 date and time.
    Datetime,
    /// What the regular expression finds.
    Match(String),
}

impl Kind {
    /// The kind that a word behind `$` names.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "any" => Self::Any,
            "string" => Self::String,
            "number" => Self::Number,
            "integer" => Self::Integer,
            "boolean" => Self::Boolean,
            "uuid" => Self::Uuid,
            "datetime" => Self::Datetime,
            _ => return None,
        })
    }
}

impl Template {
    /// A template of one literal.
    #[must_use]
    pub fn literal(text: impl Into<String>, span: Span) -> Self {
        Self {
            parts: vec![Part::Literal(text.into(), span)],
            span,
        }
    }

    /// The text, if there is no placeholder in it.
    #[must_use]
    pub fn as_literal(&self) -> Option<String> {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Literal(text, _) => Some(text.as_str()),
                Part::Placeholder(_) => None,
            })
            .collect()
    }

    /// The placeholders, in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.parts.iter().filter_map(|part| match part {
            Part::Placeholder(placeholder) => Some(placeholder),
            Part::Literal(..) => None,
        })
    }
}
