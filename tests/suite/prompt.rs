//! `voiden connect` at a terminal: a pseudo-terminal is typed at, and what it shows is read off a model of its screen.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::num::NonZero;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

/// How long something may take to be shown.
const PATIENCE: Duration = Duration::from_secs(60);

/// A peer that says what it hears, and a few things besides.
const DOCUMENT: &str = r#"```/wss-server peer
ws://127.0.0.1:0/

-- on text flood
-> json {"n": {{$index}}}
-- repeat 20000
-> text flooded

-- on text bye
-> close 1000 bye

-- on text crash
-- drop

-- on text evil
-> text "\u001b[2J\u001b]0;owned\u0007evil"

-- on
-> {{$message}}
```

```/wss Live
{{peer.url}}
@timestamps none
```
"#;

struct Pty {
    child: Child,
    keys: File,
    terminal: File,
    before: Termios,
    shown: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    folder: tempfile::TempDir,
}

impl Pty {
    /// `voiden connect` at a terminal, once it is connected.
    fn new() -> Self {
        let mut pty = Self::with(&["case.md#Live"], &[]);
        pty.until_shown("connected    >");
        pty
    }

    fn with(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("case.md"), DOCUMENT).unwrap();
        let (keys, slave) = pair();
        let terminal = slave();
        tcsetwinsize(&terminal, size(24, 80)).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_voiden"))
            .arg("connect")
            .args(arguments)
            .current_dir(folder.path())
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .envs(environment.iter().copied())
            .stdin(Stdio::from(slave()))
            .stdout(Stdio::from(slave()))
            .stderr(Stdio::from(slave()))
            .spawn()
            .unwrap();
        Self {
            child,
            shown: read(keys.try_clone().unwrap()),
            keys,
            before: tcgetattr(&terminal).unwrap(),
            terminal,
            screen: vt100::Parser::new(cells(24), cells(80), 1000),
            folder,
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Waits until the screen is as it is wanted.
    fn until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        let began = Instant::now();
        while !wanted(&self.text()) {
            let left = PATIENCE.checked_sub(began.elapsed());
            let Some(bytes) = left.and_then(|left| self.shown.recv_timeout(left).ok()) else {
                panic!("{what} was never shown:\n{}", self.text());
            };
            self.screen.process(&bytes);
        }
    }

    fn until_shown(&mut self, text: &str) {
        self.until(text, |screen| screen.contains(text));
    }

    fn resize(&mut self, rows: u16, columns: u16) {
        tcsetwinsize(&self.terminal, size(rows, columns)).unwrap();
        let screen = self.screen.screen_mut();
        screen.set_size(cells(rows), cells(columns));
        self.signal(Signal::WINCH);
    }

    /// Waits for the end. Gives the exit status and the screen; the terminal is as it was.
    fn end(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().unwrap();
        let after = tcgetattr(&self.terminal).unwrap();
        assert_eq!(after.local_modes, self.before.local_modes);
        assert_eq!(after.input_modes, self.before.input_modes);
        assert_eq!(after.output_modes, self.before.output_modes);
        while !self.text().contains(MARK) {
            // What was written before stands before it.
            self.terminal.write_all(MARK.as_bytes()).unwrap();
            let bytes = self.shown.recv_timeout(PATIENCE).unwrap();
            self.screen.process(&bytes);
        }
        assert!(!self.screen.screen().bracketed_paste(), "pastes are plain");
        (status.code(), self.text().replace(MARK, ""))
    }
}

/// Stands behind all that a program has shown.
const MARK: &str = "<the end>";

/// The end of a pseudo-terminal at which keys are pressed, and what opens the other one.
fn pair() -> (File, impl Fn() -> File) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY;
    let slave = move || File::from(open(name.as_c_str(), flags, Mode::empty()).unwrap());
    (File::from(master), slave)
}

fn read(mut from: File) -> Receiver<Vec<u8>> {
    let (send, shown) = channel();
    std::thread::spawn(move || {
        let mut bytes = vec![0; 64 << 10];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            if send.send(bytes[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    shown
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap()
}

fn size(rows: u16, columns: u16) -> Winsize {
    Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}

/// The last line that is not empty.
fn prompt(screen: &str) -> &str {
    let mut lines = screen.lines();
    lines
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or_default()
}

#[test]
fn what_is_typed_is_sent_and_the_log_scrolls_above() {
    let mut pty = Pty::new();
    pty.press("hello\r");
    pty.until_shown("← text  hello");
    pty.until("the prompt below", |screen| {
        prompt(screen).trim() == "connected    >"
    });
    // Ctrl-C clears the line.
    pty.press("never sent\x03");
    // JSON goes on until it is complete, and anything behind a backslash.
    pty.press("{\"a\":\r1}\r");
    pty.until_shown("← json  {\"a\":1}");
    pty.press("again\\\r-- repeat 2\r");
    pty.until("both", |screen| {
        screen.matches("← text  again").count() == 2
    });
    // The arrow brings the last entry back.
    pty.press("\x1b[A\x03:vars\r");
    pty.until_shown("peer.port = ");
    pty.press("\x04");
    let (status, text) = pty.end();
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("→ close 1000"), "{text}");
    assert!(!text.contains("→ text  never sent"), "{text}");
}

#[test]
fn tab_completes_what_is_known() {
    let mut pty = Pty::new();
    pty.press("{\"price\": 1}\r");
    pty.until_shown("← json  {\"price\":1}");
    pty.press("<- js\t{\"pr\t{{$number as paid}}}\r");
    // What is shown of a name is shown behind the step that gives it its value.
    pty.press(":vars\r");
    pty.until_shown("paid = 1");
    pty.press("-- ch\t.pr\t == $pa\t\r");
    pty.until_shown("-- check .price == $paid");
    pty.press(":q\t\r");
    let (status, text) = pty.end();
    assert_eq!(status, Some(0), "{text}");
    assert!(!text.contains('✗'), "{text}");
}

#[test]
fn pasted_text_waits_for_enter() {
    let mut pty = Pty::new();
    pty.press("\x1b[200~one\ntwo\n\x1b[201~");
    pty.until_shown("two");
    pty.press("\x03after\r");
    pty.until_shown("← text  after");
    assert!(!pty.text().contains("→ text  \"one"), "{}", pty.text());
    pty.press("\x1b[200~a\nb\x1b[201~\r");
    pty.until_shown("← text  \"a\\nb\"");
    pty.press("\x04");
    assert_eq!(pty.end().0, Some(0));
}

#[test]
fn wrong_entries_are_told_and_failed_steps_count() {
    let mut pty = Pty::new();
    pty.press("-> hello\r");
    pty.until_shown("did you mean `-> text hello`?");
    pty.press(":quit\r");
    let (status, text) = pty.end();
    assert_eq!(status, Some(0), "what is wrong is mended: {text}");
    let mut pty = Pty::new();
    pty.press("-- check .status == 200\r");
    pty.until_shown("✗ .status == 200");
    pty.press("\x04");
    assert_eq!(pty.end().0, Some(1));
}

#[test]
fn the_prompt_tells_that_the_connection_is_over() {
    for word in ["bye", "crash"] {
        let mut pty = Pty::new();
        pty.press(&format!("{word}\r"));
        pty.until("the status", |screen| {
            prompt(screen).trim() == "disconnected >"
        });
        pty.press("-- reconnect\r");
        pty.until("the status", |screen| {
            prompt(screen).trim() == "connected    >"
        });
        pty.press("\x04");
        let (status, text) = pty.end();
        assert_eq!(status, Some(0), "{text}");
    }
}

#[test]
fn a_signal_leaves_the_terminal_as_it_was() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let mut pty = Pty::new();
        pty.press("half a li");
        pty.until_shown("half a li");
        pty.signal(signal);
        let (status, text) = pty.end();
        assert_eq!(status, Some(130), "{text}");
        assert!(text.contains("→ close 1001"), "{text}");
        assert!(!text.contains("half a li"), "{text}");
    }
}

#[test]
fn what_is_recorded_is_written_at_the_end() {
    let mut pty = Pty::with(&["case.md#Live", "-o", "kept.md"], &[]);
    pty.until_shown("connected    >");
    pty.press("one\r");
    pty.until_shown("← text  one");
    pty.press("two\r");
    pty.until_shown("← text  two");
    pty.press(":undo\r");
    pty.until_shown("taken out: -> text two");
    pty.press("\x04");
    let path = pty.folder.path().join("kept.md");
    let status = pty.child.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    let kept = std::fs::read_to_string(path).unwrap();
    assert!(kept.contains("-> text one\n\n<- text one\n"), "{kept}");
    assert!(!kept.contains("two"), "{kept}");
}

#[test]
fn a_closed_terminal_leaves_what_was_recorded() {
    let mut pty = Pty::with(&["case.md#Live", "-o", "kept.md"], &[]);
    pty.until_shown("connected    >");
    pty.press("one\r");
    pty.until_shown("← text  one");
    // The kernel tells of it, and the shell does.
    pty.signal(Signal::HUP);
    pty.signal(Signal::HUP);
    let path = pty.folder.path().join("kept.md");
    assert_eq!(pty.child.wait().unwrap().code(), Some(130));
    let kept = std::fs::read_to_string(path).unwrap();
    assert!(kept.contains("-> text one\n\n<- text one\n"), "{kept}");
}

#[test]
fn what_is_to_outlive_its_terminal_does() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("case.md"), DOCUMENT).unwrap();
    let mut child = Command::new("sh")
        .args(["-c", "trap '' HUP; exec \"$0\" connect case.md#Live"])
        .arg(env!("CARGO_BIN_EXE_voiden"))
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keys = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    keys.write_all(b"one\n").unwrap();
    assert!(lines.any(|line| line.unwrap().contains("← text  one")));
    kill_process(Pid::from_child(&child), Signal::HUP).unwrap();
    keys.write_all(b"two\n").unwrap();
    assert!(lines.any(|line| line.unwrap().contains("← text  two")));
    drop(keys);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn colours_are_left_out_where_they_are_not_wanted() {
    let coloured = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut pty = Pty::with(arguments, environment);
        pty.until_shown("connected    >");
        pty.press("{\"a\": 1}");
        pty.until_shown("{\"a\": 1}");
        let screen = pty.screen.screen();
        let (row, _) = screen.cursor_position();
        let cells = (0..24).filter_map(|column| screen.cell(row, column));
        let coloured = cells
            .filter(|cell| cell.fgcolor() != vt100::Color::Default)
            .count();
        pty.press("\x03\x04");
        assert_eq!(pty.end().0, Some(0));
        coloured
    };
    assert_ne!(coloured(&["case.md#Live"], &[]), 0);
    assert_eq!(coloured(&["case.md#Live"], &[("NO_COLOR", "1")]), 0);
    assert_eq!(coloured(&["case.md#Live", "--color", "never"], &[]), 0);
}

#[test]
fn a_terminal_that_cannot_edit_gives_lines() {
    let mut pty = Pty::with(&["case.md#Live"], &[("TERM", "dumb")]);
    pty.until_shown("Connected     101");
    pty.press("hello\n");
    pty.until_shown("← text  hello");
    pty.press("\x04");
    assert_eq!(pty.end().0, Some(0));
}

#[test]
fn a_flood_leaves_typing_smooth_and_a_smaller_window_whole() {
    let mut pty = Pty::new();
    pty.press("evil\r");
    pty.until_shown("\\u001b[2J\\u001b]0;owned");
    pty.press("flood\r");
    pty.press("typed meanwhile");
    pty.until_shown("typed meanwhile");
    pty.press("\r");
    pty.until("the end of the flood", |screen| {
        screen.contains("← text  typed meanwhile")
    });
    pty.resize(20, 40);
    pty.press("in a narrow window that is long enough to wrap\r");
    pty.until_shown("← text  in a narrow");
    pty.press("\x04");
    let (status, text) = pty.end();
    assert_eq!(status, Some(0), "{text}");
}
