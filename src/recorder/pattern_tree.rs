//! JSON patterns: of a message, with placeholders where something changes by nature; of several messages of one shape,
//! with placeholders where they differ; and how they are written. Knows no session.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::known::{KnownAs, SessionValues};
use super::literal::{COLUMNS, LiteralPart, quoted};
use super::naming;
use super::vault::{Vault, is_token};
use super::volatile;

/// A part of a JSON pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PatternTree {
    /// `null`, `true`, `false` or a number, as it is written.
    Plain(String),
    /// A string.
    Text(Vec<LiteralPart>),
    /// A placeholder outside of quotes.
    Open(String),
    Array {
        elements: Vec<PatternTree>,
        /// Whether `{{$rest}}` stands at the end.
        rest: bool,
    },
    Object(Vec<(String, PatternTree)>),
}

/// A number of fewer digits may be that of a secret by chance.
const SURE_FROM: usize = 12;

/// Longer strings and arrays say little in a document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) string: usize,
    pub(super) elements: usize,
}

impl Limits {
    pub(super) const USUAL: Self = Self {
        string: 4096,
        elements: 64,
    };
    pub(super) const TIGHT: Self = Self {
        string: 200,
        elements: 4,
    };
}

/// Reads messages, and remembers what it finds in them.
pub(super) struct TreeReader<'a> {
    pub(super) known: &'a SessionValues,
    pub(super) vault: &'a mut Vault,
    /// Values that are sent later on, and have to be kept.
    pub(super) wanted: &'a BTreeSet<String>,
    /// Names that are taken in the block.
    pub(super) names: &'a mut BTreeSet<String>,
    pub(super) limits: Limits,
    /// What was kept: a name, its value, and whether it is a secret.
    pub(super) kept: Vec<(String, String, bool)>,
    /// Whether something was left out for its size.
    pub(super) shortened: bool,
}

impl TreeReader<'_> {
    pub(super) fn tree(&mut self, value: &Json, key: &str, hidden: bool) -> PatternTree {
        let hidden = hidden || naming::hides(key);
        match value {
            Json::Null | Json::Bool(_) => PatternTree::Plain(value.to_string()),
            Json::Number(number) => self.number(number.as_str(), key, hidden),
            Json::String(text) => self.string(text, key, hidden),
            Json::Array(values) => {
                let rest = values.len() > self.limits.elements;
                self.shortened |= rest;
                let values = values.iter().take(self.limits.elements);
                PatternTree::Array {
                    elements: values.map(|value| self.tree(value, key, hidden)).collect(),
                    rest,
                }
            }
            Json::Object(members) => PatternTree::Object(
                members
                    .iter()
                    .map(|(key, value)| (key.clone(), self.tree(value, key, hidden)))
                    .collect(),
            ),
        }
    }

    fn number(&mut self, number: &str, key: &str, hidden: bool) -> PatternTree {
        if let Some(name) = self.vault.name_of(number)
            && (hidden || number.len() >= SURE_FROM)
        {
            return PatternTree::Open(format!("{{{{{name}}}}}"));
        }
        if let Some(name) = self.coming(number) {
            return self.secret(number, &name);
        }
        if hidden {
            return self.secret(number, key);
        }
        if let Some(slot) = self.known.of_number(number, key) {
            return PatternTree::Open(slot);
        }
        match volatile::of_number(number, key) {
            Some(slot) => PatternTree::Open(slot.to_owned()),
            None => PatternTree::Plain(number.to_owned()),
        }
    }

    fn string(&mut self, text: &str, key: &str, hidden: bool) -> PatternTree {
        let slot = |slot: String| PatternTree::Text(vec![LiteralPart::Slot(slot)]);
        if let Some(name) = self.vault.name_of(text) {
            return slot(format!("{{{{{name}}}}}"));
        }
        if let Some(name) = self.coming(text) {
            return self.secret(text, &name);
        }
        if is_token(text) {
            return self.secret(text, "token");
        }
        if hidden && !text.trim().is_empty() {
            return self.secret(text, key);
        }
        match self.known.of_string(text, key) {
            Some(KnownAs::Inside(name)) => return slot(name),
            Some(KnownAs::Bare(kind)) => return self.open(kind.to_owned(), text, key),
            None => {}
        }
        if let Some(kind) = volatile::of_string(text) {
            return match kind.strip_prefix('"') {
                Some(_) => slot("{{$integer}}".to_owned()),
                None => self.open(kind, text, key),
            };
        }
        if text.len() > self.limits.string {
            self.shortened = true;
            return PatternTree::Open("{{$string}}".to_owned());
        }
        PatternTree::Text(self.fragments(text))
    }

    /// A text with names and placeholders in it.
    pub(super) fn fragments(&mut self, text: &str) -> Vec<LiteralPart> {
        let hidden = super::conceal::fragments(text, self.vault, self.names, &mut self.kept);
        let mut fragments = Vec::new();
        for fragment in self.known.within(hidden) {
            match fragment {
                LiteralPart::Words(text) => fragments.extend(volatile::in_text(&text)),
                slot @ LiteralPart::Slot(_) => fragments.push(slot),
            }
        }
        fragments
    }

    /// An open place, whose value is kept where it is sent later on.
    fn open(&mut self, slot: String, text: &str, key: &str) -> PatternTree {
        if !self.wanted.contains(text) || self.kept.iter().any(|(_, value, _)| value == text) {
            return PatternTree::Open(slot);
        }
        let name = self.take_name(&naming::of_kept(key));
        self.kept.push((name.clone(), text.to_owned(), false));
        let inside = slot.strip_suffix("}}").unwrap_or(&slot);
        PatternTree::Open(format!("{inside} as {name}}}}}"))
    }

    /// The name of a value that was said to come, and to be a secret then.
    fn coming(&self, value: &str) -> Option<String> {
        let mut coming = self.vault.coming().iter();
        let known = coming.find(|(_, known)| known == value);
        known.map(|(name, _)| name.clone())
    }

    fn secret(&mut self, value: &str, key: &str) -> PatternTree {
        let name = self.take_name(&naming::of_kept(key));
        self.vault.keep(&name, value);
        self.kept.push((name.clone(), value.to_owned(), true));
        PatternTree::Open(format!("{{{{$any as {name}}}}}"))
    }

    fn take_name(&mut self, wanted: &str) -> String {
        let name = naming::free(wanted, |name| self.names.contains(name));
        self.names.insert(name.clone());
        name
    }
}

