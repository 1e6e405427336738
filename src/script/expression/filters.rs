//! Every filter that an expression may call: jaq's, without those that reach out, and ours.

use std::sync::LazyLock;

use jaq_core::load::parse::Def;
use jaq_core::native::Fun;

use super::machine::Machine;
use super::times::def_with_calls;
use super::{bounded, ours, search};

/// What reaches out of an expression: the environment, files, the terminal, the process. Filters defined by them go too.
pub(super) const CLOSED: [&str; 13] = [
    "env",
    "halt",
    "halt_error",
    "debug",
    "debug_empty",
    "stderr",
    "stderr_empty",
    "localtime",
    "strflocaltime",
    "input",
    "inputs",
    "input_filename",
    "input_line_number",
];

/// The filters that are defined in jq itself.
pub(super) static PRELUDE: LazyLock<Vec<Def<&'static str>>> = LazyLock::new(|| {
    search::defs()
        .chain(jaq_core::defs())
        .chain(jaq_std::defs())
        .chain(jaq_json::defs())
        .filter(|def| !CLOSED.contains(&def.name) && !ours::REPLACED.contains(&def.name))
        .map(def_with_calls)
        .collect()
});

/// The filters that are written in Rust.
pub(super) fn funs() -> impl Iterator<Item = Fun<Machine>> {
    let replaced = move |name: &str| {
        bounded::REPLACED.contains(&name)
            || CLOSED.contains(&name)
            || ours::REPLACED.contains(&name)
    };
    jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs())
        .filter(move |(name, _, _)| !replaced(name))
        .map(|(name, arguments, fun)| (search::hidden(name), arguments, fun))
        .chain(bounded::funs())
        .chain(ours::funs())
        .chain(search::funs())
}
