//! Decodes payloads that are no text: MessagePack, CBOR, protobuf, gzip, zlib, deflate.

#![no_main]

#[path = "../../tests/laws/payload.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|input: &[u8]| law::holds(input));
