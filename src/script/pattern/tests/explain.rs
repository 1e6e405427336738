//! How near a miss is, and how patterns, messages and mistakes are told.

use super::*;

#[test]
fn the_nearer_miss_has_the_higher_number() {
    let near = |format, pattern: &str, message: &str| match matcher(format, pattern, false)
        .test(&text(message))
    {
        MatchVerdict::Miss(near) => near,
        MatchVerdict::Match(_) => u32::MAX,
    };
    let pattern = r#"{"op":"tick","price":{{$number}},"of":{"a":1}}"#;
    let messages = [
        "hello",
        "[]",
        r#"{"x":1}"#,
        r#"{"op":"halt"}"#,
        r#"{"op":"tick"}"#,
        r#"{"op":"tick","price":1}"#,
        r#"{"op":"tick","price":1,"of":{"a":1}}"#,
    ];
    let nearness = messages.map(|message| near(Format::Json, pattern, message));
    assert!(
        nearness.is_sorted_by(|one, other| one < other || (*one, *other) == (1, 2)),
        "{nearness:?}"
    );
    let nearness = [
        "hello",
        r#"{"op":"halt","price":NaN}"#,
        "{\"op\":\"tick\",\"price\":1}\u{1e}",
        "\u{feff}{\"op\":\"tick\",\"price\":1,\"of\":{\"a\":1}}",
    ];
    let nearness = nearness.map(|message| near(Format::Json, pattern, message));
    assert!(
        nearness.is_sorted_by(|one, other| one < other),
        "{nearness:?}"
    );
    let nearness = [
        "<b/>",
        "<a/>",
        "<a i='1'/>",
        "<a xmlns='v' i='1'><b>x</b></a>",
    ]
    .map(|message| near(Format::Xml, "<a xmlns='u' i='1'><b>x</b></a>", message));
    assert!(
        nearness.is_sorted_by(|one, other| one < other),
        "{nearness:?}"
    );
    let nearness = [
        "<",
        "<b/>",
        "<a/>",
        "<a i='2'/>",
        "<a i='1'/>",
        "<a i='1'><b/></a>",
    ]
    .map(|message| near(Format::Xml, "<a i='1'><b>x</b></a>", message));
    assert!(
        nearness.is_sorted_by(|one, other| one < other),
        "{nearness:?}"
    );
    let nearness = ["zzz", "hel", "hell"].map(|message| near(Format::Text, "hello", message));
    assert!(
        nearness.is_sorted_by(|one, other| one < other),
        "{nearness:?}"
    );
}

#[test]
fn patterns_are_described_on_one_line() {
    let cases = [
        (
            Format::Json,
            "{\n  \"op\": \"tick\", \"p\": {{$number as p}}, \"who\": \"{{text}}-{{$any}}\", \"n\": {{big}}\n}",
            r#"json {"op":"tick","p":{{$number as p}},"who":"a/b c-{{$any}}","n":12345678901"#,
        ),
        (
            Format::Json,
            "[{{$match /a\\/b/}}, {{$rest}}]",
            r"json [{{$match /a\/b/}},{{$rest}}]",
        ),
        (Format::Json, "@./a.json", "json @./a.json"),
        (Format::Text, "a {{$any}}", "text a {{$any}}"),
        (Format::Text, "", "text \"\""),
        (Format::Text, " a\nb", "text \" a\\nb\""),
        (Format::Text, "a\u{202e}b", "text \"a\\u202eb\""),
        (
            Format::Xml,
            "<a>\n  <b c='{{$any}}'/> x\n</a>",
            "xml <a><b c='{{$any}}'/> x </a>",
        ),
        (Format::Binary, "hex 00??FF", "binary hex 00 ?? ff"),
        (
            Format::Binary,
            "base64 AAEC\n/w==",
            "binary base64 AAEC/w==",
        ),
        (
            Format::Binary,
            "I {{$any}}\r\n",
            "binary \"I {{$any}}\\r\\n\"",
        ),
    ];
    for (format, pattern, described) in cases {
        let given = matcher(format, pattern, false).describe();
        match given.strip_suffix('…') {
            Some(start) => assert!(
                start.starts_with(described) && given.chars().count() == 80,
                "{given}"
            ),
            None => assert_eq!(given, described),
        }
    }
    let desk = Desk::new();
    let alone = |pattern| {
        desk.fill()
            .matcher(&pattern, false)
            .expect("a matcher")
            .describe()
    };
    assert_eq!(alone(Pattern::Any), "message");
    assert_eq!(alone(Pattern::Format(Format::Json)), "json message");
}

