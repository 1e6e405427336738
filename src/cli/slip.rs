//! What clap does not understand, in our own words: what is wrong on one line, and what to type instead on the next.

use std::error::Error;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};

use super::arguments::Arguments;
use super::habits::{self, Habit};
use crate::diagnostic::nearest;

/// A usage error.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Slip {
    /// What is wrong.
    pub(super) sentence: String,
    /// What to type instead.
    pub(super) hint: String,
}

/// Says what clap found; `typed` is the first word behind `voiden`.
pub(super) fn slip(error: &clap::Error, typed: &str) -> Slip {
    let mut all = Arguments::command();
    all.build();
    let command = all.find_subcommand(typed);
    let argument = text(error, ContextKind::InvalidArg);
    let value = text(error, ContextKind::InvalidValue);
    let (sentence, hint) = match error.kind() {
        ErrorKind::InvalidSubcommand => no_command(error, &all),
        ErrorKind::UnknownArgument => no_option(error, &all, command),
        ErrorKind::InvalidValue if value.is_empty() => (
            format!("`{argument}` wants a value"),
            allowed(error).unwrap_or_else(|| explains(command)),
        ),
        ErrorKind::InvalidValue => {
            let near = match text(error, ContextKind::SuggestedValue) {
                near if near.is_empty() => None,
                near => Some(format!("did you mean `{near}`?")),
            };
            let hint = near.or_else(|| allowed(error));
            (
                no_value(&argument, &value),
                hint.unwrap_or_else(|| explains(command)),
            )
        }
        ErrorKind::ValueValidation => {
            let source = error.source().map(ToString::to_string);
            (
                refused(&argument, &value),
                source.unwrap_or_else(|| explains(command)),
            )
        }
        ErrorKind::ArgumentConflict => {
            let other = text(error, ContextKind::PriorArg);
            let sentence = if other == argument || other.is_empty() {
                format!("`{argument}` is given twice")
            } else {
                format!("`{argument}` and `{other}` exclude each other")
            };
            (sentence, "leave one of them out".to_owned())
        }
        ErrorKind::MissingRequiredArgument => (format!("{argument} is missing"), explains(command)),
        _ => {
            let rendered = error.render().to_string();
            let first = rendered.lines().next().unwrap_or_default();
            let sentence = first.strip_prefix("error: ").unwrap_or(first);
            (sentence.to_owned(), explains(command))
        }
    };
    Slip { sentence, hint }
}

fn no_command(error: &clap::Error, all: &Command) -> (String, String) {
    let typed = text(error, ContextKind::InvalidSubcommand);
    let names = all.get_subcommands().map(Command::get_name);
    let habit = habits::command(&typed).map(str::to_owned);
    let near = habit.or_else(|| match text(error, ContextKind::SuggestedSubcommand) {
        near if near.is_empty() => nearest(&typed, names).map(str::to_owned),
        near => Some(near),
    });
    let hint = match near {
        Some(near) => format!("did you mean `voiden {near}`?"),
        None if matches!(typed.as_str(), "help" | "version") => {
            format!("did you mean `voiden --{typed}`?")
        }
        None if typed == "watch" => "did you mean `voiden run --watch`?".to_owned(),
        // What looks like a document was meant to be run.
        None if typed == "." || typed.contains(['.', '/', '#']) => {
            format!("did you mean `voiden run {typed}`?")
        }
        None => explains(None),
    };
    (format!("there is no command `{typed}`"), hint)
}

fn no_option(error: &clap::Error, all: &Command, command: Option<&Command>) -> (String, String) {
    let typed = text(error, ContextKind::InvalidArg);
    // What stands behind `=` may be a secret.
    let name = typed
        .split_once('=')
        .map_or(typed.as_str(), |(name, _)| name);
    let whose = command.map_or(String::new(), |command| {
        format!(" of `voiden {}`", command.get_name())
    });
    let sentence = format!("there is no option `{name}`{whose}");
    let own = command.map(options).unwrap_or_default();
    let near = nearest(name, own.iter().map(String::as_str)).map(str::to_owned);
    let hint = match habits::option(name) {
        _ if owner(name, all).is_some() => elsewhere(name, all, command),
        Some(Habit::Instead(instead)) => Some(instead.to_owned()),
        Some(Habit::Option(meant)) if own.iter().any(|option| option == meant) => {
            Some(format!("did you mean `{meant}`?"))
        }
        Some(Habit::Option(meant)) => elsewhere(meant, all, command),
        None => None,
    };
    let suggested = text(error, ContextKind::SuggestedArg);
    let suggested = Some(suggested).filter(|suggested| own.contains(suggested));
    let near = suggested
        .or(near)
        .map(|near| format!("did you mean `{near}`?"));
    let hint = hint.or(near).unwrap_or_else(|| explains(command));
    (sentence, hint)
}

/// What is said of an option that another command has.
fn elsewhere(option: &str, all: &Command, command: Option<&Command>) -> Option<String> {
    let owner = owner(option, all)?.get_name();
    Some(match command {
        Some(_) => format!("`{option}` is an option of `voiden {owner}`"),
        None => format!("did you mean `voiden {owner} {option}`?"),
    })
}

/// The first command that has an option.
fn owner<'a>(option: &str, all: &'a Command) -> Option<&'a Command> {
    all.get_subcommands()
        .find(|command| options(command).iter().any(|known| known == option))
}

fn options(command: &Command) -> Vec<String> {
    let longs = command.get_arguments().filter_map(clap::Arg::get_long);
    longs.map(|long| format!("--{long}")).collect()
}

fn no_value(argument: &str, value: &str) -> String {
    let option = argument.split(' ').next().unwrap_or_default();
    format!("`{value}` is not a value of `{option}`")
}

/// As [`no_value`]; what was given to `--secret` and `--var` is not repeated, since it may be a secret.
fn refused(argument: &str, value: &str) -> String {
    match argument.split(' ').next() {
        Some(option @ ("--secret" | "--var")) => {
            format!("`{option}` cannot take what it was given")
        }
        _ => no_value(argument, value),
    }
}

fn allowed(error: &clap::Error) -> Option<String> {
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) if !values.is_empty() => {
            let values: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
            Some(format!("it is one of {}", values.join(", ")))
        }
        _ => None,
    }
}

fn explains(command: Option<&Command>) -> String {
    match command {
        Some(command) => format!("`voiden {} --help` explains it", command.get_name()),
        None => "`voiden --help` names the commands".to_owned(),
    }
}

/// What clap says about the error, in one string.
fn text(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        _ => String::new(),
    }
}
