//! Compiles expressions and judges by them.

#![no_main]

#[path = "../../tests/laws/expression.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|input: &str| law::holds(input));
