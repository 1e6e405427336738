//! JSON without what nobody looks at: a HAR holds pages, pictures and scripts, which need not be in memory twice.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::format::read_json;

/// Members that are passed over.
const PASSED_OVER: [&str; 8] = [
    "content",
    "timings",
    "cache",
    "_initiator",
    "initiator",
    "pageTimings",
    "stack",
    "_securityDetails",
];

/// The member that stands for a number of any size.
const NUMBER: &str = "$serde_json::private::Number";

/// Reads JSON of at most 128 levels, without the members that are passed over.
///
/// # Errors
/// What is wrong with it.
pub(super) fn pruned(text: &str) -> Result<Value, serde_json::Error> {
    read_json::<Pruned>(text).map(|Pruned(value)| value)
}

/// A sentence for what is not JSON.
pub(super) fn not_json(error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    if error.is_eof() {
        format!("it ends too early ({place}): it is not whole JSON\nsave it again")
    } else if error.to_string().contains("recursion limit") {
        "its JSON is nested more than 128 levels deep".to_owned()
    } else {
        format!("it is not valid JSON ({place})")
    }
}

struct Pruned(Value);

impl<'de> Deserialize<'de> for Pruned {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(PrunedVisitor).map(Self)
    }
}

struct PrunedVisitor;

impl<'de> Visitor<'de> for PrunedVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Pruned(value)) = items.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            if key == NUMBER {
                let digits: String = members.next_value()?;
                let number: Option<Number> = serde_json::from_str(&digits).ok();
                return Ok(number.map_or(Value::Null, Value::Number));
            }
            if PASSED_OVER.contains(&key.as_str()) {
                members.next_value::<IgnoredAny>()?;
                continue;
            }
            let Pruned(value) = members.next_value()?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_looked_at_is_passed_over() {
        let value =
            pruned(r#"{"a":[1.50,null,"x",true],"content":{"text":"long"},"b":{}}"#).unwrap();
        assert_eq!(value.to_string(), r#"{"a":[1.50,null,"x",true],"b":{}}"#);
        assert!(not_json(&pruned("{\"a\":").unwrap_err()).contains("ends too early"));
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(not_json(&pruned(&deep).unwrap_err()).contains("128 levels"));
    }
}
