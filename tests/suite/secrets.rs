//! No byte that the program writes holds a secret, in whatever shape a peer echoes it: the binary is run with secrets
//! from every source against a peer that gives them all away, and every output is searched.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::{Digest, Sha1};
use tokio_tungstenite::tungstenite::WebSocket;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role};

/// Names and values: what each comes from is told by [`run`] and the documents.
const SECRETS: [(&str, &str); 6] = [
    ("plain", "Pl41n/\"q\"&<x> +é"),
    ("cli", "cL1-s3cr3t'=value"),
    ("API_KEY", "4p1k3y-0123456789"),
    ("authToken", "t0k3n.with\\slash"),
    ("CREDENTIALS", "cr3d~ü;and more"),
    ("got", "g0t-at-run<time>&\"so\""),
];

/// Typed into a URL, and nobody's value.
const PASSWORD: &str = "pa55w0rd-in-url";

const ENV_FILE: &str = r#"
plain='Pl41n/"q"&<x> +é'
API_KEY=4p1k3y-0123456789
authToken='t0k3n.with\slash'
CREDENTIALS="cr3d~ü;and more"
KEYBOARD=qwertz-visible
"#;

const DOCUMENT: &str = r#"---
voiden:
  secrets: [plain]
  vars: {user: ann}
  timeout: 500ms
---

# Every shape

```/wss
ws://127.0.0.1:PORT/all?key={{$uri API_KEY}}&raw={{authToken}}
Authorization: Bearer {{authToken}}
X-Credentials: {{$base64 CREDENTIALS}}
Cookie: a={{cli}}
@log-bytes 1MiB
@log-messages 2000

-> text login
<- json {"token": "{{$any as got}}"}
-- secret got
-> text {{plain}} {{cli}} {{API_KEY}} {{authToken}} {{CREDENTIALS}} {{got}} {{KEYBOARD}}
-> json {"a": "{{plain}}", "b": "{{authToken}}", "c": {{got}}}
-> xml <a b="{{plain}}">{{got}}</a>
-> binary "{{plain}}\u0000{{got}}"
-> text {{$base64 got}} {{$uri got}}
-> ping {{cli}}
-- note kept {{got}}
<- text that was all
-> close 4000 {{API_KEY}}
<- close
```

# A pattern that fails

```/wss
ws://127.0.0.1:PORT/all

-> text login
<- json {"token": "{{$any}} {{API_KEY}}"}
```

# A check that fails

```/wss
ws://127.0.0.1:PORT/all

-> text login
<- json {"token": "{{$any}}"}
-- check .token == $plain
```

# A message that is forbidden

```/wss
ws://127.0.0.1:PORT/all
@never {"token": "{{got}}"}

-> text login
-- wait 2s
```

# Refused

```/wss
ws://127.0.0.1:PORT/refuse?{{$uri plain}}
```

# A password in a URL

```/wss
ws://user:pa55w0rd-in-url@127.0.0.1:PORT/refuse
```

# An end with a reason

```/wss
ws://127.0.0.1:PORT/close

<- text never
```

# Nobody there

```/wss
ws://127.0.0.1:1/{{$uri got}}
X: {{cli}}
```
"#;

