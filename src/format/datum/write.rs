//! Values → JSON, inside a bound.

use std::collections::HashSet;
use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Datum, MAX_LEVELS, NAMES, too_deep};
use crate::format::decode::DecodeError;

/// Writes a value as compact JSON of at most `limit` bytes. `what` says of what it is made.
///
/// # Errors
/// It is longer, or nested too deep.
pub(crate) fn to_json(
    datum: &Datum<'_>,
    what: &'static str,
    limit: usize,
) -> Result<String, DecodeError> {
    let mut writer = Writer {
        out: String::new(),
        what,
        limit,
    };
    writer.datum(datum, 0)?;
    Ok(writer.out)
}

struct Writer {
    out: String,
    what: &'static str,
    limit: usize,
}

impl Writer {
    fn datum(&mut self, datum: &Datum<'_>, level: usize) -> Result<(), DecodeError> {
        match datum {
            Datum::Null => self.out.push_str("null"),
            Datum::Bool(is) => self.out.push_str(if *is { "true" } else { "false" }),
            Datum::Integer(integer) => self.push(format_args!("{integer}")),
            Datum::Float(float) => self.float(*float, level)?,
            Datum::Text(text) => self.text(text),
            Datum::Bytes(bytes) => self.named("$bytes", level, 1, |this| this.base64(bytes))?,
            Datum::Simple(simple) => {
                let simple = |this: &mut Self| this.push(format_args!("{simple}"));
                self.named("$simple", level, 1, simple)?;
            }
            Datum::Extension(kind, bytes) => self.named("$ext", level, 2, |this| {
                this.push(format_args!("[{kind},"));
                this.base64(bytes);
                this.out.push(']');
            })?,
            Datum::Tagged(tag, inner) => self.tagged(*tag, inner, level)?,
            Datum::Array(elements) => self.list('[', ']', elements, level, |this, inner| {
                this.datum(inner, level + 1)
            })?,
            Datum::Map(members) if is_object(members) => {
                self.list('{', '}', members, level, |this, (key, value)| {
                    this.datum(key, level + 1)?;
                    this.out.push(':');
                    this.datum(value, level + 1)
                })?;
            }
            Datum::Map(members) => self.pairs(members, level)?,
        }
        self.fits()
    }

    fn float(&mut self, float: f64, level: usize) -> Result<(), DecodeError> {
        if let Some(number) = serde_json::Number::from_f64(float) {
            self.push(format_args!("{number}"));
            return Ok(());
        }
        let name = match float {
            f64::INFINITY => "inf",
            f64::NEG_INFINITY => "-inf",
            _ => "nan",
        };
        self.named("$float", level, 1, |this| this.text(name))
    }

    fn tagged(&mut self, tag: u64, inner: &Datum<'_>, level: usize) -> Result<(), DecodeError> {
        self.deep(level + 2)?;
        self.push(format_args!("{{\"$tag\":[{tag},"));
        self.datum(inner, level + 2)?;
        self.out.push_str("]}");
        Ok(())
    }

    fn pairs(
        &mut self,
        members: &[(Datum<'_>, Datum<'_>)],
        level: usize,
    ) -> Result<(), DecodeError> {
        self.deep(level + 1)?;
        self.out.push_str("{\"$map\":");
        self.list('[', ']', members, level + 1, |this, (key, value)| {
            this.deep(level + 3)?;
            this.out.push('[');
            this.datum(key, level + 3)?;
            this.out.push(',');
            this.datum(value, level + 3)?;
            this.out.push(']');
            Ok(())
        })?;
        self.out.push('}');
        Ok(())
    }

    fn list<T>(
        &mut self,
        open: char,
        close: char,
        elements: &[T],
        level: usize,
        each: impl Fn(&mut Self, &T) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        self.deep(level + 1)?;
        self.out.push(open);
        for (index, element) in elements.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            each(self, element)?;
        }
        self.out.push(close);
        Ok(())
    }

    /// An object that says what JSON lacks, of so many levels.
    fn named(
        &mut self,
        name: &str,
        level: usize,
        levels: usize,
        value: impl FnOnce(&mut Self),
    ) -> Result<(), DecodeError> {
        self.deep(level + levels)?;
        self.push(format_args!("{{\"{name}\":"));
        value(self);
        self.out.push('}');
        Ok(())
    }

    fn push(&mut self, what: fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.out.write_fmt(what);
    }

    fn text(&mut self, text: &str) {
        self.out
            .push_str(&serde_json::Value::from(text).to_string());
    }

    fn base64(&mut self, bytes: &[u8]) {
        self.out.push('"');
        STANDARD.encode_string(bytes, &mut self.out);
        self.out.push('"');
    }

    fn deep(&self, level: usize) -> Result<(), DecodeError> {
        if level > MAX_LEVELS {
            return Err(too_deep(self.what));
        }
        Ok(())
    }

    fn fits(&self) -> Result<(), DecodeError> {
        let (what, limit) = (self.what, self.limit);
        if self.out.len() > limit {
            return Err(DecodeError::TooLarge { what, limit });
        }
        Ok(())
    }
}

/// Whether an object says all of a map.
pub(crate) fn is_object(members: &[(Datum<'_>, Datum<'_>)]) -> bool {
    if let [(Datum::Text(only), _)] = members {
        return !NAMES.contains(&&**only);
    }
    let mut seen = HashSet::new();
    members.iter().all(|(key, _)| match key {
        Datum::Text(key) => seen.insert(&**key),
        _ => false,
    })
}
