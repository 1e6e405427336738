//! Text, XML, bytes, formats alone, and the data of control frames.

use super::*;

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
