//! Takes secrets out of texts: out of what was typed, before it is written down, and out of what came. Knows which values
//! are secrets by their names, by their look, and by the vault.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use percent_encoding::percent_decode_str;
use regex::Regex;

use super::literal::LiteralPart;
use super::naming;
use super::vault::{Vault, tokens_in};
use crate::format::json::{JsonToken, JsonTokenKind, tokens};

/// A shorter value is looked for by itself only: it stands in any text by chance.
const SOUGHT_FROM: usize = 4;

/// A shorter one is not looked for.
const LEAST: usize = 3;

/// How a name stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlotPlace {
    /// Where `{{NAME}}` is read.
    Template,
    /// In an expression, within a string of it.
    Expression,
}

impl SlotPlace {
    fn slot(self, name: &str) -> String {
        match self {
            Self::Template => format!("{{{{{name}}}}}"),
            Self::Expression => format!("\\(${name})"),
        }
    }
}

/// A step as it was typed, without secrets: new ones go into the vault.
pub(super) fn step(source: &str, vault: &mut Vault) -> String {
    let named = members(source, vault);
    let mut out = String::with_capacity(named.len());
    for line in named.split_inclusive('\n') {
        let place = place_of(line);
        out.push_str(&text(line, place, vault));
    }
    out
}

/// What is read on a line of a step.
pub(super) fn place_of(line: &str) -> SlotPlace {
    let is_words = ["-- #", "-- note", "-- wait", "-- within", "-- times"];
    if line.starts_with("-- ") && !is_words.iter().any(|start| line.starts_with(start)) {
        SlotPlace::Expression
    } else {
        SlotPlace::Template
    }
}

/// A text without JSON web tokens, query parameters whose names say that they are secrets, and what the vault has.
pub(super) fn text(source: &str, place: SlotPlace, vault: &mut Vault) -> String {
    let slots = placeholders(source);
    let free = |range: &Range<usize>| !slots.iter().any(|slot| overlap(slot, range));
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for range in tokens_in(source).into_iter().filter(|range| free(range)) {
        let value = source.get(range.clone()).unwrap_or_default();
        let name = vault.add("TOKEN", value);
        edits.push((range, place.slot(&name)));
    }
    for (name, range) in parameters(source) {
        if free(&range) && !edits.iter().any(|(taken, _)| overlap(taken, &range)) {
            let value = source.get(range.clone()).unwrap_or_default();
            let slot = parameter(&name, value, place, vault);
            edits.push((range, slot));
        }
    }
    let source = apply(source, edits);
    known(&source, place, vault)
}

/// What stands for the value of a query parameter: as it is in the URL, or percent-encoded of what it means.
fn parameter(name: &str, value: &str, place: SlotPlace, vault: &mut Vault) -> String {
    let decoded = percent_decode_str(value).decode_utf8_lossy();
    let is_plain = decoded == value;
    let name = vault.add(&naming::of_secret(name), &decoded);
    if is_plain || place == SlotPlace::Expression {
        place.slot(&name)
    } else {
        format!("{{{{$uri {name}}}}}")
    }
}

/// The values of JSON members whose names say that they are secrets give way to names.
fn members(source: &str, vault: &mut Vault) -> String {
    let tokens: Vec<JsonToken> = tokens(source.as_bytes())
        .filter(|token| token.kind != JsonTokenKind::Blank)
        .collect();
    let text = |token: &JsonToken| source.get(token.range.clone()).unwrap_or_default();
    let mut edits = Vec::new();
    // For each depth the name of the member that was opened there or above it, if it is such a name.
    let mut key: Option<String> = None;
    let mut open: Vec<Option<String>> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let is_name = tokens
            .get(index + 1)
            .is_some_and(|next| next.kind == JsonTokenKind::Colon);
        let above = || open.last().cloned().flatten();
        match token.kind {
            JsonTokenKind::String if is_name => {
                let name: String = serde_json::from_str(text(token)).unwrap_or_default();
                key = naming::hides(&name).then_some(name);
                continue;
            }
            JsonTokenKind::Colon => continue,
            JsonTokenKind::Open => {
                let name = key.take().or_else(above);
                open.push(name);
                continue;
            }
            JsonTokenKind::Close => {
                open.pop();
            }
            JsonTokenKind::String | JsonTokenKind::Word => {
                let name = key.take().or_else(above);
                if let Some(name) = name
                    && let Some(slot) = member(&name, text(token), vault)
                {
                    edits.push((token.range.clone(), slot));
                }
            }
            _ => {}
        }
        key = None;
    }
    apply(source, edits)
}

