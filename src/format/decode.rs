//! Why bytes cannot be decoded: one error for all decoders. Knows none of them.

use std::fmt;

/// Why bytes cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// They stand for more than may be made of them.
    TooLarge {
        /// What they are: `gzip data`.
        what: &'static str,
        /// How many bytes may be made.
        limit: usize,
    },
    /// They are not what they should be; a clause that says why.
    Malformed(String),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { what, limit } => {
                write!(formatter, "the {what} decodes to more than {limit} bytes")
            }
            Self::Malformed(why) => formatter.write_str(why),
        }
    }
}

impl std::error::Error for DecodeError {}
