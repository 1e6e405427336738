//! What stands between `{{` and `}}`. Knows every placeholder, what it takes and where it may stand.

use super::arguments::{WORDS, example, fail, split_keep, takes};
use super::file_name::meant;
use super::regex;
use super::text::Piece;
use crate::diagnostic::{Cure, Diagnostic, loosely_nearest, nearest};
use crate::script::{Call, Kind, Name, RequestMember};
use crate::source::Span;

/// Where a template stands: what may be in it depends on that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::script) enum TemplatePlace {
    /// The URL, a header, a note: text that is made once.
    Line,
    /// An option's value, a duration, a count: nothing is kept there.
    Value,
    /// What is sent.
    Send,
    /// What is expected.
    Pattern,
}

/// The most letters that `{{$randomString N}}` makes.
const LONGEST: usize = 1 << 20;

/// Reads the inside of a placeholder: what it asks for, and the name behind `as`.
pub(super) fn read(
    inside: Piece<'_>,
    place: TemplatePlace,
) -> Result<(Call, Option<String>), Diagnostic> {
    let (word, rest) = inside.word();
    let (call, keep) = if word.text == "$match" {
        regex::read(word, rest)?
    } else {
        let (arguments, keep) = split_keep(rest)?;
        (call(word, arguments)?, keep)
    };
    let call = fit(call, word, place)?;
    if let Some(keep) = &keep {
        keepable(&call, keep, place)?;
    }
    Ok((call, keep.map(|keep| keep.text)))
}

/// Whether a word may be a variable's name.
pub(in crate::script) fn is_variable(word: &str) -> bool {
    let mut characters = word.chars();
    characters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|next| next.is_alphanumeric() || matches!(next, '_' | '-' | '.'))
}

fn call(word: Piece<'_>, arguments: Piece<'_>) -> Result<Call, Diagnostic> {
    let Some(name) = word.strip("$") else {
        return variable(word, arguments).map(Call::Variable);
    };
    if let Some(kind) = Kind::from_word(name.text) {
        return none(word, arguments, Call::Kind(kind));
    }
    match name.text {
        "rest" => none(word, arguments, Call::Rest),
        "timestamp" => none(word, arguments, Call::Timestamp),
        "epoch" => none(word, arguments, Call::Epoch),
        "epochMs" => none(word, arguments, Call::EpochMs),
        "index" => none(word, arguments, Call::Index),
        "client" => none(word, arguments, Call::Client),
        "clientCount" => none(word, arguments, Call::ClientCount),
        "instance" => none(word, arguments, Call::Instance),
        "randomInt" => random_int(word, arguments),
        "randomString" => number(arguments)
            .filter(|length| (1..=LONGEST).contains(length))
            .map(Call::RandomString)
            .ok_or_else(|| takes(word, arguments, "a length from 1 to 1048576")),
        "char" => number(arguments)
            .and_then(|code| char::from_u32(u32::try_from(code).ok()?))
            .map(Call::Char)
            .ok_or_else(|| takes(word, arguments, "the number of a Unicode character")),
        "base64" => named(word, arguments).map(Call::Base64),
        "uri" => named(word, arguments).map(Call::Uri),
        "file"
            if ["./", "../"]
                .iter()
                .any(|start| arguments.text.starts_with(start)) =>
        {
            Ok(Call::File(arguments.text.to_owned()))
        }
        "file" => Err(file_path(word, arguments)),
        "message" => none(word, arguments, Call::Message(Vec::new())),
        "request" => fail(
            word.span(),
            "`$request` as a whole has no place in a text",
            "write which part of it: `{{$request.path}}`, `{{$request.query.token}}`",
        ),
        text if text.starts_with("request.") => {
            let words = text.strip_prefix("request.").unwrap_or_default();
            match RequestMember::from_words(words) {
                Some(member) => none(word, arguments, Call::Request(member)),
                None => fail(
                    word.span(),
                    format!("a request has no `{words}`"),
                    "it has `method`, `path`, `params.NAME`, `query.NAME` and `headers.NAME`",
                ),
            }
        }
        text => match text.strip_prefix("message.") {
            Some(path) if path.split('.').all(|member| !member.is_empty()) => {
                let path = path.split('.').map(str::to_owned).collect();
                none(word, arguments, Call::Message(path))
            }
            _ => Err(unknown(word)),
        },
    }
}

