//! Documents are never harmed: by a kill while they are written, by another process, by a disk that takes no more, by
//! permissions.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use voiden::document;

const BLOCKS: &str = "\
# Saved

```/wss-server s
ws://127.0.0.1:0/
-- on text
-> {{$message}}
```

```/wss One
{{s.url}}
-> text one
<- text one
```
";

const LAST: &str = "\nThe last line.\n";

/// A document of about so many bytes, in a folder of its own.
fn folder(size: usize) -> (tempfile::TempDir, PathBuf, String) {
    let folder = tempfile::tempdir().unwrap();
    let prose = "A line of prose that is long enough to fill a document with.\n".repeat(size / 61);
    let text = format!("{BLOCKS}\n{prose}{LAST}");
    let path = folder.path().join("a.md");
    fs::write(&path, &text).unwrap();
    (folder, path, text)
}

fn voiden(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_voiden"));
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

fn temporary(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name());
    names
        .filter(|name| name.to_string_lossy().starts_with(".voiden-"))
        .count()
}

/// The text with its transcripts taken out, and whether each block has one.
fn without_transcripts(text: &str) -> (String, Vec<bool>) {
    let document = document::parse(text);
    assert!(document.diagnostics.is_empty());
    let mut kept = text.to_owned();
    let recorded = document
        .blocks
        .iter()
        .map(|block| &block.transcript.recorded);
    for recorded in recorded.clone().rev().flatten() {
        // With the blank line that stands before it.
        kept.replace_range(recorded.span.start - 2..recorded.span.end, "");
    }
    (kept, recorded.map(Option::is_some).collect())
}

fn is_whole(path: &Path, before: &str) -> Vec<bool> {
    let text = fs::read_to_string(path).unwrap();
    let (kept, recorded) = without_transcripts(&text);
    assert!(kept == before, "{} bytes of {}", kept.len(), before.len());
    recorded
}

#[test]
fn kills_while_it_is_written_never_truncate_a_document() {
    let (folder, path, text) = folder(1 << 20);
    let mut caught = 0;
    for _ in 0..20 {
        let left = temporary(folder.path());
        let mut child = voiden(folder.path())
            .args(["run", "--write", "always", "a.md"])
            .spawn()
            .unwrap();
        while temporary(folder.path()) == left && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let _ = child.kill();
        child.wait().unwrap();
        caught += temporary(folder.path()) - left;
        is_whole(&path, &text);
    }
    assert!(caught > 0, "no kill came while the document was written");
}

#[test]
fn two_processes_leave_one_well_formed_document() {
    let (folder, path, text) = folder(1 << 16);
    for _ in 0..5 {
        let run = || {
            let arguments = ["run", "--write", "always", "a.md"];
            voiden(folder.path()).args(arguments).spawn().unwrap()
        };
        for child in [run(), run()] {
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        }
        assert_eq!(is_whole(&path, &text), [true, true]);
    }
    assert_eq!(temporary(folder.path()), 0);
}

#[test]
#[cfg(unix)]
fn a_disk_that_takes_no_more_is_told_and_loses_nothing() {
    let (folder, path, text) = folder(1 << 17);
    // A write beyond the limit fails as one to a full disk does.
    let script = "trap '' XFSZ; ulimit -f 32; exec \"$0\" run a.md";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_voiden")])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    let told = "a.md: its transcripts were not written: File too large";
    assert!(said(&output).contains(told), "{}", said(&output));
    assert!(fs::read_to_string(&path).unwrap() == text);
    assert_eq!(temporary(folder.path()), 0);
}

#[test]
fn a_read_only_document_is_told_before_anything_runs() {
    let (folder, path, text) = folder(0);
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let output = voiden(folder.path())
        .args(["run", "a.md"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("a.md: it is read-only"),
        "{}",
        said(&output)
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_folder_that_is_no_document_is_told() {
    let (folder, path, text) = folder(0);
    fs::create_dir(folder.path().join("folder.md")).unwrap();
    for (argument, told) in [
        (
            "folder.md",
            "folder.md: there is no .md or .markdown file in it",
        ),
        ("folder.md#One", "folder.md is a folder"),
        ("a.md/b.md", "a.md/b.md: no such file"),
    ] {
        let output = voiden(folder.path())
            .args(["run", argument, "a.md"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains(told), "{}", said(&output));
        assert_eq!(is_whole(&path, &text), [true, true]);
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Editors that save in place truncate the file, write, pause, and write the rest: here while three runs write their
/// transcripts into it.
#[test]
fn an_editor_that_saves_in_two_halves_loses_nothing() {
    let (folder, path, text) = folder(1 << 13);
    for round in 1..=6 {
        let mut runs: Vec<_> = (0..3).map(|_| running(folder.path())).collect();
        until_it_writes(&mut runs[0]);
        let edited = text.replace(LAST, &format!("\nEdited in round {round}.\n"));
        let (half, rest) = edited.as_bytes().split_at(edited.len() / 2);
        let mut editor = fs::File::create(&path).unwrap();
        editor.write_all(half).unwrap();
        // What the editor does, and not a wait for anything.
        std::thread::sleep(Duration::from_millis(20));
        editor.write_all(rest).unwrap();
        drop(editor);
        for run in runs {
            // One that reads the document while it is empty has nothing to run.
            run.wait_with_output().unwrap();
        }
        is_whole(&path, &edited);
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(temporary(folder.path()), 0);
}

fn running(folder: &Path) -> Child {
    voiden(folder)
        .args(["run", "--write", "always", "a.md"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads live transcripts up to the last line of the last block: what follows is the writing.
fn until_it_writes(run: &mut Child) {
    let lines = BufReader::new(run.stdout.take().unwrap()).lines();
    let mut lines = lines.map_while(Result::ok);
    assert!(lines.any(|line| line.contains("2 received in") || line.contains("1 received in")));
}
