//! `voiden completions` and `voiden man`: what shells and manuals want to know of the command line.

use std::fmt::Write;
use std::io;

use clap::CommandFactory;
use clap_mangen::Man;

use super::arguments::{Arguments, Completions};
use super::usage;
use crate::report::Output;

/// What concerns every command.
const END: &str = "\
.SH EXIT STATUS
0 when all passed, 1 when a session failed or \\-\\-check found a difference, 2 when something could not run.
.SH ENVIRONMENT
.TP
NO_COLOR, CLICOLOR_FORCE
No colours; colours everywhere.
.TP
http_proxy, https_proxy, all_proxy, no_proxy
Proxies, as curl reads them. Blocks overrule them by @proxy.
.P
Documents see nothing of the environment but what \\-\\-allow\\-env and \\-\\-secret open.
";

pub(super) fn completions(arguments: &Completions, out: &mut Output) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "voiden",
        &mut script,
    );
    out.put_exactly(&String::from_utf8_lossy(&script));
    out.flush();
    0
}

pub(super) fn manual(out: &mut Output, err: &mut Output) -> u8 {
    match page() {
        Ok(page) => out.put_exactly(&page),
        Err(error) => return usage(err, &format!("the manual: {error}")),
    }
    out.flush();
    0
}

/// One page: the command, then a section for each of its commands.
fn page() -> io::Result<String> {
    let mut command = Arguments::command();
    command.build();
    let mut page = Vec::new();
    let whole = Man::new(command.clone());
    whole.render_title(&mut page)?;
    whole.render_name_section(&mut page)?;
    whole.render_synopsis_section(&mut page)?;
    whole.render_description_section(&mut page)?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    for command in command.get_subcommands() {
        let section = Man::new(command.clone());
        let mut parts = Vec::new();
        section.render_synopsis_section(&mut parts)?;
        section.render_description_section(&mut parts)?;
        section.render_options_section(&mut parts)?;
        section.render_extra_section(&mut parts)?;
        let name = command.get_name().to_uppercase();
        let parts = String::from_utf8_lossy(&parts);
        let parts = parts
            .replace("\n.SH EXTRA\n", "\n")
            .replace("\n.SH ", "\n.SS ");
        let parts = parts.strip_prefix(".SH ").unwrap_or(&parts);
        let _ = write!(page, ".SH VOIDEN {name}\n.SS {parts}");
    }
    page.push_str(END);
    Ok(page)
}
