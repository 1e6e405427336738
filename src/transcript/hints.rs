//! What would let vary what has changed: a pattern to write, a mask, or to show only what was matched.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use super::hint::{Hint, brief, placeholder};
use super::hint_text::{of_bytes, of_text};
use super::hint_xml::of_xml;
use super::partners::Partners;
use super::recorded::{EntryKind, Recorded, RecordedEntry};
use super::same::{Judge, word};
use super::shown::ShownPayload;
use super::tree::{NodeShape, TreeNode, unquoted};
use super::{flat, format_word, open};
use crate::protocol::{JsonStep, Open};
use crate::source::Span;

/// Indexes of arrays that a pattern comes to without being hard to read.
const MOST_ELEMENTS: usize = 3;

pub(super) fn hints(
    judge: &mut Judge<'_>,
    ours: &Recorded<'_>,
    theirs: &Recorded<'_>,
    (partners, changed): (&Partners, &Partners),
) -> Vec<Hint> {
    let mut hints = Vec::new();
    let has_passed = ours.summary.as_ref().is_some_and(|summary| summary.passed);
    for (our, their) in changed {
        if let (Some(fresh), Some(recorded)) = (ours.entries.get(*our), theirs.entries.get(*their))
        {
            hints.extend(of_changed(judge, fresh, recorded));
        }
    }
    if hints.is_empty() && is_passed_over_only(judge, ours, theirs, (partners, changed)) {
        hints.push(Hint {
            step: None,
            text: "`@log matched` leaves out the messages that no `<-` matches, however many there are".to_owned(),
        });
    }
    // Why a session has failed is not to be masked.
    hints.retain(|hint| has_passed || hint.step.is_some());
    let mut seen = BTreeSet::new();
    hints.retain(|hint| seen.insert(hint.clone()));
    hints
}

/// Whether nothing differs but how many messages came that no expectation matched.
fn is_passed_over_only(
    judge: &Judge<'_>,
    ours: &Recorded<'_>,
    theirs: &Recorded<'_>,
    (partners, changed): (&Partners, &Partners),
) -> bool {
    let is_message = |entry: &RecordedEntry<'_>| {
        entry.kind == EntryKind::Received && format_word::written(word(entry)).is_some()
    };
    let is_matched =
        |entry: &RecordedEntry<'_>| entry.mark.is_some_and(|mark| mark.matched.is_some());
    let taken: BTreeSet<usize> = partners.values().copied().collect();
    let mut more = (ours.entries.iter().enumerate())
        .filter(|(our, _)| !partners.contains_key(our) && !ours.left_out.contains(our));
    let mut fewer = (theirs.entries.iter().enumerate())
        .filter(|(their, _)| !taken.contains(their) && !theirs.left_out.contains(their));
    let passed = |summary: &Option<super::recorded::Summary<'_>>| {
        summary.as_ref().map(|summary| summary.passed)
    };
    changed.is_empty()
        && !judge.fresh.matched_only
        && passed(&ours.summary) == passed(&theirs.summary)
        && ours.entries.iter().any(is_matched)
        && more.all(|(_, entry)| is_message(entry) && !is_matched(entry))
        && fewer.all(|(_, entry)| is_message(entry))
}

