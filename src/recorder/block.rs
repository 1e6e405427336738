//! A recording → the text of a block: head, steps, and what stands around it. Knows the order of steps; what each says is
//! made elsewhere.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;
use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use super::assembly::Assembly;
use super::beats::Beats;
use super::conceal;
use super::entry::{ArrivedFrame, Entry, OwnStep};
use super::head;
use super::recording::{RecordMode, Recording};
use super::runs::{self, ShapeRun};
use super::sent;
use super::vault::Vault;
use super::wanted::wanted;
use crate::protocol::Frame;
use crate::redact::Redactor;
use crate::script::{Role, tidy};

/// A secret that is shorter stands in any text by chance: it is hidden where it is known to be one.
const SURE_FROM: usize = 6;

/// A block that was made of a recording, and what belongs to it.
#[derive(Clone, Debug, Default)]
pub struct RecordedBlock {
    /// What stands between the fences.
    pub script: String,
    /// The names that the front matter's `secrets:` has to have.
    pub secrets: Vec<String>,
    /// The values that the front matter's `vars:` has to have.
    pub vars: Vec<(String, String)>,
    /// Its secrets.
    pub(super) vault: Vault,
    /// What must not be shown, names and values.
    pub(super) hidden: Vec<(String, String)>,
    /// The frames that its expectations match.
    pub(super) matched: BTreeSet<u64>,
    /// The frames that it ignores.
    pub(super) ignored: BTreeSet<u64>,
    /// Whether `@log matched` stands in it.
    pub(super) matched_only: bool,
}

impl Recording {
    /// The block that does it again.
    #[must_use]
    pub fn block(&self, mode: RecordMode) -> RecordedBlock {
        block(self, mode)
    }
}

fn block(recording: &Recording, mode: RecordMode) -> RecordedBlock {
    let beats = Beats::find(&recording.entries);
    let mut vault = recording.given.clone();
    let lines = head::lines(&recording.head, &mut vault);
    let wanted = wanted(&recording.entries);
    let segments = segments(recording, &beats, mode, &wanted.first);
    let mut assembly = Assembly::new(recording, vault, wanted.values);
    let feeds = runs::feeds(segments.iter().filter_map(|segment| match segment {
        RecordedSegment::Frames(runs) => Some(runs.as_slice()),
        _ => None,
    }));
    let mut left_out = 0;
    for segment in segments {
        match segment {
            RecordedSegment::Frames(runs) => {
                let chosen = runs::choose(runs, &feeds);
                left_out += chosen.left_out;
                for (run, any_order) in chosen.expected {
                    assembly.expect(&run, any_order, feeds.contains(&run.shape));
                }
            }
            RecordedSegment::Own(step) => assembly.own(step),
            RecordedSegment::Closed(frame) => assembly.closed(frame),
            RecordedSegment::Dropped(at, who) => assembly.dropped(at, who),
        }
    }
    let pushes = !feeds.is_empty();
    if left_out > 0 {
        let messages = match left_out {
            1 => "1 message is".to_owned(),
            count => format!("{count} messages are"),
        };
        assembly.remark(&format!(
            "{messages} left out: the server sends them when it likes"
        ));
    }
    if recording.overflowed > 0 {
        assembly.remark(&format!(
            "{} more messages came than a recording keeps",
            recording.overflowed
        ));
    }
    finish(assembly, &lines, &beats, pushes)
}

