//! argv, the environment and exit statuses: the only room that prints, reads the environment or exits.

mod arguments;
mod check;
mod interrupt;
mod list;
mod reports;
mod run;
mod serve;
mod settings;

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches};

use crate::diagnostic::nearest;
use crate::report::Output;
use arguments::{Arguments, Colour, Command, Telling};

/// Something could not run.
const REFUSED: u8 = 2;

/// What a bare `voiden` says: the three commands that one needs.
const WELCOME: &str = "\
voiden runs WebSocket requests out of Markdown and writes their transcripts back.

  voiden check .         say what is wrong in the documents of this folder
  voiden run .           run them, and write what happened into them
  voiden serve FILE      run the servers of a document until interrupted

`voiden --help` tells the rest.
";

/// Runs the command.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let colour = |choice| choice != ColorChoice::Never;
    let out = Output::new(
        Box::new(io::stdout()),
        colour(AutoStream::choice(&io::stdout())),
    );
    let err = Output::new(
        Box::new(io::stderr()),
        colour(AutoStream::choice(&io::stderr())),
    )
    .on_terminal(io::stderr().is_terminal());
    ExitCode::from(run(arguments, out, err))
}

/// Runs the command with its ways out handed in; gives the exit status.
pub fn run(arguments: impl IntoIterator<Item = OsString>, mut out: Output, mut err: Output) -> u8 {
    let arguments = match parse(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return told_by_clap(&suggested(error), &mut out, &mut err),
    };
    match arguments.command {
        None => {
            out.put(WELCOME);
            out.flush();
            0
        }
        Some(Command::Run(arguments)) => {
            set_colours(arguments.telling, &mut out, &mut err);
            run::run(&arguments, out, err)
        }
        Some(Command::Check(arguments)) => {
            set_colours(arguments.telling, &mut out, &mut err);
            check::check(&arguments, out, err)
        }
        Some(Command::List(arguments)) => list::list(&arguments, &mut out, &mut err),
        Some(Command::Serve(arguments)) => {
            set_colours(arguments.telling, &mut out, &mut err);
            serve::serve(&arguments, out, err)
        }
    }
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, clap::Error> {
    let matches = Arguments::command().try_get_matches_from(arguments)?;
    Arguments::from_arg_matches(&matches)
}

/// What clap finds nothing like is asked of the one place that decides what "did you mean" means.
fn suggested(mut error: clap::Error) -> clap::Error {
    let command = Arguments::command();
    let typed = |kind| match error.get(kind) {
        Some(ContextValue::String(typed)) => Some(typed.clone()),
        _ => None,
    };
    if error.get(ContextKind::SuggestedSubcommand).is_none()
        && let Some(typed) = typed(ContextKind::InvalidSubcommand)
    {
        let names = command.get_subcommands().map(clap::Command::get_name);
        if let Some(near) = nearest(&typed, names) {
            let near = ContextValue::Strings(vec![near.to_owned()]);
            error.insert(ContextKind::SuggestedSubcommand, near);
        }
    } else if error.kind() == ErrorKind::UnknownArgument
        && error.get(ContextKind::SuggestedArg).is_none()
        && let Some(typed) = typed(ContextKind::InvalidArg)
    {
        let options = command
            .get_subcommands()
            .flat_map(clap::Command::get_arguments);
        let names: Vec<_> = options
            .filter_map(|option| Some(format!("--{}", option.get_long()?)))
            .collect();
        if let Some(near) = nearest(&typed, names.iter().map(String::as_str)) {
            let near = ContextValue::String(near.to_owned());
            error.insert(ContextKind::SuggestedArg, near);
        }
    }
    error
}

/// Help and version on stdout with 0, a usage error on stderr with 2.
fn told_by_clap(error: &clap::Error, out: &mut Output, err: &mut Output) -> u8 {
    let way = if error.use_stderr() { err } else { out };
    let text = error.render();
    if way.colour() {
        way.put(&text.ansi().to_string());
    } else {
        way.put(&text.to_string());
    }
    way.flush();
    u8::try_from(error.exit_code()).unwrap_or(REFUSED)
}

fn set_colours(telling: Telling, out: &mut Output, err: &mut Output) {
    let colour = match telling.color {
        Colour::Auto => return,
        Colour::Always => true,
        Colour::Never => false,
    };
    out.set_colour(colour);
    err.set_colour(colour);
}

/// A usage error; gives the exit status.
fn usage(err: &mut Output, sentence: &str) -> u8 {
    err.put(&format!("error: {sentence}\n"));
    err.flush();
    REFUSED
}

/// What a command that was given nothing says.
fn nothing_named(command: &str) -> String {
    format!("no file, folder or glob is named; did you mean `voiden {command} .`?")
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Written {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    /// The exit status, stdout and stderr of a command line.
    fn voiden(line: &[&str]) -> (u8, String, String) {
        let (out, err) = (Written::default(), Written::default());
        let output = |written: &Written| Output::new(Box::new(written.clone()), false);
        let line = std::iter::once("voiden").chain(line.iter().copied());
        let status = run(line.map(OsString::from), output(&out), output(&err));
        (status, out.text(), err.text())
    }

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_bare_command_shows_what_one_needs() {
        let (status, out, err) = voiden(&[]);
        assert_eq!((status, err.as_str()), (0, ""));
        for command in ["voiden check", "voiden run", "voiden serve"] {
            assert!(out.contains(command), "{out}");
        }
    }

    #[test]
    fn commands_without_files_suggest_this_folder() {
        for command in ["run", "check", "list", "serve"] {
            let (status, out, err) = voiden(&[command]);
            assert_eq!((status, out.as_str()), (2, ""));
            assert!(err.contains(&format!("voiden {command} .")), "{err}");
        }
    }

    #[test]
    fn slips_are_told_with_what_was_meant() {
        for (line, meant) in [
            (["rum", "."].as_slice(), "'run'"),
            (&["rnu", "."], "'run'"),
            (&["run", "--chk", "."], "'--check'"),
            (&["run", "--chek", "."], "'--check'"),
            (&["run", "--write", "allways", "."], "always"),
            (&["run", "--var", "HOST", "."], "NAME=VALUE"),
            (&["run", "--var", "1HOST=x", "."], "starts with a letter"),
            (&["run", "--var", "env.HOST=x", "."], "--allow-env"),
            (&["run", "--timeout", "5", "."], "5s"),
            (&["run", "--env", "a/b", "."], ".env.NAME"),
            (&["run", "--jobs", "0", "."], "1"),
            (&["serve", "--listen", "here", "."], "0.0.0.0"),
        ] {
            let (status, out, err) = voiden(line);
            assert_eq!((status, out.as_str()), (2, ""), "{line:?}");
            assert!(err.contains(meant), "{line:?}: {err}");
        }
    }

    #[test]
    fn help_teaches_and_the_short_one_is_shorter() {
        for command in ["run", "check", "list", "serve"] {
            let (status, long, _) = voiden(&[command, "--help"]);
            let (_, short, _) = voiden(&[command, "-h"]);
            assert_eq!(status, 0);
            assert!(long.contains("Examples:"), "{long}");
            assert!(short.len() < long.len());
        }
        let (status, version, _) = voiden(&["--version"]);
        assert_eq!(status, 0);
        assert_eq!(version, format!("voiden {}\n", env!("CARGO_PKG_VERSION")));
    }

    #[test]
    fn what_is_not_there_cannot_run() {
        for command in ["run", "check", "list", "serve"] {
            let (status, out, err) = voiden(&[command, "no/such/file.md"]);
            assert_eq!((status, out.as_str()), (2, ""), "{command}");
            assert!(err.contains("no/such/file.md: no such file"), "{err}");
        }
    }
}
