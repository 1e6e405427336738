//! What may be typed. Knows nothing of what it means.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use globset::Glob;

pub(super) use deferred::Deferred;
pub(super) use export::{Export, ExportTo, K6Arguments};
pub(super) use load::FigureFormat;
use parsers::{
    address, at_least_one, duration, environment, glob, link_local, report, report_help, secret,
    variable,
};

use super::reports::RequestedReport;
use crate::load::Limit;

mod deferred;
mod export;
mod help;
mod load;
mod parsers;

/// Runs WebSocket sessions, and HTTP requests beside them, out of Markdown and writes their transcripts back.
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
    #[command(long_about = help::RUN, after_long_help = help::RUN_EXAMPLES)]
    Run(Deferred<RunArguments>),
    /// Say what is wrong in documents, without connecting to anything
    #[command(after_long_help = help::CHECK_EXAMPLES)]
    Check(Deferred<Check>),
    /// Name the blocks of documents, and where they stand
    #[command(after_long_help = help::LIST_EXAMPLES)]
    List(Deferred<List>),
    /// Run the servers of documents until interrupted
    #[command(long_about = help::SERVE, after_long_help = help::SERVE_EXAMPLES)]
    Serve(Deferred<Serve>),
    /// Run a block with many clients at once, and tell how the service bears it
    #[command(long_about = help::LOAD, after_long_help = help::LOAD_EXAMPLES)]
    Load(Deferred<LoadArguments>),
    /// Show documents in the browser, to run, watch and edit them there
    #[command(long_about = help::OPEN, after_long_help = help::OPEN_EXAMPLES)]
    Open(Deferred<OpenArguments>),
    /// Write documents as scripts of another tool: k6
    #[command(long_about = help::EXPORT)]
    Export(Deferred<Export>),
    /// Connect to a server or a block, and type at it
    #[command(long_about = help::CONNECT, after_long_help = help::CONNECT_EXAMPLES)]
    Connect(Deferred<Connect>),
    /// Write a first document, which runs as it is
    #[command(after_long_help = help::NEW_EXAMPLES)]
    New(Deferred<New>),
    /// Lay scripts out: one spelling of marks, blanks and blank lines
    #[command(long_about = help::FMT, after_long_help = help::FMT_EXAMPLES)]
    Fmt(Deferred<Fmt>),
    /// Make a document of another tool's file: a HAR, .http, .void, or a log of voiden
    #[command(long_about = help::IMPORT, after_long_help = help::IMPORT_EXAMPLES)]
    Import(Deferred<Import>),
    /// Serve an editor, over the Language Server Protocol on stdin and stdout
    #[command(long_about = help::LSP, after_long_help = help::LSP_EXAMPLES)]
    Lsp(Deferred<LspArguments>),
    /// Print a shell's completions
    #[command(after_long_help = help::COMPLETIONS_EXAMPLES)]
    Completions(Deferred<Completions>),
    /// Print the manual page
    #[command(after_long_help = help::MAN_EXAMPLES)]
    Man,
}

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
    /// How what is wrong is told
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = FoundFormat::Text)]
    pub(super) format: FoundFormat,
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
pub(super) struct LoadArguments {
    /// The block: FILE#NAME, or FILE and its line as `FILE:LINE`; FILE alone, where it has one
    #[arg(value_name = "FILE#BLOCK")]
    pub(super) block: String,
    /// Clients side by side
    #[arg(long, value_name = "N", value_parser = load::clients, default_value = "10")]
    pub(super) clients: u64,
    /// The time over which clients begin, one after the other
    #[arg(long, value_name = "DURATION", value_parser = load::duration, default_value = "0s")]
    pub(super) ramp: Duration,
    /// How long it lasts, ramp included; sessions under way are closed then [default: 30s]
    #[arg(long = "for", value_name = "DURATION", value_parser = load::some_time, conflicts_with = "times")]
    pub(super) time: Option<Duration>,
    /// How many sessions each client runs, instead of a time
    #[arg(long, value_name = "N", value_parser = load::times)]
    pub(super) times: Option<u64>,
    /// Begin at most so many sessions a second, of all clients together
    #[arg(long, value_name = "N/s", value_parser = load::rate)]
    pub(super) rate: Option<f64>,
    /// Fail unless it is met: `p95 < 200ms`, `max < 2s`, `p99(WORDS OF A <- LINE) < 50ms`, `failed < 1%`; may be repeated
    #[arg(long, value_name = "LIMIT", value_parser = Limit::parse)]
    pub(super) limit: Vec<Limit>,
    /// Every client runs the earlier blocks too, with a jar of cookies of its own
    #[arg(long)]
    pub(super) each: bool,
    /// Write the figures: json or html; PATH - is stdout; may be repeated
    #[arg(long, value_name = "FORMAT=PATH", value_parser = load::report)]
    pub(super) report: Vec<(FigureFormat, PathBuf)>,
    #[command(flatten)]
    pub(super) values: ValueArguments,
    #[command(flatten)]
    pub(super) telling: Telling,
}

