//! The head of an HTTP message, read from a stream within bounds. Knows no meaning of any header.

use std::io;

use bytes::{Buf, BytesMut};
use httparse::Status;
use tokio::io::{AsyncRead, AsyncReadExt};

/// A head at its longest, all its lines together.
const LONGEST: usize = 64 << 10;
/// Headers at most.
const HEADERS: usize = 100;

/// An answer's or request's first line and headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// The minor version of HTTP/1.
    pub(crate) minor: u8,
    /// The words of the first line beside the version: status and reason phrase, or method and target.
    pub(crate) first: (String, String),
    /// Names as they came, values with invalid UTF-8 replaced.
    pub(crate) headers: Vec<(String, String)>,
}

/// Why there is no head.
#[derive(Debug)]
pub(crate) enum Headless {
    /// The stream ended before the head did, or before it began.
    Ended,
    /// The stream failed.
    Failed(io::Error),
    /// It is no head: why, and whether the first line is to blame.
    Malformed(&'static str),
    /// A bound was reached: which.
    TooLong(&'static str),
}

/// Which end sends the head.
#[derive(Clone, Copy)]
pub(crate) enum Sender {
    Client,
    Server,
}

/// Reads a head. What came behind it stays in `buffer`; where there is none, `buffer` holds what came instead.
pub(crate) async fn read_head<S: AsyncRead + Unpin + ?Sized>(
    stream: &mut S,
    buffer: &mut BytesMut,
    sender: Sender,
) -> Result<Head, Headless> {
    let mut seen = 0;
    loop {
        // A head is complete only with a line's end; but what is no HTTP may never send one.
        let news = buffer.get(seen..).unwrap_or_default();
        let telling = news.contains(&b'\n') || seen < 16 && !buffer.is_empty();
        if telling && let Some((head, length)) = parse(buffer, sender)? {
            buffer.advance(length);
            return Ok(head);
        }
        seen = buffer.len();
        if seen >= LONGEST {
            return Err(Headless::TooLong("it is longer than 64 KiB"));
        }
        buffer.reserve(4 << 10);
        match stream.read_buf(buffer).await {
            // What never ended its line may be no head even so, in however many pieces it came.
            Ok(0) => return parse(buffer, sender).and(Err(Headless::Ended)),
            Ok(_) => {}
            Err(error) => return Err(Headless::Failed(error)),
        }
    }
}

fn parse(bytes: &[u8], sender: Sender) -> Result<Option<(Head, usize)>, Headless> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let parsed = match sender {
        Sender::Server => {
            let mut answer = httparse::Response::new(&mut headers);
            answer.parse(bytes).map(|status| match status {
                Status::Partial => None,
                Status::Complete(length) => {
                    let status = answer.code.unwrap_or_default().to_string();
                    let reason = answer.reason.unwrap_or_default().to_owned();
                    let head = head(answer.version, (status, reason), answer.headers);
                    Some((head, length))
                }
            })
        }
        Sender::Client => {
            let mut request = httparse::Request::new(&mut headers);
            request.parse(bytes).map(|status| match status {
                Status::Partial => None,
                Status::Complete(length) => {
                    let method = request.method.unwrap_or_default().to_owned();
                    let target = request.path.unwrap_or_default().to_owned();
                    let head = head(request.version, (method, target), request.headers);
                    Some((head, length))
                }
            })
        }
    };
    parsed.map_err(|error| match error {
        httparse::Error::HeaderName => Headless::Malformed("a header's name is invalid"),
        httparse::Error::HeaderValue => Headless::Malformed("a header's value is invalid"),
        httparse::Error::NewLine => Headless::Malformed("a line's end is invalid"),
        httparse::Error::Status => Headless::Malformed("its status is invalid"),
        httparse::Error::Token => Headless::Malformed("its first line is invalid"),
        httparse::Error::Version => Headless::Malformed("its version is not HTTP/1.1"),
        httparse::Error::TooManyHeaders => Headless::TooLong("it has more than 100 headers"),
    })
}

fn head(minor: Option<u8>, first: (String, String), headers: &[httparse::Header<'_>]) -> Head {
    Head {
        minor: minor.unwrap_or_default(),
        first,
        headers: headers
            .iter()
            .map(|header| {
                let value = String::from_utf8_lossy(header.value).into_owned();
                (header.name.to_owned(), value)
            })
            .collect(),
    }
}

/// All values of a header.
pub(crate) fn values<'a>(
    headers: &'a [(String, String)],
    name: &'a str,
) -> impl Iterator<Item = &'a str> {
    headers
        .iter()
        .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

/// The elements of a header that holds a comma list, of all its lines.
pub(crate) fn elements<'a>(
    headers: &'a [(String, String)],
    name: &'a str,
) -> impl Iterator<Item = &'a str> {
    values(headers, name)
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|element| !element.is_empty())
}

/// Whether a comma list has a token, in any case.
pub(crate) fn has_token(headers: &[(String, String)], name: &str, token: &str) -> bool {
    elements(headers, name).any(|element| element.eq_ignore_ascii_case(token))
}

/// Whether the bytes are a header's name (RFC 9110, 5.6.2).
pub(crate) fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
