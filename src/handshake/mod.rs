//! Heads and bodies of HTTP/1.1 as the opening handshake has them: request, answer, refusal. Knows no way to a server.

pub(crate) mod answer;
mod body;
mod head;
pub(crate) mod request;

pub(crate) use head::{Head, Headless, Sender, elements, has_token, read_head, values};
pub(crate) use request::{accept_key, basic, random};