/// What lies between two steps of ours, or is one.
enum RecordedSegment<'a> {
    Frames(Vec<ShapeRun<'a>>),
    Own(&'a OwnStep),
    Closed(&'a ArrivedFrame),
    Dropped(Duration, Option<&'a str>),
}

fn segments<'a>(
    recording: &'a Recording,
    beats: &Beats,
    mode: RecordMode,
    alone: &BTreeSet<u64>,
) -> Vec<RecordedSegment<'a>> {
    let mut typed: BTreeMap<u64, Option<&OwnStep>> = BTreeMap::new();
    for entry in &recording.entries {
        if let Entry::Own(step) = entry {
            let mut numbers = step.matched.iter();
            typed.extend(numbers.next().map(|first| (*first, Some(step))));
            typed.extend(numbers.map(|number| (*number, None)));
        }
    }
    let mut segments = Vec::new();
    let mut frames: Vec<&ArrivedFrame> = Vec::new();
    // The connections that we ended, by their clients' names.
    let mut closed: BTreeSet<Option<String>> = BTreeSet::new();
    let flush = |frames: &mut Vec<&'a ArrivedFrame>, segments: &mut Vec<RecordedSegment<'a>>| {
        if !frames.is_empty() {
            let is_alone =
                |frame: &ArrivedFrame| !frame.refined.is_empty() || alone.contains(&frame.number);
            // Each client has what came to it in its order; among clients there is none.
            frames.sort_by(|one, other| one.who.cmp(&other.who));
            segments.push(RecordedSegment::Frames(runs::runs(frames, is_alone)));
            frames.clear();
        }
    };
    for (index, entry) in recording.entries.iter().enumerate() {
        if beats.skips(index) {
            continue;
        }
        match entry {
            Entry::Arrived(arrived) => match typed.get(&arrived.number) {
                Some(Some(step)) => {
                    flush(&mut frames, &mut segments);
                    segments.push(RecordedSegment::Own(step));
                }
                None if !arrived.frame.is_message() => {
                    flush(&mut frames, &mut segments);
                    let ours = closed.contains(&owned(arrived.who.as_deref()));
                    if !ours && closes_by_itself(arrived) {
                        segments.push(RecordedSegment::Closed(arrived));
                    }
                }
                None if is_expected(arrived, mode) => frames.push(arrived),
                Some(None) | None => {}
            },
            Entry::Own(step) => {
                closed.extend(step.ends());
                if step.matched.is_empty() {
                    flush(&mut frames, &mut segments);
                    segments.push(RecordedSegment::Own(step));
                }
            }
            Entry::Closing(who) => drop(closed.insert(owned(who.as_deref()))),
            Entry::Opened(who) => drop(closed.remove(&owned(who.as_deref()))),
            Entry::Dropped { at, who } => {
                flush(&mut frames, &mut segments);
                let who = who.as_deref();
                if !closed.contains(&owned(who)) {
                    segments.push(RecordedSegment::Dropped(*at, who));
                }
            }
        }
    }
    flush(&mut frames, &mut segments);
    segments
}

/// Whether the far side closed the connection on its own. A bare 1000 is how a session ends anyway, whoever begins: a
/// block that waits for it would wait for ever where it was an answer.
fn closes_by_itself(arrived: &ArrivedFrame) -> bool {
    match &arrived.frame {
        Frame::Close(Some(close)) => close.code != 1000 || !close.reason.is_empty(),
        Frame::Close(None) => true,
        _ => false,
    }
}

fn is_expected(arrived: &ArrivedFrame, mode: RecordMode) -> bool {
    match arrived.expected {
        Some(expected) => expected,
        None => mode == RecordMode::Steps || !arrived.refined.is_empty(),
    }
}

fn owned(who: Option<&str>) -> Option<String> {
    who.map(str::to_owned)
}

fn finish(assembly: Assembly<'_>, head: &[String], beats: &Beats, pushes: bool) -> RecordedBlock {
    let vault = &assembly.vault;
    let mut script = String::new();
    let mut steps = String::new();
    for (index, step) in assembly.steps.iter().enumerate() {
        if index > 0 {
            steps.push('\n');
        }
        steps.push_str(step);
        steps.push('\n');
    }
    for (pattern, answer) in &beats.handlers {
        let answer = sent::step(answer).unwrap_or_default();
        let answer = conceal::step(&answer, &mut vault.clone());
        let _ = writeln!(steps, "\n-- on {pattern}\n{answer}");
    }
    let has_log = head.iter().any(|line| line.starts_with("@log "));
    for line in head {
        script.push_str(line);
        script.push('\n');
    }
    let used = [named(&steps), named(&script)].concat();
    let used: HashSet<&str> = used.into_iter().collect();
    let mut computed = String::new();
    for entry in vault.entries() {
        if let Some(expression) = &entry.computed
            && used.contains(entry.name.as_str())
        {
            let _ = writeln!(computed, "@let {} = {expression}", entry.name);
        }
    }
    script.push_str(&computed);
    for pattern in &beats.patterns {
        let _ = writeln!(script, "@ignore {pattern}");
    }
    if pushes && !has_log {
        script.push_str("@log matched\n");
    }
    script.push('\n');
    script.push_str(&steps);
    let script = laid_out(&without_secrets(&script, vault), Role::Client);
    let mut block = RecordedBlock {
        secrets: secrets(&script, vault),
        vars: Vec::new(),
        hidden: hidden(assembly.recording, vault),
        vault: vault.clone(),
        matched: assembly.matched,
        ignored: beats.numbers.clone(),
        matched_only: pushes || head.iter().any(|line| line == "@log matched"),
        script,
    };
    let vars = assembly.recording.vars.iter();
    let used = vars.filter(|(name, _)| names(&block.script, name));
    block.vars = used.cloned().collect();
    block
}

/// What a transcript hides: what the block has names for, and what came and it has none for.
fn hidden(recording: &Recording, named: &Vault) -> Vec<(String, String)> {
    let unnamed = pairs(&recording.vault).into_iter();
    let unnamed = unnamed.filter(|(_, value)| named.name_of(value).is_none());
    let told = recording.told.iter().cloned();
    pairs(named)
        .into_iter()
        .chain(unnamed)
        .chain(told)
        .collect()
}

pub(super) fn pairs(vault: &Vault) -> Vec<(String, String)> {
    let entries = vault.entries().iter();
    entries
        .map(|entry| (entry.name.clone(), entry.value.clone()))
        .collect()
}

/// The names of secrets that a script uses and does not keep.
pub(super) fn secrets(script: &str, vault: &Vault) -> Vec<String> {
    let named: HashSet<&str> = named(script).into_iter().collect();
    let entries = vault.entries().iter();
    let used = entries.filter(|entry| !entry.kept && named.contains(entry.name.as_str()));
    let mut secrets: Vec<String> = used.map(|entry| entry.name.clone()).collect();
    secrets.dedup();
    secrets
}

/// Whether a script names a value.
pub(super) fn names(script: &str, name: &str) -> bool {
    named(script).contains(&name)
}

/// The values that a script names.
fn named(script: &str) -> Vec<&str> {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?:\{\{|\$|( ))([\p{Alphabetic}\p{Nd}_][\p{Alphabetic}\p{Nd}_.-]*)(\}\})?")
            .ok()
    });
    let found = NAME.as_ref().map(|name| name.captures_iter(script));
    let named = found.into_iter().flatten().filter_map(|groups| {
        // Behind a blank a name ends with the placeholder: `{{$uri NAME}}`.
        let stands = groups.get(1).is_none() || groups.get(3).is_some();
        groups.get(2).filter(|_| stands).map(|name| name.as_str())
    });
    named.collect()
}

/// What was missed by looking at values one by one, in whatever spelling: rather a script that does something else than
/// one that gives a secret away.
pub(super) fn without_secrets(script: &str, vault: &Vault) -> String {
    let mut redactor = Redactor::default();
    for entry in vault.entries() {
        if entry.value.len() >= SURE_FROM {
            redactor.add(&entry.name, &entry.value);
        }
    }
    let lines = script.split('\n').map(|line| {
        let shown = redactor.text(line);
        // What is masked beside the names of secrets are names of ours.
        if shown.contains("***") {
            line.to_owned()
        } else {
            shown.into_inner()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

pub(super) fn laid_out(script: &str, role: Role) -> String {
    let trimmed = script.trim_end();
    match tidy(trimmed, role, &[]) {
        Some(lines) => {
            let lines: Vec<String> = lines.into_iter().map(|(_, line)| line).collect();
            lines.join("\n")
        }
        None => trimmed.to_owned(),
    }
}
