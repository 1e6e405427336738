//! A line that the runner of GitHub Actions reads as an annotation. Knows how such a line is written, and that nothing in
//! it can end it or begin another.

use std::fmt::Write as _;

use super::paint::harmless;
use crate::source::Position;

/// What is shown at a place of a file.
pub(super) struct Annotation<'a> {
    pub(super) is_error: bool,
    pub(super) file: &'a str,
    /// From where to where.
    pub(super) place: (Position, Position),
    pub(super) title: Option<&'a str>,
    pub(super) message: &'a str,
    pub(super) hint: Option<&'a str>,
}

impl Annotation<'_> {
    /// The line, with its end.
    pub(super) fn line(&self) -> String {
        let command = if self.is_error { "error" } else { "warning" };
        let (start, end) = self.place;
        let mut line = format!(
            "::{command} file={},line={},endLine={},col={},endColumn={}",
            property(self.file),
            start.line,
            end.line,
            start.column,
            end.column
        );
        // Writing to a string cannot fail.
        if let Some(title) = self.title {
            let _ = write!(line, ",title={}", property(title));
        }
        let _ = write!(line, "::{}", text(self.message));
        if let Some(hint) = self.hint {
            let _ = write!(line, "%0Ahelp: {}", text(hint));
        }
        line.push('\n');
        line
    }
}

/// What stands between the two `::`, where commas and colons part (actions/runner, `ActionCommand.TryParseV2`).
fn property(value: &str) -> String {
    text(value).replace(':', "%3A").replace(',', "%2C")
}

/// A text on the line. Line breaks are spelled out before, as all that may not be shown.
fn text(value: &str) -> String {
    harmless(value).replace('%', "%25")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_line_or_its_parts() {
        let position = |line, column| Position { line, column };
        let annotation = Annotation {
            is_error: false,
            file: "a,b:c.md",
            place: (position(1, 2), position(3, 4)),
            title: Some("100%\n::error::x"),
            message: "a\r\n::set-output name=x::y ##[error]z %0A",
            hint: Some("say\n::debug::b"),
        };
        assert_eq!(
            annotation.line(),
            "::warning file=a%2Cb%3Ac.md,line=1,endLine=3,col=2,endColumn=4,title=100%25\\u{a}%3A%3Aerror%3A%3Ax\
             ::a\\u{d}\\u{a}::set-output name=x::y ##[error]z %250A%0Ahelp: say\\u{a}::debug::b\n"
        );
    }
}
