//! `voiden connect`: what was typed → a document with one block, and who types at it.

use std::io::{self, BufReader, IsTerminal};
use std::path::{Path, PathBuf};

use super::arguments::{Connect, Record};
use super::interrupt::{INTERRUPTED, interrupts};
use super::settings::settings;
use super::{REFUSED, keys, usage};
use crate::document::BlockKind;
use crate::prompt::{PromptOutcome, PromptSession, RecordSettings};
use crate::recorder::{NewBlock, RecordMode, add};
use crate::report::{Output, harmless};
use crate::runner::{Named, Selector, Settings, can_append, find};

/// What the block is called that a URL makes, where `--name` does not say.
const BLOCK: &str = "Session";

/// Longer than any run of its character that a line could begin with.
const FENCE: &str = "~~~~~~~~~~~~";

pub(super) fn connect(arguments: &Connect, out: Output, mut err: Output) -> u8 {
    let (document, settings) = match prepare(arguments, &mut err) {
        Ok(prepared) => prepared,
        Err(sentence) => return usage(&mut err, &sentence),
    };
    let stop = interrupts().at_any_time();
    let session = PromptSession {
        document: &document,
        settings,
        stop: stop.clone(),
        record: record(arguments),
    };
    let is_terminal = io::stdin().is_terminal() && out.is_terminal() && !arguments.raw;
    let PromptOutcome { refused, failed } = if is_terminal {
        keys::remember();
        let outcome = session.read_terminal(out, err);
        keys::restore();
        outcome
    } else {
        session.read_lines(BufReader::new(io::stdin()), out, err, arguments.raw)
    };
    match (refused, *stop.borrow()) {
        (true, _) => REFUSED,
        (false, true) => INTERRUPTED,
        (false, false) => u8::from(failed),
    }
}

fn record(arguments: &Connect) -> RecordSettings {
    RecordSettings {
        output: arguments.output.clone(),
        mode: match arguments.record {
            Record::Steps => RecordMode::Steps,
            Record::Sends => RecordMode::Sends,
        },
        name: arguments.name.clone(),
    }
}

/// Whether a document can be written there.
fn can_be_written(path: &Path) -> Result<(), String> {
    let shown = harmless(&path.to_string_lossy());
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if path.is_dir() {
        return Err(format!(
            "-o {shown}: it is a folder\nname a document in it: `-o {shown}/session.md`"
        ));
    }
    if folder.is_some_and(|folder| !folder.is_dir()) || path.file_name().is_none() {
        return Err(format!("-o {shown}: there is no such folder"));
    }
    let least = NewBlock {
        kind: BlockKind::Client,
        name: BLOCK.to_owned(),
        prose: String::new(),
        script: "ws://localhost/".to_owned(),
        transcript: None,
        secrets: Vec::new(),
        vars: Vec::new(),
        defaults: Vec::new(),
        needed: false,
    };
    let grow = |text: &str| add(text, BLOCK, std::slice::from_ref(&least));
    can_append(path, &grow).map_err(|why| format!("-o {shown}: {why}"))
}

fn prepare(arguments: &Connect, err: &mut Output) -> Result<(Named, Settings), String> {
    arguments.output.as_deref().map_or(Ok(()), can_be_written)?;
    let mut settings = settings(&arguments.values, err)?;
    let options = options(arguments)?;
    if is_url(&arguments.target) {
        return Ok((document(arguments, &options)?, settings));
    }
    if let Some(header) = arguments.header.first() {
        let header = harmless(header.split(':').next().unwrap_or_default());
        return Err(format!(
            "-H {header}: a block has its headers in the document\nadd the line there, or connect to its URL"
        ));
    }
    settings.options = options;
    Ok((block(&arguments.target)?, settings))
}

/// Whether a target is a URL, right or wrong.
fn is_url(target: &str) -> bool {
    let scheme = target.split_once(':').map_or("", |(scheme, _)| scheme);
    target.contains("://") || target.starts_with("{{") || matches!(scheme, "ws" | "wss")
}

/// The document of a block that was named.
fn block(target: &str) -> Result<Named, String> {
    let (mut found, wrong) = find(&[target.to_owned()]);
    if let Some(wrong) = wrong.first() {
        let is_document = Path::new(target).extension().is_some_and(|end| end == "md");
        let looks_like_a_host = !target.contains(['#', ' ']) && target.contains(['.', ':']);
        return Err(if looks_like_a_host && !is_document {
            format!("{wrong}\na URL starts with its scheme: `ws://{target}`")
        } else {
            wrong.clone()
        });
    }
    match found.pop() {
        Some(named) if found.is_empty() && !named.selectors.is_empty() => Ok(named),
        _ => Err(format!(
            "{target}: which of its blocks is meant?\nwrite `voiden connect '{target}#NAME'`; `voiden list {target}` names them"
        )),
    }
}

/// Options of the block that arguments give, by their names.
fn options(arguments: &Connect) -> Result<Vec<(String, String)>, String> {
    let path = |path: &PathBuf| {
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        whole.display().to_string()
    };
    let given = [
        ("subprotocol", arguments.subprotocol.clone()),
        ("insecure", arguments.insecure.then(String::new)),
        ("cacert", arguments.cacert.as_ref().map(path)),
        ("cert", arguments.cert.as_ref().map(path)),
        ("key", arguments.key.as_ref().map(path)),
        ("proxy", arguments.proxy.clone()),
    ];
    let mut options = Vec::new();
    for (name, value) in given {
        let Some(value) = value else { continue };
        if value.contains(['\n', '\r']) {
            return Err(format!("--{name}: a line break cannot stand in it"));
        }
        options.push((name.to_owned(), value));
    }
    Ok(options)
}

/// A document with one block, which connects to a URL.
fn document(arguments: &Connect, options: &[(String, String)]) -> Result<Named, String> {
    let name = arguments.name.as_deref().unwrap_or(BLOCK).trim();
    let mut lines = vec![format!("{FENCE}/wss {name}"), arguments.target.clone()];
    for header in &arguments.header {
        let (word, _) = header.split_once(':').unwrap_or((header, ""));
        let is_name = !word.is_empty() && !word.contains(|next: char| next.is_whitespace());
        if !header.contains(':') || !is_name || word.starts_with(['@', '#']) {
            return Err("-H takes a header\nwrite -H 'NAME: VALUE'".to_owned());
        }
        lines.push(header.clone());
    }
    for (option, value) in options {
        lines.push(format!("@{option} {value}").trim_end().to_owned());
    }
    if lines.iter().any(|line| line.contains(['\n', '\r'])) {
        return Err("a line break cannot stand in a URL, a name or a header".to_owned());
    }
    lines.push(FENCE.to_owned());
    let here = std::path::absolute(".").unwrap_or_default();
    let mut named = Named::of_text("connect", &lines.join("\n"), Some(&here));
    named.selectors = vec![Selector::Line(1)];
    Ok(named)
}
