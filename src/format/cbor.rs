//! CBOR (RFC 8949) ↔ JSON, by ciborium's headers. How JSON says what it lacks stands in `datum`. Integers of more than 64
//! bits are bignums (3.4.3), those of fewer, and floats, take the least room (4.1).

use std::borrow::Cow;

use ciborium_ll::{Decoder, Encoder, Header, simple};

use super::datum::{Budget, Datum, from_json, to_json};
use super::decode::DecodeError;

/// How it is called in sentences.
const WHAT: &str = "CBOR";

/// Tags of integers that take more than 64 bits.
const POSITIVE: u64 = 2;
const NEGATIVE: u64 = 3;

/// CBOR as compact JSON of at most `limit` bytes.
///
/// # Errors
/// It is not CBOR, is cut off, too deep or too large, or something stands behind it.
pub fn decode(bytes: &[u8], limit: usize) -> Result<String, DecodeError> {
    to_json(&read(bytes, limit)?, WHAT, limit)
}

/// JSON as CBOR.
///
/// # Errors
/// A clause: it is not JSON, or has in it what CBOR lacks.
pub fn encode(json: &str) -> Result<Vec<u8>, String> {
    write(&from_json(json)?)
}

/// The value that the bytes are. What JSON of `limit` bytes has no room for is not read.
///
/// # Errors
/// As [`decode`].
pub(crate) fn read(bytes: &[u8], limit: usize) -> Result<Datum<'_>, DecodeError> {
    let mut reader = CborReader { rest: bytes };
    let mut budget = Budget::new(WHAT, limit);
    let header = reader.header()?;
    let datum = reader.datum(header, &mut budget)?;
    match reader.rest.len() {
        0 => Ok(datum),
        1 => Err(malformed("1 byte stands behind the end of the CBOR")),
        more => Err(malformed(format!(
            "{more} bytes stand behind the end of the CBOR"
        ))),
    }
}

struct CborReader<'a> {
    rest: &'a [u8],
}

