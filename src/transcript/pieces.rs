//! Long literals in pieces on lines of their own, and what such pieces say together. Knows neither frames nor entries.

use super::spelling::is_plain;

/// What stands between the quotes of a literal, in pieces of at most `columns` columns where that can be: each ends with
/// a line break of the text, else behind a blank, and none in the middle of an escape or of a secret's name. A script
/// joins literals that stand on lines of their own.
pub(super) fn pieces(inside: &str, columns: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut at, mut width) = (0, 0, 0);
    // Behind the last blank: where, and how wide the piece is there.
    let mut blank: Option<(usize, usize)> = None;
    while let Some(rest) = inside.get(at..).filter(|rest| !rest.is_empty()) {
        let next = atom(rest);
        let wide = next.chars().count();
        while width > 0 && width + wide > columns {
            let behind = blank.take().filter(|(_, before)| *before > columns / 2);
            let (end, before) = behind.unwrap_or((at, width));
            pieces.extend(inside.get(start..end));
            (start, width) = (end, width - before);
        }
        at += next.len();
        width += wide;
        match next {
            " " => blank = Some((at, width)),
            "\\n" => {
                pieces.extend(inside.get(start..at));
                (start, width, blank) = (at, 0, None);
            }
            _ => {}
        }
    }
    pieces.extend(inside.get(start..).filter(|rest| !rest.is_empty()));
    pieces
}

/// What stands at the start of a literal's inside and must not be parted.
fn atom(inside: &str) -> &str {
    let length = match inside.as_bytes() {
        [b'{', b'{', ..] => inside.find("}}").map_or(2, |end| end + 2),
        [b'\\', b'{', ..] => 3,
        // Half of a surrogate pair is not a character (RFC 8259, 7).
        [b'\\', b'u', b'd', b'8'..=b'9' | b'a' | b'b', ..] => 12,
        [b'\\', b'u', ..] => 6,
        [b'\\', ..] => 2,
        // A selector of text or emoji is seen in what stands before it.
        _ => {
            let selects = |next: char| matches!(next, '\u{fe0e}' | '\u{fe0f}');
            let mut behind = inside.char_indices().skip(1);
            let next = behind.find(|(_, next)| !selects(*next));
            next.map_or(inside.len(), |(at, _)| at)
        }
    };
    inside.get(..length).unwrap_or(inside)
}

/// What literals on lines of their own say together, as it would stand on one line; `None` where they are none.
pub(super) fn joined(lines: &str, may_be_plain: bool) -> Option<String> {
    let mut inside = String::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        inside += line.strip_prefix('"')?.strip_suffix('"')?;
    }
    let plain = unquoted(&inside).filter(|plain| may_be_plain && is_plain(plain));
    Some(plain.unwrap_or_else(|| format!("\"{inside}\"")))
}

/// The text of a literal in which nothing is escaped but quotes and backslashes.
fn unquoted(inside: &str) -> Option<String> {
    let mut text = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '\\' => characters
                .next()
                .filter(|next| matches!(next, '"' | '\\'))?,
            '"' => return None,
            _ => character,
        });
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::super::spelling::{PayloadPart, literal, words};
    use super::*;
    use proptest::prelude::*;

    fn inside(text: &str) -> String {
        let literal = literal(&[PayloadPart::Plain(text.as_bytes())]);
        let inside = literal
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        inside.unwrap().to_owned()
    }

    #[test]
    fn pieces_end_where_the_text_does_or_behind_a_blank() {
        for (inside, expected) in [
            ("short", vec!["short"]),
            (r"one\ntwo\n", vec![r"one\n", r"two\n"]),
            ("the quick brown fox", vec!["the quick ", "brown fox"]),
            ("a ninechars", vec!["a ninechar", "s"]),
            ("0123456789abc", vec!["0123456789", "abc"]),
            (r"01234567\u001b9", vec!["01234567", r"\u001b9"]),
            (r"\ud83d\udea9x", vec![r"\ud83d\udea9", "x"]),
            (r"01234567\{{x", vec!["01234567", r"\{{x"]),
            ("0123456{{TOKEN}}", vec!["0123456", "{{TOKEN}}"]),
            ("{{A_LONGER_NAME}}x", vec!["{{A_LONGER_NAME}}", "x"]),
            ("012345678❤\u{fe0f}x", vec!["012345678", "❤\u{fe0f}x"]),
            ("", vec![]),
        ] {
            assert_eq!(pieces(inside, 10), expected, "{inside}");
        }
    }

    proptest! {
        #[test]
        fn pieces_say_together_what_the_literal_says(text in "[a-c {}\"\\\\\n\u{1b}\u{1f6a9}\u{fe0f}\u{e0041}]{0,120}") {
            let inside = inside(&text);
            let pieces = pieces(&inside, 20);
            prop_assert_eq!(pieces.concat(), inside.as_str());
            prop_assert!(pieces.iter().all(|piece| piece.chars().count() <= 20));
            let lines: Vec<String> = pieces.iter().map(|piece| format!("  \"{piece}\"")).collect();
            let part = PayloadPart::Plain(text.as_bytes());
            prop_assert_eq!(joined(&lines.join("\n"), true), Some(words(&[part])));
            prop_assert_eq!(joined(&lines.join("\n"), false), Some(literal(&[part])));
        }
    }
}
