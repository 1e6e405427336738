use std::fmt::Write as _;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::diagnostic::Diagnostic;
use crate::protocol::{Bytes, Close, Frame};
use crate::script::{Role, Value, parse};

const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl";

/// A recording that is told line by line: `> ` typed, `< ` received; a number before it is when, in milliseconds.
fn recorded(head: &str, lines: &str) -> Recording {
    let mut recording = Recording::new(head);
    let mut at = 0;
    let mut number = 0;
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (time, rest) = line.split_once(' ').unwrap();
        let line = match time.parse::<u64>() {
            Ok(time) => {
                at = time;
                rest
            }
            Err(_) => line,
        };
        let time = Duration::from_millis(at);
        match line.split_at(2) {
            ("> ", typed) => drop(recording.typed(time, typed)),
            ("< ", text) => {
                number += 1;
                recording.received(time, number, Frame::Text(text.into()));
            }
            ("= ", text) => drop(recording.sent(time, Frame::Text(text.into()))),
            _ => panic!("{line}"),
        }
    }
    recording
}

fn script(head: &str, lines: &str) -> String {
    let block = recorded(head, lines).block(RecordMode::Steps);
    assert_parses(&block.script);
    block.script
}

fn assert_parses(script: &str) {
    let parsed = parse(script, Role::Client, &[]);
    let wrong: Vec<_> = parsed
        .diagnostics
        .iter()
        .filter(|wrong| wrong.is_error())
        .map(|wrong: &Diagnostic| &wrong.message)
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}\n{script}");
}

