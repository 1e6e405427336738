//! Why a watched document runs again, and the line that tells it. Knows no document.

use crate::report::harmless;
use crate::runner::RerunScope;

/// How wide a line that sets runs apart is, where what it says is shorter.
const WIDTH: usize = 60;

/// Paths that are named at most.
const NAMED: usize = 3;

/// Why something runs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RunReason {
    /// Files were saved, by their paths as they are shown; none if it is not known which.
    Saved(Vec<String>),
    /// A key was pressed that calls for these.
    Key(RerunScope),
}

impl RunReason {
    /// `── 12:03:04 · docs/api.md was saved ──────`
    pub(super) fn line(&self, now: jiff::civil::Time) -> String {
        let text = format!(
            "── {:02}:{:02}:{:02} · {} ",
            now.hour(),
            now.minute(),
            now.second(),
            self.reason()
        );
        let rest = WIDTH.saturating_sub(text.chars().count()).max(2);
        format!("{text}{}\n", "─".repeat(rest))
    }

    fn reason(&self) -> String {
        match self {
            Self::Key(RerunScope::All) => "run all".to_owned(),
            Self::Key(_) => "run what failed".to_owned(),
            Self::Saved(paths) => match paths.as_slice() {
                [] => "something was saved".to_owned(),
                [path] => format!("{} was saved", harmless(path)),
                paths if paths.len() <= NAMED => {
                    let paths: Vec<_> = paths.iter().map(|path| harmless(path)).collect();
                    format!("{} were saved", paths.join(", "))
                }
                paths => format!("{} files were saved", paths.len()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_when_and_why() {
        let now = jiff::civil::time(12, 3, 4, 0);
        let saved = |paths: &[&str]| {
            let paths = paths.iter().map(|path| (*path).to_owned()).collect();
            RunReason::Saved(paths).line(now)
        };
        for (line, start) in [
            (
                saved(&["docs/a.md"]),
                "── 12:03:04 · docs/a.md was saved ──",
            ),
            (
                saved(&["a.md", "b.md"]),
                "── 12:03:04 · a.md, b.md were saved ──",
            ),
            (
                saved(&["a", "b", "c", "d"]),
                "── 12:03:04 · 4 files were saved ──",
            ),
            (
                saved(&["a\u{1b}[2J.md"]),
                "── 12:03:04 · a\\u{1b}[2J.md was saved ──",
            ),
            (saved(&[]), "── 12:03:04 · something was saved ──"),
            (
                RunReason::Key(RerunScope::All).line(now),
                "── 12:03:04 · run all ──",
            ),
            (
                RunReason::Key(RerunScope::Failed).line(now),
                "── 12:03:04 · run what failed ──",
            ),
        ] {
            assert!(line.starts_with(start), "{line}");
            assert!(
                line.ends_with("──\n") && line.chars().count() > WIDTH.min(60),
                "{line}"
            );
        }
    }
}
