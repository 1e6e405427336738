//! `voiden open` answers who knows its tokens, tells no secret, bounds what it takes, and ends when interrupted. What a
//! browser makes of it is tested in `tests/page`.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const DOCUMENT: &str = "---\nvoiden:\n  vars: {PASSWORD: hunter2-and-more}\n  secrets: [PASSWORD]\n---\n\
    # One <b>hunter2-and-more</b>\n\n![in](in.png) ![out](../out.png)\n\n\
    ```/wss-server echo\nws://127.0.0.1:0/\n-- on text\n-> {{$message}}\n```\n\n\
    ```/wss A\n{{echo.url}}\n-> text {{PASSWORD}}\n<- text hunter2-and-more\n```\n\n\
    ```/wss B\n{{echo.url}}\n-> nonsense\n```\n";

/// The program with a page open, and what lets one in.
struct Opened {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
    token: String,
    cookie: String,
    second: String,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Opened {
    fn new() -> Self {
        Self::of(DOCUMENT)
    }

    fn of(document: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let documents = folder.path().join("docs");
        std::fs::create_dir(&documents).unwrap();
        std::fs::write(documents.join("a.md"), document).unwrap();
        std::fs::write(documents.join("in.png"), "inside").unwrap();
        std::fs::write(folder.path().join("out.png"), "outside").unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_voiden"))
            .args(["open", "--no-browser"])
            .arg(&documents)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut address).unwrap();
        let (place, token) = address.trim().split_once("/?token=").unwrap();
        let port = place.rsplit(':').next().unwrap().parse().unwrap();
        let mut opened = Self {
            child,
            folder,
            port,
            token: token.to_owned(),
            cookie: String::new(),
            second: String::new(),
        };
        let page = opened.get(&format!("/?token={token}"), &[]);
        assert_eq!(page.status, 200);
        let set = page.header("set-cookie");
        set.split(';')
            .next()
            .unwrap()
            .clone_into(&mut opened.cookie);
        let second = page.body.split("name=\"voiden-token\" content=\"").nth(1);
        let second = second.unwrap().split('"').next().unwrap();
        second.clone_into(&mut opened.second);
        opened
    }

