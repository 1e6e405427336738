//! Holds events back while a secret that they may carry is not known yet. Bounded: beyond the bound the oldest leave
//! without their payloads, so that neither memory nor a secret is given away.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::protocol::{Bytes, Close, Direction, Event, EventKind, Frame};

/// Bytes of payload, and what events themselves take, that are held at most.
const BOUND: usize = 64 * 1024 * 1024;

/// What an event takes besides its payload, roughly.
const EVENT: usize = 256;

/// Stands for a payload that was given up.
const GONE: &str = "…";

/// Until when events are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HoldUntil {
    /// Not at all: there is no secret to come.
    Now,
    /// Until the block has told its secrets.
    Known,
    /// For each connection: until its script has told its secrets, or has stopped.
    KnownByEach,
    /// Until the block ends: other blocks have secrets to tell.
    TheEnd,
}

/// Events on their way.
#[derive(Debug)]
pub(super) struct SecretBuffer {
    until: HoldUntil,
    /// The connections that have yet to tell their secrets; under no name, how many requests over plain HTTP.
    awaited: BTreeMap<Option<Arc<str>>, usize>,
    /// Those that have told all of them, though their events are held on.
    told: BTreeSet<Option<Arc<str>>>,
    queue: VecDeque<Event>,
    held: usize,
    bound: usize,
    given_up: u64,
}

impl SecretBuffer {
    pub(super) fn new(until: HoldUntil) -> Self {
        Self {
            until,
            awaited: BTreeMap::new(),
            told: BTreeSet::new(),
            queue: VecDeque::new(),
            held: 0,
            bound: BOUND,
            given_up: 0,
        }
    }

    /// What is held of connections that have not told all their secrets, in order.
    pub(super) fn held(&self) -> impl Iterator<Item = &Event> {
        let told = |event: &&Event| self.told.contains(&None) || self.told.contains(&event.who);
        self.queue.iter().filter(move |event| !told(event))
    }

    /// Whether a connection, or the block (`None`), has yet to tell its secrets.
    pub(super) fn awaits(&self, who: Option<&Arc<str>>) -> bool {
        match self.until {
            HoldUntil::Now => false,
            HoldUntil::Known | HoldUntil::TheEnd => true,
            HoldUntil::KnownByEach => match who {
                Some(_) => self.awaited.contains_key(&who.cloned()),
                None => !self.awaited.is_empty(),
            },
        }
    }

    /// Whether a request over plain HTTP is being handled, whose handler has yet to tell its secrets.
    pub(super) fn awaits_request(&self) -> bool {
        self.awaited.contains_key(&None)
    }

    /// Takes an event; gives every event that may go on now to `pass`, in order.
    pub(super) fn push(&mut self, event: Event, mut pass: impl FnMut(Event)) {
        self.note(&event);
        if self.queue.is_empty() && !self.holds() {
            pass(event);
            return;
        }
        self.held += cost(&event);
        self.queue.push_back(event);
        if !self.holds() {
            self.release(&mut pass);
        }
        while self.held > self.bound
            && let Some(oldest) = self.queue.pop_front()
        {
            self.held -= cost(&oldest);
            let (event, given_up) = without_payload(oldest);
            self.given_up += u64::from(given_up);
            pass(event);
        }
    }

    /// Holds events from now on.
    pub(super) fn hold(&mut self) {
        self.until = HoldUntil::Known;
    }

    /// Everything that is held goes on, and what comes after it is not held.
    pub(super) fn let_go(&mut self, pass: impl FnMut(Event)) {
        self.until = HoldUntil::Now;
        self.release(pass);
    }

    /// Everything that is still held goes on. How many payloads were given up.
    pub(super) fn finish(&mut self, pass: impl FnMut(Event)) -> u64 {
        self.release(pass);
        self.given_up
    }

    fn release(&mut self, pass: impl FnMut(Event)) {
        self.held = 0;
        self.queue.drain(..).for_each(pass);
    }

    fn holds(&self) -> bool {
        self.awaits(None)
    }

