//! What may stand behind a placeholder's word, and the name that `as` keeps its value under.

use super::text::Piece;
use crate::diagnostic::{Cure, Diagnostic};
use crate::script::Name;
use crate::source::Span;

/// Names that `$NAME` in jq already means.
pub(crate) const RESERVED: [&str; 15] = [
    "text",
    "size",
    "wire",
    "format",
    "elapsed",
    "handshake",
    "previous",
    "request",
    "client",
    "clientCount",
    "index",
    "instance",
    "message",
    "ENV",
    "__loc__",
];

/// Every word behind `$`, and how it is written.
pub(super) const WORDS: [(&str, &str); 22] = [
    ("any", "{{$any}}"),
    ("string", "{{$string}}"),
    ("number", "{{$number}}"),
    ("integer", "{{$integer}}"),
    ("boolean", "{{$boolean}}"),
    ("uuid", "{{$uuid}}"),
    ("datetime", "{{$datetime}}"),
    ("match", "{{$match /^[a-z]+$/}}"),
    ("rest", "{{$rest}}"),
    ("timestamp", "{{$timestamp}}"),
    ("epoch", "{{$epoch}}"),
    ("epochMs", "{{$epochMs}}"),
    ("randomInt", "{{$randomInt 1 10}}"),
    ("randomString", "{{$randomString 8}}"),
    ("base64", "{{$base64 NAME}}"),
    ("uri", "{{$uri NAME}}"),
    ("char", "{{$char 10}}"),
    ("file", "{{$file ./query.graphql}}"),
    ("index", "{{$index}}"),
    ("client", "{{$client}}"),
    ("clientCount", "{{$clientCount}}"),
    ("instance", "{{$instance}}"),
];

/// The words behind `{{$`, in the order in which they are told.
pub fn placeholder_words() -> impl Iterator<Item = &'static str> {
    WORDS.iter().map(|(word, _)| *word)
}

/// Checks the name of a value to keep: jq must be able to name it.
pub(super) fn kept_name(name: Piece<'_>) -> Result<Name, Diagnostic> {
    let text = name.text;
    let letters = text
        .chars()
        .all(|next| next.is_ascii_alphanumeric() || next == '_');
    if !letters || text.starts_with(|first: char| first.is_ascii_digit()) || text.is_empty() {
        let cure: String = text
            .chars()
            .map(|next| {
                if next.is_ascii_alphanumeric() {
                    next
                } else {
                    '_'
                }
            })
            .collect();
        let message = format!("`{text}` cannot be the name of a kept value");
        let hint = if text.is_empty() || text.starts_with(|first: char| first.is_ascii_digit()) {
            "use letters, digits and `_`, starting with a letter".into()
        } else {
            Cure::from(format!("use letters, digits and `_`: `{cure}`")).put(cure)
        };
        return fail(name.span(), message, hint);
    }
    if RESERVED.contains(&text) {
        let message = format!("`{text}` is taken: in expressions `${text}` means something else");
        return fail(
            name.span(),
            message,
            Cure::from(format!("choose another name, `my_{text}` say")).put(format!("my_{text}")),
        );
    }
    Ok(Name {
        text: text.to_owned(),
        span: name.span(),
    })
}

/// Splits a trailing `as NAME` off.
pub(super) fn split_keep(rest: Piece<'_>) -> Result<(Piece<'_>, Option<Name>), Diagnostic> {
    let rest = rest.trim();
    let words: Vec<&str> = rest
        .text
        .split([' ', '\t'])
        .filter(|word| !word.is_empty())
        .collect();
    match words.as_slice() {
        [.., "as"] => fail(rest.span(), "`as` without a name", "write `as NAME`"),
        [.., "as", name] => {
            let start = rest.text.len() - name.len();
            let before = rest.to(start).trim_end();
            let before = before.to(before.text.len() - "as".len()).trim_end();
            kept_name(rest.from(start)).map(|name| (before, Some(name)))
        }
        _ => Ok((rest, None)),
    }
}

pub(super) fn takes(word: Piece<'_>, arguments: Piece<'_>, what: &str) -> Diagnostic {
    let span = if arguments.is_empty() {
        word.span()
    } else {
        arguments.span()
    };
    let message = format!("`{}` takes {what}", word.text);
    let name = word.text.trim_start_matches('$');
    Diagnostic::error(span, message).hint(format!("for instance `{}`", example(name)))
}

/// How a placeholder is written.
pub(super) fn example(name: &str) -> &'static str {
    WORDS
        .iter()
        .find(|(word, _)| *word == name)
        .map_or("{{$any}}", |(_, example)| example)
}

pub(super) fn fail<T>(
    span: Span,
    message: impl Into<String>,
    hint: impl Into<Cure>,
) -> Result<T, Diagnostic> {
    Err(Diagnostic::error(span, message).hint(hint))
}
