//! Scripts: every place lies in the text, and a layout says what the script said.

use std::fmt::Debug;

use voiden::diagnostic::Diagnostic;
use voiden::script::{Parsed, Role, Script, TokenClass, parse, tidy, tokens};

/// The input is a block's text.
pub(crate) fn holds(input: &str) {
    for role in [Role::Client, Role::Server, Role::Http] {
        let parsed = parse(input, role, &[]);
        places_lie_in(input, &parsed);
        layout_says_the_same(input, role, &parsed);
        tokens_paint_it(input, role, &parsed.script);
    }
}

/// The tokens lie in the text, in order, on one line each; every step that the parser has understood begins with one.
fn tokens_paint_it(text: &str, role: Role, script: &Script) {
    let tokens = tokens(text, role, &[]);
    let mut end = 0;
    for token in &tokens {
        let (start, stop) = (token.span.start, token.span.end);
        assert!(end <= start && start < stop, "{token:?} of {text:?}");
        let written = text.get(start..stop);
        let fits = written.is_some_and(|written| !written.contains('\n'));
        assert!(fits, "{token:?} of {text:?}");
        end = stop;
    }
    let steps = script.steps.iter().map(|step| step.span);
    let handlers = script.handlers.iter().map(|handler| handler.span);
    let handled = script.handlers.iter().flat_map(|handler| &handler.steps);
    let lines = steps.chain(handlers).chain(handled.map(|step| step.span));
    for line in lines {
        let found = tokens.binary_search_by_key(&line.start, |token| token.span.start);
        let class = found
            .ok()
            .and_then(|at| tokens.get(at))
            .map(|token| token.class);
        let marks = matches!(class, Some(TokenClass::Mark | TokenClass::ClientName));
        assert!(marks, "{line:?} of {text:?} begins with {class:?}");
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
