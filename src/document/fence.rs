//! Where the parts of a fenced block stand, and what has to stand before a line to keep it in the block's containers.
//! Knows bytes and columns; knows neither what a fence holds nor whose it is.

use crate::source::{Excerpt, Span};

/// The measures of one fenced block.
#[derive(Clone, Debug)]
pub(super) struct Fence {
    /// The fence characters of the opening line.
    pub(super) opening: Span,
    /// The info string, as written.
    pub(super) info: Span,
    /// Where the opening line ends, its line ending left out.
    pub(super) line_end: usize,
    /// The fence characters of the closing line; `None`: it is never closed.
    pub(super) closing: Option<Span>,
    /// The fence character.
    pub(super) mark: char,
    /// The line ending of the opening line.
    pub(super) ending: &'static str,
}

impl Fence {
    /// Measures the fence that the Markdown parser found at `span`, with `body` inside.
    pub(super) fn measure(text: &str, span: Span, body: &Excerpt) -> Self {
        let bytes = text.as_bytes();
        let mark = bytes.get(span.start).copied().unwrap_or(b'`');
        let opening = Span::new(
            span.start,
            span.start + run(bytes, span.start, |b| b == mark),
        );
        let info_start = opening.end + run(bytes, opening.end, is_blank);
        let newline = info_start + run(bytes, info_start, |b| b != b'\n');
        let crlf = newline > info_start && bytes.get(newline - 1) == Some(&b'\r');
        let line_end = newline - usize::from(crlf);
        let info_end = line_end - run_back(bytes, info_start..line_end, is_space);
        let body_end = body.end().unwrap_or(newline + 1);
        Self {
            opening,
            info: Span::new(info_start, info_end),
            line_end,
            closing: closing(bytes, mark, opening.len(), body_end, span.end),
            mark: char::from(mark),
            ending: if crlf { "\r\n" } else { "\n" },
        }
    }

    /// The opening fence and its info string.
    pub(super) fn head(&self) -> Span {
        self.opening.join(self.info)
    }

    /// The info string's first word.
    pub(super) fn word(&self, text: &str) -> Span {
        let info = text.get(self.info.start..self.info.end).unwrap_or_default();
        let word = info.split(char::is_whitespace).next().unwrap_or_default();
        Span::new(self.info.start, self.info.start + word.len())
    }

    /// What follows the info string's first word.
    pub(super) fn name(&self, text: &str) -> Span {
        let word = self.word(text);
        let rest = text.get(word.end..self.info.end).unwrap_or_default();
        let blanks = rest.len() - rest.trim_start().len();
        Span::new(word.end + blanks, self.info.end)
    }

    /// Whether it stands at its line's start, in no container.
    pub(super) fn is_outermost(&self, text: &str) -> bool {
        before_in_line(text, self.opening.start).is_empty()
    }

    /// What stands before the closing fence: a line that starts so is in the same containers.
    pub(super) fn closing_prefix<'t>(&self, text: &'t str) -> &'t str {
        self.closing
            .map_or("", |closing| before_in_line(text, closing.start))
    }

    /// What stands before a line of the body: the containers' prefix and the opening fence's indentation.
    ///
    /// The closing line is always a continuation line, so what stands before its fence keeps a line in the containers
    /// of the block, whatever they are. Only its indentation may differ from that of the opening fence, which is what
    /// is taken off the body's lines (CommonMark, 4.5).
    pub(super) fn body_prefix(&self, text: &str) -> String {
        let prefix = self.closing_prefix(text);
        let closing = FenceTail::of(prefix);
        let opening = FenceTail::of(before_in_line(text, self.opening.start));
        let difference = opening.indent.abs_diff(closing.indent);
        if opening.quotes != closing.quotes || difference == 0 || difference > 3 {
            return prefix.to_owned();
        }
        let padding = usize::from(closing.quotes > 0);
        let mut adjusted = prefix.get(..closing.start).unwrap_or_default().to_owned();
        adjusted.extend(std::iter::repeat_n(' ', padding + opening.indent));
        adjusted
    }
}

/// A blank line in the containers that `prefix` continues, as far as `next` is still in them.
pub(super) fn gap<'p>(prefix: &'p str, next: &str) -> &'p str {
    let shared = marks(next).min(marks(prefix));
    let end = prefix
        .match_indices('>')
        .take(shared)
        .last()
        .map_or(0, |(at, _)| at + 1);
    prefix.get(..end).unwrap_or_default()
}

/// Whether a line is blank in the containers that `prefix` continues.
pub(super) fn is_blank_in(prefix: &str, line: &str) -> bool {
    line.bytes().all(|byte| is_space(byte) || byte == b'>') && marks(line) <= marks(prefix)
}

/// The text before an offset in its line, without a byte order mark.
fn before_in_line(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or_default();
    // A carriage return alone ends a line, too (CommonMark, 2.1).
    let line = before.rsplit(['\n', '\r']).next().unwrap_or(before);
    line.trim_start_matches('\u{feff}')
}

fn closing(bytes: &[u8], mark: u8, least: usize, from: usize, to: usize) -> Option<Span> {
    let end = to - run_back(bytes, from..to, |byte| byte == b' ');
    let start = end - run_back(bytes, from..end, |byte| byte == mark);
    (end - start >= least && start >= from).then_some(Span::new(start, end))
}

/// How many block quote markers a line starts with.
fn marks(line: &str) -> usize {
    line.bytes()
        .take_while(|byte| is_blank(*byte) || *byte == b'>')
        .filter(|byte| *byte == b'>')
        .count()
}

/// The part of a prefix behind its last block quote marker.
struct FenceTail {
    /// The offset in the prefix where it starts.
    start: usize,
    /// Its columns, less the one that belongs to the block quote marker.
    indent: usize,
    /// Block quote markers in the prefix.
    quotes: usize,
}

impl FenceTail {
    fn of(prefix: &str) -> Self {
        let start = prefix.rfind('>').map_or(0, |at| at + 1);
        let mut column = 0;
        let mut tail_column = 0;
        for (at, byte) in prefix.bytes().enumerate() {
            if at == start {
                tail_column = column;
            }
            column += if byte == b'\t' { 4 - column % 4 } else { 1 };
        }
        if start == prefix.len() {
            tail_column = column;
        }
        let padded = start > 0 && prefix.as_bytes().get(start).copied().is_some_and(is_blank);
        Self {
            start,
            indent: column - tail_column - usize::from(padded),
            quotes: prefix.matches('>').count(),
        }
    }
}

/// How many bytes from `at` on are of a kind.
fn run(bytes: &[u8], at: usize, is: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().take_while(|byte| is(**byte)).count()
}

/// How many bytes at the end of a range are of a kind.
fn run_back(bytes: &[u8], range: std::ops::Range<usize>, is: impl Fn(u8) -> bool) -> usize {
    let part = bytes.get(range).unwrap_or_default();
    part.iter().rev().take_while(|byte| is(**byte)).count()
}

/// White space within a line, as the Markdown parser has it.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t' | 0x0b | 0x0c | b' ')
}

/// White space, line endings included.
fn is_space(byte: u8) -> bool {
    is_blank(byte) || matches!(byte, b'\r' | b'\n')
}
