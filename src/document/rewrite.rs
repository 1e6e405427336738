//! A block's lines laid out anew, as edits of the document. Knows containers and line endings; knows no script.

use super::{Block, Edit};
use crate::source::Span;

impl Block {
    /// The edits that make the block's body say `lines`: each is the number of the line it was, ascending, or `None`
    /// for a blank line that is new, and its text. Lines that are not named go. `text` is the document's.
    #[must_use]
    pub fn lay_out(&self, text: &str, lines: &[(Option<usize>, String)]) -> Vec<Edit> {
        let places = self.places(text);
        let mut edits = Vec::new();
        let mut kept = lines.iter().filter_map(|(from, _)| *from).peekable();
        for (index, place) in places.iter().enumerate() {
            if kept.next_if_eq(&index).is_none() {
                edits.push(Edit {
                    span: place.whole,
                    text: String::new(),
                });
            }
        }
        let mut blanks = 0;
        for (from, line) in lines {
            let Some(place) = from.and_then(|from| places.get(from)) else {
                blanks += 1;
                continue;
            };
            if blanks > 0 {
                edits.push(place.blank_lines(text, blanks));
                blanks = 0;
            }
            if text.get(place.content.start..place.content.end) != Some(line) {
                edits.push(Edit {
                    span: place.content,
                    text: line.clone(),
                });
            }
        }
        edits
    }

    fn places(&self, text: &str) -> Vec<ContainedLine> {
        let body = self.body.text();
        let body = body.strip_suffix('\n').unwrap_or(body);
        let mut at = 0;
        let mut lines = Vec::new();
        for line in body.split('\n') {
            let start = self.body.origin(at);
            let end = match line.len() {
                0 => start,
                length => self.body.origin(at + length - 1) + 1,
            };
            let before = text.get(..start).unwrap_or_default();
            let behind = text.get(end..).unwrap_or_default();
            let whole = Span::new(
                before.rfind('\n').map_or(0, |at| at + 1),
                behind.find('\n').map_or(text.len(), |at| end + at + 1),
            );
            lines.push(ContainedLine {
                content: Span::new(start, end),
                whole,
            });
            at += line.len() + 1;
        }
        lines
    }
}

/// Where a line of a body stands.
struct ContainedLine {
    /// Without what its containers put before it.
    content: Span,
    /// From the line's first byte to the next line's.
    whole: Span,
}

impl ContainedLine {
    fn blank_lines(&self, text: &str, count: usize) -> Edit {
        let prefix = text.get(self.whole.start..self.content.start);
        let prefix = prefix.unwrap_or_default().trim_end();
        let before = text.get(..self.whole.start).unwrap_or_default();
        let ending = if before.ends_with("\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        Edit {
            span: Span::at(self.whole.start),
            text: format!("{prefix}{ending}").repeat(count),
        }
    }
}
