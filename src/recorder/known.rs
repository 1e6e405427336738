//! Values that a session knows by name, or made itself: where they come back, their names stand. Knows no messages.

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use crate::protocol::{Generated, GeneratedKind};
use crate::script::Value;

use super::literal::LiteralPart;

/// A shorter value is found by itself only, and where the member is called as the value is.
const FOUND_FROM: usize = 3;

/// A shorter value is not looked for within a text.
const SOUGHT_FROM: usize = 4;

/// The values of a session, apart from its secrets.
#[derive(Clone, Debug, Default)]
pub(super) struct SessionValues {
    named: Vec<NamedValue>,
    made: HashMap<String, GeneratedKind>,
    /// Those of them that may stand within a text, and what finds them.
    sought: Vec<Generated>,
    finder: OnceLock<Option<AhoCorasick>>,
}

/// A value under a name.
#[derive(Clone, Debug)]
struct NamedValue {
    name: String,
    text: String,
    /// Whether it is inserted bare as a JSON string: then it is no number, whatever it looks like.
    is_string: bool,
}

impl SessionValues {
    /// A name means this from here on.
    pub(super) fn name(&mut self, name: &str, value: &Value) {
        let text = value.as_text();
        if text.trim().is_empty() {
            return;
        }
        let is_string = matches!(value, Value::Json(json) if json.starts_with('"'));
        self.named.retain(|known| known.name != name);
        self.named.push(NamedValue {
            name: name.to_owned(),
            text,
            is_string,
        });
    }

    /// The same without names that mean nothing yet.
    pub(super) fn without(&self, names: &BTreeSet<String>) -> Self {
        let mut known = self.clone();
        known.named.retain(|named| !names.contains(&named.name));
        known
    }

    /// A value was made that has no name.
    pub(super) fn made(&mut self, value: &Generated) {
        let is_news = value.kind != GeneratedKind::Kept && !value.text.is_empty();
        if !is_news || self.made.contains_key(&value.text) {
            return;
        }
        self.made.insert(value.text.clone(), value.kind);
        let is_sought = matches!(value.kind, GeneratedKind::Word | GeneratedKind::Integer);
        if is_sought && value.text.len() >= SOUGHT_FROM {
            self.sought.push(value.clone());
            self.finder.take();
        }
    }

    /// What stands for a whole string, inside of quotes, or for one by its kind outside of them.
    pub(super) fn of_string(&self, text: &str, key: &str) -> Option<KnownAs> {
        if let Some(name) = self.named_as(text, key) {
            return Some(KnownAs::Inside(format!("{{{{{name}}}}}")));
        }
        Some(match self.made.get(text)? {
            GeneratedKind::Uuid => KnownAs::Bare("{{$uuid}}"),
            GeneratedKind::Timestamp => KnownAs::Bare("{{$datetime}}"),
            GeneratedKind::Integer => KnownAs::Inside("{{$integer}}".to_owned()),
            GeneratedKind::Word | GeneratedKind::Kept if text.len() >= SOUGHT_FROM => {
                KnownAs::Bare("{{$string}}")
            }
            GeneratedKind::Word | GeneratedKind::Kept => return None,
        })
    }

    /// What stands for a number.
    pub(super) fn of_number(&self, number: &str, key: &str) -> Option<String> {
        let named = self.named.iter().rev().find(|known| {
            known.text == number && !known.is_string && is_meant(number, &known.name, key)
        });
        if let Some(known) = named {
            return Some(format!("{{{{{}}}}}", known.name));
        }
        let made = self.made.get(number) == Some(&GeneratedKind::Integer);
        let made = made && number.len() >= FOUND_FROM;
        made.then(|| "{{$integer}}".to_owned())
    }

    fn named_as(&self, text: &str, key: &str) -> Option<&str> {
        let mut newest = self.named.iter().rev();
        let known = newest.find(|known| known.text == text && is_meant(text, &known.name, key))?;
        Some(&known.name)
    }

