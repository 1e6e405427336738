//! Bounds the search for the place where a message is not valid. For each alternative of an `anyOf` the library keeps all
//! that was wrong with it, so that a schema with an `anyOf` in its own `anyOf` makes of a short message gigabytes of
//! errors, whatever a keyword answers. Every subschema gets a keyword of ours, which counts and, after so many steps, unwinds
//! the search: the library has no other way out of one.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

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

thread_local! {
    /// Steps that the search on this thread has left. The library hands nothing through to a keyword.
    static LEFT: Cell<u32> = const { Cell::new(0) };
}

/// Why a search was unwound.
struct Exhausted;

/// Searches in a bounded number of steps; nothing where they did not suffice. What is searched is only read, so nothing is
/// left half done.
pub(super) fn bounded<T>(search: impl FnOnce() -> T) -> Option<T> {
    LEFT.set(MOST_STEPS);
    match catch_unwind(AssertUnwindSafe(search)) {
        Ok(found) => Some(found),
        Err(reason) if reason.is::<Exhausted>() => None,
        Err(reason) => resume_unwind(reason),
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
        match LEFT.get().checked_sub(1) {
            Some(left) => LEFT.set(left),
            // No panic, and nothing is printed: it is caught above.
            None => resume_unwind(Box::new(Exhausted)),
        }
        Ok(())
    }

    fn is_valid(&self, _: &'i Value) -> bool {
        true
    }
}
