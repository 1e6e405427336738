//! permessage-deflate (RFC 7692): what a document asks for, and what two ends agree on. Knows no header and no bytes.

use std::fmt;

use super::Role;

/// What `@compress` asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CompressMode {
    /// A message may refer to those before it.
    #[default]
    ContextTakeover,
    /// Each message stands alone, in both directions.
    NoContextTakeover,
}

/// The parameters of permessage-deflate that hold for a connection (RFC 7692, 7.1), as the server's answer has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeflateParameters {
    /// The server's messages do not refer to those before them.
    pub server_no_context_takeover: bool,
    /// The client's messages do not refer to those before them.
    pub client_no_context_takeover: bool,
    /// The base-2 logarithm of the server's window, if it is bounded.
    pub server_max_window_bits: Option<u8>,
    /// The base-2 logarithm of the client's window, if it is bounded.
    pub client_max_window_bits: Option<u8>,
}

/// How the messages of one end are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeflateSide {
    /// The base-2 logarithm of the window, 8 to 15.
    pub window_bits: u8,
    /// Whether a message may refer to those before it.
    pub context_takeover: bool,
}

impl DeflateParameters {
    /// What the extension is called (RFC 7692, 7).
    pub const NAME: &'static str = "permessage-deflate";
    /// The largest window that there is (RFC 1951, 2).
    pub const LARGEST_WINDOW: u8 = 15;

    /// How the messages of one end are compressed.
    #[must_use]
    pub fn of(&self, role: Role) -> DeflateSide {
        let (no_takeover, bits) = match role {
            Role::Client | Role::Http => {
                (self.client_no_context_takeover, self.client_max_window_bits)
            }
            Role::Server => (self.server_no_context_takeover, self.server_max_window_bits),
        };
        DeflateSide {
            window_bits: bits.unwrap_or(Self::LARGEST_WINDOW),
            context_takeover: !no_takeover,
        }
    }
}

/// As it stands in a header: `permessage-deflate; server_no_context_takeover; client_max_window_bits=12`.
impl fmt::Display for DeflateParameters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(Self::NAME)?;
        if self.server_no_context_takeover {
            formatter.write_str("; server_no_context_takeover")?;
        }
        if self.client_no_context_takeover {
            formatter.write_str("; client_no_context_takeover")?;
        }
        if let Some(bits) = self.server_max_window_bits {
            write!(formatter, "; server_max_window_bits={bits}")?;
        }
        if let Some(bits) = self.client_max_window_bits {
            write!(formatter, "; client_max_window_bits={bits}")?;
        }
        Ok(())
    }
}
