//! Compresses the messages that leave and inflates those that arrive, as was agreed on (RFC 7692). Knows no frame.

use super::decoder::Breach;
use crate::format::decode::DecodeError;
use crate::format::deflate::{MessageDeflater, MessageInflater, Window};
use crate::protocol::{Bytes, DeflateParameters, Frame, Role};

/// Bytes shown of a message that does not inflate.
const SHOWN: usize = 256;

/// Both directions of one connection.
pub(super) struct Compression {
    deflater: MessageDeflater,
    inflater: MessageInflater,
    /// Bytes that a message may inflate to.
    limit: usize,
}

impl Compression {
    /// `role` is ours.
    pub(super) fn new(agreed: DeflateParameters, role: Role, limit: usize) -> Self {
        let peer = match role {
            Role::Client | Role::Http => Role::Server,
            Role::Server => Role::Client,
        };
        Self {
            deflater: MessageDeflater::new(window(agreed, role)),
            inflater: MessageInflater::new(window(agreed, peer)),
            limit,
        }
    }

    /// What is sent of a message; nothing where it goes as it is.
    pub(super) fn deflate(&mut self, message: &Frame) -> Option<Bytes> {
        self.deflater.deflate(message.payload()).map(Bytes::from)
    }

    /// The payload of a message that came compressed.
    pub(super) fn inflate(&mut self, payload: &Bytes) -> Result<Bytes, Breach> {
        let inflated = self.inflater.inflate(payload, self.limit);
        inflated.map(Bytes::from).map_err(|error| match error {
            DecodeError::TooLarge { .. } => Breach {
                reason: format!(
                    "a compressed message of {} bytes inflates to more than the limit of {} bytes (`@max-message`)",
                    payload.len(),
                    self.limit
                ),
                code: 1009,
                shown: None,
            },
            DecodeError::Malformed(why) => Breach {
                reason: format!("a message does not inflate: {why}"),
                code: 1007,
                shown: Some(Frame::Broken(payload.slice(..payload.len().min(SHOWN)))),
            },
        })
    }
}

fn window(agreed: DeflateParameters, sender: Role) -> Window {
    let side = agreed.of(sender);
    Window {
        bits: side.window_bits,
        context_takeover: side.context_takeover,
    }
}

#[cfg(test)]
mod tests;
