//! What must hold for any input. A law is a function that panics where it is broken; it stands here once, and is
//! tried by generated inputs in `cargo test`, by the fuzz targets, and on every seed of theirs.
//!
//! An input is a text, so that seeds can be read and written by hand. One of several parts has `%%` lines between.

pub(crate) mod answer;
pub(crate) mod document;
pub(crate) mod expression;
pub(crate) mod frames;
pub(crate) mod handshake;
pub(crate) mod import;
pub(crate) mod inflated;
pub(crate) mod insertion;
pub(crate) mod language_server;
pub(crate) mod matching;
pub(crate) mod payload;
pub(crate) mod peer;
pub(crate) mod redaction;
pub(crate) mod report;
pub(crate) mod script;
pub(crate) mod session;
pub(crate) mod transcript;
pub(crate) mod visible;
