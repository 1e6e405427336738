//! Regular expressions of Rust → those of JavaScript. What the two read in different ways is refused.

use std::fmt::Write as _;

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{
    AssertionKind, Ast, ClassAscii, ClassAsciiKind, ClassBracketed, ClassPerl, ClassPerlKind,
    ClassSet, ClassSetItem, Flag, Flags, FlagsItemKind, GroupKind, Repetition, RepetitionKind,
    RepetitionRange,
};

/// The source for `new RegExp(…, "u")`; all its groups are without a number.
///
/// # Errors
/// What of it has no counterpart.
pub(super) fn translate(source: &str, flags: RegexFlags) -> Result<String, String> {
    let ast = Parser::new()
        .parse(source)
        .map_err(|_| "it is not understood".to_owned())?;
    let mut translator = Translator {
        out: String::new(),
        flags,
    };
    translator.any(&ast)?;
    Ok(translator.out)
}

/// What may be switched on within an expression.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RegexFlags {
    /// `i`
    pub(super) any_case: bool,
    /// `s`
    pub(super) dot_is_all: bool,
}

struct Translator {
    out: String,
    flags: RegexFlags,
}

fn refused<T>(what: &str) -> Result<T, String> {
    Err(format!("{what} has no counterpart in JavaScript"))
}

impl Translator {
    fn any(&mut self, ast: &Ast) -> Result<(), String> {
        match ast {
            Ast::Empty(_) => {}
            Ast::Flags(set) => self.set(&set.flags)?,
            Ast::Literal(literal) => self.literal(literal.c),
            Ast::Dot(_) if self.flags.dot_is_all => self.out.push_str("[\\s\\S]"),
            Ast::Dot(_) => self.out.push_str("[^\\n]"),
            Ast::Assertion(assertion) => self.out.push_str(match assertion.kind {
                AssertionKind::StartLine | AssertionKind::StartText => "^",
                AssertionKind::EndLine | AssertionKind::EndText => "$",
                AssertionKind::WordBoundary => "\\b",
                AssertionKind::NotWordBoundary => "\\B",
                _ => return refused("a half of a word's boundary"),
            }),
            Ast::ClassUnicode(_) => return refused("a class by a property (`\\p`)"),
            Ast::ClassPerl(class) => self.out.push_str(perl(class)),
            Ast::ClassBracketed(class) => self.bracketed(class)?,
            Ast::Repetition(repetition) => self.repetition(repetition)?,
            Ast::Group(group) => {
                let outer = self.flags;
                if let GroupKind::NonCapturing(flags) = &group.kind {
                    self.set(flags)?;
                }
                self.grouped(&group.ast)?;
                self.flags = outer;
            }
            Ast::Alternation(alternation) => {
                for (at, branch) in alternation.asts.iter().enumerate() {
                    if at > 0 {
                        self.out.push('|');
                    }
                    self.any(branch)?;
                }
            }
            Ast::Concat(concat) => {
                for part in &concat.asts {
                    self.any(part)?;
                }
            }
        }
        Ok(())
    }

    fn grouped(&mut self, ast: &Ast) -> Result<(), String> {
        self.out.push_str("(?:");
        self.any(ast)?;
        self.out.push(')');
        Ok(())
    }

    fn set(&mut self, flags: &Flags) -> Result<(), String> {
        let mut on = true;
        for flag in &flags.items {
            match &flag.kind {
                FlagsItemKind::Negation => on = false,
                FlagsItemKind::Flag(Flag::CaseInsensitive) => self.flags.any_case = on,
                FlagsItemKind::Flag(Flag::DotMatchesNewLine) => self.flags.dot_is_all = on,
                FlagsItemKind::Flag(Flag::IgnoreWhitespace) => {}
                FlagsItemKind::Flag(_) => return refused("a flag other than `i`, `s` and `x`"),
            }
        }
        Ok(())
    }

    fn literal(&mut self, character: char) {
        let cases = self.cases(character);
        if cases.len() > 1 {
            self.out.push('[');
        }
        for case in &cases {
            if matches!(case, '^' | '$' | '\\' | '.' | '*' | '+' | '?' | '(' | ')')
                || matches!(case, '[' | ']' | '{' | '}' | '|' | '/')
            {
                self.out.push('\\');
            }
            self.out.push(*case);
        }
        if cases.len() > 1 {
            self.out.push(']');
        }
    }

    /// A character, in both cases where case does not matter.
    fn cases(&self, character: char) -> Vec<char> {
        let mut cases = vec![character];
        if self.flags.any_case {
            let (lower, upper) = (character.to_lowercase(), character.to_uppercase());
            for other in lower.chain(upper) {
                if !cases.contains(&other) {
                    cases.push(other);
                }
            }
        }
        cases
    }

