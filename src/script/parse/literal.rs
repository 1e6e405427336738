//! A body that is one JSON string literal, or several on lines of their own, and stands for what they spell together.
//! Knows RFC 8259's strings, section 7.

use super::call::TemplatePlace;
use super::template::{self, opens, run};
use super::text::Cooked;
use crate::diagnostic::Diagnostic;
use crate::script::{Part, Template};
use crate::source::Span;

/// Why a text is not a JSON string literal, and where.
pub(super) struct NoLiteral {
    pub(super) span: Span,
    pub(super) why: &'static str,
    /// Whether it looks as if one was meant: it ends where the text does.
    pub(super) meant: bool,
}

/// Reads a text that is one JSON string literal, or several with line breaks between them, which are joined: literal
/// parts come out unescaped.
pub(super) fn literal(
    cooked: &Cooked,
    place: TemplatePlace,
    told: &mut Vec<Diagnostic>,
) -> Result<Template, NoLiteral> {
    let mut reader = LiteralReader {
        cooked,
        place,
        at: 1,
        from: 1,
        spelled: String::new(),
        parts: Vec::new(),
        told: Vec::new(),
    };
    if !cooked.text().starts_with('"') {
        return Err(reader.fault(0, 1, "does not start with `\"`"));
    }
    loop {
        match reader.step() {
            Ok(true) => {}
            Ok(false) if reader.goes_on() => {}
            Ok(false) => break,
            // What is wrong inside of braces was told: that is what keeps it from being a literal.
            Err(_) if !reader.told.is_empty() => break,
            Err(fault) => return Err(fault),
        }
    }
    reader.flush(reader.at.saturating_sub(1));
    if reader.told.is_empty() && reader.at != cooked.text().len() {
        let mut fault = reader.fault(reader.at, 1, "something stands behind the closing `\"`");
        fault.meant = false;
        return Err(fault);
    }
    told.append(&mut reader.told);
    Ok(Template {
        parts: reader.parts,
        span: cooked.whole(),
    })
}

struct LiteralReader<'a> {
    cooked: &'a Cooked,
    place: TemplatePlace,
    at: usize,
    /// Where `spelled` begins.
    from: usize,
    spelled: String,
    parts: Vec<Part>,
    told: Vec<Diagnostic>,
}

impl LiteralReader<'_> {
    /// Reads on; false behind the closing quote.
    fn step(&mut self) -> Result<bool, NoLiteral> {
        let text = self.cooked.text();
        let rest = text.get(self.at..).unwrap_or_default();
        let Some(character) = rest.chars().next() else {
            let mut fault = self.fault(self.at, 0, "the closing `\"` is missing");
            fault.meant = false;
            return Err(fault);
        };
        match character {
            '"' => {
                self.at += 1;
                return Ok(false);
            }
            '\\' if rest.starts_with(r"\{{") => {
                self.spelled.push_str("{{");
                self.at += 3;
            }
            '\\' => self.escape()?,
            '{' => {
                let run = run(text, self.at);
                if opens(text, self.at, run) {
                    self.spelled.extend(std::iter::repeat_n('{', run - 2));
                    self.placeholder(self.at + run - 2);
                } else {
                    self.spelled.extend(std::iter::repeat_n('{', run));
                    self.at += run;
                }
            }
            '\0'..='\u{1f}' => {
                return Err(self.fault(self.at, 1, "a control character must be escaped (`\\n`)"));
            }
            _ => {
                self.spelled.push(character);
                self.at += character.len_utf8();
            }
        }
        Ok(true)
    }

    /// Steps into a literal that stands on a line below the one that was read. A line break cannot stand inside of one.
    fn goes_on(&mut self) -> bool {
        let rest = self.cooked.text().get(self.at..).unwrap_or_default();
        let next = rest.trim_ascii_start();
        let between = rest.strip_suffix(next).unwrap_or_default();
        if !next.starts_with('"') || !between.contains('\n') {
            return false;
        }
        self.at += between.len() + 1;
        if self.spelled.is_empty() {
            self.from = self.at;
        }
        true
    }

    fn placeholder(&mut self, at: usize) {
        self.flush(at);
        match template::read(self.cooked, at, self.place) {
            Ok((placeholder, end)) => {
                if placeholder.call == crate::script::Call::Rest {
                    self.told.push(template::misplaced_rest(placeholder.span));
                }
                self.parts.push(Part::Placeholder(placeholder));
                self.at = end;
            }
            Err((diagnostic, end)) => {
                self.told.push(diagnostic);
                self.at = end;
            }
        }
        self.from = self.at;
    }

    fn escape(&mut self) -> Result<(), NoLiteral> {
        let text = self.cooked.text();
        let letter = text.get(self.at + 1..).and_then(|rest| rest.chars().next());
        let spelled = match letter {
            Some(plain @ ('"' | '\\' | '/')) => plain,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.unicode(),
            _ => return Err(self.fault(self.at, 2, "JSON has no such escape")),
        };
        self.spelled.push(spelled);
        self.at += 2;
        Ok(())
    }

    fn unicode(&mut self) -> Result<(), NoLiteral> {
        let unit = |at: usize| {
            let digits = self
                .cooked
                .text()
                .get(at..at + 6)?
                .strip_prefix("\\u")
                .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
            u16::from_str_radix(digits, 16).ok()
        };
        let Some(first) = unit(self.at) else {
            return Err(self.fault(self.at, 2, "`\\u` takes four hexadecimal digits"));
        };
        let units = match first {
            0xD800..=0xDFFF => vec![first, unit(self.at + 6).unwrap_or_default()],
            _ => vec![first],
        };
        let Ok(spelled) = String::from_utf16(&units) else {
            return Err(self.fault(self.at, 6, "half of a surrogate pair"));
        };
        self.spelled.push_str(&spelled);
        self.at += 6 * units.len();
        Ok(())
    }

    fn flush(&mut self, end: usize) {
        if !self.spelled.is_empty() {
            let text = std::mem::take(&mut self.spelled);
            let span = self.cooked.span(self.from..end);
            self.parts.push(Part::Literal(text, span));
        }
        self.from = end;
    }

    fn fault(&self, at: usize, length: usize, why: &'static str) -> NoLiteral {
        let text = self.cooked.text();
        let end = (at + length..=text.len())
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or(text.len());
        NoLiteral {
            span: self.cooked.span(at.min(end)..end),
            why,
            meant: text.len() > 1 && text.ends_with('"'),
        }
    }
}
