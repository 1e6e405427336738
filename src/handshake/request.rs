//! Writes a client's opening request (RFC 6455, 4.1). Knows no stream.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::accept::accept_key;
use super::deflate::deflate_offer;
use super::extensions::EXTENSIONS;
use super::headers::{basic_credentials, header_elements, header_values, push_header};
use crate::protocol::{CompressMode, ConnectError, Url};

/// What an opening request says besides its URL.
#[derive(Clone, Debug, Default)]
pub struct UpgradeOptions {
    /// The script's headers, in order, names as written.
    pub headers: Vec<(String, String)>,
    /// Offered in this order.
    pub subprotocols: Vec<String>,
    /// Whether the server need not choose any of them.
    pub subprotocol_optional: bool,
    /// Whether compression is offered, and of which kind.
    pub compress: Option<CompressMode>,
}

/// An opening request that is ready to be sent, and what its answer must fit.
pub(crate) struct UpgradeRequest {
    pub(crate) text: String,
    pub(crate) accept: String,
    pub(crate) offered: Vec<String>,
    pub(crate) subprotocol_optional: bool,
    pub(crate) compress: Option<CompressMode>,
}

impl UpgradeRequest {
    /// The script's headers come last, as written and in place of ours of the same name; but `Host` comes first
    /// (RFC 9110, 7.2). `nonce` becomes the key, where the script gives none.
    pub(crate) fn new(
        url: &Url,
        options: &UpgradeOptions,
        nonce: [u8; 16],
    ) -> Result<Self, ConnectError> {
        let key = header_values(&options.headers, "Sec-WebSocket-Key")
            .next()
            .map_or_else(|| STANDARD.encode(nonce), str::to_owned);
        let protocols = options.subprotocols.join(", ");
        let host = url.host_header();
        let (first, last): (Vec<_>, Vec<_>) = options
            .headers
            .iter()
            .partition(|(name, _)| name.eq_ignore_ascii_case("Host"));
        let basic = url.credentials.as_deref().map(basic_credentials);
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
            (EXTENSIONS, options.compress.map(deflate_offer)),
            ("Authorization", basic),
        ];
        let mut text = format!("GET {} HTTP/1.1\r\n", url.resource);
        for (name, value) in first {
            push_given(&mut text, name, value)?;
        }
        for (name, value) in ours {
            let given = header_values(&options.headers, name).next().is_some();
            if let Some(value) = value.filter(|_| !given) {
                push_header(&mut text, name, &value)?;
            }
        }
        for (name, value) in last {
            push_given(&mut text, name, value)?;
        }
        text.push_str("\r\n");
        Ok(Self {
            text,
            accept: accept_key(&key),
            offered: offered(options),
            subprotocol_optional: options.subprotocol_optional,
            compress: options.compress,
        })
    }
}

/// A header of the script; what it may not offer by hand is refused.
fn push_given(text: &mut String, name: &str, value: &str) -> Result<(), ConnectError> {
    if name.eq_ignore_ascii_case(EXTENSIONS) {
        return Err(ConnectError::permanent(format!(
            "{name} may not be given: `@compress` offers permessage-deflate"
        )));
    }
    push_header(text, name, value)
}

fn offered(options: &UpgradeOptions) -> Vec<String> {
    let name = "Sec-WebSocket-Protocol";
    let written: Vec<_> = header_elements(&options.headers, name)
        .map(str::to_owned)
        .collect();
    if header_values(&options.headers, name).next().is_some() {
        written
    } else {
        options.subprotocols.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::UrlFamily;

    fn request(url: &str, options: &UpgradeOptions) -> Result<UpgradeRequest, ConnectError> {
        let url = Url::parse(url, UrlFamily::WebSocket).unwrap();
        UpgradeRequest::new(&url, options, *b"a nonce of bytes")
    }

    fn options(headers: &[(&str, &str)], subprotocols: &[&str]) -> UpgradeOptions {
        UpgradeOptions {
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            subprotocols: subprotocols.iter().map(|name| (*name).to_owned()).collect(),
            subprotocol_optional: false,
            compress: None,
        }
    }

    #[test]
    fn headers_of_the_document_stand_as_written_and_beat_ours() {
        let url = "wss://me:pass@api.example.com:8443/v1?x=%2F";
        let plain = request(url, &options(&[("Sec-WebSocket-Key", "AAAA")], &["a", "b"]));
        let given = [
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("HOST", "other"),
            ("X-Two", "1"),
            ("x-two", "2"),
            ("authorization", "Bearer x"),
            ("Sec-WebSocket-Protocol", "c"),
        ];
        let request = request(url, &options(&given, &["a"])).unwrap();
        assert_eq!(request.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(request.offered, ["c"]);
        insta::assert_snapshot!(format!("{}{}", plain.unwrap().text, request.text));
    }

    #[test]
    fn nothing_can_be_smuggled_into_the_head() {
        let url = "ws://host/";
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
                request(url, &options(&[header], &[])).is_err(),
                "{header:?}"
            );
        }
        assert!(request(url, &options(&[], &["a\r\nX: y"])).is_err());
    }

    #[test]
    fn the_key_is_the_nonce() {
        let request = request("ws://host/", &options(&[], &[])).unwrap();
        assert!(
            request
                .text
                .contains("Sec-WebSocket-Key: YSBub25jZSBvZiBieXRlcw==\r\n")
        );
    }
}
