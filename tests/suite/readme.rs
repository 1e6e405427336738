//! Holds README.md to its word: its documents run and give the transcripts that they show, its fragments parse, its
//! commands and options exist.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use voiden::cli;
use voiden::report::Output;
use voiden::runner::{Kept, Verdict};
use voiden::script::{Role, parse};

use crate::cases::run_with;

/// A fence that is not a document of ours: its info string and what stands in it.
type Fence = (String, String);

#[test]
fn documents_run_and_their_transcripts_are_real() {
    let fences = fences();
    let documents: Vec<_> = bodies(&fences, "markdown").collect();
    let server = documents
        .iter()
        .find(|text| text.contains("```/wss-server feed"))
        .unwrap();
    assert_eq!(documents.len(), 4);
    let secret = ("ROOM_TOKEN".to_owned(), "open sesame".to_owned());
    // A server on its own has nobody to serve: it runs with the first document.
    for text in documents.iter().filter(|text| text.contains("```/wss ")) {
        let whole = if text.contains("/wss-server") {
            (*text).to_owned()
        } else {
            format!("{text}\n{server}")
        };
        let ran = run_with(Path::new("readme.md"), &whole, |settings| {
            settings.secrets.push(secret.clone());
        });
        for result in &ran.result.results {
            assert!(
                matches!(result.verdict, Verdict::Passed),
                "{}",
                ran.document
            );
            let shown = text.contains("wss-log") && *result.block.name == "Subscribe";
            assert_eq!(result.kept == Kept::Same, shown, "{}", ran.document);
        }
        assert_eq!(ran.said, "");
        assert!(!ran.document.contains("open sesame"));
    }
}

#[test]
fn the_failure_is_a_real_one() {
    let fences = fences();
    let mut documents = bodies(&fences, "markdown");
    let client = documents.next().unwrap();
    let server = documents
        .find(|text| text.contains("```/wss-server feed"))
        .unwrap();
    let whole = format!("{client}\n{server}").replace(".price > 0", ".price > 70000");
    let ran = run_with(Path::new("feed.md"), &whole, |_| {});
    let price = regex::Regex::new(r"\b64\d{3}\b").unwrap();
    let said = price.replace(&ran.said, "64231");
    assert_eq!(said.trim(), bodies(&fences, "text").next().unwrap().trim());
}

#[test]
fn fragments_parse() {
    let fences = fences();
    let mut seen = 0;
    for fragment in bodies(&fences, "") {
        let head = if fragment.starts_with("ws") {
            ""
        } else {
            "ws://127.0.0.1/\n\n"
        };
        let parsed = parse(&format!("{head}{fragment}"), Role::Client, &[]);
        assert!(
            parsed.diagnostics.is_empty(),
            "{fragment}\n{:#?}",
            parsed.diagnostics
        );
        seen += 1;
    }
    assert!(seen >= 4, "{seen}");
}

#[test]
fn commands_and_options_exist() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for line in typed(&text) {
            let unknown = unknown(line).map(|what| format!("{}: {what}", page.display()));
            wrong.extend(unknown);
            seen += 1;
        }
    }
    assert!(seen > 80, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_of_options_is_true() {
    let readme = readme();
    let (_, help) = voiden(&["run", "--help"]);
    let table = readme.lines().filter(|line| line.starts_with("| `-"));
    let mut seen = 0;
    for option in table
        .flat_map(|line| line.split('`'))
        .filter(|code| code.starts_with('-'))
    {
        let name = option.split(' ').next().unwrap();
        assert!(names(&help, name), "{option}");
        seen += 1;
    }
    assert!(seen > 10, "{seen}");
}

/// Every page that a user reads.
fn pages() -> Vec<PathBuf> {
    let folders = ["", "docs", "editors/vscode", "editors/tree-sitter-wss"];
    let entries = folders.map(|folder| std::fs::read_dir(root().join(folder)).unwrap());
    let paths = entries
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path());
    let pages = paths.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.collect()
}

/// What a page says to type: lines of a `console` fence behind their `$ `, and code spans.
fn typed(page: &str) -> impl Iterator<Item = &str> {
    let lines = page.lines().filter_map(|line| line.strip_prefix("$ "));
    let spans = page
        .lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2));
    let voiden = |line: &str| line.starts_with("voiden ") || line.starts_with("cargo run -- ");
    lines.chain(spans).filter(move |line| voiden(line))
}

/// What of a command line does not exist.
fn unknown(line: &str) -> Option<String> {
    let (_, line) = line.split_once("voiden ").or(line.split_once(" -- "))?;
    // What stands in quotes is a value.
    let line: String = line.split('\'').step_by(2).collect();
    let mut words = line
        .split([' ', '|', '[', ']'])
        .filter(|word| !word.is_empty());
    let command = words.next()?;
    let stands_for_any = command.chars().all(|c| c.is_ascii_uppercase());
    if command.starts_with('-') || stands_for_any {
        return None;
    }
    let (status, help) = match command {
        "export" => voiden(&[command, words.next()?, "--help"]),
        _ => voiden(&[command, "--help"]),
    };
    if status != 0 {
        return Some(format!("there is no command `{command}`"));
    }
    let options = words.filter(|word| word.starts_with('-') && word.len() > 1);
    let names_only = options.map(|option| option.split('=').next().unwrap_or(option));
    let mut unknown = names_only.filter(|option| !names(&help, option));
    let unknown = unknown.next()?;
    Some(format!("`{unknown}` is not an option of `{command}`"))
}

/// Whether a help text has an option, and not only the beginning of its name.
fn names(help: &str, option: &str) -> bool {
    let words = help.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.into_iter().any(|word| word == option)
}

pub(crate) fn voiden(arguments: &[&str]) -> (u8, String) {
    let written = Written::default();
    let output = || Output::new(Box::new(written.clone()), false);
    let line = std::iter::once("voiden").chain(arguments.iter().copied());
    let status = cli::run(line.map(Into::into), output(), output());
    let bytes = written.0.lock().unwrap().clone();
    (status, String::from_utf8(bytes).unwrap())
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn bodies<'a>(fences: &'a [Fence], kind: &'a str) -> impl Iterator<Item = &'a str> {
    fences
        .iter()
        .filter(move |(info, _)| info == kind)
        .map(|(_, body)| body.as_str())
}

/// The fences of README.md, in order.
fn fences() -> Vec<Fence> {
    let readme = readme();
    let mut fences = Vec::new();
    let mut open: Option<(&str, Fence)> = None;
    for line in readme.lines() {
        let ticks = line.chars().take_while(|c| *c == '`').count();
        let (mark, rest) = line.split_at(ticks);
        match &mut open {
            Some((closing, _)) if line == *closing => fences.extend(open.take().map(|open| open.1)),
            Some((_, (_, body))) => {
                body.push_str(line);
                body.push('\n');
            }
            None if ticks >= 3 && !rest.contains('`') => {
                open = Some((mark, (rest.to_owned(), String::new())));
            }
            None => {}
        }
    }
    assert!(open.is_none());
    fences
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
