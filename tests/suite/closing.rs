//! The end of runs over real sockets: peers that never answer a close or never stop sending, interrupts, pipes that
//! nobody writes, and documents that want the same port.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::peers::Peer;

/// Sooner than the five seconds for which an answer to a close is waited for by default.
const SOON: Duration = Duration::from_secs(4);

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            fs::write(folder.0.path().join(name), text).unwrap();
        }
        folder
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    fn pipe(&self, name: &str) {
        let made = Command::new("mkfifo")
            .arg(self.0.path().join(name))
            .status();
        assert!(made.unwrap().success());
    }

    fn command(&self, line: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_voiden"));
        command
            .args(line)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn voiden(&self, line: &[&str]) -> (i32, String, String) {
        told(self.command(line).output().unwrap())
    }
}

fn told(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap_or(-1),
        text(output.stdout),
        text(output.stderr),
    )
}

fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

fn signal(child: &Child, signal: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([signal, &id]).status();
    assert!(sent.unwrap().success());
}

/// Asks a server to let this client in.
fn come_in(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    assert!(
        head.starts_with(b"HTTP/1.1 101 "),
        "{}",
        head.escape_ascii()
    );
    stream
}

/// Starts `voiden serve`, and gives the address of its first server.
fn serve(folder: &Folder, line: &[&str]) -> (Child, String) {
    let mut child = folder
        .command(&[&["serve"], line].concat())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let out = child.stdout.take().unwrap();
    BufReader::new(out).read_line(&mut first).unwrap();
    let address = first.trim().split_once("ws://").unwrap().1;
    (child, address.trim_end_matches('/').to_owned())
}

/// The close frame of a server.
fn close_of_server(stream: &mut TcpStream) -> Option<u16> {
    let mut frame = [0; 4];
    stream.read_exact(&mut frame).ok()?;
    assert_eq!(frame[..2], [0x88, 2]);
    Some(u16::from_be_bytes([frame[2], frame[3]]))
}

/// A binary message of 64 KiB as a client or a server sends it, masked with zeros.
fn large(masked: bool) -> Vec<u8> {
    let mut frame = vec![0x82, if masked { 0xff } else { 0x7f }];
    frame.extend((64_u64 << 10).to_be_bytes());
    frame.extend(vec![0; if masked { 4 } else { 0 }]);
    frame.extend(vec![b'x'; 64 << 10]);
    frame
}

/// Sends 32 MiB and reads nothing meanwhile.
fn send_on(stream: &mut TcpStream, masked: bool) {
    let frame = large(masked);
    for _ in 0..512 {
        stream
            .write_all(&frame)
            .expect("it is read, although it is of no use");
    }
}

#[test]
fn a_server_that_sends_on_hears_that_its_message_was_too_large() {
    let (listener, port) = listener();
    let peer = thread::spawn(move || {
        let stream = listener.accept().unwrap().0;
        let mut peer = Peer { stream };
        peer.accept();
        send_on(&mut peer.stream, false);
        peer.is_told(1009);
    });
    let text =
        format!("```/wss\nws://127.0.0.1:{port}/\n@max-message 16KiB\n\n<- text never\n```\n");
    let folder = Folder::new(&[("a.md", &text)]);
    let (status, out, _) = folder.voiden(&["run", "a.md"]);
    assert_eq!(status, 1);
    assert!(
        out.contains("Disconnected  1009 a message of 65536 bytes"),
        "{out}"
    );
    peer.join().expect("it got what it should");
}

#[test]
fn a_client_that_sends_on_hears_that_its_message_was_too_large() {
    let text = "```/wss-server s\nws://127.0.0.1:0/\n@max-message 16KiB\n```\n";
    let folder = Folder::new(&[("a.md", text)]);
    let (child, address) = serve(&folder, &["a.md"]);
    let mut stream = come_in(&address);
    send_on(&mut stream, true);
    assert_eq!(close_of_server(&mut stream), Some(1009));
    drop(stream);
    signal(&child, "-INT");
    let (_, _, err) = told(child.wait_with_output().unwrap());
    assert!(
        err.contains("Disconnected  1009 a message of 65536 bytes"),
        "{err}"
    );
}

#[test]
fn an_interrupted_run_closes_with_1001_and_waits_for_no_answer() {
    let (listener, port) = listener();
    let text = format!(
        "```/wss\nws://127.0.0.1:{port}/\n\n<- text never\n-- within 1m\n```\n\n```/wss\nws://127.0.0.1:{port}/\n```\n"
    );
    let folder = Folder::new(&[("a.md", &text)]);
    let child = folder.command(&["run", "a.md"]).spawn().unwrap();
    let stream = listener.accept().unwrap().0;
    let mut peer = Peer { stream };
    peer.accept();
    peer.send(b"\x89\x00");
    // The answer to the ping: its script runs.
    let mut pong = [0; 6];
    peer.stream.read_exact(&mut pong).unwrap();
    signal(&child, "-INT");
    let began = Instant::now();
    peer.is_told(1001);
    let (status, out, err) = told(child.wait_with_output().unwrap());
    assert!(began.elapsed() < SOON);
    assert_eq!(status, 130, "{err}");
    for line in [
        "✗ interrupted",
        "→ close 1001",
        "Disconnected  1001, close unanswered",
        "✗ 0 sent, 0 received",
    ] {
        assert!(out.contains(line), "{line}: {out}");
    }
    assert!(err.contains("2 not run"), "{err}");
    assert_eq!(folder.read("a.md"), text, "what was cut is not recorded");
}

