//! Where a redirect leads (RFC 9110, 15.4; RFC 3986, 5), and what of the request goes there. Knows no stream.

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use super::request::HttpRequest;
use crate::handshake::{basic_credentials, header_values};
use crate::protocol::{Address, ConnectError, Response, Url};

/// Headers that are for one host alone.
const OWN: [&str; 4] = ["Authorization", "Cookie", "Host", "Proxy-Authorization"];

/// The request that an answer redirects to; none where it does not.
///
/// # Errors
/// It redirects to what cannot be asked.
pub fn redirected(
    request: &HttpRequest,
    response: &Response,
) -> Result<Option<HttpRequest>, ConnectError> {
    let location = header_values(&response.headers, "Location").next();
    let (301..=303 | 307 | 308, Some(location)) = (response.status, location) else {
        return Ok(None);
    };
    let from = request.url()?;
    let url = resolve(&request.url, location.trim());
    let mut next = HttpRequest {
        url,
        cookies: None,
        ..request.clone()
    };
    let to = next.url().map_err(|error| {
        ConnectError::permanent(format!(
            "the answer redirects to {location:?}, which cannot be asked: {}",
            error.reason
        ))
    })?;
    if let (Address::Tcp { .. }, Address::Unix(_)) = (&from.address, &to.address) {
        return Err(ConnectError::permanent(format!(
            "the answer redirects to {location:?}: no server of the network may send us to a Unix socket"
        )));
    }
    let get = match response.status {
        303 => request.method != "HEAD",
        301 | 302 => request.method == "POST",
        _ => false,
    };
    if get {
        "GET".clone_into(&mut next.method);
        next.body = None;
        next.headers.retain(|(name, _)| !is_of_a_body(name));
    }
    if !is_same_origin(&from, &to) {
        next.headers
            .retain(|(name, _)| !OWN.iter().any(|own| name.eq_ignore_ascii_case(own)));
    } else if let (Some(credentials), None) = (from.credentials, to.credentials) {
        next.keep_credentials(&credentials);
    }
    Ok(Some(next))
}

impl HttpRequest {
    /// What the URL said of who asks is said by a header from here on.
    fn keep_credentials(&mut self, credentials: &str) {
        if header_values(&self.headers, "Authorization")
            .next()
            .is_none()
        {
            let basic = basic_credentials(credentials);
            self.headers.push(("Authorization".to_owned(), basic));
        }
    }
}

fn is_of_a_body(name: &str) -> bool {
    name.get(..8)
        .is_some_and(|start| start.eq_ignore_ascii_case("Content-"))
}

fn is_same_origin(one: &Url, other: &Url) -> bool {
    let host = |address: &Address| match address {
        Address::Tcp { host, port } => Address::Tcp {
            host: host.to_ascii_lowercase(),
            port: *port,
        },
        Address::Unix(_) => address.clone(),
    };
    one.secure == other.secure && host(&one.address) == host(&other.address)
}

/// What a reference means at a URL, without its fragment.
fn resolve(base: &str, reference: &str) -> String {
    let reference = reference.split('#').next().unwrap_or_default();
    let reference: String = reference.chars().map(encoded).collect();
    let (scheme, rest) = base.split_once("://").unwrap_or(("http", base));
    if has_scheme(&reference) {
        return reference;
    }
    if reference.starts_with("//") {
        return format!("{scheme}:{reference}");
    }
    let (authority, resource) = split_resource(scheme, rest);
    let colon = if is_unix(scheme) && !authority.ends_with(':') {
        ":"
    } else {
        ""
    };
    let path = resource.split('?').next().unwrap_or_default();
    let path = if path.is_empty() { "/" } else { path };
    let resource = if reference.is_empty() {
        resource.to_owned()
    } else if reference.starts_with('?') {
        format!("{path}{reference}")
    } else {
        let (target, query) = match reference.split_once('?') {
            Some((target, query)) => (target, format!("?{query}")),
            None => (reference.as_str(), String::new()),
        };
        let above = path
            .rfind('/')
            .and_then(|end| path.get(..=end))
            .unwrap_or("/");
        let whole = if target.starts_with('/') {
            target.to_owned()
        } else {
            format!("{above}{target}")
        };
        format!("{}{query}", without_dots(&whole))
    };
    format!("{scheme}://{authority}{colon}{resource}")
}

/// What cannot stand in a URL is taken for what it would be encoded as.
fn encoded(character: char) -> String {
    if character.is_whitespace() || character.is_control() {
        let mut bytes = [0; 4];
        let text = character.encode_utf8(&mut bytes);
        return percent_encode(text.as_bytes(), NON_ALPHANUMERIC).to_string();
    }
    character.to_string()
}

