//! Reads a transcript's text back into entries. Total: what it does not know is an entry of its own kind, because
//! anybody may have edited it.

use std::collections::BTreeSet;

use super::clock::without_stamp;
use super::mark::Mark;
use super::{Line, LineKind, Transcript};
use crate::format::json::string_end;

/// A transcript as it stands in a document.
#[derive(Debug)]
pub(super) struct Recorded<'a> {
    pub(super) summary: Option<Summary<'a>>,
    /// All but the summary.
    pub(super) entries: Vec<RecordedEntry<'a>>,
    /// How many entries stand before the one that tells of messages that are not shown.
    pub(super) gap: Option<usize>,
    /// Entries that are left out of what is compared.
    pub(super) left_out: BTreeSet<usize>,
}

/// The first line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Summary<'a> {
    pub(super) line: &'a str,
    pub(super) passed: bool,
    /// `2 sent, 4 received`
    pub(super) counts: &'a str,
}

/// A line and those that continue it.
#[derive(Debug)]
pub(super) struct RecordedEntry<'a> {
    /// As they stand, without the last LF.
    pub(super) text: &'a str,
    /// The client, as it is written.
    pub(super) who: &'a str,
    pub(super) kind: EntryKind,
    /// What follows the mark or the status word.
    pub(super) body: &'a str,
    /// The lines below.
    pub(super) below: &'a str,
    /// What is known besides, of an entry that is not only read.
    pub(super) mark: Option<&'a Mark>,
}

/// What an entry tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    Sent,
    Received,
    Status(&'static str),
    Failure,
    Note,
    Elided,
    Unknown,
}

impl EntryKind {
    fn line_kind(self) -> LineKind {
        match self {
            Self::Sent => LineKind::Sent,
            Self::Received => LineKind::Received,
            Self::Status(_) => LineKind::Status,
            Self::Failure => LineKind::Failure,
            Self::Note | Self::Unknown => LineKind::Note,
            Self::Elided => LineKind::Elided,
        }
    }
}

/// The status words, padded as they are written.
const STATUS: [&str; 5] = [
    "Connecting  ",
    "Connected   ",
    "Disconnected",
    "Refused     ",
    "Retrying    ",
];

/// Marks that stand before a blank.
const MARKS: [(&str, EntryKind); 4] = [
    ("→ ", EntryKind::Sent),
    ("← ", EntryKind::Received),
    ("✗ ", EntryKind::Failure),
    ("# ", EntryKind::Note),
];

impl<'a> Recorded<'a> {
    /// A fresh transcript, of which `text` is the text.
    pub(super) fn fresh(text: &'a str, transcript: &'a Transcript) -> Self {
        let mut read = Self::read(text);
        for (at, mark) in &transcript.marks {
            if let Some(entry) = read.entries.get_mut(*at) {
                entry.mark = Some(mark);
            }
        }
        read
    }

    pub(super) fn read(text: &'a str) -> Self {
        let mut entries = split(text).into_iter();
        let summary = entries.next().and_then(Summary::read);
        let mut gap = None;
        let mut read = Vec::new();
        for text in entries {
            let entry = RecordedEntry::read(text);
            if entry.kind == EntryKind::Elided && gap.is_none() {
                gap = Some(read.len());
            }
            read.push(entry);
        }
        Self {
            summary,
            left_out: attempts(&read),
            entries: read,
            gap,
        }
    }
}

impl<'a> Summary<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let passed = line.starts_with('✓');
        let rest = line.strip_prefix(['✓', '✗'])?;
        let (counts, _) = rest.strip_prefix(' ')?.split_once(" in ")?;
        (!line.contains('\n')).then_some(Self {
            line,
            passed,
            counts,
        })
    }
}

impl<'a> RecordedEntry<'a> {
    fn line(&self) -> Line {
        let first = self.text.split('\n').next().unwrap_or_default();
        let (_, told) = name(without_stamp(first));
        Line {
            who: (!self.who.is_empty()).then(|| self.who.into()),
            lead: first.len() - told.len(),
            ..Line::plain(self.kind.line_kind(), self.text)
        }
    }

    fn read(text: &'a str) -> Self {
        let (first, below) = text.split_once('\n').unwrap_or((text, ""));
        let line = without_stamp(first);
        let entry = |who, kind, body| Self {
            text,
            who,
            kind,
            body,
            below,
            mark: None,
        };
        if line.starts_with('…') && line.ends_with(" not shown …") {
            return entry("", EntryKind::Elided, line);
        }
        let (who, rest) = name(line);
        if let Some((kind, body)) = told(rest) {
            return entry(who, kind, body);
        }
        entry("", EntryKind::Unknown, line)
    }
}

/// The lines of a transcript that stands in a document, its summary first if it has one.
#[must_use]
pub fn lines(text: &str) -> Vec<Line> {
    let recorded = Recorded::read(text);
    let summary = recorded.summary.as_ref().map(|summary| {
        let kind = if summary.passed {
            LineKind::Passed
        } else {
            LineKind::Failed
        };
        Line::plain(kind, summary.line)
    });
    let entries = recorded.entries.iter().map(RecordedEntry::line);
    summary.into_iter().chain(entries).collect()
}