#[derive(Args, Debug)]
pub(super) struct OpenArguments {
    #[command(flatten)]
    pub(super) naming: NamedFiles,
    /// Listen at this port [default: one that is free]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(super) port: u16,
    /// Print the address, and start no browser
    #[arg(long)]
    pub(super) no_browser: bool,
    /// Which transcripts are written
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Write::Changed)]
    pub(super) write: Write,
    #[command(flatten)]
    pub(super) values: ValueArguments,
}

#[derive(Args, Debug)]
pub(super) struct Connect {
    /// A WebSocket URL, or a block of a document: `FILE#NAME` or `FILE:LINE`
    #[arg(value_name = "URL|FILE#BLOCK")]
    pub(super) target: String,
    /// Write what happened as a block: a new document, or added to one that is there
    #[arg(short, long, value_name = "DOC.md", help_heading = "Recording")]
    pub(super) output: Option<PathBuf>,
    /// What is made of the messages that come
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Record::Steps, help_heading = "Recording")]
    pub(super) record: Record,
    /// Send a header with the opening handshake; may be repeated
    #[arg(short = 'H', long, value_name = "NAME: VALUE")]
    pub(super) header: Vec<String>,
    /// Offer subprotocols, in this order
    #[arg(long, value_name = "A,B")]
    pub(super) subprotocol: Option<String>,
    /// What the block is called
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// A pipe: each line of stdin is a text message, and stdout is the messages that come, as they came
    #[arg(long)]
    pub(super) raw: bool,
    /// Take any certificate
    #[arg(long, help_heading = "TLS and proxies")]
    pub(super) insecure: bool,
    /// Trust the certificates of a PEM file
    #[arg(long, value_name = "FILE", help_heading = "TLS and proxies")]
    pub(super) cacert: Option<PathBuf>,
    /// Show a client certificate
    #[arg(long, value_name = "FILE", help_heading = "TLS and proxies")]
    pub(super) cert: Option<PathBuf>,
    /// The key of that certificate
    #[arg(long, value_name = "FILE", help_heading = "TLS and proxies")]
    pub(super) key: Option<PathBuf>,
    /// Go through a proxy, or through none
    #[arg(long, value_name = "URL|none", help_heading = "TLS and proxies")]
    pub(super) proxy: Option<String>,
    #[command(flatten)]
    pub(super) values: ValueArguments,
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Colour::Auto, help = help::COLOURS, help_heading = "Output")]
    pub(super) color: Colour,
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
pub(super) struct Import {
    /// The file, told by its content; - is stdin
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// The document to write, or to append to [default: stdout]
    #[arg(short, long, value_name = "DOC.md")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct LspArguments {
    /// As editors' clients say it; it is what is done without it
    #[arg(long, hide = true)]
    pub(super) stdio: bool,
    #[command(flatten)]
    pub(super) values: ValueArguments,
}

#[derive(Args, Debug)]
pub(super) struct Completions {
    /// Which shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(super) shell: Shell,
}

#[derive(Args, Debug)]
pub(super) struct NamedFiles {
    #[arg(value_name = "FILE", help = help::FILES)]
    pub(super) files: Vec<String>,
}

#[derive(Args, Clone, Debug, Default)]
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
    /// Where the files that documents name must lie, Unix sockets too [default: the document's folder]
    #[arg(long, value_name = "FOLDER")]
    pub(super) file_root: Option<PathBuf>,
    /// Let documents connect to a Unix socket outside of that folder, to those below a folder, or to all
    #[arg(long, value_name = "PATH|all")]
    pub(super) allow_unix: Vec<PathBuf>,
    /// Let documents connect to a link-local address (169.254.0.0/16, `fe80::/10`)
    #[arg(long, value_name = "ADDRESS", value_parser = link_local)]
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
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Colour::Auto, help = help::COLOURS)]
    pub(super) color: Colour,
    /// Leave out live transcripts, and the summary of a success
    #[arg(short, long, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Tell where variables come from, where servers listen, HTTP headers, and what became of each transcript
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
pub(super) enum FoundFormat {
    /// For people, on stderr
    Text,
    /// One JSON array on stdout
    Json,
    /// GitHub's annotations on stdout
    Github,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// Expectations
    Steps,
    /// Nothing, but for what `:expect` names
    Sends,
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
