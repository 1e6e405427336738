//! The client's half of the opening handshake (RFC 6455, 4.1). Knows no stream.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use super::head::{elements, is_token, values};
use crate::dial::provider::provider;
use crate::dial::url::Url;
use crate::dial::{Target, Trouble};

/// What every accepting server appends to the key (RFC 6455, 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A request that is ready to be sent, and what its answer must fit.
pub(crate) struct Request {
    pub(crate) text: String,
    pub(crate) accept: String,
    pub(crate) offered: Vec<String>,
    pub(crate) subprotocol_optional: bool,
}

impl Request {
    /// Headers of the target come last, as written and in place of ours of the same name; but `Host` comes first
    /// (RFC 9110, 7.2).
    pub(crate) fn new(url: &Url, target: &Target) -> Result<Self, Trouble> {
        let key = values(&target.headers, "Sec-WebSocket-Key")
            .next()
            .map_or_else(random_key, str::to_owned);
        let protocols = target.subprotocols.join(", ");
        let host = url.host_header();
        let (first, last): (Vec<_>, Vec<_>) = target
            .headers
            .iter()
            .partition(|(name, _)| name.eq_ignore_ascii_case("Host"));
        let basic = url.credentials.as_deref().map(basic);
        let ours = [
            ("Host", Some(host)),
            ("Upgrade", Some("websocket".to_owned())),
            ("Connection", Some("Upgrade".to_owned())),
            ("Sec-WebSocket-Key", Some(key.clone())),
            ("Sec-WebSocket-Version", Some("13".to_owned())),
            (
                "Sec-WebSocket-Protocol",
                (!protocols.is_empty()).then_some(protocols),
            ),
            ("Authorization", basic),
        ];
        let mut text = format!("GET {} HTTP/1.1\r\n", url.resource);
        for (name, value) in first {
            push(&mut text, name, value)?;
        }
        for (name, value) in ours {
            let given = values(&target.headers, name).next().is_some();
            if let Some(value) = value.filter(|_| !given) {
                push(&mut text, name, &value)?;
            }
        }
        for (name, value) in last {
            push(&mut text, name, value)?;
        }
        text.push_str("\r\n");
        Ok(Self {
            text,
            accept: accept_key(&key),
            offered: offered(target),
            subprotocol_optional: target.subprotocol_optional,
        })
    }
}

/// What a server answers to a key (RFC 6455, 4.2.2).
pub(crate) fn accept_key(key: &str) -> String {
    let digest = Sha1::new()
        .chain_update(key.trim())
        .chain_update(GUID)
        .finalize();
    STANDARD.encode(digest)
}

/// Basic credentials (RFC 7617) of `USER:PASSWORD`.
pub(crate) fn basic(credentials: &str) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

fn random_key() -> String {
    STANDARD.encode(random::<16>())
}

/// Bytes that a peer cannot foresee (RFC 6455, 5.3).
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if provider().secure_random.fill(&mut bytes).is_err() {
        fastrand::fill(&mut bytes);
    }
    bytes
}

fn push(text: &mut String, name: &str, value: &str) -> Result<(), Trouble> {
    if !is_token(name) {
        return Err(Trouble::lasting(format!(
            "{name:?} cannot be the name of a header"
        )));
    }
    if name.eq_ignore_ascii_case("Sec-WebSocket-Extensions") {
        return Err(Trouble::lasting(format!(
            "{name}: no extension is spoken here"
        )));
    }
    if value.contains(|c: char| c.is_ascii_control() && c != '\t') {
        return Err(Trouble::lasting(format!(
            "the value of the header {name} holds a line break or another control character"
        )));
    }
    for part in [name, ": ", value, "\r\n"] {
        text.push_str(part);
    }
    Ok(())
}

fn offered(target: &Target) -> Vec<String> {
    let name = "Sec-WebSocket-Protocol";
    let written: Vec<_> = elements(&target.headers, name).map(str::to_owned).collect();
    if values(&target.headers, name).next().is_some() {
        written
    } else {
        target.subprotocols.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dial::url::parse_url;

    fn target(headers: &[(&str, &str)], subprotocols: &[&str]) -> Target {
        Target {
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            subprotocols: subprotocols.iter().map(|name| (*name).to_owned()).collect(),
            ..Target::to("")
        }
    }

    #[test]
    fn headers_of_the_document_stand_as_written_and_beat_ours() {
        let url = parse_url("wss://me:pass@api.example.com:8443/v1?x=%2F").unwrap();
        let plain = Request::new(&url, &target(&[("Sec-WebSocket-Key", "AAAA")], &["a", "b"]));
        let given = [
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("HOST", "other"),
            ("X-Two", "1"),
            ("x-two", "2"),
            ("authorization", "Bearer x"),
            ("Sec-WebSocket-Protocol", "c"),
        ];
        let request = Request::new(&url, &target(&given, &["a"])).unwrap();
        assert_eq!(request.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(request.offered, ["c"]);
        insta::assert_snapshot!(format!("{}{}", plain.unwrap().text, request.text));
    }

    #[test]
    fn nothing_can_be_smuggled_into_the_head() {
        let url = parse_url("ws://host/").unwrap();
        let headers = [
            ("X", "a\r\nY: b"),
            ("X", "a\nb"),
            ("X", "a\0"),
            ("X Y", "a"),
            ("", "a"),
            ("X\r\nY", "a"),
            ("Sec-WebSocket-Extensions", "permessage-deflate"),
        ];
        for header in headers {
            assert!(
                Request::new(&url, &target(&[header], &[])).is_err(),
                "{header:?}"
            );
        }
        assert!(Request::new(&url, &target(&[], &["a\r\nX: y"])).is_err());
    }

    #[test]
    fn every_key_is_new() {
        let url = parse_url("ws://host/").unwrap();
        let request = || Request::new(&url, &target(&[], &[])).unwrap().accept;
        assert_ne!(request(), request());
    }
}
