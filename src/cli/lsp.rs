//! `voiden lsp`: hands the language server stdin and stdout.

use std::io::{self, BufReader};

use clap::{CommandFactory, FromArgMatches};

use super::arguments::{Arguments, Command, Deferred, LspArguments, ValueArguments};
use super::settings::settings;
use super::usage;
use crate::lsp::{Configure, serve};
use crate::report::Output;
use crate::runner::Settings;

pub(super) fn lsp(arguments: LspArguments, err: &mut Output) -> u8 {
    // What is wrong on the command line is said at once.
    if let Err(sentence) = settings(&arguments.values, err) {
        return usage(err, &sentence);
    }
    let configure: Configure = Box::new(move |further| configured(&arguments, further));
    serve(BufReader::new(io::stdin()), io::stdout(), configure)
}

/// What the command line says, and further options beat.
fn configured(arguments: &LspArguments, further: &[String]) -> Result<Settings, String> {
    let mut err = Output::nowhere();
    let mut values = arguments.values.clone();
    let typed = ["voiden", "lsp"].into_iter().map(str::to_owned);
    let typed = typed.chain(further.iter().cloned());
    let matches = Arguments::command()
        .try_get_matches_from(typed)
        .and_then(|mut matches| Arguments::from_arg_matches_mut(&mut matches))
        .map_err(|error| super::slip::slip(&error, "lsp"))
        .map_err(|slip| format!("{}: {}", slip.sentence, slip.hint))?;
    if let Some(Command::Lsp(Deferred(further))) = matches.command {
        values = both(values, further.values);
    }
    settings(&values, &mut err)
}

/// The options of both; where only one can hold, the latter's does.
fn both(typed: ValueArguments, further: ValueArguments) -> ValueArguments {
    fn all<T>(mut typed: Vec<T>, further: Vec<T>) -> Vec<T> {
        typed.extend(further);
        typed
    }
    ValueArguments {
        var: all(typed.var, further.var),
        secret: all(typed.secret, further.secret),
        env: further.env.or(typed.env),
        env_file: all(typed.env_file, further.env_file),
        allow_env: all(typed.allow_env, further.allow_env),
        file_root: further.file_root.or(typed.file_root),
        allow_unix: all(typed.allow_unix, further.allow_unix),
        allow_address: all(typed.allow_address, further.allow_address),
        timeout: further.timeout.or(typed.timeout),
        seed: further.seed.or(typed.seed),
    }
}
