//! Scripts: every place lies in the text, and a layout says what the script said.

use std::fmt::Debug;

use voiden::diagnostic::Diagnostic;
use voiden::script::{Parsed, Role, parse, tidy};

/// The input is a block's text.
pub(crate) fn holds(input: &str) {
    for role in [Role::Client, Role::Server, Role::Http] {
        let parsed = parse(input, role, &[]);
        places_lie_in(input, &parsed);
        layout_says_the_same(input, role, &parsed);
    }
}

/// Every span in the parse, wherever it is kept.
fn places_lie_in(text: &str, parsed: &Parsed) {
    for (start, end) in spans(&shape(parsed)) {
        assert!(text.get(start..end).is_some(), "{start}..{end} of {text:?}");
    }
}

fn layout_says_the_same(text: &str, role: Role, parsed: &Parsed) {
    let laid_out = tidy(text, role, &[]);
    let refused = parsed.diagnostics.iter().any(Diagnostic::is_error);
    assert_eq!(laid_out.is_none(), refused);
    let Some(lines) = laid_out else {
        return;
    };
    let lines: Vec<String> = lines.into_iter().map(|(_, line)| line).collect();
    let after = lines.join("\n");
    let again = parse(&after, role, &[]);
    assert_eq!(
        without_spans(&shape(&parsed.script)),
        without_spans(&shape(&again.script)),
        "{text:?} became {after:?}"
    );
    let twice = tidy(&after, role, &[]).map(|lines| {
        let lines: Vec<String> = lines.into_iter().map(|(_, line)| line).collect();
        lines.join("\n")
    });
    assert_eq!(twice.as_deref(), Some(after.as_str()), "laid out twice");
}

/// How something is built, its texts marked so that they cannot look like a part of it.
fn shape(of: &impl Debug) -> String {
    let mut shape = String::new();
    let drawn = format!("{of:?}");
    let mut characters = drawn.chars();
    let mut quote = None;
    while let Some(character) = characters.next() {
        shape.push(if quote.is_some() && character == 'S' {
            's'
        } else {
            character
        });
        match (quote, character) {
            (Some(_), '\\') => shape.extend(characters.next()),
            (Some(open), _) if open == character => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            _ => {}
        }
    }
    shape
}

const SPAN: &str = "Span { start: ";

fn spans(shape: &str) -> Vec<(usize, usize)> {
    let number = |text: &str| text.trim().parse().expect("an offset");
    let behind = shape.split(SPAN).skip(1);
    behind
        .filter_map(|rest| rest.split_once(" }")?.0.split_once(", end: "))
        .map(|(start, end)| (number(start), number(end)))
        .collect()
}

/// What is said, wherever it stands; a text is the same in one literal or in several.
fn without_spans(shape: &str) -> String {
    let mut parts = shape.split(SPAN);
    let first = parts.next().unwrap_or_default().to_owned();
    let kept = parts.fold(first, |kept, rest| {
        kept + rest.split_once(" }").map_or(rest, |(_, behind)| behind)
    });
    kept.replace("\", ), Literal(\"", "")
}
