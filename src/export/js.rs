//! JavaScript literals: what a document says, written so that nothing of it can leave its string. Knows no document.

use std::fmt::Write as _;

use crate::source::visible::{Spelling, seen};

/// Columns that a value has at most on one line.
const WIDTH: usize = 110;

/// A value of a script.
#[derive(Clone, Debug)]
pub(super) enum Js {
    /// Source as it stands.
    Raw(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Js>),
    /// An object; the names are identifiers.
    Object(Vec<(&'static str, Js)>),
}

impl Js {
    /// A number or `true`.
    pub(super) fn of(value: impl std::fmt::Display) -> Self {
        Self::Raw(format!("{value}"))
    }

    /// The source, which begins at a column and goes on below it.
    pub(super) fn source(&self, indent: usize) -> String {
        let line = self.line();
        if line.len() + indent <= WIDTH {
            return line;
        }
        let (inner, outer) = (" ".repeat(indent + 2), " ".repeat(indent));
        let lines = |open: char, parts: Vec<String>, close: char| {
            let mut source = String::from(open);
            for part in parts {
                let _ = write!(source, "\n{inner}{part},");
            }
            let _ = write!(source, "\n{outer}{close}");
            source
        };
        match self {
            Self::List(items) if !items.is_empty() => {
                let items = items.iter().map(|item| item.source(indent + 2));
                lines('[', items.collect(), ']')
            }
            Self::Object(members) if !members.is_empty() => {
                let member =
                    |(name, value): &(&str, Self)| format!("{name}: {}", value.source(indent + 2));
                lines('{', members.iter().map(member).collect(), '}')
            }
            _ => line,
        }
    }

    fn line(&self) -> String {
        match self {
            Self::Raw(source) => source.clone(),
            Self::Text(text) => quoted(text),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(Self::line).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Object(members) if members.is_empty() => "{}".to_owned(),
            Self::Object(members) => {
                let member = |(name, value): &(&str, Self)| format!("{name}: {}", value.line());
                let members: Vec<_> = members.iter().map(member).collect();
                format!("{{ {} }}", members.join(", "))
            }
        }
    }
}

/// A string literal. It can stand in a page too: neither `</script>` nor `<!--` is in it.
pub(super) fn quoted(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    let mut before = ' ';
    for (character, visible) in seen(text.chars()) {
        match character {
            '"' | '\\' => {
                literal.push('\\');
                literal.push(character);
            }
            '/' if before == '<' => literal.push_str("\\/"),
            '!' if before == '<' => literal.push_str("\\u0021"),
            _ if visible => literal.push(character),
            _ => Spelling::Json.push(&mut literal, character),
        }
        before = character;
    }
    literal.push('"');
    literal
}

/// A line of a comment, which nothing in the text can end.
pub(super) fn comment(text: &str) -> String {
    format!("// {}\n", Spelling::Plain.line(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_a_string() {
        for (text, literal) in [
            ("a`${b}`", "\"a`${b}`\""),
            ("\"\\\n", "\"\\\"\\\\\\n\""),
            ("</script><!--", "\"<\\/script><\\u0021--\""),
            ("\u{2028}\u{2029}", "\"\\u2028\\u2029\""),
            ("\u{202e}", "\"\\u202e\""),
        ] {
            assert_eq!(quoted(text), literal);
        }
        assert_eq!(comment("a\u{2028}b\n*/"), "// a\\u{2028}b\\u{a}*/\n");
    }
}
