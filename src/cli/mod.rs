//! argv, the environment and exit statuses: the only room that prints, reads the environment or exits.

mod arguments;
mod check;
mod connect;
mod env_file;
mod export;
mod filter;
mod fmt;
mod habits;
mod import;
mod interrupt;
mod keys;
mod list;
mod load;
mod lsp;
mod machine;
mod new;
mod open;
mod open_files;
mod prepare;
mod reports;
mod run;
mod run_documents;
mod serve;
mod settings;
mod shell;
mod slip;
mod stdin;
mod watch;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use anstream::{AutoStream, ColorChoice};
use clap::{CommandFactory, FromArgMatches};

use crate::report::{CYAN, Output, RED, harmless, paint};
use arguments::{Arguments, Colour, Command, Deferred, Telling};
use slip::{Slip, slip};

/// Something could not run.
const REFUSED: u8 = 2;

/// What a bare `voiden` says: the three commands that one needs.
const WELCOME: &str = "\
voiden runs WebSocket requests out of Markdown and writes their transcripts back.

  voiden new hello.md    write a first document, which runs as it is
  voiden run .           run the documents of this folder, and write what happened into them
  voiden check .         say what is wrong in them, without connecting to anything

`voiden --help` tells the rest.
";

/// Runs the command.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let colour = |choice| choice != ColorChoice::Never;
    let trouble = Trouble::default();
    let out = Output::new(
        Box::new(Watched(io::stdout(), Arc::clone(&trouble))),
        colour(AutoStream::choice(&io::stdout())),
    )
    .on_terminal(io::stdout().is_terminal())
    .into_file(is_file(&io::stdout()))
    .read_by_runner(has_runner());
    let err = Output::new(
        Box::new(io::stderr()),
        colour(AutoStream::choice(&io::stderr())),
    )
    .on_terminal(io::stderr().is_terminal())
    .read_by_runner(has_runner());
    let status = run(arguments, out, err);
    ExitCode::from(match trouble.get() {
        // What was asked for was not written.
        Some(trouble) => {
            let mut err = Output::new(Box::new(io::stderr()), false);
            usage(&mut err, &format!("stdout could not be written: {trouble}"))
        }
        None => status,
    })
}

/// Whether a runner of GitHub Actions reads stdout and stderr, and takes some lines for commands.
fn has_runner() -> bool {
    machine::variable_os("GITHUB_ACTIONS").is_some_and(|value| !value.is_empty())
}

/// Whether a way out is a file on a disk.
#[cfg(unix)]
fn is_file(out: &impl std::os::fd::AsFd) -> bool {
    let file = out.as_fd().try_clone_to_owned().map(std::fs::File::from);
    file.and_then(|file| file.metadata())
        .is_ok_and(|metadata| metadata.is_file())
}

/// Whether a way out is a file on a disk.
#[cfg(not(unix))]
fn is_file(_: &io::Stdout) -> bool {
    false
}

/// Why stdout could not be written; a reader that has gone is not trouble.
type Trouble = Arc<OnceLock<io::Error>>;

struct Watched<W>(W, Trouble);

impl<W: Write> Watched<W> {
    fn note<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let kind = error.kind();
            if kind != io::ErrorKind::BrokenPipe && kind != io::ErrorKind::Interrupted {
                let _ = self.1.set(error);
            }
            kind.into()
        })
    }
}

impl<W: Write> Write for Watched<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.0.write(bytes);
        self.note(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.0.flush();
        self.note(result)
    }
}

