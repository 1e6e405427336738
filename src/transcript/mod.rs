//! Events → lines, bounded in memory; and what counts as the same transcript. Knows no document and no script.

mod beats;
#[cfg(test)]
mod changes;
mod clock;
mod cut;
mod diff;
mod dump;
mod elements;
mod exchange;
mod flat;
mod format_word;
mod given;
mod hint;
mod hint_text;
mod hint_xml;
mod hints;
mod json;
mod keep;
mod learn;
mod likeness;
mod mark;
mod open;
mod open_run;
mod partners;
mod payload;
mod pieces;
mod record;
mod recorded;
mod render;
mod same;
mod shown;
mod spelling;
mod standing;
mod stretches;
#[cfg(test)]
mod tests;
mod tree;
mod values;
mod words;
mod xml;

pub use beats::Beat;
pub(crate) use diff::Difference;
pub(crate) use hint::Hint;
pub use record::Recorder;
pub use recorded::lines as recorded_lines;
pub(crate) use spelling::{is_plain, push_literal};
pub(crate) use values::Generations;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use mark::Mark;

/// How a transcript is written: the options that concern it.
#[derive(Clone, Debug)]
pub struct Style {
    /// What stands before each line.
    pub clock: TimeColumn,
    /// Show only messages that were matched.
    pub matched_only: bool,
    /// Messages shown at most.
    pub messages: usize,
    /// Bytes of one payload shown at most.
    pub bytes: usize,
    /// The time of day at which the session began.
    pub began: jiff::Timestamp,
}

/// What `@mask` has left of a frame that is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Masked {
    /// A part of the text: `…` stands in its place already.
    Text,
    /// All but these bytes, in order, none over another. They are zeros already.
    Bytes(Vec<Range<usize>>),
    /// Nothing but the size.
    All,
}

/// What stands before each line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeColumn {
    /// The time of day in UTC.
    Utc,
    /// The time of day here.
    Local,
    /// Seconds since the session began.
    Offset,
    /// Nothing.
    None,
}

/// One entry of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What kind it is, for colours.
    pub kind: LineKind,
    /// Its text; lines that continue it follow behind LF, indented.
    pub text: String,
    /// When it happened, since the session began; of the summary and of messages that are not shown there is no moment.
    pub at: Option<Duration>,
    /// Whose connection it concerns.
    pub who: Option<Arc<str>>,
    /// How many bytes of the text are the time and the name that stand before everything else.
    pub lead: usize,
    /// Lines that the transcript leaves out, and who wants to know more is told: headers.
    pub aside: Vec<String>,
}

impl Line {
    /// A line of words alone.
    #[must_use]
    pub fn plain(kind: LineKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            at: None,
            who: None,
            lead: 0,
            aside: Vec::new(),
        }
    }

    /// The line alone.
    pub(crate) fn without_aside(&self) -> Self {
        Self {
            aside: Vec::new(),
            ..self.clone()
        }
    }

    /// The text without the time and the name before it.
    #[must_use]
    pub fn told(&self) -> &str {
        self.text.get(self.lead..).unwrap_or(&self.text)
    }
}

/// What a line tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// The summary, passed.
    Passed,
    /// The summary, failed.
    Failed,
    /// Connecting, Connected, Refused, Disconnected.
    Status,
    /// `→`
    Sent,
    /// `←`
    Received,
    /// `✗`
    Failure,
    /// A note.
    Note,
    /// Messages that are not shown.
    Elided,
}

/// What is recorded of one run of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcript {
    /// The summary and all lines.
    pub lines: Vec<Line>,
    /// Messages sent.
    pub sent: u64,
    /// Messages received.
    pub received: u64,
    /// What this run generated and shows: no difference wherever it recurs.
    pub(crate) generated: Generations,
    /// The digests of cut payloads that hold something generated: they change with it. All transcripts of a document share
    /// one set.
    pub(crate) volatile: Arc<BTreeSet<String>>,
    /// What is known of its entries besides what they show, by their place below the summary.
    pub(crate) marks: BTreeMap<usize, Mark>,
    /// The steps that clocks repeat.
    pub(crate) beats: Vec<Beat>,
    /// Only matched messages are shown: how many others came is not a difference.
    pub(crate) matched_only: bool,
}

impl fmt::Display for Transcript {
    /// The text between the fences, ending in LF.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines
            .iter()
            .try_for_each(|line| writeln!(formatter, "{}", line.text))
    }
}

impl Transcript {
    /// Whether `recorded` differs from this one only in what changes by nature (times, durations, counts of what is not
    /// shown, generated values, the order in which different clients' lines interleave).
    #[must_use]
    pub fn same_as(&self, recorded: &str) -> bool {
        diff::same(self, recorded)
    }

    /// The values that were kept under names, as this transcript has them and as `recorded` has them in their place.
    pub(crate) fn kept_against(&self, recorded: &str) -> BTreeSet<(String, String)> {
        learn::kept(self, recorded)
    }

    /// How this transcript differs from `recorded`.
    pub(crate) fn difference(&self, recorded: &str) -> Difference {
        diff::difference(self, recorded)
    }

    /// This transcript with all that is known to change as it is recorded, and entries that are
    /// [the same](Transcript::same_as) where they are recorded: what a diff of the two then shows has truly changed.
    #[must_use]
    pub fn normalized_against(&self, recorded: &str) -> String {
        self.difference(recorded).text
    }
}
