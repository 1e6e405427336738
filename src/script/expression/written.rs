//! Writes values out, inside a bound: one that holds another twice, and that one another twice, is small until it is
//! written.

use std::fmt::{self, Display, Write as _};
use std::io;

use jaq_core::native::{self, Fun};
use jaq_core::{Bind, Cv, Error, Exn, Native, ValXs};
use jaq_json::{Val, write};

use super::machine::{Bounds, Machine};
use super::times::TRIED;

/// What is told of an error instead.
pub(super) const UNTOLD: &str = "it failed, for a reason that is too large to be told";

/// Bytes that are written between two looks at the clock.
const PIECE: usize = 1 << 20;

/// What may be written of a value.
struct BoundedBuffer<'a> {
    bounds: &'a Bounds,
    bytes: Vec<u8>,
    looked: usize,
}

impl io::Write for BoundedBuffer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bounds.join(bytes.len());
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() - self.looked > PIECE {
            self.looked = self.bytes.len();
            self.bounds.in_time();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The value as JSON. It counts as what is joined.
fn json(bounds: &Bounds, value: &Val) -> Vec<u8> {
    let mut buffer = BoundedBuffer {
        bounds,
        bytes: Vec::new(),
        looked: 0,
    };
    // Writing to a buffer cannot fail.
    let _ = write::write(&mut buffer, &write::Pp::default(), 0, value);
    buffer.bytes
}

/// Text as it is, all else as JSON.
pub(super) fn text(bounds: &Bounds, value: Val) -> Val {
    match value {
        Val::TStr(text) | Val::BStr(text) => Val::TStr(text),
        value => Val::utf8_str(json(bounds, &value)),
    }
}

/// What an interpolation does with each value.
pub(super) fn tostring((context, input): Cv<'_, Machine>) -> ValXs<'_, Val> {
    native::bome(Ok(text(context.data().bounds, input)))
}

pub(super) fn tojson((context, input): Cv<'_, Machine>) -> ValXs<'_, Val> {
    native::bome(Ok(Val::utf8_str(json(context.data().bounds, &input))))
}

/// What is tried. Its error is written out where it is caught, by jaq: one that is too large becomes another here.
pub(super) fn tried() -> Fun<Machine> {
    let native = Native::<Machine>::new(|(mut context, input)| {
        let most = context.data().bounds.supply.most_joined();
        let (tried, around) = context.pop_fun();
        let outputs = tried.run((around, input));
        Box::new(outputs.map(move |output| output.map_err(|error| caught(error, most))))
    });
    let native = native.with_paths(|(mut context, input)| {
        let most = context.data().bounds.supply.most_joined();
        let (tried, around) = context.pop_fun();
        let outputs = tried.paths((around, input));
        Box::new(outputs.map(move |output| output.map_err(|error| caught(error, most))))
    });
    (TRIED, [Bind::Fun(())].into(), native)
}

fn caught(exception: Exn<'_, Val>, most: usize) -> Exn<'_, Val> {
    match exception.get_err() {
        Ok(error) if whole(&error, most).is_none() => Error::str(UNTOLD).into(),
        Ok(error) => error.into(),
        Err(other) => other,
    }
}

/// What is told or kept, unless it takes more bytes than these.
pub(super) fn whole(shown: &impl Display, most: usize) -> Option<String> {
    let mut buffer = BoundedText {
        text: String::new(),
        most,
    };
    write!(buffer, "{shown}").ok()?;
    Some(buffer.text)
}

/// The same, where it is told anyhow.
pub(super) fn told(shown: &impl Display, most: usize) -> String {
    whole(shown, most).unwrap_or_else(|| "…".to_owned())
}

struct BoundedText {
    text: String,
    most: usize,
}

impl fmt::Write for BoundedText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.len() > self.most - self.text.len() {
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}
