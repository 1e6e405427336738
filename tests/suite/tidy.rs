//! Holds the sources against the house rules: who may import whom, and how large a file may grow.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::imports;

/// Who may import whom. A room that is not named here is an error.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("watch", &[]),
    ("wall_clock", &[]),
    ("format", &["source"]),
    ("protocol", &["source", "format"]),
    ("diagnostic", &["source"]),
    ("document", &["source", "diagnostic"]),
    (
        "script",
        &["source", "format", "protocol", "diagnostic", "wall_clock"],
    ),
    ("dial", &["protocol", "handshake"]),
    ("handshake", &["protocol"]),
    ("http", &["format", "protocol", "dial", "handshake"]),
    ("websocket", &["format", "protocol", "dial", "handshake"]),
    (
        "interpreter",
        &[
            "source",
            "format",
            "protocol",
            "diagnostic",
            "script",
            "dial",
            "handshake",
            "http",
            "websocket",
        ],
    ),
    (
        "server",
        &[
            "source",
            "format",
            "protocol",
            "diagnostic",
            "script",
            "dial",
            "handshake",
            "http",
            "websocket",
            "interpreter",
        ],
    ),
    ("redact", &["source", "format", "protocol"]),
    ("transcript", &["source", "format", "protocol", "redact"]),
    (
        "recorder",
        &[
            "source",
            "diagnostic",
            "format",
            "protocol",
            "script",
            "document",
            "transcript",
            "redact",
        ],
    ),
    (
        "runner",
        &[
            "wall_clock",
            "source",
            "format",
            "protocol",
            "diagnostic",
            "document",
            "script",
            "dial",
            "handshake",
            "http",
            "websocket",
            "interpreter",
            "server",
            "transcript",
            "redact",
        ],
    ),
    (
        "report",
        &[
            "wall_clock",
            "source",
            "format",
            "protocol",
            "diagnostic",
            "script",
            "document",
            "redact",
            "transcript",
            "runner",
        ],
    ),
    (
        "export",
        &[
            "wall_clock",
            "source",
            "format",
            "diagnostic",
            "document",
            "script",
            "runner",
        ],
    ),
    (
        "load",
        &[
            "source",
            "protocol",
            "script",
            "interpreter",
            "redact",
            "runner",
            "report",
        ],
    ),
    (
        "prompt",
        &[
            "source",
            "format",
            "protocol",
            "diagnostic",
            "document",
            "script",
            "recorder",
            "runner",
            "report",
        ],
    ),
    (
        "import",
        &[
            "source",
            "diagnostic",
            "format",
            "protocol",
            "script",
            "document",
            "redact",
            "recorder",
        ],
    ),
    (
        "lsp",
        &[
            "source",
            "format",
            "diagnostic",
            "document",
            "script",
            "redact",
            "runner",
            "report",
        ],
    ),
    (
        "page",
        &[
            "recorder",
            "source",
            "protocol",
            "diagnostic",
            "document",
            "script",
            "redact",
            "transcript",
            "runner",
            "report",
            "watch",
        ],
    ),
    (
        "cli",
        &[
            "lsp",
            "recorder",
            "prompt",
            "wall_clock",
            "source",
            "format",
            "protocol",
            "diagnostic",
            "document",
            "script",
            "dial",
            "handshake",
            "http",
            "websocket",
            "interpreter",
            "server",
            "transcript",
            "redact",
            "runner",
            "report",
            "load",
            "export",
            "watch",
            "recorder",
            "import",
            "page",
        ],
    ),
];

