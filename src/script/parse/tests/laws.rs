//! What holds for every text; and a script written down is read back.

use std::fmt::Write;

use proptest::prelude::*;

use crate::script::{Action, CommonAction, Mode, Role, Setting, parse};

#[path = "../../../../tests/laws/script.rs"]
mod law;

/// Pieces of which scripts are made, right and wrong ones.
fn scrap() -> impl Strategy<Value = String> {
    let words = [
        "ws://h/",
        "-> ",
        "<- ",
        "-- ",
        "→ ",
        "←",
        "bob -> ",
        "all ",
        "@clients bob, al\n",
        "@never ",
        "@timeout ",
        "json ",
        "text ",
        "xml ",
        "binary ",
        "hex ",
        "base64 ",
        "ping ",
        "close ",
        "HTTP ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\\",
        "\\u00",
        "\\ud83d\\ude00",
        "{{",
        "}}",
        "{{$any as x}}",
        "{{$rest}}",
        "{{$match /(a/}}",
        "{{$message}}",
        "{{v}}",
        "\\{{",
        ":",
        ",",
        "<a>",
        "</a>",
        "<a x='",
        "&amp;",
        "on ",
        "every ",
        "times ",
        "within ",
        "none ",
        "repeat ",
        "any-order",
        "next",
        "wait ",
        "let x = ",
        "where .a",
        "save y = .b",
        "secret x",
        "@let z = ",
        "note ",
        "5s",
        "3",
        "0",
        "é",
        "\u{1f600}",
        "#",
        "@./f",
        "\\->",
        "\n",
        "\n",
        "\n",
        "\r\n",
        " ",
        "\t",
        "AAE",
        "?? ",
        "00",
        "skip",
        "Name: ",
    ];
    prop_oneof![
        8 => proptest::sample::select(words.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{0,4}",
    ]
}

#[test]
fn hostile_texts_take_no_time() {
    let many = |text: &str| text.repeat(20_000 / text.len());
    let pieces = [
        "{{a",
        "{{a}}",
        "{{ ",
        "\\{{a}}\n",
        "[",
        "{\"a\":",
        "<a>",
        "-- x\n",
        "-> x\n",
        "\"",
        "\\",
        "}}",
        "\\{{",
        "a:",
        "a -> ",
        "bob -> text\n",
        "@never x\n",
        "-- check\n",
        "00",
        "\\u0000",
    ];
    let starts = [
        "",
        "ws://h/\n",
        "ws://h/\n-> ",
        "ws://h/\n-> text\n",
        "ws://h/\n-> text \"",
        "ws://h/\n-> json\n",
        "ws://h/\n-> xml\n",
        "ws://h/\n-> binary ",
        "ws://h/\n-> binary hex\n",
        "ws://h/\n@clients bob\n-- note ",
        "ws://h/\n<- json {\"a\": \"",
        "ws://h/\nX: ",
    ];
    for start in starts {
        for piece in pieces {
            let text = format!("{start}{}", many(piece));
            let begun = worked();
            law::holds(&text);
            let spent = worked().saturating_sub(begun);
            assert!(spent.as_secs() < 5, "{start:?} {piece:?}");
        }
    }
}

/// How long this thread has worked: what else the machine does counts for nothing.
#[cfg(unix)]
fn worked() -> std::time::Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    std::time::Duration::try_from(now).unwrap()
}

#[cfg(not(unix))]
fn worked() -> std::time::Duration {
    static BEGUN: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    BEGUN.elapsed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold_for_any_text(text in "(?s).{0,200}") {
        law::holds(&text);
    }

    #[test]
    fn laws_hold_for_any_mixture_of_pieces(
        scraps in proptest::collection::vec(scrap(), 0..60),
        head in any::<bool>(),
    ) {
        let head = if head { "ws://h/\n" } else { "" };
        law::holds(&format!("{head}{}", scraps.concat()));
    }

    #[test]
    fn a_default_never_panics(name in "[a-z-]{0,12}", value in "\\PC{0,40}") {
        let _ = crate::script::Options::check_default(&name, &value);
        let defaults = [(name, value)];
        let _ = parse("ws://h/", Role::Client, &defaults);
    }
}

/// A step as text, and what it must be read as.
#[derive(Clone, Debug)]
struct Written {
    lines: String,
    shape: String,
}

fn written(lines: impl Into<String>, shape: impl Into<String>) -> Written {
    Written {
        lines: lines.into(),
        shape: shape.into(),
    }
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        any::<i32>().prop_map(|number| number.to_string()),
        "[ -~]{0,8}".prop_map(|text| serde_json::Value::from(text)
            .to_string()
            .replace("{{", "\\{{")),
        Just("{{$any}}".to_owned()),
        Just("\"{{name}}\"".to_owned()),
        Just("null".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3)
                .prop_map(|elements| format!("[{}]", elements.join(", "))),
            proptest::collection::vec(inner, 0..3).prop_map(|members| {
                let members = members.iter().enumerate();
                let members: Vec<String> = members
                    .map(|(key, value)| format!("\"k{key}\": {value}"))
                    .collect();
                format!("{{{}}}", members.join(", "))
            }),
        ]
    })
}

