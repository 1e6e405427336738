//! `$match /REGEX/`. Knows where the expression ends, and what the regex crate says of it.

use super::arguments::{fail, split_keep, takes};
use super::text::Piece;
use crate::diagnostic::Diagnostic;
use crate::script::{Call, Kind, Name};
use crate::source::Span;

/// `$match /REGEX/ as NAME`
pub(super) fn read<'a>(
    word: Piece<'a>,
    rest: Piece<'a>,
) -> Result<(Call, Option<Name>), Diagnostic> {
    let Some(body) = rest.strip("/") else {
        return Err(takes(word, rest, "a regular expression between slashes"));
    };
    let mut escaped = false;
    let end = body.text.find(|character| {
        let found = character == '/' && !escaped;
        escaped = character == '\\' && !escaped;
        found
    });
    let Some(end) = end else {
        return fail(
            rest.span(),
            "the regular expression is not closed",
            r"close it with `/`; a slash inside is `\/`",
        );
    };
    let source = body.to(end).text.replace(r"\/", "/");
    if let Err(error) = ::regex::Regex::new(&source) {
        return Err(bad_regex(body.to(end), &error));
    }
    let (arguments, keep) = split_keep(body.from(end + 1).trim())?;
    if !arguments.is_empty() {
        return fail(
            arguments.span(),
            format!("`{}` behind the regular expression", arguments.text),
            r"a slash inside is `\/`; flags stand inside: `/(?i)yes/`",
        );
    }
    Ok((Call::Kind(Kind::Match(source)), keep))
}

/// A regex's error on one line, at the place that it names.
fn bad_regex(source: Piece<'_>, error: &::regex::Error) -> Diagnostic {
    let text = error.to_string();
    let cause = text.rsplit("error: ").next().unwrap_or(&text).trim();
    let caret = text
        .lines()
        .find_map(|line| {
            line.trim_end()
                .ends_with('^')
                .then(|| line.find('^'))
                .flatten()
        })
        .and_then(|column| source.text.char_indices().nth(column.checked_sub(4)?));
    let span = match caret {
        Some((at, character)) => Span::new(at, at + character.len_utf8()).shift(source.at),
        None => source.span(),
    };
    let cause = cause.lines().next().unwrap_or_default();
    Diagnostic::error(
        span,
        format!("the regular expression cannot be read: {cause}"),
    )
    .hint("see https://docs.rs/regex/#syntax for what it may hold")
}
