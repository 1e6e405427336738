//! Takes the `Content-Encoding` off a body (RFC 9110, 8.4). Knows no stream.

use crate::format::decode::DecodeError;
use crate::format::deflate::{Coding, inflate};
use crate::handshake::header_elements;
use crate::protocol::Bytes;

/// Codings that are taken off one after the other.
const LAYERS: usize = 4;

/// Why the coding of a body cannot be taken off.
#[derive(Debug)]
pub(crate) enum CodingError {
    /// It stands for more than may be made of it.
    TooLarge,
    /// It is not what it says: the rest of a sentence about it.
    Malformed(String),
}

/// The body that was meant. One in a coding that is not known here stays as it came.
pub(crate) fn without_coding(
    headers: &[(String, String)],
    body: Bytes,
    limit: usize,
) -> Result<Bytes, CodingError> {
    let mut codings: Vec<_> = header_elements(headers, "Content-Encoding")
        .filter(|coding| !coding.eq_ignore_ascii_case("identity"))
        .collect();
    // The answer to a HEAD names the coding of what a GET would bring.
    if body.is_empty() || codings.len() > LAYERS {
        return Ok(body);
    }
    let mut body = body;
    while let Some(coding) = codings.pop() {
        let plain = match coding.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => inflate(Coding::Gzip, &body, limit),
            // Zlib by the standard; some servers leave its header out.
            "deflate" if is_zlib(&body) => inflate(Coding::Zlib, &body, limit),
            "deflate" => inflate(Coding::Deflate, &body, limit),
            _ => return Ok(body),
        };
        body = plain.map_err(|error| failure(error, coding))?.into();
    }
    Ok(body)
}

/// Whether the bytes begin as RFC 1950 says: the method is 8, and both bytes as a number can be divided by 31.
fn is_zlib(body: &[u8]) -> bool {
    match body {
        [first, second, ..] => {
            first & 0x0f == 8 && u16::from_be_bytes([*first, *second]).is_multiple_of(31)
        }
        _ => false,
    }
}

fn failure(error: DecodeError, coding: &str) -> CodingError {
    match error {
        DecodeError::TooLarge { .. } => CodingError::TooLarge,
        DecodeError::Malformed(why) => CodingError::Malformed(format!(
            "cannot be decoded (Content-Encoding: {coding}): {why}"
        )),
    }
}
