//! A buffered way out that ends quietly when its reader has gone.

use std::io::{self, BufWriter, Write};

use super::workflow::{ColonSpelling, CommandGuard};

/// stdout or stderr, or what stands for it in a test.
pub struct Output {
    writer: BufWriter<Box<dyn Write + Send>>,
    colour: bool,
    terminal: bool,
    /// Where a runner of workflows reads along.
    guard: Option<CommandGuard>,
    /// It is a file, which no runner reads along.
    file: bool,
    /// What the guard let through, kept for its memory.
    guarded: Vec<u8>,
    flow: Flow,
}

/// What stands in the buffer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// Nothing.
    Clean,
    /// Something that has not gone out.
    Dirty,
    /// The reader has gone.
    Closed,
}

impl Output {
    /// Bytes go out when the buffer is full or [`Output::flush`] is called.
    #[must_use]
    pub fn new(writer: Box<dyn Write + Send>, colour: bool) -> Self {
        Self {
            writer: BufWriter::with_capacity(64 * 1024, writer),
            colour,
            terminal: false,
            guard: None,
            file: false,
            guarded: Vec::new(),
            flow: Flow::Clean,
        }
    }

    /// Says that a runner of GitHub Actions may read along: no line is to be one of its commands.
    #[must_use]
    pub fn read_by_runner(mut self, reads: bool) -> Self {
        self.guard = reads.then(|| CommandGuard::new(ColonSpelling::Text));
        self
    }

    /// Says that it is a terminal, on which lines can be drawn anew.
    #[must_use]
    pub fn on_terminal(mut self, terminal: bool) -> Self {
        self.terminal = terminal;
        self
    }

    /// Says that it is a file.
    #[must_use]
    pub fn into_file(mut self, file: bool) -> Self {
        self.file = file;
        self
    }

    /// Whether it is a terminal.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// The same way with something put around it, and a terminal no more. What is buffered goes out before.
    #[must_use]
    pub fn around(
        mut self,
        put: impl FnOnce(Box<dyn Write + Send>) -> Box<dyn Write + Send>,
    ) -> Self {
        self.flush();
        let (colour, guard) = (self.colour, self.guard);
        let (writer, _) = self.writer.into_parts();
        Self {
            guard,
            ..Self::new(put(writer), colour)
        }
    }

    /// Whether text may be coloured.
    #[must_use]
    pub fn colour(&self) -> bool {
        self.colour
    }

    /// Whether text may be coloured, from here on.
    pub fn set_colour(&mut self, colour: bool) {
        self.colour = colour;
    }

    /// A way out that leads nowhere.
    #[must_use]
    pub fn nowhere() -> Self {
        Self::new(Box::new(io::sink()), false)
    }

    /// Writes text, in which a document or a peer may have a say.
    pub fn put(&mut self, text: &str) {
        self.put_guarded(text.as_bytes());
    }

    /// Writes a document, whose every byte counts where it goes into a file.
    pub fn put_document(&mut self, bytes: &[u8]) {
        if self.file {
            self.attempt(Flow::Dirty, |writer| writer.write_all(bytes));
        } else {
            self.put_guarded(bytes);
        }
    }

    /// Writes text as it is, whatever reads it: nothing in it came from a peer.
    pub fn put_exactly(&mut self, text: &str) {
        self.attempt(Flow::Dirty, |writer| writer.write_all(text.as_bytes()));
    }

    fn put_guarded(&mut self, bytes: &[u8]) {
        let Some(guard) = &mut self.guard else {
            return self.attempt(Flow::Dirty, |writer| writer.write_all(bytes));
        };
        let mut guarded = std::mem::take(&mut self.guarded);
        guarded.clear();
        guard.pass(bytes, &mut guarded);
        self.attempt(Flow::Dirty, |writer| writer.write_all(&guarded));
        self.guarded = guarded;
    }

    /// Lets everything out.
    pub fn flush(&mut self) {
        if self.flow == Flow::Dirty {
            self.attempt(Flow::Clean, Write::flush);
        }
    }

    /// A pipe whose reader has gone takes nothing more; nothing can be said about it on a way out that is closed.
    fn attempt(
        &mut self,
        then: Flow,
        write: impl FnOnce(&mut BufWriter<Box<dyn Write + Send>>) -> io::Result<()>,
    ) {
        if self.flow != Flow::Closed {
            self.flow = match write(&mut self.writer) {
                Ok(()) => then,
                Err(_) => Flow::Closed,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    struct Broken(Arc<AtomicUsize>);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_broken_pipe_is_written_to_once() {
        let writes = Arc::new(AtomicUsize::new(0));
        let mut output = Output::new(Box::new(Broken(Arc::clone(&writes))), false);
        output.put("a");
        assert_eq!(writes.load(Ordering::Relaxed), 0);
        output.flush();
        output.put("b");
        output.flush();
        assert_eq!(writes.load(Ordering::Relaxed), 1);
    }
}
