//! Bounds judging in time, and the search for the place where a message is not valid in steps. For each alternative of an
//! `anyOf` the library keeps all that was wrong with it, so that a schema with an `anyOf` in its own `anyOf` makes of a short
//! message gigabytes of errors, whatever a keyword answers. Every subschema gets a keyword of ours, which counts and, after so
//! many steps or at its time, unwinds what runs: the library has no other way out.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Instant;

use jsonschema::{Keyword, ValidationError};
use serde_json::{Map, Value};

/// The keyword that counts.
pub(super) const KEYWORD: &str = "x-voiden-step";

/// Subschemas that are looked at, at most.
const MOST_STEPS: u32 = 100_000;

/// What is told where the place was not found in so many steps.
pub(super) const NOT_FOUND: &str =
    "it has no place that can be named: the schema leaves too many alternatives";

/// Keywords whose values are maps of schemas.
const MAPS: [&str; 6] = [
    "properties",
    "patternProperties",
    "$defs",
    "definitions",
    "dependentSchemas",
    "dependencies",
];

/// Keywords whose values are not schemas.
const VALUES: [&str; 9] = [
    "enum",
    "const",
    "default",
    "examples",
    "required",
    "type",
    "dependentRequired",
    "$vocabulary",
    KEYWORD,
];

/// Subschemas between two looks at the clock.
const STEPS_BETWEEN: u32 = 1024;

thread_local! {
    /// Steps that the search on this thread has left. The library hands nothing through to a keyword.
    static LEFT: Cell<u32> = const { Cell::new(0) };
    /// Until when the judgement on this thread has time, and its steps since the last look at the clock.
    static UNTIL: Cell<Option<Instant>> = const { Cell::new(None) };
    static SINCE: Cell<u32> = const { Cell::new(0) };
}

/// Why something was unwound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BrokenOff {
    /// It took too many steps.
    Steps,
    /// It was not done in time.
    Time,
}

/// Judges or searches, a search in a bounded number of steps. What is looked at is only read, so nothing is left half done.
///
/// # Errors
/// It was unwound.
pub(super) fn bounded<T>(until: Option<Instant>, work: impl FnOnce() -> T) -> Result<T, BrokenOff> {
    LEFT.set(MOST_STEPS);
    UNTIL.set(until);
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => Ok(done),
        Err(reason) => match reason.downcast_ref::<BrokenOff>() {
            Some(broken) => Err(*broken),
            None => resume_unwind(reason),
        },
    }
}

/// Unwinds where the time is over. No panic, and nothing is printed: it is caught above.
fn in_time() {
    let since = SINCE.get() + 1;
    SINCE.set(since % STEPS_BETWEEN);
    if since == STEPS_BETWEEN && UNTIL.get().is_some_and(|until| Instant::now() > until) {
        resume_unwind(Box::new(BrokenOff::Time));
    }
}

/// A schema, whose subschemas all have the keyword. An unknown keyword may hold schemas too, which `$ref` names.
pub(super) fn counted(schema: Value) -> Value {
    match schema {
        Value::Object(members) => {
            let mut counted = Map::new();
            counted.insert(KEYWORD.to_owned(), Value::Bool(true));
            for (name, value) in members {
                let value = match value {
                    Value::Object(schemas) if MAPS.contains(&name.as_str()) => schemas
                        .into_iter()
                        .map(|(key, schema)| (key, self::counted(schema)))
                        .collect(),
                    value if VALUES.contains(&name.as_str()) => value,
                    value => self::counted(value),
                };
                counted.insert(name, value);
            }
            Value::Object(counted)
        }
        Value::Array(schemas) => schemas.into_iter().map(counted).collect(),
        other => other,
    }
}

/// One step of a search.
pub(super) struct SearchStep;

impl<'i> Keyword<'i> for SearchStep {
    fn validate(&self, _: &'i Value) -> Result<(), ValidationError<'i>> {
        in_time();
        match LEFT.get().checked_sub(1) {
            Some(left) => LEFT.set(left),
            None => resume_unwind(Box::new(BrokenOff::Steps)),
        }
        Ok(())
    }

    fn is_valid(&self, _: &'i Value) -> bool {
        in_time();
        true
    }
}
