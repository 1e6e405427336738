//! What is wrong in a document, told without secrets: the place as it was read, and what stands there freed of them.

use crate::diagnostic::{Diagnostic, Fix, draw};
use crate::redact::{Redacted, Redactor};
use crate::source::{Position, Source, Span};

/// Diagnostics of one document, which give nothing away but what is free of secrets.
#[derive(Clone, Copy)]
pub struct Findings<'a> {
    source: &'a Source,
    diagnostics: &'a [Diagnostic],
    redactor: &'a Redactor,
}

/// One of them.
#[derive(Clone, Copy)]
pub struct Finding<'a> {
    source: &'a Source,
    diagnostic: &'a Diagnostic,
    redactor: &'a Redactor,
}

impl<'a> Findings<'a> {
    /// Diagnostics of a text, told without the secrets that `redactor` knows.
    #[must_use]
    pub fn new(source: &'a Source, diagnostics: &'a [Diagnostic], redactor: &'a Redactor) -> Self {
        Self {
            source,
            diagnostics,
            redactor,
        }
    }

    /// Each, in order.
    pub fn iter(self) -> impl Iterator<Item = Finding<'a>> {
        self.diagnostics.iter().map(move |diagnostic| Finding {
            source: self.source,
            diagnostic,
            redactor: self.redactor,
        })
    }
}

impl Finding<'_> {
    /// Whether it is an error, not a warning.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.diagnostic.is_error()
    }

    /// Where it begins.
    #[must_use]
    pub fn position(&self) -> Position {
        self.source.position(self.diagnostic.span.start)
    }

    /// What the text is called that it is about.
    #[must_use]
    pub fn document(&self) -> &str {
        self.source.name()
    }

    /// The place behind it.
    #[must_use]
    pub fn end(&self) -> Position {
        self.source.position(self.diagnostic.span.end)
    }

    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> Redacted<String> {
        self.redactor.text(&self.diagnostic.message)
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<Redacted<String>> {
        let hint = self.diagnostic.hint.as_deref();
        hint.map(|hint| self.redactor.text(hint))
    }

    /// Ways to do that. One that would write a secret is none.
    fn fixes(&self) -> Vec<Fix> {
        let shows = |fix: &&Fix| *self.redactor.text(&fix.text) == fix.text;
        self.diagnostic
            .fixes
            .iter()
            .filter(shows)
            .cloned()
            .collect()
    }

    /// Ways to do what the hint says: from where to where, and what stands there afterwards.
    pub fn placed_fixes(&self) -> impl Iterator<Item = (Position, Position, String)> {
        let source = self.source;
        self.fixes().into_iter().map(|fix| {
            let (start, end) = (fix.span.start, fix.span.end);
            (source.position(start), source.position(end), fix.text)
        })
    }

    /// All of it, with its place in the text as it was read.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic {
            message: self.message().into_inner(),
            hint: self.hint().map(Redacted::into_inner),
            fixes: self.fixes(),
            ..self.diagnostic.clone()
        }
    }

    /// All of it with the line that it is about. Secrets are taken out before a long line is cut: half a secret would
    /// not be found.
    #[must_use]
    pub fn drawn(&self, colour: bool) -> String {
        let Self {
            source,
            diagnostic,
            redactor,
        } = self;
        let told = self.diagnostic();
        match without_secrets(source, diagnostic.span, redactor) {
            None => draw(source, &told, colour),
            Some((safe, span)) => {
                let drawn = draw(&safe, &Diagnostic { span, ..told }, colour);
                let shown = position(&safe, span);
                // The first one is the heading's: a source line may hold anything.
                drawn.replacen(&shown, &position(source, diagnostic.span), 1)
            }
        }
    }
}

fn position(source: &Source, span: Span) -> String {
    let position = source.position(span.start);
    format!(":{}:{}", position.line, position.column)
}

/// The text with the line of `span` freed of secrets, and where the place is in it; `None` where there is none.
fn without_secrets(source: &Source, span: Span, redactor: &Redactor) -> Option<(Source, Span)> {
    let text = source.text();
    let start = source.line_start(source.position(span.start).line)?;
    let rest = text.get(start..)?;
    let end = start + rest.find('\n').unwrap_or(rest.len());
    let line = source.slice(Span::new(start, end));
    let safe = redactor.text(line);
    if *safe == line {
        return None;
    }
    let inside = Span::new(span.start, span.end.min(end));
    let before = redactor.text(source.slice(Span::new(start, inside.start)));
    let place = redactor.text(source.slice(inside));
    let after = redactor.text(source.slice(Span::new(inside.end, end)));
    let place = if format!("{before}{place}{after}") == *safe {
        Span::new(before.len(), before.len() + place.len())
    } else {
        // A secret lies across the place's edge: the whole line is the place.
        Span::new(0, safe.len())
    };
    let head = text.get(..start)?;
    let tail = text.get(end..)?;
    let source = Source::new(source.name(), format!("{head}{safe}{tail}"));
    Some((source, place.shift(start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "first\nBearer hunter2 and more\nlast";

    fn shown(start: usize, end: usize) -> String {
        let source = Source::new("a.md", TEXT);
        let mut redactor = Redactor::default();
        redactor.add("PASSWORD", "hunter2");
        let diagnostics =
            [Diagnostic::error(Span::new(start, end), "no hunter2 here").hint("say hunter2")];
        let findings = Findings::new(&source, &diagnostics, &redactor);
        findings
            .iter()
            .map(|finding| finding.drawn(false))
            .collect()
    }

    #[test]
    fn no_secret_is_drawn_and_places_are_the_documents() {
        let and = TEXT.find("and").unwrap_or_default();
        for (start, end, place) in [
            (and, and + 3, "a.md:2:16"),
            (13, 20, "a.md:2:8"),
            (16, 22, "a.md:2:11"),
            (0, 5, "a.md:1:1"),
            (6, TEXT.len(), "a.md:2:1"),
        ] {
            let shown = shown(start, end);
            assert!(!shown.contains("hunter"), "{shown}");
            assert!(shown.contains(place), "{shown}");
            assert!(shown.contains("no {{PASSWORD}} here"), "{shown}");
            assert!(shown.contains("say {{PASSWORD}}"), "{shown}");
        }
    }
}
