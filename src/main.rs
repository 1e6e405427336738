//! argv in, exit status out.

use std::process::ExitCode;

fn main() -> ExitCode {
    voiden::cli::main(std::env::args_os())
}
