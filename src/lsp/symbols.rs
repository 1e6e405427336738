//! The outline of a document, and what of it can be folded.

use serde_json::{Value, json};

use super::buffer::Buffer;
use crate::document::Block;
use crate::source::Span;

/// Numbers of the protocol for what a block is: a module, an interface, a function.
const CLIENT: u8 = 12;
const SERVER: u8 = 11;
const HTTP: u8 = 6;
/// A step, as an event.
const STEP: u8 = 24;

/// The longest line that stands for a step.
const LONGEST: usize = 80;

/// The blocks, and in them the steps. `nested`: whether the client knows symbols in symbols.
pub(super) fn symbols(buffer: &Buffer, blocks: &[Block], nested: bool) -> Value {
    if nested {
        return blocks
            .iter()
            .map(|block| nested_symbol(buffer, block))
            .collect();
    }
    let flat = blocks.iter().map(|block| {
        json!({
            "name": block.name,
            "kind": kind(block),
            "location": {"uri": buffer.uri, "range": buffer.range(block.span)},
        })
    });
    flat.collect()
}

fn kind(block: &Block) -> u8 {
    match block.kind {
        crate::document::BlockKind::Client => CLIENT,
        crate::document::BlockKind::Server => SERVER,
        crate::document::BlockKind::Http => HTTP,
    }
}

fn nested_symbol(buffer: &Buffer, block: &Block) -> Value {
    let steps = steps(block).map(|span| {
        let text = buffer.text.get(span.start..span.end).unwrap_or_default();
        let name: String = text.chars().take(LONGEST).collect();
        let range = buffer.range(span);
        json!({"name": name, "kind": STEP, "range": range, "selectionRange": range})
    });
    json!({
        "name": block.name,
        "detail": block.kind.word(),
        "kind": kind(block),
        "range": buffer.range(block.span),
        "selectionRange": buffer.range(block.info),
        "children": steps.collect::<Value>(),
    })
}

/// The lines of a block that begin a step that is none of a refinement, in the document.
fn steps(block: &Block) -> impl Iterator<Item = Span> {
    let text = block.body.text();
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let step = line.trim_end();
        let marked = step.trim_start();
        let is_step = ["->", "<-", "→", "←", "-- on", "-- every"]
            .iter()
            .any(|mark| marked.starts_with(mark) || named(marked, mark));
        let indent = step.len() - marked.len();
        let span = Span::new(start + indent, start + step.len());
        (is_step && !span.is_empty()).then(|| block.body.span(span))
    })
}

/// Whether a client's name stands before a mark.
fn named(line: &str, mark: &str) -> bool {
    let is_part = |next: char| next.is_alphanumeric() || matches!(next, '_' | '-');
    let behind = line.trim_start_matches(is_part);
    behind.len() < line.len() && behind.starts_with(' ') && behind.trim_start().starts_with(mark)
}

/// Blocks and transcripts, from line to line.
pub(super) fn folds(buffer: &Buffer, blocks: &[Block]) -> Value {
    let spans = blocks.iter().flat_map(|block| {
        let recorded = block.transcript.recorded.as_ref();
        std::iter::once(block.span).chain(recorded.map(|recorded| recorded.span))
    });
    let lines = spans.map(|span| (buffer.lines.line(span.start), buffer.lines.line(span.end)));
    lines
        .filter(|(start, end)| start < end)
        .map(|(start, end)| json!({"startLine": start, "endLine": end, "kind": "region"}))
        .collect()
}
