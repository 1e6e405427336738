//! What may be typed. Knows nothing of what it means.

use std::{net::IpAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use globset::Glob;

use super::reports::RequestedReport;
use crate::diagnostic::nearest;
use crate::report::{REPORT_FORMATS, ReportFormat};
use crate::runner::is_name;
use crate::script::{duration_hint, parse_duration};

/// Runs WebSocket requests out of Markdown and writes their transcripts back.
#[derive(Parser, Debug)]
#[command(
    name = "voiden",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = "`voiden COMMAND --help` explains a command, with examples."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Run documents, and write what happened into them
    #[command(long_about = RUN, after_long_help = RUN_EXAMPLES)]
    Run(RunArguments),
    /// Say what is wrong in documents, without connecting to anything
    #[command(after_long_help = CHECK_EXAMPLES)]
    Check(Check),
    /// Name the blocks of documents, and where they stand
    #[command(after_long_help = LIST_EXAMPLES)]
    List(List),
    /// Run the servers of documents until interrupted
    #[command(long_about = SERVE, after_long_help = SERVE_EXAMPLES)]
    Serve(Serve),
    /// Write a first document, which runs as it is
    #[command(after_long_help = NEW_EXAMPLES)]
    New(New),
    /// Lay scripts out: one spelling of marks, blanks and blank lines
    #[command(long_about = FMT, after_long_help = FMT_EXAMPLES)]
    Fmt(Fmt),
    /// Print a shell's completions
    #[command(after_long_help = COMPLETIONS_EXAMPLES)]
    Completions(Completions),
    /// Print the manual page
    #[command(after_long_help = MAN_EXAMPLES)]
    Man,
}

const RUN: &str = "\
Run documents, and write what happened into them.

Every ```/wss block of a document is run, top to bottom, with the document's ```/wss-server blocks started before and \
stopped after. The transcript of each is written into the ```wss-log block below it, and only where it differs in more \
than times, generated values and what patterns leave open.

Exit status: 0 all passed, 1 a session failed or --check found a difference, 2 something could not run.";

const RUN_EXAMPLES: &str = "\
Examples:
  voiden run .                              every document below this folder
  voiden run api.md                         one document
  voiden run 'api.md#Subscribe to trades'   one block, and what it needs
  voiden run api.md:41                      the block at line 41
  voiden run --watch docs                   again on every save, what changed
  voiden run --check docs                   for CI: write nothing, fail if a transcript changed
  voiden run --report junit=voiden.xml --report html=voiden.html docs
  voiden run --env staging --var USER=ann api.md
  voiden run --secret API_TOKEN api.md      a secret from the environment, shown nowhere
  voiden run - < api.md                     stdin to stdout, with its transcripts: for editors";

const CHECK_EXAMPLES: &str = "\
Examples:
  voiden check .          every document below this folder
  voiden check --env staging api.md

Exit status: 0 nothing is wrong, 2 something is.";

const FILES: &str =
    "Documents, folders of documents, globs; FILE#NAME and FILE:LINE mean one block; - is stdin";

const COLOURS: &str = "Colours; NO_COLOR and CLICOLOR_FORCE count too";

const LIST_EXAMPLES: &str = "\
Each block is a line: FILE:LINE, the word of its fence and its name, parted by tabs.

Examples:
  voiden list .
  voiden list api.md | cut -f 3     the names alone";

const SERVE: &str = "\
Run the servers of documents until interrupted.

For each ```/wss-server block NAME and URL are printed on stdout as soon as it listens. Its traffic is shown on stderr, \
and written into the document only with --write changed.

Exit status: 0 when interrupted, 1 if a block failed, 2 if something could not run (a port in use).";

const SERVE_EXAMPLES: &str = "\
Examples:
  voiden serve chat.md                        on loopback
  voiden serve --listen 0.0.0.0 chat.md       for the whole network to reach
  voiden serve 'chat.md#chat' --log chat.ndjson";

const NEW_EXAMPLES: &str = "\
Examples:
  voiden new hello.md && voiden run hello.md
  voiden new -          on stdout

Exit status: 0 it is written, 2 it is not: a file that is there already is left as it is.";

