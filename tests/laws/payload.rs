//! Payloads that are no text: any bytes are decoded or refused, inside their bounds, and what was decoded says what
//! bytes it was made of.

use std::sync::LazyLock;

use voiden::format::deflate::{Coding, Inflater, deflate, inflate};
use voiden::format::proto::{Descriptors, MessageType};
use voiden::format::{cbor, msgpack, read_json};

/// Bytes that may be made.
const LIMIT: usize = 1 << 16;

const PROTO: &str = r#"
syntax = "proto3";
import "google/protobuf/any.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
message M {
  string s = 1; int64 i = 2; double d = 3; bytes b = 4; repeated sint32 r = 5; map<string, M> m = 6; M inner = 7;
  oneof o { bool x = 8; fixed32 y = 9; } google.protobuf.Any any = 10; google.protobuf.Struct st = 11;
  google.protobuf.Timestamp ts = 12; optional float f = 13; google.protobuf.Int64Value w = 14; E e = 15;
  enum E { A = 0; B = 1; }
}
"#;

static MESSAGE: LazyLock<MessageType> = LazyLock::new(|| {
    let mut all = Descriptors::default();
    all.add("m.proto", PROTO, |_| Ok(None)).unwrap();
    all.message("M").unwrap()
});

/// The input is a payload.
pub(crate) fn holds(input: &[u8]) {
    reads_back(msgpack::decode(input, LIMIT).ok(), |json| {
        msgpack::decode(&msgpack::encode(json).unwrap(), LIMIT).ok()
    });
    reads_back(cbor::decode(input, LIMIT).ok(), |json| {
        cbor::decode(&cbor::encode(json).unwrap(), LIMIT).ok()
    });
    if let Ok(json) = MESSAGE.decode(input, LIMIT) {
        is_json(&json);
        // Of what is of any type not all that can be shown can be written.
        if let Ok(bytes) = MESSAGE.encode(&json) {
            assert!(MESSAGE.decode(&bytes, usize::MAX).is_ok(), "{json}");
        }
    }
    for coding in Coding::ALL {
        if let Ok(inflated) = inflate(coding, input, LIMIT) {
            assert!(inflated.len() <= LIMIT);
            in_pieces(coding, input, &inflated);
        }
        let packed = deflate(coding, input).unwrap();
        assert_eq!(inflate(coding, &packed, input.len()).unwrap(), input);
    }
}

/// What is shown is JSON, and says all that was decoded.
fn reads_back(decoded: Option<String>, again: impl Fn(&str) -> Option<String>) {
    if let Some(json) = decoded {
        is_json(&json);
        assert_eq!(again(&json).as_ref(), Some(&json));
    }
}

fn is_json(json: &str) {
    assert!(json.len() <= LIMIT);
    assert!(read_json::<serde_json::Value>(json).is_ok(), "{json}");
}

fn in_pieces(coding: Coding, input: &[u8], inflated: &[u8]) {
    let mut out = Vec::new();
    let mut stream = Inflater::new(coding);
    for piece in input.chunks(3) {
        stream.feed(piece, &mut out, LIMIT).unwrap();
    }
    stream.finish().unwrap();
    assert_eq!(out, inflated);
}