/// The entries of attempts that were followed by another one, of a request over plain HTTP: how often a job is polled
/// until it is done is known to change.
fn attempts(entries: &[RecordedEntry<'_>]) -> BTreeSet<usize> {
    let is_request = |entry: &RecordedEntry<'_>| {
        let method = entry.body.split("  ").next().unwrap_or_default();
        entry.kind == EntryKind::Sent
            && !method.is_empty()
            && method.bytes().all(|byte| byte.is_ascii_uppercase())
    };
    let is_retry = |entry: &RecordedEntry<'_>| entry.kind == EntryKind::Status("Retrying    ");
    match entries.iter().rposition(is_retry) {
        Some(last) if entries.iter().any(is_request) => (0..=last).collect(),
        _ => BTreeSet::new(),
    }
}

/// Entries begin with lines that are neither blank nor indented.
fn split(text: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let continues = line.starts_with([' ', '\t']) || line.trim().is_empty();
        if !continues || starts.is_empty() {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| {
            text.get(*start..end)
                .unwrap_or_default()
                .trim_end_matches(['\n', '\r'])
        })
        .collect()
}

/// The client's name before a mark or status word, and the rest of the line.
fn name(line: &str) -> (&str, &str) {
    if told(line).is_some() {
        return ("", line);
    }
    let end = if line.starts_with('"') {
        string_end(line.as_bytes(), 0)
    } else {
        line.match_indices(' ')
            .map(|(at, _)| at)
            .find(|at| line.get(at + 1..).and_then(told).is_some())
    };
    let split = end.and_then(|end| Some((line.get(..end)?, line.get(end + 1..)?)));
    split.unwrap_or(("", line))
}

/// What a line without time and name tells.
fn told(line: &str) -> Option<(EntryKind, &str)> {
    for (mark, kind) in MARKS {
        if let Some(body) = line.strip_prefix(mark) {
            return Some((kind, body));
        }
        if line == mark.trim_end() {
            return Some((kind, ""));
        }
    }
    STATUS.into_iter().find_map(|word| {
        let body = match line.strip_prefix(word) {
            Some(rest) => rest.strip_prefix("  ")?,
            // With nothing behind it.
            None => (line == word.trim_end()).then_some("")?,
        };
        Some((EntryKind::Status(word), body))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn entries_are_told_apart() {
        let text = "✓ 1 sent, 2 received in 3 ms · 2026\n\
            12:03:04.101  Connecting    wss://→ x/\n\
            → json\n  {\n  }\n\
            +1.000  bob (2) ← text  a → b\n\
            \"→ x\" Disconnected  1000\n\
            12:03:04.101  alice ✗ no json\n\
            # → text  x\n\
            … 7 messages not shown …\n\
            what\n\n  ever\n";
        let recorded = Recorded::read(text);
        assert_eq!(recorded.summary.unwrap().counts, "1 sent, 2 received");
        assert_eq!(recorded.gap, Some(6));
        let told: Vec<_> = recorded
            .entries
            .iter()
            .map(|entry| (entry.who, entry.kind, entry.body, entry.below))
            .collect();
        assert_eq!(
            told,
            [
                ("", EntryKind::Status("Connecting  "), "wss://→ x/", ""),
                ("", EntryKind::Sent, "json", "  {\n  }"),
                ("bob (2)", EntryKind::Received, "text  a → b", ""),
                ("\"→ x\"", EntryKind::Status("Disconnected"), "1000", ""),
                ("alice", EntryKind::Failure, "no json", ""),
                ("", EntryKind::Note, "→ text  x", ""),
                ("", EntryKind::Elided, "… 7 messages not shown …", ""),
                ("", EntryKind::Unknown, "what", "\n  ever"),
            ]
        );
    }

    #[test]
    fn what_is_recorded_is_told_as_lines() {
        let text =
            "✗ 1 sent, 0 received in 3 ms · 2026\n12:03:04.101  bob → json\n  {\n  }\nwhat\n";
        let told: Vec<_> = lines(text)
            .into_iter()
            .map(|line| (line.kind, line.told().to_owned(), line.who))
            .collect();
        let told: Vec<_> = told
            .iter()
            .map(|(kind, told, who)| (*kind, told.as_str(), who.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                (
                    LineKind::Failed,
                    "✗ 1 sent, 0 received in 3 ms · 2026",
                    None
                ),
                (LineKind::Sent, "→ json\n  {\n  }", Some("bob")),
                (LineKind::Note, "what", None),
            ]
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_whole(text in any::<String>()) {
            let recorded = Recorded::read(&text);
            let read: usize = recorded.entries.iter().map(|entry| entry.text.len()).sum();
            prop_assert!(read <= text.len());
        }
    }
}
