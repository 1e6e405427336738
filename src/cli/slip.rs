//! What clap does not understand, in our own words: what is wrong on one line, and what to type instead on the next.

use std::error::Error;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};

use super::arguments::Arguments;
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
    let all = Arguments::command();
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
                no_value(&argument, &value),
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
    let near = match text(error, ContextKind::SuggestedSubcommand) {
        near if near.is_empty() => nearest(&typed, names).map(str::to_owned),
        near => Some(near),
    };
    let hint = match near {
        Some(near) => format!("did you mean `voiden {near}`?"),
        None if typed == "help" => "did you mean `voiden --help`?".to_owned(),
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
    let name = typed
        .split_once('=')
        .map_or(typed.as_str(), |(name, _)| name);
    let options = |command: &Command| -> Vec<String> {
        let longs = command.get_arguments().filter_map(clap::Arg::get_long);
        longs.map(|long| format!("--{long}")).collect()
    };
    let near =
        |names: &[String]| nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
    let own = command.map(options).unwrap_or_default();
    let suggested = text(error, ContextKind::SuggestedArg);
    let suggested = Some(suggested).filter(|suggested| own.contains(suggested));
    let hint = if let Some(near) = suggested.or_else(|| near(&own)) {
        format!("did you mean `{near}`?")
    } else if let Some(other) = all
        .get_subcommands()
        .find(|other| options(other).iter().any(|option| option == name))
    {
        match command {
            Some(_) => format!("it is an option of `voiden {}`", other.get_name()),
            None => format!("did you mean `voiden {} {typed}`?", other.get_name()),
        }
    } else {
        explains(command)
    };
    let whose = command.map_or(String::new(), |command| {
        format!(" of `voiden {}`", command.get_name())
    });
    (format!("there is no option `{name}`{whose}"), hint)
}

fn no_value(argument: &str, value: &str) -> String {
    let option = argument.split(' ').next().unwrap_or_default();
    format!("`{value}` is no value of `{option}`")
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
