//! A run of characters or bytes with open places in it, as few as fit in each. Knows no format.

mod places;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use regex::bytes::{Regex, RegexBuilder};

use super::kind::{DATETIME, UUID, in_calendar, not_a_regex};
use super::piece::{Opens, PatternPiece, Slot};
use super::{FillError, KeptValues, MatchVerdict};
use crate::diagnostic::Diagnostic;
use crate::script::{Kind, Value};
use crate::source::Span;

/// What an open place takes one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Char,
    Byte,
}

/// A run.
#[derive(Clone, Debug)]
pub(super) enum TextRun {
    Literal(String),
    Open(Box<OpenRun>),
}

#[derive(Clone, Debug)]
pub(super) struct OpenRun {
    regex: Arc<Regex>,
    /// The groups of what is kept, and of dates that must be in the calendar.
    keeps: Vec<(usize, String)>,
    dates: Vec<usize>,
    pub(super) pieces: Vec<PatternPiece>,
    pub(super) unit: Unit,
}

/// How much an open place takes of what it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Greed {
    /// As little as lets the rest fit: how patterns match.
    Least,
    /// All that looks like it: how people read a number.
    Most,
}

/// Patterns are written by hand: this bounds what a hand may cost.
const MOST_MEMORY: usize = 64 << 20;

impl TextRun {
    pub(super) fn new(pieces: Vec<PatternPiece>, unit: Unit) -> Result<Self, FillError> {
        let literal = pieces.iter().map(|piece| match piece {
            PatternPiece::Text(text, _) => Some(text.as_str()),
            PatternPiece::Slot(_) => None,
        });
        if let Some(text) = literal.collect::<Option<String>>() {
            return Ok(Self::Literal(text));
        }
        OpenRun::new(pieces, unit).map(|open| Self::Open(Box::new(open)))
    }

    pub(super) fn test(&self, run: &[u8]) -> MatchVerdict {
        if !self.fits(run) {
            return MatchVerdict::Miss(1 + self.common(run));
        }
        let mut kept = Vec::new();
        self.keep(run, &mut kept);
        MatchVerdict::Match(kept)
    }

    pub(super) fn fits(&self, run: &[u8]) -> bool {
        match self {
            Self::Literal(text) => text.as_bytes() == run,
            Self::Open(open) => open.fits(run),
        }
    }

    /// What `as NAME` keeps of a run that fits.
    pub(super) fn keep(&self, run: &[u8], kept: &mut KeptValues) {
        let Self::Open(open) = self else { return };
        if open.keeps.is_empty() {
            return;
        }
        let Some(groups) = open.regex.captures(run) else {
            return;
        };
        for (group, name) in &open.keeps {
            let bytes = groups.get(*group).map_or(&[][..], |found| found.as_bytes());
            kept.push((name.clone(), Value::string(&String::from_utf8_lossy(bytes))));
        }
    }

    /// How many bytes at the start and at the end are as they should be.
    fn common(&self, run: &[u8]) -> u32 {
        let (start, end) = match self {
            Self::Literal(text) => (text.as_bytes(), text.as_bytes()),
            Self::Open(open) => (text_of(open.pieces.first()), text_of(open.pieces.last())),
        };
        let pairs = start.iter().zip(run);
        let before = pairs.take_while(|(one, other)| one == other).count();
        let rest = run.get(before..).unwrap_or_default();
        let pairs = end.iter().rev().zip(rest.iter().rev());
        let behind = pairs.take_while(|(one, other)| one == other).count();
        u32::try_from(before + behind).unwrap_or(u32::MAX - 2)
    }

    /// As it is written in a script.
    pub(super) fn spelled(&self) -> String {
        match self {
            Self::Literal(text) => text.clone(),
            Self::Open(open) => open.pieces.iter().map(spelled).collect(),
        }
    }
}

impl OpenRun {
    fn new(pieces: Vec<PatternPiece>, unit: Unit) -> Result<Self, FillError> {
        let source = if let [PatternPiece::Slot(slot)] = &pieces[..]
            && let Opens::Kind(Kind::Match(regex)) = &slot.opens
        {
            // Alone, a regex finds its place anywhere.
            format!("({regex})")
        } else {
            let parts: Result<String, _> = pieces
                .iter()
                .map(|piece| part(piece, unit, Greed::Least))
                .collect();
            format!("\\A{}\\z", parts?)
        };
        let (mut keeps, mut dates) = (Vec::new(), Vec::new());
        let mut group = 1;
        for piece in &pieces {
            let PatternPiece::Slot(slot) = piece else {
                continue;
            };
            if let Some(name) = &slot.keep {
                keeps.push((group, name.clone()));
            }
            if matches!(slot.opens, Opens::Kind(Kind::Datetime)) {
                dates.push(group);
            }
            group += 1 + inner_groups(slot);
        }
        Ok(Self {
            regex: compile(&source, span(&pieces))?,
            keeps,
            dates,
            pieces,
            unit,
        })
    }

