//! Scripts that mean something, and what they mean.

use crate::format::Format;
use crate::script::{
    Action, Call, CommonAction, Content, Escape, Expected, Kind, Mode, Outgoing, Parsed, Part,
    Pattern, Role, Script, Setting, Template, Trigger, parse,
};

/// Parses a script that has nothing wrong with it.
fn script(text: &str, role: Role) -> Script {
    let Parsed {
        script,
        diagnostics,
    } = parse(text, role, &[]);
    assert_eq!(diagnostics, [], "{text}");
    script
}

fn steps(text: &str) -> Script {
    script(&format!("ws://h/\n{text}"), Role::Client)
}

/// The content of the only step, a send.
fn sent(text: &str) -> (Format, Content) {
    let mut script = steps(text);
    let step = script.steps.pop().unwrap();
    assert!(script.steps.is_empty(), "{text}");
    match step.action {
        Action::Common(CommonAction::Send(send)) => match send.what {
            Outgoing::Message(body) => (body.format, body.content),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// A template with its placeholders as `{call/escape}`.
fn shown(template: &Template) -> String {
    let part = |part: &Part| match part {
        Part::Literal(text, _) => text.clone(),
        Part::Placeholder(placeholder) => {
            let keep = placeholder.keep.as_ref().map(|keep| format!(" as {keep}"));
            format!(
                "⟨{:?}{}/{:?}⟩",
                placeholder.call,
                keep.unwrap_or_default(),
                placeholder.escape
            )
        }
    };
    template.parts.iter().map(part).collect()
}

fn content(content: &Content) -> String {
    match content {
        Content::Plain(template) => format!("plain {}", shown(template)),
        Content::Quoted(template) => format!("quoted {}", shown(template)),
        Content::Hex(template) => format!("hex {}", shown(template)),
        Content::Base64(template) => format!("base64 {}", shown(template)),
        Content::File(template) => format!("file {}", shown(template)),
    }
}

#[test]
fn bodies_are_read_as_written() {
    for (text, format, expected) in [
        ("-> text hi", Format::Text, "plain hi"),
        ("-> text   hi  there  ", Format::Text, "plain hi  there"),
        ("-> text", Format::Text, "plain "),
        ("-> text\n\n  a \n\nb\n\n", Format::Text, "plain   a \n\nb"),
        ("-> text\r\na\r\nb\r", Format::Text, "plain a\nb"),
        (
            "-> text\n\\-> x\n\\<- y\n\\-- z\n\\→ a\n\\← b",
            Format::Text,
            "plain -> x\n<- y\n-- z\n→ a\n← b",
        ),
        (
            "-> text\n->x\n-->\n---\n\\->x\n\\\\x",
            Format::Text,
            "plain ->x\n-->\n---\n\\->x\n\\x",
        ),
        (
            "-> text\nfoo -> bar\n\\bob -> x",
            Format::Text,
            "plain foo -> bar\n\\bob -> x",
        ),
        (
            "-> text \"a\\n\\u0000\\ud83d\\ude00\"",
            Format::Text,
            "quoted a\n\0😀",
        ),
        ("-> text\n\"a\\tb\"\n", Format::Text, "quoted a\tb"),
        (
            "-> text \"a{{v}}\\{{b\"",
            Format::Text,
            "quoted a⟨Variable(\"v\")/None⟩{{b",
        ),
        ("-> text \"a\" \"b\"", Format::Text, "plain \"a\" \"b\""),
        ("-> text \"", Format::Text, "plain \""),
        ("-> text @./a b.txt", Format::Text, "file ./a b.txt"),
        (
            "-> json\n@../{{v}}.json\n",
            Format::Json,
            "file ../⟨Variable(\"v\")/None⟩.json",
        ),
        ("-> text \\@./a", Format::Text, "plain @./a"),
        ("-> text @./a\\\n", Format::Text, "file ./a\\"),
        ("-> text @home", Format::Text, "plain @home"),
        ("-> {\"a\":\n1}", Format::Json, "plain {\"a\":\n1}"),
        ("->\n\n[1]", Format::Json, "plain [1]"),
        ("-> <a/>", Format::Xml, "plain <a/>"),
        (
            "-> xml <a b='{{v}}'/>",
            Format::Xml,
            "plain <a b='⟨Variable(\"v\")/Xml⟩'/>",
        ),
        ("-> binary hex 00 ff\n0A", Format::Binary, "hex 00 ff\n0A"),
        ("-> binary\nhex 00", Format::Binary, "hex 00"),
        ("-> binary hex", Format::Binary, "hex "),
        (
            "-> binary base64 AAEC/w==",
            Format::Binary,
            "base64 AAEC/w==",
        ),
        ("-> binary \"a\\r\\n\"", Format::Binary, "quoted a\r\n"),
        ("-> binary @./a.png", Format::Binary, "file ./a.png"),
        ("→ json {}", Format::Json, "plain {}"),
        ("->\tjson\t{}", Format::Json, "plain {}"),
    ] {
        let (read, body) = sent(text);
        assert_eq!(read, format, "{text}");
        assert_eq!(content(&body), expected, "{text}");
    }
}

#[test]
fn braces_open_before_a_name_and_close_at_once() {
    for (text, expected) in [
        ("{{a}}", "⟨Variable(\"a\")/None⟩"),
        ("{{_a.b-c1}}", "⟨Variable(\"_a.b-c1\")/None⟩"),
        ("40{{{a}}}", "40{⟨Variable(\"a\")/None⟩}"),
        ("{{{{a}}}}", "{{⟨Variable(\"a\")/None⟩}}"),
        ("\\{{a}}", "{{a}}"),
        ("\\{{{a}}", "{{{a}}"),
        ("\\{{{{a}}", "{{⟨Variable(\"a\")/None⟩"),
        (
            "{{}} {{ a {{1}} {{\"a\"}} {a}",
            "{{}} {{ a {{1}} {{\"a\"}} {a}",
        ),
        ("{{$uuid as x}}", "⟨Uuid as x/None⟩"),
        ("{{$randomInt -5 5}}", "⟨RandomInt(-5, 5)/None⟩"),
        (
            "{{$char 0}}{{$char 128512}}",
            "⟨Char('\\0')/None⟩⟨Char('😀')/None⟩",
        ),
        ("{{$file ./a b}}", "⟨File(\"./a b\")/None⟩"),
        ("{{env.HOME}}", "⟨Variable(\"env.HOME\")/None⟩"),
    ] {
        let (_, body) = sent(&format!("-> text x{text}"));
        assert_eq!(content(&body), format!("plain x{expected}"), "{text}");
    }
}

#[test]
fn placeholders_in_json_know_whether_they_stand_in_a_string() {
    let script = steps(
        r#"<- json {"a": {{$number as a}}, "b": "x\"{{$any}}\\", "c": {{$match /^"\d{4}\/$/ as c}}, "\{{": [{{$rest}}]}"#,
    );
    let [step] = script.steps.as_slice() else {
        panic!("{script:?}")
    };
    let Action::Expect(expect) = &step.action else {
        panic!("{step:?}")
    };
    let Expected::Message(Pattern::Body(body)) = &expect.what else {
        panic!("{expect:?}")
    };
    let Content::Plain(template) = &body.content else {
        panic!("{body:?}")
    };
    let found: Vec<_> = template
        .placeholders()
        .map(|placeholder| (placeholder.call.clone(), placeholder.escape))
        .collect();
    assert_eq!(
        found,
        [
            (Call::Kind(Kind::Number), Escape::JsonValue),
            (Call::Kind(Kind::Any), Escape::JsonString),
            (
                Call::Kind(Kind::Match(r#"^"\d{4}/$"#.into())),
                Escape::JsonValue
            ),
            (Call::Rest, Escape::JsonValue),
        ]
    );
    assert!(
        shown(template).contains(r#""{{": ["#),
        "{}",
        shown(template)
    );
}

const TRADES: &str = r#"
# comment
wss://{{HOST}}/v2/stream
Authorization: Bearer {{TOKEN}}
@subprotocol trades.v2
@timeout 5s
@never {"type": "error"}

-> json
{"op": "subscribe", "symbol": "BTC-USD", "ref": "{{$uuid as ref}}"}

<- json {"op": "subscribed", "ref": "{{ref}}", "feed": {{$number as feed}}}

<- json {"op": "tick", "price": {{$number}}}
-- times 3
-- within 2s
-- check .price > 0

-> json {"op": "unsubscribe", "feed": {{feed}}}
-> close 1000 done
<- close 1000
"#;

#[test]
fn a_session_is_read() {
    let script = script(TRADES, Role::Client);
    assert_eq!(script.steps.len(), 6);
    assert_eq!(script.never.len(), 1);
    assert_eq!(script.headers.len(), 1);
    assert_eq!(
        script.keeps().into_iter().collect::<Vec<_>>(),
        ["feed", "ref"]
    );
    assert_eq!(
        script.needs().into_iter().collect::<Vec<_>>(),
        ["HOST", "TOKEN"]
    );
    let Some(Action::Expect(tick)) = script.steps.get(2).map(|step| &step.action) else {
        panic!("{script:?}")
    };
    assert!(matches!(tick.mode, Mode::Times(Setting::Is(3))));
    assert_eq!(tick.judgements.len(), 1);
}

const CHAT: &str = r#"ws://127.0.0.1:0/chat
@auth bearer {{CHAT_TOKEN}}
@subprotocol chat.v1

-> json {"type": "welcome", "you": "{{$client}}", "clients": {{$clientCount}}}

-- on json {"type": "say"}
all -> json {"type": "said", "by": "{{$client}}", "text": "{{$message.text}}"}

-- on text ping
-> text pong

-- on binary
-> {{$message}}

-- on text bye
-> close 1000 goodbye

-- every 100ms
all -> json {"type": "tick", "n": {{$index}}}

-- on disconnect
others -> json {"type": "left", "who": "{{$client}}"}
"#;

#[test]
fn a_server_is_read() {
    let script = script(CHAT, Role::Server);
    assert_eq!(script.steps.len(), 1);
    assert_eq!(script.handlers.len(), 6);
    let sizes: Vec<_> = script
        .handlers
        .iter()
        .map(|handler| handler.steps.len())
        .collect();
    assert_eq!(sizes, [1; 6]);
    assert!(matches!(
        script.handlers.last().map(|handler| &handler.trigger),
        Some(Trigger::Disconnect)
    ));
    let targets: Vec<_> = script
        .handlers
        .iter()
        .flat_map(|handler| &handler.steps)
        .map(|step| step.who.as_ref().map(|who| who.text.as_str()))
        .collect();
    assert_eq!(
        targets,
        [Some("all"), None, None, None, Some("all"), Some("others")]
    );
}

#[test]
fn several_clients_are_told_apart() {
    let script = script(
        "ws://h/?name={{$client}}\nalice Authorization: x\n@clients alice, bob\n\
         alice -- check .status == 101\n\
         bob -- connect\n  bob   <- HTTP 401\n-- check .status == 401\n\
         alice -> text\n\\bob -> x\n-- wait 1s\n-- note {{$client}}\n-- on text a\n-> text b\n",
        Role::Client,
    );
    assert_eq!(script.clients.len(), 2);
    assert_eq!(script.opening.len(), 1);
    assert_eq!(script.steps.len(), 5);
    assert_eq!(script.handlers.len(), 1);
    let header = script
        .headers
        .first()
        .and_then(|header| header.who.as_ref());
    assert_eq!(header.map(|who| who.text.as_str()), Some("alice"));
}

#[test]
fn control_frames_are_read() {
    let script = steps(
        "-> ping\n-> ping \"\\u0000\"\n-> pong a b\n-> close\n-> close 4999 bye {{v}}\n\
         <- ping\n<- pong \"\"\n<- close\n<- close 1014\n<- drop\n<- close 1000 {{$any as why}}",
    );
    let read: Vec<String> = script
        .steps
        .iter()
        .map(|step| match &step.action {
            Action::Common(CommonAction::Send(send)) => match &send.what {
                Outgoing::Ping(data) => format!("-> ping {}", shown(data)),
                Outgoing::Pong(data) => format!("-> pong {}", shown(data)),
                Outgoing::Close { code, reason } => format!("-> close {code} {}", shown(reason)),
                other => format!("{other:?}"),
            },
            Action::Expect(expect) => match &expect.what {
                Expected::Ping(data) => format!("<- ping {:?}", data.as_ref().map(shown)),
                Expected::Pong(data) => format!("<- pong {:?}", data.as_ref().map(shown)),
                Expected::Close { code, reason } => {
                    format!("<- close {code:?} {:?}", reason.as_ref().map(shown))
                }
                Expected::Message(pattern) => format!("{pattern:?}"),
                Expected::Drop => "<- drop".to_owned(),
            },
            other => format!("{other:?}"),
        })
        .collect();
    insta::assert_snapshot!(read.join("\n").replace('\0', "␀"), @r###"
-> ping 
-> ping ␀
-> pong a b
-> close 1000 
-> close 4999 bye ⟨Variable("v")/None⟩
<- ping None
<- pong Some("")
<- close None None
<- close Some(1014) None
<- drop
<- close Some(1000) Some("⟨Kind(Any) as why/None⟩")
"###);
}

#[test]
fn defaults_are_option_lines_at_the_url() {
    let default = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let defaults = [
        default("timeout", "9s"),
        default("linger", "{{LINGER}}"),
        default("insecure", "true"),
        default("never", "{\"a\": \"{{v}}\"}"),
        default("ignore", "json {"),
        default("auth", "bearer x"),
        default("resolve", "a:1:127.0.0.1"),
        default("resolve", "b:2:[::1]"),
        default("nonsense", "x"),
        default("clients", "a, b"),
    ];
    let parsed = parse("wss://h/\n@timeout 5s\n", Role::Client, &defaults);
    assert_eq!(parsed.diagnostics, []);
    let url = parsed.script.url.span;
    let lines: Vec<_> = parsed
        .script
        .options
        .iter()
        .map(|line| {
            (
                line.name.text.as_str(),
                shown(&line.value),
                line.span == url,
            )
        })
        .collect();
    let line = |name, value: &str, at_url| (name, value.to_owned(), at_url);
    assert_eq!(
        lines,
        [
            line("timeout", "5s", false),
            line("linger", "⟨Variable(\"LINGER\")/None⟩", true),
            line("insecure", "", true),
            line("never", "{\"a\": \"{{v}}\"}", true),
            line("resolve", "a:1:127.0.0.1", true),
            line("resolve", "b:2:[::1]", true),
            line("clients", "a, b", true),
        ]
    );
    assert_eq!(parsed.script.clients.len(), 2);
    assert!(parsed.script.never.iter().all(|(_, span)| *span == url));
    assert!(parsed.script.ignore.is_empty());
}
