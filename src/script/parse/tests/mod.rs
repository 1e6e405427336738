//! Bad scripts and what is told of them; good scripts and what they are read as; laws for all texts.

mod good;
mod laws;
mod round;
mod spell;
mod table;
mod tokens;

use std::cell::RefCell;
use std::fmt::Write;

use crate::diagnostic::Diagnostic;
use crate::script::{Role, parse};
use crate::source::Source;

/// Each `tests/bad/*.txt` holds scripts, each below a line `=== client`, `=== server` or `=== http`.
#[test]
fn bad_scripts_are_told_where_why_and_what_to_write() {
    let wrong = RefCell::new(String::new());
    insta::glob!("bad/*.txt", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let mut told = String::new();
        for case in text.split("=== ").skip(1) {
            let (role, script) = case.split_once('\n').unwrap_or((case, ""));
            let role = match role {
                "client" => Role::Client,
                "http" => Role::Http,
                _ => Role::Server,
            };
            let script = script.strip_suffix('\n').unwrap_or(script);
            let parsed = parse(script, role, &[]);
            assert!(!parsed.diagnostics.is_empty(), "{script}");
            told.push_str(&render(script, &parsed.diagnostics));
            let fixes = wrong_fixes(script, role, &parsed.diagnostics);
            wrong.borrow_mut().push_str(&fixes);
        }
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(told);
        });
    });
    let wrong = wrong.into_inner();
    assert!(wrong.is_empty(), "{wrong}");
}

/// Where a fix is done, what it was offered for is no longer told there; where a word was meant, there is one. Gives what is
/// not so.
fn wrong_fixes(script: &str, role: Role, diagnostics: &[Diagnostic]) -> String {
    let mut wrong = String::new();
    for told in diagnostics {
        let hint = told.hint.as_deref().unwrap_or_default();
        if hint.contains("did you mean `") && told.fixes.is_empty() {
            writeln!(wrong, "nothing is put: {hint}\n{script}\n").unwrap();
        }
        for fix in &told.fixes {
            let mut fixed = script.to_owned();
            let end = fix.span.end.min(script.len());
            fixed.replace_range(fix.span.start.min(end)..end, &fix.text);
            let again = parse(&fixed, role, &[]).diagnostics;
            let same = |other: &Diagnostic| {
                (other.span.start, &other.message) == (told.span.start, &told.message)
            };
            if again.iter().any(same) {
                writeln!(
                    wrong,
                    "still: {}\n{script}\nbecomes\n{fixed}\n",
                    told.message
                )
                .unwrap();
            }
        }
    }
    wrong
}

/// The script line by line, below each what is told of it.
fn render(script: &str, diagnostics: &[Diagnostic]) -> String {
    let source = Source::new("block", script);
    let mut text = String::new();
    for (index, line) in script.split('\n').enumerate() {
        writeln!(text, "{:>3} | {line}", index + 1).unwrap();
        for diagnostic in diagnostics {
            let position = source.position(diagnostic.span.start);
            if position.line != index + 1 {
                continue;
            }
            let sign = if diagnostic.is_error() { "✗" } else { "!" };
            let slice = source.slice(diagnostic.span);
            writeln!(
                text,
                "      {sign} {}:{} `{}` {}",
                position.line,
                position.column,
                slice.escape_debug(),
                diagnostic.message
            )
            .unwrap();
            if let Some(hint) = &diagnostic.hint {
                writeln!(text, "        = {hint}").unwrap();
            }
        }
    }
    text.push('\n');
    text
}
