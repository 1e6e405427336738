//! What is known of an entry besides what it shows: which step matched or sent it, and which of its places are open.

use std::sync::Arc;

use crate::protocol::Open;
use crate::source::Span;

/// What is known of an entry besides what it shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Mark {
    /// The expectation that matched it.
    pub(crate) matched: Option<Span>,
    /// The step of a clock that sent it.
    pub(crate) beat: Option<Span>,
    /// Kept values that were inserted by their names.
    pub(crate) inserted: Vec<String>,
    /// The places that patterns leave open in it.
    pub(crate) open: Vec<Arc<Open>>,
}

/// What one event adds to the mark of an entry.
#[derive(Clone, Debug)]
pub(super) enum Note {
    /// It was matched by the expectation at that place.
    Matched(Option<Span>),
    /// A pattern leaves places open in it.
    Open(Arc<Open>),
}

/// Patterns and `-- save` lines that can have a say about one entry; more leave nothing open.
const MOST: usize = 64;

impl Mark {
    pub(super) fn new(matched: Option<Span>, beat: Option<Span>, inserted: Vec<String>) -> Self {
        Self {
            matched,
            beat,
            inserted,
            open: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, note: Note) {
        match note {
            Note::Matched(step) => self.matched = step,
            Note::Open(open) if self.open.len() < MOST => self.open.push(open),
            Note::Open(_) => {}
        }
    }
}
