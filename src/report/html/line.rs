//! How one line of a transcript is shown, in the list and in the timeline.

use std::time::Duration;

use crate::transcript::{Line, LineKind};

/// The summary is told above.
pub(super) fn is_event(line: &Line) -> bool {
    !matches!(line.kind, LineKind::Passed | LineKind::Failed)
}

pub(super) fn class(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Passed | LineKind::Failed | LineKind::Status => "status",
        LineKind::Sent => "sent",
        LineKind::Received => "received",
        LineKind::Failure => "failure",
        LineKind::Note => "note",
        LineKind::Elided => "elided",
    }
}

/// `+0.024`, to the millisecond; below 100 ms to the tenth of one.
pub(super) fn since(at: Duration) -> String {
    if at < Duration::from_secs(1) {
        let milliseconds = at.as_secs_f64() * 1000.0;
        return format!("+{milliseconds:.1} ms");
    }
    format!("+{:.3} s", at.as_secs_f64())
}
