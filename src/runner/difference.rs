//! How a document differs from what a run would make of it.

use similar::TextDiff;

/// A unified diff of a document before and after.
pub(super) fn unified(name: &str, before: &str, after: &str) -> String {
    TextDiff::from_lines(before, after)
        .unified_diff()
        .header(name, &format!("{name} (fresh)"))
        .to_string()
}
