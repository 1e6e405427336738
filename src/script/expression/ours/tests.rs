//! What each filter gives, and that none goes beyond its bounds.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::*;
use crate::format::deflate::{self, Coding};
use crate::protocol::{Bytes, Frame};
use crate::script::expression::{Expression, Facts, Making, Subject};
use crate::script::{Value, Value::Json};
use crate::source::Span;

fn facts(message: &str, limit: usize) -> Facts {
    Facts {
        wire: None,
        subject: Subject::Frame(Frame::Text(message.into())),
        elapsed: Duration::ZERO,
        handshake: None,
        request: None,
        variables: Vec::new(),
        around: crate::script::Surroundings::default(),
        making: Making::still(limit),
    }
}

fn compiled(source: &str) -> Expression {
    Expression::compile(source, Span::new(0, source.len())).unwrap()
}

fn value(source: &str) -> Result<String, String> {
    match compiled(source).value(&facts("{}", 1 << 20))? {
        Json(json) => Ok(json),
        Value::Text(text) => Ok(text),
        Value::Bytes(bytes) => Ok(format!("{bytes:?}")),
    }
}

/// Why an expression fails that may make so many bytes.
fn fails(source: &str, limit: usize) -> String {
    let error = compiled(source).value(&facts("{}", limit)).unwrap_err();
    error
        .strip_prefix("fails: ")
        .map_or(error.clone(), str::to_owned)
}

#[test]
fn each_example_gives_what_it_says() {
    for filter in FILTERS {
        let example = filter.example;
        let name = filter.name;
        assert!(example.contains(name), "{name}: {example}");
        assert_eq!(value(example).as_deref(), Ok(filter.gives), "{example}");
        assert!(filter.does.ends_with('.'), "{name}");
    }
}

#[test]
fn what_jaq_has_under_the_same_name_is_replaced() {
    let natives = jaq_core::funs::<Machine>()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs())
        .map(|(name, _, _)| name);
    let defined = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs());
    let theirs: BTreeSet<&str> = natives.chain(defined.map(|def| def.name)).collect();
    let ours: BTreeSet<&str> = FILTERS.iter().map(|filter| filter.name).collect();
    let both: Vec<&str> = ours.intersection(&theirs).copied().collect();
    assert_eq!(both, REPLACED);
}

