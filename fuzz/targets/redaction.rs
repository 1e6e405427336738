//! Takes secrets out of events.

#![no_main]

#[path = "../../tests/laws/redaction.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|input: &str| law::holds(input));
