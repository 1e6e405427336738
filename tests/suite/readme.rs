//! Holds README.md to its word: its documents run and give the transcripts that they show, its fragments parse, its
//! commands and options exist.

use std::io::{self, Write};
use std::path::Path;
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
    let readme = readme();
    let (_, all) = voiden(&["--help"]);
    let fences = fences();
    let typed = bodies(&fences, "console").flat_map(str::lines);
    let shown = readme.split('`').filter(|code| code.starts_with("voiden "));
    let mut seen = 0;
    for line in typed.chain(shown) {
        let Some((_, line)) = line.split_once("voiden ").or(line.split_once(" -- ")) else {
            continue;
        };
        let mut words = line.split(' ');
        let command = words.next().unwrap();
        assert!(all.contains(&format!("\n  {command} ")), "{line}");
        let (_, help) = voiden(&[command, "--help"]);
        for option in words.filter(|word| word.starts_with('-')) {
            assert!(
                help.contains(option),
                "`{option}` is not an option of `{command}`"
            );
        }
        seen += 1;
    }
    assert!(seen > 4, "{seen}");
    let (_, help) = voiden(&["run", "--help"]);
    let table = readme.lines().filter(|line| line.starts_with("| `-"));
    for option in table
        .flat_map(|line| line.split('`'))
        .filter(|code| code.starts_with('-'))
    {
        let name = option.split(' ').next().unwrap();
        assert!(help.contains(name), "{option}");
    }
}

#[test]
fn links_lead_somewhere() {
    let readme = readme();
    let links = readme
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'));
    for (link, _) in links.filter(|(link, _)| !link.starts_with("http")) {
        let file = link.split_once('#').map_or(link, |(file, _)| file);
        assert!(root().join(file).exists(), "{link}");
    }
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
