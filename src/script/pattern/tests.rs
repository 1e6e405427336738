//! What matches, how near a miss is, and how it is explained.

use proptest::prelude::*;
use serde_json::Value as Given;

use super::*;
use crate::protocol::{Bytes, Close};
use crate::script::fill::tests::{Desk, body, template};

#[path = "../../../tests/laws/matching.rs"]
mod law;

fn matcher(format: Format, pattern: &str, exact: bool) -> Matcher {
    let desk = Desk::new();
    let body = Pattern::Body(body(format, pattern));
    desk.fill().matcher(&body, exact).expect(pattern)
}

fn text(text: &str) -> Reading {
    Reading::new(Frame::Text(text.into()))
}

fn binary(bytes: &[u8]) -> Reading {
    Reading::new(Frame::Binary(Bytes::copy_from_slice(bytes)))
}

fn matches(format: Format, pattern: &str, message: &Reading) -> bool {
    matches!(
        matcher(format, pattern, false).test(message),
        MatchVerdict::Match(_)
    )
}

/// What is kept, as `name=json`, or why nothing is.
fn kept(format: Format, pattern: &str, message: &Reading) -> String {
    let matcher = matcher(format, pattern, false);
    match matcher.test(message) {
        MatchVerdict::Match(kept) => kept
            .into_iter()
            .map(|(name, value)| match value {
                Value::Json(json) => format!("{name}={json}"),
                Value::Text(text) => format!("{name} is text: {text}"),
                Value::Bytes(bytes) => format!("{name} is bytes: {bytes:?}"),
            })
            .collect::<Vec<_>>()
            .join(" "),
        MatchVerdict::Miss(_) => matcher.explain(message).why,
    }
}

const UUID: &str = "5f0c1d7e-36c4-4c5c-8f6a-0123456789ab";

