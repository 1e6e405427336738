//! Reads opening handshakes, as a server and as a client.

#![no_main]

#[path = "../../tests/laws/handshake.rs"]
mod law;
#[path = "../../tests/laws/peer.rs"]
mod peer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| law::holds(input));
