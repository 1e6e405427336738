//! Random scripts over the whole grammar are read and written down again: nothing is lost, nothing is made up.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

use super::spell;
use crate::script::{Role, parse};

type Text = BoxedStrategy<String>;

/// Where a script stands, which decides what may be written in it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scene {
    /// A client with no name.
    One,
    /// `@clients alice, bob`
    Two,
    Server,
}

fn one_of(words: &[&'static str]) -> Text {
    select(words.to_vec()).prop_map(str::to_owned).boxed()
}

fn joined(parts: impl Strategy<Value = Vec<String>> + 'static, between: &'static str) -> Text {
    parts.prop_map(move |parts| parts.join(between)).boxed()
}

/// Placeholders that have a value.
fn value(scene: Scene) -> Text {
    let anywhere = one_of(&[
        "{{v}}",
        "{{chat.url}}",
        "{{env.HOME}}",
        "{{_a-b.c}}",
        "{{$base64 v}}",
        "{{$uri chat.url}}",
        "{{$char 65}}",
        "{{$file ./a b.txt}}",
    ]);
    let made = one_of(&[
        "{{$uuid}}",
        "{{$uuid as k_1}}",
        "{{$timestamp}}",
        "{{$epoch as k_2}}",
        "{{$epochMs}}",
        "{{$randomInt -5 10}}",
        "{{$randomString 8 as k_3}}",
    ]);
    match scene {
        Scene::One => prop_oneof![anywhere, made].boxed(),
        Scene::Two => prop_oneof![anywhere, made, one_of(&["{{$client}}"])].boxed(),
        Scene::Server => {
            let own = one_of(&["{{$client}}", "{{$clientCount}}"]);
            prop_oneof![anywhere, made, own].boxed()
        }
    }
}

/// Placeholders that a pattern has.
fn kind() -> Text {
    let kinds = one_of(&[
        "$any",
        "$string",
        "$number",
        "$integer",
        "$boolean",
        "$uuid",
        "$datetime",
        "$match /^\\d{4}\\/[a-z]+$/",
    ]);
    let keep = one_of(&["", " as k_4", " as k_5"]);
    let kind = (kinds, keep).prop_map(|(kind, keep)| format!("{{{{{kind}{keep}}}}}"));
    prop_oneof![3 => kind, 1 => one_of(&["{{v}}", "{{$uri v}}"])].boxed()
}

/// One line of text with no mark, quote or blank at its ends.
fn line(placeholder: Text) -> Text {
    let piece = prop_oneof![
        2 => "[a-z]{1,4}( [A-Z0-9,.:é]{1,3})?",
        1 => one_of(&["\\{{", "}}", "{ ", "40{", "\"", "'", "\\", "\\n", "->", "#", "@"]),
    ];
    let pieces = vec((piece, placeholder), 0..3).prop_map(|pieces| {
        pieces
            .into_iter()
            .flat_map(|(text, placeholder)| [text, placeholder])
            .collect()
    });
    let inner = joined(pieces, "");
    inner.prop_map(|inner| format!("t{inner}t")).boxed()
}

/// The inside of a JSON string as `serde_json` spells it.
fn string(placeholder: Text) -> Text {
    let piece = one_of(&[
        "a b", "\\n", "\\r\\n", "\\u0000", "\\\"", "é", "\\{{", "}}", "/",
    ]);
    let pieces = vec((piece, placeholder), 0..3).prop_map(|pieces| {
        pieces
            .into_iter()
            .map(|(text, value)| text + &value)
            .collect()
    });
    joined(pieces, "")
}

fn json(placeholder: Text, rest: bool) -> Text {
    // Made texts need quotes around them.
    let bare = if rest {
        placeholder.clone()
    } else {
        one_of(&["{{v}}", "{{$epochMs}}", "{{$randomInt 1 2 as k_1}}"])
    };
    let leaf = prop_oneof![
        one_of(&[
            "1",
            "-1.50",
            "1e3",
            "12345678901234567890",
            "true",
            "null",
            "\"\""
        ]),
        string(placeholder).prop_map(|text| format!("\"{text}\"")),
        bare,
    ];
    let value = leaf.prop_recursive(3, 12, 3, move |inner| {
        let last = if rest {
            one_of(&["", "{{$rest}}"])
        } else {
            one_of(&[""])
        };
        let array = (vec(inner.clone(), 0..3), last).prop_map(|(mut elements, last)| {
            elements.extend(Some(last).filter(|last| !last.is_empty()));
            format!("[{}]", elements.join(", "))
        });
        let object = vec(inner, 0..3).prop_map(|members| {
            let members = members.iter().enumerate();
            let members = members.map(|(key, value)| format!("\"k{key}\": {value}"));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        });
        prop_oneof![array, object]
    });
    value.boxed()
}

fn xml(placeholder: Text) -> Text {
    let attribute = prop_oneof![
        one_of(&["", " b='1'"]),
        placeholder.clone().prop_map(|v| format!(" b=\"x{v}\""))
    ];
    (attribute, vec(placeholder, 0..2))
        .prop_map(|(attribute, texts)| {
            format!(
                "<n:a xmlns:n=\"u\"{attribute}>t &lt; {}<c/></n:a>",
                texts.join("-")
            )
        })
        .boxed()
}

fn body(placeholder: Text, pattern: bool) -> Text {
    let hex = if pattern {
        "hex 00 ?? ff"
    } else {
        "hex 00 01 ff"
    };
    prop_oneof![
        line(placeholder.clone()).prop_map(|text| format!("text {text}")),
        string(placeholder.clone()).prop_map(|text| format!("text \"{text}\"")),
        vec(line(placeholder.clone()), 2..4)
            .prop_map(|lines| format!("text\n{}", lines.join("\n"))),
        json(placeholder.clone(), pattern).prop_map(|json| format!("json {json}")),
        xml(placeholder.clone()).prop_map(|xml| format!("xml {xml}")),
        string(placeholder).prop_map(|text| format!("binary \"{text}\"")),
        one_of(&[
            "binary {{v}}",
            "binary base64 AAEC/w==",
            "json @./a.json",
            "text @../{{v}}.txt"
        ]),
        Just(format!("binary {hex}")),
    ]
    .boxed()
}

fn send(scene: Scene) -> Text {
    let frames = prop_oneof![
        one_of(&[
            "ping",
            "pong",
            "close 1000",
            "close 4999 over and out",
            "close 3000 {{v}}"
        ]),
        line(value(scene)).prop_map(|data| format!("ping {data}")),
        line(value(scene)).prop_map(|data| format!("pong {data}")),
    ];
    let what = prop_oneof![3 => body(value(scene), false), 1 => frames];
    let repeated = one_of(&["text {{$index}}", "json {\"n\": {{$index}}}"]);
    let repeat = one_of(&["3", "3 every 100ms", "{{v}} every {{v}}"]);
    prop_oneof![
        3 => what.prop_map(|what| format!("-> {what}\n")),
        1 => (repeated, repeat).prop_map(|(what, times)| format!("-> {what}\n-- repeat {times}\n")),
    ]
    .boxed()
}

fn judgements() -> Text {
    let one = one_of(&[
        "-- check .price > 0\n",
        "-- check $v == \"}}\" and ($chat.url | length) > 3\n",
        "-- save k_6 = .a.b\n",
        "-- save k_7 = .c | tostring\n-- secret k_7\n",
        "-- let k_10 = ($k_10 // 0) + 1\n",
        "-- check $previous == null or .n > $previous.n\n",
    ]);
    joined(vec(one, 0..3), "")
}

fn expect() -> Text {
    let message = (
        body(kind(), true),
        one_of(&["", "-- within 2s\n", "-- within {{v}}\n"]),
        one_of(&[
            "",
            "-- times 3\n",
            "-- next\n",
            "-- times 2\n-- next\n",
            "-- times {{v}}\n",
        ]),
        one_of(&["", "-- exact\n"]),
        one_of(&["", "-- where .a\n", "-- where .a\n-- where .b == 1\n"]),
        judgements(),
    );
    prop_oneof![
        5 => message.prop_map(|(body, within, times, exact, conditions, judgements)| {
            format!("<- {body}\n{within}{times}{exact}{conditions}{judgements}")
        }),
        1 => (body(one_of(&["{{v}}", "{{$any}}"]), true), one_of(&["", " within 1s"]))
            .prop_map(|(body, within)| format!("<- {body}\n-- none{within}\n")),
        2 => (
            one_of(&["", " json", " text", " ping", " pong", " close", " close 1014", " close 1000 t{{$any as k_8}}"]),
            one_of(&["", "-- within 1m30s\n"]),
            judgements(),
        )
            .prop_map(|(what, within, judgements)| format!("<-{what}\n{within}{judgements}")),
        1 => line(kind()).prop_map(|data| format!("<- pong {data}\n")),
        1 => one_of(&["<- drop\n", "<- drop\n-- within 2s\n"]),
    ]
    .boxed()
}

/// A step, below a name where one must stand.
fn step(scene: Scene) -> Text {
    let named = prop_oneof![
        3 => send(scene),
        4 => expect(),
        1 => one_of(&["-- drop\n", "-- skip\n"]),
        1 => one_of(if scene == Scene::Server { &["-- drop\n"] } else { &["-- reconnect\n"] }),
    ];
    let shared = prop_oneof![
        one_of(&["-- wait 250ms\n", "-- wait {{v}}\n"]),
        line(value(scene)).prop_map(|text| format!("-- note {text}\n")),
        one_of(&["-- let k_11 = now\n"]),
    ];
    let who = match scene {
        Scene::Two => one_of(&["alice ", "bob "]),
        Scene::One | Scene::Server => one_of(&[""]),
    };
    prop_oneof![
        5 => (who, named).prop_map(|(who, step)| who + &step),
        1 => shared,
    ]
    .boxed()
}

fn handler(scene: Scene) -> Text {
    let message =
        (one_of(&["on"]), body(kind(), true)).prop_map(|(on, body)| format!("{on} {body}"));
    let mut triggers = vec![one_of(&[
        "on",
        "on json",
        "every 20s",
        "every 1m times 3",
        "every {{v}} times {{v}}",
    ])];
    if scene == Scene::Server {
        triggers.push(one_of(&["on connect", "on disconnect"]));
    }
    let target = match scene {
        Scene::One => one_of(&[""]),
        Scene::Two => one_of(&["", "alice ", "bob "]),
        Scene::Server => one_of(&["", "all ", "others ", "ann "]),
    };
    let chosen = one_of(&[
        "",
        "-- where .a == 1\n",
        "-- let k_13 = .a\n-- where $k_13 == 1\n",
        "-- times 3\n",
        "-- where .a == 1\n-- times {{v}}\n-- save k_14 = .b\n-- secret k_14\n",
    ]);
    let message = (message, chosen).prop_map(|(message, chosen)| format!("{message}\n{chosen}"));
    let other = Union::new(triggers).prop_map(|trigger| format!("{trigger}\n"));
    let trigger = prop_oneof![2 => message, 3 => other];
    let owner = match scene {
        Scene::Two => one_of(&["", "alice "]),
        Scene::One | Scene::Server => one_of(&[""]),
    };
    let step = prop_oneof![
        (target, send(scene)).prop_map(|(who, send)| who + &send),
        one_of(&["-- wait 10ms\n", "-- drop\n", "-- note handled\n"]),
        one_of(&[
            "-- let k_15 = ($k_15 // 0) + 1\n",
            "-- let k_16 = uuid\n-- secret k_16\n"
        ]),
    ];
    // What stands right below a `-- where` could be a choice.
    let steps = joined(vec(step, 0..4), "");
    (owner, trigger, steps)
        .prop_map(|(owner, trigger, steps)| format!("{owner}-- {trigger}{steps}"))
        .boxed()
}

/// What a handler for a message may say besides.
fn echo(scene: Scene) -> Text {
    let to = if scene == Scene::Server {
        one_of(&["", "all "])
    } else {
        one_of(&[""])
    };
    (
        to,
        one_of(&[
            "{{$message}}",
            "json {\"a\": {{$message.a.b}}}",
            "text t{{$message}}t",
        ]),
    )
        .prop_map(|(to, what)| format!("-- on json {{\"a\": {{{{$any}}}}}}\n{to}-> {what}\n"))
        .boxed()
}

fn head(scene: Scene) -> Text {
    let url = match scene {
        Scene::Server => one_of(&["ws://127.0.0.1:0/", "wss://localhost:8080/{{v}}"]),
        _ => one_of(&[
            "wss://{{v}}/a?b={{$uri v}}",
            "{{chat.url}}",
            "ws+unix:///a.sock:/x",
            "ws://u:p@h:1/",
        ]),
    };
    let clients = one_of(if scene == Scene::Two {
        &["@clients alice, bob\n"]
    } else {
        &[""]
    });
    let headers: &[&str] = match scene {
        Scene::One => &[
            "Authorization: Bearer {{v}}\n",
            "X-A: b: c\n",
            "Host: {{v}}\n",
        ],
        Scene::Two => &["alice X-A: {{$client}}\n", "X-B: \\{{b}}\n"],
        Scene::Server => &[""],
    };
    let options: &[&str] = match scene {
        Scene::Server => &[
            "@auth bearer {{v}}\n",
            "@max-clients 3\n",
            "@timeout {{v}}\n@log matched\n",
        ],
        _ => &[
            "@timeout 5s\n",
            "@mask .ts, .items[].id\n@mask /a(b)/\n",
            "@insecure\n@retry 3 every 1s\n",
        ],
    };
    let lets = one_of(match scene {
        Scene::One => &["", "@let k_17 = now | floor\n@let k_18 = $k_17 + 1\n"],
        Scene::Two => &["", "@let k_17 = uuid\nalice @let k_18 = 1\n"],
        Scene::Server => &[""],
    });
    let forbidden = one_of(&[
        "",
        "@never json {\"a\": {{$any}}}\n",
        "@never text bye\n@ignore json\n@ignore text t{{v}}\n",
    ]);
    (
        url,
        clients,
        joined(vec(one_of(headers), 0..3), ""),
        one_of(options),
        forbidden,
        lets,
    )
        .prop_map(|(url, clients, headers, options, forbidden, lets)| {
            format!("{url}\n{clients}{headers}{options}{forbidden}{lets}")
        })
        .boxed()
}

fn opening(scene: Scene) -> Text {
    match scene {
        Scene::One => prop_oneof![
            judgements(),
            judgements().prop_map(|below| format!("<- HTTP 401\n{below}")),
        ]
        .boxed(),
        Scene::Two => one_of(&[
            "",
            "alice -- check .status == 101\nbob -- save k_9 = .status\n",
        ]),
        Scene::Server => one_of(&[""]),
    }
}

fn script(scene: Scene) -> Text {
    let parts = (
        head(scene),
        opening(scene),
        joined(vec(step(scene), 0..8), ""),
        joined(
            vec(prop_oneof![3 => handler(scene), 1 => echo(scene)], 0..4),
            "",
        ),
    );
    parts
        .prop_map(|(head, opening, steps, handlers)| head + &opening + &steps + &handlers)
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn a_script_is_written_down_as_it_was_read(
        (scene, text) in select(vec![Scene::One, Scene::Two, Scene::Server])
            .prop_flat_map(|scene| (Just(scene), script(scene)))
    ) {
        let role = if scene == Scene::Server { Role::Server } else { Role::Client };
        let parsed = parse(&text, role, &[]);
        let errors: Vec<_> = parsed.diagnostics.iter().filter(|told| told.is_error()).collect();
        prop_assert!(errors.is_empty(), "{text}\n{errors:?}");
        prop_assert_eq!(spell::script(&parsed.script), text);
    }
}
