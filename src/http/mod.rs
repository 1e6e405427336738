//! One HTTP/1.1 exchange over a dialled stream: a request in its letters, the whole answer within bounds, and where a
//! redirect leads. Knows no script and no clock.
//!
//! It reads and writes HTTP itself, as the opening handshake does, and not by a library for programs: what is sent are
//! the author's headers in the author's order and spelling, and what is wrong with an answer is said in a sentence.

mod answer;
mod coding;
mod redirect;
mod request;
#[cfg(test)]
mod tests;

pub(crate) use coding::{CodingError, without_coding};
pub use redirect::redirected;
pub use request::{HttpBody, HttpRequest};

use std::pin::pin;

use bytes::BytesMut;
use tokio::io::{AsyncWriteExt, split};

use self::answer::{body_failure, coding_failure};
use crate::dial::{Io, final_head};
use crate::handshake::{Framing, ResponseHead, read_body};
use crate::protocol::{Bytes, ConnectError, Response, Url, UrlFamily};

/// Bytes of a body that leaves together with the head.
const TOGETHER: usize = 8 << 10;

/// Asks over a stream, and reads the whole answer; takes as long as it takes: the caller bounds it (`@timeout`).
///
/// `heard` gets the head of the answer as soon as it is there. The body, which is of at most `limit` bytes before and
/// after it is decoded, is what the answer means: its `Content-Encoding` is taken off.
///
/// # Errors
/// There is no answer, or it is not valid.
pub async fn exchange(
    stream: Box<dyn Io>,
    request: &HttpRequest,
    limit: usize,
    tell: impl FnOnce(&Response),
) -> Result<(Response, Bytes), ConnectError> {
    let url = request.url()?;
    let head = request.head(&url)?;
    let (mut reader, mut writer) = split(stream);
    let mut writing = pin!(async {
        // A server that answers early may have stopped reading: its answer says more than our failure to write.
        let body = request.body.as_ref().map_or(&[][..], |body| &body.bytes);
        if body.len() <= TOGETHER {
            // In one packet, of which the server wakes up once.
            let _ = writer.write_all(&[head.as_bytes(), body].concat()).await;
        } else {
            let _ = writer.write_all(head.as_bytes()).await;
            let _ = writer.write_all(body).await;
        }
        let _ = writer.flush().await;
    });
    let mut reading = pin!(async {
        let mut buffer = BytesMut::new();
        let head = final_head(&mut reader, &mut buffer, url.secure, UrlFamily::Http).await?;
        let framing = framing(&head, request, &url)?;
        let response = Response {
            status: head.status,
            reason: head.reason,
            headers: head.headers,
        };
        tell(&response);
        let body = read_body(&mut reader, &mut buffer, framing, limit).await;
        let body = body.map_err(|error| body_failure(error, limit))?;
        let body = without_coding(&response.headers, body, limit);
        let body = body.map_err(|error| coding_failure(error, limit))?;
        Ok((response, body))
    });
    tokio::select! {
        biased;
        answer = &mut reading => return answer,
        () = &mut writing => {}
    }
    reading.await
}

fn framing(head: &ResponseHead, request: &HttpRequest, url: &Url) -> Result<Framing, ConnectError> {
    if head.status == 101 {
        let scheme = if url.secure { "wss" } else { "ws" };
        return Err(ConnectError::permanent(
            "the server switched to another protocol, which an HTTP request does not speak",
        )
        .hint(format!(
            "for a WebSocket write a `/wss` block with {scheme}://"
        )));
    }
    Framing::of_response(head, &request.method).map_err(|why| {
        ConnectError::permanent(format!(
            "where the answer's body ends cannot be told: {why}"
        ))
    })
}
