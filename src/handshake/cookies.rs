//! Keeps cookies by the rules of RFC 6265. Knows no stream, and no time but the one it is told.

use std::net::IpAddr;

use super::cookie_date::cookie_date;
use super::headers::header_values;
use crate::protocol::{Address, Url};

/// Cookies of all hosts together at most (RFC 6265, 6.1).
const COOKIES: usize = 3000;
/// Cookies of one domain at most, so that no server fills the jar or our requests.
const OF_ONE: usize = 180;
/// Bytes of a cookie's name and value at most.
const LARGEST: usize = 8 << 10;

/// The cookies that servers have set.
#[derive(Clone, Debug, Default)]
pub struct CookieJar {
    /// In the order in which they were set first.
    cookies: Vec<Cookie>,
}

/// A cookie (RFC 6265, 5.3).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cookie {
    name: String,
    value: String,
    /// In small letters.
    domain: String,
    /// Whether hosts below the domain do not get it.
    host_only: bool,
    path: String,
    secure: bool,
    /// Seconds since 1970; none: as long as the jar.
    expires: Option<i64>,
}

impl CookieJar {
    /// Keeps what an answer sets; the names and values of what is new. `now` is in seconds since 1970.
    pub fn store(
        &mut self,
        url: &Url,
        headers: &[(String, String)],
        now: i64,
    ) -> Vec<(String, String)> {
        let mut new = Vec::new();
        for line in header_values(headers, "Set-Cookie") {
            let Some(cookie) = Cookie::parse(line, url, now) else {
                continue;
            };
            let gone = cookie.is_over(now);
            let at = self.cookies.iter().position(|other| other.is_same(&cookie));
            if !gone {
                new.push((cookie.name.clone(), cookie.value.clone()));
            }
            match at {
                Some(at) if gone => drop(self.cookies.remove(at)),
                Some(at) => self.cookies[at] = cookie,
                None if gone => {}
                None => {
                    self.make_room(&cookie.domain);
                    self.cookies.push(cookie);
                }
            }
        }
        new
    }

    /// The oldest cookie of a domain goes where it has too many, else the oldest of all.
    fn make_room(&mut self, domain: &str) {
        let of_domain = |cookie: &&Cookie| cookie.domain == domain;
        let many = self.cookies.iter().filter(of_domain).count() >= OF_ONE;
        if many {
            let oldest = self
                .cookies
                .iter()
                .position(|cookie| cookie.domain == domain);
            oldest.map(|at| self.cookies.remove(at));
        } else if self.cookies.len() >= COOKIES {
            self.cookies.remove(0);
        }
    }

