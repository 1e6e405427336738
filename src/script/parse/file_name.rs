//! What looks like the name of a file, and which FORMAT its ending stands for.

use crate::format::Format;

/// The longest name of a file that a hint repeats.
const LONGEST: usize = 100;

/// The path that a text such as `@blob.bin` was meant to name: `./blob.bin`.
pub(in crate::script) fn meant(text: &str) -> Option<String> {
    let path = text.strip_prefix('@')?;
    let named = path.starts_with(|next: char| next.is_alphanumeric() || matches!(next, '_' | '-'));
    let one_word = !path.contains(|next: char| next.is_whitespace() || next.is_control());
    (named && one_word && path.len() <= LONGEST).then(|| format!("./{path}"))
}

/// The FORMAT that a path's ending stands for; `None`: it does not look like a path.
pub(super) fn format_of(path: &str) -> Option<Format> {
    let (_, ending) = path.rsplit_once('.')?;
    let ends = (1..=5).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric());
    ends.then_some(match ending {
        "json" => Format::Json,
        "xml" => Format::Xml,
        "txt" | "md" => Format::Text,
        _ => Format::Binary,
    })
}
