//! JSON Schema, by jsonschema: drafts 4 to 2020-12, as the file says, else 2020-12. Nothing is fetched; files that `$ref`
//! names are handed in. A message takes the stack that its 128 levels need, whatever the schema, and its failure is looked
//! for in a bounded number of steps.

mod search;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use jsonschema::paths::{Location, LocationSegment};
use jsonschema::{PatternOptions, Retrieve, Uri, ValidationError, Validator};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use self::search::BrokenOff;
use super::path::Path;
use super::read_json;
use crate::source::visible::Spelling;

/// A schema, ready to judge messages.
#[derive(Clone)]
pub struct Schema {
    validator: Arc<Validator>,
}

impl fmt::Debug for Schema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Schema").finish_non_exhaustive()
    }
}

/// Gives the text of the file at a path, or says why there is none.
type OpenFile = Arc<dyn Fn(&str) -> Result<String, String> + Send + Sync>;

/// Characters of a sentence that are shown: names and numbers in it come from messages.
const SHOWN: usize = 300;

/// How the library says that a file that `$ref` names is not there, behind its name.
const UNREAD: &str = "' is not present in a registry and retrieving it failed: ";

/// How often a pattern with a lookaround, whose time is not linear, may go back.
const MOST_STEPS_BACK: usize = 100_000;

/// What a path has and a URI must not.
const NOT_IN_URIS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

impl Schema {
    /// Compiles the schema that stands in the file at `path`, whose names are parted by `/`. `open` gives the text of a
    /// file that `$ref` names, by a path that begins where `path` does.
    ///
    /// # Errors
    /// A clause with its place: it is not JSON or not a schema, or `open` says why there is no such file.
    pub fn compile(
        path: &str,
        text: &str,
        open: impl Fn(&str) -> Result<String, String> + Send + Sync + 'static,
    ) -> Result<Self, String> {
        let schema = search::counted(read(text)?);
        let files = SchemaFiles {
            open: Arc::new(open),
            is_absolute: path.starts_with('/'),
        };
        let base = utf8_percent_encode(path.trim_start_matches('/'), NOT_IN_URIS);
        let options = jsonschema::options()
            .with_base_uri(format!("{FILE}{base}"))
            .with_retriever(files)
            .with_keyword(search::KEYWORD, |_, _, _| Ok(Box::new(search::SearchStep)));
        // Most patterns take linear time; those that look around cannot.
        let linear = options
            .clone()
            .with_pattern_options(PatternOptions::regex());
        let built = linear.build(&schema).or_else(|_| {
            let patterns = PatternOptions::fancy_regex().backtrack_limit(MOST_STEPS_BACK);
            options.with_pattern_options(patterns).build(&schema)
        });
        let validator = built.map_err(|error| told(&error))?;
        Ok(Self {
            validator: Arc::new(validator),
        })
    }

    /// Whether a message is valid; `None` where that was not known in time.
    ///
    /// # Errors
    /// A sentence with the first place that is not, and the keyword: `` `.price` is less than the minimum of 0 (`minimum`) ``.
    #[must_use]
    pub fn check(&self, json: &str, until: Option<Instant>) -> Option<Result<(), String>> {
        let value = match read(json) {
            Ok(value) => value,
            Err(why) => return Some(Err(why)),
        };
        // This remembers what it has seen, and keeps nothing; the search for the place does neither.
        if search::bounded(until, || self.validator.is_valid(&value)).ok()? {
            return Some(Ok(()));
        }
        let found = search::bounded(until, || self.validator.validate(&value));
        Some(Err(match found {
            Ok(Err(error)) => format!("{} (`{}`)", told(&error), error.kind().keyword()),
            Ok(Ok(())) | Err(BrokenOff::Steps) => search::NOT_FOUND.to_owned(),
            Err(BrokenOff::Time) => return None,
        }))
    }
}

fn read(json: &str) -> Result<Value, String> {
    read_json(json).map_err(|error| format!("it is not valid JSON: {error}"))
}

/// What is wrong, with the place instead of the value that stands there.
fn told(error: &ValidationError<'_>) -> String {
    let place = format!("`{}`", place(error.instance_path()));
    let message = error.masked_with(place.as_str()).to_string();
    let message = message.replace(FILE, "");
    let unread = message.strip_prefix("Resource '");
    if let Some((file, why)) = unread.and_then(|unread| unread.split_once(UNREAD)) {
        return Spelling::Plain
            .line(&format!("`{file}`: {why}"))
            .into_owned();
    }
    let mut message = if message.contains(&place) {
        message
    } else {
        format!("at {place}: {message}")
    };
    if let Some((cut, _)) = message.char_indices().nth(SHOWN) {
        message.truncate(cut);
        message.push('…');
    }
    Spelling::Plain.line(&message).into_owned()
}

