//! Puts values into bodies.

#![no_main]

#[path = "../../tests/laws/insertion.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|input: &str| law::holds(input));
