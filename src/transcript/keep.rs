//! What is kept of ever so many entries: the first ones, the last ones, and how many there were between.
//! Knows nothing of how they look.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::LineKind;
use super::mark::Mark;
use super::payload::Payload;
use crate::protocol::{Direction, Generated};

/// Control frames and notes, status lines, and failures kept at most, of each, at either end: messages have a limit
/// of their own, and nothing may grow for ever.
const OTHERS: usize = 1000;

/// Generated values kept at least, at either end.
const GENERATED: usize = 2000;

/// One entry, not drawn yet: most of a flood are never shown.
#[derive(Clone, Debug)]
pub(super) struct KeptEntry {
    pub(super) at: Duration,
    pub(super) who: Option<Arc<str>>,
    /// The number of the frame that it is, or of the last one that arrived before.
    pub(super) number: u64,
    pub(super) what: What,
    /// Most have none, and an entry is moved about.
    pub(super) mark: Option<Box<Mark>>,
}

impl KeptEntry {
    /// Whether it is the received frame of that number.
    pub(super) fn is_received(&self, number: u64) -> bool {
        let received = matches!(
            self.what,
            What::Frame {
                direction: Direction::Received,
                ..
            }
        );
        received && self.number == number
    }
}

/// What an entry tells.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// A frame; of a pong, the time since its ping.
    Frame {
        direction: Direction,
        payload: Payload,
        round_trip: Option<Duration>,
    },
    /// What stands already. Boxed: of a flood, most entries are frames.
    Words(Box<Words>),
}

/// A line that stands already, and lines below it.
#[derive(Clone, Debug)]
pub(super) struct Words {
    pub(super) kind: LineKind,
    pub(super) line: String,
    pub(super) below: Vec<String>,
    /// Lines that the transcript leaves out.
    pub(super) aside: Vec<String>,
}

/// How long an entry is kept when there are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rank {
    /// Counted against the limit of messages.
    Message,
    /// Control frames and notes: left out together with the messages around them.
    Aside,
    /// Status lines: kept, if need be the last ones.
    Status,
    /// Failures: kept, if need be the first ones.
    Failure,
}

/// The first half of the messages and what stands between them went out already; this keeps the rest.
#[derive(Debug)]
pub(super) struct Keep {
    limit: usize,
    first_messages: usize,
    first_others: usize,
    sequence: u64,
    tail: Option<Tail>,
}

#[derive(Debug, Default)]
struct Tail {
    messages: VecDeque<(u64, KeptEntry)>,
    asides: VecDeque<(u64, KeptEntry)>,
    statuses: VecDeque<(u64, KeptEntry)>,
    failures: Vec<(u64, KeptEntry)>,
    messages_lost: u64,
    others_lost: u64,
    /// Messages up to this one are left out.
    lost_until: u64,
}

/// What is left at the end.
#[derive(Debug)]
pub(super) struct Remainder {
    /// Messages left out before the entries.
    pub(super) messages_lost: u64,
    /// Other entries left out before them, for lack of room.
    pub(super) others_lost: u64,
    /// In the order in which they came.
    pub(super) entries: Vec<KeptEntry>,
}