fn place(location: &Location) -> String {
    let mut path = Path::default();
    for segment in location.segments() {
        match segment {
            LocationSegment::Property(name) => path.member(&name),
            LocationSegment::Index(index) => path.element(index),
        };
    }
    path.as_str().to_owned()
}

/// Where the paths of files begin, as URIs.
const FILE: &str = "file:///";

/// The files that `$ref` names.
struct SchemaFiles {
    open: OpenFile,
    is_absolute: bool,
}

impl Clone for SchemaFiles {
    fn clone(&self) -> Self {
        Self {
            open: Arc::clone(&self.open),
            is_absolute: self.is_absolute,
        }
    }
}

impl Retrieve for SchemaFiles {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let Some(path) = uri.as_str().strip_prefix(FILE) else {
            return Err("nothing is fetched: name a file beside this one".into());
        };
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let path = percent_decode_str(path).decode_utf8_lossy();
        let root = if self.is_absolute { "/" } else { "" };
        let text = (self.open)(&format!("{root}{path}"))?;
        Ok(search::counted(read(&text)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(text: &str) -> Result<Schema, String> {
        Schema::compile("schemas/tick.json", text, |path| match path {
            "schemas/side one.json" => Ok(r#"{"enum": ["buy", "sell"]}"#.to_owned()),
            "deep.json" => Ok(r#"{"$defs": {"n": {"type": "integer"}}}"#.to_owned()),
            "schemas/bad.json" => Ok("{".to_owned()),
            other => Err(format!("there is no {other}")),
        })
    }

    fn check(schema: &Schema, json: &str) -> Result<(), String> {
        schema.check(json, None).unwrap()
    }

    fn fails(schema_text: &str, json: &str) -> String {
        check(&schema(schema_text).unwrap(), json).unwrap_err()
    }

    #[test]
    fn the_place_and_the_keyword_are_told() {
        let text = r#"{
            "type": "object",
            "required": ["price"],
            "additionalProperties": false,
            "properties": {
                "price": {"type": "number", "minimum": 0},
                "sizes": {"type": "array", "items": {"type": "integer"}, "uniqueItems": true},
                "side": {"$ref": "side%20one.json"},
                "n": {"$ref": "../deep.json#/$defs/n"},
                "id": {"pattern": "^(?!0)[0-9]+$"}
            }
        }"#;
        assert_eq!(
            check(
                &schema(text).unwrap(),
                r#"{"price": 1, "side": "buy", "n": 2, "id": "10"}"#
            ),
            Ok(())
        );
        for (json, error) in [
            (
                r#"{"price": -1}"#,
                "`.price` is less than the minimum of 0 (`minimum`)",
            ),
            (
                r#"{"price": "1"}"#,
                "`.price` is not of type \"number\" (`type`)",
            ),
            (
                "{}",
                "at `.`: \"price\" is a required property (`required`)",
            ),
            ("[]", "`.` is not of type \"object\" (`type`)"),
            (
                r#"{"price": 1, "sizes": [1, 1.5]}"#,
                "`.sizes[1]` is not of type \"integer\" (`type`)",
            ),
            (
                r#"{"price": 1, "sizes": [1, 1]}"#,
                "`.sizes` has non-unique elements (`uniqueItems`)",
            ),
            (
                r#"{"price": 1, "side": "x"}"#,
                "`.side` is not one of \"buy\" or \"sell\" (`enum`)",
            ),
            (
                r#"{"price": 1, "n": "x"}"#,
                "`.n` is not of type \"integer\" (`type`)",
            ),
            (
                r#"{"price": 1, "id": "01"}"#,
                "`.id` does not match \"^(?!0)[0-9]+$\" (`pattern`)",
            ),
            (
                "{",
                "it is not valid JSON: EOF while parsing an object at line 1 column 1",
            ),
        ] {
            assert_eq!(fails(text, json), error, "{json}");
        }
        let error = fails(text, "{\"price\": 1, \"a\\u202e\": 1}");
        assert_eq!(
            error,
            "at `.`: Additional properties are not allowed ('a\\u{202e}' was unexpected) (`additionalProperties`)"
        );
        let long = format!("{{\"price\": 1, \"{}\": 1}}", "a".repeat(10_000));
        assert!(fails(text, &long).len() < 400);
    }

    #[test]
    fn the_file_names_its_draft() {
        let four = r#"{"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1, "exclusiveMinimum": true}"#;
        assert!(
            fails(four, "1").ends_with("(`exclusiveMinimum`)"),
            "{}",
            fails(four, "1")
        );
        let newer = r#"{"prefixItems": [{"type": "string"}]}"#;
        assert_eq!(
            fails(newer, "[1]"),
            "`.[0]` is not of type \"string\" (`type`)"
        );
    }

    #[test]
    fn a_schema_that_is_none_is_told_at_its_place() {
        for (text, error) in [
            (
                "{",
                "it is not valid JSON: EOF while parsing an object at line 1 column 1",
            ),
            (
                r#"{"properties": {"a": {"type": "strin"}}}"#,
                "`.properties.a.type` is not valid under any of the schemas listed in the 'anyOf' keyword",
            ),
            (
                r#"{"minimum": "1"}"#,
                "`.minimum` is not of type \"number\"",
            ),
            (r#"{"pattern": "("}"#, "`.pattern` is not a \"regex\""),
        ] {
            assert_eq!(schema(text).unwrap_err(), error, "{text}");
        }
        for (reference, part) in [
            ("none.json", "there is no schemas/none.json"),
            ("https://example.com/a.json", "nothing is fetched"),
            ("../../../etc/passwd", "there is no etc/passwd"),
            ("file:///etc/passwd", "there is no etc/passwd"),
            ("bad.json", "it is not valid JSON"),
            ("#/$defs/none", "none"),
        ] {
            let error = schema(&format!("{{\"$ref\": \"{reference}\"}}")).unwrap_err();
            assert!(error.contains(part), "{reference}: {error}");
        }
    }

    #[test]
    fn hostile_numbers_and_depths_are_judged() {
        let text = r##"{"multipleOf": 0.1, "minimum": 0, "maximum": 1e300, "uniqueItems": true, "enum": [1, 0.1], "items": {"$ref": "#"}}"##;
        let number = schema(text).unwrap();
        let long = format!("0.{}", "1".repeat(100_000));
        for json in [
            "1e400",
            "-1e400",
            "1e-400",
            "1e999999999",
            "123456789012345678901234567890",
            long.as_str(),
            "-0",
            "0e0",
        ] {
            assert!(check(&number, json).is_err(), "{json}");
        }
        let integer = schema(r#"{"type": "integer"}"#).unwrap();
        for json in ["1e400", "1e999999999", "1.0", "1e2"] {
            let _ = check(&integer, json);
        }
        let items = schema(r##"{"items": {"$ref": "#"}}"##).unwrap();
        assert_eq!(
            check(&items, &format!("{}{}", "[".repeat(128), "]".repeat(128))),
            Ok(())
        );
        let unique = schema(r#"{"uniqueItems": true}"#).unwrap();
        let many: Vec<String> = (0..50_000).map(|n| format!("{{\"a\":{n}}}")).collect();
        assert_eq!(check(&unique, &format!("[{}]", many.join(","))), Ok(()));
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        for text in [
            r##"{"$ref": "#"}"##,
            r##"{"allOf": [{"$ref": "#"}]}"##,
            r##"{"not": {"$ref": "#"}}"##,
        ] {
            if let Ok(schema) = schema(text) {
                let _ = check(&schema, "[1]");
            }
        }
        let backwards = schema(r#"{"pattern": "^(a+)+(?=b)$"}"#).unwrap();
        assert!(check(&backwards, &format!("\"{}\"", "a".repeat(5000))).is_err());
    }

    #[test]
    fn alternatives_within_alternatives_take_neither_time_nor_memory() {
        let deep = |inner: &str| {
            format!(
                r##"{{"anyOf": [{inner}, {{"type": "array", "items": {{"$ref": "#"}}}}, {{"type": "array", "items": {{"$ref": "#"}}, "minItems": 1}}]}}"##
            )
        };
        let json = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        let text = deep(r#"{"type": "string"}"#);
        assert_eq!(fails(&text, &json), search::NOT_FOUND);
        assert_eq!(
            check(&schema(&deep(r#"{"type": "integer"}"#)).unwrap(), &json),
            Ok(())
        );
        // So deep that it is found.
        let error = fails(&text, "[1]");
        assert!(error.ends_with("(`anyOf`)"), "{error}");
    }

    #[test]
    fn a_judgement_that_is_not_done_in_time_stops() {
        let text = r#"{"items": {"type": "integer"}}"#;
        let json = format!("[{}1]", "1,".repeat(5000));
        let until = Some(Instant::now());
        assert_eq!(schema(text).unwrap().check(&json, until), None);
    }
}
