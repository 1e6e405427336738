//! Which values were kept under names, in a fresh transcript and, in their places, in the recorded one. Both have to be
//! known before anything is compared: a value recurs before and behind the place where it was kept.

use std::collections::BTreeSet;

use super::Transcript;
use super::mark::Mark;
use super::partners::changed;
use super::recorded::Recorded;
use super::same::{Judge, joined};

/// Messages that hold what others kept can be told only once that is known; more than this often nobody looks.
const ROUNDS: usize = 4;

/// What was kept, as it stands in both.
pub(super) fn kept(fresh: &Transcript, recorded: &str) -> BTreeSet<(String, String)> {
    let mut known = fresh.generated.kept().clone();
    let is_open = |mark: &Mark| !mark.open.is_empty();
    if !fresh.marks.values().any(is_open) {
        return known;
    }
    let text = fresh.to_string();
    let (mut ours, mut theirs) = (Recorded::fresh(&text, fresh), Recorded::read(recorded));
    for _ in 0..ROUNDS {
        let mut judge = Judge::new(fresh, &known);
        judge.leave_out_beats(&mut ours, &mut theirs);
        let before = known.len();
        known.extend(judge.kept(&ours, &theirs));
        if known.len() == before {
            break;
        }
    }
    known
}

impl Judge<'_> {
    fn kept(&mut self, ours: &Recorded<'_>, theirs: &Recorded<'_>) -> Vec<(String, String)> {
        let pairs = joined(ours, theirs).unwrap_or_else(|| {
            let partners = self.partners(ours, theirs);
            let changed = changed(ours, theirs, &partners);
            partners.into_iter().chain(changed).collect()
        });
        let mut kept = Vec::new();
        for (our, their) in pairs {
            let (Some(fresh), Some(recorded)) = (ours.entries.get(our), theirs.entries.get(their))
            else {
                continue;
            };
            if fresh.mark.is_some_and(|mark| !mark.open.is_empty()) {
                kept.extend(self.kept_in(fresh, recorded));
            }
        }
        kept
    }
}
