//! The transcript that a run would write, with all that is known to change as it is recorded: what a diff of the two
//! then shows has truly changed. Fresh entries stand where they happened among those that are recorded.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Transcript;
use super::hint::Hint;
use super::hints;
use super::learn::kept;
use super::partners::{Partners, changed};
use super::recorded::Recorded;
use super::same::{Judge, Key, ways};

/// How a transcript differs from the recorded one.
#[derive(Debug)]
pub(crate) struct Difference {
    /// The transcript's text, with all that is known to change as it is recorded.
    pub(crate) text: String,
    /// What would let vary what has changed.
    pub(crate) hints: Vec<Hint>,
}

pub(super) fn same(fresh: &Transcript, recorded: &str) -> bool {
    let text = fresh.to_string();
    let mut judge = Judge::new(fresh, &kept(fresh, recorded));
    let (mut ours, mut theirs) = (Recorded::fresh(&text, fresh), Recorded::read(recorded));
    judge.leave_out_beats(&mut ours, &mut theirs);
    judge.summaries(&ours, &theirs) && judge.all(&ours, &theirs)
}

pub(super) fn difference(fresh: &Transcript, recorded: &str) -> Difference {
    let text = fresh.to_string();
    let mut judge = Judge::new(fresh, &kept(fresh, recorded));
    let (mut ours, mut theirs) = (Recorded::fresh(&text, fresh), Recorded::read(recorded));
    judge.leave_out_beats(&mut ours, &mut theirs);
    let mut out: Vec<Cow<'_, str>> = Vec::new();
    out.extend(summary(&judge, &ours, &theirs));
    let mut hints = Vec::new();
    if judge.all(&ours, &theirs) {
        out.extend(theirs.entries.iter().map(|entry| entry.text.into()));
    } else {
        let partners = judge.partners(&ours, &theirs);
        let changed = changed(&ours, &theirs, &partners);
        hints = hints::hints(&mut judge, &ours, &theirs, (&partners, &changed));
        out.extend(judge.merged(&ours, &theirs, &partners, &changed));
    }
    let text = out.iter().flat_map(|line| [&**line, "\n"]).collect();
    Difference { text, hints }
}

/// The first line, with how long it took and when as recorded.
fn summary<'a>(
    judge: &Judge<'_>,
    ours: &Recorded<'a>,
    theirs: &Recorded<'a>,
) -> Option<Cow<'a, str>> {
    let (Some(fresh), Some(recorded)) = (&ours.summary, &theirs.summary) else {
        return Some(ours.summary.as_ref()?.line.into());
    };
    if judge.summaries(ours, theirs) {
        return Some(recorded.line.into());
    }
    let (_, when) = recorded.line.split_once(recorded.counts)?;
    let (mark, _) = fresh.line.split_once(fresh.counts)?;
    let counts = judge.counts(fresh.counts, recorded.counts);
    Some(format!("{mark}{counts}{when}").into())
}

/// Where an entry stands: behind so many of theirs; before what was put there; in our order.
type EntryPlace = (usize, bool, usize);

impl Judge<'_> {
    /// Our entries: those that are the same, in the place and words of theirs; those that changed, in their place with
    /// what is known to change in theirs; new ones behind what they came after.
    fn merged<'b>(
        &mut self,
        ours: &Recorded<'b>,
        theirs: &Recorded<'b>,
        partners: &Partners,
        changed: &Partners,
    ) -> Vec<Cow<'b, str>> {
        let theirs_of = |our: &usize| partners.get(our).or_else(|| changed.get(our)).copied();
        let follows = following(ours, theirs.entries.len(), theirs_of);
        let mut order: BTreeMap<EntryPlace, Cow<'b, str>> = BTreeMap::new();
        // What a clock sent more often then stays as it is recorded.
        let taken: BTreeSet<usize> = partners.values().copied().collect();
        for their in theirs.left_out.difference(&taken) {
            if let Some(entry) = theirs.entries.get(*their) {
                order.insert((their + 1, false, 0), entry.text.into());
            }
        }
        let mut behind: BTreeMap<Key<'_>, usize> = BTreeMap::new();
        let mut last = 0;
        for (our, entry) in ours.entries.iter().enumerate() {
            let keys = || ways(entry).iter().map(|way| (entry.who, *way));
            let their = theirs_of(&our);
            let recorded = their.and_then(|their| Some((their, theirs.entries.get(their)?)));
            if let Some((their, recorded)) = recorded {
                last = their + 1;
                behind.extend(keys().map(|key| (key, last)));
                let text = if partners.contains_key(&our) {
                    recorded.text.into()
                } else {
                    self.in_their_words(entry, recorded).into()
                };
                order.insert((last, false, our), text);
            } else if !ours.left_out.contains(&our) {
                let after = keys().filter_map(|key| behind.get(&key)).max();
                let before = follows.get(&our).copied().unwrap_or(theirs.entries.len());
                last = last.max(after.copied().unwrap_or_default()).min(before);
                order.insert((last, true, our), entry.text.into());
            }
        }
        order.into_values().collect()
    }
}

/// Of entries that have no place of theirs: behind how many of theirs they stand at most, to stay before what follows in
/// their lanes.
fn following(
    ours: &Recorded<'_>,
    end: usize,
    theirs_of: impl Fn(&usize) -> Option<usize>,
) -> BTreeMap<usize, usize> {
    let mut next: BTreeMap<Key<'_>, usize> = BTreeMap::new();
    let mut following = BTreeMap::new();
    for (our, entry) in ours.entries.iter().enumerate().rev() {
        let keys = || ways(entry).iter().map(|way| (entry.who, *way));
        if let Some(their) = theirs_of(&our) {
            next.extend(keys().map(|key| (key, their)));
        } else {
            let before = keys().filter_map(|key| next.get(&key)).min();
            following.insert(our, before.copied().unwrap_or(end));
        }
    }
    following
}
