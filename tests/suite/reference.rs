//! The reference is true: every example in its pages is run or read, and shows what comes of it; every link leads
//! somewhere.
//!
//! A fence of four backticks holds a whole document, which is run on a network in memory; its transcripts must be as
//! shown. With `UPDATE_REFERENCE` set they are written into the page instead.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use voiden::diagnostic::Diagnostic;
use voiden::document;
use voiden::report::REPORT_FORMATS;
use voiden::script::{FILTERS, OPTIONS, Role, STEPS, parse};

use crate::cases;

/// The pages of the reference, in `docs/`.
const PAGES: [&str; 17] = [
    "install.md",
    "format.md",
    "patterns.md",
    "payloads.md",
    "steps.md",
    "options.md",
    "servers.md",
    "http.md",
    "values.md",
    "transcript.md",
    "load.md",
    "editors.md",
    "export.md",
    "grammar.md",
    "import.md",
    "connect.md",
    "open.md",
];
/// Lines that a page has at most, so that it is read.
const LONGEST: usize = 600;

#[test]
fn examples_are_what_they_show() {
    let mut wrong = Vec::new();
    let mut ran = 0;
    for name in PAGES {
        let page = page(name);
        let mut updated = page.clone();
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
                "request" => bad(&parse(fence.body, Role::Http, &[]).diagnostics),
                "yaml" => bad(&document::parse(&format!("---\n{}---\n", fence.body)).diagnostics),
                "json" => serde_json::from_str::<serde_json::Value>(fence.body)
                    .err()
                    .map(|error| error.to_string()),
                // Settings of editors; and what is typed, at which `readme.rs` looks, on every page.
                "ebnf" | "lua" | "toml" | "elisp" | "console" => None,
                other => Some(format!("no check is known for `{other}`")),
            };
            wrong.extend(problem.map(|problem| format!("{name}:{}: {problem}", fence.line)));
        }
        if std::env::var_os("UPDATE_REFERENCE").is_some() {
            std::fs::write(path(&format!("docs/{name}")), updated).unwrap();
        }
    }
    assert!(ran > 8, "the fences were not found");
    assert!(wrong.is_empty(), "docs/{}", wrong.join("\n\n"));
}

#[test]
fn pages_are_of_a_size_that_one_reads() {
    for name in PAGES {
        let lines = page(name).lines().count();
        assert!(lines <= LONGEST, "docs/{name} has {lines} lines");
    }
}

#[test]
fn links_lead_somewhere_and_reach_every_page() {
    let link = regex::Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let mut wrong = Vec::new();
    let mut reached = BTreeSet::from([path("README.md")]);
    let mut pages = vec![path("README.md")];
    while let Some(from) = pages.pop() {
        let text = std::fs::read_to_string(&from).unwrap();
        for found in link.captures_iter(&prose(&text)) {
            let (file, anchor) = found[1].split_once('#').unwrap_or((&found[1], ""));
            if file.contains("://") || file.starts_with("mailto:") {
                continue;
            }
            let to = match file {
                "" => from.clone(),
                file => from.with_file_name("").join(file),
            };
            let Ok(to) = to.canonicalize() else {
                wrong.push(format!("{}: {}", from.display(), &found[1]));
                continue;
            };
            if to.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let target = std::fs::read_to_string(&to).unwrap();
            if !anchor.is_empty() && !anchors(&target).contains(anchor) {
                wrong.push(format!("{}: {}", from.display(), &found[1]));
            }
            if reached.insert(to.clone()) {
                pages.push(to);
            }
        }
    }
    let all = std::fs::read_dir(path("docs")).unwrap();
    let missed = all
        .map(|entry| entry.unwrap().path().canonicalize().unwrap())
        .filter(|page| page.extension().is_some_and(|extension| extension == "md"))
        .filter(|page| !reached.contains(page));
    wrong.extend(missed.map(|page| format!("no link leads to {}", page.display())));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_filter_is_told() {
    let page = page("steps.md");
    let escaped = |text: &str| text.replace('|', "\\|");
    let missed = FILTERS.iter().map(|filter| {
        let call = match filter.parameters {
            [] => filter.name.to_owned(),
            parameters => format!("{}({})", filter.name, parameters.join("; ")),
        };
        let [does, example] = [filter.does, filter.example].map(escaped);
        let gives = filter.gives;
        format!("| `{call}` | {does} | `{example}` is `{gives}` |")
    });
    let missed: Vec<String> = missed.filter(|row| !page.contains(row)).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// A page without its fences and code spans.
fn prose(page: &str) -> String {
    let mut outside = page.to_owned();
    for fence in fences(page) {
        outside = outside.replacen(fence.body, "", 1);
    }
    let code = regex::Regex::new("`[^`\n]*`").unwrap();
    code.replace_all(&outside, "").into_owned()
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut outside = page.to_owned();
    for fence in fences(page) {
        outside = outside.replacen(fence.body, "", 1);
    }
    let headings = outside.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[test]
fn the_grammar_defines_what_it_uses() {
    /// Words of the notation, explained in the grammar's head or by themselves.
    const TERMINALS: &str =
        "NL BLANK LINE letter digit character hex-digit number integer member path";
    let page = page("grammar.md");
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
    let page = page("options.md");
    let name = regex::Regex::new(r"`@([a-z-]+)([^`]*)`( S\b)?").unwrap();
    let mut told = BTreeSet::new();
    for row in page.lines().filter(|line| line.starts_with("| `@")) {
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

#[test]
fn every_step_is_told() {
    let pages: Vec<String> = PAGES.into_iter().map(page).collect();
    for step in STEPS {
        let told = format!("`{}", step.words);
        let found = pages.iter().any(|page| page.contains(&told));
        assert!(found, "the reference does not tell of `{}`", step.words);
    }
}

#[test]
fn every_report_is_in_the_reference() {
    let page = include_str!("../../docs/report.md");
    let readme = include_str!("../../README.md");
    for format in REPORT_FORMATS {
        assert!(page.contains(&format!("\n| `{}` |", format.name)));
        assert!(readme.contains(&format!("`{}`", format.name)));
    }
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

fn page(name: &str) -> String {
    std::fs::read_to_string(path(&format!("docs/{name}"))).unwrap()
}

fn path(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(inside)
}
