//! Values of MessagePack and CBOR, and how they are written as JSON. What JSON lacks is an object with one member:
//!
//! | written | is |
//! |---|---|
//! | `{"$bytes": "base64…"}` | bytes (base64 of RFC 4648, section 4, padded) |
//! | `{"$ext": [TYPE, "base64…"]}` | an extension of MessagePack, TYPE from -128 to 127 |
//! | `{"$tag": [N, VALUE]}` | a value that CBOR tags |
//! | `{"$simple": N}` | a simple value of CBOR that is none of false, true and null (23 is `undefined`) |
//! | `{"$map": [[KEY, VALUE], …]}` | a map |
//! | `{"$float": "nan"}` | `nan`, `inf` or `-inf` |
//!
//! A number with a point or an exponent is a float, any other an integer. A map stands as an object where that says all
//! of it: its keys are strings, no two are the same, and it is not one of the objects above. A map whose only key is
//! `$bytes` so stands as `{"$map": [["$bytes", …]]}`, and what is written reads back as what it was.
//!
//! At most 128 levels may be nested, counted as JSON. Knows no bytes on a wire.

mod read;
mod write;

use std::borrow::Cow;

use super::decode::DecodeError;

pub(crate) use read::from_json;
pub(crate) use write::{is_object, to_json};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Datum<'a> {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
    Extension(i8, Cow<'a, [u8]>),
    Tagged(u64, Box<Datum<'a>>),
    Simple(u8),
    Array(Vec<Datum<'a>>),
    Map(Vec<(Datum<'a>, Datum<'a>)>),
}

/// Names of the members that say what JSON lacks.
const NAMES: [&str; 6] = ["$bytes", "$ext", "$tag", "$simple", "$map", "$float"];

/// How deep values may be nested.
pub(crate) const MAX_LEVELS: usize = super::MAX_JSON_DEPTH;

/// What a decoder may still make: levels, and values. Each value takes two bytes or more as JSON, so that no more are
/// made than could be shown, whatever was declared.
#[derive(Debug)]
pub(crate) struct Budget {
    what: &'static str,
    limit: usize,
    values: usize,
    levels: usize,
}

impl Budget {
    /// For what may take `limit` bytes as JSON.
    pub(crate) fn new(what: &'static str, limit: usize) -> Self {
        Self {
            what,
            limit,
            values: limit / 2 + 1,
            levels: MAX_LEVELS,
        }
    }

    /// One value more.
    pub(crate) fn value(&mut self) -> Result<(), DecodeError> {
        let (what, limit) = (self.what, self.limit);
        let too_large = DecodeError::TooLarge { what, limit };
        self.values = self.values.checked_sub(1).ok_or(too_large)?;
        Ok(())
    }

    /// Does something one level deeper.
    pub(crate) fn deeper<T>(
        &mut self,
        inside: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        self.levels = self
            .levels
            .checked_sub(1)
            .ok_or_else(|| too_deep(self.what))?;
        let done = inside(self);
        self.levels += 1;
        done
    }
}

fn too_deep(what: &str) -> DecodeError {
    DecodeError::Malformed(format!("the {what} has more than {MAX_LEVELS} levels"))
}

#[cfg(test)]
pub(in crate::format) mod tests;
