//! Where the prompt's log goes: to stdout and stderr as it comes, or above the line that is typed.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::report::Output;

/// Takes what is to be read. It comes from several threads.
pub(super) trait LogOutput: Send + Sync {
    /// Lines of the log; each ends with LF.
    fn log(&self, lines: &str);

    /// What is told beside the log.
    fn tell(&self, text: &str);

    /// Bytes as they are.
    fn bytes(&self, _: &[u8]) {}

    /// Time has passed: what is buffered may go out.
    fn pause(&self) {}

    /// What is shown beside the log is another than before.
    fn draw(&self) {}

    /// Whether colours are wanted in the log.
    fn colour(&self) -> bool;

    /// Whether colours are wanted in what is told beside it.
    fn colour_beside(&self) -> bool {
        self.colour()
    }
}

/// stdout and stderr.
pub(super) struct Streams(Mutex<(Output, Output)>);

impl Streams {
    pub(super) fn new(out: Output, err: Output) -> Self {
        Self(Mutex::new((out, err)))
    }

    fn both(&self) -> MutexGuard<'_, (Output, Output)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LogOutput for Streams {
    fn log(&self, lines: &str) {
        let (out, _) = &mut *self.both();
        out.put(lines);
        // Who reads along answers what is here.
        out.flush();
    }

    fn tell(&self, text: &str) {
        let (out, err) = &mut *self.both();
        out.flush();
        err.put(text);
        err.flush();
    }

    fn bytes(&self, bytes: &[u8]) {
        let (out, _) = &mut *self.both();
        out.put_document(bytes);
    }

    fn pause(&self) {
        let (out, _) = &mut *self.both();
        out.flush();
    }

    fn colour(&self) -> bool {
        self.both().0.colour()
    }

    fn colour_beside(&self) -> bool {
        self.both().1.colour()
    }
}