fn of_changed(
    judge: &mut Judge<'_>,
    fresh: &RecordedEntry<'_>,
    recorded: &RecordedEntry<'_>,
) -> Vec<Hint> {
    if !matches!(fresh.kind, EntryKind::Sent | EntryKind::Received) {
        return Vec::new();
    }
    let step = fresh.mark.and_then(|mark| mark.matched);
    let ((one, cut), (other, other_cut)) = (flat::payload(fresh), flat::payload(recorded));
    let is_cut = cut.is_some() || other_cut.is_some();
    let now = ShownPayload::read(&one, is_cut);
    let then = ShownPayload::read(&other, is_cut);
    let is_bytes = |payload: &str| payload.starts_with("binary  hex ");
    if word(fresh) == "binary" && (is_bytes(&one) || is_bytes(&other)) {
        return bytes(judge, step, fresh.open().unwrap_or_default(), (&now, &then));
    }
    let (Some(source), Some(then)) = (judge.source(fresh, recorded), then.text()) else {
        return Vec::new();
    };
    let Some((_, now)) = source.split_once("  ") else {
        return Vec::new();
    };
    match word(fresh) {
        word if format_word::is_json(word) => of_json(step, (now, then), is_cut),
        "xml" => of_xml(step, now, then),
        "text" | "binary" => of_text(step, word(fresh), now, then).into_iter().collect(),
        "close" | "ping" | "pong" if step.is_some() && codes_are_same(fresh, recorded) => {
            of_text(step, word(fresh), now, then).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Of a close the code cannot be left open.
fn codes_are_same(fresh: &RecordedEntry<'_>, recorded: &RecordedEntry<'_>) -> bool {
    let (one, other) = (flat::payload(fresh).0, flat::payload(recorded).0);
    ShownPayload::read(&one, false).is_like(&ShownPayload::read(&other, false))
}

/// Bytes, with those that are open as they are recorded.
fn bytes(
    judge: &mut Judge<'_>,
    step: Option<Span>,
    open: &[Arc<Open>],
    (fresh, recorded): (&ShownPayload<'_>, &ShownPayload<'_>),
) -> Vec<Hint> {
    let mut now = fresh.payload.to_vec();
    let slots = open::places(fresh, recorded, open, &mut judge.values).slots();
    let slots: Vec<_> = (slots.into_iter())
        .filter(|(our, their)| our == their)
        .map(|(our, _)| our)
        .collect();
    for slot in &slots {
        let theirs = recorded.payload.get(slot.clone());
        if let (Some(ours), Some(theirs)) = (now.get_mut(slot.clone()), theirs) {
            ours.copy_from_slice(theirs);
        }
    }
    of_bytes(step, (&now, &recorded.payload), &slots)
}

fn of_json(step: Option<Span>, (fresh, recorded): (&str, &str), is_cut: bool) -> Vec<Hint> {
    let (Some(ours), Some(theirs)) = (TreeNode::read(fresh), TreeNode::read(recorded)) else {
        return Vec::new();
    };
    let mut found = Leaves {
        is_cut,
        path: Vec::new(),
        found: Vec::new(),
    };
    found.look((fresh, &ours), (recorded, &theirs));
    let hint = |(path, now, then): (Vec<JsonStep>, &str, &str)| {
        let shown = match &path[..] {
            [] => ".".to_owned(),
            path => spelled(path),
        };
        let was = format!("`{shown}` was {}, and is {}", brief(then), brief(now));
        let text = match (step, pattern(&path, &placeholder(now, then))) {
            (Some(_), Some(pattern)) => {
                format!("{was}: write `{pattern}` in the pattern to let it vary")
            }
            _ => format!("{was}: `@mask {shown}` lets it vary"),
        };
        Hint { step, text }
    };
    found.found.into_iter().map(hint).collect()
}

/// The values that differ, and stand at the same path.
struct Leaves<'a> {
    /// Only the beginning of one is shown: an array may go on.
    is_cut: bool,
    path: Vec<JsonStep>,
    found: Vec<(Vec<JsonStep>, &'a str, &'a str)>,
}

impl<'a> Leaves<'a> {
    fn look(
        &mut self,
        (fresh, our): (&'a str, &TreeNode),
        (recorded, their): (&'a str, &TreeNode),
    ) {
        match (&our.kind, &their.kind) {
            (NodeShape::Object(ours), NodeShape::Object(_)) => {
                for (key, our) in ours {
                    let step = JsonStep::Key(unquoted(fresh, key));
                    let same = their.at(recorded, std::slice::from_ref(&step));
                    self.path.push(step);
                    if let Some(their) = same {
                        self.look((fresh, our), (recorded, their));
                    }
                    self.path.pop();
                }
            }
            (NodeShape::Array(ours), NodeShape::Array(theirs))
                if ours.len() == theirs.len() || self.is_cut =>
            {
                for (at, (our, their)) in ours.iter().zip(theirs).enumerate() {
                    self.path.push(JsonStep::Index(at));
                    self.look((fresh, our), (recorded, their));
                    self.path.pop();
                }
            }
            _ => {
                let now = fresh.get(our.range.clone());
                let then = recorded.get(their.range.clone());
                if let (Some(now), Some(then)) = (now, then)
                    && now != then
                {
                    self.found.push((self.path.clone(), now, then));
                }
            }
        }
    }
}

/// A path as jq spells it.
fn spelled(path: &[JsonStep]) -> String {
    let mut spelled = String::new();
    for step in path {
        match step {
            JsonStep::Key(key) => {
                let is_word = key
                    .starts_with(|part: char| part.is_ascii_alphabetic() || part == '_')
                    && key
                        .chars()
                        .all(|part| part.is_ascii_alphanumeric() || part == '_');
                spelled.push('.');
                if is_word {
                    spelled.push_str(key);
                } else {
                    spelled.push_str(&quoted(key));
                }
            }
            JsonStep::Index(at) => {
                let dot = if spelled.is_empty() { "." } else { "" };
                // Writing to a string cannot fail.
                let _ = write!(spelled, "{dot}[{at}]");
            }
        }
    }
    spelled
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    super::spelling::push_literal(&mut quoted, text);
    quoted.push('"');
    quoted
}

/// The smallest pattern that leaves a place open; `None` where that is hard to read.
fn pattern(path: &[JsonStep], placeholder: &str) -> Option<String> {
    path.iter()
        .rev()
        .try_fold(placeholder.to_owned(), |inner, step| match step {
            JsonStep::Key(key) => Some(format!("{{{}: {inner}}}", quoted(key))),
            JsonStep::Index(at) if *at <= MOST_ELEMENTS => Some(format!(
                "[{}{inner}, {{{{$rest}}}}]",
                "{{$any}}, ".repeat(*at)
            )),
            JsonStep::Index(_) => None,
        })
}