impl Keep {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            first_messages: 0,
            first_others: 0,
            sequence: 0,
            tail: None,
        }
    }

    /// Gives the entry back if it is certain to be shown after those given back before it.
    pub(super) fn push(&mut self, entry: KeptEntry, rank: Rank) -> Option<KeptEntry> {
        self.sequence += 1;
        if self.tail.is_none() && self.is_first(rank) {
            return Some(entry);
        }
        let room = self.limit - self.first_messages;
        let tail = self.tail.get_or_insert_default();
        tail.push(self.sequence, entry, rank, room);
        None
    }

    /// The entry of a received frame, if it is kept here. `in_order` is whether frames were taken in the order of their
    /// numbers; else it is looked for among the last ones only.
    pub(super) fn received(&mut self, number: u64, in_order: bool) -> Option<&mut KeptEntry> {
        const LAST: usize = 64;
        let tail = self.tail.as_mut()?;
        for entries in [&mut tail.messages, &mut tail.asides] {
            let at = if in_order {
                entries.partition_point(|(_, entry)| entry.number < number)
            } else {
                let mut last = entries.iter().enumerate().rev().take(LAST);
                last.find(|(_, (_, entry))| entry.number == number)
                    .map_or(entries.len(), |(at, _)| at)
            };
            let found = entries.get_mut(at).map(|(_, entry)| entry);
            if let Some(entry) = found.filter(|entry| entry.is_received(number)) {
                return Some(entry);
            }
        }
        None
    }

    /// The larger half comes first: the first messages tell what the rest is about.
    fn is_first(&mut self, rank: Rank) -> bool {
        if rank == Rank::Message {
            let fits = self.first_messages < self.limit.div_ceil(2);
            self.first_messages += usize::from(fits);
            return fits;
        }
        // Up to here nothing can have been left out; a tail begins with the first message that may be.
        self.first_others += 1;
        self.first_others <= OTHERS
    }

    pub(super) fn finish(self) -> Remainder {
        let tail = self.tail.unwrap_or_default();
        let lost_until = tail.lost_until;
        let asides = tail.asides.into_iter().filter(|(at, _)| *at > lost_until);
        let mut entries: Vec<(u64, KeptEntry)> = tail
            .messages
            .into_iter()
            .chain(asides)
            .chain(tail.statuses)
            .chain(tail.failures)
            .collect();
        entries.sort_by_key(|(at, _)| *at);
        Remainder {
            messages_lost: tail.messages_lost,
            others_lost: tail.others_lost,
            entries: entries.into_iter().map(|(_, entry)| entry).collect(),
        }
    }
}

impl Tail {
    fn push(&mut self, at: u64, entry: KeptEntry, rank: Rank, room: usize) {
        match rank {
            Rank::Message => {
                self.messages.push_back((at, entry));
                if self.messages.len() > room {
                    let lost = self.messages.pop_front();
                    self.lost_until = lost.map_or(self.lost_until, |(at, _)| at);
                    self.messages_lost += 1;
                }
            }
            Rank::Aside => self.others_lost += ring(&mut self.asides, (at, entry)),
            Rank::Status => self.others_lost += ring(&mut self.statuses, (at, entry)),
            Rank::Failure if self.failures.len() < OTHERS => self.failures.push((at, entry)),
            Rank::Failure => self.others_lost += 1,
        }
    }
}

/// Puts one in, and tells how many fell out.
fn ring(entries: &mut VecDeque<(u64, KeptEntry)>, entry: (u64, KeptEntry)) -> u64 {
    entries.push_back(entry);
    if entries.len() <= OTHERS {
        return 0;
    }
    entries.pop_front();
    1
}

/// Generated values: the first ones and the last ones.
#[derive(Debug)]
pub(super) struct SampledValues {
    limit: usize,
    first: Vec<Generated>,
    last: VecDeque<Generated>,
}

impl SampledValues {
    /// Keeps what `messages` shown messages may hold.
    pub(super) fn new(messages: usize) -> Self {
        Self {
            limit: messages.saturating_mul(4).max(GENERATED),
            first: Vec::new(),
            last: VecDeque::new(),
        }
    }

    pub(super) fn push(&mut self, generated: &Generated) {
        if self.first.len() < self.limit {
            self.first.push(generated.clone());
            return;
        }
        if self.last.len() == self.limit {
            self.last.pop_front();
        }
        self.last.push_back(generated.clone());
    }

    /// The newest first.
    pub(super) fn newest(&self) -> impl Iterator<Item = &Generated> {
        self.last.iter().rev().chain(self.first.iter().rev())
    }

    pub(super) fn finish(self) -> Vec<Generated> {
        self.first.into_iter().chain(self.last).collect()
    }
}
