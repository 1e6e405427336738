//! A script's layout: one spelling of marks, one blank between words, one blank line between parts. Changes no message.

use super::lines::{self, Marks, StepMark, StepText};
use super::option::own_let;
use super::steps::StepInfo;
use super::table::find;
use super::text::Piece;
use super::{head_length, parse, url};
use crate::diagnostic::Diagnostic;
use crate::format::Format;
use crate::script::{Name, Role};

/// A line of a laid out script: which line it was, if any, and what it says.
pub type TidyLine = (Option<usize>, String);

/// Lays a block's text out anew; says the same to the letter. `None` where it does not parse.
#[must_use]
pub fn tidy(text: &str, role: Role, defaults: &[(String, String)]) -> Option<Vec<TidyLine>> {
    let parsed = parse(text, role, defaults);
    if parsed.diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    let lines = lines::split(text.strip_suffix('\n').unwrap_or(text));
    let (head, steps) = lines.split_at(head_length(&lines));
    let marks = Marks {
        role,
        clients: !parsed.script.clients.is_empty(),
    };
    let (_, entries) = marks.group(steps);
    let mut tidied = TidyLines {
        starts: lines.iter().map(|line| line.at).collect(),
        width: width(marks, &entries),
        lines: Vec::new(),
        stepped: false,
        blank: None,
    };
    tidied.head(head, role, &parsed.script.clients);
    tidied.separate();
    for entry in &entries {
        tidied.entry(entry);
    }
    Some(tidied.lines)
}

/// How wide the column of clients' names is.
fn width(marks: Marks, entries: &[StepText<'_>]) -> usize {
    let names = entries.iter().filter_map(|entry| entry.line.who);
    let longest = names.map(|who| who.text.chars().count()).max();
    longest.filter(|_| marks.clients).unwrap_or_default()
}

struct TidyLines {
    /// Where each line starts, ascending.
    starts: Vec<usize>,
    width: usize,
    lines: Vec<TidyLine>,
    /// Whether the head is behind us.
    stepped: bool,
    /// The blank line that stands before whatever comes next.
    blank: Option<TidyLine>,
}

impl TidyLines {
    fn index(&self, piece: Piece<'_>) -> usize {
        let after = self.starts.partition_point(|start| *start <= piece.at);
        after.saturating_sub(1)
    }

    fn push(&mut self, from: Piece<'_>, text: String) {
        if let Some(blank) = self.blank.take()
            && !self.lines.is_empty()
        {
            self.lines.push(blank);
        }
        self.lines.push((Some(self.index(from)), text));
    }

    /// A blank line, unless one stands here already.
    fn separate(&mut self) {
        self.blank.get_or_insert((None, String::new()));
    }

    fn saw_blank(&mut self, line: Piece<'_>) {
        let index = self.index(line);
        self.blank.get_or_insert((Some(index), String::new()));
    }

    fn head(&mut self, head: &[Piece<'_>], role: Role, clients: &[Name]) {
        let mut url = false;
        for line in head {
            let text = line.trim();
            if text.is_empty() {
                self.saw_blank(*line);
                continue;
            }
            let spelled = match text.text {
                comment if comment.starts_with('#') => comment.to_owned(),
                option if option.starts_with('@') => words(text),
                _ if url::own(text, clients).is_some() => words(text),
                _ if own_let(text, clients).is_some() => {
                    let (who, rest) = text.word();
                    format!("{} {}", who.text, words(rest))
                }
                other if url => header(other),
                other => {
                    url = true;
                    // A method stands before it; else blanks in it are its own.
                    match role {
                        Role::Http => words(text),
                        Role::Client | Role::Server => other.to_owned(),
                    }
                }
            };
            self.push(*line, spelled);
        }
    }

    fn entry(&mut self, entry: &StepText<'_>) {
        let (rest, bare) = match entry.line.mark {
            StepMark::Send | StepMark::Expect => message(entry.line.rest),
            StepMark::Control => self.control(entry.line.rest),
        };
        let mark = entry.line.mark.text();
        let who = entry.line.who.map_or(String::new(), |who| {
            format!("{:width$} ", who.text, width = self.width)
        });
        let line = format!("{who}{mark} {rest}");
        self.push(entry.line.whole, line.trim_end().to_owned());
        self.stepped = true;
        self.below(&entry.below, bare);
    }

    /// `-- WORD …`; whether a body may start on the next line.
    fn control(&mut self, rest: Piece<'_>) -> (String, bool) {
        let (word, behind) = rest.word();
        let info = find(StepMark::Control, rest);
        if info.is_some_and(|info| info.refines.is_some()) {
            if self.stepped {
                self.blank = None;
            }
        } else if info.is_some_and(StepInfo::is_handler) {
            let comment = |(_, above): &TidyLine| above.starts_with("-- #");
            if !self.lines.last().is_some_and(comment) {
                self.separate();
            }
        }
        if word.text == "on" {
            let (pattern, bare) = message(behind);
            return (format!("on {pattern}"), bare);
        }
        (words(rest), false)
    }

    /// The lines of a body, as they are; blank ones around it are not its own. `bare`: nothing of it stands above.
    fn below(&mut self, lines: &[Piece<'_>], bare: bool) {
        let Some(last) = lines.iter().rposition(|line| !line.is_blank()) else {
            if let Some(blank) = lines.first() {
                self.saw_blank(*blank);
            }
            return;
        };
        let first = lines.iter().position(|line| !line.is_blank());
        let first = first.filter(|_| bare).unwrap_or_default();
        for line in lines.get(first..=last).unwrap_or_default() {
            self.push(*line, line.text.to_owned());
        }
        if let Some(blank) = lines.get(last + 1) {
            self.saw_blank(*blank);
        }
    }
}

/// `FORMAT BODY` with one blank; whether no part of the body stands here.
fn message(rest: Piece<'_>) -> (String, bool) {
    let (word, behind) = rest.word();
    if Format::from_word(word.text) == Some(Format::Proto) {
        return (
            format!("proto {}", words(behind)),
            behind.word().1.is_empty(),
        );
    }
    if Format::from_word(word.text).is_some() {
        return (words(rest), behind.is_empty());
    }
    let spelled = match word.text {
        "ping" | "pong" | "close" | "drop" | "HTTP" => words(rest),
        _ => rest.text.to_owned(),
    };
    (spelled, rest.is_empty())
}

/// The first word, one blank, and the rest.
fn words(piece: Piece<'_>) -> String {
    let (word, behind) = piece.word();
    format!("{} {}", word.text, behind.text)
        .trim_end()
        .to_owned()
}

/// `Name: value` with one blank.
fn header(line: &str) -> String {
    let is_token = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|next| next.is_ascii_alphanumeric() || "-_.".contains(next))
    };
    match line.split_once(':') {
        Some((name, value)) if is_token(name) => {
            format!("{name}: {}", value.trim_matches([' ', '\t']))
                .trim_end()
                .to_owned()
        }
        _ => line.to_owned(),
    }
}
