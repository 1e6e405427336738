//! Peers over raw sockets that compress, right or wrong (RFC 7692): what they answer, and what they send.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use crate::peers::{NEVER, Peer, snapshot};

/// "Hello", and the same by a reference to the message before (RFC 7692, 7.2.3.1 and 7.2.3.2).
const HELLO: &[u8] = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
const AGAIN: &[u8] = b"\xf2\x00\x11\x00\x00";

const COMPRESS_NEVER: &str = "@compress\n\n<- text never\n";

fn agree(peer: &mut Peer) {
    peer.accept_with("Sec-WebSocket-Extensions: permessage-deflate\r\n");
}

/// Answers with these extensions, and hears no more.
fn answer(peer: &mut Peer, extensions: &str) {
    peer.accept_with(&format!("Sec-WebSocket-Extensions: {extensions}\r\n"));
    peer.hold();
}

#[test]
#[expect(clippy::too_many_lines, reason = "a list of cases")]
fn what_breaks_the_compression_fails() {
    snapshot(
        "peers_compress_wrongly",
        &[
            (
                "RSV1 that was not agreed on",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0xc1, HELLO);
                    peer.is_told(1002);
                },
                COMPRESS_NEVER,
            ),
            (
                "RSV1 in a ping",
                1,
                |peer| {
                    agree(peer);
                    peer.frame(0xc9, b"hi");
                    peer.is_told(1002);
                },
                COMPRESS_NEVER,
            ),
            (
                "RSV1 in a close",
                1,
                |peer| {
                    agree(peer);
                    peer.frame(0xc8, b"\x03\xe8");
                    peer.is_told(1002);
                },
                COMPRESS_NEVER,
            ),
            (
                "RSV1 in a continuation",
                1,
                |peer| {
                    agree(peer);
                    peer.frame(0x41, &HELLO[..3]);
                    peer.frame(0xc0, &HELLO[3..]);
                    peer.is_told(1002);
                },
                COMPRESS_NEVER,
            ),
            (
                "RSV2 and RSV3",
                1,
                |peer| {
                    agree(peer);
                    peer.frame(0xb1, b"hi");
                    peer.is_told(1002);
                },
                COMPRESS_NEVER,
            ),
            (
                "what is not deflated",
                1,
                |peer| {
                    agree(peer);
                    peer.frame(0xc1, b"\xff\xff\xff");
                    peer.is_told(1007);
                },
                COMPRESS_NEVER,
            ),
            (
                "what is cut off",
                1,
                |peer| {
                    agree(peer);
                    peer.frame(0xc1, &HELLO[..5]);
                    peer.is_told(1007);
                },
                COMPRESS_NEVER,
            ),
            (
                "a text that inflates to what is not UTF-8",
                1,
                |peer| {
                    agree(peer);
                    peer.frame(0xc1, b"\x00\x02\x00\xfd\xff\xff\xff\x00");
                    peer.is_told(1007);
                },
                COMPRESS_NEVER,
            ),
            (
                "a reference to the message before, which was promised not to be",
                1,
                |peer| {
                    peer.accept_with(
                        "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n",
                    );
                    peer.frame(0xc1, HELLO);
                    peer.frame(0xc1, AGAIN);
                    peer.is_told(1007);
                },
                "@compress no-context-takeover\n\n<- text never\n",
            ),
            (
                "a message that inflates to more than the limit",
                1,
                |peer| {
                    agree(peer);
                    peer.frame(0xc1, HELLO);
                    peer.is_told(1009);
                },
                "@compress\n@max-message 4B\n\n<- text never\n",
            ),
        ],
    );
}

#[test]
fn answers_that_do_not_fit_the_offer_are_refused() {
    snapshot(
        "peers_answer_compression_wrongly",
        &[
            (
                "nothing was offered",
                1,
                |peer| answer(peer, "permessage-deflate"),
                NEVER,
            ),
            (
                "another extension",
                1,
                |peer| answer(peer, "x-webkit-deflate-frame"),
                COMPRESS_NEVER,
            ),
            (
                "an unknown parameter",
                1,
                |peer| answer(peer, "permessage-deflate; level=9"),
                COMPRESS_NEVER,
            ),
            (
                "a repeated parameter",
                1,
                |peer| {
                    answer(
                        peer,
                        "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
                    );
                },
                COMPRESS_NEVER,
            ),
            (
                "bits out of range",
                1,
                |peer| answer(peer, "permessage-deflate; client_max_window_bits=16"),
                COMPRESS_NEVER,
            ),
            (
                "no promise of what was asked for",
                1,
                |peer| answer(peer, "permessage-deflate"),
                "@compress no-context-takeover\n\n<- text never\n",
            ),
        ],
    );
}

