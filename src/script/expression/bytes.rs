//! Text and bytes of jq values, for filters that take either. What a filter gives is counted.

use bytes::Bytes;
use jaq_core::{Cv, Error, ValXs, native};
use jaq_json::Val;

use super::machine::{Bounds, Machine};

/// A value, or why there is none.
pub(super) type Made = Result<Val, Error<Val>>;

/// Bytes that are worked on between two looks at the clock.
const PIECE: usize = 1 << 20;

/// Runs a filter that takes text or bytes.
pub(super) fn of_bytes<'a>(
    (context, input): Cv<'a, Machine>,
    name: &str,
    make: impl FnOnce(&Bounds, &[u8]) -> Made,
) -> ValXs<'a, Val> {
    let bounds = context.data().bounds;
    native::bome(taken(name, &input).and_then(|bytes| make(bounds, bytes)))
}

/// The bytes of a value.
pub(super) fn taken<'v>(name: &str, value: &'v Val) -> Result<&'v Bytes, Error<Val>> {
    match value {
        Val::TStr(bytes) | Val::BStr(bytes) => Ok(bytes),
        other => {
            let kind = kind(other);
            Err(Error::str(format!(
                "`{name}` takes text or bytes, not {kind}"
            )))
        }
    }
}

/// What a value is, with its article.
pub(super) fn kind(value: &Val) -> &'static str {
    match value {
        Val::Null => "null",
        Val::Bool(_) => "a boolean",
        Val::Num(_) => "a number",
        Val::TStr(_) => "text",
        Val::BStr(_) => "bytes",
        Val::Arr(_) => "an array",
        Val::Obj(_) => "an object",
    }
}

/// The bytes in pieces, with a look at the clock before each.
pub(super) fn pieces<'v>(bounds: &'v Bounds, bytes: &'v [u8]) -> impl Iterator<Item = &'v [u8]> {
    bytes.chunks(PIECE).inspect(|_| bounds.in_time())
}

/// Bytes that a filter made.
pub(super) fn bytes(bounds: &Bounds, bytes: Vec<u8>) -> Made {
    bounds.supply.take(bytes.len())?;
    Ok(Val::byte_str(bytes))
}

/// Text that a filter made.
pub(super) fn text(bounds: &Bounds, text: String) -> Made {
    bounds.supply.take(text.len())?;
    Ok(Val::from(text))
}

/// What a filter decoded: text where it is UTF-8, else bytes.
pub(super) fn decoded(bounds: &Bounds, decoded: Vec<u8>) -> Made {
    match String::from_utf8(decoded) {
        Ok(decoded) => text(bounds, decoded),
        Err(decoded) => bytes(bounds, decoded.into_bytes()),
    }
}
