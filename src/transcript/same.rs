//! What is known to change is not a difference: times, durations, generated values, what patterns leave open, what was kept
//! under a name, how many messages are not shown, and how lines of different clients, or sent and received ones,
//! interleave.
//!
//! So entries are laid out in lanes, one for what each client sent and one for what it received, and compared in the
//! order of each lane, received pongs in one of their own. Status lines stand in all: nothing moves from one connection
//! to the next unseen. Failures and notes go with what is sent, because the script makes both.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Transcript;
use super::flat::{notice, payload, without_durations};
use super::open;
use super::recorded::{EntryKind, Recorded, RecordedEntry};
use super::shown::ShownPayload;
use super::stretches::SharedValues;
use super::values::Values;
use crate::protocol::Open;

/// Compares entries of two runs.
pub(super) struct Judge<'a> {
    pub(super) fresh: &'a Transcript,
    pub(super) values: Values,
}

/// Entries that are compared in their order: before a gap, and behind it.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) head: Vec<usize>,
    pub(super) tail: Vec<usize>,
}

/// The client, and which way.
pub(super) type Key<'a> = (&'a str, EntryDirection);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EntryDirection {
    Out,
    In,
    /// Pongs that came: a peer's protocol answers pings while its application sends messages.
    Pongs,
}

impl<'a> Judge<'a> {
    /// `kept` is what was kept under names, as it is now and as it was recorded.
    pub(super) fn new(fresh: &'a Transcript, kept: &BTreeSet<(String, String)>) -> Self {
        Self {
            fresh,
            values: Values::new(&fresh.generated.with_kept(kept)),
        }
    }

    pub(super) fn summaries(&self, ours: &Recorded<'_>, theirs: &Recorded<'_>) -> bool {
        let (Some(one), Some(other)) = (&ours.summary, &theirs.summary) else {
            return false;
        };
        // How many are not shown is not a difference, nor is then how many there were.
        let counts_matter = !self.fresh.matched_only && ours.gap.is_none() && theirs.gap.is_none();
        let counts = self.counts(one.counts, other.counts);
        one.passed == other.passed && (!counts_matter || counts == other.counts)
    }

    /// How many messages were sent and received. How often a clock fired is not a difference, nor is then how many were
    /// sent.
    pub(super) fn counts<'b>(&self, fresh: &'b str, recorded: &'b str) -> Cow<'b, str> {
        let sent = recorded
            .split_once(", ")
            .filter(|_| !self.fresh.beats.is_empty());
        match (sent, fresh.split_once(", ")) {
            (Some((sent, _)), Some((_, received))) => format!("{sent}, {received}").into(),
            _ => fresh.into(),
        }
    }

    pub(super) fn all(&mut self, ours: &Recorded<'_>, theirs: &Recorded<'_>) -> bool {
        joined(ours, theirs).is_some_and(|pairs| {
            pairs
                .into_iter()
                .all(|(our, their)| self.entry(ours, our, theirs, their))
        })
    }

    pub(super) fn entry(
        &mut self,
        ours: &Recorded<'_>,
        our: usize,
        theirs: &Recorded<'_>,
        their: usize,
    ) -> bool {
        match (ours.entries.get(our), theirs.entries.get(their)) {
            (Some(one), Some(other)) => self.entries(one, other),
            _ => false,
        }
    }

    pub(super) fn entries(
        &mut self,
        fresh: &RecordedEntry<'_>,
        recorded: &RecordedEntry<'_>,
    ) -> bool {
        if fresh.kind != recorded.kind || fresh.who != recorded.who {
            return false;
        }
        match fresh.kind {
            EntryKind::Sent | EntryKind::Received => self.frames(fresh, recorded),
            // Below a failure stand headers, which are of the moment.
            EntryKind::Failure => {
                let (one, other) = (
                    without_durations(fresh.body),
                    without_durations(recorded.body),
                );
                self.excerpts(&one, &other)
            }
            EntryKind::Status(_) => {
                let (one, other) = (
                    without_durations(fresh.body),
                    without_durations(recorded.body),
                );
                self.excerpts(&one, &other) && self.values.same(fresh.below, recorded.below, false)
            }
            EntryKind::Note => {
                self.values.same(fresh.body, recorded.body, false)
                    && self.values.same(fresh.below, recorded.below, false)
            }
            EntryKind::Elided => true,
            EntryKind::Unknown => fresh.text == recorded.text,
        }
    }

    /// A failure quotes long texts up to a `…`, which may stand in the middle of a value.
    fn excerpts(&mut self, fresh: &str, recorded: &str) -> bool {
        let (ours, theirs) = (fresh.matches('…').count(), recorded.matches('…').count());
        let mut pieces = fresh.split('…').zip(recorded.split('…')).enumerate();
        ours == theirs && pieces.all(|(at, (one, other))| self.values.same(one, other, at < ours))
    }

    pub(super) fn frames(
        &mut self,
        fresh: &RecordedEntry<'_>,
        recorded: &RecordedEntry<'_>,
    ) -> bool {
        let (one, one_rest) = payload(fresh);
        let (other, other_rest) = payload(recorded);
        if one == other && notice(fresh) == notice(recorded) {
            return true;
        }
        if let Some(places) = fresh.open() {
            let fresh = ShownPayload::read(&one, one_rest.is_some());
            let recorded = ShownPayload::read(&other, other_rest.is_some());
            return open::same_elsewhere(&fresh, &recorded, places, &mut self.values);
        }
        let volatile = one_rest.is_some_and(|sha256| self.fresh.volatile.contains(sha256));
        if one_rest.is_some() != other_rest.is_some() {
            return false;
        }
        if !volatile && one_rest.is_some() && notice(fresh) != notice(recorded) {
            return false;
        }
        self.values.same(&one, &other, volatile)
    }
}

