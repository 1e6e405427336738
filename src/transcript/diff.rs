//! One transcript in the words of another where they say the same, so that a diff shows the rest.

use std::collections::{BTreeMap, BTreeSet};

use super::Transcript;
use super::recorded::Recorded;
use super::same::{Judge, Key, lanes, ways};

pub(super) fn normalized(fresh: &Transcript, recorded: &str) -> String {
    let text = fresh.to_string();
    let mut judge = Judge::new(fresh);
    let (ours, theirs) = (Recorded::read(&text), Recorded::read(recorded));
    let summary = if judge.summaries(&ours, &theirs) {
        theirs.summary.as_ref()
    } else {
        ours.summary.as_ref()
    };
    let mut out: Vec<&str> = summary.map(|summary| summary.line).into_iter().collect();
    if judge.all(&ours, &theirs) {
        out.extend(theirs.entries.iter().map(|entry| entry.text));
    } else {
        out.extend(judge.merged(&ours, &theirs));
    }
    out.iter().flat_map(|line| [*line, "\n"]).collect()
}

impl Judge<'_> {
    /// Our entries in the place and words of theirs where they are the same, and in their own where not.
    fn merged<'b>(&mut self, ours: &Recorded<'b>, theirs: &Recorded<'b>) -> Vec<&'b str> {
        let partners = self.partners(ours, theirs);
        let mut order: BTreeMap<(usize, usize), &str> = BTreeMap::new();
        // What is new stands right before what follows it in its lane.
        let mut next: BTreeMap<Key<'_>, usize> = BTreeMap::new();
        let mut next_of_all = theirs.entries.len();
        for (our, entry) in ours.entries.iter().enumerate().rev() {
            let partner = partners.get(&our).copied();
            let recorded = partner.and_then(|their| Some((their, theirs.entries.get(their)?)));
            let keys = ways(entry).iter().map(|way| (entry.who, *way));
            if let Some((their, recorded)) = recorded {
                next.extend(keys.map(|key| (key, their)));
                next_of_all = their;
                order.insert((their, usize::MAX), recorded.text);
            } else {
                let before = keys.filter_map(|key| next.get(&key)).min().copied();
                order.insert((before.unwrap_or(next_of_all), our), entry.text);
            }
        }
        order.into_values().collect()
    }

    /// Which of their entries is the same as ours: in each lane from the front, then from the back.
    fn partners(&mut self, ours: &Recorded<'_>, theirs: &Recorded<'_>) -> BTreeMap<usize, usize> {
        let mut partners: BTreeMap<usize, usize> = ours.gap.zip(theirs.gap).into_iter().collect();
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
        partners
    }
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
