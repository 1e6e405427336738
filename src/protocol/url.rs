//! URLs that blocks connect to (RFC 6455, 3; RFC 9110, 4.2): where to connect, and what to ask for. Knows no socket.

use std::net::Ipv6Addr;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

/// A URL that can be connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// Where.
    pub address: Address,
    /// Whether TLS is spoken.
    pub secure: bool,
    /// Path and query as they are asked for, percent-encoding as written.
    pub resource: String,
    /// `USER:PASSWORD`, decoded.
    pub credentials: Option<String>,
}

/// Where an endpoint is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Behind a host and a port.
    Tcp {
        /// A name or an address, an IPv6 address without its brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// Behind a Unix socket.
    Unix(PathBuf),
}

/// The schemes of one protocol's URLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlFamily {
    /// `ws`, `wss`, `ws+unix`.
    WebSocket,
    /// `http`, `https`, `http+unix`.
    Http,
}

impl UrlFamily {
    /// The scheme over TCP, the one over TLS, and the one over a Unix socket.
    fn schemes(self) -> [&'static str; 3] {
        match self {
            Self::WebSocket => ["ws", "wss", "ws+unix"],
            Self::Http => ["http", "https", "http+unix"],
        }
    }

    /// The scheme over TLS.
    #[must_use]
    pub fn secure_scheme(self) -> &'static str {
        self.schemes()[1]
    }

    /// As it stands in a sentence.
    fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "a WebSocket",
            Self::Http => "an HTTP",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::WebSocket => Self::Http,
            Self::Http => Self::WebSocket,
        }
    }

    fn unknown_scheme(self, scheme: &str) -> String {
        let what = format!("`{scheme}` is not {} scheme", self.name());
        let ours = self.schemes();
        let same = |other: &&str| other.eq_ignore_ascii_case(scheme);
        match self.other().schemes().iter().position(same) {
            Some(at) => format!("{what}; write {}://", ours[at]),
            None => format!(
                "{what}; write {}://, {}:// or {}://",
                ours[0], ours[1], ours[2]
            ),
        }
    }
}

impl Url {
    /// Reads a URL.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str, family: UrlFamily) -> Result<Self, String> {
        if let Some(bad) = text.chars().find(|c| c.is_whitespace() || c.is_control()) {
            return Err(format!(
                "a URL holds no blanks or control characters; write {} for {bad:?}",
                percent_encoding::utf8_percent_encode(
                    bad.encode_utf8(&mut [0; 4]),
                    percent_encoding::NON_ALPHANUMERIC
                )
            ));
        }
        if text.contains('#') {
            return Err(format!(
                "{} URL has no fragment; write %23 for `#`",
                family.name()
            ));
        }
        let [plain, secure, unix] = family.schemes();
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(format!(
                "not a URL; it starts with {plain}:// or {secure}://"
            ));
        };
        match scheme.to_ascii_lowercase() {
            scheme if scheme == plain => tcp_url(rest, false),
            scheme if scheme == secure => tcp_url(rest, true),
            scheme if scheme == unix => unix_url(unix, rest),
            _ => Err(family.unknown_scheme(scheme)),
        }
    }

    /// What stands in `Host`: the port only where it is not the scheme's (RFC 6455, 4.1).
    #[must_use]
    pub fn host_header(&self) -> String {
        match &self.address {
            Address::Tcp { host, port } if *port == default_port(self.secure) => bracketed(host),
            Address::Tcp { host, port } => format!("{}:{port}", bracketed(host)),
            Address::Unix(_) => "localhost".to_owned(),
        }
    }
}

/// A host as it stands before a colon and a port.
pub(crate) fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}

fn tcp_url(rest: &str, secure: bool) -> Result<Url, String> {
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, resource) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let Authority {
        credentials,
        host,
        port,
    } = Authority::parse(authority)?;
    Ok(Url {
        address: Address::Tcp {
            host,
            port: port.unwrap_or(default_port(secure)),
        },
        secure,
        resource: resource_of(resource),
        credentials,
    })
}

fn unix_url(scheme: &str, rest: &str) -> Result<Url, String> {
    let (path, resource) = rest.split_once(':').unwrap_or((rest, ""));
    if !path.starts_with('/') || path == "/" {
        return Err(format!(
            "a Unix socket is written {scheme}:///path.sock:/resource"
        ));
    }
    if !resource.is_empty() && !resource.starts_with(['/', '?']) {
        return Err(format!("the resource `{resource}` does not start with /"));
    }
    let path = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| "the path of the Unix socket is not UTF-8".to_owned())?;
    if path.contains('\0') {
        return Err("the path of a Unix socket holds no NUL".to_owned());
    }
    Ok(Url {
        address: Address::Unix(PathBuf::from(path.as_ref())),
        secure: false,
        resource: resource_of(resource),
        credentials: None,
    })
}

fn default_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

/// A request line is ASCII: what is not is encoded as browsers do.
fn resource_of(written: &str) -> String {
    let slash = if written.starts_with('/') { "" } else { "/" };
    let encoded = percent_encoding::utf8_percent_encode(written, percent_encoding::CONTROLS);
    format!("{slash}{encoded}")
}

/// `user:password@host:port`
pub(crate) struct Authority {
    pub(crate) credentials: Option<String>,
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

impl Authority {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (user, place) = match text.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, text),
        };
        let (host, port) = split_port(place)?;
        Ok(Self {
            credentials: user.map(decoded_credentials),
            host: host_of(host)?,
            port: port.map(port_of).transpose()?,
        })
    }
}

