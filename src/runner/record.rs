//! Transcripts → the document: which are written, and where, in the document as it stands now.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::thread;

use super::compare::{recorded, written};
use super::difference::unified;
use super::execution::FinishedBlock;
use super::plan::Plan;
use super::save::{OtherWriters, Saved};
use super::{Kept, Settings, Verdict, WriteBack, save};
use crate::document::{self, Block, Edit};
use crate::redact::Redacted;
use crate::source::Source;
use crate::transcript::{Hint, Transcript};

/// How often a document is read again if another program saves it while transcripts are written into it.
const ATTEMPTS: usize = 20;

/// Why nothing was written.
const BUSY: &str = "its transcripts were not written: it was saved again and again meanwhile";

/// What became of a document's transcripts.
#[derive(Debug, Default)]
pub(super) struct RecordOutcome {
    /// The file was replaced.
    pub(super) written: bool,
    /// How the document differs from what it would be.
    pub(super) difference: Option<String>,
    /// The same of each block that differs, by its place.
    pub(super) blocks: Vec<(usize, String)>,
    /// Blocks that were edited meanwhile.
    pub(super) edited: Vec<Redacted<String>>,
    /// Of a document that is not a file: its text with its transcripts.
    pub(super) text: Option<String>,
    /// Why the file could not be replaced.
    pub(super) error: Option<String>,
}

/// Writes transcripts that were compared, or shows how they differ.
pub(super) fn record(plan: &Plan, ran: &mut [FinishedBlock], settings: &Settings) -> RecordOutcome {
    if settings.check {
        return show(plan, ran);
    }
    let failed = ran
        .iter()
        .any(|ran| matches!(ran.result.verdict, Verdict::Failed(_)));
    let which = if settings.failures_only && !failed {
        WriteBack::Never
    } else {
        settings.write
    };
    let wanted = written(ran, |kept| match which {
        WriteBack::Always => kept != Kept::None,
        WriteBack::Changed => matches!(kept, Kept::New | Kept::Changed),
        WriteBack::Never => false,
    });
    if !wanted.is_empty() {
        let put = if plan.is_file { write } else { splice };
        return put(plan, ran, &wanted);
    }
    for ran in ran {
        ran.result.kept = match ran.result.kept {
            Kept::New => Kept::Unrecorded,
            Kept::Changed => Kept::Different,
            kept => kept,
        };
    }
    RecordOutcome::default()
}

/// Shows what a run would write, with all that is known to change as it is recorded, and what would let vary the rest.
fn show(plan: &Plan, ran: &mut [FinishedBlock]) -> RecordOutcome {
    let mut all = Changes::default();
    let mut blocks = Vec::new();
    for ran in ran {
        if !matches!(ran.result.kept, Kept::New | Kept::Changed) {
            continue;
        }
        let index = ran.result.block.index;
        let block = plan.document.blocks.get(index);
        let (Some(block), Some(transcript)) = (block, &ran.transcript) else {
            continue;
        };
        let recorded = recorded(plan, index);
        ran.result.kept = match recorded {
            Some(_) => Kept::Different,
            None => Kept::Unrecorded,
        };
        let text = plan.source.text();
        let mut own = Changes::default();
        let lines = match recorded {
            Some(recorded) => {
                let difference = transcript.difference(recorded);
                own.help = help(plan, block, &difference.hints);
                shown(transcript, difference.text, recorded)
            }
            None => transcript.to_string(),
        };
        own.edits.push(block.transcript.record(text, &lines));
        blocks.push((index, own.shown(plan)));
        all.edits.extend(own.edits);
        all.help.push_str(&own.help);
    }
    if all.edits.is_empty() {
        return RecordOutcome::default();
    }
    RecordOutcome {
        difference: Some(all.shown(plan)),
        blocks,
        ..RecordOutcome::default()
    }
}

/// What would be written.
#[derive(Default)]
struct Changes {
    edits: Vec<Edit>,
    /// Lines that say what would let values vary.
    help: String,
}

impl Changes {
    fn shown(&self, plan: &Plan) -> String {
        let text = plan.source.text();
        let after = document::splice(text, &self.edits);
        format!("{}{}", unified(plan.source.name(), text, &after), self.help)
    }
}

/// Where nothing would be left to show, the transcript is shown as it is.
fn shown(transcript: &Transcript, text: String, recorded: &str) -> String {
    if text.lines().eq(recorded.lines()) {
        return transcript.to_string();
    }
    text
}

/// Values of a block for which is said what would let them vary.
const MOST_HELP: usize = 5;

fn help(plan: &Plan, block: &Block, hints: &[Hint]) -> String {
    let mut help = String::new();
    for hint in hints.iter().take(MOST_HELP) {
        // Writing to a string cannot fail.
        let _ = match hint.step {
            Some(step) => {
                let place = plan.source.position(block.body.span(step).start);
                writeln!(help, "help: line {}: {}", place.line, hint.text)
            }
            None => writeln!(help, "help: {}", hint.text),
        };
    }
    match hints.len().saturating_sub(MOST_HELP) {
        0 => help,
        1 => help + "help: and one more value has changed\n",
        more => format!("{help}help: and {more} more values have changed\n"),
    }
}

