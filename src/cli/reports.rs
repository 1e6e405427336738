//! `--report FORMAT=PATH`: where reports go, opened before anything runs.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use super::{has_runner, machine};
use crate::report::{ColonSpelling, Destination, Guarded, ReportFormat, Reporters};
use crate::wall_clock::WallClock;

/// A report that is asked for, and where it goes.
pub(super) type RequestedReport = (&'static ReportFormat, PathBuf);

/// Opens the files of reports, and adds the reports. `-` is stdout.
///
/// # Errors
/// A usage error.
pub(super) fn open(
    wanted: &[RequestedReport],
    clock: &WallClock,
    reporters: &mut Reporters,
) -> Result<(), String> {
    for (at, (format, path)) in wanted.iter().enumerate() {
        let name = format!("--report {}={}", format.name, path.display());
        let before = wanted.iter().take(at);
        if before.clone().any(|(_, other)| other == path) {
            return Err(format!("{name}: another report goes there"));
        }
        let destination =
            destination(path, format.spelling).map_err(|error| format!("{name}: {error}"))?;
        reporters.add(name, format.report(destination, clock.clone()));
    }
    Ok(())
}

/// Whether a report takes stdout for itself.
pub(super) fn take_stdout(wanted: &[RequestedReport]) -> bool {
    wanted.iter().any(|(_, path)| is_stdout(path))
}

pub(super) fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

pub(super) fn destination(path: &Path, spelling: Option<ColonSpelling>) -> io::Result<Destination> {
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

/// A way out that a runner may read: its lines are no commands, unless they are meant to be.
pub(super) fn guarded(
    writer: impl io::Write + Send + 'static,
    spelling: impl Into<Option<ColonSpelling>>,
) -> Destination {
    let writer = BufWriter::new(writer);
    match spelling.into() {
        Some(spelling) if has_runner() => Box::new(Guarded::new(writer, spelling)),
        _ => Box::new(writer),
    }
}