impl<'a> CborReader<'a> {
    fn datum(&mut self, header: Header, budget: &mut Budget) -> Result<Datum<'a>, DecodeError> {
        budget.value()?;
        Ok(match header {
            Header::Positive(value) => Datum::Integer(value.into()),
            Header::Negative(value) => Datum::Integer(!i128::from(value)),
            Header::Float(float) => Datum::Float(float),
            Header::Simple(simple::FALSE) => Datum::Bool(false),
            Header::Simple(simple::TRUE) => Datum::Bool(true),
            Header::Simple(simple::NULL) => Datum::Null,
            Header::Simple(simple) => Datum::Simple(simple),
            Header::Bytes(length) => Datum::Bytes(self.string(length, is_bytes)?),
            Header::Text(length) => self.text(length)?,
            Header::Array(length) => self.elements(length, budget)?,
            Header::Map(length) => self.members(length, budget)?,
            Header::Tag(tag) => budget.deeper(|budget| {
                let header = self.header()?;
                Ok(tagged(tag, self.datum(header, budget)?))
            })?,
            Header::Break => return Err(malformed("a break (ff) stands where nothing is open")),
        })
    }

    /// Elements, of which there may be fewer than was declared: room is made for those that come.
    fn elements(
        &mut self,
        length: Option<usize>,
        budget: &mut Budget,
    ) -> Result<Datum<'a>, DecodeError> {
        budget.deeper(|budget| {
            let mut elements = Vec::new();
            while let Some(header) = self.next(length, elements.len())? {
                elements.push(self.datum(header, budget)?);
            }
            Ok(Datum::Array(elements))
        })
    }

    fn members(
        &mut self,
        length: Option<usize>,
        budget: &mut Budget,
    ) -> Result<Datum<'a>, DecodeError> {
        budget.deeper(|budget| {
            let mut members = Vec::new();
            while let Some(header) = self.next(length, members.len())? {
                let key = self.datum(header, budget)?;
                let header = self.header()?;
                members.push((key, self.datum(header, budget)?));
            }
            Ok(Datum::Map(members))
        })
    }

    /// The header of the next element, if there is one more.
    fn next(&mut self, length: Option<usize>, read: usize) -> Result<Option<Header>, DecodeError> {
        match length {
            Some(length) if read == length => Ok(None),
            Some(_) => self.header().map(Some),
            None => Ok(Some(self.header()?).filter(|header| *header != Header::Break)),
        }
    }

    fn text(&mut self, length: Option<usize>) -> Result<Datum<'a>, DecodeError> {
        let text = match self.string(length, is_text)? {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).ok(),
            Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).ok(),
        };
        let text = text.ok_or_else(|| malformed("a text of the CBOR is not valid UTF-8"))?;
        Ok(Datum::Text(text))
    }

    /// A string, or the chunks of one: `chunk` tells the length of a chunk of the same kind.
    fn string(
        &mut self,
        length: Option<usize>,
        chunk: fn(Header) -> Option<usize>,
    ) -> Result<Cow<'a, [u8]>, DecodeError> {
        if let Some(length) = length {
            return self.take(length).map(Cow::Borrowed);
        }
        let mut all = Vec::new();
        loop {
            let header = self.header()?;
            if header == Header::Break {
                return Ok(Cow::Owned(all));
            }
            let length = chunk(header)
                .ok_or_else(|| malformed("a string of the CBOR has a chunk of another kind"))?;
            let bytes = self.take(length)?;
            // RFC 8949, 3.2.3: no character is parted.
            if matches!(header, Header::Text(_)) && std::str::from_utf8(bytes).is_err() {
                return Err(malformed("a text of the CBOR is not valid UTF-8"));
            }
            all.extend_from_slice(bytes);
        }
    }

    fn header(&mut self) -> Result<Header, DecodeError> {
        let early = || malformed("the CBOR ends too early");
        match self.rest {
            [] => return Err(early()),
            // RFC 8949, 3.3: what fits into the first byte is not well-formed in two.
            [0xf8, ..=31, ..] => {
                return Err(malformed("a simple value of the CBOR is not well-formed"));
            }
            _ => {}
        }
        Decoder::from(&mut self.rest)
            .pull()
            .map_err(|error| match error {
                ciborium_ll::Error::Io(_) => early(),
                ciborium_ll::Error::Syntax(_) => {
                    malformed("a header of the CBOR is not well-formed")
                }
            })
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let taken = self.rest.split_at_checked(length);
        let (taken, rest) = taken.ok_or_else(|| malformed("the CBOR ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }
}

fn is_bytes(header: Header) -> Option<usize> {
    match header {
        Header::Bytes(length) => length,
        _ => None,
    }
}

fn is_text(header: Header) -> Option<usize> {
    match header {
        Header::Text(length) => length,
        _ => None,
    }
}

/// A value with its tag; a bignum that is written as it should be is an integer.
fn tagged(tag: u64, inner: Datum<'_>) -> Datum<'_> {
    if let (POSITIVE | NEGATIVE, Datum::Bytes(bytes)) = (tag, &inner)
        && (9..=16).contains(&bytes.len())
        && bytes.first() != Some(&0)
    {
        let value = bytes
            .iter()
            .fold(0, |value: u128, byte| (value << 8) | u128::from(*byte));
        if let Ok(value) = i128::try_from(value) {
            return Datum::Integer(if tag == POSITIVE { value } else { !value });
        }
    }
    Datum::Tagged(tag, Box::new(inner))
}

fn malformed(why: impl Into<String>) -> DecodeError {
    DecodeError::Malformed(why.into())
}

/// Writes a value.
///
/// # Errors
/// As [`encode`].
pub(crate) fn write(datum: &Datum<'_>) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    put(datum, &mut out)?;
    Ok(out)
}

fn put(datum: &Datum<'_>, out: &mut Vec<u8>) -> Result<(), String> {
    match datum {
        Datum::Null => push(Header::Simple(simple::NULL), out),
        Datum::Bool(true) => push(Header::Simple(simple::TRUE), out),
        Datum::Bool(false) => push(Header::Simple(simple::FALSE), out),
        Datum::Simple(simple) => push(Header::Simple(*simple), out),
        Datum::Integer(integer) => put_integer(*integer, out),
        Datum::Float(float) => push(Header::Float(*float), out),
        Datum::Text(text) => {
            push(Header::Text(Some(text.len())), out)?;
            out.extend_from_slice(text.as_bytes());
            Ok(())
        }
        Datum::Bytes(bytes) => {
            push(Header::Bytes(Some(bytes.len())), out)?;
            out.extend_from_slice(bytes);
            Ok(())
        }
        Datum::Tagged(tag, inner) => {
            push(Header::Tag(*tag), out)?;
            put(inner, out)
        }
        Datum::Array(elements) => {
            push(Header::Array(Some(elements.len())), out)?;
            elements.iter().try_for_each(|element| put(element, out))
        }
        Datum::Map(members) => {
            push(Header::Map(Some(members.len())), out)?;
            members.iter().try_for_each(|(key, value)| {
                put(key, out)?;
                put(value, out)
            })
        }
        Datum::Extension(..) => {
            Err("CBOR has no extensions: `$ext` is of MessagePack, and CBOR has `$tag`".to_owned())
        }
    }
}

fn put_integer(integer: i128, out: &mut Vec<u8>) -> Result<(), String> {
    let (tag, magnitude) = if integer < 0 {
        (NEGATIVE, !integer)
    } else {
        (POSITIVE, integer)
    };
    match u64::try_from(magnitude) {
        Ok(value) if tag == NEGATIVE => push(Header::Negative(value), out),
        Ok(value) => push(Header::Positive(value), out),
        Err(_) => {
            let bytes = magnitude.to_be_bytes();
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            let bytes = bytes.get(zeros..).unwrap_or_default();
            let bytes = Datum::Bytes(Cow::Borrowed(bytes));
            put(&Datum::Tagged(tag, Box::new(bytes)), out)
        }
    }
}

fn push(header: Header, out: &mut Vec<u8>) -> Result<(), String> {
    // The largest header has eight bytes behind the first.
    let mut buffer = [0; 9];
    let mut room = buffer.as_mut_slice();
    let pushed = Encoder::from(&mut room).push(header);
    pushed.map_err(|_| "it cannot be written as CBOR".to_owned())?;
    let free = room.len();
    let used = buffer.len() - free;
    out.extend_from_slice(buffer.get(..used).unwrap_or_default());
    Ok(())
}

#[cfg(test)]
mod tests;
