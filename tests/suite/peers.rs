//! Peers that a WebSocket library cannot play: bytes over a socket, right or wrong. Whatever they do, a session ends
//! within its bounds with a sentence that names the cause, and its document is written.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// What a peer does with the connections that it gets.
pub(crate) type Play = fn(&mut Peer);

/// One connection, from the far side.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
}

impl Peer {
    /// Reads the head of the request.
    pub(crate) fn request(&mut self) -> String {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && self.stream.read_exact(&mut byte).is_ok() {
            head.push(byte[0]);
        }
        String::from_utf8(head).unwrap()
    }

    /// Accepts the opening handshake.
    pub(crate) fn accept(&mut self) {
        self.accept_with("");
    }

    /// Accepts the opening handshake, with more lines of headers.
    pub(crate) fn accept_with(&mut self, headers: &str) {
        let request = self.request();
        let key = request
            .lines()
            .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "))
            .unwrap_or_default();
        let digest = Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
        let accept = STANDARD.encode(digest);
        self.send(
            format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {accept}\r\n{headers}\r\n"
            )
            .as_bytes(),
        );
    }

    /// A peer that is hung up on has no more to say.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// A frame as it is written: the first two bytes, and what follows.
    pub(crate) fn frame(&mut self, first: u8, payload: &[u8]) {
        let length = u8::try_from(payload.len()).unwrap();
        assert!(length < 126);
        let mut bytes = vec![first, length];
        bytes.extend(payload);
        self.send(&bytes);
    }

    /// The next frame of a client: its first byte and its payload; nothing where the connection is over.
    pub(crate) fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut head = [0; 6];
        self.stream.read_exact(&mut head).ok()?;
        assert_eq!(head[1] & 0x80, 0x80, "a client masks");
        let mut payload = vec![0; usize::from(head[1] & 0x7f)];
        self.stream.read_exact(&mut payload).ok()?;
        for (at, byte) in payload.iter_mut().enumerate() {
            *byte ^= head[2 + at % 4];
        }
        Some((head[0], payload))
    }

    /// Reads until the client has closed or gone; the payload of its close.
    pub(crate) fn until_close(&mut self) -> Option<Vec<u8>> {
        loop {
            let (first, payload) = self.next()?;
            if first == 0x88 {
                return Some(payload);
            }
        }
    }

    /// Answers a close with the same.
    pub(crate) fn part(&mut self) {
        if let Some(payload) = self.until_close() {
            self.frame(0x88, &payload);
        }
    }

    /// Expects the close that answers a breach.
    pub(crate) fn is_told(&mut self, code: u16) {
        let mut payload = self.until_close().unwrap_or_default();
        payload.truncate(2);
        assert_eq!(payload, code.to_be_bytes(), "the code that we closed with");
    }

    /// Leaves with a reset, since what has arrived was not read.
    fn reset(&mut self) {
        self.accept();
        self.stream.peek(&mut [0]).unwrap();
    }

    /// Stays silent until the client hangs up.
    pub(crate) fn hold(&mut self) {
        let mut rest = [0; 1024];
        while self.stream.read(&mut rest).is_ok_and(|length| length > 0) {}
    }
}

