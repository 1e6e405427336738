//! What a report keeps until its end, in files: memory does not follow what happened.

use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use tempfile::SpooledTempFile;

/// Bytes that are kept in memory before there is a file.
const IN_MEMORY: usize = 256 * 1024;

/// Bytes that are written to a file at once.
const BUFFER: usize = 32 * 1024;

/// A text that grows, and is read once.
pub(super) struct Spool {
    /// Buffered: events are small, and there may be a million of them.
    file: BufWriter<SpooledTempFile>,
    length: u64,
}

impl Spool {
    pub(super) fn new() -> Self {
        Self {
            file: BufWriter::with_capacity(BUFFER, SpooledTempFile::new(IN_MEMORY)),
            length: 0,
        }
    }

    pub(super) fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// How many bytes it holds.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Writes everything that was put in.
    pub(super) fn copy_to(&mut self, out: &mut dyn Write) -> io::Result<()> {
        // Seeking flushes.
        self.file.seek(SeekFrom::Start(0))?;
        io::copy(self.file.get_mut(), out)?;
        Ok(())
    }
}

/// Texts that come in any order, and are read once in theirs.
pub(super) struct Chapters<K> {
    file: SpooledTempFile,
    end: u64,
    index: Vec<(K, u64, u64)>,
}

impl<K: Ord> Chapters<K> {
    pub(super) fn new() -> Self {
        Self {
            file: SpooledTempFile::new(IN_MEMORY),
            end: 0,
            index: Vec::new(),
        }
    }

    /// Adds what `write` writes, to be read in the order of keys.
    pub(super) fn add(
        &mut self,
        key: K,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let start = self.end;
        self.file.seek(SeekFrom::Start(start))?;
        write(&mut self.file)?;
        self.end = self.file.stream_position()?;
        self.index.push((key, start, self.end - start));
        Ok(())
    }

    /// Writes everything in order, with something in between.
    pub(super) fn copy_to(&mut self, out: &mut dyn Write, between: &[u8]) -> io::Result<()> {
        self.index.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        for (at, (_, start, length)) in self.index.iter().enumerate() {
            if at > 0 {
                out.write_all(between)?;
            }
            self.file.seek(SeekFrom::Start(*start))?;
            io::copy(&mut (&mut self.file).take(*length), out)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chapters_come_in_the_order_of_their_keys() {
        let mut chapters = Chapters::new();
        let long = "x".repeat(2 * IN_MEMORY);
        for (key, text) in [(2, "two"), (0, long.as_str()), (1, "")] {
            let add = chapters.add(key, |out| out.write_all(text.as_bytes()));
            add.unwrap();
        }
        let mut out = Vec::new();
        chapters.copy_to(&mut out, b",").unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), format!("{long},,two"));
    }

    #[test]
    fn a_spool_gives_back_what_was_put_in() {
        let mut spool = Spool::new();
        for _ in 0..3 {
            spool.put(&vec![b'a'; IN_MEMORY / 2]).unwrap();
        }
        let mut out = Vec::new();
        spool.copy_to(&mut out).unwrap();
        assert_eq!(out.len() as u64, spool.length());
        assert_eq!(out, vec![b'a'; IN_MEMORY / 2 * 3]);
    }
}
