//! `voiden connect` without a terminal: each case in `tests/connect` is a document with a block `Live`, whose fence `stdin`
//! is piped. Its snapshot is what the command printed, and its exit status. What concerns URLs and pipes follows below.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use regex::Regex;

#[test]
fn piped_entries_give_their_snapshots() {
    insta::glob!("../connect", "*.md", |path| {
        let text = fs::read_to_string(path).unwrap();
        let (_, typed) = text.split_once("```stdin\n").unwrap();
        let (typed, _) = typed.split_once("```").unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("case.md"), &text).unwrap();
        let said = connect(folder.path(), &["case.md#Live"], typed.as_bytes());
        let left = fs::read_to_string(folder.path().join("case.md")).unwrap();
        assert_eq!(left, text, "the document stays as it is");
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(said.shown());
        });
    });
}

struct Said {
    status: Option<i32>,
    out: Vec<u8>,
    err: String,
}

impl Said {
    fn out(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    fn shown(&self) -> String {
        let took = Regex::new(r" in [^·]*· \S+").unwrap();
        let out = self.out();
        let out = took.replace_all(&out, " in …");
        let port = Regex::new(r"\b[1-9]\d{4}\b").unwrap();
        let out = port.replace_all(&out, "PORT");
        let err = port.replace_all(&self.err, "PORT");
        let status = self.status;
        format!("{out}=== stderr\n{err}=== exit status {status:?}\n")
    }
}

fn command(folder: &Path, line: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_voiden"));
    command
        .args(line)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn connect(folder: &Path, line: &[&str], typed: &[u8]) -> Said {
    let line: Vec<&str> = ["connect"].iter().chain(line).copied().collect();
    let mut child = command(folder, &line).spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(typed)
        .unwrap_or_default();
    let output = child.wait_with_output().unwrap();
    Said {
        status: output.status.code(),
        out: output.stdout,
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A server that runs until it is dropped.
struct Serving {
    child: Child,
    folder: tempfile::TempDir,
    url: String,
}

impl Serving {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("```/wss-server peer\nws://127.0.0.1:0/\n{script}\n```\n");
        fs::write(folder.path().join("peer.md"), text).unwrap();
        let mut child = command(folder.path(), &["serve", "peer.md"])
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let url = line.trim().split(' ').nth(1).unwrap().to_owned();
        Self { child, folder, url }
    }

    fn connect(&self, options: &[&str], typed: &[u8]) -> Said {
        let line: Vec<&str> = [self.url.as_str()].iter().chain(options).copied().collect();
        connect(self.folder.path(), &line, typed)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn raw_is_a_pipe() {
    let peer = Serving::new("-- on text close\n-> close 4000 done\n\n-- on\n-> {{$message}}");
    let said = peer.connect(
        &["--raw"],
        b"-> not a step\n{{name}}\n\n \"quoted\" \x1b[2J\nclose\n",
    );
    assert_eq!(
        said.out(),
        "-> not a step\n{{name}}\n\n \"quoted\" \u{1b}[2J\n"
    );
    assert_eq!((said.err.as_str(), said.status), ("", Some(0)));
    let said = peer.connect(&["--raw"], b"no line end");
    assert_eq!(said.out(), "no line end\n");
    let said = peer.connect(&["--raw"], b"a\xff\nb\n");
    assert_eq!(said.out(), "b\n");
    assert_eq!(said.status, Some(1), "{}", said.err);
}

#[test]
fn what_cannot_begin_connects_to_nobody() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("two.md"),
        "```/wss A\nws://127.0.0.1:1/\n```\n",
    )
    .unwrap();
    for (line, says) in [
        (vec!["http://127.0.0.1:1/"], "not a WebSocket URL"),
        (vec!["two.md"], "which of its blocks is meant?"),
        (vec!["two.md#B"], "no block is named `B`"),
        (vec!["localhost:8080"], "a URL starts with its scheme"),
        (
            vec!["ws://127.0.0.1:1/", "-H", "no colon"],
            "-H takes a header",
        ),
        (
            vec!["ws://127.0.0.1:1/{{nobody}}"],
            "`nobody` is not defined",
        ),
        (
            vec!["two.md#A", "-H", "X: y"],
            "a block has its headers in the document",
        ),
        (
            vec!["ws://127.0.0.1:1/", "--cacert", "none.pem"],
            "none.pem",
        ),
    ] {
        let said = connect(folder.path(), &line, b"hello\n");
        assert_eq!(said.status, Some(2), "{line:?}: {}", said.err);
        assert!(said.err.contains(says), "{line:?}: {}", said.err);
        assert_eq!(said.out(), "", "{line:?}");
    }
}

#[test]
fn a_refused_connection_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let said = connect(folder.path(), &["ws://127.0.0.1:1/"], b"hello\n");
    assert_eq!(said.status, Some(1));
    assert!(said.out().contains("Connecting"), "{}", said.out());
}

#[test]
fn headers_and_subprotocols_are_sent() {
    let peer = Serving::new(
        "@auth bearer s3cr3t-value\n@subprotocol b\n-> json {\"trace\": \"{{$request.headers.x-trace}}\"}",
    );
    let said = peer.connect(
        &[
            "-H",
            "Authorization: Bearer {{TOKEN}}",
            "-H",
            "X-Trace: 7",
            "--subprotocol",
            "a, b",
            "--secret",
            "TOKEN=s3cr3t-value",
        ],
        b"<- json {\"trace\": \"7\"}\n:vars\n",
    );
    assert_eq!(said.status, Some(0), "{}", said.err);
    assert!(
        said.out().contains("101 Switching Protocols, b"),
        "{}",
        said.out()
    );
    assert!(!said.out().contains("s3cr3t") && !said.err.contains("s3cr3t"));
}

#[test]
fn each_entry_is_done_before_the_next_is_read() {
    let peer = Serving::new("-- on\n-> {{$message}}");
    let line = ["connect", peer.url.as_str()];
    let mut child = command(peer.folder.path(), &line).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut until = |wanted: &str| {
        let mut line = String::new();
        while out.read_line(&mut line).unwrap() > 0 {
            if line.contains(wanted) {
                return;
            }
            line.clear();
        }
        panic!("{wanted} never came");
    };
    until("Connected");
    writeln!(stdin, "one").unwrap();
    until("← text  one");
    writeln!(stdin, "two").unwrap();
    until("← text  two");
    writeln!(stdin, ":quit").unwrap();
    until("Disconnected");
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("2 sent, 2 received"), "{rest}");
    assert!(child.wait().unwrap().success());
}

const RECORDED: &str = "-- on json {\"op\": \"time\"}\n-> json {\"now\": \"{{$timestamp}}\", \"id\": \"{{$uuid}}\", \"fixed\": [1, 2]}\n\n-- on text burst\n-> json {\"n\": {{$index}}}\n-- repeat 3\n\n-- on\n-> {{$message}}";

#[test]
fn what_is_recorded_passes_against_the_same_server() {
    let peer = Serving::new(RECORDED);
    let typed = b"hello\n{\"op\": \"time\"}\n<- json {\"now\": {{$datetime}}, \"fixed\": [1, {{$rest}}]}\n-- save id = .id\nburst\n<- json {\"n\": 2}\nwrong {{nobody}}\n{\"ref\": \"{{$uuid as ref}}\"}\n<- json {\"ref\": \"{{ref}}\"}\n-> text {{id}}\n";
    let said = peer.connect(&["-o", "notes.md", "--name", "A talk"], typed);
    assert_eq!(said.status, Some(1), "an entry was wrong: {}", said.err);
    let notes = fs::read_to_string(peer.folder.path().join("notes.md")).unwrap();
    assert!(notes.contains("/wss A talk\n"), "{notes}");
    assert!(!notes.contains("wrong"), "{notes}");
    assert!(notes.contains("✓ "), "{notes}");
    for options in [&["run"][..], &["run", "--check"]] {
        let line: Vec<&str> = options.iter().chain(&["notes.md"]).copied().collect();
        let output = command(peer.folder.path(), &line).output().unwrap();
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line:?}: {said}\n{notes}");
    }
    // A second session goes behind the first.
    let said = peer.connect(&["-o", "notes.md", "--name", "A talk"], b"again\n");
    assert_eq!(said.status, Some(0), "{}", said.err);
    let after = fs::read_to_string(peer.folder.path().join("notes.md")).unwrap();
    assert!(
        after.contains("A talk (2)") || after.matches("/wss A talk").count() == 2,
        "{after}"
    );
    assert!(after.contains("-> text again"), "{after}");
}

