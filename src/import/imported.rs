//! What was made of a file: blocks, and sentences about what could not be taken over.

use crate::diagnostic::Diagnostic;
use crate::document::BlockKind;
use crate::recorder::{NewBlock, RecordedBlock, role};
use crate::script::parse;

/// What was made of a file.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// The blocks, in order.
    pub blocks: Vec<NewBlock>,
    /// What could not be taken over, a sentence each.
    pub left_out: Vec<String>,
}

impl Imported {
    /// Adds a block that was made, unless a block cannot say what the file says.
    pub(super) fn push(&mut self, kind: BlockKind, name: &str, made: RecordedBlock) {
        let Some(script) = self.well_formed(kind, name, made.script) else {
            return;
        };
        self.blocks.push(NewBlock {
            kind,
            name: name.to_owned(),
            prose: String::new(),
            script,
            transcript: None,
            secrets: made.secrets,
            vars: made.vars,
            defaults: Vec::new(),
            needed: false,
        });
    }

    /// The script without the headers and options that no block may have.
    fn well_formed(&mut self, kind: BlockKind, name: &str, mut script: String) -> Option<String> {
        loop {
            let read = parse(&script, role(kind), &[]);
            let Some(wrong) = read.diagnostics.into_iter().find(Diagnostic::is_error) else {
                return Some(script);
            };
            let head = script.find("\n\n").unwrap_or(script.len());
            let line = script
                .get(..wrong.span.start)
                .and_then(|before| before.rfind('\n'));
            let Some(line) = line.filter(|line| *line < head) else {
                self.leave_out(format!("{name}: {}", wrong.message));
                return None;
            };
            let after = line + 1;
            let rest = script.get(after..).unwrap_or_default();
            let length = rest.find('\n').unwrap_or(rest.len());
            let word = rest.split([':', ' ', '\n']).next().unwrap_or_default();
            self.leave_out(format!("`{word}` of {name}: {}", wrong.message));
            script.replace_range(line..after + length, "");
        }
    }

    /// Says that headers are left out that no line can say: their names or values have line breaks, or are empty.
    pub(super) fn leave_out_headers(&mut self, count: usize, of: &str) {
        if count > 0 {
            let headers = counted(count, "header");
            self.leave_out(format!(
                "{headers} of {of} that cannot stand on a line, or {} empty",
                match count {
                    1 => "is",
                    _ => "are",
                }
            ));
        }
    }

    /// Says that something is left out.
    pub(super) fn leave_out(&mut self, sentence: impl Into<String>) {
        let sentence = sentence.into();
        if !self.left_out.contains(&sentence) && self.left_out.len() < MOST_TOLD {
            self.left_out.push(sentence);
        }
    }
}

/// Sentences about what is left out, at most.
const MOST_TOLD: usize = 50;

/// A name for a block, of its URL: host and path.
pub(super) fn name_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    rest.trim_end_matches('/').to_owned()
}

/// `1 message`, `2 messages`.
pub(super) fn counted(count: usize, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}
