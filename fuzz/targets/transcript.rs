//! Records sessions.

#![no_main]

#[path = "../../tests/laws/transcript.rs"]
mod law;
#[path = "../../tests/laws/session.rs"]
mod session;
#[path = "../../tests/laws/visible.rs"]
mod visible;

libfuzzer_sys::fuzz_target!(|input: &str| {
    let (style, events) = session::read(input);
    law::holds(&style, &events);
});
