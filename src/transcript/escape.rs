//! What a peer sends can never leave its line: the characters that could, and how they are written instead.
//! Knows nothing of events; the terminal and the reports escape by the same rules.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character shows itself and nothing else: it is no control, breaks no line, has a width, and does not turn
/// the text around it. (A variation selector is harmless: it belongs to the character before it.)
#[must_use]
pub fn is_harmless(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    let code = u32::from(character);
    !matches!(character,
        '\u{80}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}'
        | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{fdd0}'..='\u{fdef}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
        && code & 0xfffe != 0xfffe
}

/// A text on one line: whatever is not harmless is written as JSON would (`\n`, `\u001b`); nothing else is touched.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    replace(text, |_| false, push_json)
}

/// A text of several lines: as [`line()`], but LF and tab stay.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    replace(text, |kept| matches!(kept, '\n' | '\t'), push_json)
}

/// XML source on one line: whatever is not harmless is written as a character reference (`&#x1b;`).
pub(super) fn xml(text: &str) -> Cow<'_, str> {
    replace(
        text,
        |_| false,
        |out, character| {
            // Writing to a string cannot fail.
            let _ = write!(out, "&#x{:x};", u32::from(character));
        },
    )
}

/// A JSON string literal's inside, with `\{{` for two braces, so that a script reads the same text back.
pub(super) fn push_literal(out: &mut String, text: &str) {
    let mut braces = 0;
    for character in text.chars() {
        if character == '{' {
            braces += 1;
            continue;
        }
        push_braces(out, std::mem::take(&mut braces));
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            _ if is_harmless(character) => out.push(character),
            _ => push_json(out, character),
        }
    }
    push_braces(out, braces);
}

/// An odd brace stands first: behind an escaped pair it could be read as the second half of another one.
fn push_braces(out: &mut String, count: usize) {
    if count % 2 == 1 {
        out.push('{');
    }
    for _ in 0..count / 2 {
        out.push_str("\\{{");
    }
}

/// A character as an escape that JSON strings know; beyond the basic plane as a surrogate pair (RFC 8259, 7).
pub(super) fn push_json(out: &mut String, character: char) {
    let short = match character {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
            return;
        }
    };
    out.push_str(short);
}

fn replace(
    text: &str,
    keeps: impl Fn(char) -> bool,
    mut push: impl FnMut(&mut String, char),
) -> Cow<'_, str> {
    let fine = |character: char| is_harmless(character) || keeps(character);
    if text.chars().all(fine) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if fine(character) {
            out.push(character);
        } else {
            push(&mut out, character);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_could_leave_a_line_is_escaped() {
        let cases = [
            ("plain ü 漢 ❤\u{fe0f}", "plain ü 漢 ❤\u{fe0f}"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{1b}[2J\u{7f}\u{85}", "\\u001b[2J\\u007f\\u0085"),
            ("\u{2028}\u{2029}", "\\u2028\\u2029"),
            (
                "\u{61c}\u{200e}\u{202e}\u{2066}",
                "\\u061c\\u200e\\u202e\\u2066",
            ),
            (
                "\u{200b}\u{200d}\u{2060}\u{feff}\u{180e}",
                "\\u200b\\u200d\\u2060\\ufeff\\u180e",
            ),
            ("\u{e0041}\u{1ffff}", "\\udb40\\udc41\\ud83f\\udfff"),
        ];
        for (text, shown) in cases {
            assert_eq!(line(text), shown);
        }
        assert_eq!(lines("a\n\tb\u{7}"), "a\n\tb\\u0007");
        assert_eq!(xml("<a>\u{1b}</a>\u{85}"), "<a>&#x1b;</a>&#x85;");
    }

    #[test]
    fn braces_are_escaped_in_pairs() {
        for (text, shown) in [
            ("{", "{"),
            ("{{", "\\{{"),
            ("{{{a", "{\\{{a"),
            ("\\{{{{", "\\\\\\{{\\{{"),
        ] {
            let mut out = String::new();
            push_literal(&mut out, text);
            assert_eq!(out, shown);
        }
    }

    proptest! {
        #[test]
        fn a_line_is_harmless(text in any::<String>()) {
            prop_assert!(line(&text).chars().all(is_harmless));
            prop_assert!(xml(&text).chars().all(is_harmless));
        }

        #[test]
        fn a_literal_spells_its_text(text in any::<String>()) {
            let mut inside = String::new();
            push_literal(&mut inside, &text);
            let literal = format!("\"{}\"", inside.replace("\\{{", "{{"));
            prop_assert_eq!(serde_json::from_str::<String>(&literal).ok(), Some(text));
        }
    }
}
