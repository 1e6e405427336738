//! What a document or a peer may ask of expressions: depth, size and time are bounded.

use super::*;

#[test]
fn no_source_goes_too_deep() {
    for (open, count) in [
        ("(", 16_000),
        ("[", 16_000),
        ("{a:", 5000),
        ("-", 16_000),
        ("1|", 8000),
        ("1+", 8000),
        ("1*", 8000),
        ("[2*", 5000),
        (".[2*", 4000),
        ("try ", 4000),
        ("def f: ", 2000),
        ("\"\\(", 5000),
        ("if ", 5000),
    ] {
        let _ = Expression::compile(&open.repeat(count), Span::default());
        // Short ones are compiled where they are met, be it on half of the smallest stack that a thread has.
        let short = open.repeat(128 / open.len());
        let compile = move || Expression::compile(&short, Span::default()).is_ok();
        let thread = std::thread::Builder::new()
            .stack_size(1 << 20)
            .spawn(compile);
        thread.unwrap().join().unwrap();
        let source = format!("{}1", open.repeat(count));
        if let Ok(expression) = Expression::compile(&source, Span::default()) {
            let _ = expression.judge(&facts(text("{}")));
        }
    }
    assert!(Expression::compile(&"1+".repeat(20_000), Span::default()).is_err());
}

#[test]
fn no_recursion_breaks_the_stack() {
    let deep = "it calls itself too deep";
    let steps = "it takes too many steps";
    let cases = [
        ("def f: 1 + f; f", deep),
        ("def f: f | f; f", deep),
        ("def f: [f]; f", deep),
        ("def f: [.] | f; f", steps),
        ("last(repeat(1))", steps),
        ("[range(infinite)] | length", steps),
    ];
    for (source, expected) in cases {
        assert_eq!(judge(source, text("{}")), expected, "{source}");
    }
    // What is deep, but not without end, is printed, compared and dropped.
    assert_eq!(
        judge(
            "reduce range(50000) as $i (0; [.]) | tojson | length == 100001",
            text("{}")
        ),
        "holds"
    );
    assert_eq!(
        judge(
            "def f: if . == 0 then 0 else . - 1 | 1 + f end; 3000 | f == 3000",
            text("{}")
        ),
        "holds"
    );
}

#[test]
fn a_peer_cannot_send_what_goes_too_deep() {
    let nested = "[".repeat(500_000);
    let message = serde_json::json!({ "payload": nested }).to_string();
    assert_eq!(
        judge(".payload | fromjson", text(&message)),
        "this JSON has more than 128 levels"
    );
    let broken = value(".[0] | fromjson", text("[\"eyJ\"]")).expect_err("no JSON");
    assert!(
        broken.starts_with("fails: cannot parse \"eyJ\" as JSON"),
        "{broken}"
    );
    assert_eq!(value("length", text(&nested)).as_deref(), Ok("500000"));
    let xml = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert_eq!(value("type", text(&xml)).as_deref(), Ok("\"string\""));
}

/// A term, forty times, each time of what the one before gave.
fn forty_times(term: &str) -> String {
    vec![term; 40].join(" | ")
}

