//! What placeholders stand for; and templates as the parser would build them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::format::Format;
use crate::protocol::GeneratedKind;
use crate::script::{Call, Content, Escape, Kind, Placeholder, Value};
use crate::source::Span;
use crate::wall_clock::WallClock;

#[path = "../../../tests/laws/insertion.rs"]
mod law;

/// Files by their paths.
pub(in crate::script) struct Shelf(pub(in crate::script) BTreeMap<&'static str, &'static [u8]>);

impl Files for Shelf {
    fn read(&self, path: &str) -> Result<Bytes, crate::script::Unreadable> {
        match self.0.get(path) {
            Some(bytes) => Ok(Bytes::from_static(bytes)),
            None => Err("no such file".into()),
        }
    }
}

/// What a test fills in from.
pub(in crate::script) struct Desk {
    pub(in crate::script) scope: Scope,
    generator: RefCell<Generator>,
    files: Shelf,
    message: Option<Frame>,
}

impl Desk {
    pub(in crate::script) fn new() -> Self {
        let scope = Scope::default();
        scope.set("name", Value::Text("Ann \"A\" <a&b>\n".into()));
        scope.set("count", Value::Text("3".into()));
        scope.set("text", Value::string("a/b c"));
        scope.set("big", Value::Json("12345678901234567890.10".into()));
        scope.set("object", Value::Json(r#"{"a":[1]}"#.into()));
        let files: [(&'static str, &'static [u8]); 4] = [
            ("./a.json", b"{\"a\": 1}\n"),
            ("./a.xml", b"<a><b/></a>"),
            ("./a.txt", b"caf\xc3\xa9"),
            ("./a.bin", b"\x00\xff"),
        ];
        Self {
            scope,
            generator: RefCell::new(Generator {
                random: fastrand::Rng::with_seed(7),
                clock: WallClock::new(|| {
                    jiff::Timestamp::from_millisecond(1_700_000_000_120).unwrap_or_default()
                }),
            }),
            files: Shelf(files.into()),
            message: Some(Frame::Text(r#"{"a":{"b":[1.0],"c":"x\"y"}}"#.into())),
        }
    }

    pub(in crate::script) fn fill(&self) -> Fill<'_> {
        Fill {
            scope: &self.scope,
            generator: &self.generator,
            files: &self.files,
            index: Some(4),
            client: Some("bob"),
            client_count: Some(2),
            message: self.message.as_ref(),
            request: None,
            instance: 1,
            packing: Packing::plain(),
        }
    }
}

/// A template as the parser builds it; in JSON each placeholder knows whether it stands in a string.
pub(in crate::script) fn template(text: &str, format: Format) -> Template {
    let mut parts = Vec::new();
    let (mut inside, mut rest) = (false, text);
    let place = |rest: &str| text.len() - rest.len();
    while let Some(open) = rest.find("{{") {
        // Of a longer run of braces the last two open.
        let (_, braces) = rest.split_at(open);
        let run = braces.len() - braces.trim_start_matches('{').len();
        let (before, after) = rest.split_at(open + run);
        let before = before.strip_suffix("{{").expect("braces");
        let start = place(rest) + before.len();
        if !before.is_empty() {
            parts.push(Part::Literal(
                before.to_owned(),
                Span::new(place(rest), start),
            ));
        }
        inside ^= before
            .replace("\\\\", "")
            .replace("\\\"", "")
            .matches('"')
            .count()
            % 2
            == 1;
        let (inner, after) = after.split_once("}}").expect("an end");
        let (what, keep) = match inner.rsplit_once(" as ") {
            Some((what, keep)) => (what, Some(keep.to_owned())),
            None => (inner, None),
        };
        rest = after;
        parts.push(Part::Placeholder(Placeholder {
            call: call(what),
            keep,
            escape: match format.written() {
                Format::Json if inside => Escape::JsonString,
                Format::Json => Escape::JsonValue,
                Format::Xml => Escape::Xml,
                _ => Escape::None,
            },
            span: Span::new(start, place(rest)),
        }));
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(
            rest.to_owned(),
            Span::new(place(rest), text.len()),
        ));
    }
    Template {
        parts,
        span: Span::new(0, text.len()),
    }
}

fn call(what: &str) -> Call {
    let words: Vec<&str> = what.split(' ').collect();
    match words[..] {
        ["$any"] => Call::Kind(Kind::Any),
        ["$string"] => Call::Kind(Kind::String),
        ["$number"] => Call::Kind(Kind::Number),
        ["$integer"] => Call::Kind(Kind::Integer),
        ["$boolean"] => Call::Kind(Kind::Boolean),
        ["$uuid"] => Call::Kind(Kind::Uuid),
        ["$datetime"] => Call::Kind(Kind::Datetime),
        ["$match", ..] => {
            let regex = what.trim_start_matches("$match ").trim_matches('/');
            Call::Kind(Kind::Match(regex.replace("\\/", "/")))
        }
        ["$rest"] => Call::Rest,
        ["$newUuid"] => Call::Uuid,
        ["$timestamp"] => Call::Timestamp,
        ["$epoch"] => Call::Epoch,
        ["$epochMs"] => Call::EpochMs,
        ["$randomInt", low, high] => {
            Call::RandomInt(low.parse().expect("low"), high.parse().expect("high"))
        }
        ["$randomString", length] => Call::RandomString(length.parse().expect("a length")),
        ["$base64", name] => Call::Base64(name.to_owned()),
        ["$uri", name] => Call::Uri(name.to_owned()),
        ["$char", point] => {
            let point: u32 = point.parse().expect("a code point");
            Call::Char(char::from_u32(point).expect("a character"))
        }
        ["$file", path] => Call::File(path.to_owned()),
        ["$index"] => Call::Index,
        ["$client"] => Call::Client,
        ["$clientCount"] => Call::ClientCount,
        [message] if message.starts_with("$message") => {
            Call::Message(message.split('.').skip(1).map(str::to_owned).collect())
        }
        _ => Call::Variable(what.to_owned()),
    }
}

/// A body as the parser builds it.
pub(in crate::script) fn body(format: Format, text: &str) -> Body {
    let span = Span::new(0, text.len());
    let content = if text.starts_with("@./") || text.starts_with("@../") {
        Content::File(Template::literal(text.trim_start_matches('@'), span))
    } else if format != Format::Binary {
        Content::Plain(template(text, format))
    } else if let Some(digits) = text.strip_prefix("hex ") {
        Content::Hex(template(digits, format))
    } else if let Some(digits) = text.strip_prefix("base64 ") {
        Content::Base64(template(digits, format))
    } else {
        Content::Quoted(template(text, format))
    };
    Body {
        format,
        message: None,
        content,
        span,
    }
}

fn filled(text: &str, format: Format) -> Result<String, Diagnostic> {
    let desk = Desk::new();
    Ok(desk.fill().text(&template(text, format))?.value)
}

#[test]
fn a_value_is_put_in_by_where_it_stands() {
    let cases = [
        (
            Format::Text,
            "{{name}}|{{big}}|{{text}}",
            "Ann \"A\" <a&b>\n|12345678901234567890.10|a/b c",
        ),
        (Format::Text, "{{object}} {{$char 955}}", "{\"a\":[1]} λ"),
        (
            Format::Text,
            "{{$base64 text}} {{$uri text}} {{$uri name}}",
            "YS9iIGM= a%2Fb%20c Ann%20%22A%22%20%3Ca%26b%3E%0A",
        ),
        (
            Format::Text,
            "{{$index}} {{$client}} {{$clientCount}}",
            "4 bob 2",
        ),
        (
            Format::Text,
            "{{$message.a.c}} {{$message.a.b}} {{$message.a.b.0}}",
            "x\"y [1.0] 1.0",
        ),
        (
            Format::Text,
            "{{$message}}",
            r#"{"a":{"b":[1.0],"c":"x\"y"}}"#,
        ),
        (Format::Text, "{{$file ./a.txt}}", "café"),
        (
            Format::Json,
            r#"{"a": "{{name}}", "b": {{big}}, "c": {{text}}, "d": {{count}}, "e": "{{object}}"}"#,
            r#"{"a": "Ann \"A\" <a&b>\n", "b": 12345678901234567890.10, "c": "a/b c", "d": 3, "e": "{\"a\":[1]}"}"#,
        ),
        (
            Format::Json,
            r#"["{{$message.a.c}}", {{$message.a.c}}, {{$message.a}}, {{$message.a.b.0}}, "{{$file ./a.json}}"]"#,
            r#"["x\"y", "x\"y", {"b":[1.0],"c":"x\"y"}, 1.0, "{\"a\": 1}\n"]"#,
        ),
        (
            Format::Xml,
            "<a b='{{name}}'/>",
            "<a b='Ann &quot;A&quot; &lt;a&amp;b&gt;&#xa;'/>",
        ),
    ];
    for (format, text, expected) in cases {
        assert_eq!(filled(text, format).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn values_are_made_and_told() {
    let desk = Desk::new();
    let text = "{{$newUuid}} {{$timestamp}} {{$epoch}} {{$epochMs}} {{$randomInt -2 -2}} {{$randomString 8}}";
    let filled = desk
        .fill()
        .text(&template(text, Format::Text))
        .expect("filled");
    let words: Vec<&str> = filled.value.split(' ').collect();
    let kinds: Vec<_> = filled.generated.iter().map(|made| made.kind).collect();
    assert!(
        filled
            .generated
            .iter()
            .map(|made| made.text.as_str())
            .eq(words.iter().copied())
    );
    assert_eq!(
        words[1..5],
        [
            "2023-11-14T22:13:20.120Z",
            "1700000000",
            "1700000000120",
            "-2"
        ]
    );
    assert_eq!(
        uuid::Uuid::try_parse(words[0])
            .expect("a uuid")
            .get_version_num(),
        4
    );
    assert!(words[5].len() == 8 && words[5].chars().all(|char| char.is_ascii_alphanumeric()));
    assert_eq!(
        kinds,
        [
            GeneratedKind::Uuid,
            GeneratedKind::Timestamp,
            GeneratedKind::Integer,
            GeneratedKind::Integer,
            GeneratedKind::Integer,
            GeneratedKind::Word,
        ]
    );
    let again = Desk::new()
        .fill()
        .text(&template(text, Format::Text))
        .expect("filled");
    assert_eq!(again, filled, "a seed makes the same values");
    let next = desk
        .fill()
        .text(&template(text, Format::Text))
        .expect("filled");
    assert_ne!(next, filled, "each occurrence is made anew");
}

#[test]
fn what_is_kept_is_inserted_as_it_was() {
    let desk = Desk::new();
    let send = r#"{"a": "{{$epoch as quoted}}", "b": {{$epoch as bare}}, "c": "{{$newUuid as id}}", "d": {{big as same}}}"#;
    let frame = desk
        .fill()
        .frame(&body(Format::Json, send))
        .expect("a frame");
    let is_kept = |value: &&crate::protocol::Generated| value.kind == GeneratedKind::Kept;
    let kept: Vec<_> = frame.generated.iter().filter(is_kept).collect();
    assert_eq!(frame.generated.len() - kept.len(), 3);
    assert_eq!(kept.len(), 1, "the one that was kept before");
    assert_eq!(kept[0].text, "12345678901234567890.10");
    let again = r#"[{{quoted}}, {{bare}}, "{{bare}}", {{same}}]"#;
    let again = desk
        .fill()
        .text(&template(again, Format::Json))
        .expect("filled");
    assert_eq!(
        again.value,
        r#"["1700000000", 1700000000, "1700000000", 12345678901234567890.10]"#
    );
    desk.fill()
        .text(&template("{{$epoch as word}}", Format::Text))
        .expect("filled");
    assert_eq!(
        desk.scope.get("word"),
        Some(Value::Json("\"1700000000\"".into()))
    );
    let Some(Value::Json(id)) = desk.scope.get("id") else {
        panic!("the id is kept");
    };
    assert_eq!(id, format!("\"{}\"", frame.generated[2].text));
}

#[test]
fn bodies_make_frames() {
    let text = |text: &str| Frame::Text(text.into());
    let bytes = |bytes: &'static [u8]| Frame::Binary(Bytes::from_static(bytes));
    let cases = [
        (Format::Text, "", text("")),
        (Format::Text, "a {{count}}\n b", text("a 3\n b")),
        (Format::Json, " {\"a\" :  1.0}", text(" {\"a\" :  1.0}")),
        (Format::Json, "@./a.json", text("{\"a\": 1}\n")),
        (Format::Xml, "<a>\n<b/></a>", text("<a>\n<b/></a>")),
        (Format::Xml, "@./a.xml", text("<a><b/></a>")),
        (Format::Text, "@./a.txt", text("café")),
        (Format::Binary, "@./a.bin", bytes(b"\x00\xff")),
        (Format::Binary, "hex 00 1\nF", bytes(b"\x00\x1f")),
        (Format::Binary, "hex ", bytes(b"")),
        (
            Format::Binary,
            "hex {{count}}{{count}} {{$message}}",
            Frame::Binary(
                [&b"\x33"[..], br#"{"a":{"b":[1.0],"c":"x\"y"}}"#]
                    .concat()
                    .into(),
            ),
        ),
        (
            Format::Binary,
            "base64 AAEC /w==",
            bytes(b"\x00\x01\x02\xff"),
        ),
        (Format::Binary, "base64 AAEC/w", bytes(b"\x00\x01\x02\xff")),
        (Format::Binary, "PING {{count}}\r\n", bytes(b"PING 3\r\n")),
    ];
    for (format, source, frame) in cases {
        let filled = Desk::new().fill().frame(&body(format, source));
        assert_eq!(filled.map(|filled| filled.value), Ok(frame), "{source}");
    }
}

#[test]
fn a_binary_message_goes_on_as_it_came() {
    let mut desk = Desk::new();
    desk.message = Some(Frame::Binary(Bytes::from_static(&[0, 0xff])));
    let frame = |source: &str| {
        desk.fill()
            .frame(&body(Format::Binary, source))
            .map(|filled| filled.value)
    };
    assert_eq!(
        frame("hex 01 {{$message}}"),
        Ok(Frame::Binary(Bytes::from_static(&[1, 0, 0xff])))
    );
    assert_eq!(
        frame("base64 {{$message}}"),
        Ok(Frame::Binary(Bytes::from_static(&[0, 0xff])))
    );
    assert_eq!(
        frame("a{{$message}}"),
        Ok(Frame::Binary(Bytes::from_static(&[b'a', 0, 0xff])))
    );
    let error = desk
        .fill()
        .frame(&body(Format::Text, "a{{$message}}"))
        .expect_err("no text");
    assert_eq!(error.message, "the message is binary and no UTF-8 text");
    let error = desk
        .fill()
        .text(&template("{{$message.a}}", Format::Json))
        .expect_err("no member");
    assert_eq!(error.message, "the message is binary: it has no `a`");
    desk.message = Some(Frame::Text("hi".into()));
    assert_eq!(
        desk.fill()
            .text(&template("[{{$message}}]", Format::Json))
            .map(|filled| filled.value),
        Ok("[\"hi\"]".into())
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_cannot_be_filled_in_is_told_at_its_place() {
    let cases = [
        (Format::Text, "a {{nmae}}", "`nmae` is not defined", 2..10),
        (
            Format::Text,
            "{{env.HOME}}",
            "`env.HOME` is not defined",
            0..12,
        ),
        (
            Format::Text,
            "{{$base64 nope}}",
            "`nope` is not defined",
            0..16,
        ),
        (
            Format::Text,
            "{{$file ./no}}",
            "`./no` cannot be read: no such file",
            0..14,
        ),
        (
            Format::Text,
            "{{$file ./a.bin}}",
            "`./a.bin` is not UTF-8 text (from byte 1 on)",
            0..17,
        ),
        (
            Format::Text,
            "{{$any}}",
            "this placeholder stands for what arrives, and nothing arrives here",
            0..8,
        ),
        (
            Format::Text,
            "{{$randomInt 3 1}}",
            "the lower bound is the higher one",
            0..18,
        ),
        (
            Format::Text,
            "{{$randomString 99999999}}",
            "more than 16777216 letters",
            0..26,
        ),
        (
            Format::Text,
            "@./a.bin",
            "`./a.bin` is not UTF-8 text (from byte 1 on)",
            0..8,
        ),
        (
            Format::Json,
            "@./a.txt",
            "in `./a.txt`: this is not JSON: expected value (line 1, column 1)",
            0..8,
        ),
        (
            Format::Json,
            "{\n \"a\": x, \"b\": \"{{name}}\"}",
            "this is not JSON: expected value",
            8..9,
        ),
        (
            Format::Json,
            "{\"a\": {{name}}}",
            "this is not JSON: expected value",
            6..14,
        ),
        (
            Format::Xml,
            "<a b=\"{{name}}\">é</b>",
            "this is not well-formed XML: `</b>` stands where `</a>` must",
            18..19,
        ),
        (
            Format::Xml,
            "<!DOCTYPE a><a b=\"{{name}}\"/>",
            "XML with a DOCTYPE is not read",
            0..1,
        ),
        (
            Format::Binary,
            "hex 0g",
            "`g` is not a hexadecimal digit",
            1..2,
        ),
        (
            Format::Binary,
            "hex 00 1",
            "the last byte has one digit only",
            3..4,
        ),
        (
            Format::Binary,
            "hex ??",
            "`?` is not a hexadecimal digit",
            0..1,
        ),
        (
            Format::Binary,
            "base64 A*",
            "`*` is not a base64 digit",
            1..2,
        ),
        (
            Format::Binary,
            "base64 A",
            "this base64 is cut short or padded wrongly",
            0..1,
        ),
    ];
    for (format, source, message, place) in cases {
        let error = Desk::new()
            .fill()
            .frame(&body(format, source))
            .expect_err(source);
        assert_eq!(
            (error.message.as_str(), std::ops::Range::from(error.span)),
            (message, place),
            "{source}"
        );
    }
    let hint = |source| filled(source, Format::Text).expect_err(source).hint;
    assert_eq!(hint("{{nmae}}").as_deref(), Some("did you mean `name`?"));
    assert!(hint("{{env.HOME}}").is_some_and(|hint| hint.contains("--allow-env HOME")));
}

/// What stands behind `json`, `xml` or `text`, with `{{v}}` where a value may stand.
fn bodies() -> impl Strategy<Value = String> {
    let texts = |texts: &'static [&'static str]| proptest::sample::select(texts);
    let leaf = texts(&["\"{{v}}\"", "\"a{{v}}\\n\\\"{{v}}\"", "1.50", "null"]);
    let json = leaf
        .prop_map(str::to_owned)
        .prop_recursive(3, 9, 3, |inner| {
            let items = proptest::collection::vec(inner, 0..3);
            (items, any::<bool>()).prop_map(|(items, named)| {
                if !named {
                    return format!("[{}]", items.join(", "));
                }
                let members = items.iter().enumerate();
                let members = members.map(|(at, item)| format!("\"{{{{v}}}}{at}\": {item}"));
                format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
            })
        });
    let leaf = texts(&["t", "{{v}}", " &lt;{{v}}", "<c d=\"{{v}}\" e='t'/>"]);
    let xml = leaf
        .prop_map(str::to_owned)
        .prop_recursive(3, 9, 3, |inner| {
            proptest::collection::vec(inner, 0..3)
                .prop_map(|parts| format!("<a b='-{{{{v}}}}'>{}</a>", parts.concat()))
        });
    let text = texts(&[
        "{{v}}",
        "a {{v}} b",
        "\"{{v}}\\n\\{{\"",
        "\n\\-> {{v}}\n{ }",
    ]);
    prop_oneof![json, xml, text.prop_map(str::to_owned)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn a_value_changes_nothing_around_it(
        body in bodies(),
        value in prop_oneof![any::<String>(), r#"[\\"'{}<>/&;,:=\]\[ \n\r\tav]{0,9}"#],
    ) {
        law::holds(&format!("{body}\n%%\n{value}"));
    }
}

proptest! {
    #[test]
    fn any_string_in_a_json_string_is_that_string(text in any::<String>(), before in "[a-z]{0,3}") {
        let desk = Desk::new();
        desk.scope.set("v", Value::Text(text.clone()));
        let source = format!("[\"{before}{{{{v}}}}\"]");
        let json = desk.fill().text(&template(&source, Format::Json)).expect("filled").value;
        let spelled: Vec<String> = serde_json::from_str(&json).expect("JSON");
        prop_assert_eq!(&spelled, &[format!("{before}{text}")]);
        desk.scope.set("k", Value::string(&text));
        let json = desk.fill().text(&template("[{{k}}]", Format::Json)).expect("filled").value;
        prop_assert_eq!(serde_json::from_str::<Vec<String>>(&json).expect("JSON"), [text]);
    }

    #[test]
    fn any_text_in_xml_is_that_text(text in "[^\\p{Cc}\u{fffe}\u{ffff}]*[\t\r\n]?") {
        let desk = Desk::new();
        desk.scope.set("v", Value::Text(text.clone()));
        let source = "<a b=\"{{v}}\" c='{{v}}'>{{v}}</a>";
        let xml = desk.fill().frame(&body(Format::Xml, source)).expect("well-formed").value;
        let Frame::Text(xml) = xml else { panic!("a text frame") };
        let document = roxmltree::Document::parse(&xml).expect("well-formed");
        let root = document.root_element();
        prop_assert_eq!(root.attribute("b"), Some(text.as_str()));
        prop_assert_eq!(root.attribute("c"), Some(text.as_str()));
        prop_assert_eq!(root.text().unwrap_or_default(), text.as_str());
    }

    #[test]
    fn a_percent_encoded_value_is_plain_and_decodes(text in any::<String>()) {
        let desk = Desk::new();
        desk.scope.set("v", Value::Text(text.clone()));
        let encoded = desk.fill().text(&template("{{$uri v}}", Format::Text)).expect("filled").value;
        prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)));
        prop_assert_eq!(percent_encoding::percent_decode_str(&encoded).decode_utf8_lossy(), text);
    }
}
