//! Which values were kept under names, in a fresh transcript and, in their places, in the recorded one. Both have to be
//! known before anything is compared: a value recurs before and behind the place where it was kept.

use std::collections::BTreeSet;

use super::Transcript;
use super::flat::payload;
use super::mark::Mark;
use super::partners::changed;
use super::recorded::Recorded;
use super::same::{Judge, joined};

/// Messages that hold what others kept can be told only once that is known; it is looked for at most this often.
const ROUNDS: usize = 16;

/// What was kept, as it stands in both.
pub(super) fn kept(fresh: &Transcript, recorded: &str) -> BTreeSet<(String, String)> {
    let mut known = fresh.generated.kept().clone();
    let is_known = |mark: &Mark| !mark.open.is_empty() || !mark.inserted.is_empty();
    if !fresh.marks.values().any(is_known) {
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
            // What a `-- save` computes stands nowhere in its message; it is first seen where its name inserts it.
            known.extend(judge.inserted(&ours, &theirs, &known));
        }
        if known.len() == before {
            break;
        }
    }
    known
}

impl Judge<'_> {
    fn pairs(&mut self, ours: &Recorded<'_>, theirs: &Recorded<'_>) -> Vec<(usize, usize)> {
        joined(ours, theirs).unwrap_or_else(|| {
            let partners = self.partners(ours, theirs);
            let changed = changed(ours, theirs, &partners);
            partners.into_iter().chain(changed).collect()
        })
    }

    /// The first values that names inserted and of which nothing is known: those of one message together.
    fn inserted(
        &mut self,
        ours: &Recorded<'_>,
        theirs: &Recorded<'_>,
        known: &BTreeSet<(String, String)>,
    ) -> Vec<(String, String)> {
        let mut pairs = self.pairs(ours, theirs);
        // In the order in which they were sent: where it stands first tells what it was.
        pairs.sort_unstable();
        let first = pairs.into_iter().find_map(|(our, their)| {
            let (fresh, recorded) = (ours.entries.get(our)?, theirs.entries.get(their)?);
            let inserted = fresh.mark?.inserted.iter();
            let is_new = |value: &&String| known.iter().all(|(now, _)| now != *value);
            let new: Vec<&String> = inserted.filter(is_new).collect();
            if new.is_empty() {
                return None;
            }
            let (one, other) = (payload(fresh).0, payload(recorded).0);
            let kept = self.values.kept(&new, &one, &other);
            (!kept.is_empty()).then_some(kept)
        });
        first.unwrap_or_default()
    }

    fn kept(&mut self, ours: &Recorded<'_>, theirs: &Recorded<'_>) -> Vec<(String, String)> {
        let mut kept = Vec::new();
        for (our, their) in self.pairs(ours, theirs) {
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
