//! Runs a document that is not on disk, and prints it with its transcripts: `cargo run --example run_text`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is run by hand"
)]

use std::process::ExitCode;

const DOCUMENT: &str = include_str!("run_text.md");

fn main() -> ExitCode {
    let outcome = voiden::run_text(DOCUMENT, &voiden::Settings::default());
    print!("{}", outcome.text);
    for diagnostic in &outcome.diagnostics {
        eprintln!("{:?}: {}", diagnostic.severity, diagnostic.message);
    }
    ExitCode::from(u8::from(!outcome.passed()))
}
