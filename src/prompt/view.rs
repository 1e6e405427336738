//! What the prompt knows of its session: where its connection is, which names have values, which keys messages have.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::format::json::{JsonTokenKind, tokens};
use crate::protocol::{EventKind, Frame};
use crate::runner::LiveStatus;
use crate::script::Script;

/// Keys that are remembered at most.
const KEYS: usize = 1000;

/// Bytes of a message that are looked at for keys.
const LOOKED_AT: usize = 16 << 10;

/// What is known of the session.
#[derive(Default)]
pub(super) struct SessionView {
    status: AtomicU8,
    /// An entry was wrong, or failed.
    failed: AtomicBool,
    known: Mutex<KnownWords>,
}

/// Words that may be completed.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownWords {
    /// The block's clients.
    pub(super) clients: Vec<String>,
    /// Names that have values.
    pub(super) names: BTreeSet<String>,
    /// Keys of messages that came.
    pub(super) keys: BTreeSet<String>,
}

impl SessionView {
    pub(super) fn set_status(&self, status: LiveStatus) {
        self.status.store(status as u8, Ordering::Relaxed);
    }

    /// The status in a word; all words are as long, so that a prompt can change while it is shown.
    pub(super) fn status(&self) -> LiveStatus {
        match self.status.load(Ordering::Relaxed) {
            0 => LiveStatus::Connecting,
            1 => LiveStatus::Connected,
            _ => LiveStatus::Disconnected,
        }
    }

    /// An entry was wrong, or failed.
    pub(super) fn fail(&self) {
        self.failed.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    pub(super) fn known(&self) -> MutexGuard<'_, KnownWords> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The block is known.
    pub(super) fn learn_script(&self, script: &Script) {
        let clients = script.clients.iter().map(|name| name.text.clone());
        self.known().clients = clients.collect();
    }

    /// Something happened: a message may have keys that are new.
    pub(super) fn learn(&self, kind: &EventKind) {
        let EventKind::Received { frame, .. } = kind else {
            return;
        };
        let Frame::Text(text) = frame.content() else {
            return;
        };
        if text.len() > LOOKED_AT || !text.starts_with(['{', '[']) {
            return;
        }
        let mut known = self.known();
        if known.keys.len() < KEYS {
            known.keys.extend(keys(text));
        }
    }
}

/// The keys of a JSON text that can be typed as they are.
fn keys(text: &str) -> Vec<String> {
    let found: Vec<_> = tokens(text.as_bytes()).collect();
    let next = found.iter().skip(1).map(|token| token.kind);
    let keys = found.iter().zip(next).filter(|(token, next)| {
        token.kind == JsonTokenKind::String && *next == JsonTokenKind::Colon
    });
    let plain = |key: &&str| {
        key.len() < 64
            && !key.is_empty()
            && key
                .chars()
                .all(|next| next.is_alphanumeric() || matches!(next, '_' | '-'))
    };
    keys.filter_map(|(token, _)| text.get(token.range.start + 1..token.range.end - 1))
        .filter(plain)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_that_can_be_typed_are_known() {
        let text = r#"{"op": "x", "a b": {"deep-er": 1}, "": 1, "\u001b[2J": 2, "é": [{"in": 1}]}"#;
        assert_eq!(keys(text), ["op", "deep-er", "é", "in"]);
        assert_eq!(keys("{\"a\": \"b"), ["a"]);
    }
}
