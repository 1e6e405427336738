//! `voiden run --watch` from outside: a process, a folder, and what it writes; every wait is for a line of its output.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use voiden::document;

/// No line takes so long on any machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that answers, and two clients.
const DOCUMENT: &str = "\
# Chat

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

```/wss Two
{{s.url}}
-> text two
<- text two
```
";

/// A process that watches.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        // One pipe for both, so that the lines come in the order in which they were written.
        let (reader, writer) = std::io::pipe().unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_voiden"))
            .args(["run", "--watch"])
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(writer.try_clone().unwrap())
            .stderr(writer)
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(reader).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { child, lines }
    }

    /// The lines up to the one that has this in it.
    fn until(&self, wanted: &str) -> Vec<String> {
        let mut lines = Vec::new();
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    let found = line.contains(wanted);
                    lines.push(line);
                    if found {
                        return lines;
                    }
                }
                Err(error) => panic!("`{wanted}` never came ({error}) after {lines:#?}"),
            }
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            folder.save(name, text);
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn save(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn save_by_rename(&self, name: &str, text: &str) {
        let aside = self.path("aside~");
        fs::write(&aside, text).unwrap();
        fs::rename(aside, self.path(name)).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
}

fn headings(lines: &[String]) -> Vec<&str> {
    let headings = lines.iter().map(String::as_str);
    headings.filter(|line| line.contains(".md: ")).collect()
}

/// Each block, with the messages in its transcript.
fn recorded(text: &str) -> Vec<(String, Vec<String>)> {
    let document = document::parse(text);
    assert!(document.diagnostics.is_empty(), "{text}");
    let blocks = document.blocks.iter().map(|block| {
        let lines = block.transcript.recorded.as_ref().unwrap().body.text();
        let lines = lines.lines().filter(|line| line.contains("text  "));
        let words = lines.map(|line| line.split_once("text  ").unwrap().1.to_owned());
        (block.name.clone(), words.collect())
    });
    blocks.collect()
}

#[test]
fn saves_of_every_kind_run_what_changed_and_nothing_else() {
    let folder = Folder::new(&[("a.md", DOCUMENT)]);
    let watching = Watching::start(folder.0.path(), &["a.md"]);
    let first = watching.until("watching 1 file");
    assert_eq!(headings(&first), ["a.md: One", "a.md: Two", "a.md: s"]);
    let written = folder.read("a.md");

    folder.save("a.md", &written.replace("text one", "text eins"));
    let second = watching.until("2 passed");
    // It is set apart from the first, before anything of it is shown.
    assert!(second[0].starts_with("── "), "{second:?}");
    assert!(second[0].contains(" · a.md was saved ──"), "{second:?}");
    assert_eq!(headings(&second), ["a.md: One", "a.md: s"]);

    folder.save_by_rename(
        "a.md",
        &folder.read("a.md").replace("text two", "text zwei"),
    );
    let third = watching.until("2 passed");
    assert!(third[0].contains(" · a.md was saved ──"), "{third:?}");
    assert_eq!(headings(&third), ["a.md: Two", "a.md: s"]);

    let text = folder.read("a.md").replace("text zwei", "text deux");
    fs::remove_file(folder.path("a.md")).unwrap();
    folder.save("a.md", &text);
    let mut fourth = watching.until("2 passed");
    // On a slow machine the moment without a file is seen.
    fourth.retain(|line| !line.contains("gone"));
    assert_eq!(headings(&fourth), ["a.md: Two", "a.md: s"]);

    let recorded = recorded(&folder.read("a.md"));
    let words = |words: &[&str]| {
        words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    // The server keeps the transcript of the run to which all of its clients came.
    assert_eq!(recorded[0].1, words(&["one", "one", "two", "two"]));
    assert_eq!(recorded[1].1, words(&["eins", "eins"]));
    assert_eq!(recorded[2].1, words(&["deux", "deux"]));
}

#[test]
fn errors_are_shown_and_the_watch_goes_on() {
    let folder = Folder::new(&[("a.md", DOCUMENT)]);
    let watching = Watching::start(folder.0.path(), &["a.md"]);
    watching.until("watching 1 file");
    let written = folder.read("a.md");
    folder.save("a.md", &written.replace("-> text two", "-> txt two"));
    watching.until("a.md:");
    watching.until("could not run");
    folder.save("a.md", &written.replace("text two", "text zwei"));
    let lines = watching.until("2 passed");
    assert_eq!(headings(&lines), ["a.md: Two", "a.md: s"]);
}

#[test]
fn new_documents_are_picked_up_and_deleted_ones_let_go() {
    let folder = Folder::new(&[("a.md", DOCUMENT), (".gitignore", "ignored\n")]);
    let watching = Watching::start(folder.0.path(), &["."]);
    watching.until("watching 1 file");
    fs::create_dir_all(folder.path("ignored")).unwrap();
    folder.save("ignored/no.md", DOCUMENT);
    fs::create_dir_all(folder.path("new/folder")).unwrap();
    folder.save("new/folder/b.md", DOCUMENT);
    let lines = watching.until("3 passed");
    let expected = [
        "new/folder/b.md: One",
        "new/folder/b.md: Two",
        "new/folder/b.md: s",
    ];
    assert_eq!(headings(&lines), expected);
    fs::remove_file(folder.path("a.md")).unwrap();
    watching.until("a.md: gone");
    folder.save("a.md", &DOCUMENT.replace("text one", "text 1"));
    let lines = watching.until("2 passed");
    assert!(headings(&lines).contains(&"a.md: One"), "{lines:?}");
}

#[test]
fn files_that_a_document_depends_on_run_what_uses_them() {
    let text = DOCUMENT
        .replace("-> text one", "-> text @./one.txt")
        .replace("-> text two", "-> text {{WORD}}");
    let files = [
        ("a.md", text.as_str()),
        ("one.txt", "one"),
        (".env", "WORD=two\n"),
    ];
    let folder = Folder::new(&files);
    let watching = Watching::start(folder.0.path(), &["--timeout", "200ms", "a.md"]);
    watching.until("watching 1 file");
    folder.save(".env", "WORD=zwei\n");
    let lines = watching.until("1 passed, 1 failed");
    assert_eq!(headings(&lines), ["a.md: Two", "a.md: s"]);
    folder.save("one.txt", "eins");
    let lines = watching.until("1 passed, 1 failed");
    assert_eq!(headings(&lines), ["a.md: One", "a.md: s"]);
}

#[test]
fn an_edit_cuts_the_session_and_is_kept() {
    let slow = "```/wss-server s\nws://127.0.0.1:0/\n-- on text\n-> text later\n```\n\n\
        ```/wss Slow\n{{s.url}}\n-- wait 10m\n```\n";
    let folder = Folder::new(&[("a.md", slow)]);
    let watching = Watching::start(folder.0.path(), &["a.md"]);
    watching.until("Connected");
    let edited = slow.replace("-- wait 10m", "-> text now\n<- text later") + "\nMore prose.\n";
    folder.save("a.md", &edited);
    watching.until("edited while it ran");
    watching.until("2 passed");
    let text = folder.read("a.md");
    assert!(text.contains("-> text now\n<- text later"), "{text}");
    assert!(text.ends_with("\nMore prose.\n"), "{text}");
    assert_eq!(recorded(&text)[1].1, ["now", "later"]);
}

#[test]
fn a_hundred_saves_end_in_one_correct_document() {
    let folder = Folder::new(&[("a.md", DOCUMENT)]);
    let watching = Watching::start(folder.0.path(), &["a.md"]);
    watching.until("watching 1 file");
    let base = folder.read("a.md");
    for number in 1..=100 {
        let word = format!("text n{number}.");
        let text = base.replace("text one", &word) + &format!("\nSave {number}.\n");
        match number % 3 {
            0 => folder.save_by_rename("a.md", &text),
            _ => folder.save("a.md", &text),
        }
    }
    watching.until("← text  n100.");
    // A save in place may have been read half way, and then all blocks ran.
    watching.until(" passed in ");
    let text = folder.read("a.md");
    assert!(text.ends_with("\nSave 100.\n"), "{text}");
    assert_eq!(recorded(&text)[1].1, ["n100.", "n100."]);
    assert_eq!(document::parse(&text).blocks.len(), 3);
    let stray = fs::read_dir(folder.0.path()).unwrap();
    assert_eq!(stray.count(), 1, "nothing is left beside the document");
}

#[test]
fn documents_that_want_the_same_port_wait_for_each_other() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    drop(taken);
    let text = DOCUMENT.replace("127.0.0.1:0", &format!("127.0.0.1:{port}"));
    let text = text.replace("-- on text\n", "-- on text\n-- wait 50ms\n");
    let folder = Folder::new(&[("a.md", &text), ("b.md", &text), ("c.md", &text)]);
    let watching = Watching::start(folder.0.path(), &["."]);
    let lines = watching.until("3 files, ");
    let summary = lines.last().unwrap();
    assert!(
        summary.contains("3 files, 9 sessions: 9 passed in"),
        "{lines:#?}"
    );
}

#[test]
#[cfg(unix)]
fn an_interrupt_ends_it_and_leaves_the_folder_clean() {
    let folder = Folder::new(&[("a.md", DOCUMENT)]);
    let mut watching = Watching::start(folder.0.path(), &["a.md"]);
    watching.until("watching 1 file");
    let process = watching.child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &process]).status();
    assert!(killed.unwrap().success());
    assert_eq!(watching.child.wait().unwrap().code(), Some(0));
    assert_eq!(fs::read_dir(folder.0.path()).unwrap().count(), 1);
}
