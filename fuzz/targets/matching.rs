//! Tests messages against patterns.

#![no_main]

#[path = "../../tests/laws/matching.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|input: &str| law::holds(input));