    fn repetition(&mut self, repetition: &Repetition) -> Result<(), String> {
        let is_single = matches!(
            &*repetition.ast,
            Ast::Literal(_)
                | Ast::Dot(_)
                | Ast::ClassPerl(_)
                | Ast::ClassBracketed(_)
                | Ast::Group(_)
        );
        if is_single {
            self.any(&repetition.ast)?;
        } else {
            self.grouped(&repetition.ast)?;
        }
        let _ = match &repetition.op.kind {
            RepetitionKind::ZeroOrOne => write!(self.out, "?"),
            RepetitionKind::ZeroOrMore => write!(self.out, "*"),
            RepetitionKind::OneOrMore => write!(self.out, "+"),
            RepetitionKind::Range(RepetitionRange::Exactly(times)) => {
                write!(self.out, "{{{times}}}")
            }
            RepetitionKind::Range(RepetitionRange::AtLeast(least)) => {
                write!(self.out, "{{{least},}}")
            }
            RepetitionKind::Range(RepetitionRange::Bounded(least, most)) => {
                write!(self.out, "{{{least},{most}}}")
            }
        };
        if !repetition.greedy {
            self.out.push('?');
        }
        Ok(())
    }

    fn bracketed(&mut self, class: &ClassBracketed) -> Result<(), String> {
        self.out.push_str(if class.negated { "[^" } else { "[" });
        match &class.kind {
            ClassSet::Item(item) => self.of_class(item)?,
            ClassSet::BinaryOp(_) => return refused("a class that is made of two"),
        }
        self.out.push(']');
        Ok(())
    }

    fn of_class(&mut self, item: &ClassSetItem) -> Result<(), String> {
        match item {
            ClassSetItem::Empty(_) => {}
            ClassSetItem::Literal(literal) => {
                for case in self.cases(literal.c) {
                    self.in_class(case);
                }
            }
            ClassSetItem::Range(range) => {
                let (start, end) = (range.start.c, range.end.c);
                self.range(start, end);
                if self.flags.any_case {
                    if !start.is_ascii_alphanumeric() || !end.is_ascii_alphanumeric() {
                        return refused("a range in either case");
                    }
                    let lower = (start.to_ascii_lowercase(), end.to_ascii_lowercase());
                    let upper = (start.to_ascii_uppercase(), end.to_ascii_uppercase());
                    if lower.0 > lower.1 || upper.0 > upper.1 {
                        return refused("a range in either case");
                    }
                    self.range(lower.0, lower.1);
                    self.range(upper.0, upper.1);
                }
            }
            ClassSetItem::Ascii(class) => self.ascii(class)?,
            ClassSetItem::Unicode(_) => return refused("a class by a property (`\\p`)"),
            ClassSetItem::Perl(class) => self.out.push_str(perl(class)),
            ClassSetItem::Bracketed(_) => return refused("a class within a class"),
            ClassSetItem::Union(union) => {
                for item in &union.items {
                    self.of_class(item)?;
                }
            }
        }
        Ok(())
    }

    fn range(&mut self, start: char, end: char) {
        self.in_class(start);
        self.out.push('-');
        self.in_class(end);
    }

    fn in_class(&mut self, character: char) {
        if matches!(character, '\\' | ']' | '[' | '^' | '-') {
            self.out.push('\\');
        }
        self.out.push(character);
    }

    fn ascii(&mut self, class: &ClassAscii) -> Result<(), String> {
        if class.negated {
            return refused("a negated class within a class");
        }
        self.out.push_str(match class.kind {
            ClassAsciiKind::Alnum => "0-9A-Za-z",
            ClassAsciiKind::Alpha => "A-Za-z",
            ClassAsciiKind::Ascii => "\\u0000-\\u007f",
            ClassAsciiKind::Blank => "\\t ",
            ClassAsciiKind::Cntrl => "\\u0000-\\u001f\\u007f",
            ClassAsciiKind::Digit => "0-9",
            ClassAsciiKind::Graph => "!-~",
            ClassAsciiKind::Lower => "a-z",
            ClassAsciiKind::Print => " -~",
            ClassAsciiKind::Punct => "!-\\/:-@\\[-`{-~",
            ClassAsciiKind::Space => "\\t\\n\\v\\f\\r ",
            ClassAsciiKind::Upper => "A-Z",
            ClassAsciiKind::Word => "0-9A-Za-z_",
            ClassAsciiKind::Xdigit => "0-9A-Fa-f",
        });
        Ok(())
    }
}

fn perl(class: &ClassPerl) -> &'static str {
    match (&class.kind, class.negated) {
        (ClassPerlKind::Digit, false) => "\\d",
        (ClassPerlKind::Digit, true) => "\\D",
        (ClassPerlKind::Space, false) => "\\s",
        (ClassPerlKind::Space, true) => "\\S",
        (ClassPerlKind::Word, false) => "\\w",
        (ClassPerlKind::Word, true) => "\\W",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_translated() {
        for (source, wanted) in [
            ("^\\d{4}$", "^\\d{4}$"),
            ("\\A(?P<a>b|c)+?\\z", "^(?:b|c)+?$"),
            ("(?i)ab[c-e]", "[aA][bB][c-ec-eC-E]"),
            ("(?s:.).", "(?:[\\s\\S])[^\\n]"),
            ("a-b/[\\]^-]", "a-b\\/[\\]\\^\\-]"),
            ("[[:xdigit:]_]{2,}", "[0-9A-Fa-f_]{2,}"),
            ("(?:^a)*", "(?:^a)*"),
        ] {
            let translated = translate(source, RegexFlags::default());
            assert_eq!(translated.as_deref(), Ok(wanted), "{source}");
        }
        for source in ["\\pL", "[a-z&&[^b]]", "(?m)^a", "[[:^alpha:]]"] {
            assert!(
                translate(source, RegexFlags::default()).is_err(),
                "{source}"
            );
        }
    }
}
