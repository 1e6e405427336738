//! Secrets that a sentence has only the beginning or the end of, because it was cut before it was known what is secret.

use std::ops::Range;

use super::find::spaced_hex;

/// Stands for what was cut off.
const CUT: char = '…';

/// So much of a secret's beginning tells it from chance.
const TELLING: usize = 4;

/// Says that what two long texts have in common is left out.
const LEFT_OUT: &str = "from character ";

/// What a text that was left out in part stands behind.
const BEHIND: [&str; 2] = [" on \"", " is not \""];

/// The beginnings of secrets that stand right before a cut, and their ends right behind what was left out, in order,
/// each with the number of its value.
pub(super) fn parts<'a>(
    text: &str,
    values: impl Iterator<Item = &'a str>,
) -> Vec<(Range<usize>, usize)> {
    if !text.contains(CUT) && !text.contains(LEFT_OUT) {
        return Vec::new();
    }
    let forms: Vec<Vec<String>> = values.map(forms).collect();
    let mut parts = beginnings(text, &forms);
    parts.extend(ends(text, &forms));
    parts.sort_by_key(|(range, _)| range.start);
    let mut end = 0;
    parts.retain(|(range, _)| {
        let is_apart = range.start >= end;
        end = end.max(range.end);
        is_apart
    });
    parts
}

fn beginnings(text: &str, forms: &[Vec<String>]) -> Vec<(Range<usize>, usize)> {
    let cuts = text.match_indices(CUT).filter_map(|(at, _)| {
        let before = text.get(..at)?.trim_end_matches(' ');
        let found = forms.iter().enumerate().filter_map(|(secret, forms)| {
            let longest = forms
                .iter()
                .filter_map(|form| beginning(before, form))
                .max();
            Some((longest?, secret))
        });
        let (length, secret) = found.max_by_key(|(length, _)| *length)?;
        Some((before.len() - length..before.len(), secret))
    });
    cuts.collect()
}

fn ends(text: &str, forms: &[Vec<String>]) -> Vec<(Range<usize>, usize)> {
    let Some(from) = text.find(LEFT_OUT) else {
        return Vec::new();
    };
    let starts = BEHIND.iter().flat_map(|before| {
        let places = text.match_indices(before);
        places.map(|(at, before)| at + before.len())
    });
    let ends = starts.filter(|start| *start > from).filter_map(|start| {
        let behind = text.get(start..)?;
        let found = forms.iter().enumerate().filter_map(|(secret, forms)| {
            let longest = forms.iter().filter_map(|form| ending(behind, form)).max();
            Some((longest?, secret))
        });
        let (length, secret) = found.max_by_key(|(length, _)| *length)?;
        Some((start..start + length, secret))
    });
    ends.collect()
}

/// How a sentence may show a value.
fn forms(value: &str) -> Vec<String> {
    let json = serde_json::Value::from(value).to_string();
    let json = json
        .strip_prefix('"')
        .and_then(|json| json.strip_suffix('"'));
    let json = json.unwrap_or(value).to_owned();
    vec![value.to_owned(), json, spaced_hex(value)]
}

/// How much of a value's beginning ends a text: not all of it, which would have been found.
fn beginning(text: &str, value: &str) -> Option<usize> {
    let most = value.len().min(text.len());
    (TELLING..=most).rev().find(|length| {
        let start = value.as_bytes().get(..*length).unwrap_or_default();
        text.as_bytes().ends_with(start)
    })
}

/// How much of a value's end begins a text.
fn ending(text: &str, value: &str) -> Option<usize> {
    let most = value.len().min(text.len());
    (TELLING..=most).rev().find(|length| {
        let end = value.as_bytes().get(value.len() - length..);
        text.as_bytes().starts_with(end.unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_beside_a_cut_are_found() {
        for (text, found) in [
            ("token is s3cr3t-and…", Some(9..19)),
            ("token is \"s3cr3t-and-\\\"m… (why)", Some(10..24)),
            ("hex 00 73 33 63 72 …", Some(7..18)),
            ("token is s3c…", None),
            ("token is s3cr3t-and", None),
            ("… s3cr3t-and", None),
            (
                "from character 51 on \"xyz\" is not \"t-and-\\\"more\\\"\"",
                Some(35..49),
            ),
            (".a is not \"t-and-\\\"more\\\"\"", None),
        ] {
            let expected: Vec<_> = found.into_iter().map(|range| (range, 1)).collect();
            let values = ["other", "s3cr3t-and-\"more\""].into_iter();
            assert_eq!(parts(text, values), expected, "{text}");
        }
    }
}