fn variable(word: Piece<'_>, arguments: Piece<'_>) -> Result<String, Diagnostic> {
    if !is_variable(word.text) {
        let message = format!("`{}` is not a name", word.text);
        let hint = "a name is letters, digits, `_`, `-` and dots; write `\\{{` for plain braces";
        return fail(word.span(), message, hint);
    }
    if !arguments.is_empty() {
        let message = format!("`{}` takes nothing behind it", word.text);
        let hint = if let Some(name) = nearest(word.text, WORDS.map(|(name, _)| name)) {
            Cure::from(format!("did you mean `{}`?", example(name)))
                .put_at(word.span(), format!("${name}"))
        } else {
            let text = word.text;
            Cure::from(format!(
                "write `{{{{{text}}}}}`, or `\\{{{{` for plain braces"
            ))
            .put_at(word.span().join(arguments.span()), text)
            .put_at(before_braces(word), r"\")
        };
        return fail(arguments.span(), message, hint);
    }
    Ok(word.text.to_owned())
}

fn none(word: Piece<'_>, arguments: Piece<'_>, call: Call) -> Result<Call, Diagnostic> {
    if arguments.is_empty() {
        return Ok(call);
    }
    let message = format!("`{}` takes nothing behind it", word.text);
    let hint = format!(
        "write `{{{{{}}}}}` or `{{{{{} as NAME}}}}`",
        word.text, word.text
    );
    let hint = Cure::from(hint).put_at(word.span().join(arguments.span()), word.text);
    fail(arguments.span(), message, hint)
}

fn random_int(word: Piece<'_>, arguments: Piece<'_>) -> Result<Call, Diagnostic> {
    let (low, high) = arguments.word();
    match (low.text.parse::<i64>(), high.text.parse::<i64>()) {
        (Ok(low), Ok(high)) if low <= high => Ok(Call::RandomInt(low, high)),
        (Ok(low), Ok(high)) => {
            let message = format!("{low} is more than {high}");
            let sentence =
                format!("the lower bound stands first: `{{{{$randomInt {high} {low}}}}}`");
            let hint = Cure::from(sentence).put(format!("{high} {low}"));
            fail(arguments.span(), message, hint)
        }
        _ => Err(takes(word, arguments, "two whole numbers")),
    }
}

fn number(arguments: Piece<'_>) -> Option<usize> {
    arguments.text.parse().ok()
}

fn named(word: Piece<'_>, arguments: Piece<'_>) -> Result<String, Diagnostic> {
    if is_variable(arguments.text) {
        return Ok(arguments.text.to_owned());
    }
    Err(takes(word, arguments, "the name of a variable"))
}

/// Refuses what has no meaning at this place, and tells `{{$uuid}}` the kind from `{{$uuid}}` made anew.
fn fit(call: Call, word: Piece<'_>, place: TemplatePlace) -> Result<Call, Diagnostic> {
    let pattern = place == TemplatePlace::Pattern;
    let text = word.text;
    match call {
        Call::Kind(Kind::Uuid) if !pattern => Ok(Call::Uuid),
        Call::Kind(_) | Call::Rest if !pattern => {
            let made = match text {
                "$number" | "$integer" => "; a random number is `{{$randomInt 1 10}}`",
                "$string" | "$any" | "$match" => "; a random text is `{{$randomString 8}}`",
                "$datetime" => "; the time now is `{{$timestamp}}`",
                _ => "",
            };
            let message = format!("`{text}` describes what is received and has no value here");
            fail(
                word.span(),
                message,
                format!("use a value or a variable{made}"),
            )
        }
        Call::Timestamp
        | Call::Epoch
        | Call::EpochMs
        | Call::RandomInt(..)
        | Call::RandomString(_)
            if pattern =>
        {
            let kind = match call {
                Call::Timestamp => "{{$datetime}}",
                Call::RandomString(_) => "{{$string}}",
                _ => "{{$integer}}",
            };
            let message =
                format!("`{text}` makes a new value, which no message can be expected to have");
            let hint = format!(
                "expect `{kind}`, or keep what is sent (`{{{{{text} as NAME}}}}`) and expect `{{{{NAME}}}}`"
            );
            fail(word.span(), message, hint)
        }
        call => Ok(call),
    }
}

/// Refuses `as` where there is nothing to keep.
fn keepable(call: &Call, keep: &Name, place: TemplatePlace) -> Result<(), Diagnostic> {
    let hint = "remove `as` and the name";
    match call {
        _ if place == TemplatePlace::Value => fail(keep.span, "nothing can be kept here", hint),
        Call::Rest => fail(keep.span, "`$rest` cannot be kept", hint),
        Call::Variable(name) => {
            let message = format!("`{name}` has a name already");
            fail(
                keep.span,
                message,
                format!("remove `as {}` and use `{name}`", keep.text),
            )
        }
        Call::Kind(_) => Ok(()),
        _ if place == TemplatePlace::Pattern => {
            let message = "only what a placeholder matches can be kept here";
            fail(keep.span, message, hint)
        }
        _ => Ok(()),
    }
}

fn unknown(word: Piece<'_>) -> Diagnostic {
    let name = word.text.trim_start_matches('$');
    let message = format!("there is no `{}`", word.text);
    let known = WORDS.map(|(name, _)| name).into_iter().chain(["message"]);
    let hint = match nearest(name, known) {
        Some("message") => {
            Cure::from("did you mean `{{$message}}`, or `{{$message.a.b}}` for a member?")
                .put("$message")
        }
        Some(near) => Cure::from(format!("did you mean `{}`?", example(near))).put(call_of(near)),
        None if is_variable(name) => {
            let variable = format!("a variable is written without `$`: `{{{{{name}}}}}`");
            let cure = match loosely_nearest(name, WORDS.map(|(name, _)| name)) {
                Some(near) => Cure::from(format!("did you mean `{}`? {variable}", example(near)))
                    .put(call_of(near)),
                None => variable.into(),
            };
            cure.put(name)
        }
        None => Cure::from(r"write `\{{` for two plain braces").put_at(before_braces(word), r"\"),
    };
    Diagnostic::error(word.span(), message).hint(hint)
}

fn call_of(name: &str) -> String {
    format!("${name}")
}

/// The place before the braces that a placeholder's first word stands right behind.
fn before_braces(word: Piece<'_>) -> Span {
    Span::at(word.at.saturating_sub("{{".len()))
}

/// What is told of `{{$file query.graphql}}`.
fn file_path(word: Piece<'_>, arguments: Piece<'_>) -> Diagnostic {
    let told = takes(word, arguments, "a path that starts with `./` or `../`");
    match meant(&format!("@{}", arguments.text)) {
        Some(path) => {
            told.hint(Cure::from(format!("did you mean `{{{{$file {path}}}}}`?")).put(path))
        }
        None => told,
    }
}
