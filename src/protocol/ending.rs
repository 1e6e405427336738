//! How connections end. Knows no script.

use super::Close;

/// How a connection ended. None of these is an error of the program: they are what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The closing handshake was completed; the close that counts (the first one sent, by either side).
    Closed(Option<Close>),
    /// We sent a close, and no close came back within the bound.
    Unanswered(Option<Close>),
    /// The connection ended with no close frame (1006 in the API's words).
    Vanished,
    /// The transport failed; the operating system's words.
    Reset(String),
    /// The peer broke the protocol: in what way, and the code with which we closed (1002, 1007 or 1009).
    Breach {
        /// What was wrong, in words.
        reason: String,
        /// The close code that we answered with.
        code: u16,
    },
    /// We cut the connection with no close frame (`-- drop`).
    Dropped,
    /// No pong came before the next ping was due (`@ping-every`).
    Silent,
    /// A client did not read what was sent to it for too long, and was cut off.
    Stuck,
}

impl Ending {
    /// Whether either side ended it as the protocol has it, or we cut it on purpose.
    #[must_use]
    pub fn is_orderly(&self) -> bool {
        matches!(self, Self::Closed(_) | Self::Unanswered(_) | Self::Dropped)
    }

    /// The end as the reason of something else: `the connection was closed (1000 done)`.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Closed(None) => "the connection was closed (no code)".to_owned(),
            Self::Closed(Some(close)) if close.reason.is_empty() => {
                format!("the connection was closed ({})", close.code)
            }
            Self::Closed(Some(close)) => format!(
                "the connection was closed ({} {})",
                close.code, close.reason
            ),
            Self::Unanswered(_) => {
                "the connection was closed (the peer left our close unanswered)".to_owned()
            }
            Self::Vanished => "the connection ended without a close frame (1006)".to_owned(),
            Self::Reset(words) => format!("the connection broke: {words}"),
            Self::Breach { reason, code: 1009 } => {
                format!("the connection was closed (1009): {reason}")
            }
            Self::Breach { reason, code } => {
                format!("the peer broke the protocol ({code}): {reason}")
            }
            Self::Dropped => "the connection was cut by `-- drop`".to_owned(),
            Self::Silent => {
                "the connection was given up: a ping was left unanswered (@ping-every)".to_owned()
            }
            Self::Stuck => {
                "the client was cut off: it did not read for 5 s what was sent to it".to_owned()
            }
        }
    }
}
