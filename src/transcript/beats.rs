//! Messages that a clock sends: how often it fired is known to change, so they are left out of what is compared.

use super::flat::payload;
use super::open_run::divide;
use super::recorded::{EntryKind, Recorded, RecordedEntry};
use super::same::{EntryDirection, Judge, lanes, word};
use super::shown::ShownPayload;
use crate::protocol::OpenPiece;
use crate::source::Span;

/// A step that a clock repeats.
#[derive(Clone, Debug, PartialEq)]
pub struct Beat {
    /// Its place in the block's text.
    pub step: Span,
    /// The words behind the arrow and what stands behind that, where it can be known again by itself.
    pub shape: Option<(String, Vec<OpenPiece>)>,
}

/// How many of the messages of clocks are held against what may be another one.
const SAMPLES: usize = 64;

impl Judge<'_> {
    /// Leaves the messages of clocks out of both transcripts, and the pongs that answer their pings.
    pub(super) fn leave_out_beats(&mut self, ours: &mut Recorded<'_>, theirs: &mut Recorded<'_>) {
        if self.fresh.beats.is_empty() {
            return;
        }
        let pongs = (self.pongs(ours), self.pongs(theirs));
        ours.left_out.extend(pongs.0);
        theirs.left_out.extend(pongs.1);
        let samples = samples(ours);
        let sent: Vec<usize> = beats(ours).map(|(at, _)| at).collect();
        ours.left_out.extend(sent);
        if ours.gap.is_some() || theirs.gap.is_some() {
            // How many of the others are shown depends on how many of these there are.
            let our = self.alike(ours, ours, &samples);
            let their = self.alike(theirs, ours, &samples);
            ours.left_out.extend(our);
            theirs.left_out.extend(their);
            return;
        }
        let our_lanes = lanes(ours);
        let mut left_out = Vec::new();
        for (key, lane) in lanes(theirs) {
            if key.1 != EntryDirection::Out {
                continue;
            }
            let ours_there = our_lanes.get(&key).into_iter().flat_map(|lane| &lane.head);
            let mut expected = ours_there
                .filter_map(|our| ours.entries.get(*our))
                .peekable();
            let mut beats = beats(ours)
                .filter_map(|(at, _)| ours.entries.get(at))
                .filter(|beat| beat.who == key.0)
                .peekable();
            for their in lane.head {
                let Some(entry) = theirs.entries.get(their) else {
                    continue;
                };
                // What the script sends may look like what its clock does.
                let is_next = expected
                    .peek()
                    .is_some_and(|next| self.entries(next, entry));
                let is_beat =
                    !is_next && beats.peek().is_some_and(|beat| self.entries(beat, entry));
                if is_beat {
                    beats.next();
                }
                if is_beat || !is_next && self.is_beat(entry, ours, &samples) {
                    left_out.push(their);
                } else {
                    expected.next();
                }
            }
        }
        theirs.left_out.extend(left_out);
    }

    fn alike(&mut self, of: &Recorded<'_>, ours: &Recorded<'_>, samples: &[usize]) -> Vec<usize> {
        let entries = of.entries.iter().enumerate();
        let alike = entries.filter(|(_, entry)| self.is_beat(entry, ours, samples));
        alike.map(|(at, _)| at).collect()
    }

    fn is_beat(
        &mut self,
        entry: &RecordedEntry<'_>,
        ours: &Recorded<'_>,
        samples: &[usize],
    ) -> bool {
        let mut samples = samples.iter().filter_map(|at| ours.entries.get(*at));
        entry.kind == EntryKind::Sent
            && (self.is_shaped(entry, false) || samples.any(|sample| self.frames(sample, entry)))
    }

    fn pongs(&mut self, of: &Recorded<'_>) -> Vec<usize> {
        let entries = of.entries.iter().enumerate();
        let pongs = entries.filter(|(_, entry)| {
            entry.kind == EntryKind::Received
                && word(entry) == "pong"
                && self.is_shaped(entry, true)
        });
        pongs.map(|(at, _)| at).collect()
    }

    /// Whether the entry looks like what a clock sends, or what comes back.
    fn is_shaped(&mut self, entry: &RecordedEntry<'_>, comes_back: bool) -> bool {
        let (flat, rest) = payload(entry);
        let shown = ShownPayload::read(&flat, rest.is_some());
        let fresh = self.fresh;
        fresh.beats.iter().any(|beat| match &beat.shape {
            Some((word, run)) if comes_back && word == "ping" => fits(run, &shown),
            Some((word, run)) => *word == shown.word && fits(run, &shown),
            None => false,
        })
    }
}

/// What clocks sent, and the step of each.
fn beats(ours: &Recorded<'_>) -> impl Iterator<Item = (usize, Span)> {
    let entries = ours.entries.iter().enumerate();
    entries.filter_map(|(at, entry)| Some((at, entry.mark?.beat?)))
}

/// The first ones tell what is like them.
fn samples(ours: &Recorded<'_>) -> Vec<usize> {
    beats(ours).map(|(at, _)| at).take(SAMPLES).collect()
}

/// Whether a run is all of a payload.
fn fits(run: &[OpenPiece], shown: &ShownPayload<'_>) -> bool {
    if shown.is_cut {
        return false;
    }
    let is_masked = shown.text().is_some_and(|text| text.contains('…'));
    let (run, payload) = shown.comparable(run);
    divide(&run, &payload, !is_masked, |_| false).is_some()
}
