//! An edit that the client was asked for and has not confirmed.

use std::sync::Arc;

/// Transcripts that the client was asked to put into a document.
#[derive(Clone, Debug)]
pub(super) struct PendingEdit {
    pub(super) uri: String,
    /// The text that ran, and what came of it.
    pub(super) ran: Arc<str>,
    pub(super) recorded: Arc<str>,
    /// The version that the edit was made for.
    pub(super) version: i64,
    pub(super) attempts: usize,
    /// Whether it was refused, and waits for the change that was under way.
    pub(super) is_refused: bool,
}