/// The text of a document that is not a file, with its transcripts.
fn splice(plan: &Plan, ran: &mut [FinishedBlock], wanted: &BTreeSet<usize>) -> RecordOutcome {
    let mut recorded = RecordOutcome::default();
    let edits = edits(plan, &plan.source, ran, wanted, &mut recorded);
    recorded.text = Some(document::splice(plan.source.text(), &edits));
    recorded
}

fn write(plan: &Plan, ran: &mut [FinishedBlock], wanted: &BTreeSet<usize>) -> RecordOutcome {
    let mut recorded = RecordOutcome::default();
    for _ in 0..ATTEMPTS {
        if write_once(plan, ran, wanted, &mut recorded) == Saved::Replaced {
            return recorded;
        }
    }
    recorded.error = Some(BUSY.to_owned());
    recorded
}

/// Whether two texts of a document differ in nothing but transcripts and blank lines.
fn alike(one: &[u8], other: &[u8]) -> bool {
    match (std::str::from_utf8(one), std::str::from_utf8(other)) {
        (Ok(one), Ok(other)) => without_transcripts(one).eq(&without_transcripts(other)),
        _ => false,
    }
}

fn without_transcripts(text: &str) -> String {
    let blocks = document::parse(text).blocks;
    let recorded = blocks
        .iter()
        .filter_map(|block| block.transcript.recorded.as_ref());
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for recorded in recorded {
        kept.push_str(text.get(at..recorded.span.start).unwrap_or_default());
        at = recorded.span.end;
    }
    kept.push_str(text.get(at..).unwrap_or_default());
    // A transcript that was inserted brings blank lines, with what its container puts before them.
    let is_blank = |line: &&str| {
        line.trim_start_matches(['>', ' ', '\t'])
            .trim_end()
            .is_empty()
    };
    kept.lines()
        .filter(|line| !is_blank(line))
        .map(|line| line.to_owned() + "\n")
        .collect()
}

/// Whether it is done with, well or not; else another program saved the document just now, and it is to be read again.
fn write_once(
    plan: &Plan,
    ran: &mut [FinishedBlock],
    wanted: &BTreeSet<usize>,
    recorded: &mut RecordOutcome,
) -> Saved {
    // Read again: whatever was typed while sessions ran stays.
    let before = plan.source.text();
    let now = match save::settled(&plan.path, before.as_bytes(), &mut thread::sleep) {
        Ok(Some(now)) => now,
        Ok(None) => {
            recorded.error = Some(BUSY.to_owned());
            return Saved::Replaced;
        }
        Err(error) => {
            recorded.error = Some(format!("its transcripts were not written: {error}"));
            return Saved::Replaced;
        }
    };
    let Ok(now) = String::from_utf8(now) else {
        recorded.error = Some("it is not UTF-8 any more, so nothing was written".to_owned());
        return Saved::Replaced;
    };
    let others = OtherWriters {
        seen: now != before,
        alike: &alike,
    };
    let now = Source::new(plan.source.name(), now);
    let edits = edits(plan, &now, ran, wanted, recorded);
    let after = document::splice(now.text(), &edits);
    if after == now.text() {
        return Saved::Replaced;
    }
    match save::replace(&plan.path, now.text(), &after, others, &mut thread::sleep) {
        Ok(Saved::Overtaken) => return Saved::Overtaken,
        Ok(Saved::Replaced) => recorded.written = true,
        Err(error) => {
            recorded.error = Some(format!("its transcripts were not written: {error}"));
        }
    }
    Saved::Replaced
}

fn edits(
    plan: &Plan,
    now: &Source,
    ran: &mut [FinishedBlock],
    wanted: &BTreeSet<usize>,
    recorded: &mut RecordOutcome,
) -> Vec<Edit> {
    let unchanged = now.text() == plan.source.text();
    let reparsed;
    let blocks = if unchanged {
        &plan.document.blocks
    } else {
        reparsed = document::parse(now.text());
        &reparsed.blocks
    };
    let mut edits = Vec::new();
    for ran in ran {
        let index = ran.result.block.index;
        let Some(transcript) = ran.transcript.as_ref().filter(|_| wanted.contains(&index)) else {
            continue;
        };
        let there = if unchanged {
            blocks.get(index)
        } else {
            same_block((&plan.source, &plan.document.blocks), index, (now, blocks))
        };
        if let Some(block) = there {
            edits.push(block.transcript.record(now.text(), &transcript.to_string()));
        } else {
            ran.result.kept = Kept::Edited;
            recorded.edited.push(ran.result.block.name.clone());
        }
    }
    edits
}

/// The block that was run, in the document as it stands now: the same words in the fence and the same script. Of
/// several such blocks the one with the same name, else the one that comes at the same turn among them.
pub(super) fn same_block<'a>(
    (then, before): (&Source, &[Block]),
    index: usize,
    (now, blocks): (&Source, &'a [Block]),
) -> Option<&'a Block> {
    let block = before.get(index)?;
    let alike = |source: &Source, other: &Block| {
        other.kind == block.kind
            && other.body.text() == block.body.text()
            && source.slice(other.info) == then.slice(block.info)
    };
    let candidates: Vec<_> = blocks.iter().filter(|other| alike(now, other)).collect();
    let by_name = candidates.iter().find(|other| other.name == block.name);
    let turn = before
        .iter()
        .take(index)
        .filter(|other| alike(then, other))
        .count();
    by_name.or_else(|| candidates.get(turn)).copied()
}
