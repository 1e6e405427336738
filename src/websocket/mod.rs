//! A WebSocket over a stream: how it opens, its frames, and how it ends. tungstenite's home: it reads and writes the
//! frames. Knows no script, and no clock but that of a close.
//!
//! # Why there is code around tungstenite
//!
//! tungstenite serves endpoints that want messages or an error. Here it must be shown what the peer really sent, right
//! or wrong, and tungstenite forgets that: a close code that no endpoint may send comes out of it as 1002, a text
//! message that is not UTF-8 is gone, and so are the bytes of a frame that breaks the protocol. So the `stream`
//! that tungstenite reads from shows all that arrives to a `decoder` first, which follows the frames by their headers,
//! lets the well-formed ones pass, and stops at the first that breaks RFC 6455, with what is to be shown of it. Text is
//! passed on as binary, and becomes text again in the `socket`. The `encoder` writes large messages beside
//! tungstenite, which would copy them whole, and the `shutdown` lets go of a connection so that a last close frame
//! arrives.
//!
//! # permessage-deflate (RFC 7692)
//!
//! tungstenite does not have it. Where it was agreed on, the decoder accepts RSV1, notes it in `MessageStart`, and clears
//! it in the byte that tungstenite reads. The socket inflates a whole message where it makes text of it, within the limit
//! of messages (`compression`). Compressed messages leave in frames of our own, with RSV1 in their header.
//! Offering and judging the extension is the `handshake`'s, inflating and deflating the `format`'s.

mod compression;
mod configuration;
mod decoder;
mod encoder;
mod frame_header;
mod opening;
mod shutdown;
mod socket;
mod stream;

pub use self::opening::{ConnectRequest, HandshakeOutcome, Upgraded, connect, upgrade};
pub use self::socket::{Arrival, WebSocket};
