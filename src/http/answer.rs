//! Says why the body of an answer is not there. Knows no request.

use super::coding::CodingError;
use crate::dial::io_reason;
use crate::handshake::BodyError;
use crate::protocol::ConnectError;

/// Why an answer's body is not there.
pub(super) fn body_failure(error: BodyError, limit: usize) -> ConnectError {
    match error {
        BodyError::Ended => {
            ConnectError::transient("the server closed the connection before the body's end")
        }
        BodyError::Failed(error) => ConnectError::transient(format!(
            "the connection failed before the body's end: {}",
            io_reason(&error)
        )),
        BodyError::Malformed(why) => {
            ConnectError::permanent(format!("the body's chunks are not valid: {why}"))
        }
        BodyError::TooLarge => too_large(limit),
    }
}

fn too_large(limit: usize) -> ConnectError {
    ConnectError::permanent(format!(
        "the body is larger than {limit} bytes (@max-message)"
    ))
    .hint("`@max-message 256MiB` allows more")
    .by_option("max-message")
}

/// Why a body that came is not what it stands for.
pub(super) fn coding_failure(error: CodingError, limit: usize) -> ConnectError {
    match error {
        CodingError::TooLarge => too_large(limit),
        CodingError::Malformed(why) => ConnectError::permanent(format!("the body {why}")),
    }
}