#[test]
fn what_is_secret_is_never_written_or_shown() {
    let peer = Serving::new("@auth bearer s3cr3t-value\n-- on\n-> {{$message}}");
    let said = peer.connect(
        &["-H", "Authorization: Bearer s3cr3t-value", "-o", "notes.md"],
        b"s3cr3t-value\n{\"password\": \"pa55-w0rd\"}\n",
    );
    assert_eq!(said.status, Some(0), "{}", said.err);
    let notes = fs::read_to_string(peer.folder.path().join("notes.md")).unwrap();
    for text in [&notes, &said.out(), &said.err] {
        assert!(!text.contains("s3cr3t") && !text.contains("pa55"), "{text}");
    }
    assert!(
        notes.contains("{{AUTHORIZATION}}") && notes.contains("secrets:"),
        "{notes}"
    );
}

#[test]
fn secrets_that_come_are_never_written() {
    let peer = Serving::new(
        "-- on text login\n-> json {\"token\": \"t0ken-5e55ion\", \"n\": 1}\n\n-- on\n-> {{$message}}",
    );
    let typed = b"login\n<- json {\"token\": \"{{$any as session}}\"}\n\n-- check .n == 1\n{\"t\": \"{{session}}\"}\n";
    for (document, mode) in [("steps.md", "steps"), ("sends.md", "sends")] {
        let said = peer.connect(&["-o", document, "--record", mode], typed);
        assert_eq!(said.status, Some(0), "{}", said.err);
        let notes = fs::read_to_string(peer.folder.path().join(document)).unwrap();
        assert!(!notes.contains("t0ken"), "{notes}");
        assert!(!said.out().contains("t0ken"), "{}", said.out());
        assert!(
            notes.contains("-- check .n == 1\n-- secret session"),
            "{notes}"
        );
        let line = ["run", "--check", document];
        let output = command(peer.folder.path(), &line).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}\n{notes}");
    }
    let typed = b"login\n-- wait 50ms\n";
    let said = peer.connect(&["-o", "unnamed.md", "--record", "sends"], typed);
    assert_eq!(said.status, Some(0), "{}", said.err);
    let notes = fs::read_to_string(peer.folder.path().join("unnamed.md")).unwrap();
    assert!(!notes.contains("t0ken"), "{notes}");
}

