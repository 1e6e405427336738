//! Text with `{{…}}` in it → [`Template`]. Knows where placeholders open and close and how their values are put in;
//! what is between the braces is read by [`super::call`].

use super::call::{self, TemplatePlace};
use super::text::{Cooked, Piece};
use crate::diagnostic::{Cure, Diagnostic};
use crate::script::{Call, Escape, Part, Template};
use crate::source::Span;

/// How the text around placeholders is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    Plain,
    Json,
    Xml,
}

/// Reads a template. Each literal part is verbatim, so that places in it can be counted; what cannot be read stays
/// literal text and is told.
pub(super) fn template(
    cooked: &Cooked,
    syntax: Syntax,
    place: TemplatePlace,
    told: &mut Vec<Diagnostic>,
) -> Template {
    // Most texts have no placeholder and are one part, and there are very many texts.
    let has_braces = has_double_brace(cooked.text());
    let mut lexer = Lexer {
        cooked,
        syntax,
        place,
        in_string: false,
        literal: 0,
        parts: Vec::with_capacity(usize::from(!has_braces)),
    };
    let mut at = has_braces.then_some(0);
    while let Some(here) = at {
        at = lexer.step(here, told);
    }
    lexer.flush(cooked.text().len());
    Template {
        parts: lexer.parts,
        span: cooked.whole(),
    }
}

/// Nothing opens without `{{`, and nothing looks as if it did.
fn has_double_brace(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once('{') {
        if behind.starts_with('{') {
            return true;
        }
        rest = behind;
    }
    false
}

/// A template of one line.
pub(super) fn line(piece: Piece<'_>, place: TemplatePlace, told: &mut Vec<Diagnostic>) -> Template {
    template(&piece.into(), Syntax::Plain, place, told)
}

/// Where the first placeholder of `text` opens, and where its inside begins.
pub(super) fn opening(text: &str) -> Option<(usize, usize)> {
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        let found = at + rest.find('{')?;
        if found
            .checked_sub(1)
            .and_then(|before| text.as_bytes().get(before))
            == Some(&b'\\')
            && text.get(found..).is_some_and(|rest| rest.starts_with("{{"))
        {
            at = found + 2;
            continue;
        }
        let run = run(text, found);
        if opens(text, found, run) {
            return Some((found + run - 2, found + run));
        }
        at = found + run;
    }
}

struct Lexer<'a> {
    cooked: &'a Cooked,
    syntax: Syntax,
    place: TemplatePlace,
    in_string: bool,
    /// Where the literal text begins that is not yet a part.
    literal: usize,
    parts: Vec<Part>,
}

impl Lexer<'_> {
    /// Reads on at `at`; gives where to go on.
    fn step(&mut self, at: usize, told: &mut Vec<Diagnostic>) -> Option<usize> {
        let text = self.cooked.text();
        let rest = text.get(at..)?;
        let character = rest.chars().next()?;
        let next = at + character.len_utf8();
        if rest.starts_with(r"\{{") {
            self.flush(at);
            self.literal = at + 1;
            return Some(at + 3);
        }
        match character {
            '\\' if self.in_string => {
                let escaped = text.get(next..)?.chars().next().map_or(0, char::len_utf8);
                return Some(next + escaped);
            }
            '"' if self.syntax == Syntax::Json => self.in_string = !self.in_string,
            '{' => {
                let run = run(text, at);
                if opens(text, at, run) {
                    return Some(self.placeholder(at + run - 2, told));
                }
                loose(self.cooked, at, run, told);
                return Some(at + run);
            }
            _ => {}
        }
        Some(next)
    }

    fn placeholder(&mut self, at: usize, told: &mut Vec<Diagnostic>) -> usize {
        match read(self.cooked, at, self.place) {
            Ok((mut placeholder, end)) => {
                self.flush(at);
                self.literal = end;
                placeholder.escape = match self.syntax {
                    Syntax::Plain => Escape::None,
                    Syntax::Json if self.in_string => Escape::JsonString,
                    Syntax::Json => Escape::JsonValue,
                    Syntax::Xml => Escape::Xml,
                };
                if placeholder.call == Call::Rest && placeholder.escape != Escape::JsonValue {
                    told.push(misplaced_rest(placeholder.span));
                }
                self.parts.push(Part::Placeholder(placeholder));
                end
            }
            Err((diagnostic, end)) => {
                told.push(diagnostic);
                end
            }
        }
    }

    /// Makes what is literal up to `end` parts: one for each piece of the text, so that every part is verbatim.
    fn flush(&mut self, end: usize) {
        let (start, cooked) = (self.literal, self.cooked);
        let mut from = start;
        for to in cooked.cuts(start, end).chain([end]) {
            let text = cooked.text().get(from..to).unwrap_or_default();
            if !text.is_empty() {
                let part = Part::Literal(text.to_owned(), cooked.span(from..to));
                self.parts.push(part);
            }
            from = to;
        }
        self.literal = end;
    }
}

