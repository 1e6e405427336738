//! MessagePack ↔ JSON, by rmp's markers. How JSON says what it lacks stands in `datum`. Bytes that are declared as text
//! and are not UTF-8, as older writers make them, are bytes. An integer takes the least room, a float always eight bytes.

use std::borrow::Cow;

use rmp::{Marker, encode};

use super::datum::{Budget, Datum, from_json, to_json};
use super::decode::DecodeError;

/// How it is called in sentences.
const WHAT: &str = "MessagePack";

/// MessagePack as compact JSON of at most `limit` bytes.
///
/// # Errors
/// It is not MessagePack, is cut off, too deep or too large, or something stands behind it.
pub fn decode(bytes: &[u8], limit: usize) -> Result<String, DecodeError> {
    to_json(&read(bytes, limit)?, WHAT, limit)
}

/// JSON as MessagePack.
///
/// # Errors
/// A clause: it is not JSON, or has in it what MessagePack lacks.
pub fn encode(json: &str) -> Result<Vec<u8>, String> {
    write(&from_json(json)?)
}

/// The value that the bytes are. What JSON of `limit` bytes has no room for is not read.
///
/// # Errors
/// As [`decode`].
pub(crate) fn read(bytes: &[u8], limit: usize) -> Result<Datum<'_>, DecodeError> {
    let mut reader = MsgpackReader { bytes, at: 0 };
    let datum = reader.datum(&mut Budget::new(WHAT, limit))?;
    match bytes.len() - reader.at {
        0 => Ok(datum),
        1 => Err(malformed("1 byte stands behind the end of the MessagePack")),
        more => Err(malformed(format!(
            "{more} bytes stand behind the end of the MessagePack"
        ))),
    }
}

struct MsgpackReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> MsgpackReader<'a> {
    fn datum(&mut self, budget: &mut Budget) -> Result<Datum<'a>, DecodeError> {
        budget.value()?;
        let at = self.at;
        let [first] = self.array()?;
        let integer = |integer| Ok(Datum::Integer(integer));
        match Marker::from_u8(first) {
            Marker::Null => Ok(Datum::Null),
            Marker::False => Ok(Datum::Bool(false)),
            Marker::True => Ok(Datum::Bool(true)),
            Marker::FixPos(value) => integer(value.into()),
            Marker::FixNeg(value) => integer(value.into()),
            Marker::U8 | Marker::U16 | Marker::U32 | Marker::U64 => {
                let length = 1 << (first - 0xcc);
                self.unsigned(length)
                    .map(|value| Datum::Integer(value.into()))
            }
            Marker::I8 => integer(i8::from_be_bytes(self.array()?).into()),
            Marker::I16 => integer(i16::from_be_bytes(self.array()?).into()),
            Marker::I32 => integer(i32::from_be_bytes(self.array()?).into()),
            Marker::I64 => integer(i64::from_be_bytes(self.array()?).into()),
            Marker::F32 => Ok(Datum::Float(f32::from_be_bytes(self.array()?).into())),
            Marker::F64 => Ok(Datum::Float(f64::from_be_bytes(self.array()?))),
            Marker::FixStr(length) => self.take(length.into()).map(text),
            Marker::Str8 | Marker::Str16 | Marker::Str32 => {
                let length = self.length(1 << (first - 0xd9))?;
                self.take(length).map(text)
            }
            Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
                let length = self.length(1 << (first - 0xc4))?;
                Ok(Datum::Bytes(Cow::Borrowed(self.take(length)?)))
            }
            Marker::FixExt1
            | Marker::FixExt2
            | Marker::FixExt4
            | Marker::FixExt8
            | Marker::FixExt16 => self.extension(1 << (first - 0xd4)),
            Marker::Ext8 | Marker::Ext16 | Marker::Ext32 => {
                let length = self.length(1 << (first - 0xc7))?;
                self.extension(length)
            }
            Marker::FixArray(length) => self.elements(length.into(), budget),
            Marker::Array16 | Marker::Array32 => {
                let length = self.length(2 << (first - 0xdc))?;
                self.elements(length, budget)
            }
            Marker::FixMap(length) => self.members(length.into(), budget),
            Marker::Map16 | Marker::Map32 => {
                let length = self.length(2 << (first - 0xde))?;
                self.members(length, budget)
            }
            Marker::Reserved => Err(malformed(format!(
                "byte {at} is c1, which means nothing in MessagePack"
            ))),
        }
    }

    /// Elements, of which there may be fewer than was declared: room is made for those that come.
    fn elements(&mut self, length: usize, budget: &mut Budget) -> Result<Datum<'a>, DecodeError> {
        budget.deeper(|budget| {
            let mut elements = Vec::new();
            for _ in 0..length {
                elements.push(self.datum(budget)?);
            }
            Ok(Datum::Array(elements))
        })
    }

    fn members(&mut self, length: usize, budget: &mut Budget) -> Result<Datum<'a>, DecodeError> {
        budget.deeper(|budget| {
            let mut members = Vec::new();
            for _ in 0..length {
                members.push((self.datum(budget)?, self.datum(budget)?));
            }
            Ok(Datum::Map(members))
        })
    }

    fn extension(&mut self, length: usize) -> Result<Datum<'a>, DecodeError> {
        let kind = i8::from_be_bytes(self.array()?);
        Ok(Datum::Extension(kind, Cow::Borrowed(self.take(length)?)))
    }

    /// A big-endian number of so many bytes.
    fn unsigned(&mut self, length: usize) -> Result<u64, DecodeError> {
        let bytes = self.take(length)?;
        Ok(bytes
            .iter()
            .fold(0, |value, byte| (value << 8) | u64::from(*byte)))
    }

    fn length(&mut self, bytes: usize) -> Result<usize, DecodeError> {
        Ok(usize::try_from(self.unsigned(bytes)?).unwrap_or(usize::MAX))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let end = self.at.saturating_add(length);
        let taken = self.bytes.get(self.at..end);
        let taken = taken.ok_or_else(|| malformed("the MessagePack ends too early"))?;
        self.at = end;
        Ok(taken)
    }
}

