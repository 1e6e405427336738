//! Text → [`Script`]. Total: what is wrong is in the diagnostics, and one wrong line never hides another.

mod arguments;
mod body;
mod bytes;
mod call;
mod control;
mod defaults;
mod drop;
mod entry;
mod file;
mod file_name;
mod handlers;
mod head;
mod header;
mod json;
mod keep;
mod lines;
mod literal;
mod message;
mod message_steps;
mod misplaced;
mod option;
mod painted;
mod placement;
mod refine;
mod refinements;
mod regex;
mod request_line;
mod requests;
mod schema;
mod setting;
mod short;
mod stand_in;
mod steps;
mod stray;
mod table;
mod template;
mod text;
mod tidy;
mod tokens;
mod url;
mod xml;

pub(crate) use arguments::RESERVED as RESERVED_NAMES;
pub use arguments::placeholder_words;
pub use defaults::default_lines;
pub(super) use defaults::value as default_value;
pub(super) use file_name::meant as meant_file;
pub(super) use json::check as check_json;
pub(super) use lines::is_name;
pub use painted::{PaintedPiece, painted_lines};
pub(super) use stand_in::Put;
pub use steps::{Refined, StepInfo};
pub use table::STEPS;
pub(super) use text::Piece;
pub use tidy::{TidyLine, tidy};
pub use tokens::{Token, TokenClass, step_tokens, tokens};
pub(super) use url::judge_filled as judge_url;
pub(super) use xml::check as check_xml;

use super::{Role, Script, Template};
use crate::diagnostic::Diagnostic;
use lines::{Marks, StepLine};
use steps::{LineAbove, Steps};

/// A script and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// What was understood.
    pub script: Script,
    /// What was not; spans are in the block's text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a block's text. `defaults` are the document's options (name, value), in order: each one that the role takes
/// and the block does not set itself becomes an option line of the script, with the URL's place as its span.
#[must_use]
pub fn parse(text: &str, role: Role, defaults: &[(String, String)]) -> Parsed {
    let mut diagnostics = Vec::new();
    let lines = lines::split(text);
    let (head, steps) = lines.split_at(head_length(&lines));
    let mut script = empty(role);
    script.clients = clients(head, steps, role, defaults, &mut diagnostics);
    let marks = Marks {
        role,
        clients: !script.clients.is_empty(),
    };
    head::read(head, marks, &mut script, &mut diagnostics);
    defaults::add(defaults, marks, &mut script);
    let mut reader = Steps {
        marks,
        script: &mut script,
        told: &mut diagnostics,
        above: LineAbove::Head,
        seen: Vec::new(),
        misplaced: false,
        table: STEPS,
    };
    let (orphans, entries) = marks.group(steps);
    reader.stray(&orphans);
    for entry in &entries {
        entry::read(&mut reader, entry);
    }
    placement::check(&script, &mut diagnostics);
    requests::check(&script, &mut diagnostics);
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    Parsed {
        script,
        diagnostics,
    }
}

/// Whether a line of a client's script starts a step; `clients`: the script names its clients.
#[must_use]
pub fn begins_step(line: &str, clients: bool) -> bool {
    let role = Role::Client;
    let marks = Marks { role, clients };
    marks.read(text::Piece::new(line, 0)).is_some()
}

/// Parses steps that come to a script whose head is known: they are read as if they stood first below that. Spans are in
/// `text`.
#[must_use]
pub fn parse_steps(text: &str, script: &Script) -> Parsed {
    let mut diagnostics = Vec::new();
    let marks = Marks {
        role: script.role,
        clients: !script.clients.is_empty(),
    };
    let mut script = Script {
        opening: Vec::new(),
        steps: Vec::new(),
        handlers: Vec::new(),
        ..script.clone()
    };
    let lines = lines::split(text);
    let (orphans, entries) = marks.group(&lines);
    let mut reader = Steps {
        marks,
        script: &mut script,
        told: &mut diagnostics,
        above: LineAbove::Head,
        seen: Vec::new(),
        misplaced: false,
        table: STEPS,
    };
    reader.stray(&orphans);
    for entry in &entries {
        entry::read(&mut reader, entry);
    }
    placement::check(&script, &mut diagnostics);
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    Parsed {
        script,
        diagnostics,
    }
}

fn empty(role: Role) -> Script {
    Script {
        role,
        method: None,
        url: Template::default(),
        own_urls: Vec::new(),
        headers: Vec::new(),
        options: Vec::new(),
        lets: Vec::new(),
        clients: Vec::new(),
        never: Vec::new(),
        ignore: Vec::new(),
        opening: Vec::new(),
        steps: Vec::new(),
        handlers: Vec::new(),
    }
}

/// How many lines stand before the first step: nothing in a head looks like one.
fn head_length(lines: &[Piece<'_>]) -> usize {
    lines
        .iter()
        .position(|line| {
            lines::marked(*line).is_some() || lines::named(line.trim_start()).is_some()
        })
        .unwrap_or(lines.len())
}

/// The clients that the head names, else the document, else the steps.
fn clients(
    head: &[Piece<'_>],
    steps: &[Piece<'_>],
    role: Role,
    defaults: &[(String, String)],
    told: &mut Vec<Diagnostic>,
) -> Vec<super::Name> {
    if role != Role::Client {
        return Vec::new();
    }
    let mut clients = head::clients(head);
    if clients.is_empty() {
        clients = defaults::clients(defaults);
    }
    if clients.is_empty() {
        clients = implied_clients(steps, told);
    }
    clients
}

/// The clients that steps name where the head forgot to: told once, with the whole cure.
fn implied_clients(steps: &[Piece<'_>], told: &mut Vec<Diagnostic>) -> Vec<super::Name> {
    let name = |line: &Piece<'_>| {
        let StepLine { who, .. } = lines::named(line.trim_start())?;
        let who = who?;
        Some(super::Name {
            text: who.text.to_owned(),
            span: who.span(),
        })
    };
    let Some(first) = steps.first().and_then(name) else {
        return Vec::new();
    };
    let mut names: Vec<super::Name> = Vec::new();
    for name in steps.iter().filter_map(name) {
        if names.iter().all(|known| known.text != name.text) {
            names.push(name);
        }
    }
    let list: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
    let message = format!("`{}` is named, but no client has a name", first.text);
    let hint = format!(
        "name the clients in the head: `@clients {}`",
        list.join(", ")
    );
    told.push(Diagnostic::error(first.span, message).hint(hint));
    names
}

#[cfg(test)]
mod tests;
