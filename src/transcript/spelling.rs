//! What frames say in words: as they are where a script would read the same, else as JSON string literals; and the
//! names of secrets in their places.

use std::fmt::Write as _;

use crate::protocol::{Close, Hidden};
use crate::source::visible::{Spelling, is_visible, seen};

/// The close code and reason, as they stand behind `close` and `Disconnected`.
pub(super) fn close(close: &Close) -> String {
    if close.reason.is_empty() {
        return close.code.to_string();
    }
    // A secret in the reason stands here as its name, and nothing says where; so braces are left alone.
    let reason = if is_plain(&close.reason) {
        close.reason.clone()
    } else {
        literal(&[PayloadPart::Plain(close.reason.as_bytes())]).replace("\\{{", "{{")
    };
    format!("{} {reason}", close.code)
}

/// Bytes of a payload, or a secret in their place.
#[derive(Clone, Copy, Debug)]
pub(super) enum PayloadPart<'a> {
    Plain(&'a [u8]),
    /// Its name, and the bytes that stand there.
    Hidden(&'a str, usize),
}

impl PayloadPart<'_> {
    /// Its text, of a secret none; `None` where it is not UTF-8.
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            PayloadPart::Plain(bytes) => std::str::from_utf8(bytes).ok(),
            PayloadPart::Hidden(..) => Some(""),
        }
    }
}

/// A payload in pieces.
pub(super) fn parts<'a>(bytes: &'a [u8], hidden: &'a [Hidden]) -> Vec<PayloadPart<'a>> {
    let mut parts = Vec::new();
    let mut at = 0;
    for Hidden { range, name } in hidden {
        parts.push(PayloadPart::Plain(
            bytes.get(at..range.start).unwrap_or_default(),
        ));
        parts.push(PayloadPart::Hidden(name, range.len()));
        at = range.end;
    }
    parts.push(PayloadPart::Plain(bytes.get(at..).unwrap_or_default()));
    parts
}

/// Those hidden ranges that lie in the payload, in order, none over another.
pub(super) fn sound(mut hidden: Vec<Hidden>, length: usize) -> Vec<Hidden> {
    let mut at = 0;
    hidden.retain(|hidden| {
        let range = &hidden.range;
        let fits = at <= range.start && range.start <= range.end && range.end <= length;
        if fits {
            at = range.end;
        }
        fits
    });
    hidden
}

/// Text as it is where that can be copied into a script, else as a JSON string literal.
pub(super) fn words(parts: &[PayloadPart<'_>]) -> String {
    let mut whole = String::new();
    let mut has_braces = false;
    for part in parts {
        match part {
            PayloadPart::Plain(_) => {
                let text = part.as_str().unwrap_or_default();
                has_braces |= text.contains("{{");
                whole.push_str(text);
            }
            PayloadPart::Hidden(name, _) => push_name(&mut whole, name),
        }
    }
    if is_plain(&whole) && !has_braces {
        return whole;
    }
    literal(parts)
}

/// One line of visible characters that a script would read as this very text. (A leading `\@` or `\\` is how a script
/// spells `@` or `\`.)
pub(crate) fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.trim() == text
        && !["\"", "@", "\\@", "\\\\"]
            .iter()
            .any(|start| text.starts_with(start))
        && is_visible(text)
}

/// A JSON string literal.
pub(super) fn literal(parts: &[PayloadPart<'_>]) -> String {
    let mut out = String::from("\"");
    for part in parts {
        match part {
            PayloadPart::Plain(_) => push_literal(&mut out, part.as_str().unwrap_or_default()),
            PayloadPart::Hidden(name, _) => push_name(&mut out, name),
        }
    }
    out.push('"');
    out
}

/// UTF-8 with no controls but CR, LF and tab.
pub(super) fn is_text_of(parts: &[PayloadPart<'_>]) -> bool {
    parts.iter().all(|part| {
        part.as_str().is_some_and(|text| {
            text.chars()
                .all(|part| !part.is_control() || matches!(part, '\r' | '\n' | '\t'))
        })
    })
}

fn push_name(out: &mut String, name: &str) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{{{{{name}}}}}");
}

/// A JSON string literal's inside, with `\{{` for two braces, so that a script reads the same text back.
pub(crate) fn push_literal(out: &mut String, text: &str) {
    let mut braces = 0;
    for (character, visible) in seen(text.chars()) {
        if character == '{' {
            braces += 1;
            continue;
        }
        push_braces(out, std::mem::take(&mut braces));
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            _ if visible => out.push(character),
            _ => Spelling::Json.push(out, character),
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        fn a_literal_spells_its_text(text in any::<String>()) {
            let mut inside = String::new();
            push_literal(&mut inside, &text);
            let literal = format!("\"{}\"", inside.replace("\\{{", "{{"));
            prop_assert_eq!(serde_json::from_str::<String>(&literal).ok(), Some(text));
        }
    }
}
