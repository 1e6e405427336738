//! Reads the head of an answer, past interim ones, and says of what is not an answer what it is. Knows no request.

use bytes::BytesMut;
use tokio::io::AsyncRead;

use super::{explain_tls_failure, io_reason};
use crate::handshake::{HeadError, ResponseHead, read_response_head};
use crate::protocol::{ConnectError, UrlFamily};

/// Interim answers that are passed over.
const INTERIM: usize = 16;

/// The head of the answer, past interim ones (RFC 9110, 15.2). What came behind it stays in `buffer`.
pub(crate) async fn final_head<S: AsyncRead + Unpin + ?Sized>(
    stream: &mut S,
    buffer: &mut BytesMut,
    secure: bool,
    family: UrlFamily,
) -> Result<ResponseHead, ConnectError> {
    for _ in 0..INTERIM {
        let head = match read_response_head(stream, buffer).await {
            Ok(head) => head,
            Err(error) => return Err(no_answer(&error, buffer, secure, family)),
        };
        if head.status == 101 || !(100..200).contains(&head.status) {
            return Ok(head);
        }
    }
    Err(ConnectError::permanent(
        "the server sent one interim answer after the other, and no final one",
    ))
}

fn no_answer(error: &HeadError, came: &[u8], secure: bool, family: UrlFamily) -> ConnectError {
    let first = came.get(..came.len().min(40)).unwrap_or_default();
    match error {
        HeadError::Ended if came.is_empty() => {
            ConnectError::transient("the server closed the connection without an answer")
        }
        HeadError::Failed(error) if came.is_empty() => {
            explain_tls_failure(error).unwrap_or_else(|| {
                ConnectError::transient(format!(
                    "the connection failed before an answer: {}",
                    io_reason(error)
                ))
            })
        }
        // A TLS record: an alert or a handshake (RFC 8446, 5.1).
        _ if !secure && matches!(came, [0x15 | 0x16, 3, ..]) => {
            ConnectError::permanent("the server answered in TLS, not in HTTP")
                .hint(format!("write {}:// instead", family.secure_scheme()))
        }
        _ if !came.starts_with(b"HTTP/") => ConnectError::permanent(format!(
            "the answer is not HTTP; it begins with \"{}\"",
            first.escape_ascii()
        )),
        HeadError::Ended => {
            ConnectError::transient("the server closed the connection in the middle of its answer")
        }
        HeadError::Failed(error) => ConnectError::transient(format!(
            "the connection failed in the middle of the answer: {}",
            io_reason(error)
        )),
        HeadError::Malformed(why) | HeadError::TooLong(why) => ConnectError::permanent(format!(
            "the head of the answer is not valid: {why}; it begins with \"{}\"",
            first.escape_ascii()
        )),
    }
}
