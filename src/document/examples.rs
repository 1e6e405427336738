//! Telling documents, and what is read of them and written into them.

use super::{BlockKind, parse, splice};
use crate::diagnostic::draw;
use crate::source::Source;

mod finding;
mod front;
mod placing;

/// What is read of a document, one thing a line.
fn read(text: &str) -> String {
    let document = parse(text);
    let source = Source::new("api.md", text);
    let mut lines = Vec::new();
    for block in &document.blocks {
        let position = source.position(block.span.start);
        let kind = match block.kind {
            BlockKind::Client => "client",
            BlockKind::Server => "server",
            BlockKind::Http => "http",
        };
        lines.push(format!(
            "{}:{} {kind} `{}` {:?}",
            position.line,
            position.column,
            block.name,
            block.body.text()
        ));
        if let Some(recorded) = &block.transcript.recorded {
            let position = source.position(recorded.span.start);
            lines.push(format!(
                "{}:{} log {:?}",
                position.line,
                position.column,
                recorded.body.text()
            ));
        }
    }
    let front = &document.front_matter;
    let shown = |span| source.slice(span);
    for (what, settings) in [("var", &front.vars), ("option", &front.options)] {
        for setting in settings {
            lines.push(format!(
                "{what} {}={:?} at {:?}={:?}",
                setting.name,
                setting.value,
                shown(setting.name_span),
                shown(setting.span)
            ));
        }
    }
    for (name, span) in &front.secrets {
        lines.push(format!("secret {name} at {:?}", shown(*span)));
    }
    let drawn = |diagnostic| draw(&source, diagnostic, false);
    lines.extend(document.diagnostics.iter().map(drawn));
    lines.join("\n")
}

/// The document after a run that recorded `lines` everywhere, with what cannot be seen made visible.
fn record(text: &str, lines: &str) -> String {
    let document = parse(text);
    let record = |block: &super::Block| block.transcript.record(text, lines);
    let edits: Vec<_> = document.blocks.iter().map(record).collect();
    splice(text, &edits)
        .replace('\r', "␍")
        .replace('\t', "→")
        .replace('\u{feff}', "[BOM]")
        .split('\n')
        .map(|line| {
            let text = line.trim_end_matches(' ');
            format!("|{text}{}", "·".repeat(line.len() - text.len()))
        })
        .collect::<Vec<_>>()
        .join("\n")
}