#[test]
fn an_interrupted_server_closes_with_1001_and_waits_for_no_answer() {
    let text = "```/wss-server s\nws://127.0.0.1:0/\n```\n";
    let folder = Folder::new(&[("a.md", text)]);
    let (child, address) = serve(&folder, &["--write", "changed", "a.md"]);
    let mut stream = come_in(&address);
    signal(&child, "-TERM");
    let began = Instant::now();
    assert_eq!(close_of_server(&mut stream), Some(1001));
    let (status, _, err) = told(child.wait_with_output().unwrap());
    assert!(began.elapsed() < SOON);
    assert_eq!(status, 0, "{err}");
    let document = folder.read("a.md");
    for line in [
        "client-1 → close 1001",
        "client-1 Disconnected  1001, close unanswered",
    ] {
        assert!(document.contains(line), "{document}");
    }
}

#[test]
fn a_second_interrupt_ends_at_once() {
    let (listener, port) = listener();
    let text = format!("```/wss\nws://127.0.0.1:{port}/\n\n<- text never\n-- within 1m\n```\n");
    let folder = Folder::new(&[("a.md", &text)]);
    let child = folder.command(&["run", "a.md"]).spawn().unwrap();
    let mut peer = Peer {
        stream: listener.accept().unwrap().0,
    };
    peer.accept();
    peer.send(b"\x89\x00");
    peer.stream.read_exact(&mut [0; 6]).unwrap();
    signal(&child, "-INT");
    peer.is_told(1001);
    signal(&child, "-INT");
    let (status, out, _) = told(child.wait_with_output().unwrap());
    assert_eq!(status, 130);
    assert!(!out.contains("Disconnected"), "{out}");
}

#[test]
fn the_front_matter_says_how_long_an_answer_to_a_close_is_waited_for() {
    let (listener, port) = listener();
    let peer = thread::spawn(move || {
        for _ in 0..3 {
            let mut peer = Peer {
                stream: listener.accept().unwrap().0,
            };
            peer.accept();
            peer.hold();
        }
    });
    let block = format!("```/wss\nws://127.0.0.1:{port}/\n@linger 0s\n```\n\n");
    let text = format!(
        "---\nvoiden: {{close-timeout: 100ms}}\n---\n\n{}",
        block.repeat(3)
    );
    let folder = Folder::new(&[("a.md", &text)]);
    let began = Instant::now();
    let (status, out, err) = folder.voiden(&["run", "a.md"]);
    assert!(began.elapsed() < SOON);
    assert_eq!(status, 0, "{err}");
    assert_eq!(
        out.matches("Disconnected  1000, close unanswered").count(),
        3,
        "{out}"
    );
    peer.join().unwrap();
}

const PASSES: &str = "```/wss-server echo\nws://127.0.0.1:0/\n\n-- on\n-> {{$message}}\n```\n\n\
    ```/wss\n{{echo.url}}\n\n-> text {{WORD}}\n<- text {{WORD}}\n```\n";

#[test]
fn a_signal_ends_whoever_waits_for_a_pipe_that_nobody_writes() {
    use std::os::unix::process::ExitStatusExt;
    for (command, name, number) in [
        ("run", "-TERM", 15),
        ("serve", "-INT", 2),
        ("check", "-TERM", 15),
    ] {
        let folder = Folder::new(&[("a.md", PASSES)]);
        folder.pipe("secrets");
        let mut child = folder
            .command(&[command, "--env-file", "secrets", "a.md"])
            .spawn()
            .unwrap();
        let mut said = String::new();
        let err = child.stderr.take().unwrap();
        BufReader::new(err).read_line(&mut said).unwrap();
        assert_eq!(
            said,
            "waiting for --env-file secrets: it is a pipe that has not been written to its end yet\n"
        );
        signal(&child, name);
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(number), "{command}");
    }
}

#[test]
fn a_pipe_gives_its_values_to_every_document() {
    let folder = Folder::new(&[("a.md", PASSES), ("b.md", PASSES)]);
    folder.pipe("secrets");
    let pipe = folder.0.path().join("secrets");
    let writer = thread::spawn(move || fs::write(pipe, "WORD=piped\n").unwrap());
    let (status, out, err) = folder.voiden(&["run", "--env-file", "secrets", "a.md", "b.md"]);
    assert_eq!(status, 0, "{err}");
    assert_eq!(out.matches("← text  piped").count(), 4, "{out}");
    writer.join().unwrap();
}

