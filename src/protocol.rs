//! The words of RFC 6455 and what a session tells of itself. Knows no script, no socket and no document.

mod connect_error;
mod deflate;
mod ending;
mod failure;
mod frame;
mod handshake;
mod open;
mod path_pattern;
mod request;
mod response;
mod url;

pub use connect_error::ConnectError;
pub use deflate::{CompressMode, DeflateParameters, DeflateSide};
pub use ending::Ending;
pub use failure::{Failure, FailureKind};
pub use frame::{Close, DecodedMessage, Frame, PackedFormat, may_travel};
pub use handshake::Handshake;
pub use open::{ANY_BYTES, ANYTHING, JsonOpen, JsonPlace, JsonStep, Open, OpenPiece, XmlPlace};
pub use path_pattern::{PathFault, PathPattern};
pub use request::Request;
pub use response::Response;
pub use url::{Address, Url, UrlFamily};
pub(crate) use url::{Authority, bracketed};

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

pub use tokio_tungstenite::tungstenite::{Bytes, Utf8Bytes};

use crate::format::Format;
use crate::source::Span;

/// Which end of a connection is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The end that connects: a `/wss` block.
    Client,
    /// The end that accepts: a `/wss-server` block.
    Server,
    /// The end that asks over plain HTTP: a `/http` block.
    Http,
}

/// Which way a frame went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From us to the peer.
    Sent,
    /// From the peer to us.
    Received,
}

/// A value that this run made, which differs from run to run: where it recurs, it is not a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// The value as it was inserted.
    pub text: String,
    /// What it looks like.
    pub kind: GeneratedKind,
}

/// What a generated value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeneratedKind {
    /// A UUID.
    Uuid,
    /// An RFC 3339 timestamp.
    Timestamp,
    /// An integer.
    Integer,
    /// Letters and digits.
    Word,
    /// A value that was kept under a name, and was inserted by it.
    Kept,
}

/// Something that happened in a session, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Monotonic time since the session began.
    pub at: Duration,
    /// Whose connection it concerns: a client's name where a block has several, or a server's client.
    pub who: Option<Arc<str>>,
    /// What it was.
    pub kind: EventKind,
    /// Where a frame's payload had secrets: set by redaction, empty before.
    pub hidden: Vec<Hidden>,
    /// The step that it comes from, in the block's text.
    pub step: Option<Span>,
}

/// A secret that was taken out of a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// Where, in bytes of the payload as it stands now: in text `{{NAME}}` stands there, in binary data zeros.
    pub range: Range<usize>,
    /// Under which name.
    pub name: Arc<str>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// A connection is being opened.
    Connecting {
        /// The URL as it is shown.
        url: String,
        /// Values in it that were kept under names, and may be others in the next run.
        kept: Vec<String>,
        /// The headers that the script gives the request, and the subprotocols that it offers.
        headers: Vec<(String, String)>,
    },
    /// An attempt to connect failed and another one follows.
    Retrying {
        /// Why the attempt failed.
        reason: String,
    },
    /// The opening handshake was accepted.
    Connected(Arc<Handshake>),
    /// The opening handshake was refused.
    Refused(Arc<Handshake>),
    /// A frame left; of a request or an answer over plain HTTP its body.
    Sent {
        /// The frame.
        frame: Frame,
        /// The format that the script gave a message.
        format: Option<Format>,
        /// What was generated for it.
        generated: Vec<Generated>,
        /// Whether `@ignore` leaves it out of the transcript.
        ignored: bool,
        /// Of a message that left compressed: how many bytes its payload had on the wire.
        wire: Option<usize>,
    },
    /// A frame arrived; or such a body.
    Received {
        /// Which of the frames that arrived in the session it is.
        number: u64,
        /// The frame.
        frame: Frame,
        /// Whether `@ignore` leaves it out of the transcript.
        ignored: bool,
        /// For a pong: the time since the ping that it answers.
        round_trip: Option<Duration>,
        /// Of a message that came compressed: how many bytes its payload had on the wire.
        wire: Option<usize>,
    },
    /// A received message was matched by an expectation.
    Matched {
        /// When it had arrived, since the session began.
        arrived: Duration,
        /// Which of the frames that arrived it is.
        number: u64,
        /// The message.
        frame: Frame,
    },
    /// A received binary message was matched by a pattern of a FORMAT that packs JSON: it is shown as that.
    Unpacked {
        /// Which of the frames that arrived it is.
        number: u64,
        /// The message, decoded.
        frame: Frame,
    },
    /// A pattern that matched a received frame leaves places of it open.
    Opened {
        /// Which of the frames that arrived it is.
        number: u64,
        /// The places.
        open: Arc<Open>,
    },
    /// The head of an HTTP request left or arrived.
    Requested {
        /// Which of the two.
        direction: Direction,
        /// Its method.
        method: String,
        /// What is asked for: a URL where it left, as it is shown; the path and query where it arrived.
        target: String,
        /// Names as they are on the wire, in order.
        headers: Vec<(String, String)>,
        /// Values in the target that were kept under names, and may be others in the next run.
        kept: Vec<String>,
    },
    /// The head of the answer to an HTTP request left or arrived.
    Responded {
        /// Which of the two.
        direction: Direction,
        /// The head.
        response: Arc<Response>,
    },
    /// The body of an HTTP request or answer left or arrived.
    Body {
        /// Which of the two.
        direction: Direction,
        /// Of one that arrived: which of the frames that arrived it is.
        number: Option<u64>,
        /// Text or binary, as a message of its content is.
        frame: Frame,
        /// The format that the script or its `Content-Type` gives it.
        format: Option<Format>,
        /// What was generated for it.
        generated: Vec<Generated>,
    },
    /// A value was made and kept outside of a message (in a URL or header, say).
    Generated(Generated),
    /// A value that came from here on is a secret.
    Secret {
        /// The name under which it is shown.
        name: Arc<str>,
        /// The value.
        value: Arc<str>,
    },
    /// The script of the connection, or of the whole block, has no secret to tell any more.
    SecretsKnown {
        /// Whether it told them all; it was stopped before that if not.
        all: bool,
    },
    /// The session failed here.
    Failed(Failure),
    /// `-- note`, or something about the session that is worth a line (`@insecure`).
    Note(String),
    /// A connection ended.
    Disconnected(Ending),
}

impl EventKind {
    /// The frame that it is about.
    #[must_use]
    pub fn frame(&self) -> Option<&Frame> {
        match self {
            Self::Sent { frame, .. }
            | Self::Received { frame, .. }
            | Self::Unpacked { frame, .. }
            | Self::Matched { frame, .. }
            | Self::Body { frame, .. } => Some(frame),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn frame_mut(&mut self) -> Option<&mut Frame> {
        match self {
            Self::Sent { frame, .. }
            | Self::Received { frame, .. }
            | Self::Unpacked { frame, .. }
            | Self::Matched { frame, .. }
            | Self::Body { frame, .. } => Some(frame),
            _ => None,
        }
    }
}

/// How a session went.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionOutcome {
    /// The first failure, if it failed.
    pub failure: Option<Failure>,
    /// Monotonic time from beginning to end.
    pub took: Duration,
    /// Whether it was told to end before its steps were done: what it tells is a part.
    pub interrupted: bool,
}
