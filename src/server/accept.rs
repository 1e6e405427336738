//! The server's side of the opening handshake (RFC 6455, 4.2): a request read, and answered as the rules say.
//! Knows no script, and of other clients only whether there is room.

use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::admission::{AdmissionRules, ClientRequest};
use crate::dial::Io;
use crate::handshake::{HeadError, Refusal, RequestHead, read_request_head, switching_protocols};
use crate::protocol::Bytes;

/// How long a request's head may take to come.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a client that was turned away may take to read why.
const PARTING: Duration = Duration::from_secs(2);
/// What a client that was turned away may still send, and is not read.
const FORGOTTEN: usize = 256 << 10;

/// What came of a connection.
pub enum AcceptOutcome {
    /// A client, whose stream speaks WebSocket from here on.
    Accepted(AcceptedClient),
    /// A request that was answered with this status, its phrase, and this sentence.
    Refused(u16, &'static str, String),
    /// No request in time, or none at all.
    Nothing,
}

/// A client that was let in.
pub struct AcceptedClient {
    /// The stream.
    pub stream: Box<dyn Io>,
    /// Bytes that came behind the request.
    pub read_ahead: Bytes,
    /// What was asked for.
    pub request: ClientRequest,
}

/// Reads a request and answers it. `room` says whether one more client may come in; it is asked last.
pub async fn accept(
    stream: Box<dyn Io>,
    rules: &AdmissionRules,
    room: impl FnOnce() -> bool,
) -> AcceptOutcome {
    match ArrivedRequest::read(stream).await {
        Ok(arrival) => arrival.admit(rules, room).await,
        Err(Some((stream, refusal))) => refuse(stream, refusal, &rules.headers).await,
        Err(None) => AcceptOutcome::Nothing,
    }
}

/// A connection whose first request's head has been read.
pub(super) struct ArrivedRequest {
    pub(super) stream: Box<dyn Io>,
    pub(super) head: RequestHead,
    /// What came behind it.
    pub(super) buffer: BytesMut,
    /// Whether it is a request for a handler of HTTP, and not an opening handshake.
    pub(super) plain: bool,
}

impl ArrivedRequest {
    /// Reads the head. `Err`: what is to be answered instead, if anything.
    pub(super) async fn read(
        mut stream: Box<dyn Io>,
    ) -> Result<Self, Option<(Box<dyn Io>, Refusal)>> {
        let mut buffer = BytesMut::new();
        let reading = read_request_head(&mut *stream, &mut buffer);
        match timeout(PATIENCE, reading).await {
            Ok(Ok(head)) => Ok(Self {
                stream,
                head,
                buffer,
                plain: false,
            }),
            Ok(Err(HeadError::Malformed(why) | HeadError::TooLong(why))) => {
                let sentence = format!("The request is malformed: {why}.");
                Err(Some((stream, Refusal::new(400, &sentence))))
            }
            Ok(Err(HeadError::Ended | HeadError::Failed(_))) | Err(_) => Err(None),
        }
    }