/// Runs a block against a peer; what came of the document, and what was said. `times` connections are played.
fn meet(times: usize, play: Play, lines: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let peer = thread::spawn(move || {
        for _ in 0..times {
            let (stream, _) = listener.accept().unwrap();
            play(&mut Peer { stream });
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("peer.md");
    std::fs::write(
        &path,
        format!("```/wss Peer\nws://127.0.0.1:{port}/\n{lines}\n```\n"),
    )
    .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_voiden"))
        .args(["run", "-q", "--color", "never", "peer.md"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    peer.join().expect("the peer got what it should");
    let document = std::fs::read_to_string(&path).unwrap();
    let transcript = document.split_once("```wss-log\n");
    let transcript = transcript.expect("the document is written").1;
    let said = String::from_utf8(output.stderr).unwrap();
    let said = said.lines().next().unwrap_or_default();
    timeless(&format!(
        "exit {}{}{said}\n{}\n",
        output.status.code().unwrap(),
        if said.is_empty() { "" } else { ": " },
        transcript.trim_end_matches(['`', '\n']),
    ))
    .replace(&port.to_string(), "[port]")
}

fn timeless(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, instead) in [
        (
            r" in [\d.]+ m?s · \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
            " in [time]",
        ),
        (r"\d\d:\d\d:\d\d\.\d{3}  ", ""),
        (
            r"Sec-WebSocket-Accept: \S{28}\n",
            "Sec-WebSocket-Accept: [accept]\n",
        ),
        (r"\(\d+(\.\d+)? m?s\)", "([time])"),
    ] {
        text = regex::Regex::new(pattern)
            .unwrap()
            .replace_all(&text, instead)
            .into_owned();
    }
    text
}

/// The cases of one snapshot, side by side: most of them only wait.
pub(crate) fn snapshot(name: &str, cases: &'static [(&'static str, usize, Play, &'static str)]) {
    let meetings: Vec<_> = cases
        .iter()
        .map(|(_, times, play, lines)| thread::spawn(|| meet(*times, *play, lines)))
        .collect();
    let told: Vec<_> = cases
        .iter()
        .zip(meetings)
        .map(|((what, ..), meeting)| format!("# {what}\n{}", meeting.join().expect(what)))
        .collect();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, told.join("\n"));
    });
}

pub(crate) const NEVER: &str = "\n<- text never\n";

#[test]
#[expect(clippy::too_many_lines, reason = "a list of cases")]
fn what_breaks_the_protocol_fails_whatever_the_script_does() {
    snapshot(
        "peers_break_the_protocol",
        &[
            (
                "reserved bits",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0x81, b"fine");
                    peer.frame(0xc1, b"hi");
                    peer.is_told(1002);
                },
                NEVER,
            ),
            (
                "an unknown opcode",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0x83, b"hi");
                    peer.is_told(1002);
                },
                NEVER,
            ),
            (
                "masked the wrong way",
                1,
                |peer| {
                    peer.accept();
                    peer.send(b"\x81\x82\x01\x02\x03\x04ik");
                    peer.is_told(1002);
                },
                NEVER,
            ),
            (
                "a fragmented ping",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0x09, b"hi");
                    peer.is_told(1002);
                },
                NEVER,
            ),
            (
                "a continuation of nothing",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0x80, b"hi");
                    peer.is_told(1002);
                },
                NEVER,
            ),
            (
                "a message within a message",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0x01, b"he");
                    peer.frame(0x81, b"hi");
                    peer.is_told(1002);
                },
                NEVER,
            ),
            (
                "half a close code",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0x88, b"\x03");
                    peer.is_told(1002);
                },
                NEVER,
            ),
            (
                "a close code that no endpoint may send",
                1,
                |peer| {
                    close(peer, Some(1005));
                    peer.is_told(1002);
                },
                "\n<- close",
            ),
            (
                "the code of an end without a close frame",
                1,
                |peer| {
                    close(peer, Some(1006));
                    peer.is_told(1002);
                },
                "\n<- drop",
            ),
            (
                "a close code beyond all, in answer to ours",
                1,
                |peer| {
                    peer.accept();
                    peer.until_close();
                    peer.frame(0x88, b"\x13\x88");
                },
                "\n-> close 1000",
            ),
            (
                "a close code of nothing while it waits",
                1,
                |peer| {
                    close(peer, Some(0));
                    peer.is_told(1002);
                },
                "\n-- wait 1m",
            ),
            (
                "a reason that is not UTF-8",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0x88, b"\x03\xe8b\xffe");
                    peer.is_told(1007);
                },
                "\n<- close 1000",
            ),
            (
                "a text that is not UTF-8",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0x81, b"a\xff\xc3b");
                    peer.is_told(1007);
                },
                NEVER,
            ),
            (
                "a fragmented text that is not UTF-8",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0x01, b"fine \xc3");
                    peer.frame(0x80, b"\xa9");
                    peer.frame(0x01, b"x\xe2\x82");
                    peer.frame(0x80, b"zz");
                    peer.is_told(1007);
                },
                NEVER,
            ),
            (
                "while it waits for nothing",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0x81, b"\xff");
                    peer.is_told(1007);
                },
                "\n-- wait 1m",
            ),
            (
                "after the last step",
                1,
                |peer| {
                    peer.accept();
                    peer.next();
                    peer.frame(0xf1, b"x");
                    peer.is_told(1002);
                },
                "@linger 1m\n\n-> text last",
            ),
            (
                "in the closing handshake",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0x81, b"hi");
                    peer.until_close();
                    peer.frame(0x81, b"\xff");
                    let _ = peer.stream.shutdown(Shutdown::Write);
                    peer.hold();
                },
                "\n<- text hi",
            ),
            (
                "a message over the limit",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0x81, &[b'x'; 17]);
                    peer.is_told(1009);
                },
                "@max-message 16B\n\n-- wait 1m",
            ),
            (
                "a length that no memory has",
                1,
                |peer| {
                    peer.accept();
                    peer.send(b"\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff");
                    peer.is_told(1009);
                },
                NEVER,
            ),
        ],
    );
}

