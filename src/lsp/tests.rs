//! Sessions over streams in memory: what an editor says, and what it hears.

use std::io::{BufReader, PipeWriter, Write, pipe};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};

use super::transport::{self, RpcFrame};
use super::{Configure, serve};
use crate::runner::Settings;

const URI: &str = "file:///nowhere/at/all/a.md";

/// An editor at the other end of a session.
struct Editor {
    to: PipeWriter,
    from: Receiver<Value>,
    server: JoinHandle<u8>,
    id: u64,
    /// What came while something else was waited for.
    heard: Vec<Value>,
}

impl Editor {
    fn raw() -> Self {
        let (input, to) = pipe().unwrap();
        let (from, output) = pipe().unwrap();
        let configure: Configure = Box::new(|arguments| {
            if arguments.iter().any(|argument| argument == "--wrong") {
                return Err("there is no option `--wrong`".to_owned());
            }
            let variables = arguments.iter().filter_map(|argument| {
                let (name, value) = argument.strip_prefix("--var=")?.split_once('=')?;
                Some((name.to_owned(), value.to_owned()))
            });
            Ok(Settings {
                variables: variables.collect(),
                jobs: 1,
                ..Settings::default()
            })
        });
        let (heard, messages) = channel();
        thread::spawn(move || {
            let mut from = BufReader::new(from);
            while let Ok(Some(RpcFrame::Message(message))) = transport::read(&mut from) {
                if heard.send(message).is_err() {
                    break;
                }
            }
        });
        Self {
            to,
            from: messages,
            server: thread::spawn(move || serve(BufReader::new(input), output, configure)),
            id: 0,
            heard: Vec::new(),
        }
    }

    fn with(params: Value) -> Self {
        let mut editor = Self::raw();
        editor.ask("initialize", params).unwrap();
        editor.tell("initialized", json!({}));
        editor
    }

    fn new() -> Self {
        Self::with(json!({"capabilities": {
            "general": {"positionEncodings": ["utf-8", "utf-16"]},
            "workspace": {"applyEdit": true, "workspaceEdit": {"documentChanges": true}},
            "window": {"workDoneProgress": true},
            "textDocument": {
                "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
                "completion": {"completionItem": {"snippetSupport": true}},
            },
        }}))
    }