    /// What a request's `Cookie` header says; none where there is nothing to say (RFC 6265, 5.4).
    #[must_use]
    pub fn header(&self, url: &Url, now: i64) -> Option<String> {
        let host = host_of(url);
        let path = path_of(url);
        let mut sent: Vec<_> = self
            .cookies
            .iter()
            .filter(|cookie| cookie.goes_to(&host, path, url.secure) && !cookie.is_over(now))
            .collect();
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<_> = sent
            .iter()
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

impl Cookie {
    /// Reads a `Set-Cookie` header's value (RFC 6265, 5.2); none where it is to be ignored.
    fn parse(line: &str, url: &Url, now: i64) -> Option<Self> {
        let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || name.len() + value.len() > LARGEST {
            return None;
        }
        let mut cookie = Self {
            name: name.to_owned(),
            value: value.to_owned(),
            domain: host_of(url),
            host_only: true,
            path: default_path(path_of(url)).to_owned(),
            secure: false,
            expires: None,
        };
        let mut age = None;
        let mut domain = String::new();
        for attribute in attributes.split(';') {
            let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let value = value.trim();
            match key.trim().to_ascii_lowercase().as_str() {
                "expires" => cookie.expires = cookie_date(value).or(cookie.expires),
                "max-age" => age = seconds(value).or(age),
                // An empty one does not count, and of several the last.
                "domain" if !value.is_empty() => {
                    domain = value
                        .strip_prefix('.')
                        .unwrap_or(value)
                        .to_ascii_lowercase();
                }
                "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
                "path" => default_path(path_of(url)).clone_into(&mut cookie.path),
                "secure" => cookie.secure = true,
                _ => {}
            }
        }
        let has_domain = !domain.is_empty();
        if let Some(age) = age {
            cookie.expires = Some(now.saturating_add(age));
        }
        if !domain.is_empty() && domain != cookie.domain {
            // `com` belongs to no one site; it is the shortest part of the list of such domains (RFC 6265, 5.3).
            if !domain.contains('.') || !is_below(&cookie.domain, &domain) {
                return None;
            }
            cookie.domain = domain;
            cookie.host_only = false;
        } else if domain.contains('.') && domain.parse::<IpAddr>().is_err() {
            cookie.host_only = false;
        }
        cookie.keeps_promise(url, has_domain).then_some(cookie)
    }

    /// What a name promises that begins so: no other may have set it (RFC 6265bis, 4.1.3).
    fn keeps_promise(&self, url: &Url, has_domain: bool) -> bool {
        let begins = |prefix: &str| {
            let start = self.name.get(..prefix.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        let is_secure = self.secure && url.secure;
        if begins("__Host-") {
            return is_secure && self.path == "/" && !has_domain;
        }
        is_secure || !begins("__Secure-")
    }

    fn is_same(&self, other: &Self) -> bool {
        (&self.name, &self.domain, &self.path) == (&other.name, &other.domain, &other.path)
    }

    fn is_over(&self, now: i64) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    fn goes_to(&self, host: &str, path: &str, secure: bool) -> bool {
        let below = !self.host_only && is_below(host, &self.domain);
        (host == self.domain || below) && path_matches(path, &self.path) && (secure || !self.secure)
    }
}

/// The host in small letters; of a Unix socket its path, which no domain can be.
fn host_of(url: &Url) -> String {
    match &url.address {
        Address::Tcp { host, .. } => host.trim_end_matches('.').to_ascii_lowercase(),
        Address::Unix(path) => path.display().to_string(),
    }
}

fn path_of(url: &Url) -> &str {
    url.resource.split('?').next().unwrap_or("/")
}

/// The path up to its last slash (RFC 6265, 5.1.4).
fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(end) => path.get(..end).unwrap_or("/"),
    }
}

/// Whether a path lies at or below a cookie's (RFC 6265, 5.1.4).
fn path_matches(path: &str, cookie: &str) -> bool {
    match path.strip_prefix(cookie) {
        Some(rest) => rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'),
        None => false,
    }
}

/// Whether a host lies below a domain (RFC 6265, 5.1.3); addresses have none.
fn is_below(host: &str, domain: &str) -> bool {
    host.parse::<IpAddr>().is_err()
        && !host.starts_with('/')
        && host
            .strip_suffix(domain)
            .is_some_and(|rest| rest.ends_with('.'))
}

/// `Max-Age` (RFC 6265, 5.2.2): too large a number is as good as for ever.
fn seconds(value: &str) -> Option<i64> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let negative = value.starts_with('-');
    Some(
        value
            .parse()
            .unwrap_or(if negative { i64::MIN } else { i64::MAX }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::UrlFamily;

    fn url(text: &str) -> Url {
        Url::parse(text, UrlFamily::Http).unwrap()
    }

    fn set(jar: &mut CookieJar, from: &str, lines: &[&str], now: i64) {
        let headers: Vec<_> = lines
            .iter()
            .map(|line| ("set-cookie".to_owned(), (*line).to_owned()))
            .collect();
        jar.store(&url(from), &headers, now);
    }

    fn sent(jar: &CookieJar, to: &str, now: i64) -> String {
        jar.header(&url(to), now).unwrap_or_default()
    }

    #[test]
    fn cookies_go_back_to_where_they_are_from() {
        let mut jar = CookieJar::default();
        let from = "http://www.example.com/a/b/c?d";
        set(
            &mut jar,
            from,
            &[
                "host=1",
                "domain=2; Domain=.Example.com; Path=/",
                "path=3; Path=/a/b/c/d",
                "secure=4; Secure; HttpOnly; SameSite=Strict",
                "other=5; Domain=example.org",
                "top=6; Domain=com",
                "below=7; Domain=x.www.example.com",
                "=8",
                "nothing",
                " blanks = 9 ;Path=relative",
            ],
            0,
        );
        let told: Vec<_> = [
            "http://www.example.com/a/b/c",
            "http://WWW.example.com/a/b",
            "http://www.example.com/a/bc",
            "http://www.example.com:81/a/b/c/d/e",
            "https://www.example.com/a/b/",
            "http://example.com/a/b/",
            "http://y.example.com/",
            "http://badexample.com/",
            "http+unix:///www.example.com:/a/b/",
        ]
        .iter()
        .map(|to| format!("{to} -> {}", sent(&jar, to, 0)))
        .collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn an_address_has_no_domain_above_it() {
        let mut jar = CookieJar::default();
        let lines = ["a=1; Domain=0.0.1", "b=2; Domain=127.0.0.1", "c=3"];
        set(&mut jar, "http://127.0.0.1/", &lines, 0);
        assert_eq!(sent(&jar, "http://127.0.0.1/", 0), "b=2; c=3");
        assert_eq!(sent(&jar, "http://1.127.0.0.1/", 0), "");
    }

    #[test]
    fn cookies_are_replaced_and_expire() {
        let mut jar = CookieJar::default();
        let from = "http://a.example/";
        let lines = [
            "a=1",
            "b=1; Max-Age=10",
            "c=1; Expires=Thu, 01 Jan 1970 00:00:20 GMT",
            "d=1; Max-Age=10; Expires=Thu, 01 Jan 2037 00:00:20 GMT",
            "e=1; Max-Age=99999999999999999999",
            "f=1; Expires=nonsense",
        ];
        set(&mut jar, from, &lines, 0);
        assert_eq!(sent(&jar, from, 9), "a=1; b=1; c=1; d=1; e=1; f=1");
        assert_eq!(sent(&jar, from, 10), "a=1; c=1; e=1; f=1");
        assert_eq!(sent(&jar, from, 20), "a=1; e=1; f=1");
        set(
            &mut jar,
            from,
            &["a=2", "e=; Max-Age=0", "f=; Max-Age=-1"],
            20,
        );
        assert_eq!(sent(&jar, from, 20), "a=2");
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let mut jar = CookieJar::default();
        for number in 0..=COOKIES {
            let from = format!("http://{}.example/", number / 100);
            set(&mut jar, &from, &[&format!("n{number}=1")], 0);
        }
        set(
            &mut jar,
            "http://a.example/",
            &[&format!("n={}", "x".repeat(LARGEST))],
            0,
        );
        assert_eq!(jar.cookies.len(), COOKIES);
        assert_eq!(jar.cookies[0].name, "n1");
        let mut jar = CookieJar::default();
        set(&mut jar, "http://b.example/", &["b=1"], 0);
        for number in 0..=OF_ONE {
            set(&mut jar, "http://a.example/", &[&format!("n{number}=1")], 0);
        }
        assert_eq!(jar.cookies.len(), OF_ONE + 1);
        assert_eq!(jar.cookies[0].name, "b");
        assert_eq!(jar.cookies[1].name, "n1");
    }

    #[test]
    fn a_name_keeps_its_promise_or_is_not_kept() {
        let lines = [
            "__Host-a=1; Secure; Path=/",
            "__Host-b=1; Secure",
            "__Host-c=1; Path=/",
            "__Host-d=1; Secure; Path=/; Domain=a.example",
            "__secure-e=1; Secure",
            "__Secure-f=1",
        ];
        for (from, expected) in [
            ("https://a.example/b/c", "__secure-e=1; __Host-a=1"),
            ("http://a.example/b/c", ""),
        ] {
            let mut jar = CookieJar::default();
            set(&mut jar, from, &lines, 0);
            assert_eq!(sent(&jar, "https://a.example/b/c", 0), expected, "{from}");
        }
    }
}
