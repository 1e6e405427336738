//! The whole command over loopback: exit statuses, the safety of files, and what goes to which stream.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const SERVER: &str = "```/wss-server echo\nws://127.0.0.1:0/\n\n-- on\n-> {{$message}}\n```\n";
const PASSES: &str = "\n```/wss Passes\n{{echo.url}}\n\n-> text a\n<- text a\n```\n";
const FAILS: &str = "\n```/wss Fails\n{{echo.url}}\n\n-> text a\n<- text b\n-- within 50ms\n```\n";
const INVALID: &str = "```/wss Invalid\nws://127.0.0.1:1/\n@timout 3s\n\n-> hello\n\n<- json {\"a\": }\n\n-> text {{nobody}}\n```\n";

/// A folder with documents, and a way to run the command in it.
struct Desk(tempfile::TempDir);

struct Said {
    status: i32,
    out: String,
    err: String,
}

impl Desk {
    fn new(files: &[(&str, &str)]) -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            desk.write(name, text);
        }
        desk
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn command(&self, line: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_voiden"));
        command
            .args(line)
            .current_dir(self.0.path())
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .stdin(Stdio::null());
        command
    }

    fn voiden(&self, line: &[&str]) -> Said {
        let output = self.command(line).output().unwrap();
        Said {
            status: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts a run, and returns once it has connected to a listener.
    fn start_until(&self, line: &[&str], listener: &TcpListener) -> (Child, TcpStream) {
        let child = self
            .command(line)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        (child, listener.accept().unwrap().0)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn with_server(blocks: &str) -> String {
    format!("{SERVER}{blocks}")
}

#[test]
fn exit_statuses_tell_the_worst_of_all_documents_and_all_run() {
    let (passes, fails) = (with_server(PASSES), with_server(FAILS));
    let desk = Desk::new(&[
        ("passes.md", &passes),
        ("fails.md", &fails),
        ("invalid.md", INVALID),
        ("prose.md", "# Nothing here\n"),
    ]);
    fs::write(desk.path("latin.md"), b"# caf\xe9\n").unwrap();
    for (line, status) in [
        (&["passes.md"][..], 0),
        (&["passes.md", "prose.md"], 0),
        (&["passes.md", "fails.md"], 1),
        (&["fails.md", "invalid.md", "passes.md"], 2),
        (&["passes.md", "nowhere.md"], 2),
        (&["passes.md", "nowhere-*.md"], 2),
        (&["latin.md", "passes.md"], 2),
        (&["passes.md#Nobody"], 2),
        (&["fails.md:99999"], 2),
        (&["prose.md"], 2),
        (&[], 2),
        (&["--write", "sometimes", "passes.md"], 2),
    ] {
        let said = desk.voiden(&[&["run"], line].concat());
        assert_eq!(said.status, status, "{line:?}: {}", said.err);
    }
    for document in ["passes.md", "fails.md"] {
        assert_eq!(desk.read(document).matches("```wss-log").count(), 2);
    }
    assert_eq!(desk.read("invalid.md"), INVALID);
    assert_eq!(desk.voiden(&["check", "passes.md"]).status, 0);
    assert_eq!(desk.voiden(&["check", "passes.md", "invalid.md"]).status, 2);
}

#[test]
fn all_that_is_wrong_is_told_at_once_with_place_and_cure() {
    let desk = Desk::new(&[("invalid.md", INVALID)]);
    for command in ["run", "check"] {
        let said = desk.voiden(&[command, "--color", "never", "invalid.md"]);
        assert_eq!((said.status, said.out.as_str()), (2, ""));
        for wanted in [
            "invalid.md:3:1",
            "did you mean `@timeout`?",
            "invalid.md:5:4",
            "did you mean `-> text hello`?",
            "invalid.md:7:",
            "invalid.md:9:9",
            "`nobody` is not defined",
        ] {
            assert!(said.err.contains(wanted), "{wanted}: {}", said.err);
        }
    }
}

#[test]
fn a_body_file_of_more_than_a_gibibyte_is_an_error_at_its_place() {
    let document = "```/wss\nws://127.0.0.1:1/\n\n-> binary @./big.bin\n```\n";
    let desk = Desk::new(&[("api.md", document)]);
    // It takes no room on the disk.
    let big = fs::File::create(desk.path("big.bin")).unwrap();
    big.set_len((1 << 30) + 1).unwrap();
    for command in ["run", "check"] {
        let said = desk.voiden(&[command, "api.md"]);
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{}", said.err);
        for wanted in ["api.md:4:12", "larger than 1 GiB", "1 GiB at most"] {
            assert!(said.err.contains(wanted), "{wanted}: {}", said.err);
        }
    }
}

#[test]
fn streams_are_kept_apart_and_quiet_is_quiet() {
    let desk = Desk::new(&[("api.md", &with_server(PASSES))]);
    let said = desk.voiden(&["run", "api.md"]);
    assert!(said.out.contains("→ text  a"), "{}", said.out);
    assert!(!said.out.contains('\u{1b}'), "no colours in a pipe");
    assert!(said.err.contains("2 sessions: 2 passed"), "{}", said.err);
    assert!(!said.err.contains("→ text"), "{}", said.err);
    let said = desk.voiden(&["run", "-q", "api.md"]);
    assert_eq!((said.out.as_str(), said.err.as_str()), ("", ""));
    let said = desk.voiden(&["run", "-v", "api.md"]);
    assert!(
        said.err.contains("listens at ws://127.0.0.1:"),
        "{}",
        said.err
    );
    let coloured = desk.voiden(&["run", "--color", "always", "api.md"]);
    assert!(coloured.out.contains('\u{1b}'));
    let said = desk.voiden(&["list", "api.md"]);
    assert_eq!(said.err, "");
    assert_eq!(said.out.lines().count(), 2, "{}", said.out);
    let said = desk.voiden(&["run"]);
    assert!(said.err.contains("voiden run ."), "{}", said.err);
}

#[test]
fn a_second_run_changes_nothing_and_a_check_says_so() {
    let desk = Desk::new(&[("api.md", &with_server(PASSES))]);
    let said = desk.voiden(&["run", "--check", "api.md"]);
    assert_eq!(said.status, 1, "none is recorded: all of it is new");
    assert!(said.out.contains("+```wss-log"), "{}", said.out);
    assert_eq!(desk.read("api.md"), with_server(PASSES));
    assert_eq!(
        desk.voiden(&["run", "-q", "--write", "never", "api.md"])
            .status,
        0
    );
    assert_eq!(desk.read("api.md"), with_server(PASSES));
    assert_eq!(desk.voiden(&["run", "-q", "api.md"]).status, 0);
    let recorded = desk.read("api.md");
    assert_eq!(desk.voiden(&["run", "-q", "api.md"]).status, 0);
    assert_eq!(desk.read("api.md"), recorded);
    let said = desk.voiden(&["run", "-q", "--check", "api.md"]);
    assert_eq!((said.status, said.out.as_str()), (0, ""));
    let other = recorded.replace("→ text  a", "→ text  z");
    desk.write("api.md", &other);
    let said = desk.voiden(&["run", "-q", "--check", "--write", "always", "api.md"]);
    assert_eq!(said.status, 1);
    for wanted in ["--- api.md", "-", "→ text  z", "→ text  a"] {
        assert!(said.out.contains(wanted), "{wanted}: {}", said.out);
    }
    assert_eq!(desk.read("api.md"), other, "a check writes nothing");
    desk.voiden(&["run", "-q", "--write", "always", "api.md"]);
    assert!(desk.read("api.md").contains("→ text  a"));
}

#[test]
fn one_block_is_meant_by_any_of_its_lines() {
    let two = PASSES
        .replace("Passes", "Second")
        .replace("text a", "text b");
    let desk = Desk::new(&[("api.md", &with_server(&format!("{PASSES}{two}\nprose\n")))]);
    desk.voiden(&["run", "-q", "api.md"]);
    let recorded = desk.read("api.md");
    let lines: Vec<&str> = recorded.lines().collect();
    let first = lines
        .iter()
        .position(|line| line.contains("Second"))
        .unwrap();
    let last = lines.iter().rposition(|line| *line == "```").unwrap();
    // Both ends, the blank line between fence and transcript, and a line of each.
    for at in [first, first + 3, first + 6, first + 9, last] {
        let line = format!("api.md:{}", at + 1);
        let said = desk.voiden(&["run", "--check", &line]);
        assert_eq!(said.status, 0, "{line}: {}{}", said.out, said.err);
        assert!(said.out.contains("api.md: Second"), "{line}: {}", said.out);
        assert!(!said.out.contains("Passes"), "{line}: {}", said.out);
    }
    for at in [first - 1, last + 1] {
        let line = format!("api.md:{}", at + 1);
        assert_eq!(desk.voiden(&["run", "--check", &line]).status, 2, "{line}");
    }
    let said = desk.voiden(&["run", "--check", "api.md#Secnd"]);
    assert!(said.err.contains("did you mean `Second`?"), "{}", said.err);
    assert_eq!(desk.voiden(&["run", "-q", "api.md#Second"]).status, 0);
    assert_eq!(
        desk.read("api.md"),
        recorded,
        "the server's transcript stands too"
    );
}

#[test]
fn what_cannot_be_read_or_written_back_is_refused_and_left_alone() {
    let desk = Desk::new(&[
        ("api.md", &with_server(PASSES)),
        ("folder.md/in.md", "prose"),
    ]);
    fs::set_permissions(desk.path("api.md"), fs::Permissions::from_mode(0o444)).unwrap();
    let said = desk.voiden(&["run", "api.md"]);
    assert_eq!((said.status, said.out.as_str()), (2, ""), "nothing runs");
    assert!(said.err.contains("read-only"), "{}", said.err);
    assert_eq!(
        desk.voiden(&["run", "--write", "never", "api.md"]).status,
        0
    );
    assert_eq!(desk.voiden(&["run", "--check", "api.md"]).status, 1);
    assert_eq!(desk.read("api.md"), with_server(PASSES));
    symlink("nothing.md", desk.path("dangling.md")).unwrap();
    let socket = desk.path("socket.md");
    let _listener = std::os::unix::net::UnixListener::bind(socket).unwrap();
    for (name, why) in [
        ("dangling.md", "a link to nothing"),
        ("socket.md", "not a regular file"),
        ("folder.md", "no ```/wss"),
        ("apl.md", "did you mean api.md?"),
    ] {
        let said = desk.voiden(&["run", name]);
        assert_eq!(said.status, 2, "{name}");
        assert!(said.err.contains(why), "{name}: {}", said.err);
    }
}

#[test]
fn links_are_followed_permissions_kept_and_nothing_is_left_over() {
    let desk = Desk::new(&[("there/real.md", &with_server(PASSES))]);
    fs::set_permissions(
        desk.path("there/real.md"),
        fs::Permissions::from_mode(0o640),
    )
    .unwrap();
    symlink("there/real.md", desk.path("link.md")).unwrap();
    let said = desk.voiden(&["run", "link.md", "there/real.md", "there", "*.md"]);
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.err.starts_with("1 file, 2 sessions"), "{}", said.err);
    assert!(
        fs::symlink_metadata(desk.path("link.md"))
            .unwrap()
            .is_symlink()
    );
    assert!(desk.read("there/real.md").contains("```wss-log"));
    let mode = fs::metadata(desk.path("there/real.md"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(desk.names(), ["link.md", "there"]);
    assert_eq!(fs::read_dir(desk.path("there")).unwrap().count(), 1);
}

#[test]
fn folders_are_walked_without_hidden_and_ignored_files() {
    let passes = with_server(PASSES);
    let fails = with_server(FAILS);
    let desk = Desk::new(&[
        ("docs/a.md", &passes),
        ("docs/sub/b.markdown", &passes),
        ("docs/.hidden.md", &fails),
        ("docs/.git/c.md", &fails),
        ("docs/out/d.md", &fails),
        ("docs/e.txt", &fails),
        (".gitignore", "out/\n"),
    ]);
    let said = desk.voiden(&["run", "docs"]);
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.err.starts_with("2 files, 4 sessions"), "{}", said.err);
    for untouched in [
        "docs/.hidden.md",
        "docs/.git/c.md",
        "docs/out/d.md",
        "docs/e.txt",
    ] {
        assert_eq!(desk.read(untouched), fails);
    }
    assert_eq!(
        desk.voiden(&["run", "docs/*.txt"]).status,
        1,
        "named outright"
    );
}

/// A listener, and a document whose last block is held up until it answers.
fn held_up() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let held = format!("\n```/wss Held\nws://127.0.0.1:{port}/\n```\n");
    (listener, with_server(&format!("{PASSES}{held}")))
}

#[test]
fn a_block_that_was_edited_meanwhile_is_not_written() {
    let (listener, text) = held_up();
    let desk = Desk::new(&[("api.md", &text)]);
    let (child, stream) = desk.start_until(&["run", "api.md"], &listener);
    let edited = format!("# Typed meanwhile\n\n{text}-- wait 1s\n```\n");
    let edited = edited.replace("/\n```\n-- wait", "/\n-- wait");
    desk.write("api.md", &edited);
    drop(stream);
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("`Held` was edited while it ran"), "{err}");
    let after = desk.read("api.md");
    assert!(after.starts_with("# Typed meanwhile\n"), "{after}");
    assert!(after.ends_with("/\n-- wait 1s\n```\n"), "{after}");
    assert_eq!(after.matches("```wss-log").count(), 2, "{after}");
    assert_eq!(desk.names(), ["api.md"]);
}

#[test]
fn an_interrupt_ends_a_run_at_once_and_records_no_half() {
    let (listener, text) = held_up();
    let desk = Desk::new(&[("api.md", &text)]);
    let (child, _stream) = desk.start_until(&["run", "api.md"], &listener);
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let after = desk.read("api.md");
    // Of the block that had ended; neither the server's nor that of the block it was in.
    assert_eq!(after.matches("```wss-log").count(), 1, "{after}");
    assert!(after.contains("→ text  a"), "{after}");
}

#[test]
fn a_reader_that_has_gone_is_no_trouble_and_a_full_disk_is() {
    let desk = Desk::new(&[("api.md", &with_server(PASSES))]);
    let mut child = desk
        .command(&["run", "api.md"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{err}");
    assert!(
        desk.read("api.md").contains("```wss-log"),
        "it ran all the same"
    );
    if Path::new("/dev/full").exists() {
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = desk
            .command(&["list", "api.md"])
            .stdout(full)
            .output()
            .unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{err}");
        assert!(err.contains("stdout could not be written"), "{err}");
    }
}
