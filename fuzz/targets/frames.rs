//! Reads frames, as a server and as a client, and runs sessions over them.

#![no_main]

#[path = "../../tests/laws/frames.rs"]
mod law;
#[path = "../../tests/laws/peer.rs"]
mod peer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| law::holds(input));
