//! YAML → JSON values, bounded: what a stranger's file may hold. Knows no keys.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// Levels that are read.
const LEVELS: usize = 32;

/// Values that one text may have.
const MOST: usize = 100_000;

/// Reads the first document of a YAML text; aliases stand for nothing.
///
/// # Errors
/// What is wrong with it.
pub(super) fn value(text: &str) -> Result<Value, String> {
    let mut reader = YamlReader {
        parser: Parser::new_from_str(text),
        left: MOST,
    };
    loop {
        match reader.next()? {
            Some(Event::StreamStart | Event::DocumentStart(_)) => {}
            Some(event) => return reader.node(event, LEVELS),
            None => return Ok(Value::Null),
        }
    }
}

struct YamlReader<'y> {
    parser: Parser<'y, saphyr_parser::StrInput<'y>>,
    left: usize,
}

impl<'y> YamlReader<'y> {
    fn next(&mut self) -> Result<Option<Event<'y>>, String> {
        self.left = self.left.checked_sub(1).ok_or("it holds too many values")?;
        match self.parser.next() {
            None => Ok(None),
            Some(Ok((event, _))) => Ok(Some(event)),
            Some(Err(error)) => Err(error.info().to_owned()),
        }
    }

    fn node(&mut self, event: Event<'y>, levels: usize) -> Result<Value, String> {
        let levels = levels.checked_sub(1).ok_or("it is nested too deeply")?;
        Ok(match event {
            Event::Scalar(text, style, ..) => match (style, text.as_ref()) {
                (ScalarStyle::Plain, "" | "~" | "null") => Value::Null,
                (ScalarStyle::Plain, "true") => Value::Bool(true),
                (ScalarStyle::Plain, "false") => Value::Bool(false),
                (_, text) => Value::from(text),
            },
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                while let Some(event) = self.next()? {
                    if matches!(event, Event::SequenceEnd) {
                        break;
                    }
                    items.push(self.node(event, levels)?);
                }
                Value::Array(items)
            }
            Event::MappingStart(..) => {
                let mut members = Map::new();
                while let Some(event) = self.next()? {
                    if matches!(event, Event::MappingEnd) {
                        break;
                    }
                    let key = self.node(event, levels)?;
                    let Some(event) = self.next()? else { break };
                    let value = self.node(event, levels)?;
                    if let Value::String(key) = key {
                        members.insert(key, value);
                    }
                }
                Value::Object(members)
            }
            _ => Value::Null,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_is_read_as_values() {
        let text = "type: request\nattrs: {a: \"1\", b: true}\nrows:\n  - row: [x, y]\nbody: |\n  one\n  two\n";
        let read = value(text).unwrap();
        assert_eq!(
            read,
            serde_json::json!({"type": "request", "attrs": {"a": "1", "b": true}, "rows": [{"row": ["x", "y"]}], "body": "one\ntwo\n"})
        );
        assert!(value("a: [").is_err());
        assert!(value(&"[".repeat(1000)).is_err());
    }
}
