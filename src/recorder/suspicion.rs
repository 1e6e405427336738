//! Whether a message that came may hold a secret that is news. Errs on the side of yes; of a flood it says no at once.

use std::collections::HashMap;

use super::conceal::has_parameters;
use super::naming;
use super::vault::{Vault, tokens_in};
use crate::format::json::{JsonTokenKind, tokens};
use crate::protocol::Frame;

/// Keys that are remembered at most.
const KEYS: usize = 1000;

/// Which keys say that what stands there is a secret.
#[derive(Clone, Debug, Default)]
pub(super) struct Suspicion {
    keys: HashMap<String, bool>,
}

impl Suspicion {
    pub(super) fn falls_on(&mut self, frame: &Frame, vault: &Vault) -> bool {
        let Frame::Text(text) = frame.content() else {
            return true;
        };
        let is_json = text.trim_start().starts_with(['{', '[', '"']);
        // What is escaped reads otherwise.
        (is_json && text.contains('\\'))
            || has_parameters(text)
            || !tokens_in(text).is_empty()
            || vault
                .coming()
                .iter()
                .any(|(_, value)| text.contains(value.as_str()))
            || (is_json && self.has_hidden_key(text))
    }

    fn has_hidden_key(&mut self, text: &str) -> bool {
        let mut before = "";
        for token in tokens(text.as_bytes()) {
            let word = text.get(token.range).unwrap_or_default();
            match token.kind {
                JsonTokenKind::Colon if self.hides(before.trim_matches('"')) => return true,
                JsonTokenKind::Blank => {}
                _ => before = word,
            }
        }
        false
    }

    fn hides(&mut self, key: &str) -> bool {
        if let Some(known) = self.keys.get(key) {
            return *known;
        }
        let hides = naming::hides(key);
        if self.keys.len() < KEYS {
            self.keys.insert(key.to_owned(), hides);
        }
        hides
    }
}
