//! Opening handshakes: however their bytes arrive, they mean the same; what follows the head is kept to the last byte;
//! and what is answered or told is well-formed.

use tokio::io::AsyncReadExt;
use voiden::protocol::PathPattern;
use voiden::server::{AcceptOutcome, AdmissionRules, accept};
use voiden::websocket::{ConnectRequest, HandshakeOutcome, upgrade};

use super::peer::Peer;

/// The key of RFC 6455, 1.3, and what accepts it.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// Bytes of a refusal's body that are asked for.
const BODY: usize = 64;

/// The input is what a peer sends, be it the client or the server.
pub(crate) fn holds(input: &[u8]) {
    let runtime = super::peer::runtime();
    let cuts = [1, 7, 64, usize::MAX];
    let served = cuts.map(|length| runtime.block_on(serve(input, length)));
    let dialled = cuts.map(|length| runtime.block_on(dial(input, length)));
    for other in 1..cuts.len() {
        assert_eq!(served[0], served[other]);
        assert_eq!(dialled[0], dialled[other]);
    }
}

/// What came of a handshake: in words, and what its peer may say next.
type Came = (String, Option<Vec<u8>>);

async fn serve(input: &[u8], length: usize) -> (Came, Vec<u8>) {
    let rules = AdmissionRules {
        name: "house".to_owned(),
        path: PathPattern::parse("/").expect("a path"),
        subprotocols: vec!["v1".to_owned()],
        ..AdmissionRules::default()
    };
    let (stream, answer) = Peer::sending(input, length);
    let came = match accept(Box::new(stream), &rules, || true).await {
        AcceptOutcome::Accepted(client) => {
            let behind = rest(&client.read_ahead, client.stream).await;
            assert!(input.ends_with(&behind));
            assert_eq!(client.request.request.path, "/");
            (format!("{:?}", client.request), Some(behind))
        }
        AcceptOutcome::Refused(status, phrase, why) => (format!("{status} {phrase}: {why}"), None),
        AcceptOutcome::Nothing => ("nothing".to_owned(), None),
    };
    let answer = answer.take();
    if came.0 != "nothing" {
        let answer = std::str::from_utf8(&answer).expect("text");
        is_answer(answer, came.1.is_some());
    }
    (came, answer)
}

/// An answer of ours: one head of plain lines, and a body as long as it says.
fn is_answer(answer: &str, welcome: bool) {
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let mut lines = head.split("\r\n");
    let first = lines.next().unwrap_or_default();
    assert_eq!(first.starts_with("HTTP/1.1 101 "), welcome, "{first}");
    assert!(first.starts_with("HTTP/1.1 "), "{first}");
    let mut length = 0;
    for line in lines {
        let (name, value) = line.split_once(": ").expect("a header");
        assert!(
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        );
        assert!(!value.chars().any(char::is_control), "{value:?}");
        if name == "Content-Length" {
            length = value.parse().expect("a length");
        }
    }
    assert_eq!(body.len(), length);
}

async fn dial(input: &[u8], length: usize) -> Came {
    let mut request = ConnectRequest::to("ws://h/");
    request.upgrade.headers = vec![("Sec-WebSocket-Key".to_owned(), KEY.to_owned())];
    request.body.limit = BODY;
    let (stream, _) = Peer::sending(input, length);
    match upgrade(Box::new(stream), &request).await {
        HandshakeOutcome::Opened(opened) => {
            assert_eq!(opened.handshake.status, 101);
            let accept = opened.handshake.header("Sec-WebSocket-Accept");
            assert_eq!(accept.map(str::trim), Some(ACCEPT));
            let behind = rest(&opened.read_ahead, opened.stream).await;
            assert!(input.ends_with(&behind));
            (format!("{:?}", opened.handshake), Some(behind))
        }
        HandshakeOutcome::Refused(handshake) => {
            assert_ne!(handshake.status, 101);
            assert!(handshake.body.len() <= BODY);
            (format!("{handshake:?}"), None)
        }
        HandshakeOutcome::Unfit(handshake, error) => {
            assert_eq!(handshake.status, 101);
            assert!(!error.reason.chars().any(char::is_control), "{error:?}");
            (format!("{handshake:?} {error:?}"), None)
        }
        HandshakeOutcome::Failed(error) => {
            assert!(!error.reason.chars().any(char::is_control), "{error:?}");
            // The reason shows how much had come when it was found.
            ("failed".to_owned(), None)
        }
    }
}

async fn rest(read_ahead: &[u8], mut stream: Box<dyn voiden::dial::Io>) -> Vec<u8> {
    let mut behind = read_ahead.to_vec();
    stream.read_to_end(&mut behind).await.expect("it ends");
    behind
}
