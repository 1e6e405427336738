//! A server's answer to an opening handshake. Knows not how it is read.

use super::{Bytes, DeflateParameters};

/// The server's answer to an opening handshake (RFC 6455, 4.1), accepted or refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handshake {
    /// The HTTP status, 101 where the handshake was accepted.
    pub status: u16,
    /// The reason phrase as it came, possibly empty.
    pub reason: String,
    /// Names as they came, values with invalid UTF-8 replaced, in order.
    pub headers: Vec<(String, String)>,
    /// The subprotocol that the server chose.
    pub subprotocol: Option<String>,
    /// What was agreed on for compression, where anything was.
    pub deflate: Option<DeflateParameters>,
    /// The body of a refusal.
    pub body: Bytes,
}

impl Handshake {
    /// The first header of that name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}
