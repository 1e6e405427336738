//! Types and asks as an editor does.

#![no_main]

#[path = "../../tests/laws/language_server.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|input: &str| law::holds(input));
