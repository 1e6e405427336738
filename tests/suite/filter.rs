//! `voiden run -`: a document comes in on stdin and goes out on stdout with its transcripts, or as it came.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use voiden::document;

const DOCUMENT: &str = "\
# Chat

```/wss-server s
ws://127.0.0.1:0/
-- on text
-> {{$message}}
```

```/wss One
{{s.url}}
-> text {{WORD}}
<- text one
```

```/wss Two
{{s.url}}
-> text @./two.txt
<- text two
```

The last line.\r
";

/// A folder with the files that the document needs.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), "WORD=one\n").unwrap();
    fs::write(folder.path().join("two.txt"), "two").unwrap();
    folder
}

/// The exit status, stdout and stderr of `voiden run`.
fn run(folder: &Path, arguments: &[&str], stdin: &[u8]) -> (i32, Vec<u8>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_voiden"))
        .arg("run")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A child that refuses its arguments may not read.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), output.stdout, err)
}

/// The document without its transcripts, and which blocks have one.
fn without_transcripts(text: &str) -> (String, Vec<bool>) {
    let blocks = document::parse(text).blocks;
    let recorded = blocks.iter().map(|block| &block.transcript.recorded);
    let mut kept = text.to_owned();
    for recorded in recorded.clone().rev().flatten() {
        kept.replace_range(recorded.span.start - 2..recorded.span.end, "");
    }
    (kept, recorded.map(Option::is_some).collect())
}

#[test]
fn a_document_goes_through_and_nothing_but_it_stands_on_stdout() {
    let folder = folder();
    let (status, out, err) = run(folder.path(), &["-"], DOCUMENT.as_bytes());
    assert_eq!(status, 0, "{err}");
    let text = String::from_utf8(out).unwrap();
    let (kept, recorded) = without_transcripts(&text);
    assert_eq!(kept, DOCUMENT);
    assert_eq!(recorded, [true, true, true]);
    assert!(err.contains("3 passed"), "{err}");
    // What it wrote is what it reads: nothing changes any more.
    let (status, out, _) = run(folder.path(), &["-"], text.as_bytes());
    assert_eq!((status, String::from_utf8(out).unwrap()), (0, text.clone()));
    let (status, out, _) = run(folder.path(), &["--check", "-"], text.as_bytes());
    assert_eq!((status, out.len()), (0, 0));
    let files = fs::read_dir(folder.path()).unwrap();
    assert_eq!(files.count(), 2, "nothing is written beside it");
}

#[test]
fn a_failure_is_written_too() {
    let folder = folder();
    let arguments = ["-", "--var", "WORD=eins", "--timeout", "50ms"];
    let (status, out, err) = run(folder.path(), &arguments, DOCUMENT.as_bytes());
    assert_eq!(status, 1);
    assert!(err.contains("<stdin>:12:"), "{err}");
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("✗ no text one within 50ms"), "{text}");
    assert_eq!(without_transcripts(&text).0, DOCUMENT);
}

#[test]
fn what_cannot_run_comes_out_as_it_came() {
    let folder = folder();
    let wrong = DOCUMENT.replace("-> text", "-> txt");
    let nothing = "No block.\n";
    for (arguments, stdin, told) in [
        (&["-"][..], wrong.as_bytes(), "<stdin>:11:4"),
        (&["-", "--env-file", "none"], DOCUMENT.as_bytes(), "none"),
        (&["-"], nothing.as_bytes(), "no ```/wss"),
        (&["-"], b"x\n\xff\n", "<stdin>: it is not UTF-8 (line 2)"),
        (&["-#Three"], DOCUMENT.as_bytes(), "Three"),
        (
            &["-", "a.md"],
            DOCUMENT.as_bytes(),
            "`-` is stdin, and stands alone",
        ),
        (&["-", "--timeout", "x"], DOCUMENT.as_bytes(), "--timeout"),
        (&["-", "--frobnicate"], DOCUMENT.as_bytes(), "--frobnicate"),
        (
            &["-", "--report", "tap=-"],
            DOCUMENT.as_bytes(),
            "stdout has the document",
        ),
        (
            &["--watch", "-"],
            DOCUMENT.as_bytes(),
            "--watch watches files",
        ),
    ] {
        let (status, out, err) = run(folder.path(), arguments, stdin);
        assert_eq!(status, 2, "{arguments:?}");
        assert!(err.contains(told), "{arguments:?}: {err}");
        assert_eq!(out, stdin, "{arguments:?}");
    }
}

#[test]
fn blocks_are_selected_and_compared() {
    let folder = folder();
    for argument in ["-#Two", "-:16"] {
        let (status, out, err) = run(folder.path(), &[argument], DOCUMENT.as_bytes());
        assert_eq!(status, 0, "{err}");
        let text = String::from_utf8(out).unwrap();
        let (kept, recorded) = without_transcripts(&text);
        assert_eq!(kept, DOCUMENT);
        assert_eq!(recorded, [false, false, true]);
    }
    let arguments = ["--only", "One", "--check", "-"];
    let (status, out, _) = run(folder.path(), &arguments, DOCUMENT.as_bytes());
    let difference = String::from_utf8(out).unwrap();
    assert_eq!(status, 1);
    assert!(difference.starts_with("--- "), "{difference}");
    assert!(difference.contains("+✓ 1 sent, 1 received"), "{difference}");
}

#[test]
fn reports_and_the_log_go_into_files() {
    let folder = folder();
    let arguments = ["-", "--report", "tap=a.tap", "--log", "a.ndjson"];
    let (status, _, err) = run(folder.path(), &arguments, DOCUMENT.as_bytes());
    assert_eq!(status, 0, "{err}");
    let report = fs::read_to_string(folder.path().join("a.tap")).unwrap();
    assert!(report.contains("<stdin>"), "{report}");
    let log = fs::read_to_string(folder.path().join("a.ndjson")).unwrap();
    assert!(log.contains("<stdin>"), "{log}");
}