#[test]
fn no_output_holds_a_secret_in_any_shape() {
    let folder = tempfile::tempdir().unwrap();
    let document = folder.path().join("secrets.md");
    let port = peer();
    fs::write(folder.path().join(".env"), ENV_FILE).unwrap();
    fs::write(&document, DOCUMENT.replace("PORT", &port.to_string())).unwrap();

    let log = folder.path().join("log.ndjson");
    let log = log.to_str().unwrap();
    let ran = run(folder.path(), &["run", "-v", "--log", log, "secrets.md"]);
    let written = fs::read_to_string(&document).unwrap();
    let logged = fs::read_to_string(log).unwrap();
    assert_eq!(ran.status.code(), Some(1));
    // Without a refused block the password would not have travelled, without a passed one nothing would.
    assert_eq!(written.matches("\n✓ ").count(), 1, "{written}");
    assert_eq!(written.matches("Refused       403").count(), 2, "{written}");
    for (name, text) in [
        ("the document", &written),
        ("stdout", &string(&ran.stdout)),
        ("the log", &logged),
    ] {
        hides_all(name, text);
        assert!(text.contains("qwertz-visible"), "{name} hides too much");
        for (secret, _) in SECRETS {
            let shown = format!("{{{{{secret}}}}}");
            assert!(text.contains(&shown), "{name} does not show {shown}");
        }
    }
    hides_all("stderr", &string(&ran.stderr));
    assert!(written.contains("** ** **"), "a hex dump shows `**`");
    assert!(string(&ran.stdout).contains("user:***@127.0.0.1"));

    // Every line of the transcripts goes through the difference, too.
    let other = written.replace("← text ", "← txet ");
    fs::write(&document, other).unwrap();
    let checked = run(folder.path(), &["run", "--check", "secrets.md"]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(string(&checked.stdout).contains("\n-"));
    hides_all("the difference", &string(&checked.stdout));
    hides_all("stderr of --check", &string(&checked.stderr));
}

const CLEAR: &str = r#"# Typed in clear: 4p1k3y-0123456789

```/wss
ws://127.0.0.1:PORT/all?k=4p1k3y-0123456789
X-Key: cL1-s3cr3t'=value
@never {"token": "g0t-at-run<time>&\"so\"", "key": "{{API_KEY}}"}

-> text login
<- json {"token": "{{$any}}", "key": "4p1k3y-0123456789"}
```
"#;

#[test]
fn a_secret_typed_in_clear_is_warned_of_and_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let document = folder.path().join("clear.md");
    fs::write(folder.path().join(".env"), ENV_FILE).unwrap();
    fs::write(&document, CLEAR.replace("PORT", &peer().to_string())).unwrap();

    for arguments in [&["check", "clear.md"][..], &["run", "clear.md"]] {
        let ran = run(folder.path(), arguments);
        let told = string(&ran.stderr);
        for (line, name) in [(4, "API_KEY"), (5, "cli"), (9, "API_KEY")] {
            assert!(told.contains(&format!("clear.md:{line}:")), "{told}");
            assert!(told.contains(&format!("{{{{{name}}}}}")), "{told}");
        }
        assert!(told.contains("warning"), "{told}");
        for output in [&ran.stdout, &ran.stderr] {
            for (_, value) in &SECRETS[1..3] {
                assert!(!string(output).contains(value), "{}", string(output));
            }
        }
    }

    // An error at such a line draws it.
    let broken = fs::read_to_string(&document).unwrap().replace(
        "-> text login",
        "-> json {4p1k3y-0123456789}\n-> txt cL1-s3cr3t'=value",
    );
    fs::write(&document, broken).unwrap();
    let ran = run(folder.path(), &["run", "clear.md"]);
    assert_eq!(ran.status.code(), Some(2));
    let told = string(&ran.stderr);
    assert!(told.contains("clear.md:8:"), "{told}");
    for (_, value) in &SECRETS[1..3] {
        assert!(!told.contains(value), "{told}");
    }
}

const UNNAMED: &str = r#"# Credentials without a name

```/wss
ws://127.0.0.1:PORT/echo
authorization: Digest username="unn4med-user", response="unn4med-response"
Proxy-Authorization: Basic unn4med-proxy
COOKIE: a=unn4med-a; b=unn4med-b
X-Other: visible
```
"#;

#[test]
fn what_authorises_is_hidden_however_a_refusal_repeats_it() {
    let folder = tempfile::tempdir().unwrap();
    let document = folder.path().join("unnamed.md");
    let text = UNNAMED.replace("PORT", &peer().to_string());
    fs::write(&document, &text).unwrap();
    let ran = run(
        folder.path(),
        &[
            "run",
            "-v",
            "--log",
            "log",
            "--report",
            "json=report",
            "--report",
            "html=page",
            "unnamed.md",
        ],
    );
    assert_eq!(ran.status.code(), Some(1));
    let written = fs::read_to_string(&document).unwrap();
    let transcript = written.split_once("```wss-log").unwrap().1;
    let file = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    for (name, text) in [
        ("the document", transcript),
        ("stdout", &string(&ran.stdout)),
        ("stderr", &string(&ran.stderr)),
        ("the log", &file("log")),
        ("the report", &file("report")),
        ("the page", &file("page")),
    ] {
        assert!(!text.contains("unn4med"), "{name}: {text}");
    }
    assert!(
        transcript.contains("X-Other") && transcript.contains("***"),
        "{transcript}"
    );
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_voiden"));
    command.current_dir(folder).args(arguments);
    command.args(["--secret", "cli=cL1-s3cr3t'=value", "--color", "never"]);
    for name in ["http_proxy", "all_proxy", "ALL_PROXY"] {
        command.env_remove(name);
    }
    command.output().unwrap()
}