#[test]
fn what_is_odd_and_allowed_passes() {
    snapshot(
        "peers_are_odd",
        &[
            (
                "fragments with a ping between",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0x01, b"he");
                    peer.frame(0x89, b"mid");
                    peer.frame(0x00, b"");
                    peer.frame(0x80, b"llo");
                    assert_eq!(peer.next(), Some((0x8a, b"mid".to_vec())), "a pong");
                    peer.part();
                },
                "\n<- text hello\n<- ping mid",
            ),
            (
                "a frame with the answer to the handshake, byte by byte",
                1,
                |peer| {
                    peer.accept();
                    for byte in b"\x82\x03\x00\x01\x02" {
                        peer.send(&[*byte]);
                    }
                    peer.part();
                },
                "\n<- binary hex 00 01 02",
            ),
            (
                "a pong that nobody asked for",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0x8a, b"unasked");
                    while let Some((first, data)) = peer.next() {
                        peer.frame(if first == 0x89 { 0x8a } else { first }, &data);
                    }
                },
                "\n-> ping a\n<- pong unasked\n<- pong a",
            ),
            (
                "a close that says nothing",
                1,
                |peer| close(peer, None),
                "\n<- close",
            ),
            (
                "a close with hostile words",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0x88, b"\x03\xe8```\r\n\x1b[31m\xe2\x80\xae");
                },
                "\n<- close",
            ),
            (
                "a close that is never answered",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0x81, b"hi");
                    peer.hold();
                },
                "\n<- text hi",
            ),
            (
                "an end that is expected, while it waits",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0x81, b"hi");
                },
                "\n-- wait 1m\n<- text hi\n<- drop\n-- note it had arrived",
            ),
            (
                "a reset that is expected",
                1,
                Peer::reset,
                "\n-> text unread\n<- drop",
            ),
            (
                "no answer to a close but the end",
                1,
                |peer| {
                    peer.accept();
                    peer.until_close();
                },
                "\n-> close 1000\n<- drop",
            ),
        ],
    );
}

/// Closes with a code; nothing says why.
fn close(peer: &mut Peer, code: Option<u16>) {
    peer.accept();
    let mut payload = Vec::new();
    if let Some(code) = code {
        payload.extend(code.to_be_bytes());
        payload.extend(b"odd");
    }
    peer.frame(0x88, &payload);
}

