//! Compares transcripts with the recorded ones, with all that the blocks of a run know of one another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::execution::FinishedBlock;
use super::plan::Plan;
use super::{Kept, Verdict};
use crate::transcript::{Generations, Transcript};

/// Says of each transcript whether it is new, has changed, or is the same.
pub(super) fn compare(plan: &Plan, ran: &mut [FinishedBlock]) {
    share_generated(ran);
    leave_out_partial(plan, ran);
    share_kept(plan, ran);
    for ran in ran {
        if let Some(transcript) = &ran.transcript {
            ran.result.kept = compared(plan, ran.result.block.index, transcript);
        }
    }
}

/// The blocks whose transcripts are written: those that are `wanted`, and those that show values of this run which these
/// show, or others would. Else the document would tell of two runs, and a value would be another one in each half.
pub(super) fn written(ran: &[FinishedBlock], wanted: impl Fn(Kept) -> bool) -> BTreeSet<usize> {
    let is_wanted = |ran: &&FinishedBlock| wanted(ran.result.kept);
    let mut written: BTreeSet<usize> = ran
        .iter()
        .filter(is_wanted)
        .map(|ran| ran.result.block.index)
        .collect();
    let is_left = |ran: &&FinishedBlock| !is_wanted(ran) && ran.result.kept == Kept::Same;
    if written.is_empty() || !ran.iter().any(|ran| is_left(&ran)) {
        return written;
    }
    let shown: Vec<_> = ran
        .iter()
        .filter(|ran| is_wanted(ran) || is_left(ran))
        .filter_map(|ran| {
            let transcript = ran.transcript.as_ref()?;
            let values = transcript.generated.found_in(&transcript.to_string());
            Some((ran.result.block.index, values))
        })
        .collect();
    let mut by_value: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, (_, values)) in shown.iter().enumerate() {
        for value in values {
            by_value.entry(*value).or_default().push(place);
        }
    }
    let places = shown.iter().enumerate();
    let first = places.filter(|(_, (index, _))| written.contains(index));
    let mut next: Vec<usize> = first.map(|(place, _)| place).collect();
    while let Some((index, values)) = next.pop().and_then(|place| shown.get(place)) {
        written.insert(*index);
        // Each value leads to its blocks once.
        let found = values.iter().filter_map(|value| by_value.remove(value));
        next.extend(found.flatten());
    }
    written
}

/// What one block of this run generated is not a difference in another's transcript either.
fn share_generated(ran: &mut [FinishedBlock]) {
    let transcripts = || ran.iter().filter_map(|ran| ran.transcript.as_ref());
    let all: Vec<_> = transcripts()
        .flat_map(|transcript| transcript.generated.values().iter().cloned())
        .collect();
    let digests: BTreeSet<_> = transcripts()
        .flat_map(|transcript| transcript.volatile.iter().cloned())
        .collect();
    let (all, digests) = (Generations::from(all), Arc::new(digests));
    for transcript in ran.iter_mut().filter_map(|ran| ran.transcript.as_mut()) {
        transcript.generated.clone_from(&all);
        transcript.volatile = Arc::clone(&digests);
    }
}

/// What one block keeps under a name recurs in the others.
fn share_kept(plan: &Plan, ran: &mut [FinishedBlock]) {
    let mut kept = BTreeSet::new();
    for ran in ran.iter() {
        let recorded = recorded(plan, ran.result.block.index);
        if let (Some(transcript), Some(recorded)) = (&ran.transcript, recorded) {
            kept.extend(transcript.kept_against(recorded));
        }
    }
    let transcripts = || ran.iter().filter_map(|ran| ran.transcript.as_ref());
    let Some(known) = transcripts().next() else {
        return;
    };
    let known = known.generated.with_kept(&kept);
    for transcript in ran.iter_mut().filter_map(|ran| ran.transcript.as_mut()) {
        transcript.generated.clone_from(&known);
    }
}

/// The lines of a block's transcript as they are recorded.
pub(super) fn recorded(plan: &Plan, index: usize) -> Option<&str> {
    let block = plan.document.blocks.get(index)?;
    Some(block.transcript.recorded.as_ref()?.body.text())
}

/// A server's transcript counts where all of its clients had their turn; else it would tell less than the one before.
fn leave_out_partial(plan: &Plan, ran: &mut [FinishedBlock]) {
    let cut = ran
        .iter()
        .any(|ran| !ran.result.block.kind.is_server() && ran.result.verdict == Verdict::NotRun);
    for ran in ran
        .iter_mut()
        .filter(|ran| ran.result.block.kind.is_server())
    {
        if cut || plan.partial.contains(&ran.result.block.index) {
            ran.transcript = None;
        }
    }
}

fn compared(plan: &Plan, index: usize, transcript: &Transcript) -> Kept {
    match recorded(plan, index) {
        None => Kept::New,
        Some(recorded) if transcript.same_as(recorded) => Kept::Same,
        Some(_) => Kept::Changed,
    }
}