    fn fits(&self, run: &[u8]) -> bool {
        if self.dates.is_empty() {
            return self.regex.is_match(run);
        }
        self.regex.captures(run).is_some_and(|groups| {
            self.dates.iter().all(|group| {
                let date = groups.get(*group).map_or(&[][..], |found| found.as_bytes());
                in_calendar(date)
            })
        })
    }
}

fn text_of(piece: Option<&PatternPiece>) -> &[u8] {
    match piece {
        Some(PatternPiece::Text(text, _)) => text.as_bytes(),
        _ => &[],
    }
}

pub(super) fn spelled(piece: &PatternPiece) -> String {
    match piece {
        PatternPiece::Text(text, _) => text.replace("{{", "\\{{"),
        PatternPiece::Slot(slot) => slot.spelled(),
    }
}

/// A piece as a part of a regular expression; an open place is one group, with those of its own regex inside.
pub(super) fn part(piece: &PatternPiece, unit: Unit, greed: Greed) -> Result<String, FillError> {
    let slot = match piece {
        PatternPiece::Text(text, _) => return Ok(regex::escape(text)),
        PatternPiece::Slot(slot) => slot,
    };
    let one = match unit {
        Unit::Char => "(?s:.)",
        Unit::Byte => "(?s-u:.)",
    };
    // Behind a quantifier it makes it lazy.
    let lazy = match greed {
        Greed::Least => "?",
        Greed::Most => "",
    };
    Ok(match &slot.opens {
        Opens::Rest => {
            return Err(
                Diagnostic::error(slot.span, "`{{$rest}}` stands in a JSON array only")
                    .hint("`{{$any}}` stands for any characters"),
            );
        }
        Opens::Kind(Kind::Any) => format!("({one}*{lazy})"),
        Opens::Kind(Kind::String) => format!("({one}+{lazy})"),
        Opens::Kind(Kind::Integer) => format!("(-?[0-9]+{lazy}(?:\\.0+{lazy})?{lazy})"),
        Opens::Kind(Kind::Number) => {
            let (point, power) = ("\\.[0-9]+", "[eE][+-]?[0-9]+");
            format!("(-?[0-9]+{lazy}(?:{point}{lazy})?{lazy}(?:{power}{lazy})?{lazy})")
        }
        Opens::Kind(Kind::Boolean) => "(true|false)".to_owned(),
        Opens::Kind(Kind::Uuid) => format!("({UUID})"),
        Opens::Kind(Kind::Datetime) => format!("({DATETIME})"),
        Opens::Kind(Kind::Match(regex)) => format!("((?:{}))", without_anchors(regex)),
    })
}

/// Inside longer text a regex stands for the run at its place: where the run begins and ends is settled by the text
/// around it, and `^` and `$` say nothing else.
fn without_anchors(regex: &str) -> &str {
    let inner = regex.strip_prefix('^').unwrap_or(regex);
    let Some(ended) = inner.strip_suffix('$') else {
        return inner;
    };
    let backslashes = ended
        .bytes()
        .rev()
        .take_while(|byte| *byte == b'\\')
        .count();
    if backslashes % 2 == 0 { ended } else { inner }
}

fn inner_groups(slot: &Slot) -> usize {
    match &slot.opens {
        Opens::Kind(Kind::Match(regex)) => {
            Regex::new(regex).map_or(0, |regex| regex.captures_len().saturating_sub(1))
        }
        _ => 0,
    }
}

pub(super) fn span(pieces: &[PatternPiece]) -> Span {
    pieces
        .iter()
        .find_map(|piece| match piece {
            PatternPiece::Slot(slot) => Some(slot.span),
            PatternPiece::Text(..) => None,
        })
        .unwrap_or_default()
}

/// Expressions that are kept at most, and bytes of one's source: most documents write a few, again and again, and making
/// one costs more than all else of a small block.
const KEPT: usize = 32;
const KEPT_SOURCE: usize = 512;

/// Bytes that one of them takes at most.
const KEPT_MEMORY: usize = 1 << 20;

thread_local! {
    static MADE: RefCell<BTreeMap<String, Arc<Regex>>> = const { RefCell::new(BTreeMap::new()) };
}

pub(super) fn compile(source: &str, span: Span) -> Result<Arc<Regex>, FillError> {
    if let Some(made) = MADE.with_borrow(|made| made.get(source).cloned()) {
        return Ok(made);
    }
    let build = |most| RegexBuilder::new(source).size_limit(most).build();
    if source.len() <= KEPT_SOURCE
        && let Ok(small) = build(KEPT_MEMORY)
    {
        let small = Arc::new(small);
        MADE.with_borrow_mut(|made| {
            if made.len() >= KEPT {
                made.clear();
            }
            made.insert(source.to_owned(), Arc::clone(&small));
        });
        return Ok(small);
    }
    let large = build(MOST_MEMORY).map_err(|error| not_a_regex(span, &error))?;
    Ok(Arc::new(large))
}
