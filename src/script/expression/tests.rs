//! What expressions see, give and refuse.

mod bounds;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::*;
use crate::protocol::{Bytes, Close};

fn facts(subject: Subject) -> Facts {
    Facts {
        wire: None,
        subject,
        elapsed: Duration::from_millis(1500),
        handshake: Some(Arc::new(handshake())),
        around: crate::script::Surroundings::default(),
        request: None,
        variables: vec![
            ("feed".into(), Value::Json("7".into())),
            ("token".into(), Value::Text("abc".into())),
            ("chat.url".into(), Value::Text("ws://x".into())),
            ("chat.port".into(), Value::Text("80".into())),
            ("env.HOME".into(), Value::Text("/h".into())),
            ("order".into(), Value::Json(r#"{"id":{"n":1}}"#.into())),
        ],
        making: Making::still(1 << 20),
    }
}

fn handshake() -> Handshake {
    Handshake {
        status: 101,
        reason: "Switching Protocols".into(),
        headers: vec![
            ("X-One".into(), "a".into()),
            ("Server".into(), "s".into()),
            ("x-one".into(), "b".into()),
        ],
        subprotocol: Some("v1".into()),
        deflate: None,
        body: Bytes::from_static(b"body"),
    }
}

fn text(text: &str) -> Subject {
    Subject::Frame(Frame::Text(text.into()))
}

fn compile(source: &str) -> Expression {
    Expression::compile(source, Span::new(0, source.len())).expect(source)
}

fn value(source: &str, subject: Subject) -> Result<String, String> {
    let value = compile(source).value(&facts(subject))?;
    match value {
        Value::Json(json) => Ok(json),
        Value::Text(text) => Err(format!("not JSON: {text}")),
        Value::Bytes(bytes) => Err(format!("not JSON: {bytes:?}")),
    }
}

fn judge(source: &str, subject: Subject) -> String {
    match compile(source).judge(&facts(subject)) {
        Judged::Holds => "holds".to_owned(),
        Judged::Fails { why, .. } => why,
    }
}

#[test]
fn numbers_are_saved_as_they_came() {
    for number in ["12345678901234567890", "1.10", "1e400", "-0.50", "7", "1E5"] {
        assert_eq!(
            value(".n", text(&format!("{{\"n\":{number}}}"))).as_deref(),
            Ok(number)
        );
    }
    let object = r#"{"z":1.10,"a":[12345678901234567890,{"b":null}]}"#;
    assert_eq!(value(".", text(object)).as_deref(), Ok(object));
}

#[test]
fn the_dot_is_the_message() {
    let read = |body: &str, format| Subject::Read(Frame::Text(body.into()), format);
    let bytes = |bytes: &'static [u8]| Bytes::from_static(bytes);
    let cases = [
        (".", text("hello"), r#""hello""#),
        (".", text("42"), r#""42""#),
        (".", read("42", Format::Json), "42"),
        (".", read("{\"a\":1}", Format::Text), r#""{\"a\":1}""#),
        ("$format", read("{\"a\":1}", Format::Text), r#""text""#),
        (
            ".",
            Subject::Frame(Frame::Binary(bytes(&[0, 1, 255]))),
            r#""AAH/""#,
        ),
        (".", Subject::Frame(Frame::Ping(bytes(b"p1"))), r#""p1""#),
        (
            ".",
            Subject::Frame(Frame::Close(None)),
            r#"{"code":null,"reason":""}"#,
        ),
        (
            ".",
            Subject::Frame(Frame::Close(Some(Close {
                code: 1000,
                reason: "done".into(),
            }))),
            r#"{"code":1000,"reason":"done"}"#,
        ),
        (
            ".",
            text("<?xml version=\"1.0\"?>\n<o id=\"1\"><l>x</l><m/></o>"),
            r#"{"t":"o","a":{"id":"1"},"c":[{"t":"l","c":["x"]},{"t":"m"}]}"#,
        ),
        (
            ".",
            Subject::Handshake(Arc::new(handshake())),
            r#"{"status":101,"headers":{"x-one":"a, b","server":"s"},"subprotocol":"v1","body":"body"}"#,
        ),
    ];
    for (source, subject, expected) in cases {
        let shown = format!("{subject:?}");
        assert_eq!(value(source, subject).as_deref(), Ok(expected), "{shown}");
    }
}

#[test]
fn variables_have_their_names() {
    let cases = [
        ("$text", r#""{\"a\": 1}""#),
        ("$size", "8"),
        ("$format", r#""json""#),
        ("$elapsed", "1500"),
        ("$handshake.headers.server", r#""s""#),
        ("$feed + .a", "8"),
        ("$token", r#""abc""#),
        ("$chat.url", r#""ws://x""#),
        ("$chat | keys", r#"["port","url"]"#),
        ("$env.HOME", r#""/h""#),
        ("$order.id.n", "1"),
        ("[.a as $x | $x + $x, ([1,2] as [$p] | $p)]", "[2,1]"),
        ("def f($q): $q + 1; f(2)", "3"),
        ("reduce range(4) as $i (0; . + $i)", "6"),
        ("[range(3; 0; -1)]", "[3,2,1]"),
        (r#""{\"b\":[1.0]}" | fromjson"#, r#"{"b":[1.0]}"#),
    ];
    for (source, expected) in cases {
        assert_eq!(
            value(source, text(r#"{"a": 1}"#)).as_deref(),
            Ok(expected),
            "{source}"
        );
    }
    let binary = Subject::Frame(Frame::Binary(Bytes::from_static(&[255])));
    assert_eq!(
        value("[$text, $size, $format]", binary).as_deref(),
        Ok(r#"[null,1,"binary"]"#)
    );
}

#[test]
fn needs_are_what_comes_from_outside() {
    let needs = |source: &str| {
        compile(source)
            .needs
            .iter()
            .map(|name| {
                assert_eq!(
                    source.get(std::ops::Range::from(name.span)),
                    Some(format!("${}", name.text).as_str())
                );
                name.text.clone()
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(needs(".price > 0 and $text == \"\""), [""; 0]);
    assert_eq!(needs("$feed == .feed"), ["feed"]);
    assert_eq!(needs("$chat.url, $chat.port"), ["chat.url", "chat.port"]);
    assert_eq!(needs("$order.id[0].x"), ["order.id"]);
    assert_eq!(needs(".[] as $x | $x + $y.z"), ["y.z"]);
    assert_eq!(needs("reduce .[] as $x (0; . + $x) | . == $sum"), ["sum"]);
    assert_eq!(needs("def f($a; g): $a + g; f(1; $b)"), ["b"]);
    assert_eq!(needs(r#""\($who): \(.x)""#), ["who"]);
    assert_eq!(needs("label $out | $v, break $out"), ["v"]);
    let shifted = Expression::compile("  $a ", Span::new(10, 15)).expect("compiles");
    assert_eq!(
        (shifted.source.as_str(), shifted.span),
        ("$a", Span::new(12, 14))
    );
    assert_eq!(shifted.needs[0].span, Span::new(12, 14));
}

#[test]
fn a_check_holds_or_tells_why_not() {
    let message = r#"{"price":-3,"op":"halt","items":[{"n":1},{"n":9}],"bad":"\u202e"}"#;
    let cases = [
        (".price < 0", "holds"),
        (".items[].n > 0", "holds"),
        (".price > 0", ".price is -3"),
        (".price  ==  4", ".price is -3"),
        (".items[].n < 5", ".items[].n is 9"),
        (".items | length == 3", ".items | length is 2"),
        (
            "def n: .items; n | length < 2",
            "def n: .items; n | length is 2",
        ),
        (
            ".price as $p | .items | .[0].n >= $p + 9",
            ".price as $p | .items | .[0].n is 1",
        ),
        (".items[0].n == 1 | . == 3", ".items[0].n == 1 | . is true"),
        ("(.items | length) == 3", "(.items | length) is 2"),
        (".op == \"tick\"", ".op is \"halt\""),
        (
            ".op == if .price == 1 then \"a\" else \"b\" end",
            ".op is \"halt\"",
        ),
        (".price + 1 > 0 == true", ".price + 1 > 0 is false"),
        (".price > 0 and .op == \"halt\"", ".price is -3"),
        (".op == \"halt\" and (.price == 1 or .bad)", "holds"),
        (
            ".op == \"halt\" and (.price == 1 or .op == 2)",
            ".price is -3 and .op is \"halt\"",
        ),
        (".op == \"halt\" and .nothing", ".nothing is null"),
        (".items | .[0] and .[9]", ".items | .[9] is null"),
        (".Price == 1", ".Price is null, though .price is there"),
        (".prise", ".prise is null, though .price is there"),
        (".items[0].m | length > 3", ".items[0].m | length is 0"),
        (
            ".op == \"halt\" and .items[0].number == 1",
            ".items[0].number is null",
        ),
        (".nothing", "it gave null"),
        (".items[] | select(.n > 100)", "it gave nothing"),
        (".bad == \"x\"", ".bad is \"\\u202e\""),
        (".op > 1 | not", "it gave false"),
        (".price.x", "cannot index -3 with \"x\""),
        ("error(\"a\\nb\")", "a\\nb"),
        ("error(\"\")", "it failed and did not say why"),
    ];
    for (source, expected) in cases {
        assert_eq!(judge(source, text(message)), expected, "{source}");
    }
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(500));
    let why = judge(".a == 1", text(&long));
    assert_eq!(why.chars().count(), ".a is ".len() + 80, "{why}");
}

#[test]
fn the_part_that_does_not_hold_has_its_place() {
    for (source, part) in [
        (".a > 0", ".a > 0"),
        (".b == 2 and .a > 0", ".a > 0"),
        (".b == 2 and (.c or .a > 0)", ".c or .a > 0"),
        (".b == 2 and (.a)", ".a"),
        (".b as $b | .b == $b and .a == $b", ".a == $b"),
        (".b == (1, 2) and .b == 2", ".b == (1, 2)"),
    ] {
        let Judged::Fails { place, .. } = compile(source).judge(&facts(text(r#"{"b":2}"#))) else {
            panic!("{source} holds");
        };
        assert_eq!(
            source.get(std::ops::Range::from(place)),
            Some(part),
            "{source}"
        );
    }
}

#[test]
fn what_is_never_false_is_no_condition() {
    let refused = [
        (
            ".a = 1",
            ".a = 1",
            "`.a = 1` assigns, and is never false",
            "did you mean `.a == 1`?",
        ),
        (
            ".a |= 1",
            ".a |= 1",
            "`.a |= 1` assigns, and is never false",
            "did you mean `.a == 1`?",
        ),
        (
            ".a += 1",
            ".a += 1",
            "`.a += 1` assigns, and is never false",
            "did you mean `==`?",
        ),
        (
            ".a //= 1",
            ".a //= 1",
            "`.a //= 1` assigns, and is never false",
            "did you mean `==`?",
        ),
        (
            ".b == 2 and (.a = 1)",
            ".a = 1",
            "`.a = 1` assigns, and is never false",
            "did you mean `.a == 1`?",
        ),
        (
            ".a | .b = 1",
            ".b = 1",
            "`.b = 1` assigns, and is never false",
            "did you mean `.b == 1`?",
        ),
        (
            "any(.items[]; .a = 1)",
            "any(.items[]; .a = 1)",
            "`any(.items[]; .a = 1)` assigns, and is never false",
            "did you mean `any(.items[]; .a == 1)`?",
        ),
        (
            "\"nope\"",
            "\"nope\"",
            "`\"nope\"` is a constant: it says nothing about the message",
            "compare something with it: `. == \"nope\"`",
        ),
        (
            "1 == 1",
            "1 == 1",
            "`1 == 1` is a constant: it says nothing about the message",
            "compare something with it: `. == (1 == 1)`",
        ),
        (
            "{\"a\":1}",
            "{\"a\":1}",
            "`{\"a\":1}` is a constant: it says nothing about the message",
            "compare something with it: `. == {\"a\":1}`",
        ),
        (
            ".op == \"a\" or \"b\"",
            "\"b\"",
            "`\"b\"` is a constant: it says nothing about the message",
            "each side is a condition of its own: write `… == \"b\"`",
        ),
        (
            ".a.b | true",
            "true",
            "`true` is a constant: it says nothing about the message",
            "each side is a condition of its own: write `… == true`",
        ),
        (
            "[.items[] | select(.n > 1)]",
            "[.items[] | select(.n > 1)]",
            "`[.items[] | select(.n > 1)]` is never false or null",
            "an array is true, also an empty one: write `[…] | length > 0`, or `any(…)`",
        ),
        (
            ".items | length",
            "length",
            "`length` is never false or null",
            "compare what it gives, as in `length > 0`: 0 and the empty string are true",
        ),
        (
            ".a // 1",
            ".a // 1",
            "`.a // 1` is never false or null",
            "what stands behind `//` is true: compare all of it, as in `(.a // 0) > 0`",
        ),
    ];
    for (source, part, message, hint) in refused {
        let error = Expression::condition(source, Span::new(0, source.len())).expect_err(source);
        assert_eq!(error.message, message, "{source}");
        assert_eq!(error.hint.as_deref(), Some(hint), "{source}");
        let place = source.get(std::ops::Range::from(error.span));
        assert_eq!(place, Some(part), "{source}");
        // A value may be any of these.
        assert!(Expression::compile(source, error.span).is_ok(), "{source}");
    }
}

#[test]
fn what_may_be_false_is_a_condition() {
    for source in [
        "1 == 1",
        "1",
        "true",
        "null",
        "[1, 2]",
        "\"a\" | length",
        "1 | not",
        r#""\(1)""#,
    ] {
        assert!(
            Expression::condition(source, Span::new(0, source.len())).is_err(),
            "{source}"
        );
    }
    for source in [
        ".",
        ".a",
        "$elapsed < 5",
        "$feed",
        ".a == 1",
        "\"a\" == .a",
        "(.a = 1) == {\"a\": 1}",
        "(.a = 1) | .b == 2",
        ".a // false",
        "(.a // 0) == 0",
        ".items[] | true",
        "select(.a) | true",
        ".items | map(.n) == [1]",
        "[.items[] | .n] | length > 0",
        "if .a then .b else false end",
        "now > 5",
        "def f: 1; f == .a",
        "empty",
        ".a | test(\"x\")",
        "try .a catch false",
    ] {
        assert!(
            Expression::condition(source, Span::new(0, source.len())).is_ok(),
            "{source}"
        );
    }
}

#[test]
fn a_value_must_be_there() {
    let failed = |source| value(source, text("{}")).expect_err(source);
    assert_eq!(failed(".a"), "is null");
    assert_eq!(
        value(".userId.x", text(r#"{"user_id":{}}"#)).expect_err("a name"),
        "is null, though .user_id is there"
    );
    assert_eq!(failed("empty"), "gives nothing");
    assert_eq!(failed("nan"), "is NaN, which is not valid JSON");
    assert_eq!(failed(". + 1"), "fails: cannot calculate {} + 1");
    assert_eq!(value("1, 2", text("{}")).as_deref(), Ok("1"));
    assert_eq!(value("false", text("{}")).as_deref(), Ok("false"));
}

#[test]
fn what_jq_does_not_understand_is_told_at_its_place() {
    let cases = [
        ("", "an expression is missing", 0..0),
        (
            ".a >",
            "the expression ends too early: jq expects a term",
            4..4,
        ),
        (".a = = 1", "jq expects a term, not `=`", 5..6),
        (".a )", "jq knows no `)`", 3..4),
        ("(.a", "a `(` is never closed", 3..3),
        ("\"a", "a string is never closed", 2..2),
        (".a && .b", "jq knows no `&`", 3..4),
        (".a | lenght", "jq knows no filter `lenght`", 5..11),
        ("jsn.a", "jq knows no filter `jsn`", 0..3),
        ("env.HOME", "`env` is closed to expressions", 0..3),
        (
            "$ENV.HOME",
            "the environment is closed to expressions",
            0..4,
        ),
        ("input", "`input` is closed to expressions", 0..5),
        ("halt", "`halt` is closed to expressions", 0..4),
        ("halt_error", "`halt_error` is closed to expressions", 0..10),
        ("debug", "`debug` is closed to expressions", 0..5),
        ("localtime", "`localtime` is closed to expressions", 0..9),
        ("map", "`map` does not take 0 arguments", 0..3),
        (
            "import \"a\" as $a; .",
            "an expression cannot load modules",
            0..6,
        ),
        (
            "include \"a\"; .",
            "an expression cannot load modules",
            0..7,
        ),
        ("a::b", "there is no module `a`", 0..1),
        ("break $x", "there is no label `$x`", 6..8),
        (".a * lenght", "jq knows no filter `lenght`", 5..11),
        ("env.HOME * 2", "`env` is closed to expressions", 0..3),
        ("2 * a::b", "there is no module `a`", 4..5),
        ("(.a * 2", "a `(` is never closed", 7..7),
        (
            ".a *",
            "the expression ends too early: jq expects a term",
            4..4,
        ),
    ];
    for (source, message, place) in cases {
        let error = Expression::compile(source, Span::new(0, source.len())).expect_err(source);
        assert_eq!(
            (error.message.as_str(), std::ops::Range::from(error.span)),
            (message, place),
            "{source}"
        );
    }
    let misspelt = Expression::compile("lenght", Span::new(0, 6)).expect_err("misspelt");
    assert_eq!(misspelt.hint.as_deref(), Some("did you mean `length`?"));
}

#[test]
fn what_ours_stand_for_is_jqs() {
    for (source, gives) in [
        (r#"[try error("a") catch ., (1, error, 2)?]"#, r#"["a",1]"#),
        (
            r#"{"a": [1]} | [path(.a[]?, (.b | try .c))]"#,
            r#"[["a",0],["b","c"]]"#,
        ),
        ("[label $l | try (1, break $l, 2)]", "[1]"),
        (
            "def f: if . > 5 then . else . + 1 | (try f) end; 0 | f",
            "6",
        ),
        (
            r#"try (1 - "a") catch ."#,
            r#""cannot calculate 1 - \"a\"""#,
        ),
        (
            r#"[[1, 2] | "a\(.[])b\("x", "y")c"]"#,
            r#"["a1bxc","a1byc","a2bxc","a2byc"]"#,
        ),
        (
            r#"[1, "b"] | @json "\(.)!\(.[1])\n""#,
            r#""[1,\"b\"]!\"b\"\n""#,
        ),
        (r#""\("a")""#, r#""a""#),
        (r#"{"a\(1)": 2} | {"\("a1")"}"#, r#"{"a1":2}"#),
        (
            r#"[null, 1.10, "x"] | tostring, tojson"#,
            r#""[null,1.10,\"x\"]""#,
        ),
        (r#"@text "\(1 + 2)", @html "\("<")""#, r#""3""#),
    ] {
        assert_eq!(value(source, text("x")).as_deref(), Ok(gives), "{source}");
    }
}

#[test]
fn products_are_those_of_jq() {
    let values = [
        ("[(1, 2) * (3, 4)]", "[3,4,6,8]"),
        ("2 * 3 + 4 * 5 - 9 % 5 * 3", "14"),
        ("\"ab\" * 3", "\"ababab\""),
        ("3 * \"ab\"", "\"ababab\""),
        ("\"ab\" * 0", "null"),
        ("{a: {b: 1}} * {a: {c: 2}}", r#"{"a":{"b":1,"c":2}}"#),
        (
            "{a: 2, b: 3} | .a *= 4 | .b *= (.a, 2)",
            r#"{"a":8,"b":24}"#,
        ),
        ("[1, 2] | map(. * 2) | add", "6"),
        ("def double: . * 2; 4 | double | double", "16"),
        ("\"\\(2 * 3) and \\(\"a\" * 2)\"", "\"6 and aa\""),
        (
            "123456789012345678901234567890 * 10",
            "1234567890123456789012345678900",
        ),
        ("$feed * 2", "14"),
        ("[.[] * 2]?", "null"),
    ];
    for (source, expected) in values {
        let given = value(source, text("null")).unwrap_or_else(|_| "null".to_owned());
        assert_eq!(given, expected, "{source}");
    }
    assert_eq!(
        judge("\"ab\" * 2 == \"ab\"", text("")),
        "\"ab\" * 2 is \"abab\""
    );
    assert_eq!(judge("{} * 2", text("")), "cannot calculate {} * 2");
}

#[test]
fn an_expression_can_go_to_another_thread() {
    fn can_travel<T: Send + Sync + Clone + 'static>() {}
    can_travel::<Expression>();
    can_travel::<Facts>();
}
