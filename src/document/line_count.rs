//! Counts the lines of a text, forwards.

use crate::source::line_breaks;

/// Counts lines as it goes forward through a text.
#[derive(Default)]
pub(super) struct LineCount {
    at: usize,
    breaks: usize,
}

impl LineCount {
    /// The 1-based line of an offset that is not before the last one asked for.
    pub(super) fn up_to(&mut self, text: &str, offset: usize) -> usize {
        let passed = text.as_bytes().get(self.at..offset);
        self.breaks += line_breaks(passed.unwrap_or_default());
        self.at = self.at.max(offset);
        self.breaks + 1
    }
}