impl Judge<'_> {
    /// What was kept, as it stands in two records that may be of one message, whatever else differs in them: where
    /// something does, the transcripts differ already.
    pub(super) fn kept_in(
        &mut self,
        fresh: &RecordedEntry<'_>,
        recorded: &RecordedEntry<'_>,
    ) -> SharedValues {
        let (Some(places), true) = (fresh.open(), fresh.kind == recorded.kind) else {
            return SharedValues::new();
        };
        let (one, one_rest) = payload(fresh);
        let (other, other_rest) = payload(recorded);
        let fresh = ShownPayload::read(&one, one_rest.is_some());
        let recorded = ShownPayload::read(&other, other_rest.is_some());
        if !fresh.is_like(&recorded) {
            return SharedValues::new();
        }
        open::places(&fresh, &recorded, places, &mut self.values).kept
    }
}

impl<'a> RecordedEntry<'a> {
    /// What patterns leave open in it, if they do.
    pub(super) fn open(&self) -> Option<&'a [Arc<Open>]> {
        let open = &self.mark?.open[..];
        (!open.is_empty()).then_some(open)
    }
}

/// Which entries stand at the same places of two transcripts; `None` where one has more than the other.
pub(super) fn joined(ours: &Recorded<'_>, theirs: &Recorded<'_>) -> Option<Vec<(usize, usize)>> {
    let (our_lanes, their_lanes) = (lanes(ours), lanes(theirs));
    let gaps = (ours.gap.is_some(), theirs.gap.is_some());
    if gaps == (true, true) && shown(ours) != shown(theirs) {
        return None;
    }
    let none = Lane::default();
    let keys: BTreeSet<Key<'_>> = our_lanes
        .keys()
        .chain(their_lanes.keys())
        .copied()
        .collect();
    let mut all = Vec::new();
    for key in keys {
        let our_lane = our_lanes.get(&key).unwrap_or(&none);
        let their_lane = their_lanes.get(&key).unwrap_or(&none);
        all.extend(match gaps {
            (false, false) => pairs(our_lane, their_lane),
            (true, true) => Some(ends(our_lane, their_lane)),
            (true, false) => around_gap(our_lane, &their_lane.head),
            (false, true) => around_gap(their_lane, &our_lane.head).map(mirrored),
        }?);
    }
    Some(all)
}

pub(super) fn ways(entry: &RecordedEntry<'_>) -> &'static [EntryDirection] {
    match entry.kind {
        EntryKind::Received if word(entry) == "pong" => &[EntryDirection::Pongs],
        EntryKind::Received => &[EntryDirection::In],
        EntryKind::Status(_) => &[
            EntryDirection::Out,
            EntryDirection::In,
            EntryDirection::Pongs,
        ],
        EntryKind::Sent | EntryKind::Failure | EntryKind::Note | EntryKind::Unknown => {
            &[EntryDirection::Out]
        }
        EntryKind::Elided => &[],
    }
}

pub(super) fn lanes<'a>(recorded: &Recorded<'a>) -> BTreeMap<Key<'a>, Lane> {
    let mut lanes: BTreeMap<Key<'a>, Lane> = BTreeMap::new();
    let entries = recorded.entries.iter().enumerate();
    for (at, entry) in entries.filter(|(at, _)| !recorded.left_out.contains(at)) {
        for way in ways(entry) {
            let lane = lanes.entry((entry.who, *way)).or_default();
            match recorded.gap {
                Some(gap) if at >= gap => lane.tail.push(at),
                _ => lane.head.push(at),
            }
        }
    }
    lanes
}

fn pairs(our: &Lane, their: &Lane) -> Option<Vec<(usize, usize)>> {
    let pairs = our.head.iter().copied().zip(their.head.iter().copied());
    (our.head.len() == their.head.len()).then(|| pairs.collect())
}

/// How many lines of a lane stand before the gap and behind it depends on the others; so what both show is compared,
/// from either end.
fn ends(our: &Lane, their: &Lane) -> Vec<(usize, usize)> {
    let heads = our.head.iter().zip(&their.head);
    let tails = our.tail.iter().rev().zip(their.tail.iter().rev());
    heads
        .chain(tails)
        .map(|(one, other)| (*one, *other))
        .collect()
}

/// A lane with a gap, and one that shows all, and so at least as much.
fn around_gap(gapped: &Lane, whole: &[usize]) -> Option<Vec<(usize, usize)>> {
    if gapped.head.len() + gapped.tail.len() > whole.len() {
        return None;
    }
    let heads = gapped.head.iter().zip(whole);
    let tails = gapped.tail.iter().rev().zip(whole.iter().rev());
    let pairs = heads.chain(tails).map(|(one, other)| (*one, *other));
    Some(pairs.collect())
}

fn mirrored(pairs: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    pairs.into_iter().map(|(one, other)| (other, one)).collect()
}

/// How many messages stand before the gap and behind it.
fn shown(recorded: &Recorded<'_>) -> (usize, usize) {
    let gap = recorded.gap.unwrap_or(recorded.entries.len());
    let count =
        |entries: &[RecordedEntry<'_>]| entries.iter().filter(|entry| is_message(entry)).count();
    let (head, tail) = recorded.entries.split_at_checked(gap).unwrap_or((&[], &[]));
    (count(head), count(tail))
}

fn is_message(entry: &RecordedEntry<'_>) -> bool {
    let control = ["ping", "pong", "close", "bytes"];
    matches!(entry.kind, EntryKind::Sent | EntryKind::Received) && !control.contains(&word(entry))
}

/// The format of a message, or what a control frame is called.
pub(super) fn word<'a>(entry: &RecordedEntry<'a>) -> &'a str {
    entry.body.split(' ').next().unwrap_or_default()
}