    /// Puts names where values stand within a text.
    pub(super) fn within(&self, fragments: Vec<LiteralPart>) -> Vec<LiteralPart> {
        let mut fragments = fragments;
        for known in self.named.iter().rev() {
            if known.text.len() >= SOUGHT_FROM {
                let slot = format!("{{{{{}}}}}", known.name);
                fragments = parted(fragments, &known.text, &slot);
            }
        }
        for made in self.made_in(&fragments) {
            let slot = match made.kind {
                GeneratedKind::Integer => "{{$integer}}",
                _ => "{{$any}}",
            };
            fragments = parted(fragments, &made.text, slot);
        }
        fragments
    }

    /// The values that were made and stand in a text.
    fn made_in(&self, fragments: &[LiteralPart]) -> Vec<&Generated> {
        if self.sought.is_empty() {
            return Vec::new();
        }
        let texts = self.sought.iter().map(|made| made.text.as_str());
        let finder = self.finder.get_or_init(|| AhoCorasick::new(texts).ok());
        let words = fragments.iter().filter_map(|part| match part {
            LiteralPart::Words(text) => Some(text.as_str()),
            LiteralPart::Slot(_) => None,
        });
        let mut found = BTreeSet::new();
        for text in words {
            let finder = finder.iter();
            let places = finder.flat_map(|finder| finder.find_overlapping_iter(text));
            found.extend(places.map(|place| place.pattern().as_usize()));
        }
        let found = found.into_iter();
        found.filter_map(|index| self.sought.get(index)).collect()
    }
}

/// What stands for a value that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum KnownAs {
    /// Inside of quotes.
    Inside(String),
    /// Outside of them.
    Bare(&'static str),
}

/// Whether a value was meant, and does not stand there by chance.
fn is_meant(text: &str, name: &str, key: &str) -> bool {
    text.len() >= FOUND_FROM || name.eq_ignore_ascii_case(key)
}

/// The fragments with a slot wherever a value stands by itself.
fn parted(fragments: Vec<LiteralPart>, value: &str, slot: &str) -> Vec<LiteralPart> {
    let mut parts = Vec::with_capacity(fragments.len());
    for fragment in fragments {
        let LiteralPart::Words(text) = fragment else {
            parts.push(fragment);
            continue;
        };
        let mut from = 0;
        for (at, _) in text.match_indices(value) {
            let end = at + value.len();
            if at < from || touched(&text, at, end) {
                continue;
            }
            let before = text.get(from..at).unwrap_or_default();
            if !before.is_empty() {
                parts.push(LiteralPart::Words(before.to_owned()));
            }
            parts.push(LiteralPart::Slot(slot.to_owned()));
            from = end;
        }
        let rest = text.get(from..).unwrap_or_default();
        if !rest.is_empty() || from == 0 {
            parts.push(LiteralPart::Words(rest.to_owned()));
        }
    }
    parts
}

/// Whether a letter or digit touches a stretch of a text.
fn touched(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|text| text.chars().next_back());
    let after = text.get(end..).and_then(|text| text.chars().next());
    [before, after]
        .into_iter()
        .flatten()
        .any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_where_their_values_come_back() {
        let mut known = SessionValues::default();
        known.name("room", &Value::Text("lobby".to_owned()));
        known.name("feed", &Value::Json("7".to_owned()));
        known.name("word", &Value::string("123456"));
        let inside = |name: &str| Some(KnownAs::Inside(format!("{{{{{name}}}}}")));
        assert_eq!(known.of_string("lobby", "x"), inside("room"));
        assert_eq!(known.of_number("7", "feed"), Some("{{feed}}".to_owned()));
        assert_eq!(known.of_number("7", "other"), None);
        assert_eq!(known.of_number("123456", "x"), None);
        let words = vec![LiteralPart::Words("in lobby, lobbying".to_owned())];
        let parts = known.within(words);
        assert_eq!(
            parts,
            [
                LiteralPart::Words("in ".to_owned()),
                LiteralPart::Slot("{{room}}".to_owned()),
                LiteralPart::Words(", lobbying".to_owned()),
            ]
        );
    }
}
