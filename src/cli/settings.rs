//! What was typed, and what the environment has → what a run is given.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use globset::Glob;

use super::arguments::{NamedFiles, Telling, ValueArguments, Write};
use super::reports::guarded;
use super::{env_file, machine, nothing_named, stdin};
use crate::dial::{ProxyEnvironment, Reach, UnixSockets};
use crate::report::{ColonSpelling, Log, Output, Reporters, Scene, Terminal, Verbosity};
use crate::runner::{NameGlobs, Named, Reporter, Settings, WriteBack, find};
use crate::wall_clock::WallClock;

/// Documents side by side for each processor: sessions mostly wait.
const JOBS_PER_PROCESSOR: usize = 4;

/// Documents side by side at least, however few processors there are.
const JOBS: usize = 16;

/// Reads what `--secret`, `--allow-env` and proxies need from the environment, and pipes of `--env-file`.
///
/// # Errors
/// A usage error.
pub(super) fn settings(values: &ValueArguments, err: &mut Output) -> Result<Settings, String> {
    let mut secrets = Vec::new();
    for (name, value) in &values.secret {
        let value = value.clone().or_else(|| machine::variable(name));
        let value = value.ok_or_else(|| not_in_environment(name))?;
        secrets.push((name.clone(), value));
    }
    if let Some(root) = values.file_root.as_deref().filter(|root| !root.is_dir()) {
        return Err(format!("--file-root {}: no such folder", root.display()));
    }
    let env_files = values.env_file.iter();
    let env_files = env_files.map(|path| env_file::open(path, err));
    Ok(Settings {
        env_files: env_files.collect::<Result<_, _>>()?,
        variables: values.var.clone(),
        secrets,
        environment: values.env.clone(),
        opened: opened(&values.allow_env),
        file_root: values.file_root.clone(),
        reach: reach(values),
        options: Vec::new(),
        timeout: values.timeout.clone(),
        seed: values.seed,
        write: WriteBack::Never,
        check: false,
        bail: false,
        failures_only: false,
        only: None,
        jobs: JOBS,
        proxies: Arc::new(proxies()),
        clock: WallClock::of_machine(),
    })
}

/// What is said of `--secret NAME` without a value. What does not look like the name of an environment variable may be
/// the secret itself, and is not repeated.
fn not_in_environment(name: &str) -> String {
    let capital = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let words = name.contains('_') || !name.bytes().any(|byte| byte.is_ascii_digit());
    if name.bytes().all(capital) && words {
        format!(
            "--secret {name} takes its value from the environment, where {name} is not set\nset it, or write `--secret {name}=VALUE`"
        )
    } else {
        "--secret NAME takes its value from the environment, where what it was given is not set\nset it, or write `--secret NAME=VALUE`".to_owned()
    }
}

/// How many of so many documents run side by side. Processors are only counted where that matters: it takes twenty system
/// calls.
pub(super) fn jobs(documents: usize) -> usize {
    if documents <= JOBS {
        return JOBS;
    }
    let processors = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    JOBS.max(JOBS_PER_PROCESSOR * processors)
}

/// The names that `--only` means.
///
/// # Errors
/// A usage error.
pub(super) fn only(globs: &[Glob]) -> Result<Option<NameGlobs>, String> {
    if globs.is_empty() {
        return Ok(None);
    }
    let only = NameGlobs::new(globs.iter().map(Glob::glob));
    only.map(Some).map_err(|error| format!("--only: {error}"))
}

pub(super) fn write_back(write: Write) -> WriteBack {
    match write {
        Write::Changed => WriteBack::Changed,
        Write::Always => WriteBack::Always,
        Write::Never => WriteBack::Never,
    }
}

/// What of the environment documents may see.
fn opened(allowed: &[String]) -> BTreeMap<String, String> {
    if allowed.iter().any(|name| name == "all") {
        return machine::variables().collect();
    }
    allowed
        .iter()
        .filter_map(|name| Some((name.clone(), machine::variable(name)?)))
        .collect()
}

