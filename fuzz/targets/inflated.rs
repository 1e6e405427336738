//! Reads and writes compressed messages.

#![no_main]

#[path = "../../tests/laws/inflated.rs"]
mod law;
#[path = "../../tests/laws/peer.rs"]
mod peer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| law::holds(input));
