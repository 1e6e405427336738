//! Text ↔ bytes (`@hex`, `@base64` and what undoes them, `tobytes`), and what the session hands in: `now`, `uuid`.

use std::fmt::Write as _;
use std::sync::Arc;

use base64::alphabet;
use base64::engine::general_purpose::{
    GeneralPurpose, GeneralPurposeConfig, STANDARD, URL_SAFE_NO_PAD,
};
use base64::engine::{DecodePaddingMode, Engine};
use bytes::BytesMut;
use jaq_core::{Cv, Error, ValXs, native};
use jaq_json::Val;

use super::bytes::{Made, bytes, decoded, kind, of_bytes, text};
use super::machine::{Bounds, Machine};
use super::written;

/// Reads base64 with its padding or without.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
/// The base64 of URLs, with its padding or without.
pub(super) const BASE64URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

pub(super) fn hex(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    encode(cv, |input| {
        let mut digits = String::with_capacity(input.len() * 2);
        for byte in input {
            // Writing to a string cannot fail.
            let _ = write!(digits, "{byte:02x}");
        }
        digits
    })
}

pub(super) fn base64(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    encode(cv, |input| STANDARD.encode(input))
}

pub(super) fn base64url(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    encode(cv, |input| URL_SAFE_NO_PAD.encode(input))
}

/// As jq's own `@base64`, these take any value: what is neither text nor bytes as the JSON that it is.
fn encode(
    (context, input): Cv<'_, Machine>,
    encode: impl FnOnce(&[u8]) -> String,
) -> ValXs<'_, Val> {
    let bounds = context.data().bounds;
    let input = written::text(bounds, input);
    native::bome(match &input {
        // No encoding takes more than twice the room.
        Val::TStr(input) if input.len() <= bounds.supply.left() => text(bounds, encode(input)),
        _ => Err(bounds.supply.too_large()),
    })
}

pub(super) fn hexd(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    of_bytes(cv, "@hexd", |bounds, digits| {
        let value = |digit: &u8| {
            char::from(*digit)
                .to_digit(16)
                .and_then(|value| u8::try_from(value).ok())
        };
        let pairs = digits.chunks(2).map(|pair| match pair {
            [high, low] => Some(value(high)? << 4 | value(low)?),
            _ => None,
        });
        let bytes = pairs.collect::<Option<Vec<u8>>>();
        let fault = || Error::str("`@hexd` takes pairs of hexadecimal digits, and nothing else");
        decoded(bounds, bytes.ok_or_else(fault)?)
    })
}

pub(super) fn base64d(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    decode(
        cv,
        "@base64d",
        &BASE64,
        "this is not base64; that of URLs is read by `@base64urld`",
    )
}

pub(super) fn base64urld(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    decode(
        cv,
        "@base64urld",
        &BASE64URL,
        "this is not base64 of URLs; other base64 is read by `@base64d`",
    )
}

fn decode<'a>(
    cv: Cv<'a, Machine>,
    name: &str,
    engine: &GeneralPurpose,
    fault: &str,
) -> ValXs<'a, Val> {
    of_bytes(cv, name, |bounds, input| {
        let fault = |_| Error::str(fault);
        decoded(bounds, engine.decode(input).map_err(fault)?)
    })
}

pub(super) fn tobytes((context, input): Cv<'_, Machine>) -> ValXs<'_, Val> {
    let bounds = context.data().bounds;
    native::bome(match &input {
        Val::TStr(bytes) | Val::BStr(bytes) => Ok(Val::byte_str((**bytes).clone())),
        Val::Num(_) => byte(&input).and_then(|byte| bytes(bounds, vec![byte])),
        Val::Arr(numbers) => numbers
            .iter()
            .map(byte)
            .collect::<Result<_, _>>()
            .and_then(|all| bytes(bounds, all)),
        other => Err(not_bytes(other)),
    })
}

fn byte(value: &Val) -> Result<u8, Error<Val>> {
    let number = match value {
        Val::Num(number) => number.as_isize(),
        other => return Err(not_bytes(other)),
    };
    number
        .and_then(|number| u8::try_from(number).ok())
        .ok_or_else(|| {
            Error::str(format!(
                "`tobytes` takes numbers from 0 to 255, not {value}"
            ))
        })
}

fn not_bytes(value: &Val) -> Error<Val> {
    let kind = kind(value);
    Error::str(format!(
        "`tobytes` takes text or a list of numbers, not {kind}"
    ))
}

/// `left + right`. jq's own joins text with text and bytes with bytes; of both it makes bytes here.
pub(super) fn plus((mut context, input): Cv<'_, Machine>) -> ValXs<'_, Val> {
    // Mostly `.` is the left side, which grows in place once nobody else has it.
    drop(input);
    let right = context.pop_var();
    let left = context.pop_var();
    let bounds = context.data().bounds;
    bounds.join(sum(&left, &right));
    native::bome(match (left, right) {
        (Val::TStr(left), Val::BStr(right)) | (Val::BStr(left), Val::TStr(right)) => {
            joined(bounds, *left, &right)
        }
        (left, right) => left + right,
    })
}

/// Bytes that a sum copies: the left side's only where somebody else has that too.
fn sum(left: &Val, right: &Val) -> usize {
    let (shared, left, right, size) = match (left, right) {
        (Val::TStr(left) | Val::BStr(left), Val::TStr(right) | Val::BStr(right)) => {
            (!left.is_unique(), left.len(), right.len(), 1)
        }
        (Val::Arr(left), Val::Arr(right)) => {
            let shared = Arc::strong_count(left) > 1;
            (shared, left.len(), right.len(), size_of::<Val>())
        }
        (Val::Obj(left), Val::Obj(right)) => {
            let shared = Arc::strong_count(left) > 1;
            (shared, left.len(), right.len(), 4 * size_of::<Val>())
        }
        _ => return 0,
    };
    let copied = if shared { left } else { 0 };
    copied.saturating_add(right).saturating_mul(size)
}

fn joined(bounds: &Bounds, left: bytes::Bytes, right: &[u8]) -> Made {
    bounds.supply.take(right.len())?;
    let mut joined = BytesMut::from(left);
    joined.extend_from_slice(right);
    Ok(Val::byte_str(joined))
}

pub(super) fn now((context, _): Cv<'_, Machine>) -> ValXs<'_, Val> {
    native::bome(Ok(Val::from(context.data().bounds.supply.now())))
}

pub(super) fn uuid((context, _): Cv<'_, Machine>) -> ValXs<'_, Val> {
    native::bome(Ok(Val::from(context.data().bounds.supply.uuid())))
}
