//! What a line is: a step's first line, or part of a body. Knows the marks and who may stand before them.

use super::text::{Cooked, Piece};
use crate::diagnostic::Cure;
use crate::script::Role;
use crate::source::Span;

/// A step line's mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepMark {
    Send,
    Expect,
    Control,
}

impl StepMark {
    const SPELLINGS: [(&'static str, Self); 5] = [
        ("->", Self::Send),
        ("→", Self::Send),
        ("<-", Self::Expect),
        ("←", Self::Expect),
        ("--", Self::Control),
    ];

    /// As it is suggested.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Send => "->",
            Self::Expect => "<-",
            Self::Control => "--",
        }
    }
}

/// A step's first line.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepLine<'a> {
    pub(super) who: Option<Piece<'a>>,
    pub(super) mark: StepMark,
    /// What stands behind the mark, trimmed.
    pub(super) rest: Piece<'a>,
    /// From the name or the mark to the last character.
    pub(super) whole: Piece<'a>,
}

impl StepLine<'_> {
    /// The mark, which stands behind the name and before the rest.
    pub(super) fn mark_span(&self) -> Span {
        let behind = self.who.map_or(0, |who| who.text.len());
        let mark = self.whole.from(behind).word().0;
        // Nothing has to stand between an arrow and a line's end.
        mark.span()
    }

    /// What is said where it is one refinement too many.
    pub(super) fn removed(&self) -> Cure {
        let (word, _) = self.rest.word();
        Cure::from(format!("remove `-- {}`", word.text)).put_at(self.whole.span(), "")
    }

    /// The name and the blanks behind it.
    pub(super) fn name_span(&self) -> Span {
        Span::new(self.whole.at, self.mark_span().start)
    }
}

/// A step's first line and the lines below it that start no step.
#[derive(Clone, Debug)]
pub(super) struct StepText<'a> {
    pub(super) line: StepLine<'a>,
    pub(super) below: Vec<Piece<'a>>,
}

/// Which lines start a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks {
    pub(super) role: Role,
    /// Whether the block has several clients.
    pub(super) clients: bool,
}

impl Marks {
    /// The step that a line starts.
    pub(super) fn read(self, line: Piece<'_>) -> Option<StepLine<'_>> {
        let start = if self.clients {
            line.trim_start()
        } else {
            line
        };
        marked(start).or_else(|| {
            let line = named(start)?;
            let who = self.clients || (self.role == Role::Server && line.mark == StepMark::Send);
            who.then_some(line)
        })
    }

    /// Groups the lines behind the head: those before the first step, and steps.
    pub(super) fn group<'a>(self, lines: &[Piece<'a>]) -> (Vec<Piece<'a>>, Vec<StepText<'a>>) {
        let mut orphans = Vec::new();
        let mut entries: Vec<StepText<'a>> = Vec::new();
        for line in lines {
            if let Some(line) = self.read(*line) {
                let below = Vec::new();
                entries.push(StepText { line, below });
            } else if let Some(entry) = entries.last_mut() {
                entry.below.push(*line);
            } else {
                orphans.push(*line);
            }
        }
        (orphans, entries)
    }

    /// Puts a body together: what stands on the step line, then the lines below, without outer blank lines.
    pub(super) fn cook(self, inline: Piece<'_>, below: &[Piece<'_>]) -> Cooked {
        let mut cooked = Cooked::default();
        let mut line_break = None;
        if !inline.is_empty() {
            cooked.push(inline);
            line_break = Some(inline.at + inline.text.len());
        }
        let first = below.iter().position(|line| !line.is_blank());
        let last = below.iter().rposition(|line| !line.is_blank());
        let start = if inline.is_empty() { first } else { Some(0) };
        let (Some(start), Some(last)) = (start, last) else {
            return cooked;
        };
        for line in below.get(start..=last).unwrap_or_default() {
            if let Some(at) = line_break {
                cooked.push(Piece::new("\n", at));
            }
            cooked.push(self.unescape(*line));
            line_break = Some(line.at + line.text.len());
        }
        cooked
    }

    /// A body line without the backslash that keeps it from being a step.
    fn unescape(self, line: Piece<'_>) -> Piece<'_> {
        match line.strip("\\") {
            Some(rest) if rest.text.starts_with('\\') || self.read(rest).is_some() => rest,
            _ => line,
        }
    }
}

/// The lines of a block, without their ends.
pub(super) fn split(text: &str) -> Vec<Piece<'_>> {
    Piece::new(text, 0)
        .split('\n')
        .map(|line| line.strip_end("\r"))
        .collect()
}

/// A line with a mark at its start.
pub(super) fn marked(line: Piece<'_>) -> Option<StepLine<'_>> {
    let (mark, rest) = StepMark::SPELLINGS
        .iter()
        .find_map(|(text, mark)| Some((*mark, line.strip(text)?)))?;
    let ends = rest.is_empty() || rest.text.starts_with([' ', '\t', '\r']);
    ends.then(|| StepLine {
        who: None,
        mark,
        rest: rest.trim(),
        whole: line.trim_end(),
    })
}

/// A line with a name before its mark.
pub(super) fn named(line: Piece<'_>) -> Option<StepLine<'_>> {
    let end = line.text.find(|next| !is_name_part(next))?;
    let (who, behind) = (line.to(end), line.from(end));
    let marked = marked(behind.trim_start()).filter(|_| behind.text.starts_with([' ', '\t']))?;
    (!who.is_empty()).then_some(StepLine {
        who: Some(who),
        whole: line.trim_end(),
        ..marked
    })
}

/// Whether a word may be a client's name: as a server's.
pub(in crate::script) fn is_name(word: &str) -> bool {
    !word.is_empty() && word.chars().all(is_name_part)
}

fn is_name_part(next: char) -> bool {
    next.is_alphanumeric() || matches!(next, '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_mark_with_a_blank_behind_it_starts_a_step() {
        let marks = Marks {
            role: Role::Client,
            clients: false,
        };
        for (text, starts) in [
            ("-> x", true),
            ("->", true),
            ("->\tx", true),
            ("→ x", true),
            ("←", true),
            ("-- x", true),
            ("--", true),
            ("-->", false),
            ("---", false),
            ("->x", false),
            (" -> x", false),
            ("bob -> x", false),
            ("- x", false),
            ("", false),
        ] {
            let read = marks.read(Piece::new(text, 0)).is_some();
            assert_eq!(read, starts, "{text}");
        }
    }

    #[test]
    fn a_name_before_the_mark_counts_where_there_are_names() {
        let clients = Marks {
            role: Role::Client,
            clients: true,
        };
        let server = Marks {
            role: Role::Server,
            clients: false,
        };
        for (text, in_clients, in_server) in [
            ("bob   <- json", Some("bob"), None),
            ("  bob -- drop", Some("bob"), None),
            ("all -> text x", Some("all"), Some("all")),
            ("a b -> x", None, None),
            ("bob->x", None, None),
            ("bob- -> x", Some("bob-"), Some("bob-")),
        ] {
            let who = |marks: Marks| Some(marks.read(Piece::new(text, 0))?.who?.text);
            assert_eq!(who(clients), in_clients, "{text}");
            assert_eq!(who(server), in_server, "{text}");
        }
    }
}