    fn note(&mut self, event: &Event) {
        match (self.until, &event.kind) {
            (HoldUntil::Known, EventKind::SecretsKnown { .. }) => self.until = HoldUntil::Now,
            (HoldUntil::KnownByEach, EventKind::Connected(_) | EventKind::Requested { .. }) => {
                *self.awaited.entry(event.who.clone()).or_default() += 1;
            }
            (
                HoldUntil::TheEnd,
                EventKind::Requested {
                    direction: Direction::Received,
                    ..
                },
            ) => *self.awaited.entry(None).or_default() += 1,
            (HoldUntil::KnownByEach, EventKind::SecretsKnown { .. }) => self.known(&event.who),
            // A request is not all of its block.
            (HoldUntil::TheEnd, EventKind::SecretsKnown { .. })
                if event.who.is_none() && self.awaits_request() =>
            {
                self.known(&None);
            }
            (HoldUntil::TheEnd, EventKind::SecretsKnown { all: true }) => {
                self.told.insert(event.who.clone());
            }
            _ => {}
        }
    }

    /// A connection, or one of the requests, has told its secrets.
    #[expect(clippy::ref_option, reason = "it is a key of the map")]
    fn known(&mut self, who: &Option<Arc<str>>) {
        let left = self.awaited.get(who).copied().unwrap_or_default();
        if left > 1 {
            self.awaited.insert(who.clone(), left - 1);
        } else {
            self.awaited.remove(who);
        }
    }
}

fn cost(event: &Event) -> usize {
    let payload = match &event.kind {
        EventKind::Connected(handshake) | EventKind::Refused(handshake) => handshake.body.len(),
        EventKind::Requested { headers, .. } => length(headers),
        EventKind::Responded { response, .. } => length(&response.headers),
        what => what.frame().map_or(0, |frame| frame.payload().len()),
    };
    EVENT + payload
}

fn length(headers: &[(String, String)]) -> usize {
    let lengths = headers.iter().map(|(name, value)| name.len() + value.len());
    lengths.sum()
}

/// The event with nothing in it that the far side chose; and whether something is missing now.
fn without_payload(mut event: Event) -> (Event, bool) {
    let gone = match &mut event.kind {
        EventKind::Sent {
            frame, generated, ..
        }
        | EventKind::Body {
            frame, generated, ..
        } => {
            generated.clear();
            empty(frame)
        }
        EventKind::Requested {
            target, headers, ..
        } => {
            GONE.clone_into(target);
            headers.clear();
            true
        }
        EventKind::Responded { response, .. } => {
            Arc::make_mut(response).headers.clear();
            true
        }
        EventKind::Received { frame, .. } | EventKind::Matched { frame, .. } => empty(frame),
        EventKind::Connected(handshake) | EventKind::Refused(handshake) => {
            let handshake = Arc::make_mut(handshake);
            handshake.headers.clear();
            handshake.body = Bytes::new();
            true
        }
        _ => false,
    };
    (event, gone)
}