#[test]
fn commands_shape_the_record() {
    let peer = Serving::new("-- on\n-> {{$message}}");
    let said = peer.connect(
        &["--record", "sends"],
        b"one\n<- text one\ntwo\n:expect\nthree\n<- text three\n:undo\n:save notes.md\nfour\n:save notes.md\n:save\n",
    );
    assert_eq!(said.status, Some(1), "the last has no file: {}", said.err);
    assert!(
        said.err.contains("taken out: -> text three"),
        "{}",
        said.err
    );
    let notes = fs::read_to_string(peer.folder.path().join("notes.md")).unwrap();
    assert_eq!(notes.matches("```/wss").count(), 1, "{notes}");
    assert!(
        notes.contains("-> text four") && !notes.contains("three"),
        "{notes}"
    );
}

#[test]
fn what_an_undone_send_brings_later_is_taken_out_as_well() {
    let peer =
        Serving::new("-- on text late\n-- wait 200ms\n-> text answer\n\n-- on\n-> {{$message}}");
    let said = peer.connect(
        &["-o", "notes.md"],
        b"one\n<- text one\nlate\n:undo\n-- wait 500ms\nthree\n<- text three\n-- check $size > 9\n",
    );
    assert_eq!(said.status, Some(1), "a check fails: {}", said.err);
    assert!(said.out().contains("← text  answer"), "{}", said.out());
    let notes = fs::read_to_string(peer.folder.path().join("notes.md")).unwrap();
    assert!(notes.contains("-> text three"), "{notes}");
    assert!(
        !notes.contains("answer") && !notes.contains("late") && !notes.contains("check"),
        "{notes}"
    );
}

#[test]
fn what_a_typed_pattern_does_not_mention_may_change() {
    let peer = Serving::new(
        "-- on json {\"op\": \"login\"}\n-> json {\"ok\": true, \"id\": \"{{$uuid}}\", \"at\": \"{{$timestamp}}\", \"in\": {\"api_key\": \"{{$randomString 20}}\"}}\n\n-- on\n-> {{$message}}",
    );
    let typed = b"{\"op\": \"login\"}\n<- json {\"ok\": true}\n{\"op\": \"login\"}\n<- json {\"id\": \"{{$any as id}}\"}\n-- secret id\n{\"got\": \"{{id}}\"}\n<- json\n";
    let said = peer.connect(&["-o", "notes.md"], typed);
    assert_eq!(said.status, Some(0), "{}", said.err);
    let notes = fs::read_to_string(peer.folder.path().join("notes.md")).unwrap();
    let widened = "<- json {\"ok\": true, \"id\": {{$uuid}}, \"at\": {{$datetime}}, \"in\": {\"api_key\": {{$any as api_key}}}}\n-- secret api_key";
    assert!(notes.contains(widened), "{notes}");
    for _ in 0..2 {
        let line = ["run", "--check", "notes.md"];
        let output = command(peer.folder.path(), &line).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}\n{notes}");
    }
    // What was said to be a secret is nowhere.
    let (_, log) = notes.split_once("wss-log").unwrap();
    assert!(log.contains("\"id\":\"{{id}}\""), "{notes}");
    assert!(log.contains("{\"got\":\"{{id}}\"}"), "{notes}");
}

