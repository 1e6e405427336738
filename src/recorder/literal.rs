//! How text stands in a script: literally, whatever is in it, and with placeholders between. Knows no values.

use crate::transcript::{is_plain, push_literal};

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LiteralPart {
    /// Stands for itself.
    Words(String),
    /// `{{…}}`, as it is written.
    Slot(String),
}

/// Columns up to which something stands on the step's own line.
pub(super) const COLUMNS: usize = 100;

/// The inside of a JSON string literal.
pub(super) fn inside(fragments: &[LiteralPart]) -> String {
    let mut out = String::new();
    for fragment in fragments {
        match fragment {
            LiteralPart::Words(text) => push_literal(&mut out, text),
            LiteralPart::Slot(slot) => out.push_str(slot),
        }
    }
    out
}

/// A JSON string literal.
pub(super) fn quoted(fragments: &[LiteralPart]) -> String {
    format!("\"{}\"", inside(fragments))
}

/// What stands behind `text`: as it is where a script reads it so, else as literals, each line of it one.
pub(super) fn text(fragments: &[LiteralPart]) -> String {
    let words = fragments.iter().map(|fragment| match fragment {
        LiteralPart::Words(text) | LiteralPart::Slot(text) => text.as_str(),
    });
    let whole: String = words.collect();
    let has_braces = fragments
        .iter()
        .any(|fragment| matches!(fragment, LiteralPart::Words(text) if text.contains("{{")));
    let ends_in_brace = fragments.windows(2).any(
        |pair| matches!(pair, [LiteralPart::Words(text), LiteralPart::Slot(_)] if text.ends_with('\\')),
    );
    if whole.is_empty() {
        return String::new();
    }
    if is_plain(&whole) && !has_braces && !ends_in_brace {
        return format!(" {whole}");
    }
    literals(fragments)
}

/// A JSON string literal on the line, or one for each line of the text below it.
pub(super) fn literals(fragments: &[LiteralPart]) -> String {
    let one = quoted(fragments);
    if one.chars().count() <= COLUMNS {
        return format!(" {one}");
    }
    let mut lines: Vec<Vec<LiteralPart>> = vec![Vec::new()];
    for fragment in fragments {
        let LiteralPart::Words(text) = fragment else {
            push(&mut lines, fragment.clone());
            continue;
        };
        for (index, line) in text.split_inclusive('\n').enumerate() {
            if index > 0 {
                lines.push(Vec::new());
            }
            push(&mut lines, LiteralPart::Words(line.to_owned()));
        }
        if text.ends_with('\n') {
            lines.push(Vec::new());
        }
    }
    lines.retain(|line| !line.is_empty());
    if lines.len() < 2 {
        return format!(" {one}");
    }
    let mut out = String::new();
    for line in lines {
        out.push('\n');
        out.push_str(&quoted(&line));
    }
    out
}

fn push(lines: &mut [Vec<LiteralPart>], fragment: LiteralPart) {
    if let Some(line) = lines.last_mut() {
        line.push(fragment);
    }
}

/// Plain text as it stands in a place where only placeholders are special.
#[must_use]
pub fn unbraced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut braces = 0;
    for character in text.chars() {
        if character == '{' {
            braces += 1;
            continue;
        }
        push_braces(&mut out, std::mem::take(&mut braces));
        out.push(character);
    }
    push_braces(&mut out, braces);
    out
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

    fn words(text: &str) -> LiteralPart {
        LiteralPart::Words(text.to_owned())
    }

    #[test]
    fn text_stands_as_it_is_where_it_may() {
        for (given, stands) in [
            ("hello", " hello"),
            ("", ""),
            (" a", " \" a\""),
            ("{{a}}", " \"\\{{a}}\""),
            ("@./x", " \"@./x\""),
            ("a\nb", " \"a\\nb\""),
        ] {
            assert_eq!(text(&[words(given)]), stands);
        }
        let long = "x".repeat(60);
        let lines = text(&[words(&format!("{long}\n{long}\n"))]);
        assert_eq!(lines, format!("\n\"{long}\\n\"\n\"{long}\\n\""));
    }
}
