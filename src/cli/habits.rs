//! What people type who know other tools, and what it is called here. The only such table.

/// What is said of a word of another tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// It is this option, which may stand behind the command that has it.
    Option(&'static str),
    /// It is not an option: what to do instead.
    Instead(&'static str),
}

use Habit::{Instead, Option as Flag};

/// Commands of other tools.
pub(super) const COMMANDS: [(&[&str], &str); 9] = [
    (
        &["lint", "validate", "verify", "parse", "analyze", "analyse"],
        "check",
    ),
    (
        &["test", "exec", "execute", "send", "start", "go", "r"],
        "run",
    ),
    (&["ls", "show", "blocks"], "list"),
    (&["format", "tidy", "prettify"], "fmt"),
    (&["init", "create", "add", "scaffold"], "new"),
    (&["mock", "server", "listen", "up"], "serve"),
    (&["bench", "benchmark", "stress", "loadtest"], "load"),
    (&["completion", "complete"], "completions"),
    (&["manual", "docs"], "man"),
];

/// Options of other tools. A command's own line stands before one for all.
pub(super) const OPTIONS: [(&[&str], Habit); 31] = [
    (
        &[
            "--filter",
            "--grep",
            "--test",
            "--tests",
            "--name",
            "--match",
            "--include",
            "--select",
            "--block",
            "-t",
        ],
        Flag("--only"),
    ),
    (
        &["--exclude", "--ignore", "--skip"],
        Instead("`@skip REASON` in a block leaves it out; `--only GLOB` names those to run"),
    ),
    (
        &[
            "--update",
            "--update-snapshots",
            "--accept",
            "--bless",
            "--force",
            "-u",
            "-f",
        ],
        Instead("did you mean `--write always`?"),
    ),
    (
        &[
            "--dry-run",
            "--dryrun",
            "--no-write",
            "--read-only",
            "--noop",
        ],
        Instead(
            "`voiden check` connects to nothing; `voiden run --write never` runs and writes nothing",
        ),
    ),
    (&["--write-mode", "--fix", "--save"], Flag("--write")),
    (
        &[
            "--fail-fast",
            "--failfast",
            "--exit-first",
            "--exitfirst",
            "--stop-on-failure",
            "-x",
        ],
        Flag("--bail"),
    ),
    (
        &[
            "--parallel",
            "--concurrency",
            "--threads",
            "--test-threads",
            "--workers",
            "-j",
        ],
        Flag("--jobs"),
    ),
    (
        &["--sequential", "--serial"],
        Instead("did you mean `--jobs 1`?"),
    ),
    (&["--vus", "--users", "--connections"], Flag("--clients")),
    (&["--duration"], Flag("--for")),
    (&["--rps"], Flag("--rate")),
    (&["--threshold", "--thresholds"], Flag("--limit")),
    (&["--ramp-up"], Flag("--ramp")),
    (&["--silent", "-s"], Flag("--quiet")),
    (&["--debug", "--trace", "--very-verbose"], Flag("--verbose")),
    (
        &["--ci", "--diff", "--locked", "--verify", "--list-different"],
        Flag("--check"),
    ),
    (
        &[
            "--reporter",
            "--format",
            "--junit",
            "--json",
            "--tap",
            "--html",
            "-o",
        ],
        Instead(
            "did you mean `--report FORMAT=PATH`? the formats are junit, json, tap, html, markdown and github",
        ),
    ),
    (
        &["--variable", "--define", "--set", "--param", "-D"],
        Flag("--var"),
    ),
    (&["--dotenv", "--variables-file"], Flag("--env-file")),
    (&["--environment", "--profile", "-e"], Flag("--env")),
    (
        &["--pass-env", "--env-var", "--env-allow"],
        Flag("--allow-env"),
    ),
    (
        &["--no-color", "--no-colour", "--colour", "--colors"],
        Instead("did you mean `--color never`?"),
    ),
    (&["--max-time", "-m"], Flag("--timeout")),
    (&["--count", "--iterations", "-n"], Flag("--repeat")),
    (&["--host", "--bind", "--address", "-l"], Flag("--listen")),
    (
        &["--port", "-p"],
        Instead("a server's port stands in its URL line: `ws://127.0.0.1:8080/`"),
    ),
    (&["--root", "--base-dir", "--basedir"], Flag("--file-root")),
    (
        &["--list", "--collect-only"],
        Instead("`voiden list` names the blocks"),
    ),
    (
        &[
            "--insecure",
            "--proxy",
            "--cacert",
            "--cert",
            "--key",
            "--resolve",
            "--retry",
            "-k",
        ],
        Instead(
            "that is said in the document: `@insecure`, `@proxy URL`, `@retry 3 every 1s` … below a block's URL, or in the front matter",
        ),
    ),
    (
        &["--header", "--headers", "-H"],
        Instead("a header stands in the document: `Name: value` below a block's URL"),
    ),
    (&["--stdin"], Instead("`-` as the FILE is stdin")),
];

/// What an option of another tool is called here.
pub(super) fn option(typed: &str) -> Option<Habit> {
    let found = OPTIONS.iter().find(|(names, _)| names.contains(&typed));
    found.map(|(_, habit)| *habit)
}

/// What a command of another tool is called here.
pub(super) fn command(typed: &str) -> Option<&'static str> {
    let found = COMMANDS.iter().find(|(names, _)| names.contains(&typed));
    found.map(|(_, command)| *command)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::cli::arguments::Arguments;

    #[test]
    fn what_is_suggested_exists_and_what_is_typed_does_not() {
        let mut all = Arguments::command();
        all.build();
        let commands: BTreeSet<&str> = all.get_subcommands().map(clap::Command::get_name).collect();
        let options: BTreeSet<String> = all
            .get_subcommands()
            .flat_map(clap::Command::get_arguments)
            .filter_map(|argument| Some(format!("--{}", argument.get_long()?)))
            .collect();
        for (typed, meant) in COMMANDS {
            assert!(commands.contains(meant), "{meant}");
            for typed in typed {
                assert!(!commands.contains(typed), "{typed}");
            }
        }
        let mut seen = BTreeSet::new();
        // `check` has a `--format`, `run` has `--report`.
        let run = all.find_subcommand("run").unwrap();
        let of_run: BTreeSet<String> = run
            .get_arguments()
            .filter_map(|argument| Some(format!("--{}", argument.get_long()?)))
            .collect();
        for (typed, habit) in OPTIONS {
            if let Flag(meant) = habit {
                assert!(options.contains(meant), "{meant}");
            }
            for typed in typed {
                assert!(!of_run.contains(*typed), "{typed}");
                assert!(seen.insert(*typed), "{typed} stands there twice");
            }
        }
    }
}
