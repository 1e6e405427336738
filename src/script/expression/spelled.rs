//! jq values ↔ what MessagePack and CBOR hold. Bytes are bytes; all else that JSON lacks is spelled as `format::datum`
//! says, and what is spelled so is understood.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jaq_core::Error;
use jaq_json::{Map, Num, Val};

use super::machine::Bounds;
use crate::format::MAX_JSON_DEPTH;
use crate::format::datum::{Datum, from_json, is_object};

/// The value as JSON, without bytes in it.
pub(super) fn to_json(bounds: &Bounds, value: &Val) -> Result<String, Error<Val>> {
    let mut json = String::new();
    spell(bounds, value, 0, false, &mut json)?;
    Ok(json)
}

pub(super) fn to_datum(bounds: &Bounds, value: &Val) -> Result<Datum<'static>, Error<Val>> {
    let mut json = String::new();
    spell(bounds, value, 0, true, &mut json)?;
    from_json(&json).map_err(Error::str)
}

/// Writes JSON, with what JSON lacks as it is spelled, or with an error for it.
fn spell(
    bounds: &Bounds,
    value: &Val,
    level: usize,
    lenient: bool,
    out: &mut String,
) -> Result<(), Error<Val>> {
    if level > MAX_JSON_DEPTH {
        let error = format!("this value has more than {MAX_JSON_DEPTH} levels");
        return Err(Error::str(error));
    }
    // A value may hold another many times over.
    let most = bounds.supply.most_joined();
    if out.len() > most {
        let error = format!("this value takes more than {} MiB", most >> 20);
        return Err(Error::str(error));
    }
    match value {
        Val::TStr(text) => {
            let text = String::from_utf8_lossy(text);
            out.push_str(&serde_json::Value::from(&*text).to_string());
        }
        Val::BStr(bytes) if lenient => {
            out.push_str("{\"$bytes\":\"");
            STANDARD.encode_string(&**bytes, out);
            out.push_str("\"}");
        }
        Val::BStr(_) => {
            let error = "bytes have no place in JSON: write them as text, by `@hex` or `@base64`";
            return Err(Error::str(error));
        }
        Val::Num(Num::Float(float)) if !float.is_finite() => {
            let name = if float.is_nan() {
                "nan"
            } else if *float > 0.0 {
                "inf"
            } else {
                "-inf"
            };
            if !lenient {
                return Err(Error::str(format!("{name} has no place in JSON")));
            }
            out.push_str("{\"$float\":\"");
            out.push_str(name);
            out.push_str("\"}");
        }
        Val::Null | Val::Bool(_) | Val::Num(_) => out.push_str(&value.to_string()),
        Val::Arr(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                comma(index, out);
                spell(bounds, element, level + 1, lenient, out)?;
            }
            out.push(']');
        }
        Val::Obj(members) => object(bounds, members, level, lenient, out)?,
    }
    Ok(())
}

fn object(
    bounds: &Bounds,
    members: &Map,
    level: usize,
    lenient: bool,
    out: &mut String,
) -> Result<(), Error<Val>> {
    let is_object = members.keys().all(|key| matches!(key, Val::TStr(_)));
    if !is_object && !lenient {
        return Err(Error::str("an object of JSON has no keys but strings"));
    }
    out.push_str(if is_object { "{" } else { "{\"$map\":[" });
    let inner = level + if is_object { 1 } else { 3 };
    for (index, (key, value)) in members.iter().enumerate() {
        comma(index, out);
        if !is_object {
            out.push('[');
        }
        spell(bounds, key, inner, lenient, out)?;
        out.push(if is_object { ':' } else { ',' });
        spell(bounds, value, inner, lenient, out)?;
        if !is_object {
            out.push(']');
        }
    }
    out.push_str(if is_object { "}" } else { "]}" });
    Ok(())
}

fn comma(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

pub(super) fn from_datum(datum: &Datum<'_>) -> Val {
    let text = |text: &str| Val::from(text.to_owned());
    let base64 = |bytes: &[u8]| Val::from(STANDARD.encode(bytes));
    let integer = |integer: i128| Val::Num(Num::from_integral(integer));
    let named = |name: &str, value: Val| Val::obj(Map::from_iter([(text(name), value)]));
    let list = |elements: [Val; 2]| elements.into_iter().collect::<Val>();
    match datum {
        Datum::Null => Val::Null,
        Datum::Bool(is) => Val::from(*is),
        Datum::Integer(value) => integer(*value),
        Datum::Float(float) => Val::from(*float),
        Datum::Text(value) => text(value),
        Datum::Bytes(bytes) => Val::byte_str(Cow::into_owned(bytes.clone())),
        Datum::Extension(kind, bytes) => {
            named("$ext", list([integer((*kind).into()), base64(bytes)]))
        }
        Datum::Tagged(tag, inner) => {
            named("$tag", list([integer((*tag).into()), from_datum(inner)]))
        }
        Datum::Simple(simple) => named("$simple", integer((*simple).into())),
        Datum::Array(elements) => elements.iter().map(from_datum).collect(),
        Datum::Map(members) => {
            let pairs = members
                .iter()
                .map(|(key, value)| (from_datum(key), from_datum(value)));
            if is_object(members) {
                Val::obj(pairs.collect())
            } else {
                let pairs = pairs.map(|(key, value)| list([key, value]));
                named("$map", pairs.collect())
            }
        }
    }
}
