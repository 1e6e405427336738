//! What a document's front matter gets: names of secrets and values of variables. Knows YAML as far as it is written; what
//! was there stays.

use super::moved::renamed;
use crate::document::{Edit, FrontMatter, splice};
use crate::script::Token;
use crate::source::Span;
use crate::source::visible::Spelling;
use std::fmt::Write as _;

/// What the front matter gets.
#[derive(Clone)]
pub(super) struct FrontMatterGrowth {
    known: FrontMatter,
    secrets: Vec<String>,
    vars: Vec<(String, String)>,
}

impl FrontMatterGrowth {
    pub(super) fn new(known: &FrontMatter) -> Self {
        Self {
            known: known.clone(),
            secrets: Vec::new(),
            vars: Vec::new(),
        }
    }

    /// Takes what a block needs; gives its script, in which a variable has another name where the document has one of
    /// that name with another value.
    pub(super) fn grow(
        &mut self,
        script: &str,
        secrets: &[String],
        vars: &[(String, String)],
        tokens: impl Fn(&str) -> Vec<Token>,
    ) -> String {
        let has =
            |name: &str, known: &FrontMatter| known.secrets.iter().any(|(known, _)| known == name);
        for name in secrets {
            if !has(name, &self.known) && !self.secrets.contains(name) {
                self.secrets.push(name.clone());
            }
        }
        let mut script = script.to_owned();
        for (name, value) in vars {
            let known = self.known.vars.iter();
            let known = known.map(|var| (var.name.as_str(), var.value.as_str()));
            let own = self.vars.iter();
            let own = own.map(|(name, value)| (name.as_str(), value.as_str()));
            let all: Vec<(&str, &str)> = known.chain(own).collect();
            // One that means the same is as good as a new one.
            let taken = |wanted: &str| {
                let mut all = all.iter();
                all.any(|(known, meant)| *known == wanted && meant != value)
            };
            let free = super::naming::free(name, taken);
            let is_there = all.contains(&(free.as_str(), value));
            if free != *name {
                script = renamed(&script, &tokens(&script), name, &free);
            }
            if !is_there {
                self.vars.push((free, value.clone()));
            }
        }
        script
    }

    fn is_empty(&self) -> bool {
        self.secrets.is_empty() && self.vars.is_empty()
    }

    pub(super) fn is_in(&self, front: &FrontMatter) -> bool {
        let has_secret = |name: &String| front.secrets.iter().any(|(known, _)| known == name);
        let has_var = |(name, value): &(String, String)| {
            let mut vars = front.vars.iter();
            vars.any(|var| var.name == *name && var.value == *value)
        };
        self.secrets.iter().all(has_secret) && self.vars.iter().all(has_var)
    }

    pub(super) fn told(&self) -> String {
        let vars = self
            .vars
            .iter()
            .map(|(name, _)| format!("`{name}` to `vars:`"));
        let secrets = self
            .secrets
            .iter()
            .map(|name| format!("`{name}` to `secrets:`"));
        vars.chain(secrets).collect::<Vec<_>>().join(", ")
    }

    /// The text with what is new in its front matter.
    pub(super) fn write(&self, text: &str, ending: &str) -> String {
        if self.is_empty() {
            return text.to_owned();
        }
        let lines = |indent: &str| {
            let mut out = String::new();
            if !self.vars.is_empty() && self.known.vars.is_empty() {
                let _ = write!(out, "{indent}vars:{ending}");
                for (name, value) in &self.vars {
                    let _ = write!(out, "{indent}  {name}: {}{ending}", yaml(value));
                }
            }
            if !self.secrets.is_empty() && self.known.secrets.is_empty() {
                let names = self.secrets.join(", ");
                let _ = write!(out, "{indent}secrets: [{names}]{ending}");
            }
            out
        };
        let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let mut edits = self.beside(text, ending);
        let (at, new) = match FrontMatterPlace::find(text, start) {
            FrontMatterPlace::None => (
                start,
                format!(
                    "---{ending}voiden:{ending}{}---{ending}{ending}",
                    lines("  ")
                ),
            ),
            FrontMatterPlace::Other(at) => (at, format!("voiden:{ending}{}", lines("  "))),
            FrontMatterPlace::Ours { at, indent } => (at, lines(&indent)),
            FrontMatterPlace::Flow(at) => (at, self.in_flow()),
        };
        edits.push(Edit {
            span: Span::at(at),
            text: new,
        });
        splice(text, &edits)
    }