#[test]
fn pipes_among_the_files_of_a_document_are_told_and_not_waited_for() {
    let tls = "```/wss\nwss://127.0.0.1:1/\n@cacert pipe\n\n-> text @./pipe\n```\n";
    let folder = Folder::new(&[("a.md", &PASSES.replace("{{WORD}}", "a")), ("tls.md", tls)]);
    for name in [".env", ".env.staging", "pipe", "doc.md"] {
        folder.pipe(name);
    }
    let (status, _, err) = folder.voiden(&["run", "--env", "staging", "a.md"]);
    assert_eq!(status, 0, "{err}");
    for name in [".env", ".env.staging"] {
        let path = fs::canonicalize(folder.0.path()).unwrap().join(name);
        let path = path.display();
        let warning = format!(
            "warning: a.md: {path} is not a regular file, and was not read; `--env-file {path}` reads it"
        );
        assert!(err.contains(&warning), "{err}");
    }
    let (status, _, err) = folder.voiden(&["check", "tls.md", "doc.md"]);
    assert_eq!(status, 2);
    assert_eq!(err.matches("not a regular file").count(), 4, "{err}");
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    listener().1
}

fn with_port(port: &str) -> String {
    format!(
        "```/wss-server s\nws://127.0.0.1:{port}/\n\n-- on text\n-- wait 100ms\n-> {{{{$message}}}}\n```\n\n\
         ```/wss\nws://localhost:{port}/\n\n-> text a\n<- text a\n```\n"
    )
}

#[test]
fn documents_that_want_the_same_port_run_one_after_the_other() {
    let port = free_port();
    let text = with_port(&port.to_string());
    let folder = Folder::new(&[
        (".env", &format!("PORT={port}\n")),
        ("a.md", &text),
        ("b.md", &with_port("{{PORT}}")),
        ("c.md", &text.replace("localhost", "127.0.0.1")),
        ("free.md", &PASSES.replace("{{WORD}}", "a")),
        (
            "broken.md",
            &format!("{text}\n```/wss\nws://h/\n@nothing\n```\n"),
        ),
    ]);
    for jobs in ["1", "2", "16"] {
        let documents = ["run", "--jobs", jobs, "a.md", "b.md", "c.md", "free.md"];
        let (status, _, err) = folder.voiden(&documents);
        assert_eq!(status, 0, "{err}");
        assert!(err.contains("8 passed"), "{err}");
    }
    let (status, _, err) = folder.voiden(&["run", "broken.md", "a.md", "b.md"]);
    assert_eq!(status, 2, "{err}");
    assert!(!err.contains("in use"), "{err}");
}

#[test]
fn whoever_waits_for_a_port_ends_with_the_run() {
    let port = free_port();
    let (listener, far) = listener();
    let held = format!(
        "{}\n```/wss\nws://127.0.0.1:{far}/\n\n<- text never\n-- within 1m\n```\n",
        with_port(&port.to_string())
    );
    let folder = Folder::new(&[("a.md", &held), ("b.md", &held), ("c.md", &held)]);
    let child = folder
        .command(&["run", "a.md", "b.md", "c.md"])
        .spawn()
        .unwrap();
    // Whichever was first has the port.
    let _stream = listener.accept().unwrap();
    signal(&child, "-INT");
    let (status, out, err) = told(child.wait_with_output().unwrap());
    assert_eq!(status, 130, "{err}");
    let ran = ["a.md: ", "b.md: ", "c.md: "].map(|name| usize::from(out.contains(name)));
    assert_eq!(ran.iter().sum::<usize>(), 1, "{out}");
}

#[test]
fn the_cure_for_a_refusal_is_told() {
    let cases = [
        (
            "404 Not Found",
            "Content-Type: text/html\r\n",
            "<!doctype html>",
            "help: there is no WebSocket at this path: look at the path of the URL",
        ),
        (
            "200 OK",
            "Content-Type: text/html\r\n",
            "<!doctype html>",
            "help: this is a web page, and not a WebSocket endpoint: look at the path of the URL",
        ),
        (
            "400 Bad Request",
            "",
            "missing subprotocol",
            "help: it wants a subprotocol to be offered: `@subprotocol NAME`",
        ),
        (
            "302 Found",
            "Location: https://h/x\r\n",
            "",
            "help: redirects are not followed; it points to https://h/x: write wss://h/x if that is the endpoint; `<- HTTP 302` as the first step expects it",
        ),
    ];
    for (status, headers, body, help) in cases {
        let (listener, port) = listener();
        let answer = format!(
            "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let peer = thread::spawn(move || {
            let mut peer = Peer {
                stream: listener.accept().unwrap().0,
            };
            peer.request();
            peer.send(answer.as_bytes());
        });
        let text = format!("```/wss\nws://127.0.0.1:{port}/\n\n-> text hi\n```\n");
        let folder = Folder::new(&[("a.md", &text)]);
        let (_, _, err) = folder.voiden(&["run", "-q", "a.md"]);
        assert!(err.contains(help), "{help}: {err}");
        peer.join().unwrap();
    }
}