fn text(bytes: &[u8]) -> Datum<'_> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Datum::Text(Cow::Borrowed(text)),
        Err(_) => Datum::Bytes(Cow::Borrowed(bytes)),
    }
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
    // Writing to a vector cannot fail.
    match datum {
        Datum::Null => encode::write_nil(out).map_err(told)?,
        Datum::Bool(is) => encode::write_bool(out, *is).map_err(told)?,
        Datum::Integer(integer) => put_integer(*integer, out)?,
        Datum::Float(float) => encode::write_f64(out, *float).map_err(told)?,
        Datum::Text(text) => {
            encode::write_str_len(out, length(text.len())?).map_err(told)?;
            out.extend_from_slice(text.as_bytes());
        }
        Datum::Bytes(bytes) => {
            encode::write_bin_len(out, length(bytes.len())?).map_err(told)?;
            out.extend_from_slice(bytes);
        }
        Datum::Extension(kind, bytes) => {
            encode::write_ext_meta(out, length(bytes.len())?, *kind).map_err(told)?;
            out.extend_from_slice(bytes);
        }
        Datum::Array(elements) => {
            encode::write_array_len(out, length(elements.len())?).map_err(told)?;
            elements.iter().try_for_each(|element| put(element, out))?;
        }
        Datum::Map(members) => {
            encode::write_map_len(out, length(members.len())?).map_err(told)?;
            for (key, value) in members {
                put(key, out)?;
                put(value, out)?;
            }
        }
        Datum::Tagged(..) => return Err("MessagePack has no tags: `$tag` is of CBOR".to_owned()),
        Datum::Simple(_) => {
            return Err("MessagePack has no simple values: `$simple` is of CBOR".to_owned());
        }
    }
    Ok(())
}

fn put_integer(integer: i128, out: &mut Vec<u8>) -> Result<(), String> {
    if let Ok(integer) = u64::try_from(integer) {
        return encode::write_uint(out, integer).map(drop).map_err(told);
    }
    let Ok(integer) = i64::try_from(integer) else {
        return Err(format!(
            "MessagePack has no room for an integer as large as {integer}"
        ));
    };
    encode::write_sint(out, integer).map(drop).map_err(told)
}

fn length(length: usize) -> Result<u32, String> {
    u32::try_from(length).map_err(|_| "MessagePack has no room for 4 GiB in one value".to_owned())
}

fn told(error: impl std::fmt::Display) -> String {
    format!("it cannot be written as MessagePack: {error}")
}

#[cfg(test)]
mod tests;