#[test]
fn json_matches_by_value() {
    let yes = [
        ("{}", r#"{"a":1}"#),
        (r#"{"a":1}"#, r#"{"b":2, "a":1.0}"#),
        ("12345678901234567890", "12345678901234567890"),
        ("1", "1e0"),
        ("-0", "0"),
        (r#"{"a":{"b":[1,{}]}}"#, r#"{"a":{"b":[1,{"x":1}],"c":2}}"#),
        ("[1, {{$rest}}]", "[1]"),
        ("[1, {{$rest}}]", "[1,2,3]"),
        ("[{{$rest}}]", "[]"),
        (r#""\u0061b""#, r#""ab""#),
        (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
        ("{{$any}}", "null"),
        ("{{$string}}", "\"\""),
        ("{{$number}}", "-1.5e3"),
        ("{{$integer}}", "1.0"),
        ("{{$integer}}", "10e-1"),
        ("{{$boolean}}", "false"),
        (r#"{"id": {{$uuid}}}"#, &format!("{{\"id\":\"{UUID}\"}}")),
        ("{{$datetime}}", "\"2026-11-22T12:03:04.101Z\""),
        ("{{$datetime}}", "\"2024-02-29t23:59:60+23:59\""),
        ("{{$match /^\\d{4}$/}}", "\"2026\""),
        ("{{$match /b/}}", "\"abc\""),
        ("\"{{$any}}\"", "\"\""),
        ("\"{{$any}}\"", "\"a\\nb\""),
        ("\"id-{{$integer}}\"", "\"id-007\""),
        ("\"{{$integer}}\"", "\"1\""),
        ("\"{{name}}\"", r#""Ann \"A\" <a&b>\n""#),
        ("{{object}}", r#"{"a":[1],"b":2}"#),
        ("{\"{{text}}\": 1}", r#"{"a/b c": 1}"#),
        ("@./a.json", r#"{"a":1,"b":2}"#),
    ];
    for (pattern, message) in yes {
        assert!(
            matches(Format::Json, pattern, &text(message)),
            "{pattern} {message}"
        );
    }
}

#[test]
fn json_that_differs_is_explained_by_path() {
    let no = [
        (
            r#"{"op":"tick"}"#,
            r#"{"op":"halt"}"#,
            r#".op: "halt" is not "tick""#,
        ),
        (r#"{"op":"tick"}"#, "{}", ".op is missing"),
        (
            r#"{"items":[1,2,{"id":"b"}]}"#,
            r#"{"items":[1,2,{"id":"a"}]}"#,
            r#".items[2].id: "a" is not "b""#,
        ),
        (
            r#"{"n":{{$string}}}"#,
            r#"{"n":3}"#,
            ".n: 3 is not a string",
        ),
        (
            r#"{"n":{{$number}}}"#,
            r#"{"n":"3"}"#,
            ".n: \"3\" is not a number",
        ),
        ("{{$integer}}", "1.5", "1.5 is not an integer"),
        (
            "{{$integer}}",
            "1e-999999999",
            "1e-999999999 is not an integer",
        ),
        ("{{$boolean}}", "0", "0 is not a boolean"),
        ("{{$uuid}}", "\"5f0c\"", "\"5f0c\" is not a UUID"),
        (
            "{{$datetime}}",
            "\"2023-02-29T00:00:00Z\"",
            "\"2023-02-29T00:00:00Z\" is not a date and time",
        ),
        (
            "{{$datetime}}",
            "\"2023-02-28\"",
            "\"2023-02-28\" is not a date and time",
        ),
        (
            "{{$match /^a/}}",
            "\"ba\"",
            "\"ba\" is not a string like /^a/",
        ),
        (
            "12345678901234567890",
            "12345678901234567891",
            "12345678901234567891 is not 12345678901234567890",
        ),
        ("[1,2]", "[1]", "1 element, not 2"),
        (
            r#"{"a":[1,2,{{$rest}}]}"#,
            r#"{"a":[1]}"#,
            ".a: 1 element, not at least 2",
        ),
        (r#"{"a":[[1]]}"#, r#"{"a":[[2]]}"#, ".a[0][0]: 2 is not 1"),
        ("[{\"a\":1}]", "[{\"a\":2}]", ".[0].a: 2 is not 1"),
        (
            r#"{"a":{"b":1}}"#,
            r#"{"a":[1]}"#,
            ".a: [1] is not an object",
        ),
        (r#"{"a":"x"}"#, r#"{"a":null}"#, ".a: null is not \"x\""),
        (
            "\"id-{{$integer}}\"",
            "\"id-x\"",
            "{{$integer}} does not fit \"x\"",
        ),
        (
            "\"id-{{$integer}}\"",
            "\"no-1\"",
            "\"no-1\" does not start with \"id-\"",
        ),
        (
            "{}",
            "hello",
            "it is not valid JSON: `hello` at character 1",
        ),
        ("{}", "[]", "[] is not an object"),
    ];
    for (pattern, message, why) in no {
        let matcher = matcher(Format::Json, pattern, false);
        let message = text(message);
        assert!(
            matches!(matcher.test(&message), MatchVerdict::Miss(_)),
            "{pattern} {message:?}"
        );
        assert_eq!(matcher.explain(&message).why, why);
    }
    let matcher = matcher(Format::Json, "{}", false);
    assert_eq!(matcher.test(&binary(b"{}")), MatchVerdict::Miss(0));
    assert_eq!(
        matcher.explain(&binary(b"{}")).why,
        "it is a binary message, not a text one"
    );
}

#[test]
fn all_differences_are_told() {
    for (pattern, message, why) in [
        (
            r#"{"a b":{"c":1}}"#,
            r#"{"a b":{"c":2}}"#,
            ".[\"a b\"].c: 2 is not 1",
        ),
        (
            r#"{"userId":1,"b":2}"#,
            r#"{"user_id":1,"b":3}"#,
            ".userId is missing, though .user_id is there; .b: 3 is not 2",
        ),
        (r#"{"id":1,"ids":2}"#, r#"{"ids":2}"#, ".id is missing"),
        (
            "[1,2,3,4,5,6,7,8]",
            "[0,2,0,0,0,0,0,0,9]",
            ".[0]: 0 is not 1; .[2]: 0 is not 3; .[3]: 0 is not 4; .[4]: 0 is not 5; \
             .[5]: 0 is not 6; and 3 more",
        ),
    ] {
        let matcher = matcher(Format::Json, pattern, false);
        assert_eq!(matcher.explain(&text(message)).why, why);
    }
}

#[test]
fn a_text_that_is_not_json_is_told_where_it_stops_to_be() {
    for (message, why) in [
        ("", "it is empty"),
        (r#"{"op":"tick","n":NaN}"#, "`NaN` at character 18"),
        ("[1, nul]", "`nul` at character 5"),
        (
            "\u{feff}{\"op\":\"tick\"}",
            "it starts with a byte order mark (U+FEFF)",
        ),
        (
            "{\"op\":\"tick\"}\u{1e}",
            "\"\\u001e\" behind the value, at character 14",
        ),
        (
            "{\"op\":\"tick\"}\n{\"op\":\"tick\"}\n",
            "a second value begins at line 2, column 1",
        ),
        (
            "{\"\u{e9}\": 1,\n  \"b\" 2}",
            "`2` at line 2, column 7, where `:` is expected",
        ),
        (
            "{\"a\":1 \"b\":2}",
            "\"\\\"\" at character 8, where `,` or `}` is expected",
        ),
        (
            "{a:1}",
            "`a` at character 2, where a key in double quotes is expected",
        ),
        (
            "{\"a\":1,}",
            "a comma with nothing behind it, before character 8",
        ),
        ("{\"a\":", "it ends too early, behind character 5"),
    ] {
        let matcher = matcher(Format::Json, r#"{"op":"tick"}"#, false);
        let told = matcher.explain(&text(message)).why;
        assert_eq!(told, format!("it is not valid JSON: {why}"), "{message}");
    }
    let deep = "[".repeat(200) + &"]".repeat(200);
    assert_eq!(
        matcher(Format::Json, "{}", false).explain(&text(&deep)).why,
        "it is not valid JSON: it has more than 128 levels"
    );
}

#[test]
fn the_part_that_is_not_met_has_its_place() {
    for (format, pattern, message, part) in [
        (
            Format::Json,
            r#"{"items": [{"qty": 1}, {"qty" : {{$number}}}]}"#,
            r#"{"items":[{"qty":1},{"qty":"2"}]}"#,
            "{{$number}}",
        ),
        (
            Format::Json,
            r#"{"n": {"a": [1, 2]}, "userId": "x" }"#,
            r#"{"n": {"a": [1, 2]}}"#,
            r#""userId": "x""#,
        ),
        (
            Format::Json,
            r#"{"n": {"a": [1, 2]}}"#,
            r#"{"n": {"a": [1]}}"#,
            "[1, 2]",
        ),
        (
            Format::Json,
            r#"{"a": "b{{$integer}}"}"#,
            r#"{"a": "c1"}"#,
            r#""b{{$integer}}""#,
        ),
        (
            Format::Xml,
            "<o id='1' n='2'>x</o>",
            "<o id='1' n='3'>x</o>",
            "n='2'",
        ),
        (Format::Xml, "<o><l>3</l><k/></o>", "<o><l>4</l></o>", "3"),
        (Format::Xml, "<o><l>3</l><k/></o>", "<o><l>3</l></o>", "<k"),
        (
            Format::Xml,
            "<o xmlns:p='u' a='>' p:n = \"2\">\n <l> x y </l></o>",
            "<o xmlns:p='u' a='>' p:n='3'><l>x y</l></o>",
            "p:n = \"2\"",
        ),
        (
            Format::Xml,
            "<o a='>'>\n <l> x y </l></o>",
            "<o a='>'><l>x</l></o>",
            "x y",
        ),
        (
            Format::Text,
            "order {{$integer}} shiped",
            "order 12 shipped",
            "ed",
        ),
        (
            Format::Text,
            "order {{$integer}} x",
            "order y x",
            "{{$integer}}",
        ),
    ] {
        let miss = matcher(format, pattern, false).explain(&text(message));
        let place = miss.place.map(std::ops::Range::from);
        assert_eq!(
            place.and_then(|place| pattern.get(place)),
            Some(part),
            "{pattern}"
        );
    }
    let miss = matcher(Format::Json, "@./a.json", false).explain(&text("{}"));
    assert_eq!(miss.place, None);
}

#[test]
fn exact_means_nothing_more() {
    let cases = [
        (
            Format::Json,
            r#"{"a":{"b":1}}"#,
            r#"{"a":{"b":1,"c":2}}"#,
            ".a.c is one key too many",
        ),
        (
            Format::Json,
            "{}",
            r#"{"x y":1}"#,
            ".[\"x y\"] is one key too many",
        ),
        (
            Format::Json,
            r#"[{"b":1}]"#,
            r#"[{"b":1,"c":2}]"#,
            ".[0].c is one key too many",
        ),
        (
            Format::Xml,
            "<a/>",
            "<a b='1'/>",
            "/a/@b is one attribute too many",
        ),
        (Format::Xml, "<a/>", "<a>x</a>", "/a has text"),
        (
            Format::Xml,
            "<a><b/></a>",
            "<a><b/><c/></a>",
            "/a: 2 elements, not 1",
        ),
        (
            Format::Xml,
            "<a><b/></a>",
            "<a><b c='1'/></a>",
            "/a/b/@c is one attribute too many",
        ),
    ];
    for (format, pattern, message, why) in cases {
        let message = text(message);
        assert!(matches(format, pattern, &message), "{pattern}");
        let exact = matcher(format, pattern, true);
        assert!(
            matches!(exact.test(&message), MatchVerdict::Miss(_)),
            "{pattern}"
        );
        assert_eq!(exact.explain(&message).why, why);
    }
    let same = matcher(Format::Json, r#"{"b":1,"a":[1,{{$rest}}]}"#, true);
    assert_eq!(
        same.test(&text(r#"{"a":[1,2],"b":1.0}"#)),
        MatchVerdict::Match(Vec::new())
    );
    let same = matcher(Format::Xml, "<a b='1'> <c/> </a>", true);
    assert_eq!(
        same.test(&text("<a b='1'><c/></a>")),
        MatchVerdict::Match(Vec::new())
    );
}

#[test]
fn values_are_kept_with_every_digit() {
    let cases = [
        (
            Format::Json,
            r#"{"n":{{$number as n}},"o":{{$any as o}}}"#,
            r#"{"n":1.10,"o":{"b":12345678901234567890,"a":[]}}"#,
            r#"n=1.10 o={"b":12345678901234567890,"a":[]}"#,
        ),
        (
            Format::Json,
            "\"{{$integer as i}}-{{$any as rest}}\"",
            "\"12-x\\ny\"",
            r#"i="12" rest="x\ny""#,
        ),
        (
            Format::Json,
            "{{$match /\\d+/ as d}}",
            "\"ab12cd\"",
            "d=\"12\"",
        ),
        (
            Format::Json,
            "{{$uuid as u}}",
            "\"5f0c1d7e-36c4-4c5c-8f6a-0123456789ab\"",
            "u=\"5f0c1d7e-36c4-4c5c-8f6a-0123456789ab\"",
        ),
        (
            Format::Json,
            "[{{$any as a}}, {{$any as b}}, {{$rest}}]",
            "[1,null,2]",
            "a=1 b=null",
        ),
        (
            Format::Text,
            "0{{$any as open}}",
            "0{\"sid\":1}",
            "open=\"{\\\"sid\\\":1}\"",
        ),
        (
            Format::Text,
            "{{$any as a}}-{{$any as b}}",
            "x-y-z",
            r#"a="x" b="y-z""#,
        ),
        (
            Format::Text,
            "{{$integer as a}}{{$any as b}}",
            "123",
            r#"a="1" b="23""#,
        ),
        (
            Format::Text,
            "{{$match /(\\d)(\\d)/ as a}}{{$any as b}}",
            "123",
            r#"a="12" b="3""#,
        ),
        (
            Format::Text,
            "{{$match /\\d+/ as n}}",
            "order 42 ok",
            "n=\"42\"",
        ),
        (
            Format::Xml,
            "<o id='{{$any as id}}'><l>{{$number as n}}</l></o>",
            "<o id='x 1'><k/><l> 2.5 </l></o>",
            r#"id="x 1" n="2.5""#,
        ),
        (
            Format::Binary,
            "INFO {{$any as info}}\r\n",
            "INFO {}\r\n",
            "info=\"{}\"",
        ),
    ];
    for (format, pattern, message, expected) in cases {
        let message = match format {
            Format::Binary => binary(message.as_bytes()),
            _ => text(message),
        };
        assert_eq!(kept(format, pattern, &message), expected, "{pattern}");
    }
}

#[test]
fn text_matches_as_a_whole() {
    let yes = [
        ("", ""),
        ("{\"a\":1}", "{\"a\":1}"),
        ("a.c", "a.c"),
        ("{{$any}}", ""),
        ("{{$any}}", "a\nb"),
        ("a{{$any}}z", "az"),
        ("{{count}} of {{$integer}}", "3 of -4"),
        ("at {{$datetime}}!", "at 2026-11-22T12:03:04Z!"),
        ("{{$uuid}}", UUID),
        ("{{$boolean}}{{$boolean}}", "truefalse"),
        ("40{{{$any}}}", "40{x}"),
        ("{{$match /b/}}", "abc"),
        ("a{{$match /b|c/}}d", "acd"),
    ];
    for (pattern, message) in yes {
        assert!(
            matches(Format::Text, pattern, &text(message)),
            "{pattern} {message}"
        );
    }
    let long = "x".repeat(50);
    let no = [
        (
            "tick".to_owned(),
            "halt".to_owned(),
            "\"halt\" is not \"tick\"".to_owned(),
        ),
        ("a.c".into(), "abc".into(), "\"abc\" is not \"a.c\"".into()),
        (
            "{{$string}}".into(),
            String::new(),
            "{{$string}} does not fit \"\"".into(),
        ),
        (
            "n {{$number}} end".into(),
            "n 1 en".into(),
            "behind \"n 1\" stands \" en\", not \" end\"".into(),
        ),
        (
            "n {{$number as n}}".into(),
            "n x".into(),
            "{{$number as n}} does not fit \"x\"".into(),
        ),
        (
            "n {{$number}}".into(),
            "m 1".into(),
            "\"m 1\" does not start with \"n \"".into(),
        ),
        (
            "a{{$match /b/}}d".into(),
            "axbd".into(),
            "{{$match /b/}} does not fit \"xbd\"".into(),
        ),
        (
            "{{$integer}}".into(),
            "1.5".into(),
            "{{$integer}} does not fit \"1.5\"".into(),
        ),
        (
            format!("{long}a"),
            format!("{long}b"),
            "from character 51 on \"b\" is not \"a\"".into(),
        ),
    ];
    for (pattern, message, why) in no {
        let matcher = matcher(Format::Text, &pattern, false);
        assert!(
            matches!(matcher.test(&text(&message)), MatchVerdict::Miss(_)),
            "{pattern} {message}"
        );
        assert_eq!(matcher.explain(&text(&message)).why, why);
    }
    assert_eq!(
        matcher(Format::Text, "a", false).explain(&binary(b"a")).why,
        "it is a binary message, not a text one"
    );
}

#[test]
fn text_behind_a_placeholder_is_told_where_it_differs() {
    for (pattern, message, why) in [
        (
            "order {{$integer}} shiped",
            "order 12 shipped",
            "behind \"order 12\" stands \" shipped\", not \" shiped\"",
        ),
        (
            "order {{$integer}} ship",
            "order 12 shipped",
            "behind \"order 12 ship\" stands \"ped\", and nothing should",
        ),
        (
            "at {{$number}} ms",
            "at -1.5e3",
            "behind \"at -1.5e3\" nothing follows, not \" ms\"",
        ),
        (
            "a {{$any}} b",
            "a c d",
            "\" b\" does not follow behind \"a \"",
        ),
        ("{{$any}} b", "a c d", "\" b\" is not in \"a c d\""),
    ] {
        let matcher = matcher(Format::Text, pattern, false);
        assert_eq!(matcher.explain(&text(message)).why, why);
    }
}

#[test]
fn xml_matches_as_an_ordered_subset() {
    let yes = [
        ("<a/>", "<a b='1'>text<c/></a>"),
        ("<a>x  y</a>", "<a>\n x\ty </a>"),
        ("<a><b/><d/></a>", "<a><b/><c/><d/></a>"),
        ("<a><b>2</b></a>", "<a><b>1</b><b>2</b></a>"),
        ("<p:a xmlns:p='u'/>", "<a xmlns='u'/>"),
        ("<a xmlns:p='u' p:b='1'/>", "<a xmlns:q='u' q:b='1'/>"),
        ("<a>{{$integer}} of {{count}}</a>", "<a> 2 of\n3</a>"),
        ("<a><![CDATA[<x>]]></a>", "<a>&lt;x&gt;</a>"),
        (
            "<a b='{{name}}'/>",
            "<a b='Ann &quot;A&quot; &lt;a&amp;b>&#10;'/>",
        ),
        ("<!-- c --><a/>", "<?xml version='1.0'?><a><!-- d --></a>"),
        ("@./a.xml", "<a><b>1</b></a>"),
    ];
    for (pattern, message) in yes {
        assert!(
            matches(Format::Xml, pattern, &text(message)),
            "{pattern} {message}"
        );
    }
    let no = [
        (
            "<order id='a'/>",
            "<order id='b'/>",
            "/order/@id: \"b\" is not \"a\"",
        ),
        ("<order id='a'/>", "<order/>", "/order/@id is missing"),
        ("<o><l>1</l></o>", "<o><k/></o>", "/o/l is missing"),
        (
            "<o><l>3</l></o>",
            "<o><l>1</l><l>2</l></o>",
            "/o/l[2]: \"2\" is not \"3\"",
        ),
        (
            "<o><b/><a/></o>",
            "<o><a/><b/></o>",
            "/o/a stands before /o/b, not behind it",
        ),
        ("<a/>", "<b/>", "/b is not a"),
        ("<a xmlns='u'/>", "<a/>", "/a is of no namespace, not of u"),
        (
            "<o><p:a xmlns:p='u'>1</p:a></o>",
            "<o><a xmlns='v'>1</a></o>",
            "/o/a is of the namespace v, not u",
        ),
        (
            "<o id='1' n='2'><l>3</l><k/></o>",
            "<o iD='1' n='3'><l>4</l></o>",
            "/o/@id is missing, though /o/@iD is there; /o/@n: \"3\" is not \"2\"; \
             /o/l: \"4\" is not \"3\"; /o/k is missing",
        ),
        (
            "<o><item/></o>",
            "<o><itme/></o>",
            "/o/item is missing, though /o/itme is there",
        ),
        (
            "<a>{{$number}}</a>",
            "<a>x</a>",
            "/a: {{$number}} does not fit \"x\"",
        ),
        (
            "<a/>",
            "<a>",
            "it is not well-formed XML: `<a>` is never closed, at character 1",
        ),
    ];
    for (pattern, message, why) in no {
        let matcher = matcher(Format::Xml, pattern, false);
        let message = text(message);
        assert!(
            matches!(matcher.test(&message), MatchVerdict::Miss(_)),
            "{pattern} {message:?}"
        );
        assert_eq!(matcher.explain(&message).why, why);
    }
}

#[test]
fn bytes_match_one_by_one() {
    let yes: [(&str, &[u8]); 7] = [
        ("hex 00 ?? ff", b"\x00\x07\xff"),
        ("hex ", b""),
        ("base64 AP8=", b"\x00\xff"),
        ("INFO {{$any}}\r\n", b"INFO \xff\xfe\r\n"),
        ("PING", b"PING"),
        ("é", "é".as_bytes()),
        ("@./a.bin", b"\x00\xff"),
    ];
    for (pattern, message) in yes {
        assert!(
            matches(Format::Binary, pattern, &binary(message)),
            "{pattern}"
        );
        assert!(
            !matches(
                Format::Binary,
                pattern,
                &text(&String::from_utf8_lossy(message))
            ),
            "{pattern}"
        );
    }
    let no: [(&str, &[u8], &str); 5] = [
        ("hex 00 01", b"\x00\x02", "byte 1 is 02, not 01"),
        ("hex 00 ??", b"\x00", "1 bytes, not 2"),
        ("base64 AA==", b"\x00\x01", "2 bytes, not 1"),
        ("PING", b"\xff", "ff is not \"PING\""),
        ("P{{$integer}}", b"Px", "{{$integer}} does not fit \"x\""),
    ];
    for (pattern, message, why) in no {
        assert_eq!(kept(Format::Binary, pattern, &binary(message)), why);
    }
}

#[test]
fn a_format_alone_matches_what_reads_as_it() {
    let desk = Desk::new();
    let fits = |pattern: &Pattern, message: &Reading| {
        let matcher = desk.fill().matcher(pattern, false).expect("a matcher");
        matches!(matcher.test(message), MatchVerdict::Match(_))
    };
    let messages = [
        text("42"),
        text("<a/>"),
        text("hi"),
        binary(b"42"),
        Reading::new(Frame::Close(None)),
    ];
    let expected = [
        (Pattern::Any, [true, true, true, true, false]),
        (
            Pattern::Format(Format::Text),
            [true, true, true, false, false],
        ),
        (
            Pattern::Format(Format::Json),
            [true, false, false, false, false],
        ),
        (
            Pattern::Format(Format::Xml),
            [false, true, false, false, false],
        ),
        (
            Pattern::Format(Format::Binary),
            [false, false, false, true, false],
        ),
    ];
    for (pattern, expected) in expected {
        assert_eq!(
            messages.each_ref().map(|message| fits(&pattern, message)),
            expected,
            "{pattern:?}"
        );
    }
}

#[test]
fn words_match_the_data_of_control_frames() {
    let desk = Desk::new();
    let words = |pattern: &str| {
        desk.fill()
            .words(&template(pattern, Format::Text))
            .expect(pattern)
    };
    let ping = |data: &'static [u8]| Reading::new(Frame::Ping(Bytes::from_static(data)));
    assert_eq!(
        words("p1").test(&ping(b"p1")),
        MatchVerdict::Match(Vec::new())
    );
    assert_eq!(words("p1").test(&ping(b"p2")), MatchVerdict::Miss(2));
    assert_eq!(
        words("{{$any}}").test(&ping(b"\xff")),
        MatchVerdict::Match(Vec::new())
    );
    assert_eq!(
        words("p1").explain(&ping(b"p2")),
        Miss {
            shown: "ping p2".into(),
            why: "\"p2\" is not \"p1\"".into(),
            place: None,
        }
    );
    let close = Reading::new(Frame::Close(Some(Close {
        code: 1000,
        reason: "bye 7".into(),
    })));
    assert_eq!(
        words("bye {{$integer as n}}").test(&close),
        MatchVerdict::Match(vec![("n".into(), Value::string("7"))])
    );
    assert_eq!(words("bye {{count}}").describe(), "bye 3");
}

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

#[test]
fn hostile_messages_are_only_misses() {
    let deep = "[".repeat(100_000);
    let closed = format!("{deep}{}", "]".repeat(100_000));
    for message in [&deep, &closed] {
        assert_eq!(
            kept(Format::Json, "[{{$rest}}]", &text(message)),
            "it is not valid JSON: it has more than 128 levels"
        );
    }
    let xml = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert!(matches(Format::Xml, "<a><a/></a>", &text(&xml)));
    assert_eq!(
        kept(Format::Xml, "<a><b/></a>", &text(&xml)),
        "/a/b is missing"
    );
    let pattern = Pattern::Body(body(Format::Xml, &xml));
    assert!(Desk::new().fill().matcher(&pattern, false).is_err());
}

fn any_json() -> impl Strategy<Value = Given> {
    let leaf = prop_oneof![
        Just(Given::Null),
        any::<bool>().prop_map(Given::from),
        any::<i64>().prop_map(Given::from),
        any::<f64>().prop_map(Given::from),
        "[^{}]{0,6}".prop_map(Given::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Given::from),
            prop::collection::btree_map("[^{}]{0,4}", inner, 0..4)
                .prop_map(|members| Given::Object(members.into_iter().collect())),
        ]
    })
}

/// The same with an object's first member left out, if there is one.
fn without_a_member(value: &Given) -> Option<Given> {
    match value {
        Given::Object(members) if !members.is_empty() => {
            Some(Given::Object(members.clone().into_iter().skip(1).collect()))
        }
        Given::Array(items) => items.iter().enumerate().find_map(|(at, item)| {
            let mut items = items.clone();
            *items.get_mut(at)? = without_a_member(item)?;
            Some(Given::Array(items))
        }),
        _ => None,
    }
}

fn spelled(value: &Given) -> String {
    // Braces side by side would open a placeholder.
    value.to_string().replace('{', "{ ")
}

/// What may be put together to JSON: leaves, and the members of objects by their numbers.
fn json_of(leaves: &'static [&'static str]) -> impl Strategy<Value = String> {
    let leaf = proptest::sample::select(leaves).prop_map(str::to_owned);
    leaf.prop_recursive(3, 12, 3, |inner| {
        let members = prop::collection::vec(inner, 0..3);
        (members, any::<bool>()).prop_map(|(members, named)| {
            if !named {
                return format!("[{}]", members.join(", "));
            }
            let members = members.iter().enumerate();
            let members = members.map(|(at, member)| format!("\"k{at}\": {member}"));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        })
    })
}

fn xml_of(leaves: &'static [&'static str]) -> impl Strategy<Value = String> {
    let leaf = proptest::sample::select(leaves).prop_map(str::to_owned);
    let inner = leaf.prop_recursive(3, 12, 3, |inner| {
        prop::collection::vec(inner, 0..3)
            .prop_map(|parts| format!("<b c=\"x\">{}</b>", parts.concat()))
    });
    inner.prop_map(|inner| format!("<a>{inner}</a>"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold_for_any_json(pattern in any_json(), message in any_json()) {
        law::holds(&format!("{}\n%%\n{message}", spelled(&pattern)));
    }

    #[test]
    fn laws_hold_for_any_text(pattern in "[^{}@]{0,8}", message in any::<String>()) {
        law::holds(&format!("{pattern}{{{{$any}}}}b{{{{$number}}}}\n%%\n{message}"));
    }

    #[test]
    fn laws_hold_for_patterns_of_json(
        pattern in json_of(&[
            "1", "1.0", "\"a\"", "null", "{{$any as x}}", "{{$number}}", "{{$string as y}}",
            "\"{{$any}}b\"", "\"{{$integer}}\"", "{{$match /a/}}", "[1, {{$rest}}]", "[{{$rest}}]",
        ]),
        message in json_of(&["1", "1e0", "10e-1", "\"a\"", "\"ab\"", "\"7\"", "null", "true", "[1,2]"]),
    ) {
        law::holds(&format!("{pattern}\n%%\n{message}"));
    }

    #[test]
    fn laws_hold_for_patterns_of_xml(
        pattern in xml_of(&["t", "{{$any as x}}", "<c/>", "<c d='{{$number}}'/>", " a{{$integer}} "]),
        message in xml_of(&["t", " t\n", "<c/>", "<c d='1' e='2'></c>", "a7", "<!-- x -->", "&amp;"]),
    ) {
        law::holds(&format!("{pattern}\n%%\n{message}"));
    }
}

proptest! {
    #[test]
    fn a_pattern_with_less_in_it_matches_still(value in any_json()) {
        if let Some(less) = without_a_member(&value) {
            let message = text(&value.to_string());
            prop_assert!(matches(Format::Json, &spelled(&less), &message));
            let exact = matcher(Format::Json, &spelled(&less), true);
            prop_assert!(matches!(exact.test(&message), MatchVerdict::Miss(_)));
            let more = matcher(Format::Json, &spelled(&value), false);
            prop_assert!(matches!(more.test(&text(&less.to_string())), MatchVerdict::Miss(_)));
        }
    }

    #[test]
    fn any_takes_whatever_stands_there(before in "[^{}@]{0,8}", between in any::<String>(), after in "[^{}]{0,8}") {
        let pattern = format!("{before}{{{{$any as x}}}}{after}");
        let message = format!("{before}{between}{after}");
        let MatchVerdict::Match(kept) = matcher(Format::Text, &pattern, false).test(&text(&message)) else {
            return Err(TestCaseError::fail(pattern));
        };
        prop_assert_eq!(&kept, &[("x".to_owned(), Value::string(&between))]);
    }
}
