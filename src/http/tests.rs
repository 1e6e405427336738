//! Servers of a few lines, in memory.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::timeout;

use super::*;
use crate::format::deflate::{Coding, deflate};

const LIMIT: usize = 64;

fn get() -> HttpRequest {
    HttpRequest {
        method: "GET".to_owned(),
        url: "http://a.example/".to_owned(),
        headers: Vec::new(),
        cookies: None,
        body: None,
    }
}

/// Asks a server that answers so, and then closes.
async fn ask(request: &HttpRequest, answer: &[u8]) -> String {
    let (near, mut far) = duplex(1 << 20);
    far.write_all(answer).await.unwrap();
    far.shutdown().await.unwrap();
    let mut head = String::new();
    let answer = exchange(Box::new(near), request, LIMIT, |response| {
        head = format!("heard {}, ", response.status_line());
    });
    let told = match timeout(Duration::from_secs(5), answer).await {
        Ok(Ok((_, body))) => format!("body \"{}\"", body.escape_ascii()),
        Ok(Err(error)) => {
            let again = if error.transient {
                "transient"
            } else {
                "lasting"
            };
            let hint = error.hint.map(|hint| format!(" ({hint})"));
            format!("{again}: {}{}", error.reason, hint.unwrap_or_default())
        }
        Err(_) => "nothing".to_owned(),
    };
    format!("{head}{told}")
}

#[tokio::test(start_paused = true)]
async fn answers_are_whole_or_refused_with_a_sentence() {
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(70_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(101));
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n".repeat(17);
    let cases = [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nhi",
        "HTTP/1.0 200 OK\r\n\r\nto the end",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhi\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhiho\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "hello\r\n",
        "\x15\x03\x01\x00\x02\x02\x46",
        "",
        "HTTP/1.1 200 OK\r\nA",
        &long,
        &many,
        &interim,
    ];
    let mut lines = Vec::new();
    for case in cases {
        let shown: String = case.chars().take(90).collect();
        lines.push(format!(
            "{shown:?}\n  {}",
            ask(&get(), case.as_bytes()).await
        ));
    }
    let head = HttpRequest {
        method: "HEAD".to_owned(),
        ..get()
    };
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n";
    lines.push(format!("HEAD\n  {}", ask(&head, answer).await));
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn codings_are_taken_off_within_bounds() {
    let coded = |coding, text: &str| deflate(coding, text.as_bytes()).unwrap();
    let gzip = coded(Coding::Gzip, "hello");
    let twice = deflate(Coding::Zlib, &gzip).unwrap();
    let mut damaged = gzip.clone();
    let checksum = damaged.len() - 6;
    damaged[checksum] ^= 1;
    let cases = [
        ("gzip", gzip.clone()),
        ("X-GZIP", gzip.clone()),
        ("deflate", coded(Coding::Zlib, "hello")),
        ("deflate", coded(Coding::Deflate, "hello")),
        ("gzip, deflate", twice),
        ("br", b"hello".to_vec()),
        ("identity", b"hello".to_vec()),
        ("gzip", Vec::new()),
        ("gzip", gzip[..gzip.len() - 3].to_vec()),
        ("gzip", damaged),
        ("gzip", b"hello".to_vec()),
        (
            "gzip",
            coded(Coding::Gzip, &"x".repeat(1_000_000))[..LIMIT.min(60)].to_vec(),
        ),
        ("gzip", coded(Coding::Gzip, &"x".repeat(100))),
    ];
    let mut lines = Vec::new();
    for (coding, body) in cases {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let answer = [head.as_bytes(), &body].concat();
        lines.push(format!("{coding}: {}", ask(&get(), &answer).await));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

/// Reads the head of a request.
async fn asked(far: &mut DuplexStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(far.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_read_while_the_request_is_still_being_sent() {
    let (near, mut far) = duplex(1 << 10);
    let request = HttpRequest {
        method: "POST".to_owned(),
        body: Some(HttpBody {
            bytes: vec![b'x'; 1 << 20].into(),
            content_type: "text/plain",
        }),
        ..get()
    };
    let server = async {
        let head = asked(&mut far).await;
        assert!(head.contains("Content-Length: 1048576\r\n"), "{head}");
        let answer = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno";
        far.write_all(answer).await.unwrap();
        // Nothing more is read.
        std::future::pending::<()>().await;
    };
    let answer = exchange(Box::new(near), &request, LIMIT, |_| {});
    let answer = tokio::select! {
        answer = answer => answer,
        () = server => unreachable!(),
    };
    let (response, body) = answer.unwrap();
    assert_eq!((response.status, &*body), (413, b"no".as_slice()));
}

/// Parts of answers, right and wrong.
const PIECES: &[&str] = &[
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 103 \r\n\r\n",
    "HTTP/1.0 204\r\n",
    "Content-Length: 3\r\n",
    "Content-Length: 4\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Content-Encoding: gzip\r\n",
    "\r\n",
    "3\r\nabc\r\n",
    "0\r\n\r\n",
    "abc",
    "\n",
    "\u{0}",
    "é",
];

proptest::proptest! {
    #[test]
    fn whatever_comes_is_an_answer_or_a_sentence(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 0..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let told = runtime.block_on(ask(&get(), pieces.concat().as_bytes()));
        proptest::prop_assert!(!told.ends_with("nothing") && !told.ends_with(": "), "{told}");
    }
}
