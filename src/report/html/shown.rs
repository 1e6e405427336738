//! Text from outside on the page: nothing but text, in elements and in attributes.

use std::fmt::Write as _;

use maud::{Escaper, Render};

use crate::source::visible::{Spelling, seen};

/// Text that is nothing but text: the template's escapes keep it from being markup, and characters that a page would obey,
/// or show out of order, are spelled out.
pub(crate) struct Shown<T>(pub(crate) T);

impl<T: AsRef<str>> Render for Shown<T> {
    fn render_to(&self, out: &mut String) {
        for (character, visible) in seen(self.0.as_ref().chars()) {
            match character {
                // The template leaves it, since it puts attributes in double quotes.
                '\'' => out.push_str("&#39;"),
                '\n' => out.push('\n'),
                _ if visible => {
                    // Writing to a string cannot fail.
                    let _ = Escaper::new(out).write_char(character);
                }
                _ => Spelling::Plain.push(out, character),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_nothing_but_text() {
        for (text, html) in [
            (
                "</script><script>alert(1)</script>",
                "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
            ),
            ("\" onload='x' &lt;", "&quot; onload=&#39;x&#39; &amp;lt;"),
            (
                "a\n\u{1b}[2J\u{202e}b\u{0}",
                "a\n\\u{1b}[2J\\u{202e}b\\u{0}",
            ),
            ("ü 漢 …", "ü 漢 …"),
        ] {
            assert_eq!(Shown(text).render().into_string(), html);
        }
    }
}