    fn say(&mut self, message: Value) {
        transport::write(&mut self.to, &message).unwrap();
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.say(json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn next(&mut self) -> Value {
        // A test that waits in vain fails instead.
        self.from.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    fn send(&mut self, method: &str, params: Value) -> u64 {
        self.id += 1;
        let id = self.id;
        self.say(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    fn answer_to(&mut self, id: u64) -> Result<Value, Value> {
        loop {
            let message = self.next();
            if message.get("method").is_none() && message["id"] == id {
                return match message.get("error") {
                    Some(error) => Err(error.clone()),
                    None => Ok(message["result"].clone()),
                };
            }
            self.heard.push(message);
        }
    }

    fn ask(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.send(method, params);
        self.answer_to(id)
    }

    /// The next message of a method.
    fn hear(&mut self, method: &str) -> Value {
        if let Some(at) = self
            .heard
            .iter()
            .position(|message| message["method"] == method)
        {
            return self.heard.remove(at);
        }
        loop {
            let message = self.next();
            if message["method"] == method {
                return message;
            }
            assert_eq!(message.get("error"), None, "{method} was waited for");
            self.heard.push(message);
        }
    }

    /// Opens a document, and gives what is wrong in it.
    fn open(&mut self, text: &str) -> Value {
        let document = json!({"uri": URI, "languageId": "markdown", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
        self.hear("textDocument/publishDiagnostics")["params"]["diagnostics"].clone()
    }

    fn change(&mut self, version: i64, changes: Value) {
        let document = json!({"uri": URI, "version": version});
        let params = json!({"textDocument": document, "contentChanges": changes});
        self.tell("textDocument/didChange", params);
    }

    /// Asks about a place of the document.
    fn at(&mut self, method: &str, line: usize, character: usize) -> Value {
        let params = json!({
            "textDocument": {"uri": URI},
            "position": {"line": line, "character": character},
        });
        self.ask(method, params).unwrap()
    }

    fn end(mut self) -> u8 {
        self.ask("shutdown", Value::Null).unwrap();
        self.tell("exit", Value::Null);
        self.server.join().unwrap()
    }
}

/// A text without its bar, and the line and byte where that was.
fn cut(text: &str) -> (String, usize, usize) {
    let at = text.find('¦').unwrap();
    let before = text.get(..at).unwrap();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.matches('\n').count();
    (text.replacen('¦', "", 1), line, at - start)
}

/// A text after edits of the protocol, in bytes.
fn edited(text: &str, edits: &Value) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let offset = |place: &Value| {
        let line = usize::try_from(place["line"].as_u64().unwrap()).unwrap();
        let column = usize::try_from(place["character"].as_u64().unwrap()).unwrap();
        lines
            .iter()
            .take(line)
            .map(|line| line.len())
            .sum::<usize>()
            + column
    };
    let edits = edits.as_array().unwrap().iter();
    let mut edits: Vec<_> = edits
        .map(|edit| {
            let range = &edit["range"];
            let text = edit["newText"].as_str().unwrap();
            (offset(&range["start"]), offset(&range["end"]), text)
        })
        .collect();
    edits.sort_unstable();
    let mut text = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        text.replace_range(start..end, new);
    }
    text
}

const ECHO: &str = "```/wss-server echo\nws://127.0.0.1:0/\n\n-- on\n-> {{$message}}\n```\n\n";

#[test]
fn a_session_begins_and_ends_as_the_protocol_asks() {
    let mut editor = Editor::raw();
    assert_eq!(
        editor.ask("textDocument/hover", json!({})).unwrap_err()["code"],
        -32002
    );
    editor.tell(
        "textDocument/didOpen",
        json!({"textDocument": {"uri": "x", "text": "```/wss\n```"}}),
    );
    let able = editor
        .ask("initialize", json!({"capabilities": {}}))
        .unwrap();
    assert_eq!(able["capabilities"]["positionEncoding"], "utf-16");
    assert_eq!(able["serverInfo"]["name"], "voiden");
    assert_eq!(
        editor.ask("initialize", json!({})).unwrap_err()["code"],
        -32600
    );
    assert_eq!(
        editor.ask("no/such", json!({})).unwrap_err()["code"],
        -32601
    );
    assert_eq!(
        editor.ask("textDocument/hover", json!({})).unwrap_err()["code"],
        -32602
    );
    editor.tell("no/such", json!({}));
    editor.ask("shutdown", Value::Null).unwrap();
    assert_eq!(
        editor.ask("textDocument/hover", json!({})).unwrap_err()["code"],
        -32600
    );
    editor.tell("exit", Value::Null);
    assert_eq!(editor.server.join().unwrap(), 0);

    let mut editor = Editor::new();
    editor.tell("exit", Value::Null);
    assert_eq!(editor.server.join().unwrap(), 1);
    let editor = Editor::new();
    drop((editor.to, editor.from));
    assert_eq!(editor.server.join().unwrap(), 1);
}

#[test]
fn what_is_malformed_is_answered_and_the_session_goes_on() {
    let mut editor = Editor::new();
    for (bytes, code) in [
        ("Content-Length: 2\r\n\r\n{]", -32700),
        ("Content-Length: 2\r\n\r\n[]", -32600),
        ("Content-Length: 4\r\n\r\nnull", -32600),
        ("Content-Length: 13\r\n\r\n{\"method\": 1}", -32600),
        ("Content-Length: x\r\n\r\n", -32700),
        ("no header\r\n\r\n", -32700),
    ] {
        editor.to.write_all(bytes.as_bytes()).unwrap();
        let answer = editor.next();
        assert_eq!(answer["error"]["code"], code, "{bytes}");
        assert_eq!(answer["id"], Value::Null, "{bytes}");
    }
    for params in [
        json!(1),
        json!({"textDocument": []}),
        json!({"contentChanges": 1}),
    ] {
        for method in ["didOpen", "didChange", "didClose", "didSave"] {
            editor.tell(&format!("textDocument/{method}"), params.clone());
        }
    }
    editor.say(json!({"jsonrpc": "2.0", "id": "a", "method": "workspace/executeCommand"}));
    while editor.next()["id"] != "a" {}
    assert_eq!(editor.end(), 0);
}

#[test]
fn what_is_taken_back_before_its_turn_is_refused() {
    let mut editor = Editor::new();
    // One write, so that all is there when the first is read.
    let mut bytes = Vec::new();
    let document =
        json!({"uri": URI, "languageId": "markdown", "version": 1, "text": ECHO.repeat(200)});
    for message in [
        json!({"method": "textDocument/didOpen", "params": {"textDocument": document}}),
        json!({"id": 70, "method": "textDocument/codeLens", "params": {"textDocument": {"uri": URI}}}),
        json!({"id": 71, "method": "textDocument/codeLens", "params": {"textDocument": {"uri": URI}}}),
        json!({"method": "$/cancelRequest", "params": {"id": 71}}),
    ] {
        transport::write(&mut bytes, &message).unwrap();
    }
    editor.to.write_all(&bytes).unwrap();
    assert_eq!(editor.answer_to(71).unwrap_err()["code"], -32800);
    assert_eq!(editor.end(), 0);
}

#[test]
fn what_is_wrong_is_published_as_one_types_and_mended_by_its_fix() {
    let mut editor = Editor::new();
    let text = "# Ü\n\n```js\n@timout\n```\n\n```/wss A\nws://127.0.0.1:1/\n@timout 3s\n\n-> text é {{$uid}}\n```\n";
    let told = editor.open(text);
    assert_eq!(
        told[0],
        json!({
            "range": {"start": {"line": 8, "character": 0}, "end": {"line": 8, "character": 7}},
            "severity": 1,
            "source": "voiden",
            "message": "there is no option `@timout`\ndid you mean `@timeout`?",
        })
    );
    assert_eq!(told.as_array().unwrap().len(), 2);
    let range = told[0]["range"].clone();
    let params =
        json!({"textDocument": {"uri": URI}, "range": range, "context": {"diagnostics": told}});
    let actions = editor.ask("textDocument/codeAction", params).unwrap();
    assert_eq!(actions[0]["title"], "Write `@timeout` instead of `@timout`");
    assert_eq!(actions[0]["isPreferred"], true);
    let change = &actions[0]["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"]["version"], 1);
    let fixed = edited(text, &change["edits"]);
    editor.change(2, json!([{"text": fixed}]));
    let told = editor.hear("textDocument/publishDiagnostics")["params"].clone();
    assert_eq!(told["version"], 2);
    assert_eq!(told["diagnostics"].as_array().unwrap().len(), 1);
    // The rest of it is mended by a change of a range.
    let range =
        json!({"start": {"line": 10, "character": 11}, "end": {"line": 10, "character": 19}});
    editor.change(3, json!([{"range": range, "text": "!"}]));
    let told = editor.hear("textDocument/publishDiagnostics")["params"].clone();
    assert_eq!(told["diagnostics"], json!([]));
    editor.tell(
        "textDocument/didClose",
        json!({"textDocument": {"uri": URI}}),
    );
    assert_eq!(editor.end(), 0);
}

#[test]
fn it_is_silent_outside_of_our_fences() {
    let mut editor = Editor::new();
    let text = "---\ntitle: {{x}}\n---\n\n# {{$uid}}\n\n-> hello\n\n```js\n@timout 3s\n```\n";
    assert_eq!(editor.open(text), json!([]));
    for (line, character) in [(1, 8), (4, 5), (6, 2), (9, 3)] {
        assert_eq!(
            editor.at("textDocument/hover", line, character),
            Value::Null
        );
        assert_eq!(
            editor.at("textDocument/completion", line, character),
            json!([])
        );
    }
    let params = json!({"textDocument": {"uri": URI}});
    for (method, nothing) in [
        ("codeLens", json!([])),
        ("documentSymbol", json!([])),
        ("foldingRange", json!([])),
        ("formatting", json!([])),
        ("semanticTokens/full", json!({"resultId": "1", "data": []})),
    ] {
        let answer = editor.ask(&format!("textDocument/{method}"), params.clone());
        assert_eq!(answer.unwrap(), nothing, "{method}");
    }
}

#[test]
fn what_could_be_written_follows_the_place() {
    for (text, some, none) in [
        ("/w¦\n", "/wss", "/http"),
        ("```/wss A\n¦\n```\n", "@timeout", "-> HTTP"),
        ("```/wss A\nws://a/\n@ti¦\n```\n", "@timeout", "@linger"),
        (
            "```/wss-server a\nws://a/\n@¦\n```\n",
            "@max-clients",
            "@retry",
        ),
        ("```/wss A\nws://a/\n@log ¦\n```\n", "matched", "timeout"),
        ("```/wss A\nws://a/\n\n-> ¦\n```\n", "close", "drop"),
        ("```/wss A\nws://a/\n\n<- js¦\n```\n", "json", "text"),
        (
            "```/wss A\nws://a/\n\n-- ¦\n```\n",
            "-- wait",
            "-- on connect",
        ),
        ("```/wss A\nws://a/\n\n<- binary ¦\n```\n", "hex", "json"),
        (
            "```/wss A\nws://a/\n\n<- json\n-- save id = .id\n-- check $i¦\n```\n",
            "$id",
            "$size",
        ),
        (
            "```/wss A\nws://a/\n\n<- json\n-- check .a | gu¦\n```\n",
            "gunzip",
            "gzip",
        ),
        (
            "```/wss A\nws://a/\n@clients alice, bob\n\na¦\n```\n",
            "alice",
            "bob",
        ),
        (
            "```/wss-server chat\nws://a/\n```\n\n```/wss A\n{{ch¦\n```\n",
            "{{chat.url}}",
            "{{$any}}",
        ),
        (
            "---\nvoiden:\n  vars:\n    USER: ann\n---\n```/wss A\nws://a/{{¦}}\n```\n",
            "{{USER}}",
            "{{NONE}}",
        ),
        ("---\nvoiden:\n  ti¦\n---\n", "timeout", "secrets"),
        ("```/w¦\n", "/wss-server", "/http"),
    ] {
        let (plain, line, column) = cut(text);
        let mut editor = Editor::new();
        editor.open(&plain);
        let answer = editor.at("textDocument/completion", line, column);
        let items = answer["items"].as_array().cloned().unwrap_or_default();
        let labels: Vec<&str> = items
            .iter()
            .map(|item| item["label"].as_str().unwrap())
            .collect();
        assert!(labels.contains(&some), "{text}\n{labels:?}");
        assert!(!labels.contains(&none), "{text}\n{labels:?}");
    }
}

#[test]
fn a_block_that_is_completed_parses() {
    for snippets in [true, false] {
        let mut editor = Editor::with(json!({"capabilities": {
            "general": {"positionEncodings": ["utf-8"]},
            "textDocument": {"completion": {"completionItem": {"snippetSupport": snippets}}},
        }}));
        let text = "> /wss";
        editor.open(text);
        let answer = editor.at("textDocument/completion", 0, text.len());
        for item in answer["items"].as_array().unwrap() {
            assert_eq!(item["insertTextFormat"], if snippets { 2 } else { 1 });
            let block = edited(text, &json!([item["textEdit"]]));
            if snippets {
                assert!(block.contains("${1:"), "{block}");
                continue;
            }
            editor.change(2, json!([{"text": block}]));
            let told = editor.hear("textDocument/publishDiagnostics");
            assert_eq!(told["params"]["diagnostics"], json!([]), "{block}");
            editor.change(3, json!([{"text": text}]));
            editor.hear("textDocument/publishDiagnostics");
        }
    }
}

#[test]
fn hover_tells_what_the_reference_does() {
    let text = "---\nvoiden:\n  vars:\n    USER: ann\n---\n\n```/wss A\nws://a/{{USER}}\n@linger 1s\n\n-> json {\"a\": {{$uuid as id}}}\n<- json\n-- check .a == $id\n```\n";
    let mut editor = Editor::new();
    editor.open(text);
    for (line, column, some) in [
        (7, 10, "Its value comes from"),
        (8, 3, "after the last step"),
        (10, 0, "Sends a message"),
        (10, 4, "`json`"),
        (10, 17, "a random UUID"),
        (12, 4, "Asserts something"),
        (12, 17, "Defined in line 11"),
    ] {
        let told = editor.at("textDocument/hover", line, column);
        let told = told["contents"]["value"].as_str().unwrap_or_default();
        assert!(told.contains(some), "{line}:{column} {told}");
    }
}

#[test]
fn names_are_found_and_renamed_everywhere_and_never_onto_another() {
    let text = "---\nvoiden:\n  vars:\n    USER: ann\n---\n\n```/wss-server chat\nws://127.0.0.1:0/\n-- on\n-> {{$message}}\n```\n\n```/wss A\n{{chat.url}}\n@clients alice, bob\n\nalice -> json {\"a\": \"{{$uuid as id}}\", \"u\": \"{{USER}}\"}\nalice <- json\n-- check .a == $id\nbob -- drop\n```\n";
    let mut editor = Editor::new();
    assert_eq!(editor.open(text), json!([]));
    for (line, column, count, new, taken) in [
        (18, 16, 2, "other", "USER"),
        (3, 5, 2, "NAME", "id"),
        (13, 4, 2, "room", ""),
        (16, 1, 3, "carol", "bob"),
    ] {
        let places = editor.at("textDocument/definition", line, column);
        assert_eq!(places.as_array().unwrap().len(), 1, "{line}");
        let params = json!({
            "textDocument": {"uri": URI},
            "position": {"line": line, "character": column},
            "context": {"includeDeclaration": true},
        });
        let places = editor.ask("textDocument/references", params).unwrap();
        assert_eq!(places.as_array().unwrap().len(), count, "{line}");
        let mut rename = |new: &str| {
            let params = json!({
                "textDocument": {"uri": URI},
                "position": {"line": line, "character": column},
                "newName": new,
            });
            editor.ask("textDocument/rename", params)
        };
        for wrong in [taken, "", "a b", "{{"] {
            assert_eq!(rename(wrong).unwrap_err()["code"], -32803, "{line} {wrong}");
        }
        let edit = rename(new).unwrap();
        let edits = &edit["documentChanges"][0]["edits"];
        assert_eq!(edits.as_array().unwrap().len(), count);
        let renamed = edited(text, edits);
        editor.change(2, json!([{"text": renamed}]));
        let told = editor.hear("textDocument/publishDiagnostics");
        assert_eq!(told["params"]["diagnostics"], json!([]), "{renamed}");
        editor.change(3, json!([{"text": text}]));
        editor.hear("textDocument/publishDiagnostics");
    }
    let none = editor.at("textDocument/prepareRename", 8, 0);
    assert_eq!(none, Value::Null);
}

#[test]
fn the_outline_folds_lenses_and_paint_are_of_blocks() {
    let text = format!("{ECHO}```/wss A\n{{{{echo.url}}}}\n\n-> text é\n```\n");
    let mut editor = Editor::new();
    editor.open(&text);
    let params = json!({"textDocument": {"uri": URI}});
    let symbols = editor
        .ask("textDocument/documentSymbol", params.clone())
        .unwrap();
    assert_eq!(symbols[0]["name"], "echo");
    assert_eq!(symbols[1]["children"][0]["name"], "-> text é");
    let folds = editor
        .ask("textDocument/foldingRange", params.clone())
        .unwrap();
    assert_eq!(
        folds[1],
        json!({"startLine": 7, "endLine": 11, "kind": "region"})
    );
    let lenses = editor.ask("textDocument/codeLens", params.clone()).unwrap();
    let titles: Vec<&str> = lenses
        .as_array()
        .unwrap()
        .iter()
        .map(|lens| lens["command"]["title"].as_str().unwrap())
        .collect();
    assert_eq!(titles, ["Serve", "Run all", "Run"]);
    assert_eq!(lenses[2]["command"]["arguments"], json!([URI, "A"]));
    let painted = editor
        .ask("textDocument/semanticTokens/full", params)
        .unwrap();
    let numbers = painted["data"].as_array().unwrap();
    assert_eq!(numbers.len() % 5, 0);
    let lines: u64 = numbers
        .iter()
        .step_by(5)
        .map(|line| line.as_u64().unwrap())
        .sum();
    assert_eq!(lines, 10);
}

#[test]
fn a_script_is_laid_out_as_fmt_does() {
    let text = "prose  \n\n```/wss A\nws://a/\n->   text hi\n```\n";
    let mut editor = Editor::new();
    editor.open(text);
    let params =
        json!({"textDocument": {"uri": URI}, "options": {"tabSize": 4, "insertSpaces": true}});
    let edits = editor.ask("textDocument/formatting", params).unwrap();
    assert_eq!(
        edited(text, &edits),
        "prose  \n\n```/wss A\nws://a/\n\n-> text hi\n```\n"
    );
}

/// Runs a command, and gives the request for the edit.
fn run(editor: &mut Editor, command: &str, arguments: Value) -> (u64, Value) {
    let params = json!({"command": command, "arguments": arguments});
    let id = editor.send("workspace/executeCommand", params);
    (id, editor.hear("workspace/applyEdit"))
}

#[test]
fn a_run_shows_how_far_it_is_and_its_transcript_is_an_edit() {
    let text = format!("{ECHO}```/wss A\n{{{{echo.url}}}}\n\n-> text hi\n<- text hi\n```\n");
    let mut editor = Editor::new();
    editor.open(&text);
    let (id, asked) = run(&mut editor, "voiden.run", json!([URI, "A"]));
    let change = &asked["params"]["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"], json!({"uri": URI, "version": 1}));
    let after = edited(&text, &change["edits"]);
    assert!(after.contains("```wss-log\n✓"), "{after}");
    editor.say(json!({"jsonrpc": "2.0", "id": asked["id"], "result": {"applied": true}}));
    let came = editor.answer_to(id).unwrap();
    assert_eq!(came["status"], 0);
    let outcomes: Vec<&str> = came["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| block["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["passed", "passed"]);
    let progress = editor.hear("$/progress");
    assert_eq!(progress["params"]["value"]["kind"], "begin");
    assert_eq!(progress["params"]["value"]["cancellable"], true);
    assert_eq!(editor.end(), 0);
}

#[test]
fn what_is_typed_while_a_block_runs_stays() {
    let text = format!("{ECHO}```/wss A\n{{{{echo.url}}}}\n\n-> text hi\n<- text hi\n```\n");
    let mut editor = Editor::new();
    editor.open(&text);
    let (_, asked) = run(&mut editor, "voiden.run", json!([URI, {"line": 9}]));
    // The editor has gone on meanwhile: it takes no edit of the old version.
    let typed = format!("typed\n\n{text}");
    let start = json!({"line": 0, "character": 0});
    let change = json!([{"range": {"start": start, "end": start}, "text": "typed\n\n"}]);
    editor.change(2, change);
    editor.say(json!({"jsonrpc": "2.0", "id": asked["id"], "result": {"applied": false}}));
    let asked = editor.hear("workspace/applyEdit");
    let change = &asked["params"]["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"]["version"], 2);
    let after = edited(&typed, &change["edits"]);
    assert!(after.starts_with("typed\n\n```/wss-server echo"), "{after}");
    assert!(after.contains("```\n\n```wss-log\n✓"), "{after}");
    assert_eq!(editor.end(), 0);
}

#[test]
fn a_failure_stands_at_its_step_until_its_block_is_edited() {
    let text =
        format!("{ECHO}```/wss A\n{{{{echo.url}}}}\n\n-> text a\n<- text b\n-- within 20ms\n```\n");
    let mut editor = Editor::new();
    editor.open(&text);
    let (id, asked) = run(&mut editor, "voiden.runAll", json!([URI]));
    editor.say(json!({"jsonrpc": "2.0", "id": asked["id"], "result": {"applied": true}}));
    assert_eq!(editor.answer_to(id).unwrap()["status"], 1);
    let told = editor.hear("textDocument/publishDiagnostics")["params"]["diagnostics"].clone();
    assert_eq!(
        told[0]["range"]["start"],
        json!({"line": 11, "character": 0})
    );
    editor.change(2, json!([{"text": format!("typed\n\n{text}")}]));
    let told = editor.hear("textDocument/publishDiagnostics")["params"]["diagnostics"].clone();
    assert_eq!(
        told[0]["range"]["start"],
        json!({"line": 13, "character": 0})
    );
    editor.change(3, json!([{"text": text.replace("20ms", "30ms")}]));
    let told = editor.hear("textDocument/publishDiagnostics")["params"]["diagnostics"].clone();
    assert_eq!(told, json!([]));
}

#[test]
fn what_waits_is_cancelled_and_what_serves_is_stopped() {
    let text = format!("{ECHO}```/wss A\n{{{{echo.url}}}}\n\n-- wait 1h\n```\n");
    for by_request in [true, false] {
        let mut editor = Editor::new();
        editor.open(&text);
        let params =
            json!({"command": "voiden.run", "arguments": [URI, "A"], "workDoneToken": "t"});
        let id = editor.send("workspace/executeCommand", params.clone());
        while editor.hear("$/progress")["params"]["value"]["message"] != "A runs" {}
        let again = editor.ask("workspace/executeCommand", params).unwrap_err();
        assert_eq!(again["message"], "it runs already");
        if by_request {
            editor.tell("$/cancelRequest", json!({"id": id}));
        } else {
            editor.tell("window/workDoneProgress/cancel", json!({"token": "t"}));
        }
        let came = editor.answer_to(id).unwrap();
        assert_ne!(came["blocks"][1]["outcome"], "passed");
    }
    let mut editor = Editor::new();
    editor.open(&text);
    let params = json!({"command": "voiden.serve", "arguments": [URI, "echo"]});
    editor.ask("workspace/executeCommand", params).unwrap();
    loop {
        let told = editor.hear("$/progress");
        let message = told["params"]["value"]["message"]
            .as_str()
            .unwrap_or_default();
        if message.starts_with("echo listens at ws://127.0.0.1:") {
            break;
        }
    }
    let lenses = editor.ask(
        "textDocument/codeLens",
        json!({"textDocument": {"uri": URI}}),
    );
    assert!(lenses.unwrap().to_string().contains("voiden.stop"));
    let params = json!({"command": "voiden.stop", "arguments": [URI]});
    editor.ask("workspace/executeCommand", params).unwrap();
    while editor.hear("$/progress")["params"]["value"]["kind"] != "end" {}
    assert_eq!(editor.end(), 0);
}

#[test]
fn options_come_from_the_client_too() {
    let text = "```/wss A\nws://127.0.0.1:1/{{USER}}\n```\n";
    let mut editor = Editor::with(json!({"initializationOptions": {"var": {"USER": "ann"}}}));
    assert_eq!(editor.open(text), json!([]));
    let settings = json!({"settings": {"voiden": {}}});
    editor.tell("workspace/didChangeConfiguration", settings);
    let told = editor.hear("textDocument/publishDiagnostics");
    assert_eq!(told["params"]["diagnostics"].as_array().unwrap().len(), 1);
    let mut editor = Editor::with(json!({"initializationOptions": {"wrong": true}}));
    let told = editor.hear("window/showMessage");
    assert_eq!(
        told["params"]["message"],
        "voiden's options: there is no option `--wrong`"
    );
}
