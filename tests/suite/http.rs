//! Requests over plain HTTP, to servers that say what they are told to say: right or wrong, over a socket. Whatever comes,
//! a block ends within its bounds with a sentence that names the cause.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

/// What a server sends on each connection, in order; `PORT` is its port.
type Answers = &'static [&'static [u8]];

/// A server that answers one connection after the other; the requests that it got.
struct Server {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&requests);
        thread::spawn(move || {
            for answer in answers {
                let Ok((mut stream, _)) = listener.accept() else {
                    return;
                };
                let request = request(&mut stream);
                told.lock().unwrap().push(request);
                let answer = replaced(&answer, port);
                let _ = stream.write_all(&answer);
                // One that says nothing, or not all, waits until the client has gone.
                if answer.is_empty() || answer.ends_with(b"...") {
                    let _ = stream.read(&mut [0]);
                }
                let _ = stream.shutdown(Shutdown::Write);
                // What is closed before all was read is reset.
                let _ = stream.read_to_end(&mut Vec::new());
            }
        });
        Self { port, requests }
    }
}

fn replaced(answer: &[u8], port: u16) -> Vec<u8> {
    match std::str::from_utf8(answer) {
        Ok(text) => text.replace("PORT", &port.to_string()).into_bytes(),
        Err(_) => answer.to_vec(),
    }
}

/// A request with its body, without what is the same in all.
fn request(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    stream.read_exact(&mut body).unwrap();
    let same = ["Host", "User-Agent", "Accept", "Connection"];
    let told = |line: &&str| {
        !same
            .iter()
            .any(|name| line.starts_with(&format!("{name}: ")))
    };
    let mut lines: Vec<_> = head.lines().filter(told).map(str::to_owned).collect();
    lines.retain(|line| !line.is_empty());
    if !body.is_empty() {
        lines.push(String::from_utf8(body).unwrap());
    }
    lines.join("\n")
}

fn voiden(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_voiden"))
        .args(["run", "-q", "--color", "never", "doc.md"])
        .args(arguments)
        .current_dir(folder)
        .env_remove("http_proxy")
        .env_remove("HTTP_PROXY")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), said)
}

/// Runs a document of blocks; what the server got, what was said, and the transcripts.
fn told(answers: &[&[u8]], blocks: &str) -> String {
    let server = Server::new(answers.iter().map(|answer| answer.to_vec()).collect());
    let port = server.port.to_string();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("doc.md");
    std::fs::write(&path, blocks.replace("PORT", &port)).unwrap();
    let (status, said) = voiden(folder.path(), &[]);
    let document = std::fs::read_to_string(&path).unwrap();
    let transcripts: Vec<_> = document
        .split("```wss-log\n")
        .skip(1)
        .map(|rest| rest.split("\n```").next().unwrap_or_default())
        .collect();
    let asked = server.requests.lock().unwrap().join("\n\n");
    let first = said.lines().next().unwrap_or_default();
    let told = format!(
        "{asked}\n\nexit {status} {first}\n\n{}\n",
        transcripts.join("\n\n")
    );
    timeless(&told).replace(&port, "PORT")
}

fn timeless(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, instead) in [
        (
            r" in [\d.]+ m?s · \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
            " in [time]",
        ),
        (r"\d\d:\d\d:\d\d\.\d{3}  ", ""),
    ] {
        let pattern = regex::Regex::new(pattern).unwrap();
        text = pattern.replace_all(&text, instead).into_owned();
    }
    text
}

/// A block with its fence.
fn block(lines: &str) -> String {
    format!("```/http Ask\n{lines}\n```\n")
}

fn snapshot(name: &str, cases: &'static [(&'static str, Answers, &'static str)]) {
    let running: Vec<_> = cases
        .iter()
        .map(|(_, answers, lines)| {
            let blocks = if lines.contains("```") {
                (*lines).to_owned()
            } else {
                block(lines)
            };
            thread::spawn(move || told(answers, &blocks))
        })
        .collect();
    let told: Vec<_> = cases
        .iter()
        .zip(running)
        .map(|((what, ..), running)| format!("# {what}\n{}", running.join().expect(what)))
        .collect();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, told.join("\n"));
    });
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

