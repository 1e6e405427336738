//! `voiden import`: another tool's file becomes a document.

use std::io::{self, Read};
use std::path::Path;

use super::arguments::Import;
use super::{machine, usage};
use crate::import::{Imported, MOST_BYTES, import as blocks_of};
use crate::recorder::{add, prose};
use crate::report::{Output, counted, harmless};
use crate::runner::append;

pub(super) fn import(arguments: &Import, out: &mut Output, err: &mut Output) -> u8 {
    let shown = match arguments.file.to_str() {
        Some("-") => "<stdin>".to_owned(),
        _ => harmless(&arguments.file.to_string_lossy()),
    };
    let imported = read(&arguments.file).and_then(|text| blocks_of(&text));
    let mut imported = match imported {
        Ok(imported) => imported,
        Err(sentence) => return usage(err, &format!("{shown}: {sentence}")),
    };
    let source = name(&arguments.file);
    introduce(&mut imported, &source);
    let title = arguments.file.file_stem();
    let title = title.map_or_else(String::new, |title| title.to_string_lossy().into_owned());
    let grow = |text: &str| add(text, &title, &imported.blocks);
    let status = match &arguments.output {
        None => match grow("") {
            Ok(text) => {
                out.put_document(text.as_bytes());
                out.flush();
                0
            }
            Err(sentence) => return usage(err, &format!("{shown}: {sentence}")),
        },
        Some(path) => match append(path, &grow) {
            Ok(()) => {
                let path = harmless(&path.to_string_lossy());
                let blocks = counted(imported.blocks.len(), "block");
                err.put(&format!("{path}: {blocks} added\n"));
                0
            }
            Err(sentence) => {
                let path = harmless(&path.to_string_lossy());
                return usage(err, &format!("{path}: {sentence}"));
            }
        },
    };
    for sentence in &imported.left_out {
        err.put(&format!("left out: {}\n", harmless(sentence)));
    }
    err.flush();
    status
}

/// The file's text.
///
/// # Errors
/// A sentence: it cannot be read, or is no text.
fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().take(MOST_BYTES + 1).read_to_end(&mut bytes)
    } else {
        let metadata = machine::metadata(path).map_err(|error| sentence(&error))?;
        if metadata.is_dir() {
            return Err("it is a folder".to_owned());
        }
        let file = machine::open(path).map_err(|error| sentence(&error))?;
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes)
    };
    read.map_err(|error| sentence(&error))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("it is larger than {} MiB", MOST_BYTES >> 20));
    }
    String::from_utf8(bytes).map_err(|_| "it is not text (UTF-8)".to_owned())
}

fn sentence(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        _ => error.to_string(),
    }
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    match name.to_string_lossy().as_ref() {
        "-" => "stdin".to_owned(),
        name => name.to_owned(),
    }
}

/// Says in the document where its blocks come from, and what was left out.
fn introduce(imported: &mut Imported, source: &str) {
    let mut text = format!("Taken over from {}.", prose(source));
    if !imported.left_out.is_empty() {
        text.push_str(" Left out:\n");
        for sentence in &imported.left_out {
            text.push_str("\n- ");
            text.push_str(&prose(sentence));
        }
    }
    if let Some(first) = imported.blocks.first_mut() {
        first.prose = text;
    }
}