/// Outside libraries that have one home, and the rooms that are it.
const HOMES: &[(&str, &[&str])] = &[
    ("pulldown_cmark", &["document"]),
    ("saphyr_parser", &["document", "import"]),
    ("annotate_snippets", &["diagnostic"]),
    ("jaq_core", &["script"]),
    ("jaq_json", &["script"]),
    ("jaq_std", &["script"]),
    ("tokio_tungstenite", &["protocol", "websocket"]),
    ("rustls", &["dial", "server"]),
    ("tokio_rustls", &["dial", "server"]),
    ("httparse", &["handshake"]),
    ("rcgen", &["server"]),
    ("tempfile", &["runner", "interpreter", "report"]),
    ("quick_junit", &["report"]),
    ("indicatif", &["report"]),
    ("ignore", &["runner"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("hdrhistogram", &["load"]),
    ("regex_syntax", &["export"]),
    ("maud", &["load", "report"]),
    ("rustyline", &["prompt"]),
    ("notify", &["watch"]),
    ("quick_xml", &["format"]),
    ("flate2", &["format"]),
    ("rmp", &["format"]),
    ("ciborium_ll", &["format"]),
    ("prost_reflect", &["format"]),
    ("protox", &["format"]),
    ("jsonschema", &["format"]),
    ("axum", &["page"]),
    ("getrandom", &["page"]),
    ("rustix", &["cli"]),
    ("similar", &["cli", "runner"]),
];

/// Lines before its tests that a file has at most.
const LONGEST: usize = 400;

#[test]
fn rooms_import_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for (path, room, code) in sources() {
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == room) else {
            if room != "lib" && room != "main" {
                wrong.push(format!(
                    "{}: room `{room}` is not in the table",
                    path.display()
                ));
            }
            continue;
        };
        for imported in mentioned(&code, "crate::") {
            let known = MAY_IMPORT.iter().any(|(name, _)| *name == imported);
            if known && imported != room && !allowed.contains(&imported.as_str()) {
                wrong.push(format!(
                    "{}: `{room}` may not import `{imported}`",
                    path.display()
                ));
            }
        }
        for (library, homes) in HOMES {
            if code.contains(&format!("{library}::")) && !homes.contains(&room.as_str()) {
                wrong.push(format!(
                    "{}: `{library}` has its home in {homes:?}",
                    path.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Files that still import one another: a group leaves this list when it is parted, and none comes in.
const CIRCLES: &[&[&str]] = &[];

#[test]
fn only_redact_says_that_something_is_redacted() {
    let mut makers = BTreeSet::new();
    for (_, room, code) in sources() {
        for maker in ["Redacted(", "Redacted::new", "Redacted::<"] {
            if code.contains(maker) {
                makers.insert(room.clone());
            }
        }
    }
    assert_eq!(makers, BTreeSet::from(["redact".to_owned()]));
}

#[test]
fn files_import_one_another_one_way() {
    let sources = imports::sources(root());
    let circles = imports::circles(&imports::imports(&sources));
    let found: BTreeSet<Vec<String>> = circles
        .iter()
        .map(|circle| circle.iter().map(|module| module.join("::")).collect())
        .collect();
    let known: BTreeSet<Vec<String>> = CIRCLES
        .iter()
        .map(|circle| circle.iter().map(|module| (*module).to_owned()).collect())
        .collect();
    assert_eq!(found, known);
}

#[test]
fn each_library_is_used_at_home() {
    let used = |library: &str, room: &str| {
        let path = format!("{library}::");
        sources()
            .iter()
            .any(|(_, of, code)| of == room && code.contains(&path))
    };
    let mut unused = Vec::new();
    for (library, homes) in HOMES {
        let idle = homes.iter().filter(|home| !used(library, home));
        unused.extend(idle.map(|home| format!("`{library}` is not used in `{home}`")));
    }
    assert!(unused.is_empty(), "{}", unused.join("\n"));
}

#[test]
fn every_file_says_what_it_is_and_stays_readable() {
    let mut wrong = Vec::new();
    for (path, _, code) in sources() {
        if !code.starts_with("//!") {
            wrong.push(format!("{}: opens without `//!`", path.display()));
        }
        let lines = code
            .lines()
            .take_while(|line| *line != "#[cfg(test)]")
            .count();
        if lines > LONGEST {
            wrong.push(format!(
                "{}: {lines} lines, at most {LONGEST}",
                path.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What differs between systems has one place, so that whoever changes one side sees the other.
#[test]
fn what_is_for_unix_alone_has_another_side() {
    let mut wrong = Vec::new();
    for (path, _, code) in sources() {
        if code.contains("cfg(unix)") && !code.contains("cfg(not(unix))") {
            wrong.push(path.display().to_string());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_name_stands_for_one_type() {
    let declared =
        regex::Regex::new(r"(?m)^(?:pub(?:\([^)]*\))? )?(?:struct|enum|trait|type) (\w+)").unwrap();
    let mut files: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    for (path, _, code) in sources() {
        for found in declared.captures_iter(&code) {
            files
                .entry(found[1].to_owned())
                .or_default()
                .insert(path.clone());
        }
    }
    files.retain(|_, files| files.len() > 1);
    assert!(files.is_empty(), "{files:#?}");
}

#[test]
fn the_map_names_every_room() {
    let map = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for (room, _) in MAY_IMPORT {
        assert!(
            map.contains(&format!("| [`{room}`]")),
            "`{room}` is not in the map"
        );
    }
}

/// Every source file with its room and its code up to its tests.
fn sources() -> Vec<(PathBuf, String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_test =
                |name: &str| matches!(name, "tests" | "tests.rs" | "examples.rs" | "laws.rs");
            if path
                .file_name()
                .and_then(|name| name.to_str())
                .is_some_and(is_test)
            {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inside = path.strip_prefix(root().join("src")).unwrap();
                let room = inside
                    .iter()
                    .next()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .trim_end_matches(".rs")
                    .to_owned();
                let text = fs::read_to_string(&path).unwrap();
                let code = text
                    .split("\n#[cfg(test)]\nmod tests")
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                found.push((path, room, code));
            }
        }
    }
    assert!(found.len() > MAY_IMPORT.len());
    found
}

/// The words that stand right behind a prefix.
fn mentioned(code: &str, prefix: &str) -> Vec<String> {
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines
        .flat_map(|line| line.split(prefix).skip(1))
        .map(|rest| {
            rest.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        })
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