/// Reads the placeholder whose braces open at `at`; gives where to go on, also after an error.
pub(super) fn read(
    cooked: &Cooked,
    at: usize,
    place: TemplatePlace,
) -> Result<(crate::script::Placeholder, usize), (Diagnostic, usize)> {
    let inner = at + 2;
    let rest = cooked.text().get(inner..).unwrap_or_default();
    // Looks no further than the line or the braces: there may be many more behind them.
    let stop = rest
        .bytes()
        .zip(rest.bytes().skip(1).chain([b'\n']))
        .position(|(next, behind)| next == b'\n' || (next == b'}' && behind == b'}'))
        .unwrap_or(rest.len());
    let line = rest.get(..stop).unwrap_or_default();
    let closed = rest.get(stop..).is_some_and(|rest| rest.starts_with("}}"));
    if !closed {
        let span = cooked.span(at..inner + line.trim_end().len());
        let sentence = r"close it with `}}` on the same line, or write `\{{` for two plain braces";
        let cure = Cure::from(sentence)
            .put_at(Span::at(span.end), "}}")
            .put_at(Span::at(span.start), r"\");
        let diagnostic = Diagnostic::error(span, "`{{` is not closed").hint(cure);
        return Err((diagnostic, inner + stop));
    }
    let end = inner + stop + 2;
    let piece = Piece::new(line, cooked.origin(inner));
    match call::read(piece, place) {
        Ok((call, keep)) => {
            let placeholder = crate::script::Placeholder {
                call,
                keep,
                escape: Escape::None,
                span: cooked.span(at..end),
            };
            Ok((placeholder, end))
        }
        Err(diagnostic) => Err((diagnostic, end)),
    }
}

/// The number of `{` from `at` on.
pub(super) fn run(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.len() - rest.trim_start_matches('{').len()
}

/// Whether the last two of a run of braces open a placeholder.
pub(super) fn opens(text: &str, at: usize, run: usize) -> bool {
    let behind = text
        .get(at + run..)
        .and_then(|behind| behind.chars().next());
    run >= 2 && behind.is_some_and(|next| next.is_alphabetic() || next == '_' || next == '$')
}

/// The longest `{{ NAME }}` that is told.
const LONGEST_LOOSE: usize = 80;

/// `{{ NAME }}` is plain text here and a variable elsewhere: worth a word.
fn loose(cooked: &Cooked, at: usize, run: usize, told: &mut Vec<Diagnostic>) {
    let Some(rest) = cooked.text().get(at + run..) else {
        return;
    };
    let near = rest
        .char_indices()
        .nth(LONGEST_LOOSE)
        .map_or(rest.len(), |(at, _)| at);
    let Some((inside, _)) = rest.get(..near).and_then(|rest| rest.split_once("}}")) else {
        return;
    };
    let name = inside.trim_matches(' ');
    let blank = inside.starts_with(' ');
    if run == 2 && blank && call::is_variable(name.trim_start_matches('$')) {
        let span = cooked.span(at..at + run + inside.len() + 2);
        let diagnostic = Diagnostic::warning(span, format!("`{{{{{inside}}}}}` is plain text"))
            .hint(
                Cure::from(format!("write `{{{{{name}}}}}` without blanks"))
                    .put(format!("{{{{{name}}}}}")),
            );
        told.push(diagnostic);
    }
}

pub(super) fn misplaced_rest(span: crate::source::Span) -> Diagnostic {
    Diagnostic::error(span, "`{{$rest}}` stands for the tail of a JSON array")
        .hint("make it the last element of an array, with no quotes: `[1, {{$rest}}]`")
}

/// Whether a template has placeholders that match rather than stand for a value.
pub(super) fn kinds(template: &Template) -> impl Iterator<Item = &crate::script::Placeholder> {
    template
        .placeholders()
        .filter(|placeholder| matches!(placeholder.call, Call::Kind(_) | Call::Rest))
}
