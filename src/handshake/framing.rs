//! Where the body of an HTTP/1.1 message ends (RFC 9112, 6.3). Of two answers to that question none is believed: what
//! one takes for a body another takes for a message (RFC 9112, 11.2). Knows no stream.

use super::head::{RequestHead, ResponseHead};
use super::headers::{header_elements, header_values, without_blanks};

/// Where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// After so many bytes.
    Length(u64),
    /// After a chunk of no bytes, and trailers.
    Chunked,
    /// With the connection.
    ToTheEnd,
}

impl Framing {
    /// Of the answer to a request with that method.
    ///
    /// # Errors
    /// What is wrong with its headers, as a clause.
    pub(crate) fn of_response(head: &ResponseHead, method: &str) -> Result<Self, &'static str> {
        if method == "HEAD" || matches!(head.status, 100..=199 | 204 | 304) {
            return Ok(Self::Length(0));
        }
        Ok(Self::named(&head.headers, head.minor)?.unwrap_or(Self::ToTheEnd))
    }

    /// Of a request, which has no body where its headers name none.
    ///
    /// # Errors
    /// What is wrong with its headers, as a clause.
    pub(crate) fn of_request(head: &RequestHead) -> Result<Self, &'static str> {
        // What was between us may have taken another one of them.
        if lengths(&head.headers).count() > 1 {
            return Err("it has more than one Content-Length");
        }
        Ok(Self::named(&head.headers, head.minor)?.unwrap_or(Self::Length(0)))
    }

    fn named(headers: &[(String, String)], minor: u8) -> Result<Option<Self>, &'static str> {
        let length = content_length(headers)?;
        if header_values(headers, "Transfer-Encoding").next().is_none() {
            return Ok(length.map(Self::Length));
        }
        if length.is_some() {
            return Err("it has both Content-Length and Transfer-Encoding");
        }
        if minor == 0 {
            return Err("it has Transfer-Encoding, which HTTP/1.0 does not know");
        }
        let mut codings = header_elements(headers, "Transfer-Encoding");
        match (codings.next(), codings.next()) {
            (Some(coding), None) if coding.eq_ignore_ascii_case("chunked") => {
                Ok(Some(Self::Chunked))
            }
            _ => Err("its Transfer-Encoding is not `chunked`"),
        }
    }
}

fn lengths(headers: &[(String, String)]) -> impl Iterator<Item = &str> {
    header_values(headers, "Content-Length").flat_map(|value| value.split(','))
}

/// Several that say the same are one (RFC 9110, 8.6).
fn content_length(headers: &[(String, String)]) -> Result<Option<u64>, &'static str> {
    let mut found = None;
    for one in lengths(headers) {
        let one = without_blanks(one);
        let digits = !one.is_empty() && one.bytes().all(|byte| byte.is_ascii_digit());
        let length: u64 = match one.parse() {
            Ok(length) if digits => length,
            _ => return Err("its Content-Length is not a number"),
        };
        if found.is_some_and(|found| found != length) {
            return Err("it has more than one Content-Length");
        }
        found = Some(length);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_ends_in_one_way_or_the_message_is_refused() {
        let cases: &[(u8, &[(&str, &str)])] = &[
            (1, &[]),
            (1, &[("content-length", "12")]),
            (1, &[("Content-Length", "5, 5"), ("content-length", "5")]),
            (1, &[("Transfer-Encoding", "Chunked")]),
            (1, &[("Content-Length", "5"), ("content-length", "6")]),
            (1, &[("Content-Length", "5, 6")]),
            (1, &[("Content-Length", "+5")]),
            (1, &[("Content-Length", "-1")]),
            (1, &[("Content-Length", "")]),
            (1, &[("Content-Length", "0x5")]),
            (1, &[("Content-Length", "\t5 ")]),
            (1, &[("Content-Length", "\u{a0}5")]),
            (1, &[("Transfer-Encoding", "\u{3000}chunked")]),
            (1, &[("Content-Length", "99999999999999999999")]),
            (
                1,
                &[("Content-Length", "5"), ("Transfer-Encoding", "chunked")],
            ),
            (0, &[("Transfer-Encoding", "chunked")]),
            (1, &[("Transfer-Encoding", "gzip, chunked")]),
            (1, &[("Transfer-Encoding", "chunked, chunked")]),
            (1, &[("Transfer-Encoding", "xchunked")]),
            (1, &[("Transfer-Encoding", "")]),
        ];
        let told: Vec<_> = cases
            .iter()
            .map(|(minor, headers)| {
                let head = ResponseHead {
                    minor: *minor,
                    status: 200,
                    headers: headers
                        .iter()
                        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                        .collect(),
                    ..ResponseHead::default()
                };
                format!(
                    "1.{minor} {headers:?}: {:?}",
                    Framing::of_response(&head, "GET")
                )
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn a_request_says_its_length_once() {
        for (lengths, framing) in [
            (&["5"][..], Ok(Framing::Length(5))),
            (&["5", "5"], Err("it has more than one Content-Length")),
            (&["5, 5"], Err("it has more than one Content-Length")),
            (&["5,"], Err("it has more than one Content-Length")),
            (&[], Ok(Framing::Length(0))),
        ] {
            let headers = lengths.iter();
            let head = RequestHead {
                minor: 1,
                headers: headers
                    .map(|length| ("Content-Length".to_owned(), (*length).to_owned()))
                    .collect(),
                ..RequestHead::default()
            };
            assert_eq!(Framing::of_request(&head), framing, "{lengths:?}");
        }
    }
}
