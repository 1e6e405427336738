//! What is heard of a session that is one of many: how long what it waits for takes. Knows no figures.

use std::time::Duration;

use crate::source::Span;

/// Hears how long what a session waits for takes.
pub trait Measure {
    /// The answer to an opening handshake came, or the head of an HTTP request's answer, so long after dialling began.
    fn opened(&self, took: Duration);
    /// What the `<-` step at a place waits for arrived, so long after it was waited for: from the beginning of the step
    /// on, and of one that takes several messages from the match of the one before.
    fn met(&self, step: Span, waited: Duration);
}
