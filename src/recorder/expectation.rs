//! Messages of one shape that came one after the other, as one `<-` and what refines it.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use super::message::MessagePattern;
use crate::script::format_duration;

/// A `<-`.
#[derive(Clone, Debug)]
pub(super) struct ExpectedRun {
    /// The client that waits for it, where the block has several.
    pub(super) who: Option<Arc<str>>,
    pub(super) pattern: MessagePattern,
    /// The frames that it takes.
    pub(super) numbers: Vec<u64>,
    /// When the last one came.
    pub(super) last: Duration,
    /// How long it is waited for, where that is longer than the timeout.
    pub(super) within: Option<Duration>,
    /// Whether it may come before those above it.
    pub(super) any_order: bool,
    /// `-- secret`, `-- check` and their like.
    pub(super) refined: Vec<String>,
    /// What was left out of it, in words.
    pub(super) comment: Option<String>,
}

impl ExpectedRun {
    /// As it stands in a script.
    pub(super) fn written(&self) -> String {
        let mut out = String::new();
        if let Some(comment) = &self.comment {
            let _ = writeln!(out, "-- # {comment}");
        }
        if let Some(who) = &self.who {
            let _ = write!(out, "{who} ");
        }
        out.push_str("<- ");
        out.push_str(&self.pattern.written());
        let mut refine = |line: &str| {
            out.push('\n');
            out.push_str(line);
        };
        if self.numbers.len() > 1 {
            refine(&format!("-- times {}", self.numbers.len()));
        }
        if let Some(within) = self.within {
            refine(&format!("-- within {}", format_duration(within)));
        }
        if self.any_order {
            refine("-- any-order");
        }
        for line in &self.refined {
            refine(line);
        }
        out
    }
}

/// A duration that is a round number and lasts twice as long.
pub(super) fn twice(time: Duration) -> Duration {
    let seconds = time.as_secs() * 2 + 1;
    Duration::from_secs(match seconds {
        0..=10 => seconds,
        11..=60 => seconds.div_ceil(5) * 5,
        _ => seconds.div_ceil(60) * 60,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_round() {
        for (time, written) in [(2, "5s"), (8, "20s"), (31, "2m")] {
            assert_eq!(format_duration(twice(Duration::from_secs(time))), written);
        }
    }
}
