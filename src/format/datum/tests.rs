//! Values and JSON, both ways.

use proptest::prelude::*;

use super::*;

/// Any value whose JSON is not too deep.
pub(in crate::format) fn datums() -> impl Strategy<Value = Datum<'static>> {
    let key = prop_oneof![
        "[a-c]",
        any::<String>(),
        prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned)
    ];
    let text = key.prop_map(|text| Datum::Text(Cow::Owned(text)));
    let bytes = any::<Vec<u8>>().prop_map(Cow::Owned);
    let simple = any::<u8>().prop_filter(
        "not a value of its own",
        |simple| !matches!(simple, 20..=22 | 24..=31),
    );
    let leaf = prop_oneof![
        Just(Datum::Null),
        any::<bool>().prop_map(Datum::Bool),
        any::<i64>().prop_map(|integer| Datum::Integer(integer.into())),
        any::<u64>().prop_map(|integer| Datum::Integer(integer.into())),
        any::<i8>().prop_map(|integer| Datum::Integer(integer.into())),
        any::<f64>()
            .prop_filter("equal to itself", |float| !float.is_nan())
            .prop_map(Datum::Float),
        Just(Datum::Float(f64::INFINITY)),
        text.clone(),
        bytes.clone().prop_map(Datum::Bytes),
        (any::<i8>(), bytes).prop_map(|(kind, bytes)| Datum::Extension(kind, bytes)),
        simple.prop_map(Datum::Simple),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        let key = prop_oneof![3 => text.clone(), 1 => inner.clone()];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Datum::Array),
            prop::collection::vec((key, inner.clone()), 0..5).prop_map(Datum::Map),
            (any::<u64>(), inner).prop_map(|(tag, inner)| Datum::Tagged(tag, Box::new(inner))),
        ]
    })
}

fn shown(datum: &Datum<'_>) -> String {
    to_json(datum, "value", 1 << 20).unwrap()
}

#[test]
fn what_json_lacks_is_named() {
    let cases = [
        (Datum::Bytes(b"\0\xff"[..].into()), r#"{"$bytes":"AP8="}"#),
        (
            Datum::Extension(-1, b"\0"[..].into()),
            r#"{"$ext":[-1,"AA=="]}"#,
        ),
        (
            Datum::Tagged(1, Box::new(Datum::Integer(0))),
            r#"{"$tag":[1,0]}"#,
        ),
        (Datum::Simple(23), r#"{"$simple":23}"#),
        (Datum::Float(f64::NEG_INFINITY), r#"{"$float":"-inf"}"#),
        (Datum::Float(1.0), "1.0"),
        (Datum::Float(-0.0), "-0.0"),
        (Datum::Float(1e300), "1e+300"),
        (Datum::Map(Vec::new()), "{}"),
        (
            Datum::Map(vec![(Datum::Integer(1), Datum::Text("\u{1}".into()))]),
            r#"{"$map":[[1,"\u0001"]]}"#,
        ),
        (
            Datum::Map(vec![(Datum::Text("$bytes".into()), Datum::Null)]),
            r#"{"$map":[["$bytes",null]]}"#,
        ),
        (
            Datum::Map(vec![
                (Datum::Text("a".into()), Datum::Null),
                (Datum::Text("a".into()), Datum::Bool(true)),
            ]),
            r#"{"$map":[["a",null],["a",true]]}"#,
        ),
    ];
    for (datum, json) in cases {
        assert_eq!(shown(&datum), json);
        assert_eq!(from_json(json), Ok(datum), "{json}");
    }
    assert!(matches!(from_json(r#"{"$float": "nan"}"#), Ok(Datum::Float(nan)) if nan.is_nan()));
    let both = r#"{"$bytes":"not base64","a":1}"#;
    assert_eq!(shown(&from_json(both).unwrap()), both);
}

#[test]
fn what_is_named_and_not_said_right_is_an_error_at_its_place() {
    let told = |json| from_json(json).unwrap_err();
    let cure = "; a map that has such a key is written `{\"$map\": [[KEY, VALUE]]}`";
    for (json, error) in [
        (
            r#"{"a": [{"$bytes": 1}]}"#,
            "`.a[0].\"$bytes\"` must be base64 in a string",
        ),
        (
            r#"{"$bytes": "AP8"}"#,
            "`.\"$bytes\"` must be base64 that is padded (four characters are three bytes: `\"AP8=\"`)",
        ),
        (
            r#"{"$ext": [128, ""]}"#,
            "`.\"$ext\"` must be a type from -128 to 127",
        ),
        (
            r#"{"$tag": [1]}"#,
            "`.\"$tag\"` must be a tag and a value: `[1, 0]`",
        ),
        (
            r#"{"$map": [[1]]}"#,
            "`.\"$map\"[0]` must be a key and a value: `[1, \"one\"]`",
        ),
        (
            r#"{"$float": 1.5}"#,
            "`.\"$float\"` must be `\"nan\"`, `\"inf\"` or `\"-inf\"`",
        ),
    ] {
        assert_eq!(told(json), format!("{error}{cure}"));
    }
    assert_eq!(told("[1e999]"), "the number at `.[0]` is too large");
    let long = format!("[{}]", "9".repeat(100_000));
    assert_eq!(told(&long), "the number at `.[0]` is too large");
    assert!(told("{").starts_with("it is not valid JSON: "));
}

#[test]
fn json_is_bounded_in_size_and_depth() {
    let nested = |levels| {
        (1..levels).fold(Datum::Array(Vec::new()), |inner, _| {
            Datum::Array(vec![inner])
        })
    };
    assert_eq!(shown(&nested(128)).len(), 256);
    let error = to_json(&nested(129), "CBOR", 1000).unwrap_err();
    assert_eq!(error.to_string(), "the CBOR has more than 128 levels");
    let map = |inner| Datum::Map(vec![(Datum::Null, inner)]);
    assert!(to_json(&map(nested(125)), "CBOR", 1000).is_ok());
    assert!(to_json(&map(nested(126)), "CBOR", 1000).is_err());
    let error = to_json(&Datum::Bytes(vec![0; 1000].into()), "CBOR", 1000).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the CBOR decodes to more than 1000 bytes"
    );
}

proptest! {
    #[test]
    fn what_is_shown_reads_back(datum in datums()) {
        prop_assert_eq!(from_json(&shown(&datum)), Ok(datum));
    }

    #[test]
    fn any_json_is_read_or_refused(json in r#"\{"\$(bytes|ext|tag|map|float|simple)": ?(\[[0-9",\[\] -]{0,9}|"[a-z]{0,4}"|[0-9.e-]{1,4})\]?\}"#) {
        if let Ok(datum) = from_json(&json) {
            let _ = to_json(&datum, "value", 1000);
        }
    }
}