#[test]
fn what_is_joined_is_bounded() {
    let doubled = forty_times(". + .");
    let nested = forty_times("[., .]");
    for source in [
        r#"reduce range(60) as $i ("ab"; . + .) | length"#,
        r"reduce range(60) as $i ([1, 2]; . + .) | length",
        r#"reduce range(60) as $i ("ab"; . += .) | length"#,
        r#"reduce range(60) as $i ("ab" | tobytes; . + .) | length"#,
        &doubled,
        &format!("[.] | {doubled} | length"),
        &forty_times(r#""\(.)\(.)""#),
        &forty_times(r#". += "\(.)""#),
        &format!("{nested} | tostring"),
        &format!("{nested} | tojson"),
        &format!("{nested} | @base64"),
        &format!(r#"{nested} | "a\(.)""#),
        r#""ab" * 50000 | [limit(500; repeat(.))] | add"#,
        r#""ab" * 50000 | [limit(500; repeat(.))] | add(.[])"#,
        r#""ab" * 50000 | [limit(500; repeat(.))] | join("")"#,
        r#"["ab" * 50000] | [limit(500; repeat(.))] | flatten(2) | tojson"#,
        "[range(1000)] | [limit(2000; repeat(.))] | add",
        r#""ab" * 50000 | [limit(500; repeat(.)) | . + "b"] | length"#,
    ] {
        let broken = value(source, text("x")).unwrap_err();
        let too_much = broken.contains("it joins more than 4 MiB");
        assert!(too_much, "{source}: {broken}");
    }
}

#[test]
fn what_grows_piece_by_piece_is_not_copied_for_each() {
    for (source, gives) in [
        (
            r#"reduce range(20000) as $i (""; . + "abcdefghij") | length"#,
            "200000",
        ),
        (
            r#"reduce range(20000) as $i (""; . += "abcdefghij") | length"#,
            "200000",
        ),
        ("reduce range(20000) as $i ([]; . + [$i]) | length", "20000"),
        (
            "reduce range(20000) as $i ({}; .a += [$i]) | .a | length",
            "20000",
        ),
        (
            r#"reduce range(20000) as $i ({}; . + {"\($i)": 1}) | length"#,
            "20000",
        ),
        ("[range(20000) | tostring] | add | length", "88890"),
        ("[range(20000) | tostring] | join(\",\") | length", "108889"),
        ("[range(20000) | [.]] | add | length", "20000"),
    ] {
        assert_eq!(value(source, text("x")).as_deref(), Ok(gives), "{source}");
    }
}

#[test]
fn a_value_that_holds_another_many_times_is_not_written_out() {
    let nested = forty_times("[., .]");
    let given = |source: &str| value(source, text("x")).unwrap_err();
    assert_eq!(given(&nested), "is larger than 4 MiB");
    let reason = "fails: it failed, for a reason that is too large to be told";
    assert_eq!(given(&format!("{nested} | . - 1")), reason);
    assert_eq!(given(&format!("{nested} | error")), reason);
    assert_eq!(
        given(&format!("{nested} | tocbor")),
        "fails: this value takes more than 4 MiB"
    );
    for source in [
        format!("{nested} | try (. - 1) catch ."),
        format!("{nested} | [(. - 1)?, path(try (.a - 1) catch 1), 1] | length"),
    ] {
        let caught = value(&source, text("x"));
        assert!(
            caught.is_ok() || caught.unwrap_err().len() < 200,
            "{source}"
        );
    }
    let source = format!("{nested} == 1");
    assert_eq!(
        judge(&source, text("x")),
        format!("{} is …", brief(&nested))
    );
}

#[test]
fn a_peer_cannot_ask_for_more_than_there_is() {
    let order = |amount: &str| text(&format!(r#"{{"price": "x", "amount": {amount}}}"#));
    let too_much = "its `*` makes more than 16 MiB";
    for amount in ["100000000000", "9223372036854775807", &"9".repeat(50)] {
        for source in [
            ".price * .amount > 0",
            ".amount * .price",
            ".price *= .amount",
            "{a: [.price * .amount]}",
            "\"\\(.price * .amount)\"",
            "def f: .price * .amount; f",
            "if .price * .amount then 1 else 2 end",
            "(.price * .amount) as $x | $x",
            ". as {price: $p, amount: $a} | try ($p * $a) catch 0",
            "reduce .amount as $n (.price; . * $n)",
            ".[.price * .amount]",
        ] {
            assert_eq!(judge(source, order(amount)), too_much, "{source}");
        }
    }
    let digits = "9".repeat(70_000);
    assert_eq!(
        value("type", text(&format!("[{digits}]"))).as_deref(),
        Ok("\"string\"")
    );
    assert_eq!(
        judge("tonumber > 1", text(&digits)),
        "this JSON has a number of more than 65536 digits"
    );
    let squared = "reduce range(40) as $n (3; . * .) | . > 1";
    assert_eq!(judge(squared, text("")), too_much);
}

#[test]
fn a_peer_cannot_send_what_is_found_too_often() {
    let once = "in a text of more than 256 KiB only the first match is searched for";
    let long = "a".repeat(300_000);
    for source in [
        "[match(\"a\"; \"g\")] | length > 1",
        "[scan(\"a\")] | length > 1",
        "gsub(\"a\"; \"b\") | length > 1",
        "[splits(\"a\")] | length > 1",
        "split(\"a\"; \"\") | length > 1",
        "test(\"a\"; \"gi\")",
    ] {
        assert_eq!(judge(source, text(&long)), once, "{source}");
        assert_eq!(judge(source, text("banana")), "holds", "{source}");
    }
    for source in [
        "test(\"b*$\")",
        "match(\"a\").offset == 0",
        "sub(\"a\"; \"\") | length == 299999",
        "split(\"a\") | length == 300001",
    ] {
        assert_eq!(judge(source, text(&long)), "holds", "{source}");
    }
    assert_eq!(judge("test(1)", text("a")), "cannot use 1 as string");
    assert_eq!(
        value("[capture(\"(?<x>a)(?<y>n)\"; \"g\")]", text("banana")).as_deref(),
        Ok(r#"[{"x":"a","y":"n"},{"x":"a","y":"n"}]"#)
    );
}

#[test]
fn time_is_bounded_where_it_is_asked_for() {
    let expression =
        compile("[limit(100000; repeat(1))] | map(. as $x | [., $x]) | length == 100000");
    let past = Instant::now().checked_sub(Duration::from_secs(1));
    let judged = expression.judge_until(&facts(text("{}")), past);
    assert_eq!(
        judged,
        Judged::Fails {
            why: "it did not finish within its step's time".to_owned(),
            place: expression.span,
        }
    );
    assert_eq!(expression.judge(&facts(text("{}"))), Judged::Holds);
}