#[test]
fn messages_are_shown_on_one_harmless_line() {
    let shown = |message: &Reading| matcher(Format::Text, "never", false).explain(message).shown;
    let cases = [
        (
            text("{ \"a\" : [1, \"b c\\\" \"] }"),
            r#"{"a":[1,"b c\" "]}"#,
        ),
        (text("hi"), "hi"),
        (text(""), "\"\""),
        (text("a\nb\u{7f}"), "\"a\\nb\\u007f\""),
        (
            text("{\"a\":\"\u{202e}\u{200b}\u{feff}\u{2028}\u{85}\u{e0041}\"}"),
            r#"{"a":"\u202e\u200b\ufeff\u2028\u0085\udb40\udc41"}"#,
        ),
        (
            text("<a>\n <b>x\u{202e}\ny</b>\n</a>"),
            "<a><b>x&#x202e; y</b></a>",
        ),
        (binary(b"\x00\xff"), "hex 00 ff"),
        (binary(b"PING\r\n"), "\"PING\\r\\n\""),
        (binary(b""), "hex"),
        (
            Reading::new(Frame::Close(Some(Close {
                code: 1000,
                reason: "done\n".into(),
            }))),
            "close 1000 done",
        ),
        (
            Reading::new(Frame::Pong(Bytes::from_static(b"\xff"))),
            "pong ff",
        ),
    ];
    for (message, expected) in cases {
        assert_eq!(shown(&message), expected);
    }
    let long = shown(&text(&"é".repeat(1_000_000)));
    assert_eq!(long, format!("{}…", "é".repeat(79)));
}

#[test]
fn a_pattern_that_cannot_be_is_told_at_its_place() {
    let cases = [
        (
            Format::Json,
            "[{{$rest}}, 1]",
            "`{{$rest}}` stands for the tail of an array, as its last element only",
            1..10,
        ),
        (
            Format::Json,
            "{\"a\": {{$rest}}}",
            "`{{$rest}}` stands for the tail of an array, as its last element only",
            6..15,
        ),
        (
            Format::Json,
            "[\"{{$rest}}\"]",
            "`{{$rest}}` stands in a JSON array only",
            2..11,
        ),
        (
            Format::Json,
            "{\"{{$any}}\": 1}",
            "a key cannot be left open, only its value",
            2..10,
        ),
        (
            Format::Json,
            "{\"a\": {{$any}} 1}",
            "this is not JSON: expected `,` or `}`",
            15..16,
        ),
        (
            Format::Json,
            "[{{$match /(/}}]",
            "this is not a valid regular expression: unclosed group",
            1..15,
        ),
        (
            Format::Text,
            "a{{$match /(/}}",
            "this is not a valid regular expression: unclosed group",
            1..15,
        ),
        (Format::Text, "{{nope}}", "`nope` is not defined", 0..8),
        (
            Format::Text,
            "{{$rest}}",
            "`{{$rest}}` stands in a JSON array only",
            0..9,
        ),
        (
            Format::Xml,
            "<{{$any}}/>",
            "a name cannot be left open",
            1..9,
        ),
        (
            Format::Xml,
            "<a>{{$any}}",
            "this is not well-formed XML: `<a>` is never closed",
            0..1,
        ),
        (Format::Binary, "hex 0?", "half of this byte is open", 1..2),
        (
            Format::Binary,
            "hex {{$any}}",
            "among the digits of bytes nothing is left open by a placeholder",
            0..8,
        ),
        (
            Format::Json,
            "@./none",
            "`./none` cannot be read: no such file",
            0..7,
        ),
    ];
    for (format, pattern, message, place) in cases {
        let desk = Desk::new();
        let body = Pattern::Body(body(format, pattern));
        let error = desk.fill().matcher(&body, false).expect_err(pattern);
        assert_eq!(
            (error.message.as_str(), std::ops::Range::from(error.span)),
            (message, place),
            "{pattern}"
        );
    }
}
