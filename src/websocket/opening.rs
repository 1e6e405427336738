//! Opens a WebSocket as a client (RFC 6455, 4.1): dials, sends the request, reads the answer and has it judged. Knows no
//! frame.

use bytes::BytesMut;
use tokio::io::AsyncWriteExt;

use crate::dial::{Dial, Endpoint, Io, Route, final_head, random};
use crate::handshake::{
    BodyBounds, UpgradeOptions, UpgradeRequest, header_values, read_refusal_body,
};
use crate::protocol::{Bytes, ConnectError, Handshake, Url, UrlFamily};

/// A connection to open: where, on which way, and what to ask for.
#[derive(Clone, Debug)]
pub struct ConnectRequest {
    /// `ws://…`, `wss://…`, `ws+unix:///path.sock:/resource`.
    pub url: String,
    /// What is asked for.
    pub upgrade: UpgradeOptions,
    /// The way to the server.
    pub route: Route,
    /// How much of a refusal's body is read.
    pub body: BodyBounds,
}

impl ConnectRequest {
    /// A URL, and nothing else asked for.
    #[must_use]
    pub fn to(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            upgrade: UpgradeOptions::default(),
            route: Route::default(),
            body: BodyBounds::default(),
        }
    }

    fn prepare(&self) -> Result<(Url, UpgradeRequest), ConnectError> {
        let url = Url::parse(&self.url, UrlFamily::WebSocket).map_err(ConnectError::permanent)?;
        let request = UpgradeRequest::new(&url, &self.upgrade, random())?;
        Ok((url, request))
    }
}

/// What came of an opening handshake.
pub enum HandshakeOutcome {
    /// A stream that speaks WebSocket from here on.
    Opened(Upgraded),
    /// The server answered, but not with 101.
    Refused(Handshake),
    /// The server answered 101 in a way that does not fit the request (RFC 6455, 4.1): how, and what is wrong with it.
    Unfit(Handshake, ConnectError),
    /// There was no (usable) answer.
    Failed(ConnectError),
}

/// A stream whose opening handshake is done.
pub struct Upgraded {
    /// The stream.
    pub stream: Box<dyn Io>,
    /// Bytes that came behind the handshake's answer.
    pub read_ahead: Bytes,
    /// The answer.
    pub handshake: Handshake,
}

/// Dials and does the opening handshake; takes as long as it takes: the caller bounds it (`@connect-timeout`).
pub async fn connect(dial: &dyn Dial, request: &ConnectRequest) -> HandshakeOutcome {
    let attempt = async {
        // What cannot be asked for is found before anything connects.
        let (url, upgrade) = request.prepare()?;
        let endpoint = Endpoint::of(&url, request.route.clone());
        let stream = dial.dial(&endpoint).await?;
        exchange(stream, &upgrade, url.secure, &request.body).await
    };
    attempt.await.unwrap_or_else(HandshakeOutcome::Failed)
}

/// Does the opening handshake over a stream that is open already.
pub async fn upgrade(stream: Box<dyn Io>, request: &ConnectRequest) -> HandshakeOutcome {
    let attempt = async {
        let (url, upgrade) = request.prepare()?;
        exchange(stream, &upgrade, url.secure, &request.body).await
    };
    attempt.await.unwrap_or_else(HandshakeOutcome::Failed)
}

/// Asks for a WebSocket and judges what comes.
async fn exchange(
    mut stream: Box<dyn Io>,
    request: &UpgradeRequest,
    secure: bool,
    bounds: &BodyBounds,
) -> Result<HandshakeOutcome, ConnectError> {
    // A server that refuses early may have stopped reading: its answer says more than our failure to write.
    let _ = write(&mut stream, request.text.as_bytes()).await;
    let mut buffer = BytesMut::new();
    let head = final_head(&mut *stream, &mut buffer, secure, UrlFamily::WebSocket).await?;
    let (status, minor) = (head.status, head.minor);
    let body = if status == 101 {
        Bytes::new()
    } else {
        read_refusal_body(&mut *stream, buffer.split(), &head, bounds).await
    };
    let subprotocol = header_values(&head.headers, "Sec-WebSocket-Protocol")
        .next()
        .map(str::to_owned);
    let mut handshake = Handshake {
        status,
        reason: head.reason,
        subprotocol,
        deflate: None,
        headers: head.headers,
        body,
    };
    if status != 101 {
        return Ok(HandshakeOutcome::Refused(handshake));
    }
    Ok(match request.judge(&handshake, minor) {
        Ok(deflate) => {
            handshake.deflate = deflate;
            HandshakeOutcome::Opened(Upgraded {
                stream,
                read_ahead: buffer.freeze(),
                handshake,
            })
        }
        Err(error) => HandshakeOutcome::Unfit(handshake, error),
    })
}

async fn write(stream: &mut Box<dyn Io>, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}

#[cfg(test)]
mod tests;
