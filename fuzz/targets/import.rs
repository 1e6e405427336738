//! Takes files of other tools over.

#![no_main]

#[path = "../../tests/laws/import.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|input: &str| law::holds(input));
