//! JSON → values: what JSON lacks is told by its name.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json};

use super::{Datum, NAMES};
use crate::format::path::Path;
use crate::format::read_json;

/// Reads a value out of JSON.
///
/// # Errors
/// A clause: it is not JSON, or names something that JSON lacks and does not say it right, at its place.
pub(crate) fn from_json(json: &str) -> Result<Datum<'static>, String> {
    let json = read_json(json).map_err(|error| format!("it is not valid JSON: {error}"))?;
    DatumReader::default().datum(json)
}

#[derive(Default)]
struct DatumReader {
    path: Path,
}

/// A value, or a clause that says what is wrong with it.
type Read = Result<Datum<'static>, String>;

impl DatumReader {
    fn datum(&mut self, json: Json) -> Read {
        match json {
            Json::Null => Ok(Datum::Null),
            Json::Bool(is) => Ok(Datum::Bool(is)),
            Json::Number(number) => self.number(&number.to_string()),
            Json::String(text) => Ok(Datum::Text(Cow::Owned(text))),
            Json::Array(elements) => self.elements(elements).map(Datum::Array),
            Json::Object(members) => match named(&members) {
                Some(name) => {
                    let before = self.path.member(name);
                    let value = members.into_iter().next().map(|(_, value)| value);
                    let datum = self.named(name, value.unwrap_or_default())?;
                    self.path.back(before);
                    Ok(datum)
                }
                None => self.members(members),
            },
        }
    }

    fn elements(&mut self, elements: Vec<Json>) -> Result<Vec<Datum<'static>>, String> {
        let mut read = Vec::with_capacity(elements.len());
        for (index, element) in elements.into_iter().enumerate() {
            let before = self.path.element(index);
            read.push(self.datum(element)?);
            self.path.back(before);
        }
        Ok(read)
    }

    fn members(&mut self, members: Map<String, Json>) -> Read {
        let mut read = Vec::with_capacity(members.len());
        for (key, value) in members {
            let before = self.path.member(&key);
            let value = self.datum(value)?;
            self.path.back(before);
            read.push((Datum::Text(Cow::Owned(key)), value));
        }
        Ok(Datum::Map(read))
    }

    fn number(&self, number: &str) -> Read {
        let parsed = if number.contains(['.', 'e', 'E']) {
            let float = number.parse().ok();
            float
                .filter(|float: &f64| float.is_finite())
                .map(Datum::Float)
        } else {
            number.parse().ok().map(Datum::Integer)
        };
        parsed.ok_or_else(|| {
            let place = self.path.as_str();
            format!("the number at `{place}` is too large")
        })
    }

    fn named(&mut self, name: &str, value: Json) -> Read {
        match (name, value) {
            ("$bytes", Json::String(text)) => self.base64(&text).map(Datum::Bytes),
            ("$ext", Json::Array(parts)) => match parts.as_slice() {
                [kind, Json::String(text)] => {
                    let kind = whole(kind).and_then(|kind| i8::try_from(kind).ok());
                    let kind = kind.ok_or_else(|| self.wrong("a type from -128 to 127"))?;
                    Ok(Datum::Extension(kind, self.base64(text)?))
                }
                _ => Err(self.wrong("a type and base64: `[1, \"AP8=\"]`")),
            },
            ("$tag", Json::Array(mut parts)) => match (parts.len(), parts.pop()) {
                (2, Some(value)) => {
                    let tag = parts.first().and_then(whole);
                    let tag = tag.and_then(|tag| u64::try_from(tag).ok());
                    let tag = tag.ok_or_else(|| self.wrong("a tag that is a number"))?;
                    let before = self.path.element(1);
                    let value = self.datum(value)?;
                    self.path.back(before);
                    Ok(Datum::Tagged(tag, Box::new(value)))
                }
                _ => Err(self.wrong("a tag and a value: `[1, 0]`")),
            },
            ("$simple", value) => {
                let simple = whole(&value).and_then(|simple| u8::try_from(simple).ok());
                let simple = simple.filter(|simple| !matches!(simple, 20..=22 | 24..=31));
                let wrong =
                    || self.wrong("a number from 0 to 255 that is none of 20 to 22 and 24 to 31");
                simple.map(Datum::Simple).ok_or_else(wrong)
            }
            ("$map", Json::Array(pairs)) => self.pairs(pairs),
            ("$float", Json::String(text)) => match text.as_str() {
                "nan" => Ok(Datum::Float(f64::NAN)),
                "inf" => Ok(Datum::Float(f64::INFINITY)),
                "-inf" => Ok(Datum::Float(f64::NEG_INFINITY)),
                _ => Err(self.wrong("`\"nan\"`, `\"inf\"` or `\"-inf\"`")),
            },
            ("$bytes", _) => Err(self.wrong("base64 in a string")),
            ("$ext", _) => Err(self.wrong("a type and base64: `[1, \"AP8=\"]`")),
            ("$tag", _) => Err(self.wrong("a tag and a value: `[1, 0]`")),
            ("$float", _) => Err(self.wrong("`\"nan\"`, `\"inf\"` or `\"-inf\"`")),
            _ => Err(self.wrong("a list of keys and values: `[[1, \"one\"]]`")),
        }
    }

    fn pairs(&mut self, pairs: Vec<Json>) -> Read {
        let mut read = Vec::with_capacity(pairs.len());
        for (index, pair) in pairs.into_iter().enumerate() {
            let before = self.path.element(index);
            let Json::Array(pair) = pair else {
                return Err(self.wrong("a key and a value: `[1, \"one\"]`"));
            };
            let [key, value]: [_; 2] = self
                .elements(pair)?
                .try_into()
                .map_err(|_| self.wrong("a key and a value: `[1, \"one\"]`"))?;
            self.path.back(before);
            read.push((key, value));
        }
        Ok(Datum::Map(read))
    }

    fn base64(&self, text: &str) -> Result<Cow<'static, [u8]>, String> {
        let bytes = STANDARD.decode(text);
        bytes.map(Cow::Owned).map_err(|_| {
            self.wrong("base64 that is padded (four characters are three bytes: `\"AP8=\"`)")
        })
    }

    fn wrong(&self, wanted: &str) -> String {
        let place = self.path.as_str();
        format!(
            "`{place}` must be {wanted}; a map that has such a key is written `{{\"$map\": [[KEY, VALUE]]}}`"
        )
    }
}

/// The name of what an object says that JSON lacks.
fn named(members: &Map<String, Json>) -> Option<&'static str> {
    let (only, _) = members.iter().next().filter(|_| members.len() == 1)?;
    NAMES.into_iter().find(|name| name == only)
}

fn whole(number: &Json) -> Option<i128> {
    match number {
        Json::Number(number) => number.to_string().parse().ok(),
        _ => None,
    }
}