#[test]
fn a_document_that_cannot_be_written_is_told_before_anything_connects() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("folder")).unwrap();
    for path in ["folder", "none/notes.md"] {
        let said = connect(
            folder.path(),
            &["ws://127.0.0.1:1/", "-o", path],
            b"hello\n",
        );
        assert_eq!(
            (said.status, said.out().as_str()),
            (Some(2), ""),
            "{}",
            said.err
        );
    }
}

#[test]
fn a_document_that_cannot_be_added_to_is_told_before_anything_connects() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, &[u8], &str); 4] = [
        ("kept.md", b"# Kept\n", "it is read-only"),
        ("bytes.md", b"a\xff\n", "it is not UTF-8"),
        ("fence.md", b"# A\n\n```json\n{\n", "close the fence"),
        (
            "comment.md",
            b"# A\n\n<!-- later\n",
            "close the fence or the comment",
        ),
    ];
    for (name, text, why) in cases {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(name == "kept.md");
        fs::set_permissions(&path, permissions).unwrap();
        let line = ["ws://127.0.0.1:1/", "-o", name];
        let said = connect(folder.path(), &line, b"hello\n");
        assert_eq!(said.status, Some(2), "{name}: {}", said.err);
        assert!(said.err.contains(why), "{name}: {}", said.err);
        assert_eq!(said.out(), "", "{name}");
        assert_eq!(fs::read(&path).unwrap(), text, "{name}");
    }
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, cases.len());
}

#[test]
fn what_is_expected_in_a_pipe_is_waited_for() {
    let peer = Serving::new(
        "-- on text slow\n-- wait 300ms\n-> text answer\n\n-- on text end\n-> close\n\n-- on text quiet\n-- wait 1ms",
    );
    let line = ["--record", "sends", "-o", "notes.md"];
    let said = peer.connect(&line, b"slow\n:expect\nquiet\n");
    assert_eq!(said.status, Some(0), "{}", said.err);
    let notes = fs::read_to_string(peer.folder.path().join("notes.md")).unwrap();
    let steps = "-> text slow\n<- text answer\n-> text quiet";
    assert!(notes.replace("\n\n", "\n").contains(steps), "{notes}");
    let said = peer.connect(&[], b"end\n:expect\n");
    assert_eq!(said.status, Some(1), "{}", said.out());
    let why = "`:expect` found no message since the last step";
    assert!(said.err.contains(why), "{}", said.err);
}

const ELSEWHERE: &str = r#"---
voiden:
  vars: {GREET: hi}
  timeout: 3s
---

```/wss-server peer
ws://127.0.0.1:0/r
@auth bearer s3cr3t-value

-- on json {"from": "file"}
-> json @./answer.json

-- on
-> {{$message}}
```

```/wss Before
{{peer.url}}
Authorization: Bearer s3cr3t-value

-> json {"n": 5}
<- json {"n": {{$any as got}}}
```

```/wss Live
{{peer.url}}
Authorization: Bearer s3cr3t-value
X-Greet: {{GREET}} {{got}}
```

```/wss-server unused
ws://127.0.0.1:0/
```
"#;

/// What the command says of a document, run with these options.
fn ran(folder: &Path, line: &[&str]) -> String {
    let output = command(folder, line).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    format!("{}{said}", output.status.code().unwrap())
}

