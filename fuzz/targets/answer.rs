//! Reads answers over HTTP.

#![no_main]

#[path = "../../tests/laws/answer.rs"]
mod law;
#[path = "../../tests/laws/peer.rs"]
mod peer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| law::holds(input));
