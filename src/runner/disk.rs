//! Reads files and folders: the one place where the runner does, besides `save`, which writes them.

#![expect(
    clippy::disallowed_methods,
    reason = "here the runner reads the disk, and nowhere else"
)]

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The real path: absolute, with no link in it.
pub(super) fn canonicalize(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    fs::canonicalize(path)
}

/// What a path leads to.
pub(super) fn metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    fs::metadata(path)
}

/// All bytes of a file.
pub(super) fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    fs::read(path)
}

/// The bytes of a file up to a limit.
pub(super) fn read_at_most(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len().min(limit);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Bytes of a file that are looked at together.
const PIECE: usize = 64 << 10;

/// What reading a file as text found.
pub(super) struct TextScan {
    /// Bytes that were read, as far as the fault.
    pub(super) length: usize,
    /// Whether it stops being UTF-8 there.
    pub(super) is_fault: bool,
}

/// Reads a file up to a limit, and keeps nothing.
pub(super) fn scan_text(path: &Path, limit: u64) -> io::Result<TextScan> {
    let mut file = File::open(path)?.take(limit);
    let mut piece = vec![0; PIECE];
    let (mut before, mut held) = (0, 0);
    loop {
        let read = match file.read(piece.get_mut(held..).unwrap_or_default()) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let end = held + read;
        let (valid, is_whole) = match std::str::from_utf8(piece.get(..end).unwrap_or_default()) {
            Ok(_) => (end, read > 0),
            // A character may be cut by the piece's end, but not by the file's.
            Err(error) => (error.valid_up_to(), read > 0 && error.error_len().is_none()),
        };
        if !is_whole {
            return Ok(TextScan {
                length: before + valid,
                is_fault: valid < end,
            });
        }
        piece.copy_within(valid..end, 0);
        (before, held) = (before + valid, end - valid);
    }
}

/// What lies in a folder; nothing if it cannot be read.
pub(super) fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path())
}
