//! How tungstenite is set up, and closes in its words. It bounds no message, since the decoder does.

use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role as Side, WebSocketConfig};

use crate::protocol::{Close, Role};

/// Bytes that tungstenite reads at a time. It fills the room for them with zeros before each time, so a large portion
/// costs more than the message that comes; what the system has is read in larger ones, into the stream's buffer.
const PORTION: usize = 4 << 10;

/// The side that a role is, and what it reads and writes at a time.
pub(super) fn configuration(role: Role) -> (Side, WebSocketConfig) {
    let (side, write) = match role {
        Role::Client | Role::Http => (Side::Client, 64 << 10),
        Role::Server => (Side::Server, 16 << 10),
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(PORTION)
        .write_buffer_size(write)
        .max_message_size(None)
        .max_frame_size(None);
    (side, config)
}

/// A close as tungstenite has it.
pub(super) fn raw_close(close: Close) -> CloseFrame {
    CloseFrame {
        code: CloseCode::from(close.code),
        reason: close.reason.into(),
    }
}
