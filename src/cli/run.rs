//! `voiden run`: once, as a filter, or again whenever something is saved.

use super::arguments::RunArguments;
use super::prepare::prepare;
use super::run_documents::run_documents;
use super::{filter, stdin, usage, watch};
use crate::report::Output;

pub(super) fn run(arguments: &RunArguments, out: Output, mut err: Output) -> u8 {
    if arguments.watch {
        return watch::watch(arguments, out, err);
    }
    if stdin::is_among(&arguments.naming.files) {
        return filter::run(arguments, out, err);
    }
    match prepare(arguments, &mut err) {
        Ok(prepared) => run_documents(arguments, prepared, out, err).0,
        Err(sentence) => usage(&mut err, &sentence),
    }
}
