//! Parses scripts and lays them out.

#![no_main]

#[path = "../../tests/laws/script.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|input: &str| law::holds(input));
