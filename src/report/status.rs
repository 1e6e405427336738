//! The last line of a terminal, which stays below whatever else is written. Knows no documents.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Back to the start of the line, and nothing in it.
const ERASE: &str = "\r\x1b[2K";

/// A line that would wrap is cut at the margin instead: it could not be erased.
const NO_WRAP: (&str, &str) = ("\x1b[?7l", "\x1b[?7h");

/// The last line of a terminal.
#[derive(Clone)]
pub struct StatusLine(Arc<Mutex<DrawnLine>>);

struct DrawnLine {
    terminal: Box<dyn Write + Send>,
    text: String,
    drawn: bool,
}

impl StatusLine {
    /// An empty one of this terminal.
    #[must_use]
    pub fn new(terminal: Box<dyn Write + Send>) -> Self {
        Self(Arc::new(Mutex::new(DrawnLine {
            terminal,
            text: String::new(),
            drawn: false,
        })))
    }

    /// A way to the same terminal that keeps the line below what is written. Whole lines should be.
    #[must_use]
    pub fn above(&self, writer: Box<dyn Write + Send>) -> Box<dyn Write + Send> {
        let line = self.clone();
        Box::new(Above { line, writer })
    }

    /// Shows a text, which is harmless; an empty one takes the line away.
    pub fn show(&self, text: &str) {
        let mut line = self.line();
        if line.text == text {
            return;
        }
        text.clone_into(&mut line.text);
        // A terminal that takes nothing shows nothing.
        let _ = line.erase().and_then(|()| line.draw());
    }

    fn line(&self) -> MutexGuard<'_, DrawnLine> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DrawnLine {
    fn erase(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.drawn) {
            self.terminal.write_all(ERASE.as_bytes())?;
            self.terminal.flush()?;
        }
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        if self.text.is_empty() {
            return Ok(());
        }
        self.drawn = true;
        let (off, on) = NO_WRAP;
        write!(self.terminal, "{off}{}{on}", self.text)?;
        self.terminal.flush()
    }
}

struct Above {
    line: StatusLine,
    writer: Box<dyn Write + Send>,
}

impl Write for Above {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut line = self.line.line();
        line.erase()?;
        self.writer.write_all(bytes)?;
        self.writer.flush()?;
        // The rest of a line is still to come: the next write draws.
        if bytes.ends_with(b"\n") {
            line.draw()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_line_stays_below_what_is_written() {
        let screen = Screen::default();
        let line = StatusLine::new(Box::new(screen.clone()));
        let mut out = line.above(Box::new(screen.clone()));
        out.write_all(b"one\n").unwrap();
        line.show("watching");
        line.show("watching");
        out.write_all(b"two\n").unwrap();
        out.write_all(b"thr").unwrap();
        out.write_all(b"ee\n").unwrap();
        line.show("");
        out.write_all(b"four\n").unwrap();
        let shown = String::from_utf8(screen.0.lock().unwrap().clone()).unwrap();
        let shown = shown.replace(ERASE, "[erase]");
        let shown = shown.replace(NO_WRAP.0, "<").replace(NO_WRAP.1, ">");
        insta::assert_snapshot!(shown, @r"
        one
        <watching>[erase]two
        <watching>[erase]three
        <watching>[erase]four
        ");
    }
}
