//! Laws over generated documents that are run: bytes outside of transcripts never change, running twice equals running
//! once, and a written document parses to the same blocks. The network is in memory and time is paused.

use std::sync::Arc;

use proptest::prelude::*;
use tokio::sync::watch;
use voiden::document::{self, Document};
use voiden::runner::{self, Named, News, ReportedDocument, Reporter, Runner, Settings};

use crate::memory;

struct Deaf;

impl Reporter for Deaf {
    fn hear(&self, _: &ReportedDocument, _: &News<'_>) {}
}

/// The document after it was run, and the exit status.
fn run(text: &str) -> (String, u8) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("law.md");
    std::fs::write(&path, text).unwrap();
    let named = Named {
        path: path.clone(),
        shown: "law.md".to_owned(),
        selectors: Vec::new(),
        text: None,
    };
    let settings = Settings {
        jobs: 1,
        ..Settings::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let reporter: Arc<dyn Reporter> = Arc::new(Deaf);
    let (_stop, stopped) = watch::channel(false);
    let network = memory::network();
    let runner = Runner::new(settings.clone())
        .reporter(Arc::clone(&reporter))
        .until(stopped.clone());
    let run = runner.run_on(&network, &named);
    let result = runtime.block_on(run).unwrap();
    runtime.shutdown_background();
    let after = std::fs::read_to_string(&path).unwrap();
    (after, runner::exit_status(&[result]))
}

/// Messages that a peer may send: harmless, structured, and meant to break out.
const PAYLOADS: &[&str] = &[
    "text hello",
    "text",
    "text ~~~~\\n```",
    "text \"a\\n```\\n# b\\r\\n~~~\"",
    "text \"\\u001b[31m\\u202e\\u2028\\u0000\\ufeff\"",
    "text \\{{nothing}}",
    "text   outer blanks  ",
    "json {\"a\": [1, 2.50, {\"b\": null}], \"c\": \"`````\"}",
    "json {\"id\": \"{{$uuid}}\", \"at\": {{$epochMs}}, \"n\": {{$randomInt 1 9}}}",
    "json {\"long\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\", \"k\": [1]}",
    "xml <a b=\"1\">```<c/>&#x9;\u{202e}</a>",
    "binary hex 00 ff 60 60 60",
    "binary \"PING\\r\\n\"",
    "ping {{$randomString 4}}",
];

/// Steps that pass, fail, or end the connection.
const STEPS: &[&[&str]] = &[
    &["-> text again", "-- repeat 3 every 10ms"],
    &["<-", "-- within 20ms"],
    &["<- text never", "-- within 20ms"],
    &["<- json {\"a\": {{$any}}}", "-- within 20ms"],
    &["-- wait 10ms", "-- note `a note` ~~~"],
    &["-> text push", "-- wait 1s"],
    &["-> text vanish", "-- wait 1s"],
    &["-> text vanish", "<- drop"],
    &["-- wait 50ms", "-- drop", "-- reconnect"],
    &["-> ping", "<- pong"],
    &["-- # a comment"],
];

/// A block's lines below its head, which ends well or badly.
fn script() -> impl Strategy<Value = Vec<String>> {
    let send = proptest::sample::select(PAYLOADS).prop_map(|what| vec![format!("-> {what}")]);
    let other = proptest::sample::select(STEPS)
        .prop_map(|lines| lines.iter().map(|line| (*line).to_owned()).collect());
    proptest::collection::vec(prop_oneof![3 => send, 2 => other], 0..5).prop_map(|parts| {
        parts
            .into_iter()
            .map(|mut part: Vec<String>| {
                part.push(String::new());
                part
            })
            .collect::<Vec<_>>()
            .concat()
    })
}

const SERVER: &[&str] = &[
    "ws://127.0.0.1:0/",
    "",
    "-> text welcome",
    "",
    "-- on text push",
    "-> json {\"tick\": 1, \"ref\": \"{{$uuid}}\"}",
    "-> text \"```wss-log\\n~~~\"",
    "",
    "-- on text vanish",
    "-- drop",
    "",
    "-- on",
    "-> {{$message}}",
];

/// The head lines of a client block that change how it is recorded.
const HEADS: &[&str] = &[
    "",
    "@timestamps offset",
    "@timestamps none",
    "@log-messages 2",
    "@log-bytes 16B",
    "@log matched",
    "@mask .id, .at",
    "@ignore text welcome",
];

/// Where a block stands: what its first line begins with, and its others.
const CONTAINERS: &[(&str, &str)] = &[
    ("", ""),
    ("  ", "  "),
    ("> ", "> "),
    (">", ">"),
    ("- ", "  "),
    ("1. ", "   "),
    ("> - ", ">   "),
    ("- > ", "  > "),
    ("* * ", "    "),
];

const FENCES: &[&str] = &["```", "~~~", "`````", "~~~~~~"];

const RECORDED: &[&str] = &[
    "",
    "old",
    "✓ 1 sent, 0 received in 1 ms · 2020-01-01T00:00:00.000Z",
];

const PROSE: &[&str] = &[
    "",
    "Prose right after.",
    "\n| a | b |\n|---|---|\n| 1 | `x` |",
    "\n# A heading\n",
    "\n```rust\nfn main() {}\n```",
    "\n<!-- wss-log -->\n\n    ```wss-log\n    indented code\n    ```",
    "\ntrailing blanks   \n\ttab",
];

/// A fenced block with what may stand below it, in its container.
fn block(info: &str, lines: &[String], style: &Style) -> String {
    let (first, rest) = CONTAINERS[style.container];
    let fence = FENCES[style.fence];
    let mut text = format!("{first}{fence}{info}\n");
    let mut put = |line: &str| {
        text.push_str(rest);
        text.push_str(line);
        text.push('\n');
    };
    for line in lines {
        put(line);
    }
    put(fence);
    if let Some(recorded) = style.recorded {
        put("");
        put(&format!("{fence}wss-log"));
        RECORDED[recorded].lines().for_each(&mut put);
        put(fence);
    }
    text.push('\n');
    text.push_str(PROSE[style.prose]);
    text.push('\n');
    text
}

#[derive(Clone, Debug)]
struct Style {
    container: usize,
    fence: usize,
    recorded: Option<usize>,
    prose: usize,
}

fn style() -> impl Strategy<Value = Style> {
    (
        0..CONTAINERS.len(),
        0..FENCES.len(),
        proptest::option::of(0..RECORDED.len()),
        0..PROSE.len(),
    )
        .prop_map(|(container, fence, recorded, prose)| Style {
            container,
            fence,
            recorded,
            prose,
        })
}

prop_compose! {
    fn client()(
        name in proptest::sample::select(&["", " Name", " Twice", " *and* [more] &amp; é"][..]),
        head in proptest::sample::select(HEADS),
        script in script(),
        style in style(),
    ) -> String {
        let mut lines = vec!["{{house.url}}".to_owned(), head.to_owned(), String::new()];
        lines.extend(script);
        // What is still under way at the end may arrive or not.
        lines.push("-- wait 50ms".to_owned());
        block(&format!("/wss{name}"), &lines, &style)
    }
}

prop_compose! {
    fn a_document()(
        clients in proptest::collection::vec(client(), 1..4),
        server in style(),
        last in any::<bool>(),
        front in any::<bool>(),
        mark in any::<bool>(),
        crlf in any::<bool>(),
        cut in any::<bool>(),
    ) -> String {
        let lines: Vec<_> = SERVER.iter().map(|line| (*line).to_owned()).collect();
        let server = block("/wss-server house", &lines, &server);
        let mut parts = clients;
        parts.insert(if last { parts.len() } else { 0 }, server);
        let front = if front { "---\ntitle: x\nvoiden:\n  timeout: 1s\n---\n\n" } else { "" };
        let mut text = format!("{front}{}", parts.join("\n"));
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        if cut {
            text.truncate(text.trim_end().len());
        }
        if mark {
            text.insert(0, '\u{feff}');
        }
        text
    }
}

/// What a document says besides its transcripts. An inserted one brings blank lines of its container with it.
fn besides(text: &str, document: &Document) -> Vec<String> {
    let mut kept = String::new();
    let mut at = 0;
    for block in &document.blocks {
        if let Some(recorded) = &block.transcript.recorded {
            kept.push_str(&text[at..recorded.span.start]);
            at = recorded.span.end;
        }
    }
    kept.push_str(&text[at..]);
    kept.split('\n')
        // Of the last line, which may have had none; line endings are looked at by themselves.
        .map(|line| line.trim_end_matches('\r').to_owned())
        .filter(|line| !line.trim_matches(['>', ' ', '\r']).is_empty())
        .collect()
}

fn blocks(document: &Document) -> Vec<(String, String)> {
    document
        .blocks
        .iter()
        .map(|block| (block.name.clone(), block.body.text().to_owned()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn documents_that_are_run(text in a_document()) {
        let before = document::parse(&text);
        let (after, status) = run(&text);
        prop_assert_ne!(status, 2, "it could run");
        let written = document::parse(&after);
        prop_assert_eq!(blocks(&before).len(), blocks(&written).len());
        for (before, after) in blocks(&before).iter().zip(blocks(&written)) {
            // A block without a name of its own is called by its line, which moves.
            prop_assert!(before.0 == after.0 || before.0.starts_with("line "));
            prop_assert_eq!(&before.1, &after.1);
        }
        prop_assert_eq!(besides(&text, &before), besides(&after, &written));
        for block in &written.blocks {
            let recorded = block.transcript.recorded.as_ref();
            prop_assert!(recorded.is_some(), "every block has its transcript");
            let body = recorded.unwrap().body.text();
            prop_assert!(body.starts_with(['✓', '✗']), "{}", body);
            prop_assert!(body.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", body);
        }
        if text.contains("\r\n") {
            prop_assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
        }
        let (again, twice) = run(&after);
        prop_assert_eq!(status, twice);
        prop_assert_eq!(after, again, "running twice equals running once");
    }
}
