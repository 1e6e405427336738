//! `voiden new`

use std::io::{ErrorKind, Write};
use std::path::Path;

use super::arguments::New;
use super::{machine, usage};
use crate::report::{Output, harmless};

/// A document that runs as it is.
const STARTER: &str = include_str!("starter.md");

pub(super) fn new(arguments: &New, out: &mut Output, err: &mut Output) -> u8 {
    if arguments.file == "-" {
        out.put_exactly(STARTER);
        out.flush();
        return 0;
    }
    let path = Path::new(&arguments.file);
    let shown = harmless(&arguments.file);
    if !matches!(
        path.extension().and_then(|ending| ending.to_str()),
        Some("md" | "markdown")
    ) {
        let stem = shown.trim_end_matches('.');
        return usage(
            err,
            &format!(
                "{shown}: a document's name ends in .md\ndid you mean `voiden new {stem}.md`?"
            ),
        );
    }
    let opened = machine::create_new(path);
    match opened.and_then(|mut file| file.write_all(STARTER.as_bytes())) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return usage(
                err,
                &format!("{shown} is there already, and is left as it is\nchoose another name"),
            );
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return usage(err, &format!("{shown}: there is no such folder"));
        }
        Err(error) => return usage(err, &format!("{shown}: {error}")),
    }
    err.put(&format!(
        "{shown} is written; `voiden run {shown}` runs it\n"
    ));
    err.flush();
    0
}