fn string(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Fails if a text holds any secret in any shape.
fn hides_all(name: &str, text: &str) {
    let typed = format!("ws://user:{PASSWORD}@");
    let text = text.replace(&typed, "");
    for (secret, value) in SECRETS {
        for shape in shapes(value) {
            assert!(!text.contains(&shape), "{name} holds {secret} as {shape}");
        }
        let hex: Vec<String> = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert!(!text.contains(&hex.join(" ")), "{name} dumps {secret}");
    }
    for shape in [
        PASSWORD.to_owned(),
        STANDARD.encode(format!("user:{PASSWORD}")),
    ] {
        assert!(!text.contains(&shape), "{name} holds {shape}");
    }
}

/// A value as a peer may write it.
fn shapes(value: &str) -> Vec<String> {
    let percent = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    let json = serde_json::to_string(value).unwrap();
    let json = json[1..json.len() - 1].to_owned();
    let xml = value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&apos;");
    let html = each(value, |c| format!("&#{};", c as u32));
    let hexed = each(value, |c| format!("&#x{:X};", c as u32));
    vec![
        value.to_owned(),
        small_digits(&percent),
        percent,
        json.replace('/', "\\/"),
        json,
        units(value),
        xml.replace("&apos;", "&#39;"),
        xml,
        html,
        hexed,
        STANDARD.encode(value),
        URL_SAFE_NO_PAD.encode(value),
        STANDARD.encode(format!("ann:{value}")),
        STANDARD.encode(format!("{{\"token\":\"{value}\"}}")),
        STANDARD.encode(STANDARD.encode(value)),
        STANDARD.encode(each(value, |c| format!("&#{};", c as u32))),
        STANDARD.encode(format!(
            "<a b=\"{}\"/>",
            value.replace('&', "&amp;").replace('"', "&quot;")
        )),
        URL_SAFE_NO_PAD.encode(format!("token={}&a=b", form(value))),
        STANDARD.encode(units(value)),
        hex(value),
        hex(value).to_uppercase(),
        STANDARD.encode(hex(value)),
    ]
}

fn units(value: &str) -> String {
    let units = value.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
    units.collect::<Vec<_>>().concat()
}

/// Only what has to be is encoded, and a blank is `+`.
fn form(value: &str) -> String {
    const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b' ')
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    utf8_percent_encode(value, PLAIN)
        .to_string()
        .replace(' ', "+")
}

fn hex(value: &str) -> String {
    let digits = value.bytes().map(|byte| format!("{byte:02x}"));
    digits.collect::<Vec<_>>().concat()
}

fn each(value: &str, write: impl Fn(char) -> String) -> String {
    value.chars().map(write).collect::<Vec<_>>().concat()
}

/// `%2F` as `%2f`.
fn small_digits(percent: &str) -> String {
    let mut parts = percent.split('%');
    let first = parts.next().unwrap().to_owned();
    let parts = parts.map(|part| {
        let (digits, rest) = part.split_at(2);
        digits.to_lowercase() + rest
    });
    std::iter::once(first)
        .chain(parts)
        .collect::<Vec<_>>()
        .join("%")
}

/// Answers on a free port until the test ends: `/refuse` with 403, others as [`tell_all`] does.
fn peer() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    port
}

fn answer(mut stream: TcpStream) {
    let Some(request) = head(&mut stream) else {
        return;
    };
    if request.starts_with("GET /echo") {
        let _ = stream.write_all(echo(&request).as_bytes());
        return;
    }
    if request.starts_with("GET /refuse") {
        let _ = stream.write_all(refusal(&request).as_bytes());
        return;
    }
    let key = request
        .lines()
        .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
    let key = format!("{}258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key.unwrap());
    let accept = STANDARD.encode(Sha1::digest(key));
    let switched = format!(
        "HTTP/1.1 101 {0}\r\nX-Key: {0}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n",
        SECRETS[2].1
    );
    let _ = stream.write_all(switched.as_bytes());
    let mut socket = WebSocket::from_raw_socket(stream, Role::Server, None);
    if request.starts_with("GET /close") {
        let reason = format!("{} {}", SECRETS[0].1, SECRETS[2].1);
        let frame = CloseFrame {
            code: CloseCode::from(4001),
            reason: reason.into(),
        };
        let _ = socket.close(Some(frame));
    } else if socket.read().is_ok() {
        let _ = tell_all(&mut socket);
    }
    while socket.read().is_ok() {}
}

/// The request up to its blank line.
fn head(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    let mut chunk = [0; 1];
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read(&mut chunk).ok()? == 0 {
            return None;
        }
        request.extend(chunk);
    }
    String::from_utf8(request).ok()
}

/// Secrets in the reason, the headers and the body, and what authorised as it came.
fn refusal(request: &str) -> String {
    let told = SECRETS.iter().flat_map(|(_, value)| shapes(value));
    let told: Vec<_> = told.chain([request.to_owned()]).collect();
    let body = told.join("\n");
    format!(
        "HTTP/1.1 403 Forbidden {0}\r\nX-Key: {0}\r\nSet-Cookie: s={1}\r\nContent-Length: {2}\r\n\r\n{body}",
        SECRETS[2].1,
        SECRETS[3].1,
        body.len()
    )
}

