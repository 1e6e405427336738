//! Makes ready what `voiden run` needs, before anything runs: settings, documents, the log, the reports.

use super::arguments::RunArguments;
use super::reports;
use super::settings::{jobs, named, only, open_log, settings, write_back};
use crate::report::{Log, Output, Reporters};
use crate::runner::{Named, Settings};

/// What a run needs.
pub(super) struct Prepared {
    pub(super) settings: Settings,
    pub(super) documents: Vec<Named>,
    /// What names nothing.
    pub(super) wrong: Vec<String>,
    pub(super) log: Option<Log>,
    pub(super) reports: Reporters,
}

/// Makes ready what the arguments name.
///
/// # Errors
/// A usage error.
pub(super) fn prepare(arguments: &RunArguments, err: &mut Output) -> Result<Prepared, String> {
    let (documents, wrong) = named(&arguments.naming, "run")?;
    prepare_with(arguments, documents, wrong, err)
}

/// The same for documents that have been found already.
///
/// # Errors
/// A usage error.
pub(super) fn prepare_with(
    arguments: &RunArguments,
    documents: Vec<Named>,
    wrong: Vec<String>,
    err: &mut Output,
) -> Result<Prepared, String> {
    let mut settings = settings(&arguments.values, err)?;
    settings.write = write_back(arguments.write);
    settings.check = arguments.check;
    settings.bail = arguments.bail;
    settings.only = only(&arguments.only)?;
    settings.jobs = arguments.jobs.unwrap_or_else(|| jobs(documents.len()));
    let mut reports = Reporters::default();
    reports::open(&arguments.report, &settings.clock, &mut reports)?;
    Ok(Prepared {
        settings,
        documents,
        wrong,
        log: open_log(arguments.log.as_deref())?,
        reports,
    })
}
