//! The one table of characters that may not be shown as they are, and how they are spelled instead: as JSON would, as
//! XML would, and in plain words. What a peer or a document wrote can neither leave its line, nor turn it around, nor
//! hide in it, wherever it is written. Knows no output.

use std::borrow::Cow;
use std::fmt::Write as _;

/// How a character is spelled that may not be shown as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// As in a JSON string (RFC 8259, 7): `\n`, `\u001b`, beyond the basic plane a surrogate pair.
    Json,
    /// As a character reference: `&#x1b;`.
    Xml,
    /// In names and sentences, which nothing reads back: `\u{1b}`.
    Plain,
}

impl Spelling {
    /// Writes a character in this spelling.
    pub fn push(self, out: &mut String, character: char) {
        // Writing to a string cannot fail.
        let _ = match (self, character) {
            (Self::Json, '\n') => write!(out, "\\n"),
            (Self::Json, '\r') => write!(out, "\\r"),
            (Self::Json, '\t') => write!(out, "\\t"),
            (Self::Json, _) => {
                let units = &mut [0; 2];
                let mut units = character.encode_utf16(units).iter();
                units.try_for_each(|unit| write!(out, "\\u{unit:04x}"))
            }
            (Self::Xml, _) => write!(out, "&#x{:x};", u32::from(character)),
            (Self::Plain, _) => write!(out, "\\u{{{:x}}}", u32::from(character)),
        };
    }

    /// A text on one line: all that may not be shown as it is stands in this spelling, line breaks and tabs too.
    #[must_use]
    pub fn line(self, text: &str) -> Cow<'_, str> {
        self.keeping(text, &[])
    }

    /// A text of several lines: as [`Spelling::line`], but LF and tab stay.
    #[must_use]
    pub fn lines(self, text: &str) -> Cow<'_, str> {
        self.keeping(text, &['\n', '\t'])
    }

    /// As [`Spelling::line`], but those characters stay as they are.
    #[must_use]
    pub fn keeping<'a>(self, text: &'a str, kept: &[char]) -> Cow<'a, str> {
        let stays = |(character, visible): (char, bool)| visible || kept.contains(&character);
        if seen(text.chars()).all(stays) {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len() + 16);
        for (character, visible) in seen(text.chars()) {
            if stays((character, visible)) {
                out.push(character);
            } else {
                self.push(&mut out, character);
            }
        }
        Cow::Owned(out)
    }
}

/// Whether every character of a text may be shown as it is.
#[must_use]
pub fn is_visible(text: &str) -> bool {
    seen(text.chars()).all(|(_, visible)| visible)
}

/// The characters of a text from its start on, each with whether it may be shown as it is.
pub fn seen<I: Iterator<Item = char>>(characters: I) -> Seen<I> {
    Seen {
        characters,
        before: None,
    }
}

/// See [`seen`].
#[derive(Clone, Debug)]
pub struct Seen<I> {
    characters: I,
    before: Option<char>,
}

impl<I: Iterator<Item = char>> Iterator for Seen<I> {
    type Item = (char, bool);

    fn next(&mut self) -> Option<Self::Item> {
        let character = self.characters.next()?;
        let before = self.before.replace(character);
        Some((character, shows(before, character)))
    }
}

/// Whether a character may be shown as it is behind another. The selectors of text and emoji are seen in what stands
/// before them, if that may be an emoji; anywhere else they are not seen.
#[must_use]
pub fn shows(before: Option<char>, character: char) -> bool {
    match character {
        ' '..='~' => true,
        '\u{fe0e}' | '\u{fe0f}' => before.is_some_and(has_emoji_style),
        _ => !is_hidden(character),
    }
}

