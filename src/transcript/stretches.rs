//! The open stretches of two records of one message, and whether all that lies between them is the same.

use std::ops::Range;

use super::shown::ShownPayload;
use super::values::Values;

/// A stretch that is open in both records.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OpenStretch {
    fresh: Range<usize>,
    recorded: Range<usize>,
}

/// What was kept, as it stands in both records.
pub(super) type SharedValues = Vec<(String, String)>;

/// Bytes as text, or as the characters of their numbers.
pub(super) fn wide(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => characters(bytes),
    }
}

/// Bytes as the characters of their numbers, as a dump is read.
fn characters(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// Bytes compared as text, or as the characters of their numbers.
pub(super) fn same(fresh: &[u8], recorded: &[u8], values: &mut Values, cut: bool) -> bool {
    fresh == recorded || values.same(&wide(fresh), &wide(recorded), cut)
}

/// The open stretches of two records.
#[derive(Debug)]
pub(super) struct Found {
    slots: Vec<OpenStretch>,
    pub(super) kept: SharedValues,
    pub(super) is_cut: bool,
    /// How far both are compared: behind it stands what only one of two records that were cut still shows.
    ends: (usize, usize),
}

impl Found {
    /// Of two records of one message.
    pub(super) fn new(fresh: &ShownPayload<'_>, recorded: &ShownPayload<'_>) -> Self {
        Self {
            slots: Vec::new(),
            kept: Vec::new(),
            is_cut: fresh.is_cut || recorded.is_cut,
            ends: (fresh.payload.len(), recorded.payload.len()),
        }
    }

    /// A stretch is open in both.
    pub(super) fn add(&mut self, fresh: Range<usize>, recorded: Range<usize>) {
        self.slots.push(OpenStretch { fresh, recorded });
    }

    /// What is open in another is open here.
    pub(super) fn extend(&mut self, other: Self) {
        self.slots.extend(other.slots);
        self.kept.extend(other.kept);
    }

    /// The open stretches in order, none over another.
    pub(super) fn slots(self) -> Vec<(Range<usize>, Range<usize>)> {
        let slots = merged(self.slots).unwrap_or_default().into_iter();
        slots.map(|slot| (slot.fresh, slot.recorded)).collect()
    }

    /// What stood there was kept under a name.
    pub(super) fn keep(&mut self, fresh: &[u8], recorded: &[u8]) {
        self.kept.push((wide(fresh), wide(recorded)));
        if !fresh.is_ascii() || !recorded.is_ascii() {
            self.kept.push((characters(fresh), characters(recorded)));
        }
    }

    /// A place that only one record has is a difference, unless it was cut off in the other.
    pub(super) fn only_in_one(
        &mut self,
        fresh: Option<&Range<usize>>,
        recorded: Option<&Range<usize>>,
    ) -> Option<()> {
        if !self.is_cut {
            // Neither has it: what hid it hid it in both.
            return (fresh.is_none() && recorded.is_none()).then_some(());
        }
        if let Some(fresh) = fresh {
            self.ends.0 = self.ends.0.min(fresh.start);
        }
        if let Some(recorded) = recorded {
            self.ends.1 = self.ends.1.min(recorded.start);
        }
        Some(())
    }

    /// Whether all that is not open is the same.
    pub(super) fn rest_is_same(
        &mut self,
        fresh: &ShownPayload<'_>,
        recorded: &ShownPayload<'_>,
        values: &mut Values,
    ) -> bool {
        let Some(slots) = merged(std::mem::take(&mut self.slots)) else {
            return false;
        };
        let (mut one, mut other) = (0, 0);
        for slot in slots {
            if slot.fresh.start > self.ends.0 || slot.recorded.start > self.ends.1 {
                break;
            }
            let ours = fresh.payload.get(one..slot.fresh.start).unwrap_or_default();
            let theirs = recorded
                .payload
                .get(other..slot.recorded.start)
                .unwrap_or_default();
            if !same(ours, theirs, values, false) {
                return false;
            }
            (one, other) = (slot.fresh.end, slot.recorded.end);
        }
        let ours = fresh.payload.get(one..self.ends.0).unwrap_or_default();
        let theirs = recorded.payload.get(other..self.ends.1).unwrap_or_default();
        if !self.is_cut {
            return same(ours, theirs, values, false);
        }
        // Where a value was longer, less is left of what follows it.
        let least = ours.len().min(theirs.len());
        ours.get(..least) == theirs.get(..least) || same(ours, theirs, values, true)
    }
}

/// The slots in order, those that meet as one; `None` where they lie otherwise in the other record.
fn merged(mut slots: Vec<OpenStretch>) -> Option<Vec<OpenStretch>> {
    slots.sort_by_key(|slot| (slot.fresh.start, slot.fresh.end));
    let mut merged: Vec<OpenStretch> = Vec::new();
    for slot in slots {
        let Some(last) = merged.last_mut() else {
            merged.push(slot);
            continue;
        };
        let apart = slot.fresh.start >= last.fresh.end && slot.fresh != last.fresh;
        if apart != (slot.recorded.start >= last.recorded.end && slot.recorded != last.recorded) {
            return None;
        }
        if apart {
            merged.push(slot);
        } else {
            last.fresh.end = last.fresh.end.max(slot.fresh.end);
            last.recorded.start = last.recorded.start.min(slot.recorded.start);
            last.recorded.end = last.recorded.end.max(slot.recorded.end);
        }
    }
    Some(merged)
}
