//! What an entry says, whichever way it is laid out: on one line or on several, with or without what was measured.

use std::borrow::Cow;

use super::clock::after_duration;
use super::cut::{BESIDE, MASKED, is_masked_size, split_notice};
use super::pieces::joined;
use super::recorded::RecordedEntry;
use super::{format_word, json, xml};

/// What a frame's entry says, whichever way it is laid out, and the digest of what was cut.
pub(super) fn payload<'a>(entry: &RecordedEntry<'a>) -> (Cow<'a, str>, Option<&'a str>) {
    let body = entry.body;
    let (word, _) = format_word::split(body);
    if !entry.below.is_empty() {
        let (below, rest) = split_notice(entry.below);
        return (laid_flat(word, body, below), rest);
    }
    let (shown, rest) = split_notice(body);
    match word {
        "pong" => (Cow::Borrowed(without_round_trip(shown)), rest),
        "binary" if shown.strip_prefix("binary  ").is_some_and(is_masked_size) => {
            (Cow::Borrowed("binary  …"), rest)
        }
        "binary" | "bytes" if shown.contains("  hex ") => (laid_flat(word, shown, ""), rest),
        _ => (Cow::Borrowed(shown), rest),
    }
}

/// As it stands on one line: JSON and XML compact, the pieces of a text joined, a hex dump as the characters of its bytes, so that a generated
/// value is found in it.
fn laid_flat<'a>(word: &str, body: &str, below: &str) -> Cow<'a, str> {
    match word {
        word if format_word::is_json(word) => {
            Cow::Owned(format!("{word}  {}", json::compact(below)))
        }
        "xml" => Cow::Owned(format!("xml  {}", xml::compact(below))),
        "text" | "binary" if body == word => {
            let together = joined(below, word == "text");
            let together = together.unwrap_or_else(|| below.to_owned());
            Cow::Owned(format!("{word}  {together}"))
        }
        _ if body.contains("  hex") => {
            let (_, hex) = body.split_once("  hex").unwrap_or_default();
            let below = below.lines().flat_map(dumped);
            let bytes = hex.split_whitespace().chain(below);
            // What is masked is not a byte that anybody sent.
            let character = |byte: &str| match byte {
                MASKED => '…',
                _ => u8::from_str_radix(byte, 16).map_or('*', char::from),
            };
            let characters = bytes.map(character);
            Cow::Owned(format!("{word}  hex {}", characters.collect::<String>()))
        }
        _ => Cow::Owned(format!("{body}\n{below}")),
    }
}

/// The bytes of a line of a dump, which may have its offset before them and its text beside them.
fn dumped(line: &str) -> impl Iterator<Item = &str> {
    let (bytes, skipped) = match line.split_once(BESIDE) {
        Some((bytes, _)) => (bytes, 1),
        None => (line, 0),
    };
    bytes.split_whitespace().skip(skipped)
}

/// What is said of what was cut, and what stands before it counts elsewhere.
pub(super) fn notice<'a>(entry: &RecordedEntry<'a>) -> &'a str {
    let whole = if entry.below.is_empty() {
        entry.body
    } else {
        entry.below
    };
    let (shown, _) = split_notice(whole);
    whole.get(shown.len()..).unwrap_or_default().trim_start()
}

fn without_round_trip(pong: &str) -> &str {
    let split = || {
        let (data, remark) = pong.rsplit_once("  (")?;
        (after_duration(remark)? == ")").then_some(data)
    };
    split().unwrap_or(pong)
}

/// A sentence with `_` for every duration that was measured: those of the script are written without a blank.
pub(super) fn without_durations(text: &str) -> Cow<'_, str> {
    const ELAPSED: &str = "$elapsed is ";
    if !text.contains(|part: char| part.is_ascii_digit()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let starts = !out.ends_with(|part: char| part.is_alphanumeric() || part == '.');
        let after = if out.ends_with(ELAPSED) {
            let after = rest.trim_start_matches(|part: char| part.is_ascii_digit() || part == '.');
            (after.len() < rest.len()).then_some(after)
        } else if starts {
            after_duration(rest)
        } else {
            None
        };
        if let Some(after) = after {
            out.push('_');
            rest = after;
        } else {
            out.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
    }
    Cow::Owned(out)
}
