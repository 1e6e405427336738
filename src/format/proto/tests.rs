//! Messages and JSON, both ways, and files that do not compile.

use super::*;

const API: &str = r#"
syntax = "proto3";
package pkg;
import "google/protobuf/timestamp.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/any.proto";
import "part.proto";

message Tick {
  string symbol = 1;
  int64 seq_no = 2;
  double price = 3;
  optional int32 depth = 4;
  bytes raw = 5;
  Side side = 6;
  repeated uint32 sizes = 7;
  map<string, Part> parts = 8;
  google.protobuf.Timestamp at = 9;
  google.protobuf.Struct extra = 10;
  google.protobuf.Any any = 11;
  Tick inner = 12;
  oneof what { string word = 13; bool flag = 14; }
  float ratio = 15;
  enum Side { NONE = 0; BUY = 1; }
}
"#;

const PART: &str = "syntax = \"proto3\"; package pkg; message Part { uint64 n = 1; }";

fn tick() -> MessageType {
    let mut all = Descriptors::default();
    let import = |name: &str| Ok((name == "part.proto").then(|| PART.to_owned()));
    all.add("api.proto", API, import).unwrap();
    assert_eq!(all.names(), ["pkg.Part", "pkg.Tick"]);
    assert!(all.message("pkg.Tock").is_none());
    all.message("pkg.Tick").unwrap()
}

fn fails(source: &str) -> String {
    Descriptors::default()
        .add("api.proto", source, |_| Ok(None))
        .unwrap_err()
}

/// What is shown of a message of these fields, without those that are at their defaults.
fn round(json: &str) -> String {
    let tick = tick();
    let shown = tick.decode(&tick.encode(json).unwrap(), 1 << 20).unwrap();
    let again = tick.decode(&tick.encode(&shown).unwrap(), 1 << 20).unwrap();
    assert_eq!(shown, again);
    let defaults: serde_json::Value =
        super::super::read_json(&tick.decode(b"", 1000).unwrap()).unwrap();
    let mut value: serde_json::Value = super::super::read_json(&shown).unwrap();
    value
        .as_object_mut()
        .unwrap()
        .retain(|name, value| defaults.get(name) != Some(value));
    value.to_string()
}

#[test]
fn fields_without_presence_stand_at_their_defaults() {
    let shown = r#"{"symbol":"","seqNo":"0","price":0.0,"raw":"","side":"NONE","sizes":[],"parts":{},"ratio":0.0}"#;
    assert_eq!(tick().decode(b"", 1000).as_deref(), Ok(shown));
}

