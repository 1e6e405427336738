//! Reads the environment and opens files: the one place where the command does.

#![expect(
    clippy::disallowed_methods,
    reason = "here the command reads the environment and opens files, and nowhere else"
)]

use std::env;
use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// The value of an environment variable, if it is Unicode.
pub(super) fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// The value of an environment variable.
pub(super) fn variable_os(name: &str) -> Option<OsString> {
    env::var_os(name)
}

/// All environment variables that are Unicode.
pub(super) fn variables() -> impl Iterator<Item = (String, String)> {
    env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Opens a file for reading.
pub(super) fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Opens a file for writing, emptied if it was there.
pub(super) fn create(path: &Path) -> io::Result<File> {
    File::create(path)
}

/// Makes a folder, and those above it.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Opens a file for writing that must not be there yet.
pub(super) fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// What a path leads to.
pub(super) fn metadata(path: &Path) -> io::Result<Metadata> {
    fs::metadata(path)
}

/// The real path: absolute, with no link in it.
pub(super) fn canonicalize(path: &Path) -> io::Result<PathBuf> {
    fs::canonicalize(path)
}

/// Whether whoever started the process wants it to go on when its terminal is closed, as `nohup` does.
#[cfg(unix)]
pub(super) fn outlives_terminal() -> bool {
    use std::io::IsTerminal;

    // proc_pid_status(5): the signals that are ignored, in hexadecimal; SIGHUP is the first.
    let ignored = fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let mask = status
                .lines()
                .find_map(|line| line.strip_prefix("SigIgn:"))?;
            u64::from_str_radix(mask.trim(), 16).ok()
        });
    match ignored {
        Some(mask) => mask & 1 == 1,
        // `nohup` takes the terminal away.
        None => !io::stdout().is_terminal(),
    }
}

/// Elsewhere nobody tells of it.
#[cfg(not(unix))]
#[expect(dead_code, reason = "only Unix tells of terminals that are closed")]
pub(super) fn outlives_terminal() -> bool {
    false
}