/// Runs the command with its ways out handed in; gives the exit status.
pub fn run(arguments: impl IntoIterator<Item = OsString>, mut out: Output, mut err: Output) -> u8 {
    let arguments: Vec<OsString> = stdin::spelled(arguments.into_iter().collect());
    let typed = arguments.get(1).and_then(|word| word.to_str());
    let typed = typed.unwrap_or_default().to_owned();
    let filters = typed == "run" && arguments.iter().skip(2).any(|word| word == "-");
    let arguments = match parse(arguments) {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            let Slip { sentence, hint } = slip(&error, &typed);
            let status = slipped(&mut err, &sentence, Some(&hint));
            if filters {
                stdin::pass_through(&mut out);
            }
            return status;
        }
        Err(help) => return told_by_clap(&help, &mut out),
    };
    match arguments.command {
        None => {
            out.put(WELCOME);
            out.flush();
            0
        }
        Some(Command::Run(Deferred(arguments))) => {
            set_colours(arguments.telling, &mut out, &mut err);
            run::run(&arguments, out, err)
        }
        Some(Command::Check(Deferred(arguments))) => {
            set_colours(arguments.telling, &mut out, &mut err);
            check::check(&arguments, out, err)
        }
        Some(Command::List(Deferred(arguments))) => list::list(&arguments, &mut out, &mut err),
        Some(Command::Serve(Deferred(arguments))) => {
            set_colours(arguments.telling, &mut out, &mut err);
            serve::serve(&arguments, out, err)
        }
        Some(Command::Load(Deferred(arguments))) => {
            set_colours(arguments.telling, &mut out, &mut err);
            load::load(&arguments, out, err)
        }
        Some(Command::Open(Deferred(arguments))) => open::open(&arguments, out, err),
        Some(Command::Export(Deferred(arguments))) => {
            export::export(&arguments, &mut out, &mut err)
        }
        Some(Command::Connect(Deferred(arguments))) => {
            set_colours_to(arguments.color, &mut out, &mut err);
            connect::connect(&arguments, out, err)
        }
        Some(Command::New(Deferred(arguments))) => new::new(&arguments, &mut out, &mut err),
        Some(Command::Fmt(Deferred(arguments))) => fmt::fmt(&arguments, &mut out, &mut err),
        Some(Command::Import(Deferred(arguments))) => {
            import::import(&arguments, &mut out, &mut err)
        }
        Some(Command::Lsp(Deferred(arguments))) => lsp::lsp(arguments, &mut err),
        Some(Command::Completions(Deferred(arguments))) => shell::completions(&arguments, &mut out),
        Some(Command::Man) => shell::manual(&mut out, &mut err),
    }
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, clap::Error> {
    let matches = Arguments::command().try_get_matches_from(arguments)?;
    Arguments::from_arg_matches(&matches)
}

/// Help and the version.
fn told_by_clap(help: &clap::Error, out: &mut Output) -> u8 {
    let text = help.render();
    if out.colour() {
        out.put(&text.ansi().to_string());
    } else {
        out.put(&text.to_string());
    }
    out.flush();
    0
}

fn set_colours(telling: Telling, out: &mut Output, err: &mut Output) {
    set_colours_to(telling.color, out, err);
}

fn set_colours_to(choice: Colour, out: &mut Output, err: &mut Output) {
    let colour = match choice {
        Colour::Auto => return,
        Colour::Always => true,
        Colour::Never => false,
    };
    out.set_colour(colour);
    err.set_colour(colour);
}

/// A usage error, with its cure on a second line where it has one; gives the exit status.
fn usage(err: &mut Output, sentence: &str) -> u8 {
    match sentence.split_once('\n') {
        Some((sentence, hint)) => slipped(err, sentence, Some(hint)),
        None => slipped(err, sentence, None),
    }
}

/// A usage error and its cure, as the diagnostics of documents have theirs.
fn slipped(err: &mut Output, sentence: &str, hint: Option<&str>) -> u8 {
    let colour = err.colour();
    let error = paint("error", RED.bold(), colour);
    err.put(&format!("{error}: {}\n", harmless(sentence)));
    if let Some(hint) = hint {
        let help = paint("help", CYAN.bold(), colour);
        err.put(&format!("{help}: {}\n", harmless(hint)));
    }
    err.flush();
    REFUSED
}

/// What is said where nothing of ours is in anything named, and how a block looks.
const NO_BLOCK: (&str, &str) = (
    "no ```/wss or ```/wss-server block in anything named",
    "a block is the lines \"```/wss NAME\", \"wss://HOST/PATH\", steps such as \"-> text hello\", and \"```\"; `voiden new hello.md` writes some",
);

