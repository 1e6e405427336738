//! Names a document that is to run, and the blocks of it that were asked for.

use std::path::PathBuf;
use std::sync::Arc;

/// A document that was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The path as it is shown.
    pub shown: String,
    /// The path to open.
    pub path: PathBuf,
    /// The blocks that were asked for; empty: all.
    pub selectors: Vec<Selector>,
    /// The text of a document that is no file: it has a path only for what lies beside it, and is written nowhere.
    pub text: Option<Arc<str>>,
}

/// A block that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// `api.md#Name`
    Name(String),
    /// `api.md:41`
    Line(usize),
}
