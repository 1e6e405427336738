//! Which entries of two transcripts are each other's: the same, or one that changed into the other.

use std::collections::{BTreeMap, BTreeSet};

use super::recorded::{EntryKind, Recorded, RecordedEntry};
use super::same::{EntryDirection, Judge, Lane, lanes, word};

/// Which of their entries stands in the place of which of ours.
pub(super) type Partners = BTreeMap<usize, usize>;

impl Judge<'_> {
    /// Which of their entries is the same as ours: in each lane from the front, then from the back.
    pub(super) fn partners(&mut self, ours: &Recorded<'_>, theirs: &Recorded<'_>) -> Partners {
        let mut partners: Partners = ours.gap.zip(theirs.gap).into_iter().collect();
        let mut their_lanes = lanes(theirs);
        for (key, lane) in lanes(ours) {
            let our: Vec<usize> = lane.head.into_iter().chain(lane.tail).collect();
            let their_lane = their_lanes.remove(&key).unwrap_or_default();
            let their: Vec<usize> = their_lane.head.into_iter().chain(their_lane.tail).collect();
            let mut alike = |our: &usize, their: &usize| self.entry(ours, *our, theirs, *their);
            for (our, their) in aligned(&our, &their, &mut alike) {
                partners.entry(our).or_insert(their);
            }
        }
        // An entry that stands in two lanes may have found two partners, or one that is another's.
        let mut taken = BTreeSet::new();
        partners.retain(|_, their| taken.insert(*their));
        partners.extend(beats(ours, theirs));
        partners
    }
}

/// The messages of clocks, each client's in their order.
fn beats(ours: &Recorded<'_>, theirs: &Recorded<'_>) -> Partners {
    let key = |entry: &RecordedEntry<'_>| (entry.who.to_owned(), entry.kind == EntryKind::Sent);
    let mut waiting: BTreeMap<(String, bool), Vec<usize>> = BTreeMap::new();
    for their in theirs.left_out.iter().rev() {
        if let Some(entry) = theirs.entries.get(*their) {
            waiting.entry(key(entry)).or_default().push(*their);
        }
    }
    let of = |our: &usize| {
        let entry = ours.entries.get(*our)?;
        Some((*our, waiting.get_mut(&key(entry))?.pop()?))
    };
    ours.left_out.iter().filter_map(of).collect()
}

/// Entries that changed: between two that are the same, what stands in one transcript and in the other.
pub(super) fn changed(ours: &Recorded<'_>, theirs: &Recorded<'_>, partners: &Partners) -> Partners {
    let taken: BTreeSet<usize> = partners.values().copied().collect();
    let their_lanes = lanes(theirs);
    let mut changed = Partners::new();
    for (key, lane) in lanes(ours) {
        let none = Lane::default();
        let their_lane = their_lanes.get(&key).unwrap_or(&none);
        let mut their = their_lane
            .head
            .iter()
            .chain(&their_lane.tail)
            .copied()
            .peekable();
        let mut fresh: Vec<usize> = Vec::new();
        for our in lane.head.into_iter().chain(lane.tail) {
            let Some(partner) = partners.get(&our) else {
                fresh.push(our);
                continue;
            };
            let mut recorded = Vec::new();
            while let Some(next) = their.next_if(|their| their < partner) {
                recorded.push(next);
            }
            their.next_if_eq(partner);
            recorded.retain(|their| !taken.contains(their));
            changed.extend(pairs(
                ours,
                &std::mem::take(&mut fresh),
                theirs,
                &recorded,
                key.1,
            ));
        }
        let recorded: Vec<usize> = their.filter(|their| !taken.contains(their)).collect();
        changed.extend(pairs(ours, &fresh, theirs, &recorded, key.1));
    }
    let mut taken = BTreeSet::new();
    changed.retain(|_, their| taken.insert(*their));
    changed
}

