//! A run of characters or bytes with open places in it, as few as fit in each. Knows no format.

use regex::bytes::{Regex, RegexBuilder};

use super::kind::{DATETIME, UUID, in_calendar, not_a_regex};
use super::piece::{Opens, Piece, Slot};
use super::show::{brief, quoted, quoted_bytes};
use super::{FillError, Kept, Verdict};
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
pub(super) enum Run {
    Literal(String),
    Open(Box<Open>),
}

#[derive(Clone, Debug)]
pub(super) struct Open {
    regex: Regex,
    /// The groups of what is kept, and of dates that must be in the calendar.
    keeps: Vec<(usize, String)>,
    dates: Vec<usize>,
    pieces: Vec<Piece>,
    unit: Unit,
}

/// Patterns are written by hand: this bounds what a hand may cost.
const MOST_MEMORY: usize = 64 << 20;

impl Run {
    pub(super) fn new(pieces: Vec<Piece>, unit: Unit) -> Result<Self, FillError> {
        let literal = pieces.iter().map(|piece| match piece {
            Piece::Text(text, _) => Some(text.as_str()),
            Piece::Slot(_) => None,
        });
        if let Some(text) = literal.collect::<Option<String>>() {
            return Ok(Self::Literal(text));
        }
        Open::new(pieces, unit).map(|open| Self::Open(Box::new(open)))
    }

    pub(super) fn test(&self, run: &[u8]) -> Verdict {
        if !self.fits(run) {
            return Verdict::Miss(1 + self.common(run));
        }
        let mut kept = Vec::new();
        self.keep(run, &mut kept);
        Verdict::Match(kept)
    }

    pub(super) fn fits(&self, run: &[u8]) -> bool {
        match self {
            Self::Literal(text) => text.as_bytes() == run,
            Self::Open(open) => open.fits(run),
        }
    }

    /// What `as NAME` keeps of a run that fits.
    pub(super) fn keep(&self, run: &[u8], kept: &mut Kept) {
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

    /// How many bytes at the start are as they should be.
    fn common(&self, run: &[u8]) -> u32 {
        let start = match self {
            Self::Literal(text) => text.as_str(),
            Self::Open(open) => match open.pieces.first() {
                Some(Piece::Text(text, _)) => text.as_str(),
                _ => "",
            },
        };
        let same = start
            .bytes()
            .zip(run)
            .take_while(|(one, other)| one == *other);
        u32::try_from(same.count()).unwrap_or(u32::MAX - 1)
    }

    /// In what a run differs, if it does.
    pub(super) fn difference(&self, run: &[u8]) -> Option<String> {
        if self.fits(run) {
            return None;
        }
        Some(match self {
            Self::Literal(text) => literal_difference(text, run),
            Self::Open(open) => open.difference(run),
        })
    }

    /// As it is written in a script.
    pub(super) fn spelled(&self) -> String {
        match self {
            Self::Literal(text) => text.clone(),
            Self::Open(open) => open.pieces.iter().map(spelled).collect(),
        }
    }
}

impl Open {
    fn new(pieces: Vec<Piece>, unit: Unit) -> Result<Self, FillError> {
        let source = if let [Piece::Slot(slot)] = &pieces[..]
            && let Opens::Kind(Kind::Match(regex)) = &slot.opens
        {
            // Alone, a regex finds its place anywhere.
            format!("({regex})")
        } else {
            let parts: Result<String, _> = pieces.iter().map(|piece| part(piece, unit)).collect();
            format!("\\A{}\\z", parts?)
        };
        let (mut keeps, mut dates) = (Vec::new(), Vec::new());
        let mut group = 1;
        for piece in &pieces {
            let Piece::Slot(slot) = piece else { continue };
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

    /// Names the first piece that does not fit behind those before it.
    fn difference(&self, run: &[u8]) -> String {
        if let [Piece::Slot(slot)] = &self.pieces[..] {
            return format!(
                "{} does not fit {}",
                brief(&slot.spelled()),
                quoted_bytes(run)
            );
        }
        let mut source = String::from("\\A");
        let mut end = 0;
        for piece in &self.pieces {
            let Ok(next) = part(piece, self.unit) else {
                break;
            };
            source.push_str(&next);
            let found = compile(&source, span(&self.pieces))
                .ok()
                .and_then(|regex| regex.find(run).map(|found| found.end()));
            let Some(found) = found else {
                let rest = run.get(end..).unwrap_or_default();
                return match piece {
                    Piece::Text(text, _) if end > 0 => {
                        format!(
                            "{} does not follow behind {}",
                            quoted(text),
                            quoted_bytes(run.get(..end).unwrap_or_default())
                        )
                    }
                    Piece::Text(text, _) => {
                        format!("{} does not start with {}", quoted_bytes(run), quoted(text))
                    }
                    Piece::Slot(slot) => {
                        format!(
                            "{} does not fit {}",
                            brief(&slot.spelled()),
                            quoted_bytes(rest)
                        )
                    }
                };
            };
            end = found;
        }
        format!(
            "{} is not {}",
            quoted_bytes(run),
            brief(&self.pieces.iter().map(spelled).collect::<String>())
        )
    }
}

fn spelled(piece: &Piece) -> String {
    match piece {
        Piece::Text(text, _) => text.replace("{{", "\\{{"),
        Piece::Slot(slot) => slot.spelled(),
    }
}

fn literal_difference(text: &str, run: &[u8]) -> String {
    const SHORT: usize = 40;
    if text.len() <= SHORT && run.len() <= SHORT {
        return format!("{} is not {}", quoted_bytes(run), quoted(text));
    }
    let given = String::from_utf8_lossy(run);
    let same = text
        .chars()
        .zip(given.chars())
        .take_while(|(one, other)| one == other)
        .count();
    let tail = |text: &str| quoted(&text.chars().skip(same).take(SHORT).collect::<String>());
    format!(
        "from character {} on {} is not {}",
        same + 1,
        tail(&given),
        tail(text)
    )
}

/// A piece as a part of a regular expression; an open place is one group, with those of its own regex inside.
fn part(piece: &Piece, unit: Unit) -> Result<String, FillError> {
    let slot = match piece {
        Piece::Text(text, _) => return Ok(regex::escape(text)),
        Piece::Slot(slot) => slot,
    };
    let one = match unit {
        Unit::Char => "(?s:.)",
        Unit::Byte => "(?s-u:.)",
    };
    Ok(match &slot.opens {
        Opens::Rest => {
            return Err(
                Diagnostic::error(slot.span, "`{{$rest}}` stands in a JSON array only")
                    .hint("`{{$any}}` stands for any characters"),
            );
        }
        Opens::Kind(Kind::Any) => format!("({one}*?)"),
        Opens::Kind(Kind::String) => format!("({one}+?)"),
        Opens::Kind(Kind::Integer) => "(-?[0-9]+?(?:\\.0+?)??)".to_owned(),
        Opens::Kind(Kind::Number) => "(-?[0-9]+?(?:\\.[0-9]+?)??(?:[eE][+-]?[0-9]+?)??)".to_owned(),
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

fn span(pieces: &[Piece]) -> Span {
    pieces
        .iter()
        .find_map(|piece| match piece {
            Piece::Slot(slot) => Some(slot.span),
            Piece::Text(..) => None,
        })
        .unwrap_or_default()
}

fn compile(source: &str, span: Span) -> Result<Regex, FillError> {
    RegexBuilder::new(source)
        .size_limit(MOST_MEMORY)
        .build()
        .map_err(|error| not_a_regex(span, &error))
}
