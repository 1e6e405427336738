//! Documents → scripts of k6, for load from many machines. What a script cannot say is told at its place.
//! Knows no file that is written, and no terminal.

mod expression;
mod head;
mod js;
mod lexical;
mod regex;
mod steps;
mod writer;

use std::fmt::Write as _;

use self::js::{Js, comment, quoted};
use self::writer::BlockWriter;
use crate::diagnostic::Diagnostic;
use crate::document::{Block, BlockKind, Document};
use crate::runner::ScriptedDocument;
use crate::script::Script;

/// The part that is the same in every script.
const RUNTIME: &str = include_str!("runtime.js");
/// The line behind it.
const DOCUMENT: &str = "// ---- The document ----\n";
/// The module that has `WebSocket`.
pub const K6_MODULE: &str = "k6/websockets";

/// How a document is exported.
#[derive(Clone, Debug)]
pub struct ExportSettings {
    /// The module that has `WebSocket`.
    pub module: String,
    /// What cannot be exported is left out, and a comment says so.
    pub lenient: bool,
}

impl Default for ExportSettings {
    fn default() -> Self {
        Self {
            module: K6_MODULE.to_owned(),
            lenient: false,
        }
    }
}

/// A script of k6.
#[derive(Clone, Debug)]
pub struct K6Script {
    /// All of it.
    pub text: String,
    /// What of it the document says.
    pub document: String,
}

/// Writes a document as a script of k6.
///
/// # Errors
/// What cannot be exported, in order of place; with [`ExportSettings::lenient`] nothing but what is wrong in the document.
pub fn export(
    document: &ScriptedDocument,
    settings: &ExportSettings,
) -> Result<K6Script, Vec<Diagnostic>> {
    let is_error = |told: &&Diagnostic| told.is_error();
    let mut wrong: Vec<_> = document
        .diagnostics
        .iter()
        .filter(is_error)
        .cloned()
        .collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut blocks = Vec::new();
    let mut insecure = Vec::new();
    for (block, script) in document.chosen() {
        let exported = exported(document, block, script);
        if exported.source.is_some() {
            insecure.push((script.has_option("insecure"), script.url.span, block));
        }
        wrong.extend(exported.refused.iter().cloned());
        blocks.push(exported);
    }
    let all_insecure = !insecure.is_empty() && insecure.iter().all(|(is, ..)| *is);
    if !all_insecure {
        for (_, span, block) in insecure.iter().filter(|(is, ..)| *is) {
            let message = "`@insecure` of one block among others cannot be exported to k6";
            let cure =
                "k6 checks certificates in all blocks or in none: give it to all, or to none";
            let told = Diagnostic::error(*span, message).hint(cure);
            wrong.push(told.in_source(&block.body));
        }
    }
    if !wrong.is_empty() && !settings.lenient {
        wrong.sort_by_key(|told| told.span);
        wrong.dedup();
        return Err(wrong);
    }
    let part = document_part(document, &blocks, all_insecure);
    let name = document.source.name();
    let mut text = comment(&format!("Written by `voiden export k6` from {name}"));
    let _ = write!(
        text,
        "import {{ WebSocket }} from {};\n\
         import {{ check }} from \"k6\";\n\
         import crypto from \"k6/crypto\";\n\
         import encoding from \"k6/encoding\";\n\
         import http from \"k6/http\";\n\n{RUNTIME}\n{DOCUMENT}\n{part}",
        quoted(&settings.module)
    );
    Ok(K6Script {
        text,
        document: part,
    })
}

/// A block of a script.
struct ExportedBlock {
    /// `None`: all of it is left out.
    source: Option<String>,
    /// What is left out.
    refused: Vec<Diagnostic>,
    /// Why nothing of it is there, where that is as the document says.
    note: Option<String>,
}

fn exported(document: &ScriptedDocument, block: &Block, script: &Script) -> ExportedBlock {
    let mut writer = BlockWriter::new(block, &*document.files);
    let left_out = |refused| ExportedBlock {
        source: None,
        refused,
        note: None,
    };
    if let Some(line) = script.options.iter().find(|line| line.name.text == "skip") {
        let reason = line.value.as_literal().unwrap_or_default();
        return ExportedBlock {
            note: Some(format!("Block {:?} is skipped: {reason}", block.name)),
            ..left_out(Vec::new())
        };
    }
    if block.kind == BlockKind::Server {
        let cure =
            "keep it in a document of its own for `voiden serve`, or leave it out by `--lenient`";
        let what = "a server block cannot be exported to k6";
        let told = Diagnostic::error(block.info, what).hint(cure);
        return left_out(vec![told]);
    }
    if let Some(client) = script.clients.first() {
        let cure = "a script of k6 has one client: write a block of one, and run it with `--vus`";
        let _: Option<()> = writer.refuse(client.span, "`@clients`", cure);
        return left_out(writer.refused);
    }
    let defaults = &document.document.front_matter.options;
    let mut members = writer.head(script, &*document.files, defaults);
    if !members.iter().any(|(name, _)| *name == "url") {
        return left_out(writer.refused);
    }
    let is_http = block.kind == BlockKind::Http;
    let mut steps = Vec::new();
    for step in &script.steps {
        steps.extend(if is_http {
            writer.http_step(&step.action, step.span)
        } else {
            writer.step(&step.action, step.span)
        });
    }
    members.push(("steps", Js::List(steps)));
    let handlers = script.handlers.iter();
    let handlers: Vec<_> = handlers.filter_map(|each| writer.handler(each)).collect();
    if !handlers.is_empty() {
        members.push(("handlers", Js::List(handlers)));
    }
    ExportedBlock {
        source: Some(Js::Object(members).source(2)),
        refused: writer.refused,
        note: None,
    }
}

/// Defaults, options, blocks, and the function that k6 calls.
fn document_part(document: &ScriptedDocument, blocks: &[ExportedBlock], insecure: bool) -> String {
    let Document { front_matter, .. } = &document.document;
    let mut part = String::from("// Values that `k6 run -e NAME=…` overrides.\nconst defaults = {");
    for setting in &front_matter.vars {
        let is_secret = |(name, _): &(String, _)| *name == setting.name;
        if !front_matter.secrets.iter().any(is_secret) {
            let (name, value) = (quoted(&setting.name), quoted(&setting.value));
            let _ = write!(part, "\n  {name}: {value},");
        }
    }
    let end = if part.ends_with('{') { "};" } else { "\n};" };
    let _ = write!(part, "{end}\n\nexport const options = {{\n");
    if insecure {
        part.push_str("  insecureSkipTLSVerify: true,\n");
    }
    part.push_str("  thresholds: { checks: [\"rate==1\"] },\n};\n\nconst blocks = [\n");
    for block in blocks {
        for told in &block.refused {
            let line = document.source.position(told.span.start).line;
            let left_out = format!("Left out, line {line}: {}", told.message);
            part.push_str("  ");
            part.push_str(&comment(&left_out));
        }
        if let Some(note) = &block.note {
            part.push_str("  ");
            part.push_str(&comment(note));
        }
        if let Some(source) = &block.source {
            let _ = writeln!(part, "  {source},");
        }
    }
    part.push_str("];\n\nexport default async function () {\n  await play(blocks);\n}\n");
    part
}