/// Whether a character does something else than to be seen: controls (Cc), line and paragraph separators, all that
/// Unicode ignores by default when it is shown (`Default_Ignorable_Code_Point`: soft hyphen, fillers, zero-width and
/// bidirectional controls, variation selectors, tags), interlinear annotations, and noncharacters.
fn is_hidden(character: char) -> bool {
    matches!(character,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
        || u32::from(character) & 0xfffe == 0xfffe
}

/// Whether a character may be an emoji, other than a digit or sign, behind which a selector is seen in nothing.
fn has_emoji_style(character: char) -> bool {
    matches!(character, '\u{a9}' | '\u{ae}' | '\u{203c}'..='\u{3299}' | '\u{1f000}'..='\u{1faff}')
        && !is_hidden(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What Unicode says of it, by the tables of the regex library.
    fn unicode_hides() -> regex::Regex {
        regex::Regex::new(
            r"[\p{Cc}\p{Zl}\p{Zp}\p{DI}\p{Bidi_C}\p{NChar}\x{FFF9}-\x{FFFB}\x{E0000}-\x{E0FFF}]",
        )
        .unwrap()
    }

    #[test]
    fn the_table_is_what_unicode_says() {
        let hides = unicode_hides();
        for character in '\0'..=char::MAX {
            let text = character.to_string();
            assert_eq!(
                is_hidden(character),
                hides.is_match(&text),
                "{}",
                character.escape_unicode()
            );
        }
    }

    #[test]
    fn every_emoji_may_be_styled() {
        let emoji = regex::Regex::new(r"^[\p{Emoji}--[0-9#*]]$").unwrap();
        for character in '\0'..=char::MAX {
            if emoji.is_match(&character.to_string()) {
                assert!(has_emoji_style(character), "{}", character.escape_unicode());
            }
        }
    }

    #[test]
    fn each_spelling_has_its_own_form() {
        for (text, json, xml, plain) in [
            (
                "plain ü 漢 ❤\u{fe0f} \u{1f170}\u{fe0f}",
                "plain ü 漢 ❤\u{fe0f} \u{1f170}\u{fe0f}",
                "plain ü 漢 ❤\u{fe0f} \u{1f170}\u{fe0f}",
                "plain ü 漢 ❤\u{fe0f} \u{1f170}\u{fe0f}",
            ),
            (
                "a\n\r\tb",
                r"a\n\r\tb",
                "a&#xa;&#xd;&#x9;b",
                r"a\u{a}\u{d}\u{9}b",
            ),
            (
                "\u{1b}[2J\u{85}",
                r"\u001b[2J\u0085",
                "&#x1b;[2J&#x85;",
                r"\u{1b}[2J\u{85}",
            ),
            (
                "\u{e0041}\u{1ffff}",
                r"\udb40\udc41\ud83f\udfff",
                "&#xe0041;&#x1ffff;",
                r"\u{e0041}\u{1ffff}",
            ),
            (
                "a\u{ad}\u{34f}\u{180b}\u{206a}\u{3164}",
                r"a\u00ad\u034f\u180b\u206a\u3164",
                "a&#xad;&#x34f;&#x180b;&#x206a;&#x3164;",
                r"a\u{ad}\u{34f}\u{180b}\u{206a}\u{3164}",
            ),
            (
                "ok\u{fe0f} ❤\u{fe0f}\u{fe0f}",
                "ok\\ufe0f ❤\u{fe0f}\\ufe0f",
                "ok&#xfe0f; ❤\u{fe0f}&#xfe0f;",
                "ok\\u{fe0f} ❤\u{fe0f}\\u{fe0f}",
            ),
            (
                "\u{200d}\u{fe0f}",
                r"\u200d\ufe0f",
                "&#x200d;&#xfe0f;",
                r"\u{200d}\u{fe0f}",
            ),
        ] {
            let spelled =
                [Spelling::Json, Spelling::Xml, Spelling::Plain].map(|how| how.line(text));
            assert_eq!(spelled, [json, xml, plain]);
        }
        assert_eq!(Spelling::Plain.lines("a\n\tb\u{7}\r"), "a\n\tb\\u{7}\\u{d}");
    }

    proptest! {
        #[test]
        fn a_line_is_visible(text in any::<String>()) {
            for spelling in [Spelling::Json, Spelling::Xml, Spelling::Plain] {
                let line = spelling.line(&text);
                prop_assert!(is_visible(&line));
                prop_assert_eq!(spelling.line(&line), line.as_ref());
            }
        }

        #[test]
        fn json_reads_back(text in r#"[^"\\]*"#) {
            let literal = format!("\"{}\"", Spelling::Json.line(&text));
            prop_assert_eq!(serde_json::from_str::<String>(&literal).ok(), Some(text));
        }
    }
}
