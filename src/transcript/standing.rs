//! Entries of words: they stand as they are once they have happened.

use super::keep::{Rank, What, Words};
use super::{LineKind, words};
use crate::protocol::{Direction, Frame, Handshake};

/// The arrow before what left or arrived.
pub(super) fn arrow(direction: Direction) -> (&'static str, LineKind) {
    match direction {
        Direction::Sent => ("→ ", LineKind::Sent),
        Direction::Received => ("← ", LineKind::Received),
    }
}

/// A head of HTTP: it is not a message, and as many of them are shown.
pub(super) fn http(direction: Direction, words: &str, aside: Vec<String>) -> (What, Rank) {
    let (arrow, kind) = arrow(direction);
    let words = Words {
        kind,
        line: format!("{arrow}{words}"),
        below: Vec::new(),
        aside,
    };
    (What::Words(Box::new(words)), Rank::Message)
}

pub(super) fn status(word: &str, text: &str) -> (What, Rank) {
    let line = words::status(word, text);
    (told(LineKind::Status, line, Vec::new()), Rank::Status)
}

pub(super) fn marked(
    mark: &str,
    text: &str,
    kind: LineKind,
    rank: Rank,
    below: Vec<String>,
) -> (What, Rank) {
    let line = format!("{mark} {}", words::one_line(text));
    (told(kind, line.trim_end().to_owned(), below), rank)
}

pub(super) fn told(kind: LineKind, line: String, below: Vec<String>) -> What {
    What::Words(Box::new(Words {
        kind,
        line,
        below,
        aside: Vec::new(),
    }))
}

pub(super) fn refused(handshake: &Handshake, limit: usize) -> (What, Rank) {
    let line = words::status("Refused", &words::answer(handshake));
    let below = words::below_refusal(handshake, limit);
    (told(LineKind::Status, line, below), Rank::Status)
}

/// How long a frame is kept.
pub(super) fn rank(frame: &Frame) -> Rank {
    if frame.is_message() {
        Rank::Message
    } else {
        Rank::Aside
    }
}