impl PatternTree {
    /// What fits both: placeholders of their type where they differ.
    pub(super) fn merge(self, other: Self) -> Self {
        if self == other {
            return self;
        }
        match (self, other) {
            (
                Self::Array { elements, rest },
                Self::Array {
                    elements: others,
                    rest: other_rest,
                },
            ) if elements.len() == others.len() && rest == other_rest => Self::Array {
                elements: merged(elements, others),
                rest,
            },
            (Self::Object(members), Self::Object(others)) => Self::objects(members, others),
            (one, other) => Self::Open(one.kind_with(&other).to_owned()),
        }
    }

    fn objects(members: Vec<(String, Self)>, mut others: Vec<(String, Self)>) -> Self {
        let mut both = Vec::with_capacity(members.len());
        for (key, member) in members {
            if let Some(at) = others.iter().position(|(other, _)| *other == key) {
                let (_, other) = others.swap_remove(at);
                both.push((key, member.merge(other)));
            }
        }
        Self::Object(both)
    }

    /// The placeholder that takes both.
    fn kind_with(&self, other: &Self) -> &'static str {
        match (self.kind(), other.kind()) {
            (Some("{{$integer}}"), Some("{{$number}}"))
            | (Some("{{$number}}"), Some("{{$integer}}")) => "{{$number}}",
            (Some(one), Some(other)) if one == other => one,
            _ => "{{$any}}",
        }
    }

    fn kind(&self) -> Option<&'static str> {
        Some(match self {
            Self::Plain(word) if word == "true" || word == "false" => "{{$boolean}}",
            Self::Plain(word) if word == "null" => return None,
            Self::Plain(number) => volatile::of_kind(number),
            Self::Text(_) => "{{$string}}",
            Self::Open(slot) if slot == "{{$integer}}" => "{{$integer}}",
            Self::Open(slot) if slot == "{{$number}}" => "{{$number}}",
            Self::Open(slot) if slot == "{{$boolean}}" => "{{$boolean}}",
            Self::Open(slot)
                if ["{{$string}}", "{{$uuid}}", "{{$datetime}}"].contains(&slot.as_str())
                    || slot.starts_with("{{$match") =>
            {
                "{{$string}}"
            }
            _ => return None,
        })
    }

    /// On one line if it is short enough, else a member or element a line.
    pub(super) fn written(&self) -> String {
        let one = self.on_line();
        let is_long = one.chars().count() > COLUMNS;
        match self {
            Self::Array { .. } | Self::Object(_) if is_long => {
                let mut out = String::from("\n");
                self.write(&mut out, 0);
                out
            }
            _ => format!(" {one}"),
        }
    }

    pub(super) fn on_line(&self) -> String {
        match self {
            Self::Plain(word) | Self::Open(word) => word.clone(),
            Self::Text(fragments) => quoted(fragments),
            Self::Array { elements, rest } => {
                let elements = elements.iter().map(Self::on_line);
                let rest = rest.then(|| "{{$rest}}".to_owned());
                let elements: Vec<String> = elements.chain(rest).collect();
                format!("[{}]", elements.join(", "))
            }
            Self::Object(members) => {
                let member = |(key, value): &(String, Self)| {
                    let key = quoted(&[LiteralPart::Words(key.clone())]);
                    format!("{key}: {}", value.on_line())
                };
                let members: Vec<String> = members.iter().map(member).collect();
                format!("{{{}}}", members.join(", "))
            }
        }
    }

    fn write(&self, out: &mut String, depth: usize) {
        let one = self.on_line();
        let is_short = one.chars().count() + 2 * depth <= COLUMNS && depth > 0;
        let indent = |out: &mut String, depth: usize| {
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
        };
        match self {
            Self::Array { elements, rest } if !is_short && !elements.is_empty() => {
                out.push('[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    indent(out, depth + 1);
                    element.write(out, depth + 1);
                }
                if *rest {
                    out.push(',');
                    indent(out, depth + 1);
                    out.push_str("{{$rest}}");
                }
                indent(out, depth);
                out.push(']');
            }
            Self::Object(members) if !is_short && !members.is_empty() => {
                out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    indent(out, depth + 1);
                    out.push_str(&quoted(&[LiteralPart::Words(key.clone())]));
                    out.push_str(": ");
                    value.write(out, depth + 1);
                }
                indent(out, depth);
                out.push('}');
            }
            _ => out.push_str(&one),
        }
    }
}

