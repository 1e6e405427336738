//! The integration tests: one binary, mostly data.

#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod cases;
#[cfg(unix)]
mod closing;
mod command;
mod compared;
mod examples;
mod expressions;
mod filter;
mod fmt;
mod handshakes;
#[cfg(target_os = "linux")]
mod hostile;
mod imports;
mod interrupted;
mod laws;
mod memory;
mod peers;
mod reach;
mod readme;
mod redactions;
mod reference;
mod reported;
mod reports;
mod saving;
mod secrets;
mod seeds;
mod tidy;
mod watching;
mod wires;
mod workflow_commands;
