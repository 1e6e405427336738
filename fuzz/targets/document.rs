//! Parses documents and records transcripts in them.

#![no_main]

#[path = "../../tests/laws/document.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|input: &str| law::holds(input));