/// What stands for a member's value; `None` where it stays.
fn member(key: &str, token: &str, vault: &mut Vault) -> Option<String> {
    if token.starts_with('"') {
        let value: String = serde_json::from_str(&token.replace("\\{{", "{{")).ok()?;
        if value.trim().is_empty() || !placeholders(token).is_empty() {
            return None;
        }
        let name = vault.add(&naming::of_secret(key), &value);
        return Some(format!("\"{{{{{name}}}}}\""));
    }
    let is_number = serde_json::from_str::<serde_json::Number>(token).is_ok();
    is_number.then(|| format!("{{{{{}}}}}", vault.add(&naming::of_secret(key), token)))
}

/// Puts names where the vault's values stand: as they are, JSON-escaped, percent-encoded, or in base64.
pub(super) fn known<'v>(source: &str, place: SlotPlace, vault: &'v Vault) -> String {
    let mut needles: Vec<(&str, String)> = Vec::new();
    for entry in vault.entries() {
        let value = entry.value.as_str();
        if value.len() < LEAST {
            continue;
        }
        let name = &entry.name;
        // Most stand in no text: what is made for those that do may cost something.
        let mut add = |needle: &'v str, slot: &dyn Fn() -> String| {
            let is_there = !needle.is_empty() && source.contains(needle);
            if is_there && !needles.iter().any(|(known, _)| *known == needle) {
                needles.push((needle, slot()));
            }
        };
        let [escaped, encoded, base64] = &*entry.spelled;
        add(value, &|| place.slot(name));
        add(escaped, &|| place.slot(name));
        if place == SlotPlace::Template && value.len() >= SOUGHT_FROM {
            add(encoded, &|| format!("{{{{$uri {name}}}}}"));
            add(base64, &|| format!("{{{{$base64 {name}}}}}"));
        }
    }
    if needles.is_empty() {
        return source.to_owned();
    }
    let finder = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(needles.iter().map(|(needle, _)| *needle));
    let Ok(finder) = finder else {
        return source.to_owned();
    };
    let slots = placeholders(source);
    let edits = finder.find_iter(source).filter_map(|found| {
        let range = found.range();
        let (needle, slot) = needles.get(found.pattern().as_usize())?;
        let is_free = !slots.iter().any(|slot| overlap(slot, &range));
        let stands = needle.len() >= SOUGHT_FROM || alone(source, &range);
        (is_free && stands).then(|| (range, slot.clone()))
    });
    let edits = edits.collect();
    apply(source, edits)
}

/// A text that came, with names where secrets stand, and places that keep those that are news.
pub(super) fn fragments(
    text: &str,
    vault: &mut Vault,
    names: &mut BTreeSet<String>,
    kept: &mut Vec<(String, String, bool)>,
) -> Vec<LiteralPart> {
    let tokens = tokens_in(text).into_iter();
    let mut news: Vec<(Range<usize>, String)> =
        tokens.map(|range| (range, "token".to_owned())).collect();
    for (name, value) in vault.coming() {
        for (at, _) in text.match_indices(value.as_str()) {
            news.push((at..at + value.len(), name.clone()));
        }
    }
    for (name, range) in parameters(text) {
        if !news.iter().any(|(taken, _)| overlap(taken, &range)) {
            news.push((range, naming::of_kept(&name)));
        }
    }
    news.sort_by_key(|(range, _)| range.start);
    let mut fragments = Vec::new();
    let mut at = 0;
    for (range, wanted) in news {
        let value = text.get(range.clone()).unwrap_or_default();
        let slot = if let Some(name) = vault.name_of(value) {
            format!("{{{{{name}}}}}")
        } else {
            let name = naming::free(&wanted, |name| names.contains(name));
            names.insert(name.clone());
            vault.keep(&name, value);
            kept.push((name.clone(), value.to_owned(), true));
            format!("{{{{$any as {name}}}}}")
        };
        push_known(&mut fragments, text.get(at..range.start), vault);
        fragments.push(LiteralPart::Slot(slot));
        at = range.end;
    }
    push_known(&mut fragments, text.get(at..), vault);
    if fragments.is_empty() {
        fragments.push(LiteralPart::Words(String::new()));
    }
    fragments
}