    fn ask(&self, head: &str, body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        let length = body.len();
        let head = format!("{head}Connection: close\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        // A body that is too large is not read to its end.
        let _ = stream.write_all(body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        Answer {
            status: head
                .get(9..12)
                .and_then(|status| status.parse().ok())
                .unwrap_or(0),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    fn get(&self, path: &str, headers: &[&str]) -> Answer {
        let port = self.port;
        let mut head = format!("GET {path} HTTP/1.1\r\n");
        if !headers.iter().any(|header| header.starts_with("Host:")) {
            write!(head, "Host: 127.0.0.1:{port}\r\n").unwrap();
        }
        for header in headers {
            write!(head, "{header}\r\n").unwrap();
        }
        self.ask(&head, b"")
    }

    fn with_cookie(&self, path: &str) -> Answer {
        self.get(path, &[&format!("Cookie: {}", self.cookie)])
    }

    fn command(&self, name: &str, body: &Value) -> (u16, Value) {
        let Self {
            port,
            cookie,
            second,
            ..
        } = self;
        let head = format!(
            "POST /api/{name} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n\
             Cookie: {cookie}\r\nVoiden-Token: {second}\r\nContent-Type: application/json\r\n"
        );
        let answer = self.ask(&head, body.to_string().as_bytes());
        let value = serde_json::from_str(&answer.body).unwrap_or(Value::Null);
        (answer.status, value)
    }

    fn state(&self) -> Value {
        let (status, state) = self.command("state", &json!({}));
        assert_eq!(status, 200);
        state
    }

    /// The state once something holds of it.
    fn until(&self, holds: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let state = self.state();
            if holds(&state) {
                return state;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{state:#}");
        }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map_or("", |(_, value)| value)
    }
}

fn block<'a>(state: &'a Value, name: &str) -> &'a Value {
    let blocks = state["documents"][0]["blocks"].as_array().unwrap();
    blocks.iter().find(|block| block["name"] == name).unwrap()
}

#[test]
fn only_who_has_the_tokens_gets_an_answer() {
    let opened = Opened::new();
    let Opened {
        port,
        token,
        cookie,
        second,
        ..
    } = &opened;
    assert!(token.len() >= 20 && second.len() >= 20 && second != token);
    assert!(cookie.starts_with(&format!("voiden-{port}=")));
    let (cookies, seconds) = (
        format!("Cookie: {cookie}"),
        format!("Voiden-Token: {second}"),
    );
    let evil = format!("Host: evil.example:{port}");
    for (path, headers) in [
        ("/", vec![]),
        ("/?token=", vec![]),
        ("/?token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", vec![]),
        ("/assets/main.js", vec![]),
        ("/assets/page.css", vec!["Cookie: voiden=x"]),
        ("/picture?document=0&path=in.png", vec![]),
        ("/nowhere", vec![]),
        ("/", vec![&*cookies, &*evil]),
        ("/", vec![&*cookies, "Origin: http://evil.example"]),
        ("/", vec![&*cookies, "Sec-Fetch-Site: cross-site"]),
        ("/api/events", vec![&*cookies]),
        ("/api/events", vec![&*seconds]),
    ] {
        let answer = opened.get(path, &headers);
        assert_eq!(answer.status, 403, "{path} {headers:?}");
        assert!(!answer.body.contains(second.as_str()) && !answer.body.contains("hunter"));
    }
    // The cookie reaches other ports, and is not enough for the second token.
    let page = opened.with_cookie("/");
    assert_eq!(page.status, 200);
    assert!(!page.body.contains(second.as_str()));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(page.header(name), value);
    }
    let policy = page.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'));
    let set = opened.get(&format!("/?token={token}"), &[]);
    let set = set.header("set-cookie");
    assert!(
        set.contains("HttpOnly") && set.contains("SameSite=Strict"),
        "{set}"
    );
    assert_eq!(opened.with_cookie("/assets/main.js").status, 200);
    assert_eq!(opened.with_cookie("/assets/../Cargo.toml").status, 404);
    let get = opened.get("/api/run", &[&cookies, &seconds]);
    assert_eq!(get.status, 404);
}

#[test]
fn pictures_come_from_the_folders_that_were_named() {
    let opened = Opened::new();
    let inside = opened.with_cookie("/picture?document=0&path=in%2Epng");
    assert_eq!((inside.status, inside.body.as_str()), (200, "inside"));
    assert_eq!(inside.header("content-type"), "image/png");
    for path in [
        "..%2Fout.png",
        "%2Fetc%2Fpasswd",
        "a.md",
        "..%252Fout.png",
        "in.png%00",
        "",
    ] {
        let answer = opened.with_cookie(&format!("/picture?document=0&path={path}"));
        assert_eq!(answer.status, 404, "{path}");
    }
    assert_eq!(
        opened.with_cookie("/picture?document=7&path=in.png").status,
        404
    );
}

#[test]
fn what_is_asked_for_is_bounded_and_may_be_nonsense() {
    let opened = Opened::new();
    for (name, body, status) in [
        ("nothing", json!({}), 404),
        ("run", json!({}), 400),
        ("run", json!({"document": 9, "block": 1}), 409),
        ("run", json!({"document": 0, "block": 999}), 409),
        ("serve", json!({"document": -1, "block": "x"}), 400),
        ("check", json!({"document": 0, "block": 1}), 400),
        ("environment", json!({"name": "../x"}), 400),
        (
            "save",
            json!({"document": 0, "block": 1, "before": "x", "text": "y"}),
            409,
        ),
        ("run", json!("x".repeat(5 << 20)), 413),
    ] {
        let (found, _) = opened.command(name, &body);
        // A body that is too large may be cut off before the answer is read.
        assert!(
            found == status || (status == 413 && found == 0),
            "{name}: {found}"
        );
    }
    assert_eq!(
        std::fs::read_to_string(opened.folder.path().join("docs/a.md")).unwrap(),
        DOCUMENT
    );
}

#[test]
fn a_block_runs_beside_one_that_cannot_and_no_answer_holds_a_secret() {
    let opened = Opened::new();
    let state = opened.state();
    assert_eq!(block(&state, "A")["session"]["status"], "Disconnected");
    let text = state.to_string();
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.contains("&lt;b&gt;{{PASSWORD}}&lt;/b&gt;"), "{text}");
    let wrong = &block(&state, "B")["problems"][0];
    assert_eq!((&wrong["line"], &wrong["error"]), (&json!(2), &json!(true)));
    let (status, _) = opened.command("run-all", &json!({"document": 0}));
    assert_eq!(status, 200);
    let state = opened.until(|state| block(state, "A")["session"]["outcome"] == "passed");
    let rows = state["rows"].to_string();
    assert!(rows.contains("→ text  {{PASSWORD}}"), "{rows}");
    assert!(!state.to_string().contains("hunter2"), "{state}");
    opened.until(|state| !block(state, "A")["recorded"].as_array().unwrap().is_empty());
}

/// A document whose server wants this port.
fn fixed(port: u16) -> String {
    format!(
        "```/wss-server echo\nws://127.0.0.1:{port}/\n-- on text\n-> {{{{$message}}}}\n```\n\n\
         ```/wss A\n{{{{echo.url}}}}\n-> text a\n<- text a\n```\n\n\
         ```/wss B\n{{{{echo.url}}}}\n-> text b\n<- text b\n-- wait 300ms\n```\n\n\
         ```/wss Room\n{{{{echo.url}}}}\n@clients ann, bob\n\nann -> text c\nann <- text c\n```\n"
    )
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn a_fixed_port_is_had_by_one_at_a_time() {
    let opened = Opened::of(&fixed(free_port()));
    let of = |state: &Value, name: &str| json!({"document": 0, "block": block(state, name)["id"]});
    let state = opened.state();
    // Runs wait for each other, and for what the page serves.
    for (name, command) in [("echo", "serve"), ("B", "run"), ("A", "run")] {
        let (status, said) = opened.command(command, &of(&state, name));
        assert_eq!(status, 200, "{said}");
    }
    let is = |state: &Value, name: &str, outcome: &str| {
        let session = &block(state, name)["session"];
        assert_ne!(session["outcome"], "failed", "{session:#}");
        session["outcome"] == outcome
    };
    opened.until(|state| is(state, "A", "passed") && is(state, "B", "passed"));
    opened.until(|state| {
        let status = &block(state, "echo")["session"]["status"];
        status.as_str().unwrap().starts_with("Listening")
    });
    // A connection ends when it is told to, and says so to who wants its port.
    let (status, said) = opened.command("connect", &of(&state, "A"));
    assert_eq!(status, 200, "{said}");
    opened.until(|state| block(state, "A")["session"]["status"] == "Connected");
    for (name, command) in [("B", "run"), ("B", "connect")] {
        let (status, said) = opened.command(command, &of(&state, name));
        let said = said["error"].as_str().unwrap();
        assert_eq!(status, 409, "{said}");
        assert!(
            said.contains("`A`") && said.contains("disconnect it first"),
            "{said}"
        );
    }
    let (status, said) = opened.command("run-all", &json!({"document": 0}));
    assert_eq!(status, 409, "{said}");
    opened.command("disconnect", &of(&state, "A"));
    opened.until(|state| block(state, "A")["session"]["status"] == "Disconnected");
    let (status, said) = opened.command("run-all", &json!({"document": 0}));
    assert_eq!(status, 200, "{said}");
    opened.until(|state| is(state, "Room", "passed"));
}

#[test]
fn what_was_said_by_several_clients_is_added_with_their_names() {
    let opened = Opened::of(&fixed(0));
    let state = opened.state();
    let room = |fields: Value| {
        let mut command = json!({"document": 0, "block": block(&state, "Room")["id"]});
        let fields = fields.as_object().unwrap().clone();
        command.as_object_mut().unwrap().extend(fields);
        command
    };
    opened.command("connect", &room(json!({})));
    opened.until(|state| block(state, "Room")["session"]["status"] == "Connected");
    for (client, text) in [("bob", "from bob"), ("ann", "one"), ("ann", "two")] {
        let message = json!({"client": client, "format": "text", "text": text});
        let (status, said) = opened.command("send", &room(message));
        assert_eq!(status, 200, "{said}");
        opened.until(|state| {
            let came = format!("← text  {text}");
            state["rows"].to_string().contains(&came)
        });
    }
    let (status, said) = opened.command("add", &room(json!({})));
    assert_eq!(status, 200, "{said}");
    let state = opened.state();
    let script = block(&state, "Room")["script"].as_str().unwrap();
    let steps = "ann <- text c\n\nbob -> text from bob\n\nbob <- text from bob\n\nann -> text one\n\n\
                 ann <- text one\n\nann -> text two\n\nann <- text two\n";
    assert!(script.ends_with(steps), "{script}");
    opened.command("disconnect", &room(json!({})));
    opened.until(|state| block(state, "Room")["session"]["status"] == "Disconnected");
    opened.command("run", &room(json!({})));
    opened.until(|state| block(state, "Room")["session"]["outcome"] == "passed");
}

#[test]
fn a_run_of_everything_leaves_a_connection_alone() {
    let opened = Opened::of(&fixed(0));
    let state = opened.state();
    let a = json!({"document": 0, "block": block(&state, "A")["id"]});
    opened.command("connect", &a);
    opened.until(|state| block(state, "A")["session"]["status"] == "Connected");
    let (status, said) = opened.command("run-all", &json!({"document": 0}));
    assert_eq!(status, 200, "{said}");
    let state = opened.until(|state| block(state, "Room")["session"]["outcome"] == "passed");
    assert_eq!(block(&state, "B")["session"]["outcome"], "passed");
    assert_eq!(block(&state, "A")["session"]["status"], "Connected");
    opened.command("disconnect", &a);
    opened.until(|state| block(state, "A")["session"]["status"] == "Disconnected");
}

#[test]
fn an_edit_changes_its_block_alone_and_gives_hidden_lines_back() {
    let opened = Opened::new();
    let state = opened.state();
    let a = block(&state, "A");
    let before = a["script"].as_str().unwrap().to_owned();
    let text = before.replace("-> text", "-- note hello\n-> text");
    let edit =
        |text: &str| json!({"document": 0, "block": a["id"], "before": before, "text": text});
    let (status, checked) = opened.command("check", &edit(&text.replace("note", "nte")));
    assert_eq!(
        (status, &checked["problems"][0]["line"]),
        (200, &json!(2)),
        "{checked}"
    );
    let (status, saved) = opened.command("save", &edit(&text));
    assert_eq!(status, 200, "{saved}");
    let path = opened.folder.path().join("docs/a.md");
    let expected = DOCUMENT.replace(
        "-> text {{PASSWORD}}",
        "-- note hello\n-> text {{PASSWORD}}",
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
    // Another edit of what stood there before comes too late.
    let (status, late) = opened.command("save", &edit("ws://other/\n"));
    assert_eq!(status, 409, "{late}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_with_0() {
    let mut opened = Opened::new();
    let began = Instant::now();
    let id = rustix::process::Pid::from_child(&opened.child);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let status = opened.child.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(3));
}
