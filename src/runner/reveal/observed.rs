//! What connections did, as their events tell it: which messages came, and which of them steps took.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::format::Format;
use crate::handshake::request_target;
use crate::protocol::{Direction, Event, EventKind, Frame, Handshake, Request, Response};

/// What a connection did.
#[derive(Default)]
pub(super) struct ObservedConnection<'a> {
    /// The messages that steps took, by the steps' places.
    pub(super) taken: BTreeMap<usize, Vec<&'a Frame>>,
    /// What has arrived since the last of them was.
    pub(super) since: Vec<&'a Frame>,
    pub(super) last: Duration,
    /// Answers to opening handshakes, and to requests over plain HTTP.
    pub(super) handshakes: Vec<Arc<Handshake>>,
    /// Whether the last of them is one whose body is a message that is still to come.
    lacks_body: bool,
    /// All that handlers may take.
    pub(super) came: Vec<ObservedMessage<'a>>,
}

/// A message that came, or a request.
#[derive(Default)]
pub(super) struct ObservedMessage<'a> {
    /// None: a request without a body.
    pub(super) frame: Option<&'a Frame>,
    /// The format of a request's body, by its `Content-Type`.
    pub(super) format: Option<Format>,
    pub(super) request: Option<Request>,
}

impl ObservedConnection<'_> {
    fn answered(&mut self, response: &Response) {
        self.handshakes.push(Arc::new(response.clone().into()));
        self.lacks_body = true;
    }

    fn requested(&mut self, method: &str, target: &str, headers: &[(String, String)]) {
        let (path, query) = request_target(target);
        let request = Request {
            method: method.to_owned(),
            path,
            query,
            headers: headers.to_vec(),
            params: Vec::new(),
        };
        self.came.push(ObservedMessage {
            request: Some(request),
            ..ObservedMessage::default()
        });
    }

    fn received(&mut self, frame: &Frame) {
        let lacks_body = std::mem::take(&mut self.lacks_body);
        if let Some(answer) = self.handshakes.last_mut().filter(|_| lacks_body) {
            Arc::make_mut(answer).body = frame.clone().into_payload();
        }
    }
}

/// What each connection did; what is nobody's, as requests over plain HTTP are, under `None`.
pub(super) fn connections<'a>(
    held: impl Iterator<Item = &'a Event>,
) -> BTreeMap<Option<&'a Arc<str>>, ObservedConnection<'a>> {
    let mut connections: BTreeMap<_, ObservedConnection<'a>> = BTreeMap::new();
    for event in held {
        let connection = connections.entry(event.who.as_ref()).or_default();
        if let EventKind::Received { frame, .. } = &event.kind {
            connection.came.push(ObservedMessage {
                frame: Some(frame),
                ..ObservedMessage::default()
            });
        }
        match &event.kind {
            EventKind::Requested {
                direction: Direction::Received,
                method,
                target,
                headers,
                ..
            } => connection.requested(method, target, headers),
            EventKind::Body {
                direction: Direction::Received,
                frame,
                format,
                ..
            } => {
                if let Some(request) = connection.came.last_mut() {
                    request.frame = Some(frame);
                    request.format = *format;
                }
            }
            EventKind::Received { frame, .. } if event.at >= connection.last => {
                connection.received(frame);
                connection.since.push(frame);
            }
            EventKind::Matched { arrived, frame, .. } => {
                let place = event.step.map_or(0, |step| step.start);
                connection.taken.entry(place).or_default().push(frame);
                connection.last = connection.last.max(*arrived);
                // What came before it was passed over, and is not a later step's.
                let is_it = |since: &&Frame| since.wire() == frame.wire();
                let after = connection.since.iter().rposition(is_it);
                connection.since.drain(..after.map_or(0, |after| after + 1));
            }
            EventKind::Connected(handshake) | EventKind::Refused(handshake) => {
                connection.handshakes.push(Arc::clone(handshake));
            }
            EventKind::Responded {
                direction: Direction::Received,
                response,
            } => connection.answered(response),
            _ => {}
        }
    }
    connections
}
