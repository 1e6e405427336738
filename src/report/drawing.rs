//! Diagnostics as they are shown: the place in the document as it was read, and no secret in what stands there.

use crate::diagnostic::{Diagnostic, draw};
use crate::redact::Redactor;
use crate::source::{Source, Span};

/// Draws a diagnostic without secrets. They are taken out before a long line is cut: half a secret is known to nobody.
pub(crate) fn drawn(
    source: &Source,
    diagnostic: &Diagnostic,
    redactor: &Redactor,
    colour: bool,
) -> String {
    let told = Diagnostic {
        message: redactor.text(&diagnostic.message),
        hint: diagnostic.hint.as_deref().map(|hint| redactor.text(hint)),
        ..diagnostic.clone()
    };
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
    if safe == line {
        return None;
    }
    let inside = Span::new(span.start, span.end.min(end));
    let before = redactor.text(source.slice(Span::new(start, inside.start)));
    let place = redactor.text(source.slice(inside));
    let after = redactor.text(source.slice(Span::new(inside.end, end)));
    let place = if format!("{before}{place}{after}") == safe {
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
        let diagnostic =
            Diagnostic::error(Span::new(start, end), "no hunter2 here").hint("say hunter2");
        drawn(&source, &diagnostic, &redactor, false)
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
