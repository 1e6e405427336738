//! Entries of words: they stand as they are once they have happened.

use super::keep::{Rank, What, Words};
use super::{LineKind, words};
use crate::protocol::{Direction, Handshake};

/// The arrow before what left or arrived.
pub(super) fn arrow(direction: Direction) -> (&'static str, LineKind) {
    match direction {
        Direction::Sent => ("→ ", LineKind::Sent),
        Direction::Received => ("← ", LineKind::Received),
    }
}

/// A head of HTTP: it is no message, and as many of them are shown.
pub(super) fn http(direction: Direction, words: &str) -> (What, Rank) {
    let (arrow, kind) = arrow(direction);
    (
        told(kind, format!("{arrow}{words}"), Vec::new()),
        Rank::Message,
    )
}

pub(super) fn status(word: &str, text: &str) -> (What, Rank) {
    let line = words::status(word, text);
    (told(LineKind::Status, line, Vec::new()), Rank::Status)
}

pub(super) fn marked(mark: &str, text: &str, kind: LineKind, rank: Rank) -> (What, Rank) {
    let line = format!("{mark} {}", words::one_line(text));
    (told(kind, line.trim_end().to_owned(), Vec::new()), rank)
}

pub(super) fn told(kind: LineKind, line: String, below: Vec<String>) -> What {
    What::Words(Box::new(Words { kind, line, below }))
}

pub(super) fn refused(handshake: &Handshake, limit: usize) -> (What, Rank) {
    let line = words::status("Refused", &words::answer(handshake));
    let below = words::below_refusal(handshake, limit);
    (told(LineKind::Status, line, below), Rank::Status)
}
