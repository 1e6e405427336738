//! The JSON Schemas of a script: `-- schema` and `@schema`, compiled before anything connects, with the files that they name.

use std::collections::BTreeMap;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use super::fill::{file_text, in_file};
use super::visit::{Site, visit};
use super::{Fill, Script};
use crate::diagnostic::Diagnostic;
use crate::format::schema::Schema;
use crate::source::Span;

/// Files that the `$ref`s of one schema may name in all.
const MOST_FILES: usize = 64;

/// Stands for a folder above the document's, since a URI cannot go above its root.
const ABOVE: &str = "_/";

/// How many folders above the document's a path may go.
const MOST_ABOVE: usize = 16;

/// The stack of a judgement. Only what is used of it takes memory.
const STACK: usize = 64 << 20;

/// The schemas of a script.
#[derive(Clone, Debug, Default)]
pub struct Schemas {
    by_path: BTreeMap<String, Schema>,
    /// `@schema`: their paths, with the places of their lines.
    pub every: Vec<(String, Span)>,
}

impl Schemas {
    /// Compiles the schema at a path, unless it was before.
    pub(super) fn add(
        &mut self,
        path: &str,
        span: Span,
        fill: &Fill<'_>,
    ) -> Result<(), Diagnostic> {
        if !self.by_path.contains_key(path) {
            let schema = compile(path, span, fill)?;
            self.by_path.insert(path.to_owned(), schema);
        }
        Ok(())
    }

    /// Compiles those that steps name.
    pub(super) fn add_all(&mut self, script: &Script, fill: &Fill<'_>, told: &mut Vec<Diagnostic>) {
        visit(script, &mut |site, _| {
            if let Site::Schema(path) = site {
                told.extend(self.add(&path.text, path.span, fill).err());
            }
        });
    }

    /// Whether a message is valid by the schema at a path, and the first place that is not with the keyword; `None` where that
    /// is not known in time: an `anyOf` within an `anyOf` may be tried for every level. It is judged on a thread of its own,
    /// for its stack, which is left behind where what it does then cannot be stopped.
    #[must_use]
    pub fn check(&self, path: &str, json: String, until: Instant) -> Option<Result<(), String>> {
        let Some(schema) = self.by_path.get(path).cloned() else {
            return Some(Err("the schema was not read".to_owned()));
        };
        let (done, judged) = channel();
        let time = until.saturating_duration_since(Instant::now());
        let started = thread::Builder::new()
            .name("schema".to_owned())
            .stack_size(STACK)
            .spawn(move || done.send(schema.check(&json, Some(until))));
        if started.is_err() {
            return Some(Err("there is no memory to judge it in".to_owned()));
        }
        match judged.recv_timeout(time) {
            Ok(verdict) => verdict,
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Err("it could not be judged".to_owned())),
        }
    }
}

/// Compiles a schema; the files that it names are read as they turn out to be missing.
fn compile(path: &str, span: Span, fill: &Fill<'_>) -> Result<Schema, Diagnostic> {
    let text = file_text(fill, path, span)?;
    let above = if path.starts_with('/') {
        String::new()
    } else {
        ABOVE.repeat(MOST_ABOVE)
    };
    let from_root = format!("{above}{}", path.trim_start_matches("./"));
    let mut files = BTreeMap::new();
    loop {
        let lacks = Arc::new(Mutex::new(None));
        let open = opener(files.clone(), Arc::clone(&lacks));
        let why = match Schema::compile(&from_root, &text, open) {
            Ok(schema) => return Ok(schema),
            Err(why) => why,
        };
        let next = lacks.lock().ok().and_then(|mut lacks| lacks.take());
        match next {
            Some(next) if files.len() < MOST_FILES => {
                let text = file_text(fill, &as_written(&next), span)
                    .map_err(|error| in_file(&error, path, span))?;
                files.insert(next, text);
            }
            next => {
                let why = match next {
                    Some(_) => format!("it names more than {MOST_FILES} files"),
                    None if above.is_empty() => why,
                    None => shown(why),
                };
                let message = format!("`{path}` is not a JSON Schema: {why}");
                let hint = "correct the file; `$ref` names files beside it, and nothing is fetched";
                return Err(Diagnostic::error(span, message).hint(hint));
            }
        }
    }
}

/// Gives the files that are known, and notes the first that is not.
fn opener(
    files: BTreeMap<String, String>,
    lacks: Arc<Mutex<Option<String>>>,
) -> impl Fn(&str) -> Result<String, String> + Send + Sync + 'static {
    move |path| {
        if let Some(text) = files.get(path) {
            return Ok(text.clone());
        }
        if let Ok(mut lacks) = lacks.lock() {
            lacks.get_or_insert_with(|| path.to_owned());
        }
        Err("it was not read yet".to_owned())
    }
}

/// A sentence with its paths as a document would name the files.
fn shown(why: String) -> String {
    (MOST_ABOVE / 2..=MOST_ABOVE).rev().fold(why, |why, below| {
        let up = "../".repeat(MOST_ABOVE - below);
        why.replace(&ABOVE.repeat(below), &up)
    })
}

/// A path as a document would name the file.
fn as_written(path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let mut rest = path;
    let mut above = MOST_ABOVE;
    while above > 0
        && let Some(below) = rest.strip_prefix(ABOVE)
    {
        rest = below;
        above -= 1;
    }
    if above == 0 {
        format!("./{rest}")
    } else {
        format!("{}{rest}", "../".repeat(above))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Bytes;
    use crate::script::{Files, Generator, Scope, Unreadable};
    use std::cell::RefCell;
    use std::time::Duration;

    struct ThreeFolders;

    impl Files for ThreeFolders {
        fn read(&self, path: &str) -> Result<Bytes, Unreadable> {
            let text = match path {
                "../all/tick.json" => {
                    r#"{"properties": {"a": {"$ref": "a.json"}, "b": {"$ref": "../../b.json"}}}"#
                }
                "../all/a.json" => r#"{"type": "string"}"#,
                "../../b.json" => r#"{"type": "integer"}"#,
                "./up.json" => r#"{"$ref": "../cut.json"}"#,
                "../cut.json" => "{",
                _ => return Err(Unreadable::MISSING.into()),
            };
            Ok(Bytes::from_static(text.as_bytes()))
        }
    }

    #[test]
    fn references_are_read_from_where_they_stand() {
        let scope = Scope::default();
        let generator = RefCell::new(Generator::repeating());
        let fill = Fill::new(&scope, &generator, &ThreeFolders);
        let mut schemas = Schemas::default();
        let span = Span::at(0);
        assert_eq!(schemas.add("../all/tick.json", span, &fill), Ok(()));
        let check = |json: &str| {
            let until = Instant::now() + Duration::from_secs(60);
            schemas.check("../all/tick.json", json.to_owned(), until)
        };
        assert_eq!(check(r#"{"a": "x", "b": 1}"#), Some(Ok(())));
        assert_eq!(
            check(r#"{"a": "x", "b": "1"}"#),
            Some(Err("`.b` is not of type \"integer\" (`type`)".to_owned()))
        );
        let wrong = schemas.clone().add("./up.json", span, &fill).unwrap_err();
        assert!(!wrong.message.contains(ABOVE), "{}", wrong.message);
        assert!(
            wrong.message.contains("not valid JSON"),
            "{}",
            wrong.message
        );
    }
}