fn has_scheme(reference: &str) -> bool {
    let end = reference.find([':', '/', '?']).unwrap_or(0);
    let scheme = reference.get(..end).unwrap_or_default();
    reference
        .get(end..)
        .is_some_and(|rest| rest.starts_with(':'))
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn is_unix(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http+unix")
}

/// What names the server, and what stands behind it.
fn split_resource<'a>(scheme: &str, rest: &'a str) -> (&'a str, &'a str) {
    let end = if is_unix(scheme) {
        rest.find(':').map_or(rest.len(), |colon| colon + 1)
    } else {
        rest.find(['/', '?']).unwrap_or(rest.len())
    };
    rest.split_at_checked(end).unwrap_or((rest, ""))
}

/// RFC 3986, 5.2.4.
fn without_dots(path: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    out.pop();
                }
                if is_last {
                    out.push("");
                }
            }
            _ => out.push(segment),
        }
    }
    format!("/{}", out.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::HttpBody;
    use crate::protocol::Bytes;

    #[test]
    fn references_are_resolved_as_the_standard_has_it() {
        let cases = [
            ("http://a/b/c/d?q", "g", "http://a/b/c/g"),
            ("http://a/b/c/d?q", "./g/", "http://a/b/c/g/"),
            ("http://a/b/c/d?q", "/g", "http://a/g"),
            ("http://a/b/c/d?q", "//g", "http://g"),
            ("http://a/b/c/d?q", "?y", "http://a/b/c/d?y"),
            ("http://a/b/c/d?q", "", "http://a/b/c/d?q"),
            ("http://a/b/c/d?q", "#s", "http://a/b/c/d?q"),
            (
                "http://a/b/c/d?q",
                "../../../g?x=../y#z",
                "http://a/g?x=../y",
            ),
            ("http://a/b/c/d?q", "..", "http://a/b/"),
            ("http://a/b/c/d?q", "g;x=1/../y", "http://a/b/c/y"),
            ("http://a", "g", "http://a/g"),
            ("http://a?q", "g", "http://a/g"),
            ("http://a/", "https://b/c d#e", "https://b/c%20d"),
            ("http://a/", "mailto:x", "mailto:x"),
            ("https://me:pw@a:1/b", "c:d", "c:d"),
            ("https://me:pw@a:1/b", "./c:d", "https://me:pw@a:1/c:d"),
            ("http+unix:///a.sock:/b/c", "d", "http+unix:///a.sock:/b/d"),
            ("http+unix:///a.sock", "/d", "http+unix:///a.sock:/d"),
        ];
        for (base, reference, expected) in cases {
            assert_eq!(resolve(base, reference), expected, "{base} {reference}");
        }
    }

    fn post(url: &str) -> HttpRequest {
        HttpRequest {
            method: "POST".to_owned(),
            url: url.to_owned(),
            headers: [
                "Authorization",
                "X-Own",
                "content-type",
                "Cookie",
                "proxy-authorization",
            ]
            .map(|name| (name.to_owned(), "x".to_owned()))
            .to_vec(),
            cookies: Some("b=2".to_owned()),
            body: Some(HttpBody {
                bytes: Bytes::from_static(b"{}"),
                content_type: "application/json",
            }),
        }
    }

    #[test]
    fn what_is_asked_next_follows_from_the_status_and_the_place() {
        let from = "http://me:pw@a.example/x";
        let cases = [
            ("POST", 200, "/y"),
            ("POST", 301, "/y"),
            ("POST", 302, "http://A.example:80/y"),
            ("PUT", 302, "/y"),
            ("PUT", 303, "/y"),
            ("HEAD", 303, "/y"),
            ("POST", 307, "/y"),
            ("POST", 308, "https://a.example/y"),
            ("POST", 307, "http://a.example:81/y"),
            ("POST", 307, "http://b.example/y"),
            ("POST", 307, "ftp://b.example/y"),
            ("POST", 307, "http+unix:///a.sock:/y"),
            ("POST", 304, "/y"),
        ];
        let told: Vec<_> = cases
            .iter()
            .map(|(method, status, location)| {
                let request = HttpRequest {
                    method: (*method).to_owned(),
                    ..post(from)
                };
                let response = Response {
                    status: *status,
                    reason: String::new(),
                    headers: vec![("location".to_owned(), (*location).to_owned())],
                };
                let next = match redirected(&request, &response) {
                    Ok(None) => "stays".to_owned(),
                    Ok(Some(next)) => {
                        let names: Vec<_> =
                            next.headers.iter().map(|(name, _)| name.as_str()).collect();
                        let body = next.body.is_some();
                        format!("{} {} {names:?} body: {body}", next.method, next.url)
                    }
                    Err(error) => format!("error: {}", error.reason),
                };
                format!("{method} {status} {location}: {next}")
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