/// The pieces of a text around the vault's values, which stand as they are.
fn push_known(fragments: &mut Vec<LiteralPart>, text: Option<&str>, vault: &Vault) {
    let text = text.unwrap_or_default();
    let mut at = 0;
    while let Some((range, name)) = first_known(text, at, vault) {
        let before = text.get(at..range.start).unwrap_or_default();
        if !before.is_empty() {
            fragments.push(LiteralPart::Words(before.to_owned()));
        }
        fragments.push(LiteralPart::Slot(format!("{{{{{name}}}}}")));
        at = range.end;
    }
    let rest = text.get(at..).unwrap_or_default();
    if !rest.is_empty() {
        fragments.push(LiteralPart::Words(rest.to_owned()));
    }
}

fn first_known<'v>(text: &str, from: usize, vault: &'v Vault) -> Option<(Range<usize>, &'v str)> {
    let rest = text.get(from..)?;
    let sought = vault
        .entries()
        .iter()
        .filter(|entry| entry.value.len() >= LEAST);
    let found = sought.filter_map(|entry| {
        let at = from + rest.find(&entry.value)?;
        let range = at..at + entry.value.len();
        let stands = entry.value.len() >= SOUGHT_FROM || alone(text, &range);
        stands.then_some((range, entry.name.as_str()))
    });
    found.min_by_key(|(range, _)| (range.start, usize::MAX - range.end))
}

/// Whether a text has a query parameter whose name says that it is a secret.
pub(super) fn has_parameters(text: &str) -> bool {
    (text.contains('=') || text.contains("://")) && !parameters(text).is_empty()
}

/// The query parameters in a text, and the fields of a form that is sent, whose names say that they are secrets: the name,
/// and where the value stands.
fn parameters(text: &str) -> Vec<(String, Range<usize>)> {
    static PARAMETER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r#"(?m)(?:[?&]|^(?:(?:\S+ )?(?:->|→) text )?)([A-Za-z][\w.-]*)=([^&\s"'<>#{}]+)"#,
        )
        .ok()
    });
    let Some(parameter) = PARAMETER.as_ref() else {
        return Vec::new();
    };
    let found = parameter.captures_iter(text);
    let parameters = found.filter_map(|groups| {
        let name = groups.get(1)?.as_str();
        let value = groups.get(2)?.range();
        naming::hides(name).then(|| (name.to_owned(), value))
    });
    parameters.chain(passwords(text)).collect()
}

/// The passwords of the URLs in a text.
fn passwords(text: &str) -> Vec<(String, Range<usize>)> {
    static PASSWORD: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"://[^/?\s:@"'<>#{}]*:([^/?\s@"'<>#{}]+)@"#).ok());
    let found = PASSWORD
        .as_ref()
        .map(|password| password.captures_iter(text));
    let found = found.into_iter().flatten();
    found
        .filter_map(|groups| Some(("password".to_owned(), groups.get(1)?.range())))
        .collect()
}