const FMT: &str = "\
Lay scripts out: one spelling of marks, blanks and blank lines.

Messages, patterns and everything outside of blocks stay as they are, to the byte. A document that does not parse is \
left alone, and what is wrong in it is told.";

const FMT_EXAMPLES: &str = "\
Examples:
  voiden fmt .            every document below this folder
  voiden fmt --check .    for CI: write nothing, show what would change
  voiden fmt -            stdin to stdout, for editors

Exit status: 0 done, 1 --check found something to change, 2 something could not be read.";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  voiden completions bash > ~/.local/share/bash-completion/completions/voiden
  voiden completions zsh > ~/.zfunc/_voiden
  voiden completions fish > ~/.config/fish/completions/voiden.fish";

const MAN_EXAMPLES: &str = "\
Examples:
  voiden man > ~/.local/share/man/man1/voiden.1";

#[derive(Args, Debug)]
pub(super) struct RunArguments {
    #[command(flatten)]
    pub(super) naming: NamedFiles,
    /// Run again whenever a document, or what it depends on, is saved: the blocks that changed
    #[arg(short, long, conflicts_with_all = ["report", "repeat"])]
    pub(super) watch: bool,
    /// Write nothing; fail, and show the difference, if a fresh transcript is not as recorded
    #[arg(long)]
    pub(super) check: bool,
    /// Which transcripts are written
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Write::Changed)]
    pub(super) write: Write,
    /// Run only blocks whose name matches, and what they need; may be repeated
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    pub(super) only: Vec<Glob>,
    /// Start nothing more after the first failure
    #[arg(long)]
    pub(super) bail: bool,
    /// Documents side by side at most [default: four for each processor, at least 16]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(super) jobs: Option<usize>,
    /// Run everything N times; only the last run writes, or with --bail the first that fails
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value_t = 1, hide_default_value = true)]
    pub(super) repeat: usize,
    #[arg(long, value_name = "FORMAT=PATH", value_parser = report, help = report_help())]
    pub(super) report: Vec<RequestedReport>,
    /// Write every event into a file as it happens, as NDJSON
    #[arg(long, value_name = "FILE")]
    pub(super) log: Option<PathBuf>,
    #[command(flatten)]
    pub(super) values: ValueArguments,
    #[command(flatten)]
    pub(super) telling: Telling,
}

#[derive(Args, Debug)]
pub(super) struct Check {
    #[command(flatten)]
    pub(super) naming: NamedFiles,
    #[command(flatten)]
    pub(super) values: ValueArguments,
    #[command(flatten)]
    pub(super) telling: Telling,
}

#[derive(Args, Debug)]
pub(super) struct List {
    #[command(flatten)]
    pub(super) naming: NamedFiles,
}

#[derive(Args, Debug)]
pub(super) struct Serve {
    #[command(flatten)]
    pub(super) naming: NamedFiles,
    /// Listen at this address instead of loopback
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub(super) listen: Option<IpAddr>,
    /// Which transcripts are written
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Write::Never)]
    pub(super) write: Write,
    /// Write every event into a file as it happens, as NDJSON
    #[arg(long, value_name = "FILE")]
    pub(super) log: Option<PathBuf>,
    #[command(flatten)]
    pub(super) values: ValueArguments,
    #[command(flatten)]
    pub(super) telling: Telling,
}

#[derive(Args, Debug)]
pub(super) struct New {
    /// Where to; a name ends in .md, and - is stdout
    #[arg(value_name = "FILE")]
    pub(super) file: String,
}

#[derive(Args, Debug)]
pub(super) struct Fmt {
    #[command(flatten)]
    pub(super) naming: NamedFiles,
    /// Write nothing; fail, and show the difference, if something would change
    #[arg(long)]
    pub(super) check: bool,
    /// Leave out the summary of a success
    #[arg(short, long)]
    pub(super) quiet: bool,
}

#[derive(Args, Debug)]
pub(super) struct Completions {
    /// Which shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(super) shell: Shell,
}

#[derive(Args, Debug)]
pub(super) struct NamedFiles {
    #[arg(value_name = "FILE", help = FILES)]
    pub(super) files: Vec<String>,
}