fn merged(one: Vec<PatternTree>, other: Vec<PatternTree>) -> Vec<PatternTree> {
    let pairs = one.into_iter().zip(other);
    pairs.map(|(one, other)| one.merge(other)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> PatternTree {
        let value: Json = serde_json::from_str(text).unwrap();
        let mut reader = TreeReader {
            known: &SessionValues::default(),
            vault: &mut Vault::default(),
            wanted: &BTreeSet::new(),
            names: &mut BTreeSet::new(),
            limits: Limits::USUAL,
            kept: Vec::new(),
            shortened: false,
        };
        reader.tree(&value, "", false)
    }

    #[test]
    fn what_changes_by_nature_is_left_open() {
        for (message, pattern) in [
            (
                r#"{"a":1.50,"b":[true,null]}"#,
                r#"{"a": 1.50, "b": [true, null]}"#,
            ),
            (
                r#"{"id":"5f0c1e52-9b1c-4d3e-8a7f-0123456789ab"}"#,
                r#"{"id": {{$uuid}}}"#,
            ),
            (
                r#"{"ts":17,"at":1795348984}"#,
                r#"{"ts": {{$integer}}, "at": {{$integer}}}"#,
            ),
            (
                r#"{"password":"x","n":{"token":5}}"#,
                r#"{"password": {{$any as password}}, "n": {"token": {{$any as token}}}}"#,
            ),
            (r#"{"{{a}}":"{{$b}}"}"#, r#"{"\{{a}}": "\{{$b}}"}"#),
            (
                r#"{"m":"at 2026-11-22T12:03:04Z"}"#,
                r#"{"m": "at {{$datetime}}"}"#,
            ),
        ] {
            assert_eq!(tree(message).on_line(), pattern);
        }
    }

    #[test]
    fn messages_of_one_shape_are_one_pattern() {
        for (one, other, pattern) in [
            (
                r#"{"a":1,"b":"x"}"#,
                r#"{"b":"x","a":2}"#,
                r#"{"a": {{$integer}}, "b": "x"}"#,
            ),
            (r#"{"a":1}"#, r#"{"a":2.5}"#, r#"{"a": {{$number}}}"#),
            (r#"{"a":"x"}"#, r#"{"a":"y"}"#, r#"{"a": {{$string}}}"#),
            (r#"{"a":[1]}"#, r#"{"a":[1,2]}"#, r#"{"a": {{$any}}}"#),
            ("[true]", "[false]", "[{{$boolean}}]"),
        ] {
            assert_eq!(tree(one).merge(tree(other)).on_line(), pattern);
        }
    }

    #[test]
    fn long_patterns_have_lines() {
        let long = format!(r#"{{"a": "{}", "b": [1, 2]}}"#, "x".repeat(100));
        let written = tree(&long).written();
        assert_eq!(
            written,
            format!(
                "\n{{\n  \"a\": \"{}\",\n  \"b\": [1, 2]\n}}",
                "x".repeat(100)
            )
        );
    }
}
