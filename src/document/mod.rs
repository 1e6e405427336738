//! Markdown → blocks and the places of their transcripts; transcripts → edits; edits → text.
//! Knows CommonMark (as `pulldown-cmark` reads it) and YAML front matter; knows no script.

mod edit;
mod fence;
mod front_matter;
mod info;
mod line_count;
mod name;
mod parse;
mod render;
mod replace;
mod rewrite;
mod swallowed;

pub use edit::{Edit, RecordedTranscript, TranscriptPlace, splice};
pub use front_matter::{FrontMatter, FrontMatterSetting};
pub use parse::parse;
pub use render::{Rendering, render};

use crate::diagnostic::Diagnostic;
use crate::source::{Excerpt, Span};

/// What a document holds of ours.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The `voiden:` mapping of the front matter.
    pub front_matter: FrontMatter,
    /// The blocks, in order.
    pub blocks: Vec<Block>,
    /// What is wrong with the document itself; spans are in its text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Which half of a conversation a block describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// `/wss`
    Client,
    /// `/wss-server`
    Server,
    /// `/http`
    Http,
}

impl BlockKind {
    /// Whether it serves while the others run.
    #[must_use]
    pub fn is_server(self) -> bool {
        self == Self::Server
    }

    /// What it is called in logs and reports.
    #[must_use]
    pub fn role(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Http => "http",
        }
    }

    /// The word that its fence begins with.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Client => "/wss",
            Self::Server => "/wss-server",
            Self::Http => "/http",
        }
    }
}

/// One fenced block of ours.
#[derive(Clone, Debug)]
pub struct Block {
    /// Which half of what.
    pub kind: BlockKind,
    /// Unique in its document.
    pub name: String,
    /// The info string's place, without the fence.
    pub info: Span,
    /// From the first byte of the opening fence's line's fence to the last byte of the closing fence (no line ending).
    pub span: Span,
    /// The script, taken out of its containers, lines joined with LF.
    pub body: Excerpt,
    /// The transcript below it.
    pub transcript: TranscriptPlace,
}

#[cfg(test)]
mod examples;
#[cfg(test)]
mod laws;
