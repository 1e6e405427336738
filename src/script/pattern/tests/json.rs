//! JSON: what matches by value, what differs and where, what is kept.

use super::*;

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