fn empty(frame: &mut Frame) -> bool {
    if frame.payload().is_empty() {
        return false;
    }
    *frame = match frame.content() {
        Frame::Text(_) | Frame::Decoded(_) => Frame::Text(GONE.into()),
        Frame::Binary(_) => Frame::Binary(GONE.into()),
        Frame::Ping(_) => Frame::Ping(Bytes::new()),
        Frame::Pong(_) => Frame::Pong(Bytes::new()),
        Frame::Broken(_) => Frame::Broken(GONE.into()),
        Frame::Close(close) => Frame::Close(close.as_ref().map(|close| Close {
            code: close.code,
            reason: GONE.to_owned(),
        })),
    };
    true
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::protocol::{Ending, Handshake};

    fn event(who: Option<&str>, what: EventKind) -> Event {
        Event {
            at: Duration::ZERO,
            who: who.map(Arc::from),
            kind: what,
            hidden: Vec::new(),
            step: None,
        }
    }

    fn text(text: &str) -> Event {
        let what = EventKind::Received {
            number: 1,
            frame: Frame::Text(text.into()),
            ignored: false,
            round_trip: None,
            wire: None,
        };
        event(None, what)
    }

    fn secret(name: &str) -> Event {
        let (name, value) = (Arc::from(name), Arc::from("value"));
        event(None, EventKind::Secret { name, value })
    }

    fn known(who: Option<&str>) -> Event {
        event(who, EventKind::SecretsKnown { all: true })
    }

    /// How many events have passed after each one, and after the end.
    fn passed(until: HoldUntil, events: Vec<Event>) -> Vec<usize> {
        let mut buffer = SecretBuffer::new(until);
        let mut passed = 0;
        let mut counts = Vec::new();
        for event in events {
            buffer.push(event, |_| passed += 1);
            counts.push(passed);
        }
        buffer.finish(|_| passed += 1);
        counts.push(passed);
        counts
    }

    #[test]
    fn nothing_is_held_without_a_secret_to_come() {
        assert_eq!(
            passed(HoldUntil::Now, vec![text("a"), text("b")]),
            [1, 2, 2]
        );
    }

    #[test]
    fn events_wait_for_every_secret() {
        let events = vec![
            text("a"),
            secret("x"),
            text("b"),
            secret("y"),
            known(None),
            text("c"),
        ];
        assert_eq!(passed(HoldUntil::Known, events), [0, 0, 0, 0, 5, 6, 6]);
    }

    #[test]
    fn the_end_releases_what_is_held() {
        assert_eq!(passed(HoldUntil::Known, vec![text("a")]), [0, 1]);
        assert_eq!(
            passed(HoldUntil::TheEnd, vec![text("a"), known(None)]),
            [0, 0, 2]
        );
    }

    #[test]
    fn a_request_is_held_until_its_handler_is_done() {
        let asked = || {
            let what = EventKind::Requested {
                direction: crate::protocol::Direction::Received,
                method: "POST".to_owned(),
                target: "/".to_owned(),
                headers: Vec::new(),
                kept: Vec::new(),
            };
            event(None, what)
        };
        let events = vec![asked(), asked(), known(None), text("a"), known(None)];
        assert_eq!(passed(HoldUntil::KnownByEach, events), [0, 0, 0, 0, 5, 5]);
    }

    #[test]
    fn each_connection_has_its_own_secrets() {
        let opened = |who| {
            event(
                Some(who),
                EventKind::Connected(Arc::new(Handshake::default())),
            )
        };
        let closed = |who| event(Some(who), EventKind::Disconnected(Ending::Vanished));
        let events = vec![
            text("a"),
            opened("bob"),
            opened("eve"),
            known(Some("bob")),
            text("b"),
            // Its script may still have something to tell.
            closed("eve"),
            known(Some("eve")),
            text("c"),
        ];
        assert_eq!(
            passed(HoldUntil::KnownByEach, events),
            [1, 1, 1, 1, 1, 1, 7, 8, 8]
        );
    }

    #[test]
    fn a_request_is_not_all_of_its_block() {
        let asked = EventKind::Requested {
            direction: Direction::Received,
            method: "GET".to_owned(),
            target: "/".to_owned(),
            kept: Vec::new(),
            headers: Vec::new(),
        };
        let mut buffer = SecretBuffer::new(HoldUntil::TheEnd);
        let named = |name: &str| Event {
            who: Some(Arc::from(name)),
            ..text("a")
        };
        for event in [named("bob"), event(None, asked)] {
            buffer.push(event, |_| ());
        }
        assert!(buffer.awaits_request());
        buffer.push(known(None), |_| ());
        assert!(!buffer.awaits_request());
        assert!(buffer.held().any(|event| event.who.is_some()));
    }

    #[test]
    fn beyond_the_bound_payloads_are_given_up_and_no_event_is() {
        let mut buffer = SecretBuffer::new(HoldUntil::Known);
        buffer.bound = 3 * EVENT;
        let mut seen = Vec::new();
        for word in ["one", "two", "three"] {
            buffer.push(text(word), |event| seen.push(event));
        }
        buffer.push(known(None), |event| seen.push(event));
        assert_eq!(buffer.finish(|_| ()), 1);
        assert_eq!(seen, [text("…"), text("two"), text("three"), known(None)]);
    }
}
