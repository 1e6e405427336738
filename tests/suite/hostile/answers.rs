//! Hostile servers of plain HTTP: their answers never end, are huge once they are decoded, or would leave their line.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::peer::{head, listen};
use super::{assert_harmless, blocks, voiden, write};

/// Asks the server in an ordinary document; what was said, and the document as it is afterwards.
fn survives(name: &str, address: SocketAddr) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let before = format!(
        "# Ask\n\n```/http\nGET http://{address}/\n@deadline 3s\n@follow 3\n@cookies\n\n<- HTTP 200\n<- text done\n```\n\nAnd **then**:\n"
    );
    write(folder.path(), "a.md", &before);
    let began = Instant::now();
    let arguments = ["run", "a.md", "-v", "--log", "log", "--report", "json=json"];
    let said = voiden(folder.path(), &arguments);
    let took = began.elapsed();
    assert_eq!(said.status, 1, "{name}: {}", said.err);
    assert!(took < Duration::from_secs(30), "{name}: {took:?}");
    let after = fs::read_to_string(folder.path().join("a.md")).unwrap();
    assert!(after.contains("```wss-log\n"), "{name}: {after}");
    assert_eq!(blocks(&after), blocks(&before), "{name}");
    for text in [&after, &said.out, &said.err] {
        assert_harmless(text);
    }
    for written in ["log", "json"] {
        assert_harmless(&fs::read_to_string(folder.path().join(written)).unwrap());
    }
    (said.err, after)
}

/// Repeats bytes until the client has gone.
fn without_end(stream: &mut TcpStream, start: &str, again: &[u8]) -> io::Result<()> {
    head(stream)?;
    stream.write_all(start.as_bytes())?;
    loop {
        stream.write_all(again)?;
    }
}

#[test]
fn answers_without_end() {
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let cases: [(&str, &'static str, Vec<u8>, &str); 5] = [
        (
            "body",
            "HTTP/1.1 200 OK\r\n\r\n",
            vec![b'x'; 1 << 16],
            "@max-message",
        ),
        (
            "chunks",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            chunk.into_bytes(),
            "@max-message",
        ),
        (
            "head",
            "HTTP/1.1 200 OK\r\nX: ",
            vec![b'x'; 1 << 16],
            "longer than 64 KiB",
        ),
        (
            "interim answers",
            "",
            b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec(),
            "interim",
        ),
        (
            "trailers",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            b"X: y\r\n".repeat(1000),
            "too long",
        ),
    ];
    for (name, start, again, words) in cases {
        let server = listen(move |stream| without_end(stream, start, &again));
        let (said, _) = survives(name, server);
        assert!(said.contains(words), "{name}: {said}");
    }
}

#[test]
fn answers_that_are_huge_once_they_are_decoded() {
    let mut body = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..80 {
        body.write_all(&vec![0; 1 << 20]).unwrap();
    }
    let body = body.finish().unwrap();
    let server = listen(move |stream| {
        head(stream)?;
        let length = body.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(&[head.as_bytes(), &body].concat())
    });
    let (said, _) = survives("gzip", server);
    assert!(said.contains("@max-message"), "{said}");
}

#[test]
fn answers_that_drip() {
    let server = listen(|stream| {
        head(stream)?;
        stream.set_read_timeout(Some(Duration::from_millis(50)))?;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")?;
        loop {
            stream.write_all(b"x")?;
            // Nothing comes: the time between two bytes.
            let _ = stream.read(&mut [0]);
        }
    });
    let (said, _) = survives("drip", server);
    assert!(said.contains("@deadline"), "{said}");
}

#[test]
fn redirects_in_a_circle() {
    let server = listen(|stream| {
        head(stream)?;
        stream.write_all(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")
    });
    let (said, _) = survives("circle", server);
    assert!(
        said.contains("one more redirect than `@follow 3` allows"),
        "{said}"
    );
}

#[test]
fn answers_that_would_leave_their_line() {
    let server = listen(|stream| {
        head(stream)?;
        let body = "```\n\u{202e}\u{1b}[2J\r\n✓ 200 OK\n\u{2028}";
        let length = body.len();
        stream.write_all(
            format!("HTTP/1.1 404 \u{202e}No```\r\nX-A: \u{202e}```\u{2028}\r\nSet-Cookie: a=\u{202e}abcdefghijk\r\nContent-Length: {length}\r\n\r\n{body}").as_bytes(),
        )
    });
    let (_, after) = survives("line", server);
    assert!(after.contains("\\u202e"), "{after}");
}