/// Which entries of one stretch are most like each other, in their order.
fn pairs(
    ours: &Recorded<'_>,
    fresh: &[usize],
    theirs: &Recorded<'_>,
    recorded: &[usize],
    way: EntryDirection,
) -> Vec<(usize, usize)> {
    /// How far ahead a likeness is looked for.
    const AHEAD: usize = 20;
    let likeness = |our: &usize, their: &usize| {
        let (one, other) = (ours.entries.get(*our)?, theirs.entries.get(*their)?);
        is_changed(one, other, way)
            .then(|| shared(one.body, other.body) + shared(one.below, other.below))
    };
    let mut pairs = Vec::new();
    let mut next = 0;
    for (at, our) in fresh.iter().enumerate() {
        // Those behind want a partner, too.
        let spare = (recorded.len() - next).saturating_sub(fresh.len() - at);
        let ahead = recorded
            .iter()
            .enumerate()
            .skip(next)
            .take(spare.min(AHEAD) + 1);
        let found = ahead
            .filter_map(|(at, their)| Some((likeness(our, their)?, at, *their)))
            .max_by_key(|(likeness, at, _)| (*likeness, std::cmp::Reverse(*at)));
        // Of more fresh ones than recorded ones, the one that is most like it.
        let better = |(likeness_here, _, their): &(usize, usize, usize)| {
            let behind = fresh.iter().skip(at + 1).take(AHEAD);
            fresh.len() - at > recorded.len() - next
                && behind
                    .filter_map(|our| likeness(our, their))
                    .any(|other| other > *likeness_here)
        };
        if let Some((_, found, their)) = found.filter(|found| !better(found)) {
            pairs.push((*our, their));
            next = found + 1;
        }
    }
    pairs
}

/// Whether one may be the other, changed.
fn is_changed(one: &RecordedEntry<'_>, other: &RecordedEntry<'_>, way: EntryDirection) -> bool {
    let is_frame = matches!(one.kind, EntryKind::Sent | EntryKind::Received);
    let in_place = match one.kind {
        // They stand in all lanes.
        EntryKind::Status(_) => way == EntryDirection::Out,
        EntryKind::Elided | EntryKind::Unknown => false,
        _ => true,
    };
    one.kind == other.kind && in_place && (!is_frame || word(one) == word(other))
}

/// How many words of two texts are the same at their places.
fn shared(one: &str, other: &str) -> usize {
    let words = |text: &'_ str| -> Vec<String> {
        let words = text.split(|part: char| !part.is_alphanumeric());
        words
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (one, other) = (words(one), words(other));
    one.iter()
        .zip(&other)
        .filter(|(one, other)| one == other)
        .count()
}

/// Pairs that are alike: all of the common start and end, and what can be found in between in their order.
fn aligned(
    our: &[usize],
    their: &[usize],
    alike: &mut impl FnMut(&usize, &usize) -> bool,
) -> Vec<(usize, usize)> {
    /// How far ahead a partner is looked for: what a change moved is near.
    const AHEAD: usize = 50;
    let mut pairs = Vec::new();
    let mut end = 0;
    let most = our.len().min(their.len());
    let mut start = 0;
    while start < most && zip_at(our, their, start, start, alike, &mut pairs) {
        start += 1;
    }
    while end < most - start {
        let (one, other) = (our.len() - 1 - end, their.len() - 1 - end);
        if !zip_at(our, their, one, other, alike, &mut pairs) {
            break;
        }
        end += 1;
    }
    let mut next = start;
    for one in start..our.len() - end {
        let until = (next + AHEAD).min(their.len() - end);
        if let Some(found) =
            (next..until).find(|other| zip_at(our, their, one, *other, alike, &mut pairs))
        {
            next = found + 1;
        }
    }
    pairs
}

fn zip_at(
    our: &[usize],
    their: &[usize],
    one: usize,
    other: usize,
    alike: &mut impl FnMut(&usize, &usize) -> bool,
    pairs: &mut Vec<(usize, usize)>,
) -> bool {
    let (Some(one), Some(other)) = (our.get(one), their.get(other)) else {
        return false;
    };
    let is_alike = alike(one, other);
    if is_alike {
        pairs.push((*one, *other));
    }
    is_alike
}
