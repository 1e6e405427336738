//! Lays out the scripts of documents anew, and touches nothing else in them.

use std::thread;

use super::parsed::role;
use super::plan::mapped;
use super::save::{OtherWriters, Saved};
use super::{Named, Settings, defaults, disk, plan, save};
use crate::diagnostic::Diagnostic;
use crate::document::{self, splice};
use crate::script;
use crate::source::Source;

/// A document, laid out.
pub struct TidiedDocument {
    /// As it was.
    pub source: Source,
    /// As it is to be; the same where nothing is to do or something is wrong.
    pub text: String,
    /// What is wrong; a document with an error is left alone.
    pub diagnostics: Vec<Diagnostic>,
}

impl TidiedDocument {
    /// Whether the text is not what it was.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.source.text() != self.text
    }

    /// Whether it was left alone for what is wrong in it.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Reads a document and lays it out.
///
/// # Errors
/// A sentence: it cannot be read.
pub fn tidy(named: &Named) -> Result<TidiedDocument, String> {
    let source = plan::read(named).map_err(|sentence| format!("{}: {sentence}", named.shown))?;
    Ok(tidy_text(source))
}

/// Lays out a text.
#[must_use]
pub fn tidy_text(source: Source) -> TidiedDocument {
    let text = source.text();
    let document = document::parse(text);
    let (defaults, mut diagnostics) =
        defaults::defaults(&document.front_matter, &Settings::default());
    diagnostics.extend(document.diagnostics.iter().cloned());
    let mut edits = Vec::new();
    let mut bodies = Vec::new();
    for block in &document.blocks {
        let role = role(block.kind);
        let parsed = script::parse(block.body.text(), role, &defaults);
        diagnostics.extend(mapped(block, &parsed.diagnostics));
        if let Some(lines) = script::tidy(block.body.text(), role, &defaults) {
            edits.extend(block.lay_out(text, &lines));
            bodies.push(
                lines
                    .iter()
                    .fold(String::new(), |body, (_, line)| body + line + "\n"),
            );
        }
    }
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span, !diagnostic.is_error()));
    diagnostics.dedup();
    let mut tidied = TidiedDocument {
        text: splice(text, &edits),
        source,
        diagnostics,
    };
    // Tabs that reach over a container's edge belong to both: rather a script as it is than one that says another thing.
    if tidied.is_refused() || !says(&tidied.text, &bodies) {
        tidied.text = tidied.source.text().to_owned();
    }
    tidied
}

fn says(text: &str, bodies: &[String]) -> bool {
    let document = document::parse(text);
    let is = document
        .blocks
        .iter()
        .map(|block| block.body.text().trim_end_matches('\n'));
    is.eq(bodies.iter().map(|body| body.trim_end_matches('\n')))
}

const EDITED: &str = "it was edited meanwhile, and is left as it is";

/// Writes a document that was laid out.
///
/// # Errors
/// A sentence: it cannot be written, or it changed meanwhile.
pub fn save_tidied(named: &Named, tidied: &TidiedDocument) -> Result<(), String> {
    let now = disk::read(&named.path).map_err(|error| error.to_string());
    let told = |sentence: &str| format!("{}: {sentence}", named.shown);
    if now.map_err(|error| told(&error))? != tidied.source.text().as_bytes() {
        return Err(told(EDITED));
    }
    if !save::is_writable(&named.path) {
        return Err(told("it is read-only"));
    }
    let (before, text) = (tidied.source.text(), &tidied.text);
    let others = OtherWriters {
        seen: false,
        alike: &|_, _| false,
    };
    match save::replace(&named.path, before, text, others, &mut thread::sleep) {
        Ok(Saved::Replaced) => Ok(()),
        Ok(Saved::Overtaken) => Err(told(EDITED)),
        Err(error) => Err(told(&error.to_string())),
    }
}
