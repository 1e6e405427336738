//! What is known of entries that were given already, besides what they show.

use std::collections::BTreeMap;

use super::keep::KeptEntry;
use super::mark::{Mark, Note};

/// What is known of the entries that were given already.
#[derive(Debug, Default)]
pub(super) struct KnownToChange {
    /// Of each one the number, and whether it is that received frame itself.
    numbers: Vec<(u64, bool)>,
    pub(super) marks: BTreeMap<usize, Mark>,
}

impl KnownToChange {
    /// The next one was given.
    pub(super) fn push(&mut self, entry: &mut KeptEntry) {
        let place = self.numbers.len();
        let received = entry.is_received(entry.number);
        self.numbers.push((entry.number, received));
        self.marks
            .extend(entry.mark.take().map(|mark| (place, *mark)));
    }

    /// Notes something of the entry of a received frame.
    pub(super) fn note(&mut self, number: u64, in_order: bool, note: Note) {
        if let Some(place) = self.place(number, in_order) {
            self.marks.entry(place).or_default().add(note);
        }
    }

    /// Which of the entries is a received frame. `in_order` is whether frames were taken in the order of their numbers.
    pub(super) fn place(&self, number: u64, in_order: bool) -> Option<usize> {
        let is_it = |place: &usize| self.numbers.get(*place) == Some(&(number, true));
        let place = if in_order {
            Some(self.numbers.partition_point(|(other, _)| *other < number))
        } else {
            (0..self.numbers.len()).rev().find(is_it)
        };
        place.filter(is_it)
    }
}
