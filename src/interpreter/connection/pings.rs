//! Pings whose pongs are awaited: for the round-trip time, and for `@ping-every`, which ends a connection that falls silent.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::protocol::Bytes;

/// Pings whose pongs are awaited for the round-trip time.
const MOST: usize = 1024;

/// The pings of one connection.
#[derive(Debug, Default)]
pub(super) struct Pings {
    /// Pings that have left, and when.
    awaited: VecDeque<(Bytes, Instant)>,
    /// `@ping-every`, and when the next ping is due.
    every: Option<(Duration, Instant)>,
    /// How many pings that keep the connection alive were made.
    made: u64,
    /// The last one of these, until its pong comes.
    probe: Option<Bytes>,
}

/// What a pong answers.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Answered {
    /// Whether it answers a ping of `@ping-every`.
    pub(super) keeps_alive: bool,
    /// The time since the ping.
    pub(super) round_trip: Option<Duration>,
}

impl Pings {
    pub(super) fn new(every: Option<Duration>) -> Self {
        Self {
            every: every.map(|every| (every, Instant::now() + every)),
            ..Self::default()
        }
    }

    /// When the next ping of `@ping-every` is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.every.map(|(_, due)| due)
    }

    /// Whether the last ping of `@ping-every` still has no pong.
    pub(super) fn is_unanswered(&self) -> bool {
        self.probe.is_some()
    }

    /// The data of the next ping of `@ping-every`.
    pub(super) fn next(&mut self) -> Option<Bytes> {
        let (every, due) = self.every.as_mut()?;
        *due += *every;
        let data = Bytes::from(format!("voiden {}", self.made));
        self.made += 1;
        self.probe = Some(data.clone());
        Some(data)
    }

    /// No more pings of `@ping-every` are due.
    pub(super) fn stop(&mut self) {
        self.every = None;
    }

    /// A ping has left.
    pub(super) fn sent(&mut self, data: &Bytes) {
        if self.awaited.len() == MOST {
            self.awaited.pop_front();
        }
        self.awaited.push_back((data.clone(), Instant::now()));
    }

    /// A pong has come.
    pub(super) fn answered(&mut self, data: &Bytes) -> Answered {
        let position = self.awaited.iter().position(|(sent, _)| sent == data);
        // A pong answers the latest ping (RFC 6455, 5.5.3): those before it get no answer of their own.
        let sent = position.and_then(|position| self.awaited.drain(..=position).next_back());
        Answered {
            keeps_alive: self.probe.take_if(|probe| *probe == data).is_some(),
            round_trip: sent.map(|(_, sent)| sent.elapsed()),
        }
    }
}