#[test]
fn a_request_and_its_answer_are_sent_judged_and_recorded() {
    snapshot(
        "http_requests",
        &[
            (
                "a login, and what it gave",
                &[
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 23\r\n\r\n{\"token\":\"abcdefghijk\"}",
                    OK,
                ],
                "```/http Log in\nPOST http://127.0.0.1:PORT/login\nX-Client: voiden\n\n-> json {\"user\": \"ann\"}\n<- HTTP 200\n-- check .headers[\"content-type\"] == \"application/json\"\n<- json {\"token\": \"{{$any as TOKEN}}\"}\n-- secret TOKEN\n```\n\n```/http Use it\nGET http://127.0.0.1:PORT/me\nAuthorization: Bearer {{TOKEN}}\n```\n",
            ),
            (
                "any 2xx will do",
                &[b"HTTP/1.1 204 No Content\r\n\r\n"],
                "DELETE http://127.0.0.1:PORT/x",
            ),
            (
                "no 2xx, and nothing is expected",
                &[b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nX: y\r\n\r\nno"],
                "GET http://127.0.0.1:PORT/",
            ),
            (
                "another status",
                &[OK],
                "GET http://127.0.0.1:PORT/\n\n<- HTTP 3xx",
            ),
            (
                "an expected failure, and its body",
                &[b"HTTP/1.1 422 Unprocessable\r\nContent-Length: 17\r\n\r\n{\"error\": \"name\"}"],
                "PUT http://127.0.0.1:PORT/\n\n-> text hello\n<- HTTP 4xx\n-- save code = .status\n<- json {\"error\": \"name\"}\n-- check $code == 422",
            ),
            (
                "another body",
                &[b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"a\": 100}"],
                "GET http://127.0.0.1:PORT/\n\n<- json {\"a\": 1}",
            ),
            (
                "no body",
                &[b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
                "GET http://127.0.0.1:PORT/\n\n<- json",
            ),
            (
                "bytes",
                &[b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\x00\xff"],
                "GET http://127.0.0.1:PORT/\n\n<- binary hex 00 ff",
            ),
            (
                "HEAD has no body",
                &[b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n"],
                "HEAD http://127.0.0.1:PORT/\n\n<- HTTP 200\n-- check .headers[\"content-length\"] == \"2000\"",
            ),
        ],
    );
}

#[test]
fn what_is_no_whole_answer_ends_in_a_sentence() {
    snapshot(
        "http_answers_that_are_wrong",
        &[
            (
                "silence",
                &[b""],
                "GET http://127.0.0.1:PORT/\n@timeout 200ms",
            ),
            (
                "a body that never ends",
                &[b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\na part ..."],
                "GET http://127.0.0.1:PORT/\n\n<- text\n-- within 200ms",
            ),
            (
                "the deadline",
                &[b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\na part ..."],
                "GET http://127.0.0.1:PORT/\n@deadline 200ms",
            ),
            (
                "a body that ends early",
                &[b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\na part"],
                "GET http://127.0.0.1:PORT/",
            ),
            (
                "wrong chunks",
                &[b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n0\r\n\r\n"],
                "GET http://127.0.0.1:PORT/",
            ),
            (
                "two lengths",
                &[b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
                "GET http://127.0.0.1:PORT/",
            ),
            (
                "a body that is too large",
                &[b"HTTP/1.1 200 OK\r\n\r\n01234567890123456789"],
                "GET http://127.0.0.1:PORT/\n@max-message 16B",
            ),
            (
                "another protocol",
                &[b"SSH-2.0-OpenSSH_9.6\r\n"],
                "GET http://127.0.0.1:PORT/",
            ),
            ("no answer", &[b"x"], "GET http://127.0.0.1:PORT/"),
        ],
    );
}

#[test]
fn a_head_of_ten_mebibytes_ends_in_a_sentence() {
    let head = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(10 << 20));
    let told = told(&[head.as_bytes()], &block("GET http://127.0.0.1:PORT/"));
    assert!(told.contains("it is longer than 64 KiB"), "{told}");
}

#[test]
fn redirects_are_followed_as_far_as_is_allowed() {
    snapshot(
        "http_redirects",
        &[
            (
                "none is followed unasked",
                &[b"HTTP/1.1 302 Found\r\nLocation: /two\r\nContent-Length: 0\r\n\r\n"],
                "GET http://127.0.0.1:PORT/one",
            ),
            (
                "a form that is answered elsewhere",
                &[
                    b"HTTP/1.1 303 See Other\r\nLocation: two?x#y\r\nContent-Length: 0\r\n\r\n",
                    OK,
                ],
                "POST http://127.0.0.1:PORT/a/one\nAuthorization: Bearer x\n@follow 1\n\n-> text hello\n<- text hi",
            ),
            (
                "another host gets no credentials, and the body",
                &[
                    b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://localhost:PORT/two\r\nContent-Length: 0\r\n\r\n",
                    OK,
                ],
                "POST http://127.0.0.1:PORT/one\nAuthorization: Bearer x\nX-Own: y\n@follow 1\n\n-> text hello",
            ),
            (
                "one more than allowed",
                &[
                    b"HTTP/1.1 302 Found\r\nLocation: /two\r\nContent-Length: 0\r\n\r\n",
                    b"HTTP/1.1 302 Found\r\nLocation: /three\r\nContent-Length: 0\r\n\r\n",
                ],
                "GET http://127.0.0.1:PORT/one\n@follow 1\n\n<- HTTP 302",
            ),
            (
                "a Unix socket",
                &[b"HTTP/1.1 302 Found\r\nLocation: http+unix:///var/run/docker.sock:/x\r\nContent-Length: 0\r\n\r\n"],
                "GET http://127.0.0.1:PORT/one\n@follow 1",
            ),
            (
                "a link-local address",
                &[b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n"],
                "GET http://127.0.0.1:PORT/one\n@follow 1",
            ),
        ],
    );
}

#[test]
fn what_must_not_be_sent_twice_is_not() {
    const BUSY: &[u8] = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
    snapshot(
        "http_retries",
        &[
            (
                "a job is polled until it is done",
                &[BUSY, b"x", OK],
                "GET http://127.0.0.1:PORT/\n@retry 5 every 1ms\n\n<- text hi",
            ),
            (
                "not with POST",
                &[BUSY, OK],
                "POST http://127.0.0.1:PORT/\n@retry 5 every 1ms\n\n-> text hello\n<- text hi",
            ),
            (
                "not what was not answered",
                &[b"x", OK],
                "PATCH http://127.0.0.1:PORT/\n@retry 5 every 1ms",
            ),
        ],
    );
}

#[test]
fn cookies_go_from_block_to_block() {
    snapshot(
        "http_cookies",
        &[(
            "a session",
            &[
                b"HTTP/1.1 200 OK\r\nSet-Cookie: session=abcdefghijk; Path=/; HttpOnly\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n",
                b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nabcdefghijk",
                OK,
                OK,
            ],
            "```/http One\nGET http://127.0.0.1:PORT/login\n@cookies\n```\n\n```/http Two\nGET http://127.0.0.1:PORT/x/y\n@cookies\nCookie: own=1\n\n<- text other\n```\n\n```/http Three\nGET http://127.0.0.1:PORT/\n```\n\n```/http Four\nGET http://localhost:PORT/\n@cookies\n```\n",
        )],
    );
}

#[test]
fn a_selection_takes_the_jar_from_the_blocks_before_it() {
    let server = Server::new(vec![
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n".to_vec(),
        OK.to_vec(),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let url = format!("http://127.0.0.1:{}", server.port);
    let document = format!(
        "---\nvoiden:\n  cookies: true\n---\n\n```/http Log in\nGET {url}/login\n```\n\n```/http Profile\nGET {url}/me\n```\n"
    );
    std::fs::write(folder.path().join("doc.md"), document).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_voiden"))
        .args(["run", "-q", "doc.md#Profile"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let asked = server.requests.lock().unwrap().clone();
    assert_eq!(
        asked,
        ["GET /login HTTP/1.1", "GET /me HTTP/1.1\nCookie: a=1"]
    );
}

#[test]
fn a_second_run_leaves_the_document_and_check_holds() {
    let answer = b"HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nhi".to_vec();
    let server = Server::new(vec![answer.clone(), answer.clone(), answer]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("doc.md");
    let lines = format!("GET http://127.0.0.1:{}/\n\n<- text hi", server.port);
    std::fs::write(&path, block(&lines)).unwrap();
    assert_eq!(voiden(folder.path(), &[]).0, 0);
    let first = std::fs::read_to_string(&path).unwrap();
    assert_eq!(voiden(folder.path(), &[]).0, 0);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), first);
    assert_eq!(voiden(folder.path(), &["--check"]).0, 0);
}

#[test]
fn headers_are_shown_to_who_asks_for_them() {
    let server = Server::new(vec![OK.to_vec(), OK.to_vec()]);
    let folder = tempfile::tempdir().unwrap();
    let lines = format!("GET http://127.0.0.1:{}/\nX-Own: y\n", server.port);
    std::fs::write(folder.path().join("doc.md"), block(&lines)).unwrap();
    let shown = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_voiden"))
            .args(["run", "doc.md", "--write", "never"])
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let plain = shown(&[]);
    assert!(
        !plain.contains("X-Own") && plain.contains("← HTTP 200 OK"),
        "{plain}"
    );
    let verbose = shown(&["-v"]);
    assert!(
        verbose.contains("→ X-Own: y") && verbose.contains("← Content-Length: 2"),
        "{verbose}"
    );
}

#[test]
fn a_secret_of_an_answer_that_fails_is_never_shown() {
    let told = told(
        &[b"HTTP/1.1 200 OK\r\nX-Token: headersecret\r\nContent-Length: 22\r\n\r\n{\"token\":\"bodysecret\"}"],
        &block(
            "GET http://127.0.0.1:PORT/\n\n<- HTTP 401\n-- save one = .headers[\"x-token\"]\n-- secret one\n-- save two = .body | fromjson | .token\n-- secret two",
        ),
    );
    assert!(told.contains("the answer is 200 OK, not 401"), "{told}");
    assert!(
        !told.contains("headersecret") && !told.contains("bodysecret"),
        "{told}"
    );
}

/// Each request of a redirect has the note, and none that is checked.
#[test]
fn a_server_that_nobody_vouches_for_is_noted() {
    let text = "```/wss-server safe\nwss://127.0.0.1:0/\n-- on GET /a\n-> HTTP 302\nLocation: /b\n-- on GET /b\n-> HTTP 200 text here\n```\n\n\
        ```/http Twice\nGET {{safe.http}}/a\n@insecure\n@follow 1\n<- text here\n```\n\n\
        ```/http Checked\nGET {{safe.http}}/b\n```\n";
    let outcome = voiden::run_text(text, &voiden::Settings::default());
    assert!(outcome.passed());
    let notes = outcome
        .text
        .matches("# the server's certificate is not checked (@insecure)");
    assert_eq!(notes.count(), 2, "{}", outcome.text);
}
