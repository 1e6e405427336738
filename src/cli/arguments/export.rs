//! What may be typed behind `voiden export`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{NamedFiles, help};

#[derive(Args, Debug)]
pub(in crate::cli) struct Export {
    #[command(subcommand)]
    pub(in crate::cli) to: ExportTo,
}

#[derive(Subcommand, Debug)]
pub(in crate::cli) enum ExportTo {
    /// Write a script of k6 for each document
    #[command(long_about = help::EXPORT_K6, after_long_help = help::EXPORT_K6_EXAMPLES)]
    K6(K6Arguments),
}

#[derive(Args, Debug)]
pub(in crate::cli) struct K6Arguments {
    #[command(flatten)]
    pub(in crate::cli) naming: NamedFiles,

    /// Where to: NAME.js for NAME.md; without it the script of one document goes to stdout
    #[arg(short, long, value_name = "DIR")]
    pub(in crate::cli) output: Option<PathBuf>,

    /// Leave out what k6 has no counterpart of; a comment in the script says what
    #[arg(long)]
    pub(in crate::cli) lenient: bool,

    /// The module that has `WebSocket`: `k6/experimental/websockets` for releases before `k6/websockets`
    #[arg(long, value_name = "MODULE", default_value = crate::export::K6_MODULE)]
    pub(in crate::cli) k6_module: String,
}
