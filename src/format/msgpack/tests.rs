//! MessagePack and JSON, both ways, against its specification.

use proptest::prelude::*;

use super::*;
use crate::format::datum::tests::datums;

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// What takes the least room.
const EXAMPLES: &[(&str, &str)] = &[
    ("c0", "null"),
    ("c2", "false"),
    ("c3", "true"),
    ("00", "0"),
    ("7f", "127"),
    ("cc80", "128"),
    ("ccff", "255"),
    ("cd0100", "256"),
    ("cdffff", "65535"),
    ("ce00010000", "65536"),
    ("ceffffffff", "4294967295"),
    ("cf0000000100000000", "4294967296"),
    ("cfffffffffffffffff", "18446744073709551615"),
    ("ff", "-1"),
    ("e0", "-32"),
    ("d0df", "-33"),
    ("d080", "-128"),
    ("d1ff7f", "-129"),
    ("d18000", "-32768"),
    ("d2ffff7fff", "-32769"),
    ("d280000000", "-2147483648"),
    ("d3ffffffff7fffffff", "-2147483649"),
    ("d38000000000000000", "-9223372036854775808"),
    ("cb3ff8000000000000", "1.5"),
    ("cb8000000000000000", "-0.0"),
    ("cb7ff0000000000000", r#"{"$float":"inf"}"#),
    ("cb7ff8000000000000", r#"{"$float":"nan"}"#),
    ("a0", r#""""#),
    ("a161", r#""a""#),
    (
        "bf61616161616161616161616161616161616161616161616161616161616161",
        r#""aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa""#,
    ),
    (
        "d9206161616161616161616161616161616161616161616161616161616161616161",
        r#""aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa""#,
    ),
    ("c400", r#"{"$bytes":""}"#),
    ("c40200ff", r#"{"$bytes":"AP8="}"#),
    ("d40100", r#"{"$ext":[1,"AA=="]}"#),
    ("d50100ff", r#"{"$ext":[1,"AP8="]}"#),
    ("d6ff00000001", r#"{"$ext":[-1,"AAAAAQ=="]}"#),
    ("d7ff0000000000000001", r#"{"$ext":[-1,"AAAAAAAAAAE="]}"#),
    (
        "d80500000000000000000000000000000000",
        r#"{"$ext":[5,"AAAAAAAAAAAAAAAAAAAAAA=="]}"#,
    ),
    ("c70305616263", r#"{"$ext":[5,"YWJj"]}"#),
    ("90", "[]"),
    ("93010203", "[1,2,3]"),
    ("80", "{}"),
    (
        "82a7636f6d70616374c3a6736368656d6100",
        r#"{"compact":true,"schema":0}"#,
    ),
    ("8101c0", r#"{"$map":[[1,null]]}"#),
    ("81a624627974657301", r#"{"$map":[["$bytes",1]]}"#),
];

/// What says the same in more room.
const LONGER: &[(&str, &str)] = &[
    ("cf0000000000000001", "1"),
    ("d3ffffffffffffffff", "-1"),
    ("d001", "1"),
    ("ca3fc00000", "1.5"),
    ("ca3dcccccd", "0.10000000149011612"),
    ("d90161", r#""a""#),
    ("da000161", r#""a""#),
    ("db0000000161", r#""a""#),
    ("a1ff", r#"{"$bytes":"/w=="}"#),
    ("c5000100", r#"{"$bytes":"AA=="}"#),
    ("c60000000100", r#"{"$bytes":"AA=="}"#),
    ("c8000101ff", r#"{"$ext":[1,"/w=="]}"#),
    ("c90000000101ff", r#"{"$ext":[1,"/w=="]}"#),
    ("dc000101", "[1]"),
    ("dd0000000101", "[1]"),
    ("de0001a16101", r#"{"a":1}"#),
    ("df00000001a16101", r#"{"a":1}"#),
];

#[test]
fn every_kind_is_read_and_written() {
    for (packed, json) in EXAMPLES {
        assert_eq!(
            decode(&bytes(packed), 1 << 20).as_deref(),
            Ok(*json),
            "{packed}"
        );
        assert_eq!(
            encode(json).map(|bytes| hex(&bytes)).as_deref(),
            Ok(*packed),
            "{json}"
        );
    }
    for (packed, json) in LONGER {
        assert_eq!(
            decode(&bytes(packed), 1 << 20).as_deref(),
            Ok(*json),
            "{packed}"
        );
    }
}

#[test]
fn what_is_not_messagepack_is_told() {
    let early = "the MessagePack ends too early";
    for (packed, error) in [
        ("", early),
        ("cd01", early),
        ("a2 61", early),
        ("92 01", early),
        ("81 01", early),
        ("c7 05 01", early),
        ("c6 ffffffff 00", early),
        ("dd ffffffff 00", early),
        ("df ffffffff 0000", early),
        ("0000", "1 byte stands behind the end of the MessagePack"),
        ("000000", "2 bytes stand behind the end of the MessagePack"),
        ("91c1", "byte 1 is c1, which means nothing in MessagePack"),
    ] {
        let told = decode(&bytes(packed), 1 << 20).unwrap_err();
        assert_eq!(told.to_string(), error, "{packed}");
    }
    let told = |json| encode(json).unwrap_err();
    assert_eq!(
        told(r#"{"$tag": [1, 2]}"#),
        "MessagePack has no tags: `$tag` is of CBOR"
    );
    assert_eq!(
        told("18446744073709551616"),
        "MessagePack has no room for an integer as large as 18446744073709551616"
    );
}

#[test]
fn nothing_goes_deep_or_grows_beyond_its_bound() {
    for byte in [0x91, 0x81] {
        let error = decode(&vec![byte; 100_000], 1 << 30).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the MessagePack has more than 128 levels"
        );
    }
    let zeros = [&[0xdd, 0, 0, 0xff, 0xff][..], &vec![0; 0xffff][..]].concat();
    let error = decode(&zeros, 0xffff).unwrap_err().to_string();
    assert_eq!(error, "the MessagePack decodes to more than 65535 bytes");
}

proptest! {
    #[test]
    fn what_is_written_is_read(datum in datums()) {
        if let Ok(bytes) = write(&datum) {
            prop_assert_eq!(read(&bytes, 1 << 20), Ok(datum));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>()) {
        if let Ok(json) = decode(&bytes, 10_000) {
            let again = encode(&json).unwrap();
            prop_assert_eq!(decode(&again, 10_000), Ok(json));
        }
    }
}