#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Variables")]
pub(super) struct ValueArguments {
    /// Give a variable a value
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    pub(super) var: Vec<(String, String)>,
    /// Give a variable a value that is never shown; without =VALUE the environment's
    #[arg(long, value_name = "NAME[=VALUE]", value_parser = secret)]
    pub(super) secret: Vec<(String, Option<String>)>,
    /// Read .env.NAME files besides .env files
    #[arg(long, value_name = "NAME", value_parser = environment)]
    pub(super) env: Option<String>,
    /// Read variables from a file
    #[arg(long, value_name = "FILE")]
    pub(super) env_file: Vec<PathBuf>,
    /// Let documents use {{env.NAME}}, or all of the environment
    #[arg(long, value_name = "NAME|all")]
    pub(super) allow_env: Vec<String>,
    /// Where files that bodies name must lie [default: their document's folder]
    #[arg(long, value_name = "FOLDER")]
    pub(super) file_root: Option<PathBuf>,
    /// Let documents connect to a Unix socket outside of that folder, to those below a folder, or to all
    #[arg(long, value_name = "PATH|all")]
    pub(super) allow_unix: Vec<PathBuf>,
    /// Let documents connect to a link-local address (169.254.0.0/16, `fe80::/10`)
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub(super) allow_address: Vec<IpAddr>,
    /// For blocks without @timeout [default: 5s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) timeout: Option<String>,
    /// Make random values repeatable
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
}

#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Output")]
pub(super) struct Telling {
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Colour::Auto, help = COLOURS)]
    pub(super) color: Colour,
    /// Leave out live transcripts, and the summary of a success
    #[arg(short, long, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Tell where variables come from, and what became of each transcript
    #[arg(short, long)]
    pub(super) verbose: bool,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Write {
    /// Those that differ in more than times, generated values and what patterns leave open
    Changed,
    /// All
    Always,
    /// None
    Never,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    /// On a terminal
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

fn report_help() -> String {
    let names = ReportFormat::names("or");
    format!("Write a report: {names}; PATH - is stdout; may be repeated")
}

fn report(text: &str) -> Result<RequestedReport, String> {
    let (word, path) = text.split_once('=').unwrap_or((text, ""));
    let Some(format) = ReportFormat::named(word) else {
        let names = REPORT_FORMATS.iter().map(|format| format.name);
        let near = nearest(word, names).map(|near| format!("; did you mean `{near}`?"));
        let near = near.unwrap_or_default();
        let names = ReportFormat::names("and");
        return Err(format!("`{word}` is none of {names}{near}"));
    };
    if path.is_empty() {
        return Err(format!("write {word}=PATH, or {word}=- for stdout"));
    }
    Ok((format, PathBuf::from(path)))
}

fn glob(text: &str) -> Result<Glob, String> {
    Glob::new(text).map_err(|error| error.kind().to_string())
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    check_name(name)?;
    Ok((name.to_owned(), value.to_owned()))
}

fn secret(text: &str) -> Result<(String, Option<String>), String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    check_name(name)?;
    Ok((name.to_owned(), value))
}

fn check_name(name: &str) -> Result<(), String> {
    if name.starts_with("env.") {
        return Err(
            "names that start with `env.` are the environment's; --allow-env opens them".to_owned(),
        );
    }
    if !is_name(name) {
        // Without the name: who forgot it has typed a value, which may be a secret.
        return Err(
            "the NAME before `=` is letters, digits, `_`, `-` and dots, and starts with a letter or `_`".to_owned(),
        );
    }
    Ok(())
}

fn environment(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains(['/', '\\']) {
        return Err("it is the NAME of .env.NAME files; --env-file takes a path".to_owned());
    }
    Ok(text.to_owned())
}

fn duration(text: &str) -> Result<String, String> {
    match parse_duration(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err(duration_hint(text)),
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("write a whole number from 1 on".to_owned()),
        Ok(number) => Ok(number),
    }
}

fn address(text: &str) -> Result<IpAddr, String> {
    text.parse()
        .map_err(|_| "write an IP address such as 0.0.0.0 or ::".to_owned())
}
