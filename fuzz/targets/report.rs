//! Tells reports of sessions.

#![no_main]

#[path = "../../tests/laws/report.rs"]
mod law;
#[path = "../../tests/laws/session.rs"]
mod session;
#[path = "../../tests/laws/visible.rs"]
mod visible;

libfuzzer_sys::fuzz_target!(|input: &str| law::holds(input));