/// Lines of a text body: the outer ones are not blank.
fn lines() -> impl Strategy<Value = Vec<String>> {
    let lines = [
        "-> x", "->x", "-> ", "->", "-->", "-- a", "---", "<- b", "→ y", "← z", "\\x", "\\\\",
        " -> x", "bob -> x", "@./f and", "plain", "", "  ", "{ }", "# hash", "a\tb",
    ];
    proptest::collection::vec(proptest::sample::select(lines.to_vec()), 0..5).prop_map(|inner| {
        let lines = ["first"].into_iter().chain(inner).chain(["last "]);
        lines.map(str::to_owned).collect()
    })
}

/// A body line as it must be written.
fn escape(line: &str) -> String {
    let mark = ["->", "<-", "--", "→", "←"]
        .iter()
        .find_map(|mark| line.strip_prefix(mark));
    let starts = mark.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    if starts || line.starts_with('\\') {
        return format!("\\{line}");
    }
    line.to_owned()
}

fn step() -> impl Strategy<Value = Written> {
    prop_oneof![
        "[a-z][a-z >-]{0,10}[a-z]"
            .prop_map(|text| { written(format!("-> text {text}"), format!("send text {text:?}")) }),
        lines().prop_map(|lines| {
            let text = lines.join("\n");
            let escaped: Vec<String> = lines.iter().map(|line| escape(line)).collect();
            let escaped = escaped.join("\n");
            written(
                format!("-> text\n\n{escaped}\n"),
                format!("send text {text:?}"),
            )
        }),
        json().prop_map(|json| written(
            format!("<- json {json}"),
            format!("expect json {json:?} Times(1)")
        )),
        (json(), 2_u64..9).prop_map(|(json, times)| {
            written(
                format!("<- json\n{json}\n-- times {times}\n-- within 2s"),
                format!("expect json {json:?} Times({times})"),
            )
        }),
        Just(written("<-\n-- next", "expect any Next(1)")),
        Just(written("-> close 1000 done", "close 1000")),
        (1_u64..5000).prop_map(|ms| written(format!("-- wait {ms}ms"), format!("wait {ms}"))),
        Just(written("-- skip\n-- # comment", "skip")),
        Just(written("-- drop", "drop")),
        Just(written("-- reconnect", "reconnect")),
    ]
}

/// What a script's step is, in the words of [`Written::shape`].
fn shape(text: &str, action: &Action) -> String {
    use crate::script::{Content, Expected, Outgoing, Pattern};
    let body = |body: &crate::script::Body| {
        let as_read = match &body.content {
            Content::Plain(template) if body.format == crate::format::Format::Text => {
                template.as_literal().unwrap_or_default()
            }
            _ => text
                .get(std::ops::Range::from(body.span))
                .unwrap_or_default()
                .to_owned(),
        };
        format!("{} {as_read:?}", body.format)
    };
    let times = |mode: &Mode| match mode {
        Mode::Times(Setting::Is(times)) => format!("Times({times})"),
        Mode::Next(Setting::Is(times)) => format!("Next({times})"),
        _ => "?".to_owned(),
    };
    match action {
        Action::Common(CommonAction::Send(send)) => match &send.what {
            Outgoing::Message(message) => format!("send {}", body(message)),
            Outgoing::Close { code, .. } => format!("close {code}"),
            other => format!("{other:?}"),
        },
        Action::Expect(expect) => match &expect.what {
            Expected::Message(Pattern::Body(pattern)) => {
                format!("expect {} {}", body(pattern), times(&expect.mode))
            }
            Expected::Message(Pattern::Any) => format!("expect any {}", times(&expect.mode)),
            other => format!("{other:?}"),
        },
        Action::Common(CommonAction::Wait(Setting::Is(time))) => {
            format!("wait {}", time.as_millis())
        }
        Action::Skip => "skip".to_owned(),
        Action::Common(CommonAction::Drop) => "drop".to_owned(),
        Action::Reconnect => "reconnect".to_owned(),
        other => format!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn a_script_written_down_is_read_back(
        steps in proptest::collection::vec(step(), 0..12),
        headers in proptest::collection::vec(("X-[A-Za-z]{1,8}", "[a-z0-9 ]{0,8}[a-z]"), 0..3),
    ) {
        let mut text = String::from("# head\n\nwss://example.com/{{path}}?a=1\n@timeout 2s\n");
        for (name, value) in &headers {
            writeln!(text, "{name}: {value}").unwrap();
        }
        for step in &steps {
            writeln!(text, "\n{}", step.lines).unwrap();
        }
        let parsed = parse(&text, Role::Client, &[]);
        prop_assert!(parsed.diagnostics.is_empty(), "{text}\n{:?}", parsed.diagnostics);
        let read: Vec<String> =
            parsed.script.steps.iter().map(|step| shape(&text, &step.action)).collect();
        let expected: Vec<String> = steps.iter().map(|step| step.shape.clone()).collect();
        prop_assert_eq!(read, expected);
        prop_assert_eq!(parsed.script.headers.len(), headers.len());
        law::holds(&text);
    }

    #[test]
    fn laws_hold_with_one_character_changed(
        steps in proptest::collection::vec(step(), 0..8),
        at in any::<proptest::sample::Index>(),
        with in "\\PC?|\n",
    ) {
        let lines: Vec<&str> = steps.iter().map(|step| step.lines.as_str()).collect();
        let mut characters: Vec<char> = format!("ws://h/\n{}", lines.join("\n")).chars().collect();
        let at = at.index(characters.len());
        characters.splice(at..=at, with.chars());
        let text: String = characters.into_iter().collect();
        law::holds(&text);
    }
}
