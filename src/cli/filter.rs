//! `voiden run -`: a document from stdin, written with its transcripts to stdout.

use super::arguments::RunArguments;
use super::prepare::{Prepared, prepare_with};
use super::run_documents::run_documents;
use super::{REFUSED, reports, stdin, usage};
use crate::report::Output;

/// Whatever happens, stdout has a whole document, since it may take the place of the one that was given.
pub(super) fn run(arguments: &RunArguments, mut out: Output, mut err: Output) -> u8 {
    let bytes = match stdin::read() {
        Ok(bytes) => bytes,
        Err(sentence) => return usage(&mut err, &sentence),
    };
    let prepared = prepared(arguments, &bytes, &mut err);
    if arguments.check {
        // What is asked for is the difference.
        return match prepared {
            Ok(prepared) => run_documents(arguments, prepared, out, err).0,
            Err(sentence) => usage(&mut err, &sentence),
        };
    }
    let (status, text) = match prepared {
        Ok(prepared) => run_documents(arguments, prepared, Output::nowhere(), err),
        Err(sentence) => (usage(&mut err, &sentence), None),
    };
    match text.filter(|_| status != REFUSED) {
        Some(text) => out.put_document(text.as_bytes()),
        None => out.put_document(&bytes),
    }
    out.flush();
    status
}

fn prepared(arguments: &RunArguments, bytes: &[u8], err: &mut Output) -> Result<Prepared, String> {
    let named = stdin::named(&arguments.naming.files, bytes)?;
    if !arguments.check && reports::take_stdout(&arguments.report) {
        return Err("stdout has the document, so no report can go there\nwrite it into a file, or add --check".to_owned());
    }
    prepare_with(arguments, vec![named], Vec::new(), err)
}
