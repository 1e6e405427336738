//! The server's half of the opening handshake (RFC 6455, 4.1), as a client judges it. Knows no way to a server.

use bytes::BytesMut;
use tokio::io::AsyncWriteExt;

use super::body::read_body;
use super::head::{Head, Headless, Sender, has_token, read_head, values};
use super::request::Request;
use crate::dial::{Dialed, Io, Opened, Target, Trouble, tls, words};
use crate::protocol::{Bytes, Handshake};

/// Interim answers that are passed over.
const INTERIM: usize = 16;

/// Asks for a WebSocket and judges what comes.
pub(crate) async fn open(
    mut stream: Box<dyn Io>,
    request: &Request,
    secure: bool,
    target: &Target,
) -> Result<Dialed, Trouble> {
    // A server that refuses early may have stopped reading: its answer says more than our failure to write.
    let _ = write(&mut stream, request.text.as_bytes()).await;
    let mut buffer = BytesMut::new();
    let (status, head) = final_head(&mut *stream, &mut buffer, secure).await?;
    let body = if status == 101 {
        Bytes::new()
    } else {
        read_body(&mut *stream, buffer.split(), status, &head.headers, target).await
    };
    let subprotocol = values(&head.headers, "Sec-WebSocket-Protocol")
        .next()
        .map(str::to_owned);
    let handshake = Handshake {
        status,
        reason: head.first.1,
        subprotocol,
        headers: head.headers,
        body,
    };
    if status != 101 {
        return Ok(Dialed::Refused(handshake));
    }
    Ok(match judge(&handshake, head.minor, request) {
        Ok(()) => Dialed::Opened(Opened {
            stream,
            read_ahead: buffer.freeze(),
            handshake,
        }),
        Err(trouble) => Dialed::Unfit(handshake, trouble),
    })
}

/// The status and head of the answer, past interim ones (RFC 9110, 15.2).
async fn final_head(
    stream: &mut dyn Io,
    buffer: &mut BytesMut,
    secure: bool,
) -> Result<(u16, Head), Trouble> {
    for _ in 0..INTERIM {
        let head = match read_head(stream, buffer, Sender::Server).await {
            Ok(head) => head,
            Err(headless) => return Err(no_answer(&headless, buffer, secure)),
        };
        let status = head.first.0.parse().unwrap_or_default();
        if status == 101 || !(100..200).contains(&status) {
            return Ok((status, head));
        }
    }
    Err(Trouble::lasting(
        "the server sent one interim answer after the other, and no final one",
    ))
}

async fn write(stream: &mut Box<dyn Io>, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}

fn no_answer(headless: &Headless, came: &[u8], secure: bool) -> Trouble {
    let first = came.get(..came.len().min(40)).unwrap_or_default();
    match headless {
        Headless::Ended if came.is_empty() => {
            Trouble::transient("the server closed the connection without an answer")
        }
        Headless::Failed(error) if came.is_empty() => tls::explain(error).unwrap_or_else(|| {
            Trouble::transient(format!(
                "the connection failed before an answer: {}",
                words(error)
            ))
        }),
        // A TLS record: an alert or a handshake (RFC 8446, 5.1).
        _ if !secure && matches!(came, [0x15 | 0x16, 3, ..]) => {
            Trouble::lasting("the server answered in TLS, not in HTTP").hint("write wss:// instead")
        }
        _ if !came.starts_with(b"HTTP/") => Trouble::lasting(format!(
            "the answer is not HTTP; it begins with \"{}\"",
            first.escape_ascii()
        )),
        Headless::Ended => {
            Trouble::transient("the server closed the connection in the middle of its answer")
        }
        Headless::Failed(error) => Trouble::transient(format!(
            "the connection failed in the middle of the answer: {}",
            words(error)
        )),
        Headless::Malformed(why) | Headless::TooLong(why) => Trouble::lasting(format!(
            "the head of the answer is of no use: {why}; it begins with \"{}\"",
            first.escape_ascii()
        )),
    }
}

/// The checks of RFC 6455, 4.1, in its order.
fn judge(handshake: &Handshake, minor: u8, request: &Request) -> Result<(), Trouble> {
    let headers = &handshake.headers;
    if minor == 0 {
        return Err(Trouble::lasting(
            "the server answered 101 in HTTP/1.0, not in HTTP/1.1",
        ));
    }
    if !has_token(headers, "Upgrade", "websocket") {
        return Err(lacks(handshake, "Upgrade", "websocket"));
    }
    if !has_token(headers, "Connection", "Upgrade") {
        return Err(lacks(handshake, "Connection", "Upgrade"));
    }
    judge_accept(handshake, &request.accept)?;
    if let Some(extension) = handshake.header("Sec-WebSocket-Extensions") {
        return Err(Trouble::lasting(format!(
            "the server uses an extension that was not offered: {extension:?}"
        )));
    }
    judge_subprotocol(handshake, request)
}

fn judge_accept(handshake: &Handshake, wanted: &str) -> Result<(), Trouble> {
    let mut given = values(&handshake.headers, "Sec-WebSocket-Accept");
    Err(match (given.next().map(str::trim), given.next()) {
        (None, _) => Trouble::lasting("the server answered 101 without Sec-WebSocket-Accept"),
        // It must not appear more than once (RFC 6455, 11.3.3).
        (Some(_), Some(_)) => {
            Trouble::lasting("the server answered 101 with more than one Sec-WebSocket-Accept")
        }
        (Some(accept), None) if accept == wanted => return Ok(()),
        // What it had to be follows from the key, which is another one each time: it is no part of the sentence.
        (Some(_), None) => Trouble::lasting(
            "the server answered 101 with a Sec-WebSocket-Accept that does not fit the key",
        )
        .hint(format!(
            "for this handshake's key it is {wanted}: the SHA-1 of the key and a fixed text, in base64 (RFC 6455, 4.2.2)"
        )),
    })
}

fn lacks(handshake: &Handshake, name: &str, value: &str) -> Trouble {
    let instead = match handshake.header(name) {
        Some(instead) => format!("with `{name}: {}`", instead.escape_debug()),
        None => format!("without {name}"),
    };
    Trouble::lasting(format!(
        "the server answered 101 {instead}, not with `{name}: {value}`"
    ))
}

fn judge_subprotocol(handshake: &Handshake, request: &Request) -> Result<(), Trouble> {
    let offered = &request.offered;
    let all = offered.join(", ");
    let mut chosen = values(&handshake.headers, "Sec-WebSocket-Protocol");
    Err(match (chosen.next(), chosen.next()) {
        (Some(_), Some(_)) => Trouble::lasting("the server chose more than one subprotocol"),
        (Some(chosen), None) if offered.iter().any(|name| name == chosen.trim()) => return Ok(()),
        (Some(chosen), None) if offered.is_empty() => {
            let chosen = chosen.trim();
            Trouble::lasting(format!(
                "the server chose the subprotocol {chosen:?}, though none was offered"
            ))
            .hint(format!("`@subprotocol {}` offers it", chosen.escape_debug()))
        }
        (Some(chosen), None) => Trouble::lasting(format!(
            "the server chose the subprotocol {chosen:?}, which was not offered ({all})"
        )),
        (None, _) if offered.is_empty() || request.subprotocol_optional => return Ok(()),
        (None, _) => Trouble::lasting(format!(
            "the server chose no subprotocol of those offered ({all}); it must choose one, as for browsers"
        ))
        .hint(format!("`@subprotocol {all}, none` goes on without one")),
    })
}
