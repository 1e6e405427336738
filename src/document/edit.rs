//! Edits to a text: how a transcript is written where it belongs, and how edits are applied.
//! Knows the bytes of fences; knows neither what a transcript says nor files.

use super::fence::{self, Fence};
use crate::source::{Excerpt, Span};

/// Bytes to replace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What goes; empty where something is only inserted.
    pub span: Span,
    /// What comes.
    pub text: String,
}

impl Edit {
    /// Whether it leaves the text as it is.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.span.is_empty() && self.text.is_empty()
    }
}

/// Applies edits that do not overlap. One that overlaps an earlier one, or does not lie in the text, is left out.
#[must_use]
pub fn splice(text: &str, edits: &[Edit]) -> String {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.span);
    let added: usize = edits.iter().map(|edit| edit.text.len()).sum();
    let mut spliced = String::with_capacity(text.len() + added);
    let mut at = 0;
    for edit in sorted {
        let kept = text.get(at..edit.span.start);
        let (Some(kept), true) = (kept, text.is_char_boundary(edit.span.end)) else {
            continue;
        };
        spliced.push_str(kept);
        spliced.push_str(&edit.text);
        at = edit.span.end;
    }
    spliced.push_str(text.get(at..).unwrap_or_default());
    spliced
}

impl TranscriptPlace {
    /// The edit that records a transcript here: `lines` is what stands between the fences, joined with LF. `text` is
    /// the document that this place was found in.
    #[must_use]
    pub fn record(&self, text: &str, lines: &str) -> Edit {
        let lines = lines.strip_suffix('\n').unwrap_or(lines);
        match &self.recorded {
            Some(recorded) if says(recorded.body.text(), lines) => Edit {
                span: Span::at(recorded.span.start),
                text: String::new(),
            },
            Some(recorded) => Edit {
                span: recorded.span,
                text: self.layout.rewrite(text, lines),
            },
            None => Edit {
                span: Span::at(self.layout.at),
                text: self.layout.insert(lines),
            },
        }
    }
}

fn says(body: &str, lines: &str) -> bool {
    body.strip_suffix('\n').unwrap_or(body) == lines && body.is_empty() == lines.is_empty()
}

/// Where a block's transcript stands, or would stand.
#[derive(Clone, Debug)]
pub struct TranscriptPlace {
    /// The transcript that is there: its text out of its containers, and its whole fence. `None`: it is to be inserted.
    pub recorded: Option<RecordedTranscript>,
    /// What `edit::record` needs to write it (container prefix, fence indentation, line ending, blank lines).
    pub(crate) layout: Layout,
}

/// A transcript that stands in the document.
#[derive(Clone, Debug)]
pub struct RecordedTranscript {
    /// The lines between its fences.
    pub body: Excerpt,
    /// From its opening fence to its closing fence (no line ending).
    pub span: Span,
}

/// How lines are written where a transcript stands or is to stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    /// Where an inserted transcript begins: the end of its block's last line.
    at: usize,
    /// The fence character.
    mark: char,
    /// How many of them a recorded transcript opens and closes with.
    lengths: (usize, usize),
    /// What follows the opening fence in its line.
    info: Span,
    /// What stands before each line of the body.
    prefix: String,
    /// What stands before the closing fence.
    closing_prefix: String,
    /// The line ending.
    ending: &'static str,
    /// The blank line that has to follow an inserted transcript.
    gap: Option<String>,
}

impl Layout {
    /// For a transcript below the block whose fence this is, which ends at `end`.
    pub(super) fn below(text: &str, block: &Fence, end: usize) -> Self {
        let prefix = block.body_prefix(text);
        let rest = text.get(end..).unwrap_or_default();
        let rest = rest.strip_prefix('\r').unwrap_or(rest);
        let rest = rest.strip_prefix('\n').unwrap_or(rest);
        let next = rest.split('\n').next().unwrap_or_default();
        let follows = !rest.is_empty() && !fence::is_blank_in(&prefix, next);
        Self {
            at: end,
            mark: block.mark,
            ending: block.ending,
            gap: follows.then(|| fence::gap(&prefix, next).to_owned()),
            closing_prefix: prefix.clone(),
            prefix,
            ..Self::default()
        }
    }

    /// For the transcript whose fence this is.
    pub(super) fn of(text: &str, recorded: &Fence) -> Self {
        Self {
            at: recorded.opening.start,
            mark: recorded.mark,
            lengths: (
                recorded.opening.len(),
                recorded.closing.map_or(0, Span::len),
            ),
            info: Span::new(recorded.opening.end, recorded.line_end),
            prefix: recorded.body_prefix(text),
            closing_prefix: recorded.closing_prefix(text).to_owned(),
            ending: recorded.ending,
            gap: None,
        }
    }

    fn insert(&self, lines: &str) -> String {
        let fence = self.fence(self.fence_length(lines));
        let (ending, prefix) = (self.ending, &self.prefix);
        let blank = prefix.trim_end();
        let mut written = format!("{ending}{blank}{ending}{prefix}{fence}wss-log{ending}");
        self.write_body(&mut written, lines);
        written.push_str(&self.closing_prefix);
        written.push_str(&fence);
        if let Some(gap) = &self.gap {
            written.push_str(ending);
            written.push_str(gap);
        }
        written
    }

    fn rewrite(&self, text: &str, lines: &str) -> String {
        let least = self.fence_length(lines);
        let lengths = if self.lengths.0 < least {
            (least, least)
        } else {
            self.lengths
        };
        let mut written = self.fence(lengths.0);
        written.push_str(text.get(self.info.start..self.info.end).unwrap_or_default());
        written.push_str(self.ending);
        self.write_body(&mut written, lines);
        written.push_str(&self.closing_prefix);
        written.push_str(&self.fence(lengths.1));
        written
    }

    fn write_body(&self, written: &mut String, lines: &str) {
        if lines.is_empty() {
            return;
        }
        for line in lines.split('\n') {
            if line.is_empty() {
                written.push_str(self.prefix.trim_end());
            } else {
                written.push_str(&self.prefix);
                // A block quote marker takes a blank that follows it for its own (CommonMark, 5.1).
                if self.prefix.ends_with('>') && line.starts_with([' ', '\t']) {
                    written.push(' ');
                }
                // A carriage return would end the line in some readers' eyes.
                written.push_str(&line.replace('\r', "␍"));
            }
            written.push_str(self.ending);
        }
    }

    fn fence(&self, length: usize) -> String {
        std::iter::repeat_n(self.mark, length).collect()
    }

    /// One more than the longest run of the fence's character in the lines, and at least three.
    fn fence_length(&self, lines: &str) -> usize {
        let mut longest = 2;
        let mut run = 0;
        for character in lines.chars() {
            run = if character == self.mark { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        longest + 1
    }
}