/// What documents may have reached, in the way of paths from the root.
fn reach(values: &ValueArguments) -> Reach {
    let sockets = if values
        .allow_unix
        .iter()
        .any(|path| path == Path::new("all"))
    {
        UnixSockets::All
    } else {
        let whole = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        UnixSockets::Below(values.allow_unix.iter().map(whole).collect())
    };
    Reach {
        sockets,
        addresses: values.allow_address.clone(),
    }
}

/// As curl has them, small letters first. In a CGI process `HTTP_PROXY` is what a client's `Proxy:` header says: there
/// only `http_proxy` counts.
fn proxies() -> ProxyEnvironment {
    let first = |names: &[&str]| {
        names
            .iter()
            .filter_map(|name| machine::variable(name))
            .find(|value| !value.is_empty())
    };
    ProxyEnvironment {
        http: if machine::variable_os("REQUEST_METHOD").is_some() {
            first(&["http_proxy"])
        } else {
            first(&["http_proxy", "HTTP_PROXY"])
        },
        https: first(&["https_proxy", "HTTPS_PROXY"]),
        all: first(&["all_proxy", "ALL_PROXY"]),
        no: first(&["no_proxy", "NO_PROXY"]),
    }
}

/// All reporters of a run, the terminal among them.
pub(super) struct Audience {
    pub(super) terminal: Arc<Terminal>,
    reporters: Reporters,
}

impl Audience {
    /// The terminal, and the log if there is one.
    pub(super) fn new(
        out: Output,
        err: Output,
        scene: Scene,
        telling: Telling,
        log: Option<Log>,
    ) -> Self {
        let terminal = Arc::new(Terminal::new(out, err, scene, verbosity(telling)));
        let mut reporters = Reporters::default();
        reporters.add("the terminal", Arc::clone(&terminal) as _);
        if let Some(log) = log {
            reporters.add("the log", Arc::new(log));
        }
        Self {
            terminal,
            reporters,
        }
    }

    /// These alone are told; the terminal has what concerns no document.
    pub(super) fn of_programs(
        out: Output,
        err: Output,
        telling: Telling,
        reporters: Reporters,
    ) -> Self {
        let terminal = Terminal::new(out, err, Scene::Run, verbosity(telling));
        Self {
            terminal: Arc::new(terminal),
            reporters,
        }
    }

    /// These are told as well.
    pub(super) fn with(mut self, reporters: Reporters) -> Self {
        self.reporters.extend(reporters);
        self
    }

    /// All of them as one.
    pub(super) fn reporter(&self) -> Arc<dyn Reporter> {
        Arc::new(self.reporters.clone())
    }

    /// Lets everything out; the exit status, which is 2 where the log or a report could not be written.
    pub(super) fn close(&self, mut status: u8) -> u8 {
        for wrong in self.reporters.finish_each() {
            self.terminal.error(&wrong);
            status = super::REFUSED;
        }
        self.terminal.flush();
        status
    }
}

fn verbosity(telling: Telling) -> Verbosity {
    match telling {
        Telling { quiet: true, .. } => Verbosity::Quiet,
        Telling { verbose: true, .. } => Verbosity::Verbose,
        _ => Verbosity::Normal,
    }
}

/// Opens the file of `--log`.
///
/// # Errors
/// A usage error.
pub(super) fn open_log(path: Option<&Path>) -> Result<Option<Log>, String> {
    path.map(|path| {
        machine::create(path)
            .and_then(|file| {
                if file.metadata()?.is_file() {
                    Log::new(file)
                } else {
                    // `/dev/stdout` and the like.
                    Log::new(guarded(file, ColonSpelling::Json))
                }
            })
            .map_err(|error| format!("--log {}: {error}", path.display()))
    })
    .transpose()
}

/// The documents that are named, and what names nothing.
///
/// # Errors
/// A usage error: nothing is named.
pub(super) fn named(
    naming: &NamedFiles,
    command: &str,
) -> Result<(Vec<Named>, Vec<String>), String> {
    if naming.files.is_empty() {
        return Err(nothing_named(command));
    }
    if stdin::is_among(&naming.files) {
        let named = stdin::named(&naming.files, &stdin::read()?)?;
        return Ok((vec![named], Vec::new()));
    }
    Ok(find(&naming.files))
}
