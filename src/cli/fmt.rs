//! `voiden fmt`

use std::io::Read;

use similar::TextDiff;

use super::arguments::Fmt;
use super::settings::named;
use super::{REFUSED, stdin, usage};
use crate::redact::Redactor;
use crate::report::{Output, counted, harmless};
use crate::runner::{Findings, Named, TidiedDocument, save_tidied, tidy, tidy_text};
use crate::source::Source;

/// Something is not laid out as it would be.
const DIFFERS: u8 = 1;

pub(super) fn fmt(arguments: &Fmt, out: &mut Output, err: &mut Output) -> u8 {
    if arguments.naming.files.iter().any(|file| file == "-") {
        return filter(arguments, out, err);
    }
    let (documents, wrong) = match named(&arguments.naming, "fmt") {
        Ok(named) => named,
        Err(sentence) => return usage(err, &sentence),
    };
    let mut status = 0;
    for wrong in &wrong {
        status = usage(err, &harmless(wrong));
    }
    let mut changed = 0;
    for named in &documents {
        match one(named, arguments.check, out, err) {
            Ok(false) => {}
            Ok(true) => changed += 1,
            Err(()) => status = REFUSED,
        }
    }
    if status == 0 && arguments.check && changed > 0 {
        status = DIFFERS;
    }
    let told = status != 0 || !arguments.quiet;
    if told && !documents.is_empty() {
        let done = if arguments.check {
            "would change"
        } else {
            "laid out anew"
        };
        let files = counted(documents.len(), "file");
        let sentence = match changed {
            0 => format!("{files}: nothing to change\n"),
            _ => format!("{changed} of {files} {done}\n"),
        };
        out.flush();
        err.put(&sentence);
    }
    out.flush();
    err.flush();
    status
}

/// One document; whether it changes. `Err`: it was told what is wrong.
fn one(named: &Named, check: bool, out: &mut Output, err: &mut Output) -> Result<bool, ()> {
    let told = |err: &mut Output, sentence: &str| {
        usage(err, &harmless(sentence));
    };
    let tidied = tidy(named).map_err(|sentence| told(err, &sentence))?;
    say(&tidied, err);
    if tidied.is_refused() {
        return Err(());
    }
    if !tidied.is_changed() {
        return Ok(false);
    }
    if check {
        out.put(&difference(&tidied));
    } else {
        save_tidied(named, &tidied).map_err(|sentence| told(err, &sentence))?;
    }
    Ok(true)
}

/// stdin in, stdout out.
fn filter(arguments: &Fmt, out: &mut Output, err: &mut Output) -> u8 {
    if arguments.naming.files.len() > 1 {
        return usage(err, "`-` is stdin, and stands alone");
    }
    let mut text = String::new();
    if let Err(error) = std::io::stdin().read_to_string(&mut text) {
        return usage(err, &format!("stdin: {error}"));
    }
    let tidied = tidy_text(Source::new(stdin::NAME, text));
    say(&tidied, err);
    let status = match (tidied.is_refused(), arguments.check && tidied.is_changed()) {
        (true, _) => REFUSED,
        (_, true) => DIFFERS,
        _ => 0,
    };
    if arguments.check {
        out.put(&difference(&tidied));
    } else {
        out.put_document(tidied.text.as_bytes());
    }
    out.flush();
    err.flush();
    status
}

fn say(tidied: &TidiedDocument, err: &mut Output) {
    // No env file is read here: what is hidden are the credentials that a document spells out.
    let redactor = Redactor::default();
    let findings = Findings::new(&tidied.source, &tidied.diagnostics, &redactor);
    for finding in findings.iter() {
        let drawn = finding.drawn(err.colour());
        err.put(&format!("{}\n\n", drawn.trim_end()));
    }
}

fn difference(tidied: &TidiedDocument) -> String {
    let name = harmless(tidied.source.name());
    let diff = TextDiff::from_lines(tidied.source.text(), &tidied.text);
    let mut unified = diff.unified_diff();
    unified.header(&name, &name);
    let lines = unified.to_string();
    lines
        .split_inclusive('\n')
        .map(|line| harmless(line.trim_end_matches('\n')) + "\n")
        .collect()
}
