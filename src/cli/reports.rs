//! `--report FORMAT=PATH`: where reports go, opened before anything runs.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::ReportFormat;
use super::{has_runner, machine};
use crate::report::{
    Destination, Guarded, HtmlReport, JsonReport, JunitReport, Report, Spelling, TapReport,
};
use crate::wall_clock::WallClock;

/// Reports with their names.
pub(super) type Reports = Vec<(String, Arc<dyn Report>)>;

/// Opens the files of reports. `-` is stdout.
///
/// # Errors
/// A usage error.
pub(super) fn open(
    wanted: &[(ReportFormat, PathBuf)],
    clock: &WallClock,
) -> Result<Reports, String> {
    let mut reports: Reports = Vec::new();
    for (at, (format, path)) in wanted.iter().enumerate() {
        let shown = format!("{}={}", word(*format), path.display());
        let before = wanted.iter().take(at);
        if before.clone().any(|(_, other)| other == path) {
            return Err(format!("--report {shown}: another report goes there"));
        }
        let destination = destination(path, spelling(*format))
            .map_err(|error| format!("--report {shown}: {error}"))?;
        let clock = clock.clone();
        let report: Arc<dyn Report> = match format {
            ReportFormat::Junit => Arc::new(JunitReport::new(destination, clock)),
            ReportFormat::Json => Arc::new(JsonReport::new(destination, clock)),
            ReportFormat::Tap => Arc::new(TapReport::new(destination, clock)),
            ReportFormat::Html => Arc::new(HtmlReport::new(destination, clock)),
        };
        reports.push((shown, report));
    }
    Ok(reports)
}

/// Whether a report takes stdout for itself.
pub(super) fn take_stdout(wanted: &[(ReportFormat, PathBuf)]) -> bool {
    wanted.iter().any(|(_, path)| is_stdout(path))
}

fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

fn destination(path: &Path, spelling: Spelling) -> io::Result<Destination> {
    if is_stdout(path) {
        return Ok(guarded(io::stdout(), spelling));
    }
    let file = machine::create(path)?;
    if file.metadata()?.is_file() {
        return Ok(Box::new(BufWriter::new(file)));
    }
    // `/dev/stdout` and the like.
    Ok(guarded(file, spelling))
}

/// A way out that a runner may read: its lines are no commands.
pub(super) fn guarded(writer: impl io::Write + Send + 'static, spelling: Spelling) -> Destination {
    let writer = BufWriter::new(writer);
    if has_runner() {
        Box::new(Guarded::new(writer, spelling))
    } else {
        Box::new(writer)
    }
}

/// How a report spells a character that must not be read as itself.
fn spelling(format: ReportFormat) -> Spelling {
    match format {
        ReportFormat::Json | ReportFormat::Tap => Spelling::Json,
        ReportFormat::Junit | ReportFormat::Html => Spelling::Xml,
    }
}

fn word(format: ReportFormat) -> &'static str {
    match format {
        ReportFormat::Junit => "junit",
        ReportFormat::Json => "json",
        ReportFormat::Tap => "tap",
        ReportFormat::Html => "html",
    }
}