#[test]
fn what_breaks_off_is_told_at_once() {
    snapshot(
        "peers_break_off",
        &[
            (
                "no close frame",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0x81, b"hi");
                },
                "\n<- text hi\n<- text more\n-- within 1m",
            ),
            (
                "in the middle of a frame",
                1,
                |peer| {
                    peer.accept();
                    peer.send(b"\x81\x7dhalf");
                },
                "\n<- text more\n-- within 1m",
            ),
            (
                "a send after the end",
                1,
                |peer| peer.accept(),
                "\n<- drop\n-> text late",
            ),
            (
                "the end during a wait",
                1,
                |peer| peer.accept(),
                "\n-- wait 1m",
            ),
            (
                "a reset during a wait",
                1,
                Peer::reset,
                "\n-> text unread\n-- wait 1m",
            ),
            (
                "a reset while none is awaited",
                1,
                Peer::reset,
                "\n-> text unread\n<- text never\n-- none within 1m",
            ),
            (
                "a reset where a close is expected",
                1,
                Peer::reset,
                "\n-> text unread\n<- close 1000",
            ),
            (
                "no pong",
                1,
                |peer| {
                    peer.accept();
                    peer.hold();
                },
                "@ping-every 50ms\n\n-- wait 1m",
            ),
        ],
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a list of cases")]
fn what_answers_the_handshake_badly_is_told() {
    snapshot(
        "peers_answer_badly",
        &[
            ("nothing", 1, Peer::hold, "@connect-timeout 200ms\n"),
            (
                "nothing, and the end",
                1,
                |peer| {
                    peer.request();
                },
                "\n-- wait 1m",
            ),
            (
                "something else than HTTP",
                1,
                |peer| {
                    peer.request();
                    peer.send(b"SSH-2.0-Open\x1b[31mSSH\r\n");
                },
                "\n-- wait 1m",
            ),
            (
                "a head without end",
                1,
                |peer| {
                    peer.request();
                    peer.send(b"HTTP/1.1 200 OK\r\n");
                    for _ in 0..100 {
                        peer.send(format!("X: {}\r\n", "x".repeat(1000)).as_bytes());
                    }
                    peer.hold();
                },
                "\n-- wait 1m",
            ),
            (
                "a key's wrong answer",
                1,
                |peer| {
                    peer.request();
                    peer.send(b"HTTP/1.1 101 Ok\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n\r\n");
                    peer.hold();
                },
                "\n-- wait 1m",
            ),
            (
                "an upgrade to something else",
                1,
                |peer| {
                    peer.request();
                    peer.send(b"HTTP/1.1 101 Ok\r\nServer: some\r\nX: y\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: v9\r\n\r\n");
                    peer.hold();
                },
                "\n-- wait 1m",
            ),
            (
                "a refusal whose body comes in pieces",
                1,
                |peer| {
                    peer.request();
                    peer.send(b"HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\nWWW-Authenticate: Bearer\r\n\r\n");
                    peer.send(b"6\r\n{\"why\"\r\n");
                    peer.send(b"7\r\n: \"```\"\r\n1\r\n}\r\n0\r\n\r\n");
                },
                "\n<- HTTP 401\n-- check .body | fromjson | .why == \"```\"\n-- check .headers[\"www-authenticate\"] == \"Bearer\"",
            ),
            (
                "a refusal whose body never comes",
                1,
                |peer| {
                    peer.request();
                    peer.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 10\r\n\r\nhalf");
                    peer.hold();
                },
                "@connect-timeout 300ms\n\n<- HTTP 403\n-- check .body == \"half\"",
            ),
            (
                "a redirect",
                1,
                |peer| {
                    peer.request();
                    peer.send(b"HTTP/1.1 302 Found\r\nLocation: ws://elsewhere/\r\nContent-Length: 0\r\n\r\n");
                },
                "\n<- HTTP 302\n-- check .headers.location == \"ws://elsewhere/\"",
            ),
            (
                "a redirect that nobody expects",
                1,
                |peer| {
                    peer.request();
                    peer.send(b"HTTP/1.1 302 Found\r\nLocation: ws://elsewhere/\r\nContent-Length: 0\r\n\r\n");
                },
                "\n-> text hi",
            ),
            (
                "another status",
                1,
                |peer| {
                    peer.request();
                    peer.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\n\x1b[1m");
                },
                "\n<- HTTP 401",
            ),
            (
                "not a refusal",
                1,
                |peer| {
                    peer.accept();
                    peer.part();
                },
                "\n<- HTTP 401",
            ),
            (
                "unavailable, three times",
                3,
                |peer| {
                    peer.request();
                    peer.send(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
                },
                "@retry 2 every 10ms\n\n-> text hi",
            ),
        ],
    );
}
