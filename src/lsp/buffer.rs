//! A document as the editor has it, saved or not.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::line_table::{LineTable, PositionEncoding};
use super::painted::Painted;
use crate::diagnostic::Diagnostic;
use crate::document::{self, Block, Document, Edit};
use crate::runner::{CheckedText, Named, Settings, TextChecker};
use crate::source::Span;

/// An open document.
#[derive(Debug)]
pub(super) struct Buffer {
    pub(super) uri: String,
    pub(super) version: i64,
    pub(super) text: String,
    pub(super) lines: LineTable,
    checker: TextChecker,
    /// What there is to say of the text; `None` since it was changed.
    checked: Option<CheckedText>,
    /// What failed when it was run.
    failures: Vec<StepFailure>,
    /// What the editor was told of its colours.
    pub(super) painted: Painted,
}

/// What failed in a block, until that is edited.
#[derive(Debug)]
struct StepFailure {
    name: String,
    script: String,
    /// Its place counts from the block's first byte.
    diagnostic: Diagnostic,
}

impl Buffer {
    pub(super) fn new(uri: &str, version: i64, text: String, encoding: PositionEncoding) -> Self {
        Self {
            uri: uri.to_owned(),
            version,
            lines: LineTable::new(&text, encoding),
            text,
            checker: TextChecker::default(),
            checked: None,
            failures: Vec::new(),
            painted: Painted::default(),
        }
    }

    /// Takes a change of the whole text, or of a range of it; `None`: it has no text or no range that can be read.
    pub(super) fn change(&mut self, change: &Value) -> Option<()> {
        let new = change.get("text")?.as_str()?;
        match change.get("range").filter(|range| !range.is_null()) {
            None => new.clone_into(&mut self.text),
            Some(range) => {
                let span = self.lines.span(&self.text, range)?;
                self.text.replace_range(std::ops::Range::from(span), new);
            }
        }
        self.lines = LineTable::new(&self.text, self.lines.encoding());
        self.checked = None;
        Some(())
    }

    /// Whether what there is to say of the text was not found out yet.
    pub(super) fn is_unchecked(&self) -> bool {
        self.checked.is_none()
    }

    /// Checks it again even if nothing in it has changed: files beside it may have.
    pub(super) fn forget(&mut self) {
        self.checked = None;
    }

    /// What there is to say of the text.
    pub(super) fn checked(&mut self, settings: &Settings) -> &CheckedText {
        if self.checked.is_none() {
            let named = self.named();
            self.checked = Some(self.checker.check(&named, &self.text, settings));
        }
        self.checked.get_or_insert_default()
    }

    /// Takes what failed in a run of a text. What `check` says of it as well is told once.
    pub(super) fn fail(&mut self, ran: &str, failures: Vec<Diagnostic>) {
        let document = document::parse(ran);
        self.failures.clear();
        for mut diagnostic in failures {
            let Some(block) = block_at(&document, diagnostic.span.start) else {
                continue;
            };
            let from = |offset: usize| offset.saturating_sub(block.span.start);
            diagnostic.span = Span::new(from(diagnostic.span.start), from(diagnostic.span.end));
            diagnostic.fixes.clear();
            self.failures.push(StepFailure {
                name: block.name.clone(),
                script: block.body.text().to_owned(),
                diagnostic,
            });
        }
        self.checked = None;
    }

    /// What failed in blocks that are as they were when they ran.
    pub(super) fn failed(&mut self, settings: &Settings) -> Vec<Diagnostic> {
        if self.failures.is_empty() {
            return Vec::new();
        }
        let checked = self.checked(settings).clone();
        let there = |failure: &StepFailure| {
            let mut blocks = checked.document.blocks.iter();
            blocks.find(|block| block.name == failure.name && block.body.text() == failure.script)
        };
        self.failures.retain(|failure| there(failure).is_some());
        let failed = self.failures.iter().filter_map(|failure| {
            let start = there(failure)?.span.start;
            let mut diagnostic = failure.diagnostic.clone();
            diagnostic.span = diagnostic.span.shift(start);
            Some(diagnostic)
        });
        failed
            .filter(|told| !checked.diagnostics.contains(told))
            .collect()
    }

