//! Who gets an answer: the token of the address, then a cookie, and a second token in a header for whatever commands or
//! tells. Hosts and origins other than our own get none. Knows no document.

use axum::http::{HeaderMap, Method, Uri, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The header that commands and events need.
pub(super) const HEADER: &str = "voiden-token";

/// Bytes of a token before it is spelled.
const LENGTH: usize = 24;

/// The secrets of one start, each of its own.
#[derive(Clone)]
pub struct PageKeys {
    address: String,
    cookie: String,
    header: String,
}

impl PageKeys {
    /// New ones.
    ///
    /// # Errors
    /// The machine has no randomness.
    pub fn new() -> Result<Self, String> {
        let token = || {
            let mut bytes = [0; LENGTH];
            getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
            Ok::<_, String>(URL_SAFE_NO_PAD.encode(bytes))
        };
        Ok(Self {
            address: token()?,
            cookie: token()?,
            header: token()?,
        })
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn header(&self) -> &str {
        &self.header
    }
}

impl std::fmt::Debug for PageKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PageKeys")
    }
}

/// What a request has shown of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// It knows the address's token: it gets the cookie and the second token.
    Address,
    /// It has the cookie.
    Cookie,
    /// It has the cookie and the second token.
    Command,
    /// Nothing.
    None,
}

/// Judges requests.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    keys: PageKeys,
    port: u16,
}

impl Gate {
    pub(super) fn new(keys: PageKeys, port: u16) -> Self {
        Self { keys, port }
    }

    pub(super) fn keys(&self) -> &PageKeys {
        &self.keys
    }

    /// The name of the cookie: cookies of all ports of a host reach all of them.
    fn cookie_name(&self) -> String {
        format!("voiden-{}", self.port)
    }

    /// What sets the cookie.
    pub(super) fn cookie(&self) -> String {
        let name = self.cookie_name();
        let value = &self.keys.cookie;
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict")
    }

    pub(super) fn judge(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Access {
        let Some(host) = self.host(headers) else {
            return Access::None;
        };
        let origin = text(headers, header::ORIGIN.as_str());
        let own = format!("http://{host}");
        if headers.contains_key(header::ORIGIN) && origin != Some(own.as_str()) {
            return Access::None;
        }
        let knows_address = uri.path() == "/"
            && *method == Method::GET
            && query(uri, "token").is_some_and(|token| same(token, &self.keys.address));
        if knows_address {
            return Access::Address;
        }
        // Another site's page may lead here by a link, which is to have the token.
        if matches!(
            text(headers, "sec-fetch-site"),
            Some("cross-site" | "same-site")
        ) {
            return Access::None;
        }
        if !self.has_cookie(headers) {
            return Access::None;
        }
        let second = text(headers, HEADER);
        if second.is_some_and(|token| same(token, &self.keys.header)) {
            return Access::Command;
        }
        Access::Cookie
    }

    /// The host that is asked for, if it is ours: another site's name may be made to lead here.
    fn host<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let mut hosts = headers.get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return None;
        };
        let host = host.to_str().ok()?;
        let (name, port) = host.rsplit_once(':')?;
        let is_ours = matches!(name, "127.0.0.1" | "localhost") && port == self.port.to_string();
        is_ours.then_some(host)
    }

    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let name = self.cookie_name();
        let cookies = headers.get_all(header::COOKIE).iter();
        let cookies = cookies.filter_map(|value| value.to_str().ok());
        cookies
            .flat_map(|value| value.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .any(|(known, value)| known == name && same(value, &self.keys.cookie))
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// A parameter of a query, as it stands.
pub(super) fn query<'a>(uri: &'a Uri, name: &str) -> Option<&'a str> {
    let mut pairs = uri
        .query()?
        .split('&')
        .filter_map(|pair| pair.split_once('='));
    pairs
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

/// Compares in a time that tells nothing of where two tokens differ.
fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let differ = one.iter().zip(other).fold(0, |seen, (a, b)| seen | (a ^ b));
    one.len() == other.len() && differ == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> Gate {
        let keys = PageKeys {
            address: "address".to_owned(),
            cookie: "cookie".to_owned(),
            header: "header".to_owned(),
        };
        Gate::new(keys, 4000)
    }

    fn judged(uri: &str, headers: &[(&'static str, &str)]) -> Access {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        gate().judge(&Method::GET, &uri.parse().unwrap(), &map)
    }

    #[test]
    fn tokens_are_long_and_new_each_time() {
        let (one, other) = (PageKeys::new().unwrap(), PageKeys::new().unwrap());
        let all = [&one.address, &one.cookie, &one.header, &other.address];
        for (at, token) in all.iter().enumerate() {
            assert!(token.len() >= 20);
            assert!(all.iter().skip(at + 1).all(|other| other != token));
        }
        assert!(!format!("{one:?}").contains(&one.address));
    }

    #[test]
    fn who_is_let_in() {
        let host = ("host", "127.0.0.1:4000");
        let cookie = ("cookie", "a=b; voiden-4000=cookie");
        let second = ("voiden-token", "header");
        for (uri, headers, access) in [
            ("/?token=address", vec![host], Access::Address),
            (
                "/?token=address",
                vec![("host", "localhost:4000")],
                Access::Address,
            ),
            (
                "/?token=address",
                vec![host, ("sec-fetch-site", "cross-site")],
                Access::Address,
            ),
            ("/?token=addres", vec![host], Access::None),
            ("/?token=", vec![host], Access::None),
            ("/assets/a?token=address", vec![host], Access::None),
            ("/", vec![host], Access::None),
            ("/", vec![host, cookie], Access::Cookie),
            (
                "/",
                vec![host, ("cookie", "voiden-4000=other")],
                Access::None,
            ),
            (
                "/",
                vec![host, ("cookie", "voiden-4001=cookie")],
                Access::None,
            ),
            ("/api/run", vec![host, cookie, second], Access::Command),
            ("/api/run", vec![host, second], Access::None),
            (
                "/api/run",
                vec![host, cookie, ("voiden-token", "cookie")],
                Access::Cookie,
            ),
            ("/", vec![cookie], Access::None),
            ("/", vec![("host", "127.0.0.1"), cookie], Access::None),
            ("/", vec![("host", "127.0.0.1:4001"), cookie], Access::None),
            (
                "/",
                vec![("host", "evil.example:4000"), cookie],
                Access::None,
            ),
            ("/", vec![host, host, cookie], Access::None),
            (
                "/",
                vec![host, cookie, ("origin", "http://127.0.0.1:4000")],
                Access::Cookie,
            ),
            (
                "/",
                vec![host, cookie, ("origin", "http://127.0.0.1:4001")],
                Access::None,
            ),
            (
                "/",
                vec![host, cookie, ("origin", "http://localhost:4000")],
                Access::None,
            ),
            ("/", vec![host, cookie, ("origin", "null")], Access::None),
            (
                "/",
                vec![host, cookie, ("sec-fetch-site", "cross-site")],
                Access::None,
            ),
            (
                "/",
                vec![host, cookie, ("sec-fetch-site", "same-origin")],
                Access::Cookie,
            ),
        ] {
            assert_eq!(judged(uri, &headers), access, "{uri} {headers:?}");
        }
    }
}
