//! What a stretch of a block's text is.

use crate::source::Span;

/// A stretch of a block's text that is painted alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its place in the block's text; never empty.
    pub span: Span,
    /// What it is.
    pub class: TokenClass,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenClass {
    /// `->`, `<-`, `--`, `→`, `←`
    Mark,
    /// The word of a step, a refinement or a handler: `ping`, `close`, `HTTP`, `wait`, `check`, `on`, `times`.
    Keyword,
    /// `@timeout`
    OptionName,
    /// What stands behind an option's name and is nothing more particular.
    OptionValue,
    /// `json`, `text`, `binary`, and `hex` and `base64` behind it.
    Format,
    /// The full name of a protobuf message.
    MessageType,
    /// A client's name, or a server's target (`all`, `others`).
    ClientName,
    /// The method of a request.
    Method,
    /// The URL, or the path that a handler of requests answers.
    Url,
    /// A header's name.
    HeaderName,
    /// A header's value.
    HeaderValue,
    /// `{{…}}`
    Placeholder,
    /// A name that a value is kept under, and `$name` in expressions.
    Variable,
    /// A string literal, and the value of an attribute.
    String,
    /// A number, a status, a close code.
    Number,
    /// `250ms`
    Duration,
    /// `true`, `false`, `null`
    Constant,
    /// The key of a member of a JSON object.
    JsonKey,
    /// Brackets, commas, colons, `=`.
    Punctuation,
    /// The name of an XML element.
    Tag,
    /// The name of an XML attribute.
    Attribute,
    /// The text of a message, a ping, a close reason or a note.
    Text,
    /// Hexadecimal digits and base64.
    Bytes,
    /// The path of a file.
    File,
    /// jq, where it is nothing more particular.
    Expression,
    /// `# …`, `-- # …`, and what the parser skips beside the bytes of a dump.
    Comment,
}

impl TokenClass {
    /// Every class, in the order of their numbers in protocols.
    pub const ALL: [Self; 26] = [
        Self::Mark,
        Self::Keyword,
        Self::OptionName,
        Self::OptionValue,
        Self::Format,
        Self::MessageType,
        Self::ClientName,
        Self::Method,
        Self::Url,
        Self::HeaderName,
        Self::HeaderValue,
        Self::Placeholder,
        Self::Variable,
        Self::String,
        Self::Number,
        Self::Duration,
        Self::Constant,
        Self::JsonKey,
        Self::Punctuation,
        Self::Tag,
        Self::Attribute,
        Self::Text,
        Self::Bytes,
        Self::File,
        Self::Expression,
        Self::Comment,
    ];

    /// The class in one word of small letters and hyphens, as style sheets name it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Mark => "mark",
            Self::Keyword => "keyword",
            Self::OptionName => "option",
            Self::OptionValue => "value",
            Self::Format => "format",
            Self::MessageType => "type",
            Self::ClientName => "client",
            Self::Method => "method",
            Self::Url => "url",
            Self::HeaderName => "header",
            Self::HeaderValue => "header-value",
            Self::Placeholder => "placeholder",
            Self::Variable => "variable",
            Self::String => "string",
            Self::Number => "number",
            Self::Duration => "duration",
            Self::Constant => "constant",
            Self::JsonKey => "key",
            Self::Punctuation => "punctuation",
            Self::Tag => "tag",
            Self::Attribute => "attribute",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::File => "file",
            Self::Expression => "expression",
            Self::Comment => "comment",
        }
    }
}
