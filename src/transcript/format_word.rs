//! The words before a payload in an entry: a format, with a protobuf message's name behind it, or a kind of frame.

use crate::format::Format;

/// The words, and what stands behind them with the blanks between.
pub(super) fn split(body: &str) -> (&str, &str) {
    let first = body.find(' ').unwrap_or(body.len());
    let mut end = first;
    if body.get(..first) == Some(Format::Proto.word()) {
        let name = body.get(first + 1..).unwrap_or_default();
        end = name
            .find(' ')
            .map_or(body.len(), |length| first + 1 + length);
    }
    body.split_at_checked(end).unwrap_or((body, ""))
}

/// Whether JSON stands behind the words.
pub(super) fn is_json(words: &str) -> bool {
    written(words) == Some(Format::Json)
}

/// The format of what stands behind the words.
pub(super) fn written(words: &str) -> Option<Format> {
    let first = words.split(' ').next().unwrap_or_default();
    Format::from_word(first).map(Format::written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_its_name_behind_its_format() {
        for (body, words, rest) in [
            ("json  {}", "json", "  {}"),
            ("proto a.B  {}", "proto a.B", "  {}"),
            ("proto a.B", "proto a.B", ""),
            ("proto", "proto", ""),
            ("ping", "ping", ""),
            ("", "", ""),
        ] {
            assert_eq!(split(body), (words, rest));
        }
        assert!(is_json("proto a.B") && is_json("cbor") && !is_json("text") && !is_json("ping"));
    }
}
