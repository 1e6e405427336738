//! What jq does not understand, in words, at its place, with the cure.

use jaq_core::compile::Undefined;
use jaq_core::load::parse::Expect;
use jaq_core::load::{self, lex};

use super::filters::{CLOSED, PRELUDE, funs};
use crate::diagnostic::{Cure, Diagnostic, nearest};
use crate::source::Span;

/// An error at a part of a source that stands at `span`.
pub(super) fn at(part: &str, source: &str, span: Span, message: impl Into<String>) -> Diagnostic {
    let range = load::span(source, part);
    Diagnostic::error(Span::from(range).shift(span.start), message)
}

pub(super) fn lex_error(error: Option<&lex::Error<&str>>, source: &str, span: Span) -> Diagnostic {
    let Some((expected, rest)) = error else {
        return Diagnostic::error(span, "this is not a jq expression");
    };
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let found = rest.get(..first).unwrap_or_default();
    let message = match expected {
        lex::Expect::Token if found.is_empty() => "the expression ends too early".to_owned(),
        lex::Expect::Token => format!("jq knows no `{found}`"),
        lex::Expect::Delim("(") => "a `(` is never closed".to_owned(),
        lex::Expect::Delim("[") => "a `[` is never closed".to_owned(),
        lex::Expect::Delim("{") => "a `{` is never closed".to_owned(),
        lex::Expect::Delim(_) => "a string is never closed".to_owned(),
        other => format!("here jq expects a {}", other.as_str()),
    };
    at(found, source, span, message)
}

pub(super) fn load_error(error: &load::Error<&str>, source: &str, span: Span) -> Diagnostic {
    let (expected, found) = match error {
        load::Error::Parse(errors) => match errors.first() {
            Some((expected, found)) => (expected, *found),
            None => return Diagnostic::error(span, "this is not a jq expression"),
        },
        load::Error::Lex(errors) => return lex_error(errors.first(), source, span),
        load::Error::Io(_) => return Diagnostic::error(span, "an expression cannot load modules"),
    };
    let wanted = match expected {
        Expect::Nothing => None,
        Expect::Just(text) => Some(format!("`{text}`")),
        other => Some(format!("a {}", other.as_str())),
    };
    let message = match (wanted, found) {
        (Some(wanted), "") => format!("the expression ends too early: jq expects {wanted}"),
        (Some(wanted), found) => format!("jq expects {wanted}, not `{found}`"),
        (None, found) => format!("jq does not expect `{found}` here"),
    };
    let error = at(found, source, span, message);
    match found {
        "=" => error.hint(Cure::from("`==` compares").put("==")),
        "&&" => error.hint(Cure::from("write `and`").put("and")),
        "||" => error.hint(Cure::from("write `or`").put("or")),
        _ => error,
    }
}

/// A word with the members behind it, where some stand there: `jsn.a`.
fn members_behind<'s>(symbol: &str, source: &'s str) -> Option<&'s str> {
    let range = load::span(source, symbol);
    let rest = source.get(range.end..)?.strip_prefix('.')?;
    if !rest.starts_with(|next: char| next.is_ascii_alphabetic() || next == '_') {
        return None;
    }
    let is_path = |next: char| next.is_ascii_alphanumeric() || matches!(next, '_' | '.');
    let length = rest.find(|next| !is_path(next)).unwrap_or(rest.len());
    source.get(range.start..range.end + 1 + length)
}

pub(super) fn undefined_error(
    symbol: &str,
    undefined: &Undefined,
    source: &str,
    span: Span,
) -> Diagnostic {
    let Undefined::Filter(arity) = undefined else {
        let what = undefined.as_str();
        return at(
            symbol,
            source,
            span,
            format!("there is no {what} `{symbol}`"),
        );
    };
    if CLOSED.contains(&symbol) {
        return at(
            symbol,
            source,
            span,
            format!("`{symbol}` is closed to expressions"),
        )
        .hint("an expression reaches the message and the variables, nothing else");
    }
    let names: Vec<(&str, usize)> = PRELUDE
        .iter()
        .map(|def| (def.name, def.args.len()))
        .chain(funs().map(|(name, args, _)| (name, args.len())))
        .collect();
    if names.iter().any(|(name, _)| *name == symbol) {
        let message = format!("`{symbol}` does not take {arity} arguments");
        return at(symbol, source, span, message);
    }
    let error = at(
        symbol,
        source,
        span,
        format!("jq knows no filter `{symbol}`"),
    );
    if let Some(members) = members_behind(symbol, source) {
        let sentence = format!("a member begins with a dot: did you mean `.{members}`?");
        return error.hint(Cure::from(sentence).put(format!(".{symbol}")));
    }
    // A name with a star in it cannot be written.
    let names = names.iter().filter(|(name, _)| !name.contains('*'));
    let known = names.map(|(name, _)| *name);
    if let Some(near) = nearest(
        symbol,
        known.filter(|name| !name.contains('_') || symbol.contains('_')),
    ) {
        error.hint(Cure::meant(near))
    } else {
        let (member, string) = (format!(".{symbol}"), format!("\"{symbol}\""));
        let sentence = format!("write `{member}` for a member, `{string}` for a string");
        let cure = Cure::from(sentence);
        error.hint(match arity {
            0 => cure.put(member).put(string),
            _ => cure,
        })
    }
}
