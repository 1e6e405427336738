//! Reads a document and its scripts for who writes them as something else. No value is known, and nothing runs.

use super::folder::Folder;
use super::parsed::role;
use super::plan::mapped;
use super::select::{Candidate, Wanted, select};
use super::{Named, Settings, defaults, plan};
use crate::diagnostic::Diagnostic;
use crate::document::{self, Block, Document};
use crate::script::{self, Files, Script};
use crate::source::Source;

/// A document with its scripts.
pub struct ScriptedDocument {
    /// Its text.
    pub source: Source,
    /// Its blocks and its front matter.
    pub document: Document,
    /// What is wrong in it, in order of place.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that it may name.
    pub files: Box<dyn Files>,
    scripts: Vec<Script>,
    chosen: Vec<usize>,
}

impl ScriptedDocument {
    /// The blocks that were asked for with what they need, in order.
    pub fn chosen(&self) -> impl Iterator<Item = (&Block, &Script)> {
        self.chosen.iter().filter_map(|index| {
            let block = self.document.blocks.get(*index)?;
            Some((block, self.scripts.get(*index)?))
        })
    }
}

/// Reads a document.
///
/// # Errors
/// A sentence: it cannot be read, or has no such block.
pub fn read_scripts(named: &Named) -> Result<ScriptedDocument, String> {
    let told = |sentence: String| format!("{}: {sentence}", named.shown);
    let source = plan::read(named).map_err(told)?;
    let files = match named.folder().map_err(told)? {
        Some(folder) => {
            Folder::new(&folder, None).map_err(|error| told(format!("its folder: {error}")))?
        }
        None => Folder::nowhere(),
    };
    let document = document::parse(source.text());
    let (defaults, mut diagnostics) =
        defaults::defaults(&document.front_matter, &Settings::default());
    diagnostics.extend(document.diagnostics.iter().cloned());
    let mut scripts = Vec::new();
    let mut candidates = Vec::new();
    let mut wrong = Vec::new();
    for block in &document.blocks {
        let parsed = script::parse(block.body.text(), role(block.kind), &defaults);
        candidates.push(Candidate::new(&source, block, &parsed.script));
        wrong.push(mapped(block, &parsed.diagnostics).collect::<Vec<_>>());
        scripts.push(parsed.script);
    }
    let chosen = select(Wanted::Blocks(&named.selectors), None, &candidates).map_err(told)?;
    for index in &chosen {
        diagnostics.extend(wrong.get(*index).into_iter().flatten().cloned());
    }
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span, !diagnostic.is_error()));
    diagnostics.dedup();
    Ok(ScriptedDocument {
        source,
        document,
        diagnostics,
        files: Box::new(files),
        scripts,
        chosen,
    })
}
