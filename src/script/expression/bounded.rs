//! Filters of jaq that know no bound, with one: `*`, `fromjson`, `range`, what makes text of values or errors.

use jaq_core::box_iter::box_once;
use jaq_core::native::{self, Fun, v};
use jaq_core::{Cv, Error, RunPtr, ValXs};
use jaq_json::{Num, Val};
use jaq_std::ValT as _;

use super::facts::MOST_DIGITS;
use super::machine::Machine;
use super::times::{STRING, TIMES};
use super::written::{tojson, tostring, tried};
use crate::format::{MAX_JSON_DEPTH, json_depth, longest_digits};

/// How many numbers `range` gives at most.
const MOST_NUMBERS: usize = 10_000_000;

/// Those that have a name in jq.
pub(super) const REPLACED: [&str; 3] = ["fromjson", "range", "tojson"];

/// These filters, which stand in for jaq's own.
pub(super) fn funs() -> impl Iterator<Item = Fun<Machine>> {
    let from_json: RunPtr<Machine> = from_json;
    let range: RunPtr<Machine> = range;
    let times: RunPtr<Machine> = times;
    let to_json: RunPtr<Machine> = tojson;
    let to_string: RunPtr<Machine> = tostring;
    [
        native::run::<Machine>((TIMES, v(2), times)),
        native::run::<Machine>(("fromjson", v(0), from_json)),
        native::run::<Machine>(("range", v(3), range)),
        native::run::<Machine>(("tojson", v(0), to_json)),
        native::run::<Machine>((STRING, v(0), to_string)),
        tried(),
    ]
    .into_iter()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "jaq hands the context to its filters"
)]
fn from_json(cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    let bytes = match cv.1.try_as_bytes_owned() {
        Ok(bytes) => bytes,
        Err(error) => return box_once(Err(error.into())),
    };
    let text = String::from_utf8_lossy(&bytes);
    if json_depth(&text) > MAX_JSON_DEPTH {
        let error = format!("this JSON has more than {MAX_JSON_DEPTH} levels");
        return box_once(Err(Error::str(error).into()));
    }
    if longest_digits(&text) > MOST_DIGITS {
        let error = format!("this JSON has a number of more than {MOST_DIGITS} digits");
        return box_once(Err(Error::str(error).into()));
    }
    let mut values = Vec::new();
    for value in jaq_json::read::parse_many(&bytes) {
        let value = value
            .map_err(|error| Error::str(format!("cannot parse {} as JSON: {error}", cv.1)).into());
        // The reader stays at what it cannot read, and would tell of it without end.
        let is_last = value.is_err();
        values.push(value);
        if is_last {
            break;
        }
    }
    Box::new(values.into_iter())
}

/// `left * right`. A string times a number repeats it, and a peer that sends both can ask for more than there is memory.
fn times((mut context, _): Cv<'_, Machine>) -> ValXs<'_, Val> {
    let right = context.pop_var();
    let left = context.pop_var();
    context.data().bounds.make(product(&left, &right));
    native::bome(left * right)
}

/// Bytes that a product takes, where that may be many.
fn product(left: &Val, right: &Val) -> usize {
    match (left, right) {
        (Val::TStr(text) | Val::BStr(text), Val::Num(number))
        | (Val::Num(number), Val::TStr(text) | Val::BStr(text)) => {
            let times = match number {
                Num::Int(times) => usize::try_from(*times).unwrap_or_default(),
                Num::BigInt(_) => usize::MAX,
                Num::Float(_) | Num::Dec(_) => 0,
            };
            text.len().saturating_mul(times)
        }
        // The time that it takes grows by the square: a number that long counts for more than it takes.
        (Val::Num(left), Val::Num(right)) => {
            let digits = |number: &Num| match number {
                Num::BigInt(number) => usize::try_from(number.bits()).unwrap_or(usize::MAX),
                _ => 0,
            };
            digits(left).saturating_mul(digits(right)) / 4096
        }
        _ => 0,
    }
}

fn range(mut cv: Cv<'_, Machine>) -> ValXs<'_, Val> {
    let by = cv.0.pop_var();
    let to = cv.0.pop_var();
    let mut next = Some(cv.0.pop_var());
    let upward = by.as_f64().unwrap_or_default();
    let mut given = 0;
    Box::new(std::iter::from_fn(move || {
        let current = next.take()?;
        let more = if upward > 0.0 {
            current < to
        } else if upward < 0.0 {
            current > to
        } else {
            current != to
        };
        if !more {
            return None;
        }
        given += 1;
        if given > MOST_NUMBERS {
            let error = format!("`range` gives more than {MOST_NUMBERS} numbers");
            return Some(Err(Error::str(error).into()));
        }
        cv.0.data().bounds.check();
        match current.clone() + by.clone() {
            Ok(following) => {
                next = Some(following);
                Some(Ok(current))
            }
            Err(error) => Some(Err(error.into())),
        }
    }))
}
