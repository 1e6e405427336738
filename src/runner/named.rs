//! Names a document that is to run, and the blocks of it that were asked for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::folder::folder_of;

/// A document that was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The path as it is shown.
    pub shown: String,
    /// The path to open; that of a text may be empty: then it lies in no folder, and no file is read for it.
    pub path: PathBuf,
    /// The blocks that were asked for; empty: all.
    pub selectors: Vec<Selector>,
    /// The text of a document that is not a file: it has a path only for what lies beside it, and is written nowhere.
    pub text: Option<Arc<str>>,
}

impl Named {
    /// A document that is not a file, with the folder that counts as its own if it has one.
    #[must_use]
    pub fn of_text(shown: &str, text: &str, folder: Option<&Path>) -> Self {
        Self {
            shown: shown.to_owned(),
            path: folder.map(|folder| folder.join("-")).unwrap_or_default(),
            selectors: Vec::new(),
            text: Some(text.into()),
        }
    }

    /// The real folder that it lies in.
    pub(super) fn folder(&self) -> Result<Option<PathBuf>, String> {
        if self.path.as_os_str().is_empty() {
            return Ok(None);
        }
        folder_of(&self.path).map(Some)
    }
}

/// A block that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// `api.md#Name`
    Name(String),
    /// `api.md:41`
    Line(usize),
}
