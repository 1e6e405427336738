//! Writes the head of an HTTP/1.1 request (RFC 9112, 3). Knows no stream.

use crate::handshake::{add_cookies, basic_credentials, header_values, push_header};
use crate::protocol::{Bytes, ConnectError, Url, UrlFamily};

/// A request that is ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// In upper case.
    pub method: String,
    /// `http://…`, `https://…`, `http+unix:///path.sock:/resource`.
    pub url: String,
    /// The script's headers, in order, names as written.
    pub headers: Vec<(String, String)>,
    /// What cookies say, besides a `Cookie` header of the script's own.
    pub cookies: Option<String>,
    /// What is sent with it.
    pub body: Option<HttpBody>,
}

/// What is sent with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpBody {
    /// Its bytes.
    pub bytes: Bytes,
    /// What it is, where the script's headers do not say it.
    pub content_type: &'static str,
}

impl HttpRequest {
    /// Where it goes.
    ///
    /// # Errors
    /// Its URL is none.
    pub fn url(&self) -> Result<Url, ConnectError> {
        Url::parse(&self.url, UrlFamily::Http).map_err(ConnectError::permanent)
    }

    /// Its head.
    pub(super) fn head(&self, url: &Url) -> Result<String, ConnectError> {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, url.resource);
        for (name, value) in self.fields(url) {
            push_header(&mut text, &name, &value)?;
        }
        text.push_str("\r\n");
        Ok(text)
    }

    /// Its headers. The script's come last, as written and in place of ours of the same name; but `Host` comes first
    /// (RFC 9110, 7.2).
    #[must_use]
    pub fn fields(&self, url: &Url) -> Vec<(String, String)> {
        let is_host = |(name, _): &&(String, String)| name.eq_ignore_ascii_case("Host");
        let (first, last): (Vec<_>, Vec<_>) = self.headers.iter().partition(is_host);
        let ours = self.ours(url).into_iter().filter_map(|(name, value)| {
            let given = header_values(&self.headers, name).next().is_some();
            value
                .filter(|_| !given)
                .map(|value| (name.to_owned(), value))
        });
        let mut fields: Vec<_> = first.into_iter().cloned().chain(ours).collect();
        fields.extend(last.into_iter().cloned());
        if let Some(cookies) = &self.cookies {
            add_cookies(&mut fields, cookies);
        }
        fields
    }

    fn ours(&self, url: &Url) -> [(&'static str, Option<String>); 7] {
        let length = match &self.body {
            Some(body) => Some(body.bytes.len()),
            // These mean a body, if only an empty one (RFC 9110, 8.6).
            None if matches!(self.method.as_str(), "POST" | "PUT" | "PATCH") => Some(0),
            None => None,
        };
        let kind = self.body.as_ref().map(|body| body.content_type.to_owned());
        [
            ("Host", Some(url.host_header())),
            ("User-Agent", Some("voiden".to_owned())),
            ("Accept", Some("*/*".to_owned())),
            ("Connection", Some("close".to_owned())),
            (
                "Authorization",
                url.credentials.as_deref().map(basic_credentials),
            ),
            ("Content-Type", kind),
            ("Content-Length", length.map(|length| length.to_string())),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(request: &HttpRequest) -> String {
        match request.url().and_then(|url| request.head(&url)) {
            Ok(text) => text,
            Err(error) => format!("error: {}\n", error.reason),
        }
    }

    #[test]
    fn headers_of_the_document_stand_as_written_and_beat_ours() {
        let plain = HttpRequest {
            method: "GET".to_owned(),
            url: "http://me:pw@host:81/a?b#".replace('#', ""),
            headers: Vec::new(),
            cookies: None,
            body: None,
        };
        let body = HttpBody {
            bytes: Bytes::from_static(b"{}"),
            content_type: "application/json",
        };
        let given = [
            ("X-One", "1"),
            ("host", "other"),
            ("content-type", "text/x"),
            ("USER-AGENT", "me"),
            ("cookie", "a=1"),
            ("x-one", "2"),
        ];
        let headers = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let told = [
            head(&plain),
            head(&HttpRequest {
                method: "POST".to_owned(),
                cookies: Some("b=2".to_owned()),
                ..plain.clone()
            }),
            head(&HttpRequest {
                method: "PUT".to_owned(),
                url: "https://host".to_owned(),
                headers: headers.to_vec(),
                cookies: Some("b=2".to_owned()),
                body: Some(body),
            }),
            head(&HttpRequest {
                headers: vec![("X".to_owned(), "a\r\nY: b".to_owned())],
                ..plain.clone()
            }),
            head(&HttpRequest {
                url: "ws://host".to_owned(),
                ..plain
            }),
        ];
        insta::assert_snapshot!(told.join("----\n"));
    }
}
