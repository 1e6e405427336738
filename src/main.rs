//! argv in, exit status out.

use std::process::ExitCode;

#[expect(
    clippy::disallowed_methods,
    reason = "here the command's words come in"
)]
fn main() -> ExitCode {
    voiden::cli::main(std::env::args_os())
}