/// A number and a text are secrets, and come in MessagePack, in gzip, and in both.
const PACKED: &str = r#"
```/wss-server s
ws://127.0.0.1:0/

-- let closed = {pin: 12345678, word: "hunter2hunter2"} | tomsgpack
-- let zipped = $closed | gzip
-- let open = {pin: 1} | tomsgpack
-- let zipped_open = $open | gzip
-> binary {{closed}}
-> binary {{zipped}}
-> binary {{open}}
-> binary {{zipped_open}}
```

```/wss Decoded
{{s.url}}
@decode gzip, msgpack
<- msgpack {"word": {{$string}}}
-- times 2
<- msgpack {"pin": 1}
-- times 2
```

```/wss Matched
{{s.url}}
<- msgpack {"word": {{$string}}}
<- binary
<- msgpack {"pin": 1}
```
"#;

#[test]
fn the_log_has_the_bytes_of_what_was_packed_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let document = format!("---\nvoiden: {{secrets: [PIN, WORD]}}\n---\n{PACKED}");
    fs::write(folder.path().join("a.md"), document).unwrap();
    fs::write(
        folder.path().join(".env"),
        "PIN=12345678\nWORD=hunter2hunter2\n",
    )
    .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_voiden"))
        .args(["run", "a.md", "--log", "log"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    let zipped_open = |bytes: &[u8]| bytes.starts_with(&[0x1f, 0x8b]) && bytes.len() < 40;
    let mut raw: Vec<Vec<u8>> = Vec::new();
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let is_encoded = line["encoding"] == "base64";
        let encoded = [&line["raw"], &line["payload"]];
        for (at, text) in encoded.into_iter().enumerate() {
            let Some(text) = text.as_str().filter(|_| at == 0 || is_encoded) else {
                continue;
            };
            let bytes = STANDARD.decode(text).unwrap();
            let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
            assert!(!has(&[0xbc, 0x61, 0x4e]), "{line}");
            assert!(!has(b"hunter2"), "{line}");
            let is_zipped = bytes.starts_with(&[0x1f, 0x8b]);
            assert!(!is_zipped || zipped_open(&bytes), "{line}");
            raw.push(bytes);
        }
        assert!(!line.to_string().contains("12345678"), "{line}");
    }
    // What holds no secret is there, as it came: the map alone, and in gzip.
    let open = [0x81, 0xa3, b'p', b'i', b'n', 1];
    assert!(raw.iter().any(|bytes| bytes == &open), "{raw:02x?}");
    assert!(raw.iter().any(|bytes| zipped_open(bytes)), "{raw:02x?}");
}

/// The request as servers show it in the body of an error: on one line, folded, as JSON, and in a header.
fn echo(request: &str) -> String {
    let lines: Vec<&str> = request.lines().filter(|line| line.contains(": ")).collect();
    let members = lines.iter().filter_map(|line| line.split_once(": "));
    let object: serde_json::Map<String, serde_json::Value> = members
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    let body = [
        lines.join(" "),
        lines.iter().rev().copied().collect::<Vec<_>>().join(", "),
        request.replace(' ', "\r\n "),
        serde_json::to_string_pretty(&object).unwrap(),
        serde_json::json!({ "request": request, "headers": [object] }).to_string(),
    ]
    .join("\n\n");
    let echoed: String = lines.join("; ");
    format!(
        "HTTP/1.1 401 Unauthorized\r\nX-Echo: {echoed}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Gives every secret away, in every shape and kind of message.
fn tell_all(
    socket: &mut WebSocket<TcpStream>,
) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    let token = SECRETS[5].1;
    let login = serde_json::json!({ "token": token, "key": SECRETS[2].1 });
    socket.send(Message::text(login.to_string()))?;
    for (_, value) in SECRETS {
        for shape in shapes(value) {
            socket.send(Message::text(format!("it is {shape}!")))?;
            let json = serde_json::json!({ "deep": [{ "value": shape }], &shape: 1 });
            socket.send(Message::text(json.to_string()))?;
            socket.send(Message::binary(format!("\0{shape}\u{1}")))?;
            if shape.len() < 120 {
                socket.send(Message::Ping(shape.clone().into()))?;
            }
        }
        socket.send(Message::text(format!(
            "{{\"raw\":\"{}\"}}",
            shapes(value)[5]
        )))?;
        socket.send(Message::text(format!(
            "<a b=\"{0}\">{0}</a>",
            shapes(value)[7]
        )))?;
        socket.send(Message::text(format!(
            "<a b=\"{0}\">{0}</a>",
            shapes(value)[8]
        )))?;
    }
    socket.send(Message::text("qwertz-visible"))?;
    socket.send(Message::text("that was all"))
}
