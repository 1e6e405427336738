//! An editor's session: whatever is typed and asked, each request is answered once and in its turn, and what is said of a
//! text that came in changes is what is said of it when it is opened at once.

use std::io::{BufReader, Cursor, Read, Write};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use voiden::Settings;
use voiden::lsp::serve;

const URI: &str = "file:///nowhere/at/all/a.md";
/// What is asked about the whole text.
const WHOLE: [&str; 6] = [
    "textDocument/semanticTokens/full",
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/formatting",
    "textDocument/codeLens",
    "textDocument/codeAction",
];
/// What is asked about a place in it.
const PLACED: [&str; 6] = [
    "textDocument/completion",
    "textDocument/hover",
    "textDocument/definition",
    "textDocument/references",
    "textDocument/prepareRename",
    "textDocument/rename",
];

/// The input is a text, and after lines `%%` others, each put in at some place of what is there then.
pub(crate) fn holds(input: &str) {
    let mut parts = input.split("\n%%\n");
    let text = parts.next().unwrap_or_default();
    let mut changed = lines(text);
    let mut typed = Session::opening(text);
    for (number, part) in parts.take(4).enumerate() {
        let line = (number * 7 + part.len()) % changed.len();
        typed.put(line, part);
        changed.splice(line..line, lines(part));
        typed.ask(line);
    }
    let typed = typed.end();
    let mut whole = Session::opening(&changed.join("\n"));
    whole.ask(0);
    let whole = whole.end();
    let told = |answers: &[Value]| {
        answers
            .iter()
            .rev()
            .take(WHOLE.len())
            .rev()
            .cloned()
            .collect::<Vec<_>>()
    };
    if typed.len() > 1 {
        assert_eq!(told(&typed), told(&whole));
    }
}

fn lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.split('\n').map(str::to_owned).collect()
}

/// What an editor says, one message after the other.
#[derive(Default)]
struct Session {
    said: Vec<u8>,
    version: u64,
    asked: u64,
}

impl Session {
    fn opening(text: &str) -> Self {
        let text = lines(text).join("\n");
        let mut session = Self::default();
        session.request("initialize", &json!({"capabilities": {}}));
        session.tell("initialized", &json!({}));
        session.tell(
            "textDocument/didOpen",
            &json!({"textDocument": {"uri": URI, "version": 0, "languageId": "markdown", "text": text}}),
        );
        session
    }

    fn put(&mut self, line: usize, text: &str) {
        self.version += 1;
        let place = json!({"line": line, "character": 0});
        let text = format!("{}\n", lines(text).join("\n"));
        let change = json!({"range": {"start": place, "end": place}, "text": text});
        let document = json!({"uri": URI, "version": self.version});
        self.tell(
            "textDocument/didChange",
            &json!({"textDocument": document, "contentChanges": [change]}),
        );
    }

    fn ask(&mut self, line: usize) {
        let place = json!({"line": line, "character": 4});
        let range =
            json!({"start": {"line": 0, "character": 0}, "end": {"line": 9_999, "character": 0}});
        let about = json!({
            "textDocument": {"uri": URI}, "position": place, "range": range, "newName": "other",
            "context": {"diagnostics": [], "includeDeclaration": true}, "options": {"tabSize": 4, "insertSpaces": true},
        });
        for method in PLACED.iter().chain(&WHOLE) {
            self.request(method, &about);
        }
    }

    fn request(&mut self, method: &str, params: &Value) {
        self.asked += 1;
        self.say(&json!({"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params}));
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.say(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn say(&mut self, message: &Value) {
        let body = message.to_string();
        write!(self.said, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("memory");
    }

    /// The answers, in turn.
    fn end(mut self) -> Vec<Value> {
        let asked = self.asked;
        self.request("shutdown", &Value::Null);
        self.tell("exit", &Value::Null);
        let heard = Heard::default();
        let configure = Box::new(|_: &[String]| Ok(Settings::default()));
        let status = serve(
            BufReader::new(Cursor::new(self.said)),
            heard.clone(),
            configure,
        );
        assert_eq!(status, 0);
        let mut answers = heard.messages();
        answers.retain(|message| message.get("method").is_none());
        let ids: Vec<u64> = answers
            .iter()
            .filter_map(|answer| answer["id"].as_u64())
            .collect();
        assert_eq!(ids, (1..=asked + 1).collect::<Vec<_>>());
        answers.pop();
        let mut results = Vec::new();
        for mut answer in answers {
            assert_ne!(answer["error"]["code"], -32603, "{answer}");
            results.push(answer["result"].take());
        }
        results
    }
}

/// What the server says.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("one thread writes").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Heard {
    fn messages(&self) -> Vec<Value> {
        let bytes = self.0.lock().expect("it has ended").clone();
        let mut rest = Cursor::new(bytes);
        let mut messages = Vec::new();
        loop {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                if rest.read(&mut byte).expect("memory") == 0 {
                    assert!(head.is_empty());
                    return messages;
                }
                head.push(byte[0]);
            }
            let head = String::from_utf8(head).expect("text");
            let length = head.trim().rsplit(' ').next().expect("a length");
            let mut body = vec![0; length.parse().expect("a number")];
            rest.read_exact(&mut body).expect("a whole message");
            messages.push(serde_json::from_slice(&body).expect("JSON"));
        }
    }
}
