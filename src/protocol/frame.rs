//! Frames, and messages that were made of a binary one. Knows no decoder.

use std::fmt;
use std::sync::Arc;

use super::{Bytes, Utf8Bytes};
use crate::format::Format;

/// The body of a close frame (RFC 6455, 5.5.1), exactly as it travelled: any code, also those that nobody may send
/// ([`may_travel`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// The status code.
    pub code: u16,
    /// The reason, empty if none was given; invalid UTF-8 replaced.
    pub reason: String,
}

/// Whether a close frame may carry a code (RFC 6455, 7.4, with what IANA has registered since). All others are reserved,
/// or say what no frame can: 1005 that there was no code, 1006 no close frame, 1015 no TLS.
#[must_use]
pub fn may_travel(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// One message or control frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A whole text message, fragments joined.
    Text(Utf8Bytes),
    /// A whole binary message, fragments joined.
    Binary(Bytes),
    /// A whole binary message, and what it stands for.
    Decoded(Arc<DecodedMessage>),
    /// A ping with its application data, at most 125 bytes.
    Ping(Bytes),
    /// A pong with its application data, at most 125 bytes.
    Pong(Bytes),
    /// A close frame; `None` where it carries no code.
    Close(Option<Close>),
    /// Bytes that are no frame, or no message, by the protocol: what came when the peer broke it.
    Broken(Bytes),
}

impl Frame {
    /// Whether it is a text or binary message (what "sent" and "received" count).
    #[must_use]
    pub fn is_message(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Binary(_) | Self::Decoded(_))
    }

    /// The message that it is read as: of one that was decoded what it stands for.
    #[must_use]
    pub fn content(&self) -> &Self {
        match self {
            Self::Decoded(decoded) => &decoded.content,
            frame => frame,
        }
    }

    /// The same, to be changed.
    pub fn content_mut(&mut self) -> &mut Self {
        match self {
            Self::Decoded(decoded) => &mut Arc::make_mut(decoded).content,
            frame => frame,
        }
    }

    /// The same message, read as another one.
    #[must_use]
    pub fn with_content(&self, content: Self) -> Self {
        match self {
            Self::Decoded(decoded) => Self::Decoded(Arc::new(DecodedMessage {
                wire: decoded.wire.clone(),
                packed: decoded.packed.clone(),
                content,
            })),
            _ => content,
        }
    }

    /// The frame that travels: of one that was decoded the binary message.
    #[must_use]
    pub fn on_wire(self) -> Self {
        match self {
            Self::Decoded(decoded) => Self::Binary(decoded.wire.clone()),
            frame => frame,
        }
    }

    /// The payload that travels.
    #[must_use]
    pub fn wire(&self) -> &[u8] {
        match self {
            Self::Decoded(decoded) => &decoded.wire,
            frame => frame.payload(),
        }
    }

    /// The format that it was packed in, if it was.
    #[must_use]
    pub fn packed(&self) -> Option<&PackedFormat> {
        match self {
            Self::Decoded(decoded) => decoded.packed.as_ref(),
            _ => None,
        }
    }

    /// The payload that it is read as, without copying it.
    #[must_use]
    pub fn into_payload(self) -> Bytes {
        match self {
            Self::Text(text) => text.into(),
            Self::Binary(bytes) | Self::Ping(bytes) | Self::Pong(bytes) | Self::Broken(bytes) => {
                bytes
            }
            Self::Close(close) => close.map_or_else(Bytes::new, |close| close.reason.into()),
            Self::Decoded(decoded) => decoded.content.clone().into_payload(),
        }
    }

    /// The bytes of the payload that it is read as; of a close its reason.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_str().as_bytes(),
            Self::Binary(bytes) | Self::Ping(bytes) | Self::Pong(bytes) | Self::Broken(bytes) => {
                bytes
            }
            Self::Close(close) => close.as_ref().map_or(&[], |close| close.reason.as_bytes()),
            Self::Decoded(decoded) => decoded.content.payload(),
        }
    }
}

/// A binary message, and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedMessage {
    /// The payload that travels.
    pub wire: Bytes,
    /// What it stands for: a text or a binary message.
    pub content: Frame,
    /// The format that says so, where the content is JSON that was packed. Else it is told by sight.
    pub packed: Option<PackedFormat>,
}

/// A format that packs JSON into a binary message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedFormat {
    /// One of those that [`Format::is_packed`].
    pub format: Format,
    /// The full name of a protobuf message.
    pub message: Option<Arc<str>>,
}

impl fmt::Display for PackedFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.message {
            Some(message) => write!(formatter, "{} {message}", self.format),
            None => self.format.fmt(formatter),
        }
    }
}
