//! What the prompt knows of its session: who its clients are, and whether something has failed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::script::Script;

/// What is known of the session.
#[derive(Default)]
pub(super) struct SessionView {
    /// An entry was wrong, or failed.
    failed: AtomicBool,
    known: Mutex<KnownWords>,
}

/// Words that the session knows.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownWords {
    /// The block's clients.
    pub(super) clients: Vec<String>,
}

impl SessionView {
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
}