fn decoded_credentials(user: &str) -> String {
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    let decode = |text| percent_decode_str(text).decode_utf8_lossy();
    format!("{}:{}", decode(user), decode(password))
}

/// The host, in its brackets if it has some, and what stands behind its colon, unless that is nothing (RFC 3986, 3.2.3).
fn split_port(place: &str) -> Result<(&str, Option<&str>), String> {
    let (host, port) = match place.rfind(']') {
        Some(end) => {
            let (host, rest) = place.split_at_checked(end + 1).unwrap_or((place, ""));
            match rest.strip_prefix(':') {
                Some(port) => (host, port),
                None if rest.is_empty() => (host, ""),
                None => {
                    return Err(format!(
                        "`{rest}` follows the host's `]`; a port needs a `:`"
                    ));
                }
            }
        }
        None if place.starts_with('[') => {
            return Err(format!("the `[` of `{place}` is never closed"));
        }
        None => match place.split_once(':') {
            Some((_, port)) if port.contains(':') => {
                return Err(format!("an IPv6 address stands in brackets: [{place}]"));
            }
            Some(parts) => parts,
            None => (place, ""),
        },
    };
    Ok((host, (!port.is_empty()).then_some(port)))
}

fn host_of(host: &str) -> Result<String, String> {
    if host.is_empty() {
        return Err("the URL has no host".to_owned());
    }
    if let Some(inner) = host.strip_prefix('[') {
        let address = inner.strip_suffix(']').unwrap_or(inner);
        return match address.parse::<Ipv6Addr>() {
            Ok(address) => Ok(address.to_string()),
            Err(_) => Err(format!("`{address}` is not an IPv6 address")),
        };
    }
    if host.len() > 253 {
        return Err("the host name is longer than 253 characters".to_owned());
    }
    match host.chars().find(|c| !is_host_character(*c)) {
        None => Ok(host.to_owned()),
        Some(bad) if !bad.is_ascii() => Err(format!(
            "the host `{host}` is not ASCII; write its punycode form (xn--…)"
        )),
        Some(bad) => Err(format!("`{bad}` cannot stand in a host name")),
    }
}

fn is_host_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_' | '~')
}

fn port_of(port: &str) -> Result<u16, String> {
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse() {
        Ok(port) if digits => Ok(port),
        _ => Err(format!("`{port}` is not a port (0 to 65535)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(text: &str) -> String {
        match Url::parse(text, UrlFamily::WebSocket) {
            Ok(url) => {
                let place = match &url.address {
                    Address::Tcp { host, port } => format!("{host} {port}"),
                    Address::Unix(path) => format!("{}", path.display()),
                };
                let secure = if url.secure { "tls " } else { "" };
                let user = url.credentials.as_deref().unwrap_or("-");
                format!(
                    "{secure}{place} {} {user} {}",
                    url.resource,
                    url.host_header()
                )
            }
            Err(message) => format!("error: {message}"),
        }
    }

    #[test]
    fn urls_are_read_strictly() {
        let urls = [
            "ws://localhost",
            "ws://localhost:8080/chat?x=%20y",
            "WSS://Example.com:443/",
            "wss://example.com?token=1",
            "ws://example.com:/a",
            "ws://[::1]:9000/a",
            "ws://[2001:DB8::1]",
            "ws://us%40er:p%3Aw@host/",
            "ws://user@host",
            "ws://host/é?ü",
            "ws+unix:///tmp/a.sock:/chat?x",
            "ws+unix:///tmp/a%20b.sock",
            "ws+unix://tmp/a.sock",
            "ws+unix:///a.sock:chat",
            "http://localhost",
            "https://localhost",
            "ftp://localhost",
            "localhost:80",
            "",
            "ws://",
            "ws:///path",
            "ws://host:0",
            "ws://host:65536",
            "ws://host:+80",
            "ws://host:8o",
            "ws://::1/",
            "ws://[::1",
            "ws://[::g]",
            "ws://[::1]80",
            "ws://ho st/",
            "ws://host/a b",
            "ws://host/\r\nX: y",
            "ws://host/#top",
            "ws://bücher.example",
            "ws://a,b",
        ];
        let lines: Vec<_> = urls
            .iter()
            .map(|url| format!("{url:?} -> {}", summary(url)))
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn a_family_has_schemes_of_its_own() {
        let parse = |text: &str| Url::parse(text, UrlFamily::Http);
        let secure = parse("HTTPS://me@host/a?b").unwrap();
        assert!(secure.secure);
        assert_eq!(secure.host_header(), "host");
        let unix = parse("http+unix:///a.sock:/b").unwrap();
        assert_eq!(unix.address, Address::Unix("/a.sock".into()));
        let wrong = [
            "wss://host",
            "ftp://host",
            "host",
            "http://h/#a",
            "http+unix://a",
        ]
        .map(|text| parse(text).unwrap_err());
        insta::assert_snapshot!(wrong.join("\n"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(ws://|wss://|ws\\+unix://)?\\PC{0,40}") {
            if let Ok(url) = Url::parse(&text, UrlFamily::WebSocket) {
                assert!(url.resource.starts_with('/') && url.resource.is_ascii());
                assert!(!url.host_header().contains(char::is_whitespace));
            }
        }
    }
}
