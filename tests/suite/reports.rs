//! The whole command: reports, selection, `--check`, `--repeat` and documents side by side, from outside.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A server and three clients: one passes, one fails, one is skipped.
const MIXED: &str = r#"# Mixed

```/wss-server echo
ws://127.0.0.1:0/

-- on
-> {{$message}}
```

## Passes

```/wss
{{echo.url}}
@subprotocol
-> json {"say": "<script>alert(1)</script>"}
<- json {"say": "{{$any}}"}
```

## Fails

```/wss
{{echo.url}}

-> text one
<- text two
-- within 50ms
```

## Is skipped

```/wss
{{echo.url}}
@skip needs "a key" & more

-> text x
```
"#;

struct Ran {
    status: i32,
    out: String,
    err: String,
}

fn voiden(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_voiden"));
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    Ran {
        status: status.code().unwrap(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn mixed() -> tempfile::TempDir {
    folder(&[("mixed.md", &MIXED.replace("@subprotocol\n", "\n"))])
}

/// A document of one passing session that takes so long.
fn waiting(time: &str) -> String {
    format!(
        "```/wss-server quiet\nws://127.0.0.1:0/\n\n-- on text hi\n-> text ho\n```\n\n```/wss Waits\n{{{{quiet.url}}}}\n\n-- wait {time}\n-> text hi\n<- text ho\n-> close\n<- close\n```\n"
    )
}

#[test]
fn several_reports_tell_of_one_run() {
    let folder = mixed();
    let ran = voiden(
        folder.path(),
        &[
            "run",
            "-q",
            "--report",
            "junit=j.xml",
            "--report",
            "json=r.json",
            "--report",
            "tap=t.tap",
            "--report",
            "html=p.html",
            "mixed.md",
        ],
    );
    assert_eq!(ran.status, 1, "{}", ran.err);
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    junit(&read("j.xml"));
    tap(&read("t.tap"));
    json(&serde_json::from_str(&read("r.json")).unwrap());
    html(&read("p.html"));
}

fn html(page: &str) {
    assert_eq!(page.matches("<script").count(), 1, "only the page's own");
    assert_eq!(page.matches("</script>").count(), 1);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(page.contains("needs &quot;a key&quot; &amp; more"));
    assert!(page.contains("1 session failed"));
    for (outcome, count) in [("passed", 2), ("failed", 1), ("skipped", 1)] {
        let sessions = page.matches(&format!("data-outcome=\"{outcome}\"")).count();
        assert_eq!(sessions, count, "{outcome}");
    }
    // Every mark of a timeline leads to a line that is there.
    let marks: Vec<_> = page.split("<a href=\"#").skip(1).collect();
    assert!(marks.len() > 10);
    for mark in marks {
        let id = mark.split('"').next().unwrap();
        assert!(page.contains(&format!("<li id=\"{id}\"")), "{id}");
    }
}

#[test]
fn reports_hold_no_secret() {
    let text = waiting("1ms").replace("text hi", "json {\"key\": \"{{API_KEY}}\"}");
    let folder = folder(&[("a.md", &text), (".env", "API_KEY=hunter2-and-more\n")]);
    let arguments = [
        "run",
        "--report",
        "junit=j.xml",
        "--report",
        "json=r.json",
        "--report",
        "tap=t.tap",
        "--report",
        "html=p.html",
        "a.md",
    ];
    voiden(folder.path(), &arguments);
    for (name, shown) in [
        ("j.xml", "Waits"),
        ("t.tap", "Waits"),
        ("r.json", "{{API_KEY}}"),
        ("p.html", "{{API_KEY}}"),
    ] {
        let report = fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(report.contains(shown), "{name}: {report}");
        assert!(!report.contains("hunter2"), "{name}: {report}");
    }
}

#[test]
fn long_sessions_are_whole_in_json_and_cut_on_the_page() {
    let text = "```/wss-server flood\nws://127.0.0.1:0/\n\n-- on text go\n-> text m{{$index}}\n-- repeat 3000\n```\n\n```/wss Drinks\n{{flood.url}}\n@log-messages 10\n\n-> text go\n<- text m2999\n```\n";
    let folder = folder(&[("a.md", text)]);
    let arguments = [
        "run",
        "-q",
        "--report",
        "json=r.json",
        "--report",
        "html=p.html",
        "a.md",
    ];
    let ran = voiden(folder.path(), &arguments);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let json = fs::read_to_string(folder.path().join("r.json")).unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    let events = json["documents"][0]["sessions"][1]["events"]
        .as_array()
        .unwrap();
    let received = events
        .iter()
        .filter(|event| event["event"] == "received" && event["kind"] == "text");
    assert_eq!(received.count(), 3000);
    let page = fs::read_to_string(folder.path().join("p.html")).unwrap();
    assert!(page.contains("2991 messages not shown"), "{}", page.len());
    assert!(page.len() < 200_000, "{}", page.len());
}

fn junit(text: &str) {
    let xml = roxmltree::Document::parse(text).unwrap();
    let root = xml.root_element();
    for (name, count) in [("tests", "4"), ("failures", "1"), ("errors", "0")] {
        assert_eq!(root.attribute(name), Some(count), "{text}");
    }
    let named = |name: &str| {
        let case = xml
            .descendants()
            .find(|node| node.attribute("name") == Some(name));
        case.unwrap()
    };
    assert_eq!(named("mixed.md").tag_name().name(), "testsuite");
    let fails = named("Fails");
    assert_eq!(fails.attribute("file"), Some("mixed.md"));
    assert_eq!(fails.attribute("line"), Some("25"));
    let failure = fails.first_element_child().unwrap();
    assert!(failure.attribute("message").unwrap().contains("two"));
    assert!(failure.text().unwrap().contains("mixed.md:25:1"), "{text}");
    let skipped = named("Is skipped").first_element_child().unwrap();
    assert_eq!(skipped.tag_name().name(), "skipped");
    assert_eq!(skipped.attribute("message"), Some("needs \"a key\" & more"));
    assert!(named("Passes").first_element_child().is_none());
}

fn tap(text: &str) {
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "TAP version 14");
    assert_eq!(*lines.last().unwrap(), "1..4");
    assert!(text.contains("ok 2 - mixed.md: Passes\n"), "{text}");
    assert!(
        text.contains("not ok 3 - mixed.md: Fails\n  ---\n"),
        "{text}"
    );
    assert!(
        text.contains("    file: \"mixed.md\"\n    line: 25\n"),
        "{text}"
    );
    assert!(
        text.contains("ok 4 - mixed.md: Is skipped # SKIP needs \"a key\" & more"),
        "{text}"
    );
}

fn json(report: &Value) {
    assert_eq!(report["version"], 1);
    assert_eq!(report["counts"]["passed"], 2);
    assert_eq!(report["counts"]["failed"], 1);
    assert_eq!(report["counts"]["skipped"], 1);
    let document = &report["documents"][0];
    assert_eq!(document["outcome"], "failed");
    let sessions = document["sessions"].as_array().unwrap();
    let names: Vec<_> = sessions.iter().map(|session| &session["name"]).collect();
    assert_eq!(names, ["echo", "Passes", "Fails", "Is skipped"]);
    let passes = &sessions[1];
    assert_eq!(passes["handshake"]["status"], 101);
    let events = passes["events"].as_array().unwrap();
    let sent = events
        .iter()
        .find(|event| event["event"] == "sent")
        .unwrap();
    assert_eq!(sent["line"], 15);
    assert_eq!(sent["payload"], r#"{"say": "<script>alert(1)</script>"}"#);
    assert!(sent["since"].is_u64() && sent["at"].as_str().unwrap().ends_with('Z'));
    let matched = events
        .iter()
        .find(|event| event["event"] == "matched")
        .unwrap();
    assert_eq!(matched["line"], 16);
    assert_eq!(sessions[2]["failure"]["line"], 25);
    assert_eq!(sessions[3]["events"], Value::Array(Vec::new()));
    let all: usize = sessions
        .iter()
        .map(|one| one["events"].as_array().unwrap().len())
        .sum();
    assert!(all > 20, "{all}");
}

#[test]
fn a_report_takes_stdout_for_itself() {
    let folder = mixed();
    let ran = voiden(folder.path(), &["run", "--report", "tap=-", "mixed.md"]);
    assert_eq!(ran.status, 1);
    assert!(ran.out.starts_with("TAP version 14\n"), "{}", ran.out);
    assert!(ran.out.ends_with("1..4\n"), "{}", ran.out);
    assert!(!ran.out.contains("Connecting"), "{}", ran.out);
    assert!(ran.err.contains("1 failed"), "{}", ran.err);
}

#[test]
fn reports_that_cannot_be_written_stop_everything() {
    let folder = mixed();
    let before = fs::read_to_string(folder.path().join("mixed.md")).unwrap();
    for (reports, said) in [
        (vec!["json=no/such/folder/r.json"], "No such file"),
        (vec!["junit=."], "directory"),
        (vec!["json=a", "tap=a"], "another report goes there"),
        (vec!["jnuit=a"], "did you mean `junit`?"),
        (vec!["json="], "json=PATH"),
    ] {
        let mut arguments = vec!["run", "mixed.md"];
        for report in &reports {
            arguments.extend(["--report", report]);
        }
        let ran = voiden(folder.path(), &arguments);
        assert_eq!(
            (ran.status, ran.out.as_str()),
            (2, ""),
            "{reports:?}: {}",
            ran.err
        );
        assert!(ran.err.contains(said), "{reports:?}: {}", ran.err);
    }
    let after = fs::read_to_string(folder.path().join("mixed.md")).unwrap();
    assert_eq!(before, after);
}

#[test]
fn what_cannot_run_is_an_error_in_reports() {
    let folder = folder(&[("bad.md", "```/wss\nws://h/\n@tiemout 5s\n\n-> hello\n```\n")]);
    let ran = voiden(
        folder.path(),
        &[
            "run",
            "--report",
            "junit=j.xml",
            "--report",
            "json=r.json",
            "--report",
            "tap=-",
            "bad.md",
        ],
    );
    assert_eq!(ran.status, 2);
    let junit = fs::read_to_string(folder.path().join("j.xml")).unwrap();
    assert!(
        junit.contains("errors=\"1\"") && junit.contains("line=\"3\""),
        "{junit}"
    );
    let json = fs::read_to_string(folder.path().join("r.json")).unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["documents"][0]["outcome"], "refused");
    assert_eq!(
        json["documents"][0]["problems"].as_array().unwrap().len(),
        2
    );
    assert!(ran.out.contains("not ok 1 - bad.md"), "{}", ran.out);
    assert!(ran.out.contains("severity: \"error\""), "{}", ran.out);
}

#[test]
fn check_shows_what_differs_and_writes_nothing() {
    let text = waiting("1ms");
    let folder = folder(&[("a.md", &text)]);
    let path = folder.path().join("a.md");
    // Nothing is recorded: all of it is new.
    let new = voiden(folder.path(), &["run", "--check", "a.md"]);
    assert_eq!(new.status, 1);
    assert!(new.out.contains("+```wss-log"), "{}", new.out);
    assert!(
        new.err.contains("no transcript of `Waits` is recorded"),
        "{}",
        new.err
    );
    assert!(
        new.err.contains("`voiden run a.md` records one"),
        "{}",
        new.err
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    // What is recorded is there again.
    assert_eq!(voiden(folder.path(), &["run", "a.md"]).status, 0);
    let recorded = fs::read_to_string(&path).unwrap();
    let same = voiden(folder.path(), &["run", "-q", "--check", "a.md"]);
    assert_eq!(
        (same.status, same.out.as_str(), same.err.as_str()),
        (0, "", "")
    );
    // One message is another.
    let other = recorded.replace("← text  ho", "← text  hey");
    fs::write(&path, &other).unwrap();
    let ran = voiden(
        folder.path(),
        &["run", "-q", "--check", "--report", "junit=j.xml", "a.md"],
    );
    assert_eq!(ran.status, 1);
    let changed: Vec<_> = ran
        .out
        .lines()
        .filter(|line| line.starts_with(['+', '-']))
        .collect();
    assert_eq!(changed.len(), 4, "{}", ran.out);
    assert_eq!(changed[..2], ["--- a.md", "+++ a.md (fresh)"]);
    assert!(changed[2].ends_with("← text  hey"), "{}", ran.out);
    assert!(changed[3].ends_with("← text  ho"), "{}", ran.out);
    assert_eq!(fs::read_to_string(&path).unwrap(), other);
    let junit = fs::read_to_string(folder.path().join("j.xml")).unwrap();
    assert!(junit.contains("failures=\"1\""), "{junit}");
    assert!(
        junit.contains("its transcript is not as recorded"),
        "{junit}"
    );
    let failure = junit.split("<failure").nth(1).unwrap();
    let failure = failure.split("</failure>").next().unwrap();
    assert!(failure.contains("← text  hey\n+"), "{junit}");
}

#[test]
fn only_blocks_that_match_run_with_what_they_need() {
    let folder = mixed();
    let ran = voiden(folder.path(), &["run", "--only", "Pass*", "mixed.md"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.err.contains("2 sessions: 2 passed"), "{}", ran.err);
    let none = voiden(folder.path(), &["run", "--only", "nothing*", "mixed.md"]);
    assert_eq!(none.status, 2);
    assert!(none.err.contains("--only"), "{}", none.err);
    assert_eq!(
        voiden(folder.path(), &["run", "--only", "a[", "mixed.md"]).status,
        2
    );
}

#[test]
fn repeated_runs_count_and_only_the_last_one_writes() {
    let folder = folder(&[("a.md", &waiting("1ms"))]);
    let ran = voiden(
        folder.path(),
        &["run", "--repeat", "3", "--report", "json=r.json", "a.md"],
    );
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(
        ran.err
            .contains("3 runs, none failed; 3 files, 6 sessions: 6 passed"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("; 1 file written"), "{}", ran.err);
    assert!(ran.out.contains("run 2 of 3\n"), "{}", ran.out);
    let json = fs::read_to_string(folder.path().join("r.json")).unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    let runs: Vec<_> = json["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["run"])
        .collect();
    assert_eq!(runs, [1, 2, 3]);
}

#[test]
fn a_repeated_run_ends_with_its_first_failure_if_it_is_to_bail() {
    let folder = mixed();
    let path = folder.path().join("mixed.md");
    let before = fs::read_to_string(&path).unwrap();
    let ran = voiden(
        folder.path(),
        &["run", "-q", "--bail", "--repeat", "5", "mixed.md"],
    );
    assert_eq!(ran.status, 1);
    assert!(
        ran.err.contains("1 run, 1 failed (run 1); 1 file"),
        "{}",
        ran.err
    );
    assert_ne!(
        fs::read_to_string(&path).unwrap(),
        before,
        "the failure is recorded"
    );
    let all = voiden(folder.path(), &["run", "-q", "--repeat", "2", "mixed.md"]);
    assert!(
        all.err.contains("2 runs, 2 failed (run 1, 2); 2 files"),
        "{}",
        all.err
    );
}

#[test]
fn documents_wait_side_by_side_and_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let text = waiting("300ms");
    for number in 0..40 {
        fs::write(folder.path().join(format!("{number:02}.md")), &text).unwrap();
    }
    let began = Instant::now();
    let ran = voiden(folder.path(), &["run", "."]);
    let took = began.elapsed();
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(
        ran.err.contains("40 files, 80 sessions: 80 passed"),
        "{}",
        ran.err
    );
    // One after the other they take 12 s. On an idle machine they take under 2.5 s; this one may be busy.
    assert!(took < Duration::from_secs(8), "{took:?}");
    // Progress is for terminals: a pipe gets the summary alone.
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    assert!(!ran.err.contains(['\r', '\u{1b}']), "{}", ran.err);
    // Each document's heading stands twice (client, server), and nothing of another one in between.
    let headings: Vec<_> = ran
        .out
        .lines()
        .filter(|line| line.contains(".md: "))
        .collect();
    assert_eq!(headings.len(), 80);
    for pair in headings.chunks(2) {
        assert_eq!(pair[0][..5], pair[1][..5], "{headings:?}");
    }
}

#[test]
fn every_check_that_fails_is_in_every_report() {
    let document = "```/wss-server source\nws://127.0.0.1:0/\n\n-> json {\"a\": 1, \"b\": 2}\n```\n\n\
                    ```/wss Two checks\n{{source.url}}\n\n<- json\n-- check .a == 2\n-- check .b == 2\n\
                    -- check .b == 3\n```\n";
    let folder = folder(&[("checks.md", document)]);
    let reports = ["junit=j.xml", "json=r.json", "tap=t.tap", "html=p.html"];
    let reports = reports.into_iter().flat_map(|report| ["--report", report]);
    let arguments: Vec<_> = ["run", "checks.md"].into_iter().chain(reports).collect();
    let ran = voiden(folder.path(), &arguments);
    assert_eq!(ran.status, 1, "{}", ran.err);
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let failures = [".a == 2, but .a is 1", ".b == 3, but .b is 2"];
    for told in [read("j.xml"), read("t.tap"), read("p.html"), ran.err] {
        for failure in failures {
            assert!(told.contains(failure), "{failure}: {told}");
        }
        assert!(!told.contains(".b == 2, but"), "{told}");
    }
    let report: Value = serde_json::from_str(&read("r.json")).unwrap();
    let session = &report["documents"][0]["sessions"][1];
    assert_eq!(session["reason"], format!("{} (and 1 more)", failures[0]));
    assert_eq!(session["failure"]["message"], failures[0]);
    assert_eq!(session["failure"]["line"], 11);
    assert_eq!(session["alsoFailed"][0]["message"], failures[1]);
    assert_eq!(session["alsoFailed"][0]["line"], 13);
    assert_eq!(session["alsoFailed"].as_array().unwrap().len(), 1);
}
