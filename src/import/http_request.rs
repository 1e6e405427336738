//! Placeholders of `.http` and `.void` files → those of scripts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Reads placeholders, and remembers which names they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Placeholders {
    /// Names of variables.
    pub(super) names: BTreeSet<String>,
    /// What is unknown: as it was written, and what stands there.
    pub(super) unknown: BTreeMap<String, String>,
}

impl Placeholders {
    /// A text with the placeholders of a script.
    pub(super) fn read(&mut self, text: &str) -> String {
        let Some(slot) = slot() else {
            return text.to_owned();
        };
        let replaced = slot.replace_all(text, |groups: &Captures<'_>| {
            let whole = groups.get(0).map_or("", |found| found.as_str());
            let inside = groups.get(1).map_or("", |found| found.as_str());
            self.one(inside.trim(), whole)
        });
        replaced.into_owned()
    }

    fn one(&mut self, inside: &str, whole: &str) -> String {
        if let Some(made) = generated(inside) {
            return made;
        }
        let environment = [
            "$processEnv ",
            "$dotenv ",
            "$env.",
            "process.env.",
            "$processEnv.",
            "env.",
        ];
        let name = environment
            .iter()
            .find_map(|prefix| inside.strip_prefix(prefix));
        let name = name.unwrap_or(inside).trim_start_matches('%');
        let is_plain = is_name(name);
        let made = if is_plain {
            name.to_owned()
        } else {
            as_name(name)
        };
        let slot = format!("{{{{{made}}}}}");
        if !is_plain {
            self.unknown.insert(whole.to_owned(), slot.clone());
        }
        self.names.insert(made);
        slot
    }
}

fn slot() -> Option<&'static Regex> {
    static SLOT: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\{\{[ \t]*([$%A-Za-z_][^{}\n]{0,200}?)[ \t]*\}\}").ok());
    SLOT.as_ref()
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// The nearest name that a variable can have.
fn as_name(text: &str) -> String {
    let part = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '_'
        }
    };
    let made: String = text.chars().take(40).map(part).collect();
    let made = made.trim_matches('_');
    if made.starts_with(|first: char| first.is_ascii_alphabetic()) {
        made.to_owned()
    } else {
        format!("value_{made}")
    }
}

/// A generated value.
fn generated(inside: &str) -> Option<String> {
    let words: Vec<&str> = inside
        .split([' ', '(', ')', ','])
        .filter(|word| !word.is_empty())
        .collect();
    let number = |at: usize, default: i64| {
        words
            .get(at)
            .and_then(|word| word.parse::<i64>().ok())
            .unwrap_or(default)
    };
    Some(match *words.first()? {
        "$uuid" | "$guid" | "$random.uuid" | "$randomUUID" => "{{$uuid}}".to_owned(),
        "$timestamp" => "{{$epoch}}".to_owned(),
        "$isoTimestamp" | "$datetime" | "$localDatetime" => "{{$timestamp}}".to_owned(),
        "$randomInt" | "$random.integer" => {
            let (low, high) = (number(1, 0), number(2, 1000));
            format!("{{{{$randomInt {low} {}}}}}", high.max(low))
        }
        "$random.alphanumeric" | "$random.alphabetic" | "$random.hexadecimal" => {
            format!("{{{{$randomString {}}}}}", number(1, 8).clamp(1, 1000))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_become_ours() {
        let mut placeholders = Placeholders::default();
        for (written, made) in [
            ("{{host}}/{{ path }}", "{{host}}/{{path}}"),
            (
                "{{$uuid}} {{$random.uuid}} {{$guid}}",
                "{{$uuid}} {{$uuid}} {{$uuid}}",
            ),
            ("{{$timestamp}}", "{{$epoch}}"),
            ("{{$randomInt 1 6}}", "{{$randomInt 1 6}}"),
            ("{{$random.integer(1, 6)}}", "{{$randomInt 1 6}}"),
            ("{{$processEnv API_KEY}}", "{{API_KEY}}"),
            (
                "{{login.response.body.token}}",
                "{{login_response_body_token}}",
            ),
            ("{\"a\": {}}", "{\"a\": {}}"),
        ] {
            assert_eq!(placeholders.read(written), made);
        }
        assert_eq!(placeholders.unknown.len(), 1);
    }
}
