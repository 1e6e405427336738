//! Reads the head of an HTTP message from a stream, within bounds. Knows no meaning of any header.

use std::io;

use bytes::{Buf, BytesMut};
use httparse::Status;
use tokio::io::{AsyncRead, AsyncReadExt};

/// A head at its longest, all its lines together.
const LONGEST: usize = 64 << 10;
/// Headers at most.
const HEADERS: usize = 100;

/// The first line and the headers of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestHead {
    pub(crate) method: String,
    /// What is asked for, as it came.
    pub(crate) target: String,
    /// The minor version of HTTP/1.
    pub(crate) minor: u8,
    /// Names as they came, values with invalid UTF-8 replaced.
    pub(crate) headers: Vec<(String, String)>,
}

/// The first line and the headers of a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ResponseHead {
    /// The minor version of HTTP/1.
    pub(crate) minor: u8,
    pub(crate) status: u16,
    /// The reason phrase, possibly empty.
    pub(crate) reason: String,
    /// Names as they came, values with invalid UTF-8 replaced.
    pub(crate) headers: Vec<(String, String)>,
}

/// Why a head could not be read.
#[derive(Debug)]
pub(crate) enum HeadError {
    /// The stream ended before the head did, or before it began.
    Ended,
    /// The stream failed.
    Failed(io::Error),
    /// It is not valid HTTP/1.1: why.
    Malformed(&'static str),
    /// A bound was reached: which.
    TooLong(&'static str),
}

/// Reads a request's head. What came behind it stays in `buffer`; without a head, `buffer` holds what came instead.
pub(crate) async fn read_request_head<S: AsyncRead + Unpin + ?Sized>(
    stream: &mut S,
    buffer: &mut BytesMut,
) -> Result<RequestHead, HeadError> {
    read_head(stream, buffer, parse_request).await
}

/// Reads a response's head. What came behind it stays in `buffer`; without a head, `buffer` holds what came instead.
pub(crate) async fn read_response_head<S: AsyncRead + Unpin + ?Sized>(
    stream: &mut S,
    buffer: &mut BytesMut,
) -> Result<ResponseHead, HeadError> {
    read_head(stream, buffer, parse_response).await
}

/// A head and its length; none while more of it is to come.
type ParsedHead<T> = Result<Option<(T, usize)>, HeadError>;

async fn read_head<S: AsyncRead + Unpin + ?Sized, T>(
    stream: &mut S,
    buffer: &mut BytesMut,
    parse: fn(&[u8]) -> ParsedHead<T>,
) -> Result<T, HeadError> {
    let mut seen = 0;
    loop {
        // A head is complete only with a line's end; but what is not HTTP may never send one.
        let news = buffer.get(seen..).unwrap_or_default();
        let telling = news.contains(&b'\n') || seen < 16 && !buffer.is_empty();
        if telling && let Some((head, length)) = parse(buffer)? {
            buffer.advance(length);
            return Ok(head);
        }
        seen = buffer.len();
        if seen >= LONGEST {
            return Err(HeadError::TooLong("it is longer than 64 KiB"));
        }
        buffer.reserve(4 << 10);
        match stream.read_buf(buffer).await {
            // A line that never ended may be malformed even so, in however many pieces it came.
            Ok(0) => return parse(buffer).and(Err(HeadError::Ended)),
            Ok(_) => {}
            Err(error) => return Err(HeadError::Failed(error)),
        }
    }
}

fn parse_request(bytes: &[u8]) -> ParsedHead<RequestHead> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let Status::Complete(length) = request.parse(bytes).map_err(head_error)? else {
        return Ok(None);
    };
    let head = RequestHead {
        method: request.method.unwrap_or_default().to_owned(),
        target: request.path.unwrap_or_default().to_owned(),
        minor: request.version.unwrap_or_default(),
        headers: owned(request.headers),
    };
    Ok(Some((head, length)))
}

fn parse_response(bytes: &[u8]) -> ParsedHead<ResponseHead> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let Status::Complete(length) = response.parse(bytes).map_err(head_error)? else {
        return Ok(None);
    };
    let head = ResponseHead {
        minor: response.version.unwrap_or_default(),
        status: response.code.unwrap_or_default(),
        reason: response.reason.unwrap_or_default().to_owned(),
        headers: owned(response.headers),
    };
    Ok(Some((head, length)))
}

fn head_error(error: httparse::Error) -> HeadError {
    match error {
        httparse::Error::HeaderName => HeadError::Malformed("a header's name is invalid"),
        httparse::Error::HeaderValue => HeadError::Malformed("a header's value is invalid"),
        httparse::Error::NewLine => HeadError::Malformed("a line's end is invalid"),
        httparse::Error::Status => HeadError::Malformed("its status is invalid"),
        httparse::Error::Token => HeadError::Malformed("its first line is invalid"),
        httparse::Error::Version => HeadError::Malformed("its version is not HTTP/1.1"),
        httparse::Error::TooManyHeaders => HeadError::TooLong("it has more than 100 headers"),
    }
}

fn owned(headers: &[httparse::Header<'_>]) -> Vec<(String, String)> {
    let value = |value| String::from_utf8_lossy(value).into_owned();
    headers
        .iter()
        .map(|header| (header.name.to_owned(), value(header.value)))
        .collect()
}
