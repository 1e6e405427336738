//! `voiden check --format json|github`: everything that is wrong in documents, in their order, for other programs.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Destination;
use super::annotation::Annotation;
use super::object::Object;
use super::paint::harmless;
use crate::runner::{Finding, News, ReportedDocument, Reporter};
use crate::source::Position;

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckFormat {
    /// One array of objects.
    Json,
    /// Annotations of GitHub Actions.
    Github,
}

/// Writes what is wrong, when all documents are done.
pub struct CheckReport {
    format: CheckFormat,
    state: Mutex<CheckState>,
}

struct CheckState {
    destination: Destination,
    /// By the document's place: documents are checked side by side.
    told: BTreeMap<usize, Vec<Vec<u8>>>,
}

impl CheckReport {
    /// A report that goes there.
    #[must_use]
    pub fn new(format: CheckFormat, destination: Destination) -> Self {
        Self {
            format,
            state: Mutex::new(CheckState {
                destination,
                told: BTreeMap::new(),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, CheckState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spelled(&self, file: &str, found: &CheckFinding) -> Vec<u8> {
        match self.format {
            CheckFormat::Json => object(file, found),
            CheckFormat::Github => annotation(file, found).into_bytes(),
        }
    }
}

impl Reporter for CheckReport {
    fn hear(&self, subject: &ReportedDocument, news: &News<'_>) {
        let found: Vec<CheckFinding> = match news {
            News::Remark { sentence, fatal } => vec![CheckFinding::of_sentence(sentence, *fatal)],
            News::Diagnostics(findings) => {
                findings.iter().map(|one| CheckFinding::of(&one)).collect()
            }
            _ => return,
        };
        let spelled = found.iter().map(|one| self.spelled(&subject.name, one));
        let mut state = self.state();
        state.told.entry(subject.index).or_default().extend(spelled);
    }

    fn finish(&self) -> io::Result<()> {
        let mut state = self.state();
        let told = std::mem::take(&mut state.told);
        let lines: Vec<Vec<u8>> = told.into_values().flatten().collect();
        let out = &mut state.destination;
        match self.format {
            CheckFormat::Github => out.write_all(&lines.concat())?,
            CheckFormat::Json if lines.is_empty() => out.write_all(b"[]\n")?,
            CheckFormat::Json => {
                out.write_all(b"[\n")?;
                out.write_all(&lines.join(b",\n".as_slice()))?;
                out.write_all(b"\n]\n")?;
            }
        }
        out.flush()
    }
}

/// One thing that is wrong, free of secrets.
struct CheckFinding {
    is_error: bool,
    place: (Position, Position),
    message: String,
    hint: Option<String>,
    fixes: Vec<(Position, Position, String)>,
}

impl CheckFinding {
    fn of(finding: &Finding<'_>) -> Self {
        Self {
            is_error: finding.is_error(),
            place: (finding.position(), finding.end()),
            message: harmless(&finding.message()),
            hint: finding.hint().map(|hint| harmless(&hint)),
            fixes: finding.placed_fixes().collect(),
        }
    }

    /// What has no place in the document stands at its start.
    fn of_sentence(sentence: &str, is_error: bool) -> Self {
        let start = Position { line: 1, column: 1 };
        Self {
            is_error,
            place: (start, start),
            message: harmless(sentence),
            hint: None,
            fixes: Vec::new(),
        }
    }
}

fn annotation(file: &str, found: &CheckFinding) -> String {
    let annotation = Annotation {
        is_error: found.is_error,
        file,
        place: found.place,
        title: None,
        message: &found.message,
        hint: found.hint.as_deref(),
    };
    annotation.line()
}

fn object(file: &str, found: &CheckFinding) -> Vec<u8> {
    let mut line = Vec::new();
    let mut object = Object::begin(&mut line);
    object.text("file", file);
    place(&mut object, found.place);
    let severity = if found.is_error { "error" } else { "warning" };
    object.word("severity", severity);
    object.text("message", &found.message);
    match &found.hint {
        Some(hint) => object.text("help", hint),
        None => object.raw("help", "null"),
    }
    let fixes: Vec<Vec<u8>> = found.fixes.iter().map(fix).collect();
    object.raw(
        "fixes",
        &format!("[{}]", String::from_utf8_lossy(&fixes.join(&b','))),
    );
    object.close();
    line
}

fn fix((start, end, text): &(Position, Position, String)) -> Vec<u8> {
    let mut line = Vec::new();
    let mut object = Object::begin(&mut line);
    place(&mut object, (*start, *end));
    object.text("text", text);
    object.close();
    line
}

fn place(object: &mut Object<'_>, (start, end): (Position, Position)) {
    object.number("line", start.line as u128);
    object.number("column", start.column as u128);
    object.number("endLine", end.line as u128);
    object.number("endColumn", end.column as u128);
}