#[test]
fn text_and_bytes_are_joined_by_a_plus() {
    for (source, gives) in [
        (r#""a" + "b""#, r#""ab""#),
        (r#""a" + ("ff" | @hexd) | @hex"#, r#""61ff""#),
        (r#"("ff" | @hexd) + "a" | @hex"#, r#""ff61""#),
        (
            r#"("ff" | @hexd) + null + ("fe" | @hexd) | @hex"#,
            r#""fffe""#,
        ),
        (
            r#"{a: "a"} | .a += ("ff" | @hexd) | .a | @hex"#,
            r#""61ff""#,
        ),
        ("[(1, 2) + (10, 20)]", "[11,21,12,22]"),
        (
            r#"[1, "a" + "b", {a: 1} + {b: 2}]"#,
            r#"[1,"ab",{"a":1,"b":2}]"#,
        ),
        (r#""\(1 + 2)""#, r#""3""#),
    ] {
        assert_eq!(value(source).as_deref(), Ok(gives), "{source}");
    }
}

#[test]
fn what_is_not_text_stays_bytes() {
    let bytes = format!("{:?}", crate::protocol::Bytes::from_static(&[255]));
    assert_eq!(value(r#""/w==" | @base64d"#), Ok(bytes));
    for (source, gives) in [
        (r#""/w==" | @base64d | @base64"#, r#""/w==""#),
        (r#""/w" | @base64d | @hex"#, r#""ff""#),
        (r#""_-8=" | @base64urld | @hex"#, r#""ffef""#),
        (r#""/w==" | @base64d | length"#, "1"),
        (r#""ff" | @hexd | gzip | gunzip | @hex"#, r#""ff""#),
        (
            r#"{b: ("ff" | @hexd)} | tomsgpack | frommsgpack.b | @hex"#,
            r#""ff""#,
        ),
        (
            r#"{b: ("ff" | @hexd)} | tocbor | fromcbor.b | @hex"#,
            r#""ff""#,
        ),
        (r#"{"$bytes": "/w=="} | tocbor | @hex"#, r#""41ff""#),
        (r"[1, nan] | tocbor | @hex", r#""8201f97e00""#),
        (r"{(1 | tostring): 1} | tomsgpack | @hex", r#""81a13101""#),
        (
            r"18446744073709551616 | tocbor | fromcbor",
            "18446744073709551616",
        ),
        (
            r#""c0ff" | @hexd | [.] | tomsgpack | @hex"#,
            r#""91c402c0ff""#,
        ),
        (
            r#""8101c0" | @hexd | frommsgpack"#,
            r#"{"$map":[[1,null]]}"#,
        ),
        (r#""{\"a\":1}" | tobytes | fromjson.a"#, "1"),
    ] {
        assert_eq!(value(source).as_deref(), Ok(gives), "{source}");
    }
}

#[test]
fn a_token_is_signed_as_others_sign_it() {
    // Made by PyJWT: jwt.encode({"sub": "ann"}, "key", "HS256").
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbm4ifQ.";
    let made = value(r#"{sub: "ann"} | jwt_hs256("key")"#).unwrap();
    assert!(made.starts_with(&format!("\"{token}")), "{made}");
    let parts = r#"("a.b" | hmac_sha256("k") | @base64url) as $s | {} | jwt_hs256("k") | split(".") | (.[:2] | join(".") | hmac_sha256("k") | @base64url) == .[2]"#;
    assert_eq!(value(parts).as_deref(), Ok("true"));
}

#[test]
fn bad_input_fails_with_a_sentence() {
    for (source, error) in [
        ("1 | sha256", "`sha256` takes text or bytes, not a number"),
        (
            r#""a" | hmac_sha1(null)"#,
            "`hmac_sha1(KEY)` takes text or bytes, not null",
        ),
        (
            r#""abc" | @hexd"#,
            "`@hexd` takes pairs of hexadecimal digits, and nothing else",
        ),
        (
            r#""_-" | @base64d"#,
            "this is not base64; that of URLs is read by `@base64urld`",
        ),
        (
            r#""/w" | @base64urld"#,
            "this is not base64 of URLs; other base64 is read by `@base64d`",
        ),
        (
            r#""abc" | gunzip"#,
            "the gzip data is not valid: incorrect header check",
        ),
        (
            r#""abc" | gzip | .[:-1] | gunzip"#,
            "the gzip data ends too early",
        ),
        (
            "[256] | tobytes",
            "`tobytes` takes numbers from 0 to 255, not 256",
        ),
        (
            "{} | tobytes",
            "`tobytes` takes text or a list of numbers, not an object",
        ),
        (
            r#""c1" | @hexd | frommsgpack"#,
            "byte 0 is c1, which means nothing in MessagePack",
        ),
        (
            r#"{"$tag": [1, 2]} | tomsgpack"#,
            "MessagePack has no tags: `$tag` is of CBOR",
        ),
        (
            r#""a" | jwt_hs256("k")"#,
            "`jwt_hs256` takes an object of claims, not text",
        ),
        (
            r#"{a: ("ff" | @hexd)} | jwt_hs256("k")"#,
            "bytes have no place in JSON: write them as text, by `@hex` or `@base64`",
        ),
        (
            r#"{} | jwt_hs256("k"; {alg: "none"})"#,
            "the `alg` of what `jwt_hs256` makes is HS256",
        ),
        (
            r#""a.b" | jwt"#,
            "this is not a token: `jwt` takes three parts of base64url, with dots between",
        ),
        (
            r#""YQ.YQ." | jwt"#,
            "the header of this token is not valid JSON",
        ),
    ] {
        assert_eq!(fails(source, 1 << 20), error, "{source}");
    }
}

#[test]
fn what_filters_make_is_bounded_all_in_all() {
    let error = "its filters make more than 1000 bytes (`@max-message`)";
    let zeros = "[range(2000) | 0] | tobytes".to_owned();
    for source in [
        zeros.as_str(),
        "\"a\" * 501 | @hex",
        "[range(40) | tostring | sha256] | length",
        "\"a\" * 10000 | gzip | gunzip",
        "\"a\" * 10000 | tomsgpack",
        "[range(600) | 0] | tomsgpack | frommsgpack",
        "\"a\" * 999 | tobytes | . + \"aa\" | . + \"a\" * 999 | length",
    ] {
        assert_eq!(fails(source, 1000), error, "{source}");
    }
}

#[test]
fn a_bomb_and_what_is_nested_deep_end_in_time() {
    let bomb = deflate::deflate(Coding::Gzip, &vec![0; 64 << 20]);
    let frame = Frame::Binary(Bytes::from(bomb.unwrap()));
    let facts = Facts {
        wire: None,
        subject: Subject::Frame(frame),
        ..facts("", 1 << 20)
    };
    let error = compiled("@base64d | gunzip").value(&facts).unwrap_err();
    assert_eq!(
        error,
        "fails: its filters make more than 1048576 bytes (`@max-message`)"
    );
    let deep = "[range(100000) | 145] | tobytes | frommsgpack";
    assert_eq!(
        fails(deep, 1 << 20),
        "the MessagePack has more than 128 levels"
    );
    let deep = "[range(100000) | 129] | tobytes | fromcbor";
    assert_eq!(fails(deep, 1 << 20), "the CBOR has more than 128 levels");
    let deep = "reduce range(1000) as $n (0; [.]) | tocbor";
    assert_eq!(fails(deep, 1 << 20), "this value has more than 128 levels");
}

#[test]
fn messages_of_the_largest_size_are_signed_and_unpacked() {
    const LARGEST: usize = 64 << 20;
    let text = "a".repeat(LARGEST);
    let of_text = facts(&text, LARGEST);
    let given = |source: &str, facts: &Facts| match compiled(source).value(facts) {
        Ok(Json(json)) => json,
        other => panic!("{source}: {other:?}"),
    };
    // As Python's hmac has it.
    let signature = "5d67dd31f8282dc188e98cf4bbf020e4cdfb2eb4bcee5ca858b4a9a9481a0495";
    let sign = r#"hmac_sha256("k") | @hex"#;
    assert_eq!(given(sign, &of_text), format!("\"{signature}\""));
    // What is signed was not made: it counts for nothing.
    assert_eq!(given(sign, &facts(&text, 96)), format!("\"{signature}\""));
    let past = Instant::now().checked_sub(Duration::from_secs(1));
    assert_eq!(
        compiled(sign).value_until(&of_text, past).unwrap_err(),
        "fails: it did not finish within its step's time"
    );
    for (coding, filter) in [
        (Coding::Gzip, "gunzip"),
        (Coding::Zlib, "unzlib"),
        (Coding::Deflate, "inflate"),
    ] {
        let packed = deflate::deflate(coding, text.as_bytes()).unwrap();
        let source = format!("$packed | {filter} | length");
        let with = |limit: usize| Facts {
            variables: vec![("packed".to_owned(), Value::Bytes(packed.clone().into()))],
            ..facts("{}", limit)
        };
        assert_eq!(given(&source, &with(LARGEST)), LARGEST.to_string());
        assert_eq!(
            compiled(&source).value(&with(LARGEST - 1)).unwrap_err(),
            "fails: its filters make more than 67108863 bytes (`@max-message`)"
        );
        assert_eq!(
            compiled(&source)
                .value_until(&with(LARGEST), past)
                .unwrap_err(),
            "fails: it did not finish within its step's time"
        );
    }
}

#[test]
fn a_long_hash_looks_at_the_clock() {
    let facts = facts(&"a".repeat(1 << 20), 1 << 20);
    let hashes = compiled("[range(1000000) as $n | $text | hmac_sha512(\"k\")] | length");
    let until = Instant::now() + Duration::from_millis(50);
    let error = hashes.value_until(&facts, Some(until)).unwrap_err();
    assert_eq!(error, "fails: it did not finish within its step's time");
    assert!(until.elapsed() < Duration::from_secs(5));
}

#[test]
fn values_of_the_clock_and_chance_are_handed_in() {
    assert_eq!(value("now").as_deref(), Ok("1795348984.101"));
    assert_eq!(value("[uuid, uuid] | unique | length").as_deref(), Ok("2"));
    assert_eq!(value("uuid"), value("uuid"));
    assert!(compiled("{id: uuid}").draws());
    assert!(!compiled("{id: 1}").draws());
}
