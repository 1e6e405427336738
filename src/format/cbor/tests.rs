//! CBOR and JSON, both ways, against RFC 8949.

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

fn fails(hex: &str) -> String {
    decode(&bytes(hex), 1 << 20).unwrap_err().to_string()
}

/// RFC 8949, appendix A: what is written in the least room.
const EXAMPLES: &[(&str, &str)] = &[
    ("00", "0"),
    ("01", "1"),
    ("0a", "10"),
    ("17", "23"),
    ("1818", "24"),
    ("1819", "25"),
    ("1864", "100"),
    ("1903e8", "1000"),
    ("1a000f4240", "1000000"),
    ("1b000000e8d4a51000", "1000000000000"),
    ("1bffffffffffffffff", "18446744073709551615"),
    ("c249010000000000000000", "18446744073709551616"),
    ("3bffffffffffffffff", "-18446744073709551616"),
    ("c349010000000000000000", "-18446744073709551617"),
    ("20", "-1"),
    ("29", "-10"),
    ("3863", "-100"),
    ("3903e7", "-1000"),
    ("f90000", "0.0"),
    ("f98000", "-0.0"),
    ("f93c00", "1.0"),
    ("fb3ff199999999999a", "1.1"),
    ("f93e00", "1.5"),
    ("f97bff", "65504.0"),
    ("fa47c35000", "100000.0"),
    ("fa7f7fffff", "3.4028234663852886e+38"),
    ("fb7e37e43c8800759c", "1e+300"),
    ("f90001", "5.960464477539063e-8"),
    ("f90400", "0.00006103515625"),
    ("f9c400", "-4.0"),
    ("fbc010666666666666", "-4.1"),
    ("f97c00", r#"{"$float":"inf"}"#),
    ("f97e00", r#"{"$float":"nan"}"#),
    ("f9fc00", r#"{"$float":"-inf"}"#),
    ("f4", "false"),
    ("f5", "true"),
    ("f6", "null"),
    ("f7", r#"{"$simple":23}"#),
    ("f0", r#"{"$simple":16}"#),
    ("f8ff", r#"{"$simple":255}"#),
    (
        "c074323031332d30332d32315432303a30343a30305a",
        r#"{"$tag":[0,"2013-03-21T20:04:00Z"]}"#,
    ),
    ("c11a514b67b0", r#"{"$tag":[1,1363896240]}"#),
    ("c1fb41d452d9ec200000", r#"{"$tag":[1,1363896240.5]}"#),
    ("d74401020304", r#"{"$tag":[23,{"$bytes":"AQIDBA=="}]}"#),
    ("d818456449455446", r#"{"$tag":[24,{"$bytes":"ZElFVEY="}]}"#),
    ("40", r#"{"$bytes":""}"#),
    ("4401020304", r#"{"$bytes":"AQIDBA=="}"#),
    ("60", r#""""#),
    ("6161", r#""a""#),
    ("62225c", r#""\"\\""#),
    ("62c3bc", r#""ü""#),
    ("64f0908591", r#""𐅑""#),
    ("80", "[]"),
    ("83010203", "[1,2,3]"),
    ("8301820203820405", "[1,[2,3],[4,5]]"),
    (
        "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
        "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]",
    ),
    ("a0", "{}"),
    ("a201020304", r#"{"$map":[[1,2],[3,4]]}"#),
    ("a26161016162820203", r#"{"a":1,"b":[2,3]}"#),
    ("826161a161626163", r#"["a",{"b":"c"}]"#),
];

/// What says the same in more room.
const LONGER: &[(&str, &str)] = &[
    ("fa7fc00000", r#"{"$float":"nan"}"#),
    ("fb7ff0000000000000", r#"{"$float":"inf"}"#),
    ("5f42010243030405ff", r#"{"$bytes":"AQIDBAU="}"#),
    ("7f657374726561646d696e67ff", r#""streaming""#),
    ("9fff", "[]"),
    ("9f018202039f0405ffff", "[1,[2,3],[4,5]]"),
    ("83018202039f0405ff", "[1,[2,3],[4,5]]"),
    ("bf61610161629f0203ffff", r#"{"a":1,"b":[2,3]}"#),
    ("bf6346756ef563416d7421ff", r#"{"Fun":true,"Amt":-2}"#),
    ("1b0000000000000001", "1"),
];

#[test]
fn the_examples_of_the_rfc_are_read_and_written() {
    for (cbor, json) in EXAMPLES {
        assert_eq!(
            decode(&bytes(cbor), 1 << 20).as_deref(),
            Ok(*json),
            "{cbor}"
        );
        assert_eq!(
            encode(json).map(|bytes| hex(&bytes)).as_deref(),
            Ok(*cbor),
            "{json}"
        );
    }
    for (cbor, json) in LONGER {
        assert_eq!(
            decode(&bytes(cbor), 1 << 20).as_deref(),
            Ok(*json),
            "{cbor}"
        );
    }
}

#[test]
fn what_is_not_well_formed_is_told() {
    for (cbor, error) in [
        ("", "the CBOR ends too early"),
        ("18", "the CBOR ends too early"),
        ("4401", "the CBOR ends too early"),
        ("8301", "the CBOR ends too early"),
        ("5f", "the CBOR ends too early"),
        ("c1", "the CBOR ends too early"),
        ("5bffffffffffffffff00", "the CBOR ends too early"),
        ("9bffffffffffffffff00", "the CBOR ends too early"),
        ("bbffffffffffffffff0000", "the CBOR ends too early"),
        ("0000", "1 byte stands behind the end of the CBOR"),
        ("ff", "a break (ff) stands where nothing is open"),
        ("81ff", "a break (ff) stands where nothing is open"),
        ("bf00ff", "a break (ff) stands where nothing is open"),
        ("1c", "a header of the CBOR is not well-formed"),
        ("1f", "a header of the CBOR is not well-formed"),
        ("f818", "a simple value of the CBOR is not well-formed"),
        ("61ff", "a text of the CBOR is not valid UTF-8"),
        ("7f61c361bcff", "a text of the CBOR is not valid UTF-8"),
        (
            "5f6161ff",
            "a string of the CBOR has a chunk of another kind",
        ),
        (
            "5f5f4100ffff",
            "a string of the CBOR has a chunk of another kind",
        ),
    ] {
        assert_eq!(fails(cbor), error, "{cbor}");
    }
    let told = |json| encode(json).unwrap_err();
    let error = "CBOR has no extensions: `$ext` is of MessagePack, and CBOR has `$tag`";
    assert_eq!(told(r#"[{"$ext": [1, ""]}]"#), error);
}

#[test]
fn nothing_goes_deep_or_grows_beyond_its_bound() {
    for byte in [0x81, 0x9f, 0xa1, 0xbf, 0xc1] {
        let deep = vec![byte; 100_000];
        let error = decode(&deep, 1 << 30).unwrap_err().to_string();
        assert_eq!(error, "the CBOR has more than 128 levels", "{byte:x}");
    }
    let zeros = [&[0x9a, 0, 0, 0xff, 0xff][..], &vec![0; 0xffff][..]].concat();
    let error = decode(&zeros, 0xffff).unwrap_err().to_string();
    assert_eq!(error, "the CBOR decodes to more than 65535 bytes");
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