    /// Edits that add to a list, or a mapping, that is there.
    fn beside(&self, text: &str, ending: &str) -> Vec<Edit> {
        let mut edits = Vec::new();
        if let Some((_, last)) = self
            .known
            .secrets
            .last()
            .filter(|_| !self.secrets.is_empty())
        {
            let line = line_before(text, last.start);
            let new: String = match line.trim() {
                "-" => {
                    let names = self.secrets.iter();
                    names
                        .map(|name| format!("{ending}{line}{name}"))
                        .collect::<Vec<_>>()
                        .concat()
                }
                _ => self
                    .secrets
                    .iter()
                    .map(|name| format!(", {name}"))
                    .collect::<Vec<_>>()
                    .concat(),
            };
            edits.push(Edit {
                span: Span::at(last.end),
                text: new,
            });
        }
        if let Some(last) = self.known.vars.last().filter(|_| !self.vars.is_empty()) {
            let line = line_before(text, last.name_span.start);
            let new: String = if line.trim().is_empty() {
                let vars = self.vars.iter();
                vars.map(|(name, value)| format!("{ending}{line}{name}: {}", yaml(value)))
                    .collect::<Vec<_>>()
                    .concat()
            } else {
                let vars = self.vars.iter();
                vars.map(|(name, value)| format!(", {name}: {}", yaml(value)))
                    .collect::<Vec<_>>()
                    .concat()
            };
            edits.push(Edit {
                span: Span::at(last.span.end),
                text: new,
            });
        }
        edits
    }

    /// The same as a flow mapping's first entries.
    fn in_flow(&self) -> String {
        let mut out = String::new();
        if !self.vars.is_empty() && self.known.vars.is_empty() {
            let vars = self.vars.iter();
            let vars: Vec<String> = vars
                .map(|(name, value)| format!("{name}: {}", yaml(value)))
                .collect();
            let _ = write!(out, "vars: {{{}}}, ", vars.join(", "));
        }
        if !self.secrets.is_empty() && self.known.secrets.is_empty() {
            let _ = write!(out, "secrets: [{}], ", self.secrets.join(", "));
        }
        out
    }
}

/// A scalar in double quotes: JSON's strings are YAML's too.
fn yaml(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    Spelling::Json.line(&quoted).into_owned()
}

/// What stands before a place on its line.
fn line_before(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    before.get(start..).unwrap_or_default()
}

/// Where the front matter's mapping of ours can be added to.
enum FrontMatterPlace {
    /// There is no front matter.
    None,
    /// There is one, of others: before its last line.
    Other(usize),
    /// Behind the line `voiden:`.
    Ours { at: usize, indent: String },
    /// Behind the brace of `voiden: {`.
    Flow(usize),
}

impl FrontMatterPlace {
    fn find(text: &str, start: usize) -> Self {
        let mut at = start;
        let mut lines = text.get(start..).unwrap_or_default().split_inclusive('\n');
        let Some(first) = lines.next().filter(|line| line.trim_end() == "---") else {
            return Self::None;
        };
        at += first.len();
        let mut ours: Option<usize> = None;
        for line in lines {
            let is_end = matches!(line.trim_end(), "---" | "...");
            if at == start + first.len() && (is_end || line.trim().is_empty()) {
                return Self::None;
            }
            if let Some(place) = ours
                && (!line.trim().is_empty() || is_end)
            {
                let blanks = line.len() - line.trim_start_matches(' ').len();
                let is_inside = blanks > 0 && !is_end;
                let indent = if is_inside {
                    " ".repeat(blanks)
                } else {
                    "  ".to_owned()
                };
                return Self::Ours { at: place, indent };
            }
            if is_end {
                return Self::Other(at);
            }
            if let Some(rest) = line.strip_prefix("voiden").map(str::trim_start)
                && let Some(value) = rest.strip_prefix(':')
            {
                match value.trim().chars().next() {
                    Some('{') => {
                        let brace = line.find('{').unwrap_or_default();
                        return Self::Flow(at + brace + 1);
                    }
                    None | Some('#') => ours = Some(at + line.len()),
                    Some(_) => return Self::Other(at),
                }
            }
            at += line.len();
        }
        Self::None
    }
}
