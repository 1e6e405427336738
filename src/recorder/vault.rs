//! Values that must not be written down, and the names that stand for them. Knows no text that they stand in.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use regex::Regex;

use super::naming;

/// The secrets of a recording.
#[derive(Clone, Debug, Default)]
pub(super) struct Vault {
    entries: Vec<VaultEntry>,
    /// Where each value stands among them.
    values: HashMap<String, usize>,
    names: HashSet<String>,
    /// How often a name was wanted that was taken: the numbers up to there are taken.
    wanted: HashMap<String, u32>,
    /// Names and values that will come, and are secrets from then on.
    coming: Vec<(String, String)>,
}

/// One of them.
#[derive(Clone, Debug)]
pub(super) struct VaultEntry {
    pub(super) name: String,
    pub(super) value: String,
    /// How it is computed of another one, if it is: an `@let` of the head.
    pub(super) computed: Option<String>,
    /// Whether the block keeps it itself, of a message that came.
    pub(super) kept: bool,
    /// As it stands in JSON, percent-encoded, and in base64.
    pub(super) spelled: Arc<[String; 3]>,
}

impl VaultEntry {
    fn new(name: &str, value: &str) -> Self {
        let escaped = serde_json::Value::from(value).to_string();
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
            computed: None,
            kept: false,
            spelled: Arc::new([
                escaped.trim_matches('"').to_owned(),
                utf8_percent_encode(value, NON_ALPHANUMERIC).to_string(),
                STANDARD.encode(value),
            ]),
        }
    }
}

impl Vault {
    /// Takes a value in, and gives its name: `wanted`, or what it has already.
    pub(super) fn add(&mut self, wanted: &str, value: &str) -> String {
        self.put(wanted, value, None)
    }

    /// The same of a value that is a part of another: `expression` says how it is had.
    pub(super) fn add_part(&mut self, wanted: &str, value: &str, expression: String) -> String {
        self.put(wanted, value, Some(expression))
    }

    fn put(&mut self, wanted: &str, value: &str, computed: Option<String>) -> String {
        if let Some(known) = self.name_of(value) {
            return known.to_owned();
        }
        let name = self.free(wanted);
        self.push(VaultEntry {
            computed,
            ..VaultEntry::new(&name, value)
        });
        name
    }

    fn free(&mut self, wanted: &str) -> String {
        if !self.names.contains(wanted) {
            return wanted.to_owned();
        }
        let number = self.wanted.entry(wanted.to_owned()).or_insert(1);
        loop {
            *number = number.saturating_add(1);
            let made = format!("{wanted}_{number}");
            if !self.names.contains(&made) {
                return made;
            }
        }
    }

    fn push(&mut self, entry: VaultEntry) {
        let index = self.entries.len();
        self.values.entry(entry.value.clone()).or_insert(index);
        self.names.insert(entry.name.clone());
        self.entries.push(entry);
    }

    /// Says that a value will come that is a secret, and what it is to be called.
    pub(super) fn announce(&mut self, name: &str, value: &str) {
        self.coming.push((name.to_owned(), value.to_owned()));
    }

    /// The names and values that will come.
    pub(super) fn coming(&self) -> &[(String, String)] {
        &self.coming
    }

    /// Says that the block keeps a value itself from here on.
    pub(super) fn keep(&mut self, name: &str, value: &str) {
        self.push(VaultEntry {
            kept: true,
            ..VaultEntry::new(name, value)
        });
    }

    /// The name of a value.
    pub(super) fn name_of(&self, value: &str) -> Option<&str> {
        let known = self.entries.get(*self.values.get(value)?)?;
        Some(&known.name)
    }

    pub(super) fn entries(&self) -> &[VaultEntry] {
        &self.entries
    }
}

/// The JSON web tokens in a text (RFC 7519): places in bytes.
pub(super) fn tokens_in(text: &str) -> Vec<std::ops::Range<usize>> {
    static TOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"\bey[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{2,}\.[A-Za-z0-9_-]*").ok()
    });
    let Some(token) = TOKEN.as_ref() else {
        return Vec::new();
    };
    let found = token.find_iter(text);
    found
        .filter(|found| is_header(found.as_str().split('.').next().unwrap_or_default()))
        .map(|found| found.range())
        .collect()
}

/// Whether a value must not be written down: for its name, or since it is a JSON web token.
#[must_use]
pub fn is_hidden(name: &str, value: &str) -> bool {
    naming::hides(name) || !tokens_in(value).is_empty()
}

/// Whether a text is one JSON web token.
pub(super) fn is_token(text: &str) -> bool {
    matches!(tokens_in(text).as_slice(), [whole] if *whole == (0..text.len()))
}

fn is_header(part: &str) -> bool {
    let decoded = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
    serde_json::from_slice::<serde_json::Value>(&decoded).is_ok_and(|header| header.is_object())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl";

    #[test]
    fn tokens_are_told_by_their_header() {
        assert!(is_token(TOKEN));
        let found = tokens_in(&format!("Bearer {TOKEN}, x"));
        assert_eq!(found.first(), Some(&(7..TOKEN.len() + 7)));
        assert_eq!(found.len(), 1);
        for text in ["eyJhbGci.a.b", "eyebrows-are.not.tokens", "", "a.b.c"] {
            assert!(tokens_in(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_value_has_one_name_and_a_name_one_value() {
        let mut vault = Vault::default();
        assert_eq!(vault.add("TOKEN", "a"), "TOKEN");
        assert_eq!(vault.add("TOKEN", "b"), "TOKEN_2");
        assert_eq!(vault.add("PIN", "a"), "TOKEN");
        assert_eq!(vault.name_of("b"), Some("TOKEN_2"));
    }
}
