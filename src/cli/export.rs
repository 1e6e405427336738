//! `voiden export`

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::arguments::{Export, ExportTo, K6Arguments};
use super::settings::named;
use super::{NO_BLOCK, REFUSED, machine, slipped, usage};
use crate::diagnostic::Diagnostic;
use crate::export::{ExportSettings, export as export_k6};
use crate::redact::Redactor;
use crate::report::{Output, harmless};
use crate::runner::{Findings, Named, ScriptedDocument, read_scripts};

pub(super) fn export(arguments: &Export, out: &mut Output, err: &mut Output) -> u8 {
    let ExportTo::K6(arguments) = &arguments.to;
    let (documents, wrong) = match named(&arguments.naming, "export k6") {
        Ok(named) => named,
        Err(sentence) => return usage(err, &sentence),
    };
    let mut status = 0;
    for wrong in &wrong {
        status = usage(err, wrong);
    }
    let destinations = match destinations(arguments, &documents) {
        Ok(destinations) => destinations,
        Err(sentence) => return usage(err, &sentence),
    };
    let settings = ExportSettings {
        module: arguments.k6_module.clone(),
        lenient: arguments.lenient,
    };
    let mut blocks = 0;
    for (named, destination) in documents.iter().zip(destinations) {
        let Ok(script) = script_of(named, &settings, &mut blocks, err) else {
            status = REFUSED;
            continue;
        };
        match (script, destination) {
            (None, _) => {}
            (Some(script), None) => out.put_document(script.as_bytes()),
            (Some(script), Some(path)) => {
                if let Err(error) = write(&path, &script) {
                    status = usage(err, &format!("{}: {error}", path.display()));
                }
            }
        }
    }
    if status == 0 && blocks == 0 {
        status = slipped(err, NO_BLOCK.0, Some(NO_BLOCK.1));
    }
    out.flush();
    err.flush();
    status
}

/// Where each script goes; `None` is stdout.
fn destinations(
    arguments: &K6Arguments,
    documents: &[Named],
) -> Result<Vec<Option<PathBuf>>, String> {
    let Some(folder) = &arguments.output else {
        return match documents {
            [] | [_] => Ok(vec![None]),
            _ => Err(
                "several scripts do not go to stdout\nname a folder for them: `-o DIR`".to_owned(),
            ),
        };
    };
    let mut taken: BTreeMap<PathBuf, &str> = BTreeMap::new();
    let mut destinations = Vec::new();
    for named in documents {
        let stem = Path::new(&named.shown).file_stem().unwrap_or_default();
        let mut name = stem.to_owned();
        name.push(".js");
        let path = folder.join(name);
        if let Some(other) = taken.insert(path.clone(), &named.shown) {
            let path = path.display();
            return Err(format!(
                "{other} and {} would both become {path}\nexport them into folders of their own",
                named.shown
            ));
        }
        destinations.push(Some(path));
    }
    Ok(destinations)
}

/// A document's script; `None` where it has no block. `Err`: it was told what is wrong.
fn script_of(
    named: &Named,
    settings: &ExportSettings,
    blocks: &mut usize,
    err: &mut Output,
) -> Result<Option<String>, ()> {
    let document = read_scripts(named).map_err(|sentence| {
        usage(err, &harmless(&sentence));
    })?;
    let count = document.chosen().count();
    *blocks += count;
    let exported = export_k6(&document, settings);
    let warnings = document.diagnostics.iter();
    let warnings: Vec<_> = warnings.filter(|told| !told.is_error()).cloned().collect();
    say(&document, &warnings, err);
    match exported {
        Ok(script) => Ok((count > 0).then_some(script.text)),
        Err(wrong) => {
            say(&document, &wrong, err);
            Err(())
        }
    }
}

fn say(document: &ScriptedDocument, told: &[Diagnostic], err: &mut Output) {
    // No env file is read here: what is hidden are the credentials that a document spells out.
    let redactor = Redactor::default();
    for finding in Findings::new(&document.source, told, &redactor).iter() {
        let drawn = finding.drawn(err.colour());
        err.put(&format!("{}\n\n", drawn.trim_end()));
    }
}

fn write(path: &Path, script: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        machine::create_folder(folder)?;
    }
    machine::create(path)?.write_all(script.as_bytes())
}