#[test]
fn what_a_block_needs_comes_along_into_another_document() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("deep")).unwrap();
    fs::write(path("case.md"), ELSEWHERE).unwrap();
    fs::write(path("answer.json"), "{\"answer\": 1}").unwrap();
    fs::write(path("question.json"), "{\"from\": \"file\"}").unwrap();
    let typed = b"{{GREET}} {{got}}\n<- text hi 5\n-> json @./question.json\n<- json\n";
    let line = ["case.md#Live", "-o", "deep/notes.md"];
    let said = connect(folder.path(), &line, typed);
    assert_eq!(said.status, Some(0), "{}", said.err);
    assert!(
        said.err.contains("with `peer`, `Before` of case.md"),
        "{}",
        said.err
    );
    // A file above the document's folder is for who runs it to allow.
    assert!(
        said.err.contains("`--file-root` names another folder"),
        "{}",
        said.err
    );
    let notes = fs::read_to_string(path("deep/notes.md")).unwrap();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(notes.split("```wss-log").next().unwrap());
    });
    let given = [
        "--secret",
        "AUTHORIZATION=Bearer s3cr3t-value",
        "--secret",
        "AUTHORIZATION_TOKEN=s3cr3t-value",
    ];
    let options = [&["run", "deep/notes.md", "--file-root", "."][..], &given].concat();
    let ran_it = ran(folder.path(), &options);
    assert!(ran_it.starts_with('0'), "{ran_it}\n{notes}");
    // What is there already comes along once.
    let said = connect(folder.path(), &line, typed);
    assert_eq!(said.status, Some(0), "{}", said.err);
    let notes = fs::read_to_string(path("deep/notes.md")).unwrap();
    for (fence, times) in [
        ("/wss-server peer", 1),
        ("/wss Before", 1),
        ("/wss Live", 2),
    ] {
        assert_eq!(notes.matches(fence).count(), times, "{notes}");
    }
    assert!(!said.err.contains("another server"), "{}", said.err);
}

#[test]
fn what_cannot_come_along_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let server = "```/wss-server peer\nws://127.0.0.1:0/\n-- on\n-> {{$message}}\n```\n";
    let case = format!("{server}\n```/wss Live\n{{{{peer.url}}}}\n```\n");
    fs::write(path("case.md"), &case).unwrap();
    let typed = b"a {{env.VOIDEN_TEST}}\n<- text a b\n";
    // Into the document itself: all is there.
    let mut child = command(
        folder.path(),
        &[
            "connect",
            "case.md#Live",
            "-o",
            "case.md",
            "--allow-env",
            "VOIDEN_TEST",
        ],
    );
    let mut child = child.env("VOIDEN_TEST", "b").spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed).unwrap();
    let said = child.wait_with_output().unwrap();
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("`--allow-env VOIDEN_TEST`"), "{said}");
    assert!(!said.contains("with `peer`"), "{said}");
    let text = fs::read_to_string(path("case.md")).unwrap();
    assert_eq!(text.matches("/wss-server").count(), 1, "{text}");
    // Into one that has another server of that name.
    fs::write(path("case.md"), &case).unwrap();
    fs::write(
        path("notes.md"),
        server.replace("{{$message}}", "text other"),
    )
    .unwrap();
    let said = connect(
        folder.path(),
        &["case.md#Live", "-o", "notes.md"],
        b"a\n<- text a\n",
    );
    assert!(
        said.err.contains("notes.md has another server `peer`"),
        "{}",
        said.err
    );
    assert_eq!(said.status, Some(0), "{}", said.err);
}

#[test]
fn of_several_clients_what_came_is_recorded_too() {
    let folder = tempfile::tempdir().unwrap();
    let case = "```/wss-server peer\nws://127.0.0.1:0/\n\n-- on text bye\n-> close 4000 bye\n\n-- on\n-> all json {\"said\": {{$message}}, \"id\": \"{{$uuid}}\"}\n```\n\n\
        ```/wss Live\n{{peer.url}}\n@clients ann, bob\n\n-- on json {\"said\": \"ask\"}\n-> text answer\n```\n";
    let case = case
        .replace("-> all json", "all -> json")
        .replace("{{$message}}", "\"{{$message}}\"");
    fs::write(folder.path().join("case.md"), case).unwrap();
    let typed = b"ann -> text hi\n-- wait 200ms\nbob -> text yo\nbob <- json {\"said\": \"yo\"}\n-- wait 200ms\nbob -> text bye\n-- wait 200ms\n";
    let said = connect(folder.path(), &["case.md#Live", "-o", "notes.md"], typed);
    assert_eq!(
        said.status,
        Some(1),
        "a connection ends during a wait: {}",
        said.err
    );
    let notes = fs::read_to_string(folder.path().join("notes.md")).unwrap();
    for came in [
        "ann <- json {\"said\": \"hi\", \"id\": {{$uuid}}}",
        "bob <- json {\"said\": \"hi\", \"id\": {{$uuid}}}",
        "bob <- json {\"said\": \"yo\", \"id\": {{$uuid}}}",
        "ann <- json {\"said\": \"yo\", \"id\": {{$uuid}}}",
        "bob <- close 4000 bye",
    ] {
        assert!(notes.contains(came), "{came}: {notes}");
    }
    for line in [&["run", "notes.md"][..], &["run", "--check", "notes.md"]] {
        let ran = ran(folder.path(), line);
        assert!(ran.starts_with('0'), "{ran}\n{notes}");
    }
}
