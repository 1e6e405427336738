//! The integration tests: one binary, mostly data.
//!
//! Where a test lives:
//!
//! * What a document can show is a case: a file in `tests/cases`, in the folder of its verdict (`cases.rs`), or in
//!   `tests/compare` where a second run is compared with the first. Its far side is a `/wss-server` block of its own.
//! * What a document becomes as a script of k6 is a file in `tests/export` (`export.rs`).
//! * What steps do that come while a session runs is a file in `tests/live` (`live.rs`).
//! * What is typed at `voiden connect` is piped (`connect.rs`, a file in `tests/connect` for each case), or typed at a
//!   pseudo-terminal (`prompt.rs`).
//! * What is wrong within the text of a script is a line in `src/script/parse/tests/bad`, beside the parser.
//! * What no server of ours would send comes from a peer over a raw socket: `peers.rs`, `compressed.rs`, `handshakes.rs` and
//!   `http.rs`; what would exhaust us lies in `hostile`.
//! * What must hold for all inputs is a law in `tests/laws`. Proptest looks for what breaks it here, the fuzz targets do
//!   without end, and `seeds.rs` holds what was found.
//! * What is typed and printed, and what happens to files, is tested on the command itself: `command.rs`, `saving.rs`,
//!   `watching.rs`, `reports.rs` and their neighbours.
//! * What the documentation says is run: `readme.rs`, `reference.rs`, `examples.rs`.
//! * How the sources depend on each other is held by `tidy.rs`.
//! * Other implementations are asked in `tests/autobahn` and `tests/interop`, which `.ci/run` starts.
//! * What no document shows, a rule of one function, is a unit test beside the code.

#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests make files and read the environment"
)]

mod annotations;
mod answers;
mod cases;
#[cfg(unix)]
mod closing;
mod command;
mod compared;
mod compressed;
mod connect;
mod contributing;
mod cookbook;
mod examples;
mod export;
mod expressions;
mod filter;
mod fmt;
mod foreign;
mod frames;
mod handshakes;
#[cfg(target_os = "linux")]
mod hostile;
mod http;
mod import;
mod imports;
mod inflated;
mod interrupted;
mod laws;
mod live;
#[cfg(unix)]
mod load;
mod memory;
mod page;
mod peers;
#[cfg(target_os = "linux")]
mod prompt;
mod reach;
mod readme;
mod recorded;
mod redactions;
mod reference;
mod reported;
mod reports;
mod saving;
mod secrets;
mod seeds;
mod tidy;
mod typing;
mod watching;
mod workflow_commands;