/// Where `{{…}}` stands.
pub(super) fn placeholders(text: &str) -> Vec<Range<usize>> {
    static SLOT: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\{\{[A-Za-z_$][^{}\n]*\}\}").ok());
    let found = SLOT.as_ref().map(|slot| slot.find_iter(text));
    found.map_or_else(Vec::new, |found| found.map(|found| found.range()).collect())
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// Whether no letter or digit touches a stretch of a text.
fn alone(text: &str, range: &Range<usize>) -> bool {
    let before = text
        .get(..range.start)
        .and_then(|text| text.chars().next_back());
    let after = text.get(range.end..).and_then(|text| text.chars().next());
    [before, after]
        .into_iter()
        .flatten()
        .all(|next| !next.is_alphanumeric())
}

fn apply(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, new) in edits {
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str(&new);
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl";

    #[test]
    fn the_first_field_of_a_form_is_hidden_as_the_others_are() {
        let mut vault = Vault::default();
        let written = step(
            "-> text password=hunter9&a=1&client_secret=abcd99",
            &mut vault,
        );
        let expected = "-> text password={{PASSWORD}}&a=1&client_secret={{CLIENT_SECRET}}";
        assert_eq!(written, expected);
        for (sent, written) in [
            (
                "bob → text api_key=12345678",
                "bob → text api_key={{API_KEY}}",
            ),
            (
                "-> text\ntoken=abcd1234&b=2",
                "-> text\ntoken={{TOKEN}}&b=2",
            ),
        ] {
            assert_eq!(step(sent, &mut vault), written);
        }
        assert_eq!(step("-- save token=.a.b", &mut vault), "-- save token=.a.b");
    }

    #[test]
    fn deep_nesting_takes_no_longer_than_its_length() {
        let depth = 100_000;
        let [open, close] = ["[", "]"].map(|bracket| bracket.repeat(depth));
        let mut vault = Vault::default();
        let written = step(
            &format!("-> {{\"secret\": {open}\"abcd1\"{close}}}"),
            &mut vault,
        );
        assert!(written.contains("{{SECRET}}") && !written.contains("abcd1"));
    }

    #[test]
    fn what_is_typed_is_written_without_its_secrets() {
        let mut vault = Vault::default();
        vault.add("AUTHORIZATION", "Bearer abc/def");
        vault.add("PART", "abc/def");
        let jwt = format!("-> text hi {TOKEN}.");
        for (typed, written) in [
            (
                r#"-> {"password": "hunter2", "user": "ann"}"#,
                r#"-> {"password": "{{PASSWORD}}", "user": "ann"}"#,
            ),
            (r#"-> {"pin_key": 1234}"#, r#"-> {"pin_key": {{PIN_KEY}}}"#),
            (
                r#"-> {"credentials": {"a": "one1", "b": ["two2"]}, "c": "x"}"#,
                r#"-> {"credentials": {"a": "{{CREDENTIALS}}", "b": ["{{CREDENTIALS_2}}"]}, "c": "x"}"#,
            ),
            (
                r#"-> {"token": "{{TOKEN}}"}"#,
                r#"-> {"token": "{{TOKEN}}"}"#,
            ),
            ("-> text again hunter2", "-> text again {{PASSWORD}}"),
            (
                r#"-- check .a == "hunter2""#,
                r#"-- check .a == "\($PASSWORD)""#,
            ),
            ("-> text abc/def", "-> text {{PART}}"),
            (
                "-> text wss://ann:s3cret@h/ http://h:80/@x",
                "-> text wss://ann:{{PASSWORD_2}}@h/ http://h:80/@x",
            ),
            (
                "-> text x?token=a%2Fb&y=1",
                "-> text x?token={{$uri TOKEN}}&y=1",
            ),
            (&jwt, "-> text hi {{TOKEN_2}}."),
        ] {
            assert_eq!(step(typed, &mut vault), written);
        }
    }

    #[test]
    fn what_came_keeps_secrets_that_are_news() {
        let mut vault = Vault::default();
        vault.add("PART", "abc/def");
        let (mut names, mut kept) = (BTreeSet::new(), Vec::new());
        let text = format!("a abc/def {TOKEN} ?key=5x");
        let parts = fragments(&text, &mut vault, &mut names, &mut kept);
        let told: String = parts
            .iter()
            .map(|part| match part {
                LiteralPart::Words(text) | LiteralPart::Slot(text) => text.as_str(),
            })
            .collect();
        assert_eq!(told, "a {{PART}} {{$any as token}} ?key={{$any as key}}");
        assert_eq!(kept.len(), 2);
    }
}
