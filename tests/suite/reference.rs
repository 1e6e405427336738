//! The reference is true: every example in `docs/format.md` is run or read, and shows what comes of it.
//!
//! A fence of four backticks holds a whole document, which is run on a network in memory; its transcripts must be as
//! shown. With `UPDATE_REFERENCE` set they are written into the page instead.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use voiden::diagnostic::Diagnostic;
use voiden::document;
use voiden::script::{OPTIONS, Role, parse};

use crate::cases;

#[test]
fn examples_are_what_they_show() {
    let page = std::fs::read_to_string(page()).unwrap();
    let mut updated = page.clone();
    let mut wrong = Vec::new();
    let mut ran = 0;
    for fence in fences(&page) {
        let problem = match fence.info {
            "markdown" => {
                ran += 1;
                let after = cases::run(Path::new("example.md"), fence.body).document;
                let differs = after != fence.body;
                updated = updated.replace(fence.body, &after);
                differs.then(|| format!("it gives\n{after}"))
            }
            "steps" => bad(&client(&format!("ws://localhost/\n\n{}", fence.body))),
            "head" => bad(&client(fence.body)),
            "steps wrong" => good(&client(&format!("ws://localhost/\n\n{}", fence.body))),
            "head wrong" => good(&client(fence.body)),
            "yaml" => bad(&document::parse(&format!("---\n{}---\n", fence.body)).diagnostics),
            "ebnf" => None,
            other => Some(format!("nobody knows how to check `{other}`")),
        };
        wrong.extend(problem.map(|problem| format!("line {}: {problem}", fence.line)));
    }
    assert!(ran > 8, "the fences were not found");
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        return std::fs::write(self::page(), updated).unwrap();
    }
    assert!(wrong.is_empty(), "docs/format.md, {}", wrong.join("\n\n"));
}

#[test]
fn the_grammar_defines_what_it_uses() {
    /// Words of the notation, explained in the grammar's head or by themselves.
    const TERMINALS: &str =
        "NL BLANK LINE letter digit character hex-digit number integer member path";
    let page = std::fs::read_to_string(page()).unwrap();
    let grammar = fences(&page).find(|fence| fence.info == "ebnf").unwrap();
    let noise = regex::Regex::new(r#"(?s)\(\*.*?\*\)|\?[^?]*\?|"[^"]*""#).unwrap();
    // What is quoted holds `?` and comments' marks, so it goes first.
    let quoted = regex::Regex::new(r#""[^"\n]*""#).unwrap();
    let plain = quoted.replace_all(grammar.body, "");
    let plain = noise.replace_all(&plain, "");
    let rule = regex::Regex::new(r"(?m)^([a-z-]+)\s*=").unwrap();
    let defined: BTreeSet<&str> = rule
        .captures_iter(&plain)
        .map(|found| found.get(1).unwrap().as_str())
        .collect();
    let words = regex::Regex::new(r"[A-Za-z][A-Za-z-]*").unwrap();
    for word in words.find_iter(&plain) {
        let known = defined.contains(word.as_str())
            || TERMINALS.split(' ').any(|known| known == word.as_str());
        assert!(known, "the grammar does not define `{}`", word.as_str());
    }
    assert!(defined.len() > 25);
}

#[test]
fn the_table_of_options_is_complete() {
    let page = std::fs::read_to_string(page()).unwrap();
    let (_, section) = page.split_once("\n## Options\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let name = regex::Regex::new(r"`@([a-z-]+)([^`]*)`( S\b)?").unwrap();
    let mut told = BTreeSet::new();
    for row in section.lines().filter(|line| line.starts_with("| `@")) {
        // A cell ends at a bar that is not escaped.
        let cell = row.replace("\\|", "/");
        let cell = cell.split('|').nth(1).unwrap();
        let last = |wanted: &str| {
            name.captures_iter(cell)
                .filter(|found| &found[1] == wanted)
                .last()
        };
        for found in name.captures_iter(cell) {
            let both = last(&found[1]).unwrap().get(3).is_some();
            told.insert((found[1].to_owned(), both));
        }
    }
    let known: BTreeSet<_> = OPTIONS
        .iter()
        .map(|option| (option.name.to_owned(), option.client && option.server))
        .collect();
    assert_eq!(told, known);
}

struct Fence<'a> {
    info: &'a str,
    body: &'a str,
    line: usize,
}

/// The outermost fences of a page.
fn fences(page: &str) -> impl Iterator<Item = Fence<'_>> {
    let mut lines = page.split_inclusive('\n').scan(0, |at, line| {
        *at += line.len();
        Some((*at, line))
    });
    let mut number = 0;
    std::iter::from_fn(move || {
        loop {
            let (start, opening) = lines.next()?;
            number += 1;
            let marks = opening.len() - opening.trim_start_matches('`').len();
            if marks < 3 {
                continue;
            }
            let line = number;
            let closing = "`".repeat(marks);
            let mut end = start;
            for (next, text) in lines.by_ref() {
                number += 1;
                if text.trim_end() == closing {
                    break;
                }
                end = next;
            }
            return Some(Fence {
                info: opening[marks..].trim(),
                body: &page[start..end],
                line,
            });
        }
    })
}

fn client(text: &str) -> Vec<Diagnostic> {
    parse(text, Role::Client, &[]).diagnostics
}

fn bad(diagnostics: &[Diagnostic]) -> Option<String> {
    diagnostics.first().map(|first| first.message.clone())
}

fn good(diagnostics: &[Diagnostic]) -> Option<String> {
    let wrong = diagnostics.iter().any(Diagnostic::is_error);
    (!wrong).then(|| "nothing is wrong with it".to_owned())
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/format.md")
}
