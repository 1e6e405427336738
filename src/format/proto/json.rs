//! JSON of messages: in a bound, in order, and with numbers that prost-reflect reads.

use std::io;

use prost_reflect::{Kind, MessageDescriptor};
use serde_json::{Map, Number, Value};

/// Takes so many bytes, and no more.
pub(super) struct Limited {
    bytes: Vec<u8>,
    limit: usize,
    is_full: bool,
}

impl Limited {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            limit,
            is_full: false,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    pub(super) fn into_string(self) -> String {
        String::from_utf8(self.bytes).unwrap_or_default()
    }
}

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.limit {
            self.is_full = true;
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The message with the members of its maps in order: in memory they have none.
pub(super) fn ordered(json: &str, message: &MessageDescriptor) -> Option<String> {
    let mut value = super::super::read_json(json).ok()?;
    order(&mut value, message);
    Some(value.to_string())
}

fn order(value: &mut Value, message: &MessageDescriptor) {
    // In these a name says nothing of its field, or there are fields of any name.
    if message.full_name().starts_with("google.protobuf.") {
        return order_all(value);
    }
    let Value::Object(members) = value else {
        return;
    };
    for (name, value) in members.iter_mut() {
        let Some(field) = message.get_field_by_json_name(name) else {
            order_all(value);
            continue;
        };
        let Kind::Message(inner) = field.kind() else {
            continue;
        };
        match value {
            Value::Object(entries) if field.is_map() => {
                entries.sort_keys();
                if let Kind::Message(inner) = inner.map_entry_value_field().kind() {
                    entries.values_mut().for_each(|value| order(value, &inner));
                }
            }
            Value::Array(elements) => elements.iter_mut().for_each(|value| order(value, &inner)),
            value => order(value, &inner),
        }
    }
}

fn order_all(value: &mut Value) {
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(order_all),
        Value::Object(members) => {
            members.sort_keys();
            members.values_mut().for_each(order_all);
        }
        _ => {}
    }
}

/// The value with its numbers spelled as `serde_json` spells them: one that is spelled otherwise would be handed on as an
/// object, which no field takes.
pub(super) fn plain(value: Value) -> Result<Value, String> {
    Ok(match value {
        Value::Number(number) => Value::Number(plain_number(number)?),
        Value::Array(elements) => elements.into_iter().map(plain).collect::<Result<_, _>>()?,
        Value::Object(members) => {
            let members = members.into_iter();
            let members = members.map(|(name, value)| Ok((name, plain(value)?)));
            Value::Object(members.collect::<Result<Map<_, _>, String>>()?)
        }
        other => other,
    })
}

fn plain_number(number: Number) -> Result<Number, String> {
    if number.is_u64() || number.is_i64() {
        return Ok(number);
    }
    let spelled = number.as_f64().and_then(Number::from_f64);
    spelled.ok_or_else(|| "a number in it is too large".to_owned())
}
