//! What a session recorded runs again: against the same server, started anew, `run` and `run --check` pass; against one that
//! answers with another field they fail.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use voiden::Settings;
use voiden::document::BlockKind;
use voiden::protocol::{Event, EventKind};
use voiden::recorder::{NewBlock, RecordMode, Recording, add};
use voiden::runner::{Kept, Named, News, ReportedDocument, Reporter, Runner, Verdict};

/// Keeps the events of the client.
#[derive(Default)]
struct Heard(Mutex<Vec<Event>>);

impl Reporter for Heard {
    fn hear(&self, _: &ReportedDocument, news: &News<'_>) {
        if let News::Event { event, block, .. } = news
            && block.kind == BlockKind::Client
        {
            let event: Event = (*event).clone().into_inner();
            self.0.lock().unwrap().push(event);
        }
    }
}

/// Runs a document's text; what came of its last block.
fn run(text: &str, check: bool, reporter: Arc<dyn Reporter>) -> (Verdict, Kept, String) {
    let settings = Settings {
        check,
        ..Settings::default()
    };
    let named = Named::of_text("a.md", text, None);
    let runner = Runner::new(settings).reporter(reporter);
    let mut results = runner.run(&[named]);
    let mut result = results.pop().unwrap();
    assert!(!result.refused, "{text}");
    let last = result.results.pop().unwrap();
    (last.verdict, last.kept, result.text.unwrap_or_default())
}

/// Plays a client's steps against a server, and gives the document that its recording makes beside that server.
fn recorded(server: &str, head: &str, steps: &str, mode: RecordMode) -> String {
    let listener = Arc::new(Heard::default());
    let server = format!("```/wss-server s\nws://127.0.0.1:0/\n\n{server}\n```\n");
    let session = format!("{server}\n```/wss Played\n{head}\n@linger 150ms\n\n{steps}\n```\n");
    let (verdict, _, _) = run(&session, false, Arc::clone(&listener) as _);
    assert!(matches!(verdict, Verdict::Passed), "{verdict:?}\n{session}");
    let events = listener.0.lock().unwrap().clone();
    let mut played = Recording::new(head);
    let mut took = Duration::ZERO;
    for event in &events {
        took = event.at;
        match &event.kind {
            EventKind::Sent { frame, .. } if frame.is_message() => {
                played.sent(event.at, frame.clone());
            }
            EventKind::Sent { .. } => played.closing(),
            EventKind::Received { number, frame, .. } => {
                played.received(event.at, *number, frame.clone());
            }
            _ => {}
        }
    }
    let block = played.block(mode);
    let began = "2026-11-22T12:03:04Z".parse().unwrap();
    let new = NewBlock {
        kind: BlockKind::Client,
        name: "Recorded".to_owned(),
        prose: String::new(),
        script: block.script.clone(),
        transcript: Some(block.transcript(events, began, took)),
        secrets: block.secrets.clone(),
        vars: block.vars.clone(),
        defaults: Vec::new(),
        needed: false,
    };
    add(&server, "", &[new]).unwrap()
}

struct Nobody;

impl Reporter for Nobody {
    fn hear(&self, _: &ReportedDocument, _: &News<'_>) {}
}

/// The recorded document passes and is as recorded; with `from` as `to` in its server it fails.
fn assert_holds(document: &str, from: &str, to: &str) {
    for check in [false, true] {
        let (verdict, kept, after) = run(document, check, Arc::new(Nobody));
        assert!(
            matches!(verdict, Verdict::Passed),
            "{verdict:?}\n{document}"
        );
        assert_eq!(kept, Kept::Same, "{document}\n{after}");
    }
    let (server, rest) = document.split_once("\n```\n").unwrap();
    assert!(server.contains(from), "{server}");
    let changed = format!("{}\n```\n{rest}", server.replace(from, to));
    let changed = changed.replace("@timeout 5s", "");
    let (verdict, _, _) = run(&with_short_timeout(&changed), false, Arc::new(Nobody));
    assert!(matches!(verdict, Verdict::Failed(_)), "{changed}");
}

fn with_short_timeout(document: &str) -> String {
    document.replace("{{s.url}}\n", "{{s.url}}\n@timeout 300ms\n")
}

#[test]
fn answers_run_again() {
    let server = r#"-> json {"type": "hello", "id": "{{$uuid}}", "at": "{{$timestamp}}", "ms": {{$epochMs}}, "version": 3}

-- on json {"type": "say"}
-> json {"type": "said", "text": "{{$message.text}}", "tags": ["a", {"b": null}]}
-> text done {{$epochMs}} \{{x}}
-> binary hex 00 ff

-- on text xml
-> xml <order id="7"><item>a</item></order>"#;
    let steps = "-> {\"type\": \"say\", \"text\": \"hi\"}\n<- binary\n-> text xml\n<- xml\n";
    let document = recorded(server, "{{s.url}}", steps, RecordMode::Steps);
    assert!(document.contains("{{$uuid}}"), "{document}");
    assert_holds(&document, "\"version\": 3", "\"version\": 4");
    assert_holds(&document, "[\"a\", {\"b\": null}]", "[\"a\", {\"b\": 1}]");
    assert_holds(&document, "hex 00 ff", "hex 00 fe");
    assert_holds(&document, "<item>a</item>", "<item>b</item>");
}

#[test]
fn a_feed_runs_again() {
    let server = r#"-- on json {"op": "subscribe"}
-> json {"op": "subscribed", "ok": true}

-- every 120ms
-> json {"op": "tick", "symbol": "BTC", "n": {{$index}}}"#;
    let steps = "-> {\"op\": \"subscribe\"}\n<- json {\"op\": \"tick\"}\n-- times 5\n";
    let document = recorded(server, "{{s.url}}", steps, RecordMode::Steps);
    assert!(document.contains("@log matched"), "{document}");
    assert!(document.contains("-- times "), "{document}");
    assert_holds(&document, "\"symbol\": \"BTC\"", "\"symbol\": \"ETH\"");
}

#[test]
fn secrets_that_came_are_kept_and_sent_again() {
    let server = r#"-- on json {"login": "ann"}
-> json {"token": "{{$randomString 24}}", "role": "admin"}

-- on json {"use": {{$any}}}
-> json {"used": true}"#;
    let steps = "-> {\"login\": \"ann\"}\n<- json {\"token\": {{$string as t}}}\n-> {\"use\": \"{{t}}\"}\n<- json {\"used\": true}\n";
    let document = recorded(server, "{{s.url}}", steps, RecordMode::Steps);
    assert!(document.contains("{{$any as token}}"), "{document}");
    assert!(document.contains("-- secret token"), "{document}");
    assert!(
        document.contains("\"use\":\"{{token}}\"") || document.contains("\"use\": \"{{token}}\""),
        "{document}"
    );
    assert_holds(&document, "\"role\": \"admin\"", "\"role\": \"user\"");
}

#[test]
fn heartbeats_do_not_matter() {
    let server = r#"-- on text go
-> json {"done": 1}

-- every 60ms
-> json {"type": "heartbeat", "n": {{$index}}}"#;
    let steps = "-- wait 150ms\n-> text go\n<- json {\"done\": 1}\n-- wait 100ms\n";
    let document = recorded(server, "{{s.url}}", steps, RecordMode::Steps);
    assert!(
        document.contains("@ignore json {\"type\": \"heartbeat\"}"),
        "{document}"
    );
    assert_holds(&document, "{\"done\": 1}", "{\"done\": 2}");
}
