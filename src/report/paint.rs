//! Colours, and what makes a stranger's text harmless. A painted text without its colours is the text.

use anstyle::{AnsiColor, Style};

use crate::source::visible::Spelling;
use crate::transcript::{Line, LineKind};

pub(crate) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
pub(crate) const RED: Style = AnsiColor::Red.on_default();
pub(crate) const CYAN: Style = AnsiColor::Cyan.on_default();
pub(super) const MAGENTA: Style = AnsiColor::Magenta.on_default();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();

/// Text in a style, where colours are wanted.
pub(crate) fn paint(text: &str, style: Style, colour: bool) -> String {
    if colour && !text.is_empty() {
        format!("{style}{text}{style:#}")
    } else {
        text.to_owned()
    }
}

/// A transcript's line, ending in LF.
pub(crate) fn line(line: &Line, colour: bool) -> String {
    if !colour {
        return format!("{}\n", line.text);
    }
    let (first, rest) = match line.text.split_once('\n') {
        Some((first, rest)) => (first, Some(rest)),
        None => (line.text.as_str(), None),
    };
    let (clock, told) = split_clock(first);
    let told = match line.kind {
        LineKind::Passed => marked(told, '✓', GREEN.bold()),
        LineKind::Failed => marked(told, '✗', RED.bold()),
        LineKind::Failure => paint(told, RED, true),
        LineKind::Sent => marked(told, '→', CYAN),
        LineKind::Received => marked(told, '←', MAGENTA),
        LineKind::Status => told.to_owned(),
        LineKind::Note | LineKind::Elided => paint(told, DIM, true),
    };
    let clock = paint(clock, DIM, true);
    let rest = rest.map_or_else(String::new, |rest| format!("\n{rest}"));
    format!("{clock}{told}{rest}\n")
}

/// What stands before a line's first two blanks, if it is a time; and the rest.
fn split_clock(line: &str) -> (&str, &str) {
    let is_clock = |clock: &str| {
        clock.contains('.')
            && clock
                .chars()
                .all(|character| matches!(character, '0'..='9' | ':' | '.' | '+'))
    };
    line.find("  ")
        .and_then(|end| line.split_at_checked(end))
        .filter(|(clock, _)| is_clock(clock))
        .unwrap_or(("", line))
}

fn marked(text: &str, mark: char, style: Style) -> String {
    match text.split_once(mark) {
        Some((before, after)) => {
            format!("{before}{style}{mark}{style:#}{after}")
        }
        None => text.to_owned(),
    }
}

/// A unified diff.
pub(super) fn difference(text: &str, colour: bool) -> String {
    let mut painted = String::with_capacity(text.len());
    for line in text.lines() {
        let style = match line.chars().next() {
            _ if line.starts_with("---") || line.starts_with("+++") => BOLD,
            Some('+') => GREEN,
            Some('-') => RED,
            Some('@') => CYAN,
            _ => Style::new(),
        };
        painted.push_str(&paint(&harmless(line), style, colour));
        painted.push('\n');
    }
    painted
}

/// Text of a document or a path on one line: what may not be shown as it is, tabs aside, is spelled out.
#[must_use]
pub fn harmless(text: &str) -> String {
    Spelling::Plain.keeping(text, &['\t']).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Vec<Line> {
        let line = |kind, text: &str| Line::plain(kind, text);
        vec![
            line(
                LineKind::Passed,
                "✓ 1 sent, 1 received in 2 ms · 2026-11-22T12:03:04.101Z",
            ),
            line(LineKind::Status, "12:03:04.101  Connecting    ws://h"),
            line(LineKind::Sent, "12:03:04.101  bob → text  a → b"),
            line(LineKind::Received, "+1.234  ← json  {\n  \"a\": 1\n}"),
            line(LineKind::Failure, "12:03:04.101  ✗ no text"),
            line(LineKind::Elided, "… 3 messages not shown …"),
            line(LineKind::Note, "12:03:04.101  a note  here"),
        ]
    }

    #[test]
    fn without_colours_a_line_is_what_the_transcript_has() {
        for shown in lines() {
            assert_eq!(line(&shown, false), format!("{}\n", shown.text));
        }
    }

    #[test]
    fn colours_change_no_word() {
        for shown in lines() {
            let painted = line(&shown, true);
            let bare = anstream::adapter::strip_str(&painted).to_string();
            assert_eq!(bare, format!("{}\n", shown.text));
        }
        let painted: String = lines().iter().map(|shown| line(shown, true)).collect();
        insta::assert_snapshot!(painted.replace('\u{1b}', "ESC"));
    }

    #[test]
    fn what_a_terminal_would_obey_is_spelled_out() {
        assert_eq!(
            harmless("a\u{1b}[2Jb\u{202e}c\té\u{ffff}"),
            "a\\u{1b}[2Jb\\u{202e}c\té\\u{ffff}"
        );
        let diff = difference("--- a\n+\u{7}\n", false);
        assert_eq!(diff, "--- a\n+\\u{7}\n");
    }
}