    /// Answers an opening handshake.
    pub(super) async fn admit(
        self,
        rules: &AdmissionRules,
        room: impl FnOnce() -> bool,
    ) -> AcceptOutcome {
        let Self {
            mut stream,
            head,
            buffer,
            ..
        } = self;
        let (request, key) = match rules.admit(head, room) {
            Ok(judged) => judged,
            Err(refusal) => return refuse(stream, refusal, &rules.headers).await,
        };
        let answer = switching_protocols(
            &key,
            request.subprotocol.as_deref(),
            request.deflate.as_ref(),
            &rules.headers,
        );
        let written = async {
            stream.write_all(answer.as_bytes()).await?;
            stream.flush().await
        };
        match timeout(PATIENCE, written).await {
            Ok(Ok(())) => AcceptOutcome::Accepted(AcceptedClient {
                stream,
                read_ahead: buffer.freeze(),
                request,
            }),
            _ => AcceptOutcome::Nothing,
        }
    }
}

/// Answers, and parts.
pub(super) async fn refuse(
    stream: Box<dyn Io>,
    refusal: Refusal,
    headers: &[(String, String)],
) -> AcceptOutcome {
    part_with(stream, refusal.response(headers).as_bytes()).await;
    AcceptOutcome::Refused(refusal.status, refusal.phrase(), refusal.sentence)
}

/// Sends a last answer and lets the connection go.
pub(super) async fn part_with(mut stream: Box<dyn Io>, answer: &[u8]) {
    // A client that does not read it loses nothing but the answer.
    let _ = timeout(PARTING, part(&mut stream, answer)).await;
}

/// Unread bytes would turn our end into a reset, which may overtake the answer.
async fn part(stream: &mut Box<dyn Io>, answer: &[u8]) -> std::io::Result<()> {
    stream.write_all(answer).await?;
    stream.shutdown().await?;
    let mut scratch = [0; 4096];
    let mut forgotten = 0;
    while forgotten < FORGOTTEN {
        match stream.read(&mut scratch).await? {
            0 => break,
            length => forgotten += length,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;
    use crate::protocol::{PathPattern, Request};
    use crate::script::Auth;

    fn rules() -> AdmissionRules {
        AdmissionRules {
            name: "chat".to_owned(),
            path: PathPattern::parse("/chat").unwrap(),
            headers: Vec::new(),
            auth: vec![
                Auth::Bearer("t0ken".to_owned()),
                Auth::Basic("me:p:w".to_owned()),
                Auth::Header("X-Key".to_owned(), "k".to_owned()),
            ],
            origins: vec!["https://a.example".to_owned()],
            subprotocols: vec!["v1".to_owned(), "v2".to_owned()],
            subprotocol_optional: false,
            compress: None,
        }
    }

    const GOOD: &str = "GET /chat?x=1&name=J%C3%BC+rgen&name=2 HTTP/1.1\r\nHost: h\r\n\
        Upgrade: WebSocket\r\nConnection: keep-alive, upgrade\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: v0, v2,v1\r\n\
        Origin: https://a.example\r\nAuthorization: bearer t0ken\r\n\r\n";

    /// What a client is answered, and whether it came in.
    async fn visit(rules: &AdmissionRules, request: &str, room: bool) -> (String, AcceptOutcome) {
        let (near, mut far) = duplex(1 << 18);
        far.write_all(request.as_bytes()).await.unwrap();
        far.shutdown().await.unwrap();
        // The stream is let go with the outcome, unless it goes on.
        let outcome = accept(Box::new(near), rules, || room).await;
        let mut answer = vec![0; 4096];
        let length = far.read(&mut answer).await.unwrap();
        answer.truncate(length);
        (String::from_utf8(answer).unwrap(), outcome)
    }

    #[tokio::test]
    async fn a_good_request_comes_in() {
        let (answer, outcome) = visit(&rules(), &format!("{GOOD}\u{1}ahead"), true).await;
        let expected = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: v2\r\n\r\n";
        assert_eq!(answer, expected);
        let AcceptOutcome::Accepted(client) = outcome else {
            panic!("turned away");
        };
        assert_eq!(client.read_ahead, "\u{1}ahead");
        let ClientRequest {
            request:
                Request {
                    path,
                    query,
                    headers,
                    ..
                },
            name,
            subprotocol,
            deflate,
        } = client.request;
        assert_eq!(path, "/chat");
        assert_eq!(query.as_deref(), Some("x=1&name=J%C3%BC+rgen&name=2"));
        assert_eq!(headers.len(), 8);
        assert_eq!(name.as_deref(), Some("Jü rgen"));
        assert_eq!(subprotocol.as_deref(), Some("v2"));
        assert_eq!(deflate, None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_fault_in_order_is_told() {
        let cases = [
            ("GET /chat", "GET /other", true, 404),
            (
                "GET /chat?x=1&name=J%C3%BC+rgen&name=2",
                "GET /chat",
                true,
                101,
            ),
            ("GET /chat", "GET http://h/chat", true, 101),
            ("GET /chat", "GET /chat/", true, 404),
            ("t0ken", "t0ke", true, 401),
            ("t0ken", "t0kenn", true, 401),
            ("bearer t0ken", "t0ken", true, 401),
            ("bearer t0ken", "Basic bWU6cDp3", true, 101),
            ("bearer t0ken", "Basic bWU6cA==", true, 401),
            ("Authorization: bearer t0ken", "x-key: k", true, 101),
            ("Authorization: bearer t0ken", "x-key: l", true, 401),
            ("https://a.example", "https://b.example", true, 403),
            ("Origin: https://a.example\r\n", "", true, 403),
            ("Upgrade: WebSocket\r\n", "", true, 426),
            ("Connection: keep-alive, upgrade\r\n", "", true, 426),
            ("Version: 13", "Version: 8", true, 426),
            ("Sec-WebSocket-Version: 13\r\n", "", true, 426),
            (" HTTP/1.1", " HTTP/1.0", true, 426),
            ("GET", "POST", true, 400),
            ("Host: h\r\n", "", true, 400),
            ("dGhlIHNhbXBsZSBub25jZQ==", "dGhl", true, 400),
            (
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
                "",
                true,
                400,
            ),
            ("v0, v2,v1", "v0", true, 400),
            ("Sec-WebSocket-Protocol: v0, v2,v1\r\n", "", true, 400),
            ("Host: h", "Host : h", true, 400),
            ("Host: h", "Host: h\r\nhost: h", true, 400),
            ("Host: h", "Host: h\r\nHost: other", true, 400),
            (
                "Sec-WebSocket-Key: ",
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Key: ",
                true,
                400,
            ),
            (
                "Version: 13",
                "Version: 13\r\nSec-WebSocket-Version: 13",
                true,
                400,
            ),
            (
                "Version: 13",
                "Version: 8\r\nSec-WebSocket-Version: 13",
                true,
                400,
            ),
            (
                "Authorization: ",
                "Authorization: Bearer other\r\nAuthorization: ",
                true,
                400,
            ),
            (
                "Origin: ",
                "Origin: https://b.example\r\nOrigin: ",
                true,
                400,
            ),
            (
                "Sec-WebSocket-Protocol: v0",
                "Sec-WebSocket-Protocol: v1\r\nSec-WebSocket-Protocol: v0",
                true,
                101,
            ),
            ("", "", false, 503),
            // Several at once, in their order.
            ("GET /chat", "POST /other", false, 404),
            ("bearer t0ken\r\n", "none\r\nOrigin: x\r\n", false, 401),
            ("v0, v2,v1\r\nOrigin: https://a.example", "v0", false, 403),
            ("Version: 13", "Key: AAAA", false, 426),
            ("dGhlIHNhbXBsZSBub25jZQ==", "dGhl", false, 400),
        ];
        for (from, to, room, expected) in cases {
            let request = GOOD.replacen(from, to, 1);
            let (answer, outcome) = visit(&rules(), &request, room).await;
            let status = answer.split(' ').nth(1).unwrap_or_default();
            assert_eq!(status, expected.to_string(), "{from:?} -> {to:?}");
            match outcome {
                AcceptOutcome::Accepted(_) => assert_eq!(expected, 101),
                AcceptOutcome::Refused(status, ..) => assert_eq!(status, expected),
                AcceptOutcome::Nothing => panic!("{from:?} -> {to:?}: nothing"),
            }
        }
    }

    #[tokio::test]
    async fn those_turned_away_are_told_why() {
        let mut told = Vec::new();
        for (from, to) in [
            ("GET /chat", "GET /"),
            ("t0ken", ""),
            ("https://a.example", "null"),
            ("Upgrade: WebSocket\r\n", ""),
            ("v0, v2,v1", "v0"),
        ] {
            told.push(visit(&rules(), &GOOD.replacen(from, to, 1), true).await.0);
        }
        told.push(visit(&rules(), GOOD, false).await.0);
        told.push(visit(&rules(), "\u{16}\u{3}\u{1}", false).await.0);
        insta::assert_snapshot!(told.join("\n"));
    }

    #[tokio::test]
    async fn without_conditions_anyone_comes_in() {
        let rules = AdmissionRules {
            path: PathPattern::parse("/").unwrap(),
            ..AdmissionRules::default()
        };
        let request = "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
            Sec-WebSocket-Protocol: v1\r\n\r\n";
        let (answer, outcome) = visit(&rules, request, true).await;
        assert!(answer.starts_with("HTTP/1.1 101 ") && !answer.contains("Protocol:"));
        assert!(
            matches!(outcome, AcceptOutcome::Accepted(client) if client.request.name.is_none())
        );
    }

    #[tokio::test]
    async fn a_subprotocol_may_be_optional() {
        let rules = AdmissionRules {
            subprotocol_optional: true,
            ..rules()
        };
        for (offered, chosen) in [
            ("Sec-WebSocket-Protocol: v0, v2,v1\r\n", Some("v2")),
            ("Sec-WebSocket-Protocol: v0\r\n", None),
            ("Sec-WebSocket-Protocol: none\r\n", None),
            ("", None),
        ] {
            let request = GOOD.replacen("Sec-WebSocket-Protocol: v0, v2,v1\r\n", offered, 1);
            let (answer, outcome) = visit(&rules, &request, true).await;
            assert!(answer.starts_with("HTTP/1.1 101 "), "{offered:?}");
            assert_eq!(answer.contains("Sec-WebSocket-Protocol"), chosen.is_some());
            let AcceptOutcome::Accepted(client) = outcome else {
                panic!("{offered:?}");
            };
            assert_eq!(client.request.subprotocol.as_deref(), chosen);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_dawdles_is_let_go() {
        let began = tokio::time::Instant::now();
        let (near, mut far) = duplex(64);
        far.write_all(b"GET /chat HTTP/1.1\r\nHost").await.unwrap();
        let outcome = accept(Box::new(near), &rules(), || true).await;
        assert!(matches!(outcome, AcceptOutcome::Nothing));
        assert_eq!(began.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn an_endless_head_is_refused() {
        let request = format!("GET /chat HTTP/1.1\r\nX: {}", "x".repeat(70_000));
        let (answer, _) = visit(&rules(), &request, true).await;
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"));
        let request = format!("GET /chat HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(101));
        let (answer, _) = visit(&rules(), &request, true).await;
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"));
    }
}