/// What a command that was given nothing says.
fn nothing_named(command: &str) -> String {
    format!("no file, folder or glob is named\ndid you mean `voiden {command} .`?")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

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
        for command in ["voiden new", "voiden run", "voiden check"] {
            assert!(out.contains(command), "{out}");
        }
    }

    #[test]
    fn commands_without_files_suggest_this_folder() {
        for command in ["run", "check", "list", "serve", "open", "fmt"] {
            let (status, out, err) = voiden(&[command]);
            assert_eq!((status, out.as_str()), (2, ""));
            assert!(err.contains(&format!("voiden {command} .")), "{err}");
        }
    }

    #[test]
    fn slips_are_told_with_what_was_meant() {
        for (line, meant) in [
            (["rum", "."].as_slice(), "did you mean `voiden run`?"),
            (&["rnu", "."], "did you mean `voiden run`?"),
            (&["api.md"], "did you mean `voiden run api.md`?"),
            (&["--check"], "did you mean `voiden run --check`?"),
            (&["help"], "did you mean `voiden --help`?"),
            (&["frobnicate"], "`voiden --help` names the commands"),
            (&["run", "--chk", "."], "did you mean `--check`?"),
            (&["run", "--chek=1", "."], "did you mean `--check`?"),
            (&["check", "--bail", "."], "an option of `voiden run`"),
            (&["run", "--filter", "Log*", "."], "did you mean `--only`?"),
            (
                &["run", "--dry-run", "."],
                "`voiden check` connects to nothing",
            ),
            (&["run", "-k", "."], "`@insecure`"),
            (&["run", "--debug", "."], "did you mean `--verbose`?"),
            (&["fmt", "--diff", "."], "did you mean `--check`?"),
            (
                &["check", "--filter=Log*", "."],
                "`--only` is an option of `voiden run`",
            ),
            (&["--grep", "a"], "did you mean `voiden run --only`?"),
            (&["lint", "."], "did you mean `voiden check`?"),
            (&["test", "."], "did you mean `voiden run`?"),
            (&["watch", "."], "did you mean `voiden run --watch`?"),
            (&["version"], "did you mean `voiden --version`?"),
            (&["run", "--frobnicate", "."], "`voiden run --help`"),
            (&["run", "-z", "."], "`voiden run --help`"),
            (&["run", "--check", "--check"], "given twice"),
            (&["run", "-q", "-v", "."], "exclude each other"),
            (&["run", ".", "--env"], "wants a value"),
            (
                &["run", "--seed", "x", "."],
                "`x` is not a value of `--seed`",
            ),
            (&["new"], "is missing"),
            (&["new", "a"], "voiden new a.md"),
            (&["completions", "bsh"], "did you mean `bash`?"),
            (
                &["run", "--write", "allways", "."],
                "did you mean `always`?",
            ),
            (
                &["run", "--write", "zzz", "."],
                "`changed`, `always`, `never`",
            ),
            (&["run", "--var", "HOST", "."], "NAME=VALUE"),
            (&["run", "--var", "1HOST=x", "."], "starts with a letter"),
            (&["run", "--var", "env.HOST=x", "."], "--allow-env"),
            (
                &["run", "--timeout", "5", "."],
                "did you mean `5s` or `5ms`?",
            ),
            (&["run", "--env", "a/b", "."], ".env.NAME"),
            (&["run", "--jobs", "0", "."], "1"),
            (&["serve", "--listen", "here", "."], "0.0.0.0"),
        ] {
            let (status, out, err) = voiden(line);
            assert_eq!((status, out.as_str()), (2, ""), "{line:?}");
            assert!(err.contains(meant), "{line:?}: {err}");
            assert!(err.starts_with("error: "), "{line:?}: {err}");
            assert!(!err.contains("Usage"), "{line:?}: {err}");
        }
    }

    #[test]
    fn a_value_that_may_be_a_secret_is_never_repeated() {
        for line in [
            ["run", "--secret", "BAD NAME=hunter2", "."].as_slice(),
            &["run", "--secret=1=hunter2", "."],
            &["run", "--secret", "hunter2/+x==", "."],
            &["run", "--secret", "hunter2", "."],
            &["run", "--secret", "env.KEY=hunter2", "."],
            &["run", "--var", "BAD NAME=hunter2", "."],
            &["run", "--var", "hunter2", "."],
            &["run", "--secrets=KEY=hunter2", "."],
            &["list", "--secret=KEY=hunter2", "."],
            &["--secret=KEY=hunter2", "run", "."],
        ] {
            let (status, out, err) = voiden(line);
            assert_eq!((status, out.as_str()), (2, ""), "{line:?}");
            assert!(!err.contains("hunter2"), "{line:?}: {err}");
            assert!(err.contains("help: "), "{line:?}: {err}");
        }
        let (_, _, err) = voiden(&["run", "--secret", "NO_SUCH_KEY", "."]);
        assert!(err.contains("where NO_SUCH_KEY is not set"), "{err}");
    }

    #[test]
    fn a_document_without_blocks_is_told_how_one_looks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prose.md");
        std::fs::write(&path, "# Prose\n").unwrap();
        let path = path.to_str().unwrap();
        for command in ["run", "check", "list", "serve"] {
            let (status, out, err) = voiden(&[command, path]);
            assert_eq!((status, out.as_str()), (2, ""), "{command}: {err}");
            assert!(err.contains("block in anything named\nhelp: a "), "{err}");
            assert!(!err.contains("nothing wrong"), "{err}");
        }
    }

    #[test]
    fn help_teaches_and_the_short_one_is_shorter() {
        for command in [
            "run",
            "check",
            "list",
            "serve",
            "open",
            "new",
            "fmt",
            "import",
            "completions",
            "man",
        ] {
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
        for command in ["run", "check", "list", "serve", "fmt"] {
            let (status, out, err) = voiden(&[command, "no/such/file.md"]);
            assert_eq!((status, out.as_str()), (2, ""), "{command}");
            assert!(err.contains("no/such/file.md: no such file"), "{err}");
        }
    }
}