#[test]
fn answers_are_expected_in_their_places() {
    let script = script(
        "ws://h/\nX-A: b",
        r#"
        0 < {"hello":"5f0c1e52-9b1c-4d3e-8a7f-0123456789ab","at":"2026-11-22T12:03:04Z"}
        10 > -> {"op":"sub"}
        20 < {"op":"subbed","feed":7}
        20 > -> text bye
        30 < bye {{x}}
        "#,
    );
    insta::assert_snapshot!(script, @r#"
    ws://h/
    X-A: b

    <- json {"hello": {{$uuid}}, "at": {{$datetime}}}

    -> {"op":"sub"}

    <- json {"op": "subbed", "feed": 7}

    -> text bye

    <- text "bye \{{x}}"
    "#);
}

#[test]
fn runs_are_one_expectation_and_feeds_are_logged_where_they_match() {
    let script = script(
        "ws://h/",
        r#"
        0 > -> {"op":"sub"}
        2000 < {"op":"tick","price":1.5,"side":"a"}
        4000 < {"op":"tick","price":2,"side":"b"}
        6000 < {"op":"tick","price":3,"side":"b"}
        "#,
    );
    insta::assert_snapshot!(script, @r#"
    ws://h/
    @log matched

    -> {"op":"sub"}

    <- json {"op": "tick", "price": {{$number}}, "side": {{$string}}}
    -- times 3
    -- within 15s
    "#);
}

#[test]
fn heartbeats_are_ignored_and_answered() {
    let script = script(
        "ws://h/",
        r#"
        0 = {"op":"sub"}
        10 < {"type":"ping","n":1}
        10 = {"type":"pong"}
        20 < {"op":"subbed"}
        30 < {"type":"ping","n":2}
        30 = {"type":"pong"}
        40 < heartbeat
        "#,
    );
    insta::assert_snapshot!(script, @r#"
    ws://h/
    @ignore json {"type": "ping"}
    @ignore json {"type": "pong"}
    @ignore text heartbeat

    -> json {"op":"sub"}

    <- json {"op": "subbed"}

    -- on json {"type": "ping"}
    -> json {"type":"pong"}
    "#);
}

#[test]
fn an_answer_to_a_ping_is_no_heartbeat() {
    let script = script("ws://h/", "0 > -> text ping\n1 < pong");
    assert!(script.ends_with("-> text ping\n\n<- text pong"), "{script}");
}

#[test]
fn secrets_become_names() {
    let lines = format!(
        r#"
        0 > -> {{"login":"ann","password":"hunter2"}}
        1 < {{"token":"{TOKEN}","expires_in":3600,"old":"hunter2"}}
        2 > -> {{"auth":"{TOKEN}","raw":"abc-def-ghi"}}
        3 < {{"ok":true,"you":"abc-def-ghi"}}
        "#
    );
    let recording = recorded(
        "wss://h/?api_key=k3y\nAuthorization: Bearer abc-def-ghi",
        &lines,
    );
    let block = recording.block(RecordMode::Steps);
    assert_parses(&block.script);
    insta::assert_snapshot!(block.script, @r#"
    wss://h/?api_key={{API_KEY}}
    Authorization: {{AUTHORIZATION}}
    @let AUTHORIZATION_TOKEN = $AUTHORIZATION | sub("^\\S+ +"; "")

    -> {"login":"ann","password":"{{PASSWORD}}"}

    <- json {"token": {{$any as token}}, "expires_in": 3600, "old": "{{PASSWORD}}"}
    -- secret token

    -> {"auth":"{{token}}","raw":"{{AUTHORIZATION_TOKEN}}"}

    <- json {"ok": true, "you": "{{AUTHORIZATION_TOKEN}}"}
    "#);
    assert_eq!(
        block.secrets,
        [
            "API_KEY",
            "AUTHORIZATION",
            "AUTHORIZATION_TOKEN",
            "PASSWORD"
        ]
    );
    let live: Vec<_> = recording.secrets(0).map(|(name, _)| name).collect();
    assert!(
        live.contains(&"PASSWORD") && live.contains(&"token"),
        "{live:?}"
    );
}

#[test]
fn names_and_kept_values_come_back_as_names() {
    let mut recording = Recording::new("ws://h/{{room}}");
    recording.variable("room", "lobby");
    recording.variable("unused", "x");
    recording.typed(
        Duration::ZERO,
        r#"-> {"join":"{{room}}","ref":"{{$uuid as ref}}"}"#,
    );
    recording.kept("ref", &Value::string("r-123-456"));
    let answer = r#"{"joined":"lobby","ref":"r-123-456","text":"in lobby now"}"#;
    recording.received(Duration::ZERO, 1, Frame::Text(answer.into()));
    let block = recording.block(RecordMode::Steps);
    assert!(
        block.script.ends_with(
            r#"<- json {"joined": "{{room}}", "ref": "{{ref}}", "text": "in {{room}} now"}"#
        ),
        "{}",
        block.script
    );
    assert_eq!(block.vars, [("room".to_owned(), "lobby".to_owned())]);
}

#[test]
fn a_value_that_came_and_is_sent_is_kept() {
    let script = script(
        "ws://h/",
        r#"
        0 < {"session":"lv8VI97HAXpY6yYWAAAB"}
        1 > -> {"resume":"lv8VI97HAXpY6yYWAAAB"}
        "#,
    );
    assert!(
        script.contains(r#"<- json {"session": {{$string as session}}}"#),
        "{script}"
    );
    assert!(
        script.contains(r#"-> {"resume":"{{session}}"}"#),
        "{script}"
    );
}

#[test]
fn sends_alone_are_recorded_where_that_is_asked() {
    let mut recording = recorded("ws://h/", "0 > -> text a\n1 < one\n2 < two");
    assert_eq!(
        recording.block(RecordMode::Sends).script,
        "ws://h/\n\n-> text a"
    );
    recording.expect(1);
    let block = recording.block(RecordMode::Sends);
    assert_eq!(block.script, "ws://h/\n\n-> text a\n\n<- text two");
    let undone = recording.undo();
    assert_eq!(undone, Some((Duration::ZERO, "-> text a".to_owned())));
    assert_eq!(recording.block(RecordMode::Steps).script, "ws://h/");
}

#[test]
fn typed_expectations_stand_where_they_matched() {
    let mut recording = recorded("ws://h/", "0 < one\n1 < two\n2 < three");
    let (_, step) = recording.typed(Duration::from_millis(3), "<- text t{{$any as rest}}");
    recording.matched(step, 2);
    recording.refine(3, "-- check $size > 1");
    let script = recording.block(RecordMode::Steps).script;
    insta::assert_snapshot!(script, @r"
    ws://h/

    <- text one

    <- text t{{$any as rest}}

    <- text three
    -- check $size > 1
    ");
}

#[test]
fn ends_are_expected_unless_they_are_ours() {
    let close = |code: u16, reason: &str| {
        let reason = reason.to_owned();
        Frame::Close(Some(Close { code, reason }))
    };
    let mut recording = Recording::new("ws://h/");
    recording.received(Duration::ZERO, 1, close(1001, "going away"));
    let theirs = recording.block(RecordMode::Steps).script;
    assert!(theirs.ends_with("<- close 1001 going away"), "{theirs}");
    let mut recording = Recording::new("ws://h/");
    recording.typed(Duration::ZERO, "-> close 1000");
    recording.received(Duration::ZERO, 1, close(1000, ""));
    let ours = recording.block(RecordMode::Steps).script;
    assert!(ours.ends_with("-> close 1000"), "{ours}");
}

#[test]
fn what_ended_before_a_reconnection_is_over() {
    let reason = "no".to_owned();
    let close = Frame::Close(Some(Close { code: 4000, reason }));
    let mut recording = Recording::new("ws://h/");
    recording.opened_by(None);
    recording.typed(Duration::ZERO, "-> close 1000");
    recording.received(Duration::ZERO, 1, close.clone());
    let once = recording.block(RecordMode::Steps).script;
    assert!(!once.contains("<- close"), "{once}");
    recording.typed(Duration::ZERO, "-- reconnect");
    recording.opened_by(None);
    recording.received(Duration::ZERO, 2, close);
    let twice = recording.block(RecordMode::Steps).script;
    assert!(twice.ends_with("<- close 4000 no"), "{twice}");
    // A session that is over is closed by nobody's step.
    let mut recording = Recording::new("ws://h/");
    recording.closing();
    recording.received(
        Duration::ZERO,
        1,
        Frame::Close(Some(Close {
            code: 1000,
            reason: "bye".to_owned(),
        })),
    );
    let over = recording.block(RecordMode::Steps).script;
    assert!(!over.contains("<- close"), "{over}");
}

#[test]
fn a_value_that_came_in_a_run_and_is_sent_is_kept() {
    let id = |number: u32| format!("5f0c1e52-9b1c-4d3e-8a7f-01234567890{number}");
    let lines = format!(
        "0 < {{\"id\":\"{}\"}}\n0 < {{\"id\":\"{}\"}}\n0 < {{\"id\":\"{}\"}}\n1 = {}\n",
        id(1),
        id(2),
        id(3),
        id(2)
    );
    insta::assert_snapshot!(script("ws://h/", &lines), @r#"
    ws://h/

    <- json {"id": {{$uuid}}}

    <- json {"id": {{$uuid as id}}}

    <- json {"id": {{$uuid}}}

    -> text {{id}}
    "#);
}

#[test]
fn every_message_of_a_long_run_fits_what_is_made_of_it() {
    let mut lines = String::new();
    for number in 0..60 {
        let price = if number == 40 {
            "1.5".to_owned()
        } else {
            number.to_string()
        };
        let side = if number < 50 { "a" } else { "b" };
        let _ = writeln!(
            lines,
            "0 < {{\"op\":\"tick\",\"price\":{price},\"side\":\"{side}\",\"on\":true}}"
        );
    }
    insta::assert_snapshot!(script("ws://h/", &lines), @r#"
    ws://h/

    <- json {"op": "tick", "price": {{$number}}, "side": {{$string}}, "on": true}
    -- times 60
    "#);
}

#[test]
fn a_session_of_many_secrets_and_made_values_costs_no_more_a_message() {
    use crate::protocol::{Generated, GeneratedKind};

    let mut recording = Recording::new("ws://h/");
    for number in 0..20_000_u64 {
        let kind = GeneratedKind::Uuid;
        let text = format!("5f0c1e52-9b1c-4d3e-8a7f-{number:012}");
        recording.generated(&Generated {
            text: text.clone(),
            kind,
        });
        let message = format!("{{\"id\":\"{text}\",\"token\":\"t0ken-{number:012}\"}}");
        recording.received(Duration::ZERO, number, Frame::Text(message.into()));
        assert_eq!(recording.secrets(20_000).len(), 0);
    }
    assert_eq!(recording.secrets(0).len(), 20_000);
    let script = recording.block(RecordMode::Steps).script;
    assert!(script.contains("\"id\": {{$uuid}}"), "{script}");
    assert!(script.contains("-- times 20000"), "{script}");
}

#[test]
fn what_changes_in_the_reason_of_a_close_is_left_open() {
    let reason = "go 5f0c1e52-9b1c-4d3e-8a7f-0123456789ab".to_owned();
    let mut recording = Recording::new("ws://h/");
    let close = |reason: &str| {
        Frame::Close(Some(Close {
            code: 4001,
            reason: reason.to_owned(),
        }))
    };
    recording.received(Duration::ZERO, 1, close(&reason));
    let script = recording.block(RecordMode::Steps).script;
    assert!(script.ends_with("<- close 4001 go {{$uuid}}"), "{script}");
    // A secret in it is found when it comes.
    let mut recording = Recording::new("ws://h/");
    recording.received(Duration::ZERO, 1, close(TOKEN));
    assert_eq!(recording.secrets(0).len(), 1);
    let script = recording.block(RecordMode::Steps).script;
    assert!(!script.contains(TOKEN), "{script}");
    assert_parses(&script);
}

#[test]
fn many_secrets_cost_no_more_a_message() {
    let mut recording = Recording::new("ws://h/");
    for number in 0..1500 {
        let text = format!("{{\"password\":\"pw{number:06}\"}}");
        recording.sent(Duration::ZERO, Frame::Text(text.into()));
    }
    let script = recording.block(RecordMode::Steps).script;
    assert!(script.ends_with("{{PASSWORD_1500}}\"}"), "{script}");
}

#[test]
fn binary_messages_are_bytes_or_text() {
    let mut recording = Recording::new("ws://h/");
    recording.sent(
        Duration::ZERO,
        Frame::Binary(Bytes::from_static(b"\x00\x01")),
    );
    recording.received(
        Duration::ZERO,
        1,
        Frame::Binary(Bytes::from_static(b"\x00\xff")),
    );
    recording.received(
        Duration::ZERO,
        2,
        Frame::Binary(Bytes::from_static(b"\x00\xfe")),
    );
    recording.received(
        Duration::ZERO,
        3,
        Frame::Binary(Bytes::from_static(b"PING\r\n")),
    );
    let script = recording.block(RecordMode::Steps).script;
    insta::assert_snapshot!(script, @r#"
    ws://h/

    -> binary hex 00 01

    <- binary hex 00 ??
    -- times 2

    <- binary "PING\r\n"
    "#);
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        any::<String>().prop_map(serde_json::Value::from),
        "[-<>{}$@\\\\\"a-c \n`é\u{202e}]{0,12}".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::from),
            prop::collection::vec(("[-a-z{}$\"\\\\ ]{0,6}", inner), 0..5)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

fn message() -> impl Strategy<Value = Frame> {
    prop_oneof![
        json().prop_map(|json| Frame::Text(json.to_string().into())),
        any::<String>().prop_map(|text| Frame::Text(text.into())),
        "[-<>{}$@\\\\\"'/=a-c \n\r\t`→←#|é\u{202e}\u{2028}]{0,40}"
            .prop_map(|text| Frame::Text(text.into())),
        "<a b=\"[^<&\"]{0,8}\">[^<&>]{0,16}</a>".prop_map(|text| Frame::Text(text.into())),
        prop::collection::vec(any::<u8>(), 0..60)
            .prop_map(|bytes| Frame::Binary(Bytes::from(bytes))),
    ]
}

/// The step that expects a message, and whether it says more than its format.
fn expected(frame: &Frame) -> (String, bool) {
    let mut recording = Recording::new("ws://h/");
    recording.typed(Duration::ZERO, "-> text go");
    recording.received(Duration::ZERO, 1, frame.clone());
    let block = recording.block(RecordMode::Steps);
    assert_parses(&block.script);
    let step = block.script.split_once("-> text go\n\n");
    let step = step.map(|(_, step)| step.to_owned()).unwrap_or_default();
    let says = !["<- text", "<- json", "<- xml", "<- binary"].contains(&step.as_str());
    (step, says)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_message_has_a_pattern_that_matches_it_and_no_other(one in message(), other in message()) {
        let (step, says) = expected(&one);
        let scope = crate::script::Scope::default();
        if !step.is_empty() && !step.starts_with("-- ") {
            prop_assert!(proof::matches(&step, &one, &scope), "{}", step);
            let changes = step.contains("{{$") || matches!(one, Frame::Text(_)) && step.starts_with("<- xml");
            let alike = one.payload() == other.payload() || !says || changes;
            if !alike && step.starts_with("<- text") && matches!(other, Frame::Text(_)) {
                prop_assert!(!proof::matches(&step, &other, &scope), "{} {:?}", step, other);
            }
        }
    }

    #[test]
    fn a_changed_field_is_not_matched(key in "[a-z]{1,6}", one in -9999_i64..9999, other in -9999_i64..9999, text in any::<String>()) {
        prop_assume!(one != other && !naming::hides(&key));
        let message = |number: i64| Frame::Text(
            serde_json::json!({"x": {key.clone(): number, "text": text}}).to_string().into(),
        );
        let (step, _) = expected(&message(one));
        let scope = crate::script::Scope::default();
        prop_assert!(proof::matches(&step, &message(one), &scope), "{}", step);
        if !step.contains("{{$") {
            prop_assert!(!proof::matches(&step, &message(other), &scope), "{}", step);
        }
    }

    #[test]
    fn a_message_that_was_sent_is_sent_again(frame in message()) {
        if let Some(step) = sent::step(&frame) {
            prop_assert!(proof::parses("ws://h/", &step), "{}", step);
            let expected = step.replacen("-> ", "<- ", 1);
            let scope = crate::script::Scope::default();
            prop_assert!(proof::matches(&expected, &frame, &scope), "{}", step);
        }
    }

    #[test]
    fn nothing_that_came_leaves_its_block(frame in message()) {
        let mut recording = Recording::new("ws://h/");
        recording.received(Duration::ZERO, 1, frame);
        let block = recording.block(RecordMode::Steps);
        let new = NewBlock {
            kind: crate::document::BlockKind::Client,
            name: "A".to_owned(),
            prose: String::new(),
            script: block.script.clone(),
            transcript: None,
            secrets: block.secrets.clone(),
            vars: Vec::new(),
            defaults: Vec::new(),
            needed: false,
        };
        let text = add("", "t", &[new]).unwrap();
        let document = crate::document::parse(&text);
        prop_assert_eq!(document.blocks.len(), 1);
        let body = document.blocks[0].body.text().trim_end();
        prop_assert_eq!(body, block.script.trim_end());
        prop_assert!(crate::source::visible::is_visible(&text.replace('\n', "")), "{}", text);
    }
}