    /// What is wrong in another text that takes its place.
    pub(super) fn check_instead(&mut self, text: &str, settings: &Settings) -> CheckedText {
        let named = self.named();
        self.checker.check(&named, text, settings)
    }

    /// The document's text that is to run, or to be checked. One that lies in no folder yet has no files beside it.
    pub(super) fn named(&self) -> Named {
        let path = path(&self.uri);
        let folder = path.as_ref().and_then(|path| path.parent());
        let lies = folder.is_some_and(std::path::Path::is_dir);
        let shown = path.as_ref().and_then(|path| path.file_name());
        let shown = shown.map_or_else(|| self.uri.clone(), |name| name.to_string_lossy().into());
        Named {
            shown,
            path: path.filter(|_| lies).unwrap_or_default(),
            selectors: Vec::new(),
            text: Some(self.text.as_str().into()),
        }
    }

    pub(super) fn range(&self, span: Span) -> Value {
        self.lines.range(&self.text, span)
    }

    pub(super) fn offset(&self, position: &Value) -> Option<usize> {
        self.lines.offset(&self.text, position)
    }

    /// An edit as the protocol has it.
    pub(super) fn text_edit(&self, edit: &Edit) -> Value {
        serde_json::json!({"range": self.range(edit.span), "newText": edit.text})
    }
}

/// The block that a place lies in, its fences included.
pub(super) fn block_at(document: &Document, offset: usize) -> Option<&Block> {
    let at = document
        .blocks
        .partition_point(|block| block.span.start <= offset);
    let block = document.blocks.get(at.checked_sub(1)?)?;
    (offset <= block.span.end).then_some(block)
}

/// The path of a `file:` URI.
pub(super) fn path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let decoded = percent_decode_str(rest).decode_utf8().ok()?;
    let path = decoded.strip_prefix('/')?;
    // `/C:/docs` is a path of Windows, which has no root before its drive.
    let is_drive = path.as_bytes().get(1) == Some(&b':') && cfg!(windows);
    let path = if is_drive { path } else { &*decoded };
    (!path.contains('\0')).then(|| PathBuf::from(path))
}

/// The URI of a path from the root.
pub(super) fn uri(path: &std::path::Path) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'~');
    let path = path.to_string_lossy().replace('\\', "/");
    let slash = if path.starts_with('/') { "" } else { "/" };
    format!("file://{slash}{}", utf8_percent_encode(&path, KEPT))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changes_come_as_ranges_or_as_the_whole() {
        let mut buffer = Buffer::new("file:///a", 1, "aé𝄞\nb".into(), PositionEncoding::Utf16);
        let range =
            json!({"start": {"line": 0, "character": 2}, "end": {"line": 1, "character": 0}});
        assert_eq!(
            buffer.change(&json!({"range": range, "text": "x\n\n"})),
            Some(())
        );
        assert_eq!(buffer.text, "aéx\n\nb");
        assert_eq!(buffer.lines.start(2), Some(6));
        assert_eq!(buffer.change(&json!({"text": "new"})), Some(()));
        assert_eq!(buffer.text, "new");
        for wrong in [
            json!({}),
            json!({"text": 1}),
            json!({"text": "", "range": {"start": 1}}),
        ] {
            assert_eq!(buffer.change(&wrong), None);
        }
        let backwards =
            json!({"start": {"line": 0, "character": 3}, "end": {"line": 0, "character": 1}});
        buffer.change(&json!({"range": backwards, "text": "!"}));
        assert_eq!(buffer.text, "new!");
    }

    #[cfg(unix)]
    #[test]
    fn paths_and_their_uris() {
        for (uri_text, expected) in [
            ("file:///a%20b/%C3%A9.md", Some("/a b/é.md")),
            ("file://localhost/a", Some("/a")),
            ("file://host/a", None),
            ("untitled:Untitled-1", None),
            ("file:///%00", None),
            ("file:///%FF", None),
        ] {
            assert_eq!(path(uri_text), expected.map(PathBuf::from), "{uri_text}");
        }
        assert_eq!(
            uri(std::path::Path::new("/a b/é.md")),
            "file:///a%20b/%C3%A9.md"
        );
    }
}