#[test]
fn what_is_compressed_as_agreed_passes() {
    snapshot(
        "peers_compress",
        &[
            (
                "fragments with a ping between, and a reference to the message before",
                1,
                |peer| {
                    agree(peer);
                    peer.frame(0x41, &HELLO[..3]);
                    peer.frame(0x89, b"mid");
                    peer.frame(0x80, &HELLO[3..]);
                    assert_eq!(peer.next(), Some((0x8a, b"mid".to_vec())), "a pong");
                    peer.frame(0xc1, AGAIN);
                    peer.frame(0x81, b"plain");
                    peer.part();
                },
                "@compress\n\n<- text Hello\n-- check $wire == 7 and $size == 5\n<- text Hello\n-- check $wire == 5\n\
                 <- text plain\n-- check $wire == 5",
            ),
            (
                "what the client sends refers to what it sent before, within the window that it was told",
                1,
                |peer| {
                    peer.accept_with(
                        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=8\r\n",
                    );
                    let first = peer.next().unwrap();
                    let second = peer.next().unwrap();
                    assert_eq!((first.0, second.0), (0xc1, 0xc1));
                    assert!(second.1.len() < first.1.len(), "{first:x?} {second:x?}");
                    assert_eq!(peer.next(), Some((0x81, b"ok".to_vec())), "not worth it");
                    peer.part();
                },
                "@compress\n\n-> text what is said once is not said twice\n-> text what is said once is not said twice\n\
                 -> text ok",
            ),
            (
                "a last block, behind which the message goes on",
                1,
                |peer| {
                    agree(peer);
                    peer.frame(0xc1, b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00");
                    peer.part();
                },
                "@compress\n\n<- text Hello",
            ),
            (
                "no answer to the offer",
                1,
                |peer| {
                    peer.accept();
                    peer.frame(0x81, b"hi");
                    peer.part();
                },
                "@compress\n\n<- text hi",
            ),
        ],
    );
}

/// What a server of ours answers to a request with these headers, and what it closes with after a frame.
fn served(option: &str, headers: &str, frame: &[u8]) -> (String, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let text =
        format!("```/wss-server deaf\nws://127.0.0.1:0/\n{option}\n-- on\n-> text heard\n```\n");
    std::fs::write(folder.path().join("a.md"), text).unwrap();
    let mut server = Command::new(env!("CARGO_BIN_EXE_voiden"))
        .args(["serve", "a.md"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = Vec::new();
    let mut out = server.stdout.take().unwrap();
    let mut byte = [0];
    while out.read_exact(&mut byte).is_ok() && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    let line = String::from_utf8(line).unwrap();
    let address = line.rsplit("ws://").next().unwrap().trim_end_matches('/');
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let mut said = Vec::new();
    if head.starts_with("HTTP/1.1 101") {
        let length = 0x80 | u8::try_from(frame.len() - 1).unwrap();
        // A mask of zeros.
        let sent = [&[frame[0], length, 0, 0, 0, 0], &frame[1..]].concat();
        stream.write_all(&sent).unwrap();
        let mut first = [0; 2];
        stream.read_exact(&mut first).unwrap();
        said = vec![0; usize::from(first[1])];
        stream.read_exact(&mut said).unwrap();
    }
    server.kill().unwrap();
    server.wait().unwrap();
    let extensions = head
        .lines()
        .find_map(|line| line.strip_prefix("Sec-WebSocket-Extensions: "));
    let status = head.split(' ').nth(1).unwrap_or_default();
    (format!("{status} {}", extensions.unwrap_or("none")), said)
}

/// The option, the headers, a frame; what is answered, and said to the frame.
type Case<'a> = (&'a str, &'a str, &'a [u8], &'a str, &'a [u8]);

#[test]
fn a_server_takes_what_it_can_and_closes_for_what_is_wrong() {
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    let several = "Sec-WebSocket-Extensions: x-foo, permessage-deflate; server_max_window_bits=16\r\n\
                   Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=\"10\"\r\n";
    let hello = &[&[0xc1], HELLO].concat()[..];
    let plain = b"\x81hi";
    let cases: [Case<'_>; 8] = [
        (
            "@compress",
            offer,
            hello,
            "101 permessage-deflate",
            b"heard",
        ),
        ("@compress", "", plain, "101 none", b"heard"),
        (
            "@compress",
            several,
            hello,
            "101 permessage-deflate; server_max_window_bits=10",
            b"heard",
        ),
        (
            "@compress",
            "Sec-WebSocket-Extensions: a b\r\n",
            plain,
            "400 none",
            b"",
        ),
        ("", offer, plain, "101 none", b"heard"),
        ("", offer, hello, "101 none", &1002_u16.to_be_bytes()),
        (
            "@compress",
            offer,
            b"\xc9hi",
            "101 permessage-deflate",
            &1002_u16.to_be_bytes(),
        ),
        (
            "@compress",
            offer,
            b"\xc1\xff\xff",
            "101 permessage-deflate",
            &1007_u16.to_be_bytes(),
        ),
    ];
    for (option, headers, frame, expected, said) in cases {
        let (answer, heard) = served(option, headers, frame);
        assert_eq!(answer, expected, "{option} {headers}");
        assert_eq!(heard, said, "{option} {headers} {frame:x?}");
    }
}
