//! How a diagnostic looks on a terminal or in a log. Knows that every text in it is hostile: nothing of a document, a
//! message or a file name reaches the terminal with its controls alive, and no line is shown that fills the screen.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Severity};
use crate::source::visible::Spelling;
use crate::source::{Position, Source, Span};

/// Draws a diagnostic with `file:line:column`, the line, the place marked, and the hint. No line ending behind it.
#[must_use]
pub fn draw(source: &Source, diagnostic: &Diagnostic, colour: bool) -> String {
    let position = source.position(diagnostic.span.start);
    let excerpt = DrawnLines::cut(source, position, diagnostic.span);
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let name = harmless(source.name());
    let shown = format!("{name}:{}:{}\n", position.line, excerpt.column());
    let snippet = Snippet::source(excerpt.line)
        .line_start(position.line)
        .path(name.as_str())
        .annotation(AnnotationKind::Primary.span(excerpt.place));
    let mut report = vec![
        level
            .primary_title(first(&diagnostic.message, SAID).0)
            .element(snippet),
    ];
    if let Some(hint) = &diagnostic.hint {
        report.push(Group::with_title(
            Level::HELP.secondary_title(first(hint, SAID).0),
        ));
    }
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    // The line is cut already.
    let drawn = renderer.term_width(usize::MAX / 4).render(&report);
    let meant = format!("{name}:{}:{}\n", position.line, position.column);
    with_column(drawn, &shown, &meant)
}

/// The renderer counts columns in what is shown, which may be the middle of a line.
fn with_column(drawn: String, shown: &str, meant: &str) -> String {
    let title = drawn.find('\n').unwrap_or_default();
    match drawn.get(title..).and_then(|rest| rest.find(shown)) {
        Some(at) if shown != meant => {
            let mut moved = drawn;
            moved.replace_range(title + at..title + at + shown.len(), meant);
            moved
        }
        _ => drawn,
    }
}

/// Characters shown before the place, and from its start on.
const BEFORE: usize = 60;
const AFTER: usize = 80;

/// Characters shown of a message or a hint.
const SAID: usize = 1000;

/// The part of a line that is shown.
struct DrawnLines {
    line: String,
    /// The place in it, in bytes.
    place: Range<usize>,
}

impl DrawnLines {
    /// Where the place starts in what is shown: 1-based, in characters.
    fn column(&self) -> usize {
        let before = self.line.get(..self.place.start).unwrap_or_default();
        before.chars().count() + 1
    }

    /// Cuts the first line of a span, or as much of it as shows the span's start.
    fn cut(source: &Source, position: Position, span: Span) -> Self {
        let text = source.text();
        let start = source.line_start(position.line).unwrap_or_default();
        let middle = floor(text, span.start);
        let before = text.get(start..middle).unwrap_or_default();
        let before = before.trim_start_matches('\u{feff}');
        let rest = text.get(middle..).unwrap_or_default();
        let rest = rest.split('\n').next().unwrap_or_default();
        let rest = rest.strip_suffix('\r').unwrap_or(rest);
        let marked = rest.get(..floor(rest, span.len())).unwrap_or_default();
        let after = rest.get(marked.len()..).unwrap_or_default();

        let mut line = last(before, BEFORE);
        let place = line.len();
        let (shown, whole) = first(marked, AFTER);
        line.push_str(&shown);
        let end = line.len();
        if whole {
            line.push_str(&first(after, AFTER.saturating_sub(shown.chars().count())).0);
        }
        Self {
            line,
            place: place..end,
        }
    }
}

/// The first characters of a text, made harmless, and whether that is all.
fn first(text: &str, count: usize) -> (String, bool) {
    let Some((cut, _)) = text.char_indices().nth(count) else {
        return (harmless(text), true);
    };
    let shown = harmless(text.get(..cut).unwrap_or_default());
    (shown + "…", false)
}

/// The last characters of a text, made harmless.
fn last(text: &str, count: usize) -> String {
    match text.char_indices().rev().nth(count) {
        None => harmless(text),
        Some((cut, dropped)) => {
            let shown = text.get(cut + dropped.len_utf8()..).unwrap_or_default();
            format!("…{}", harmless(shown))
        }
    }
}

fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// The text with all spelled out that a terminal would obey, or that would not be seen; a tab is a blank or some.
fn harmless(text: &str) -> String {
    Spelling::Plain.keeping(text, &['\t']).into_owned()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn drawn(text: &str, needle: &str, hint: Option<&str>) -> String {
        let start = text.find(needle).unwrap();
        let span = Span::new(start, start + needle.len());
        let mut diagnostic = Diagnostic::error(span, "no such thing");
        diagnostic.hint = hint.map(str::to_owned);
        draw(&Source::new("api.md", text), &diagnostic, false)
    }

    fn warned(text: &str, span: Span) -> String {
        let diagnostic = Diagnostic::warning(span, "careful");
        draw(&Source::new("api.md", text), &diagnostic, false)
    }

    #[test]
    fn the_place_is_marked() {
        let hint = Some("write `world`");
        assert_snapshot!(drawn("a\nb héllo wörld\nc", "wörld", hint), @"
        error: no such thing
         --> api.md:2:9
          |
        2 | b héllo wörld
          |         ^^^^^
          |
        help: write `world`
        ");
        assert_snapshot!(drawn("\u{feff}a\tb 日本 x\r\nc", "日本", None), @"
        error: no such thing
         --> api.md:1:5
          |
        1 | a    b 日本 x
          |        ^^^^
        ");
        assert_snapshot!(drawn(&("\n".repeat(1233) + "  line"), "line", hint), @"
        error: no such thing
            --> api.md:1234:3
             |
        1234 |   line
             |   ^^^^
             |
        help: write `world`
        ");
    }

    #[test]
    fn a_place_may_be_empty_long_or_nowhere() {
        assert_snapshot!(warned("ab\r\nc", Span::at(2)), @"
        warning: careful
         --> api.md:1:3
          |
        1 | ab
          |   ^
        ");
        assert_snapshot!(warned("a\n", Span::at(2)), @"
        warning: careful
         --> api.md:2:1
          |
        2 |
          | ^
        ");
        assert_snapshot!(warned("", Span::at(0)), @"
        warning: careful
         --> api.md:1:1
          |
        1 |
          | ^
        ");
        assert_snapshot!(warned("a b\nc\n", Span::new(2, 6)), @"
        warning: careful
         --> api.md:1:3
          |
        1 | a b
          |   ^
        ");
        assert_snapshot!(warned("aé", Span::new(2, 9000)), @"
        warning: careful
         --> api.md:1:2
          |
        1 | aé
          |  ^
        ");
        assert_snapshot!(warned("a", Span::new(8000, 9000)), @"
        warning: careful
         --> api.md:1:2
          |
        1 | a
          |  ^
        ");
    }

    #[test]
    fn nothing_reaches_the_terminal_alive() {
        let line =
            "\u{1b}[31m\u{9b}2J\u{202e}x\u{200b}\u{200d}\u{7f}\u{ad}\u{2028}\u{feff}\u{85}\r\u{b}y";
        assert_snapshot!(drawn(&format!("a\n{line}"), "y", Some(line)), @r"
        error: no such thing
         --> api.md:2:20
          |
        2 | \u{1b}[31m\u{9b}2J\u{202e}x\u{200b}\u{200d}\u{7f}\u{ad}\u{2028}\u{feff}\u{85}\u{d}\u{b}y
          |                                                                                        ^
          |
        help: \u{1b}[31m\u{9b}2J\u{202e}x\u{200b}\u{200d}\u{7f}\u{ad}\u{2028}\u{feff}\u{85}\u{d}\u{b}y
        ");
        let diagnostic = Diagnostic::error(Span::at(0), format!("a\nb{line}"));
        assert_snapshot!(draw(&Source::new(line, "x"), &diagnostic, false), @r"
        error: a\u{a}b\u{1b}[31m\u{9b}2J\u{202e}x\u{200b}\u{200d}\u{7f}\u{ad}\u{2028}\u{feff}\u{85}\u{d}\u{b}y
         --> \u{1b}[31m\u{9b}2J\u{202e}x\u{200b}\u{200d}\u{7f}\u{ad}\u{2028}\u{feff}\u{85}\u{d}\u{b}y:1:1
          |
        1 | x
          | ^
        ");
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let (x, y) = ("x".repeat(1 << 20), "y".repeat(1 << 20));
        assert_snapshot!(drawn(&format!("{x}here{y}"), "here", None), @"
        error: no such thing
         --> api.md:1:1048577
          |
        1 | …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxhereyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
          |                                                              ^^^^
        ");
        assert_snapshot!(drawn(&format!("{x}日本{y}"), &format!("日本{y}"), None), @"
        error: no such thing
         --> api.md:1:1048577
          |
        1 | …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx日本yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
          |                                                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        ");
        assert_snapshot!(drawn(&format!("here{y}"), "here", None), @"
        error: no such thing
         --> api.md:1:1
          |
        1 | hereyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
          | ^^^^
        ");
        let diagnostic = Diagnostic::error(Span::at(0), x.as_str()).hint(y.as_str());
        assert!(draw(&Source::new("a", "x"), &diagnostic, false).len() < 3000);
    }

    #[test]
    fn colours_are_asked_for() {
        let diagnostic = Diagnostic::error(Span::new(100, 101), "wrong").hint("right");
        let source = Source::new("a", "x".repeat(200));
        let coloured = draw(&source, &diagnostic, true);
        assert!(coloured.contains("a:1:101\n"));
        assert_eq!(
            anstream::adapter::strip_str(&coloured).to_string(),
            draw(&source, &diagnostic, false)
        );
        assert_ne!(coloured, draw(&source, &diagnostic, false));
    }
}