#[test]
fn messages_are_their_json() {
    for (json, shown) in [
        (r#"{"seq_no": 5}"#, r#"{"seqNo":"5"}"#),
        (
            r#"{"seqNo": "9223372036854775807"}"#,
            r#"{"seqNo":"9223372036854775807"}"#,
        ),
        (
            r#"{"price": 1.50, "ratio": 0.1}"#,
            r#"{"price":1.5,"ratio":0.1}"#,
        ),
        (r#"{"price": 15e-1}"#, r#"{"price":1.5}"#),
        (r#"{"price": 3, "depth": 0}"#, r#"{"price":3.0,"depth":0}"#),
        (r#"{"price": "NaN"}"#, r#"{"price":"NaN"}"#),
        (
            r#"{"raw": "AP8=", "side": "BUY"}"#,
            r#"{"raw":"AP8=","side":"BUY"}"#,
        ),
        (
            r#"{"side": 1, "sizes": [1, 2]}"#,
            r#"{"side":"BUY","sizes":[1,2]}"#,
        ),
        (
            r#"{"parts": {"b": {"n": 1}, "a": {}}}"#,
            r#"{"parts":{"a":{"n":"0"},"b":{"n":"1"}}}"#,
        ),
        (
            r#"{"at": "2026-11-22T08:03:04.101Z"}"#,
            r#"{"at":"2026-11-22T08:03:04.101Z"}"#,
        ),
        (
            r#"{"extra": {"b": [1, null, "x"], "a": true}}"#,
            r#"{"extra":{"a":true,"b":[1.0,null,"x"]}}"#,
        ),
        (
            r#"{"any": {"@type": "x/pkg.Part", "n": "7"}}"#,
            r#"{"any":{"@type":"x/pkg.Part","n":"7"}}"#,
        ),
        (r#"{"word": ""}"#, r#"{"word":""}"#),
        (r#"{"symbol": null}"#, "{}"),
    ] {
        assert_eq!(round(json), shown, "{json}");
    }
    let (name, part) = tick().field("seq_no").unwrap();
    assert!(name == "seqNo" && part.is_none());
    let (name, inner) = tick().field("inner").unwrap();
    assert_eq!(
        (name.as_str(), inner.unwrap().name()),
        ("inner", "pkg.Tick")
    );
}

#[test]
fn what_is_no_such_message_is_told() {
    let told = |json| tick().encode(json).unwrap_err();
    assert_eq!(
        told("{"),
        "it is not valid JSON: EOF while parsing an object at line 1 column 1"
    );
    for json in [
        r#"{"prise": 1}"#,
        r#"{"price": []}"#,
        r#"{"depth": 1.5}"#,
        r#"{"side": "SELL"}"#,
        r#"{"raw": "*"}"#,
        "[]",
    ] {
        let error = told(json);
        assert!(error.starts_with("it is not a pkg.Tick: "), "{error}");
    }
    assert_eq!(told(r#"{"price": 1e999}"#), "a number in it is too large");
    for bytes in [
        &[0x0a][..],
        &[0x0a, 5, b'a'],
        &[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f],
        &[7],
        &[0x0a, 1, 0xff],
        &[0x0b],
    ] {
        let error = tick().decode(bytes, 1000).unwrap_err().to_string();
        assert!(
            error.starts_with("it is not a pkg.Tick: "),
            "{bytes:?} {error}"
        );
    }
}

#[test]
fn nothing_goes_deep_or_grows_beyond_its_bound() {
    let mut deep: Vec<u8> = Vec::new();
    for _ in 0..2000 {
        let mut length = deep.len();
        let mut head = vec![0x62];
        while length >= 0x80 {
            head.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
            length >>= 7;
        }
        head.push(u8::try_from(length).unwrap());
        deep = [head, deep].concat();
    }
    assert!(tick().decode(&deep, 1 << 20).is_err());
    let groups = vec![0xfb; 100_000];
    assert!(tick().decode(&groups, 1 << 20).is_err());
    let groups: Vec<u8> = std::iter::repeat_n([0xa3, 0x06], 50_000)
        .flatten()
        .collect();
    assert!(tick().decode(&groups, 1 << 20).is_err());
    let many: Vec<u8> = std::iter::repeat_n([0x62, 0], 1000).flatten().collect();
    assert!(tick().decode(&many, 1000).is_ok());
    let sizes = [&[0x3a, 0xff, 0x7f][..], &[1; 0x3fff]].concat();
    let error = tick().decode(&sizes, 1000).unwrap_err().to_string();
    assert_eq!(
        error,
        "the protobuf message decodes to more than 1000 bytes"
    );
    let packed = [&[0x3a, 0x80, 0x92, 0xf4, 0x01][..], &vec![1; 4_000_000][..]].concat();
    let parts: Vec<u8> = std::iter::repeat_n([0x62, 0], 4_000_001)
        .flatten()
        .collect();
    for many in [packed, parts] {
        let error = tick().decode(&many, 64 << 20).unwrap_err().to_string();
        assert_eq!(error, "the protobuf message has more than 4000000 values");
    }
    let long = [&[0x2a, 0x80, 0x92, 0xf4, 0x01][..], &vec![1; 4_000_000][..]].concat();
    assert!(tick().decode(&long, 64 << 20).is_ok());
}

#[test]
fn a_file_that_does_not_compile_is_told_at_its_place() {
    let told = fails("syntax = \"proto3\";\nmessage A {\n  strin x = 1;\n}\n");
    assert_eq!(told, "api.proto:3:3: name 'strin' is not defined");
    let early = "api.proto: expected an identifier, but reached end of file";
    assert_eq!(fails("message"), early);
    let told = fails("syntax = \"proto3\";\nimport \"b.proto\";\n");
    assert_eq!(told, "api.proto:2:1: import 'b.proto' not found");
    let own = Descriptors::default().add("a.proto", "import \"b.proto\";", |_| {
        Ok(Some("import \"a.proto\";".to_owned()))
    });
    assert!(own.unwrap_err().contains("import cycle detected"));
    let outside = Descriptors::default().add("a.proto", "import \"b.proto\";", |name| {
        Err(format!("{name} lies outside"))
    });
    assert_eq!(outside, Err("b.proto lies outside".to_owned()));
    let deep = format!("message A {{ {} }}", "message A {".repeat(10_000));
    assert!(fails(&deep).starts_with("api.proto:1:"));
}

#[test]
fn entries_of_maps_are_sent_in_the_order_of_their_keys() {
    let source = r#"
        syntax = "proto3";
        import "google/protobuf/any.proto";
        import "google/protobuf/struct.proto";
        message All {
          map<string, All> by_name = 1;
          map<sint32, bool> by_sint = 2;
          map<int64, string> by_int = 3;
          map<sfixed32, bytes> by_fixed = 4;
          map<bool, string> by_bool = 5;
          google.protobuf.Struct extra = 6;
          google.protobuf.Any any = 7;
          repeated All more = 8;
        }
    "#;
    let mut all = Descriptors::default();
    all.add("all.proto", source, |_| Ok(None)).unwrap();
    let all = all.message("All").unwrap();
    let names = |count: usize| {
        let names: Vec<String> = (0..count).map(|n| format!("\"k{n:02}\":{{}}")).collect();
        names.join(",")
    };
    let numbers = r#""9": true, "-7": true, "0": false, "-70000": true"#;
    let json = format!(
        r#"{{"byName": {{{}}}, "bySint": {{{numbers}}}, "byInt": {{"3": "c", "-1": "a", "10": "d", "0": "b"}},
            "byFixed": {{"1": "AA==", "-1": "AQ==", "0": ""}}, "byBool": {{"true": "t", "false": "f"}},
            "extra": {{"b": {{"d": 1, "c": 2}}, "a": 1}},
            "any": {{"@type": "x/All", "byName": {{{}}}}}, "more": [{{"byName": {{{}}}}}]}}"#,
        names(20),
        names(9),
        names(9)
    );
    let bytes = all.encode(&json).unwrap();
    for _ in 0..5 {
        assert_eq!(all.encode(&json).unwrap(), bytes);
    }
    let hex = |json: &str| {
        let bytes = all.encode(json).unwrap();
        let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        hex.concat()
    };
    let shown = all.decode(&bytes, 1 << 20).unwrap();
    assert_eq!(all.encode(&shown).unwrap(), bytes);
    // Keys and values at their defaults may be left away.
    let keys = hex(r#"{"byInt": {"3": "c", "-1": "a", "10": "d", "0": "b"}}"#);
    let order: Vec<usize> = ["61", "62", "63", "64"]
        .iter()
        .filter_map(|letter| keys.find(&format!("1201{letter}")))
        .collect();
    assert!(order.len() == 4 && order.is_sorted(), "{keys}");
    let keys = hex(&format!("{{\"bySint\": {{{numbers}}}}}"));
    let order: Vec<usize> = ["08dfc508", "080d", "0812"]
        .iter()
        .filter_map(|key| keys.find(key))
        .collect();
    assert!(order.len() == 3 && order.is_sorted(), "{keys}");
}

#[test]
fn hostile_bytes_are_put_in_order_or_left() {
    let tick = tick();
    let mut bytes = tick
        .encode(r#"{"parts": {"b": {"n": 1}, "a": {}}}"#)
        .unwrap();
    for length in 0..bytes.len() {
        entries::order(&mut bytes.clone()[..length], &tick.descriptor);
    }
    bytes.reverse();
    entries::order(&mut bytes, &tick.descriptor);
    let mut group = vec![0x43; 1000];
    entries::order(&mut group, &tick.descriptor);
}
