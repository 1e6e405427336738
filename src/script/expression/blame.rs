//! Why a check does not hold: which of the conditions that it joins, what the left side of a comparison was, and
//! whether a member of nearly that name is there.

use std::fmt::Write as _;
use std::ops::Range;
use std::time::Instant;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::Term;
use jaq_core::path::{self, Path};
use jaq_json::Val;

use super::compile::{compile, on_its_stack};
use super::run::run;
use super::split::{ExpressionPart, ExpressionShape, term};
use super::written;
use super::{Facts, brief, brief_json};
use crate::diagnostic::nearest;
use crate::script::pattern::key;
use crate::source::Span;

/// Bytes up to which both sides of an `or` are told.
const LONGEST: usize = 160;

/// What is told of a check that does not hold.
pub(super) struct Blame {
    /// `.price is -3`
    pub(super) why: String,
    /// The part that does not hold, in bytes of the source.
    pub(super) place: Range<usize>,
}

/// Why a source does not hold; `before`: how many of its outputs did. `None` where nothing more can be said than what
/// it gave.
pub(super) fn blame(
    source: &str,
    facts: &Facts,
    until: Option<Instant>,
    before: usize,
) -> Option<Blame> {
    let whole = on_its_stack(source, || ExpressionPart::of(source)).ok()??;
    let judge = BlameFinder {
        source,
        facts,
        until,
    };
    judge.blame(&whole, "", before, true)
}

/// What is told of an expression that gave null: `is null, though .user_id is there`.
pub(super) fn is_null(source: &str, facts: &Facts) -> String {
    match near(source, facts) {
        Some(near) => format!("is null, though {} is there", brief(&near)),
        None => "is null".to_owned(),
    }
}

struct BlameFinder<'a> {
    source: &'a str,
    facts: &'a Facts,
    until: Option<Instant>,
}

impl BlameFinder<'_> {
    /// `lead`: what stands before the part and leads to it. `whole`: nothing but that.
    fn blame(
        &self,
        part: &ExpressionPart,
        lead: &str,
        before: usize,
        whole: bool,
    ) -> Option<Blame> {
        let place = part.range.clone();
        match &part.shape {
            ExpressionShape::Piped(last) => {
                let lead = format!("{lead}{}", self.source.get(place.start..last.range.start)?);
                // Parentheses around the last part are closed behind it.
                let lead = lead.strip_suffix('(').unwrap_or(&lead);
                self.blame(last, lead, before, whole)
            }
            ExpressionShape::And(left, right) if before == 0 => {
                let guilty = if self.holds(left, lead)? { right } else { left };
                self.blame(guilty, lead, 0, false)
            }
            ExpressionShape::Or(left, right) if before == 0 => {
                let left = self.blame(left, lead, 0, false)?;
                let right = self.blame(right, lead, 0, false)?;
                let why = if left.why.len() + right.why.len() < LONGEST {
                    format!("{} and {}", left.why, right.why)
                } else {
                    left.why
                };
                Some(Blame { why, place })
            }
            ExpressionShape::Comparison { left } => {
                let left = format!("{lead}{}", self.source.get(left.clone())?);
                let given = self.given(&left, before)?;
                Some(Blame {
                    why: self.told(&left, given),
                    place,
                })
            }
            ExpressionShape::And(..) | ExpressionShape::Or(..) => None,
            ExpressionShape::Other => {
                let source = format!("{lead}{}", self.source.get(place.clone())?);
                let given = self.given(&source, before)?;
                // Of an expression that is one condition all is said by what it gave, unless a name is misspelled.
                let said =
                    whole && !(given == PartOutput::Null && near(&source, self.facts).is_some());
                (!said).then(|| Blame {
                    why: self.told(&source, given),
                    place,
                })
            }
        }
    }

    fn holds(&self, part: &ExpressionPart, lead: &str) -> Option<bool> {
        let source = format!("{lead}{}", self.source.get(part.range.clone())?);
        let given = self.given(&source, 0)?;
        Some(matches!(given, PartOutput::Other(_)))
    }

    /// `.price is -3`
    fn told(&self, source: &str, given: PartOutput) -> String {
        match given {
            PartOutput::Nothing => format!("{} gives nothing", brief(source)),
            PartOutput::Null => format!("{} {}", brief(source), is_null(source, self.facts)),
            PartOutput::False => format!("{} is false", brief(source)),
            PartOutput::Other(json) => format!("{} is {}", brief(source), brief_json(&json)),
        }
    }

    /// The output behind `before` others, or the last: one value on the left may have been compared with several on the
    /// right.
    fn given(&self, source: &str, before: usize) -> Option<PartOutput> {
        let (program, ..) = compile(source, Span::new(0, source.len())).ok()?;
        run(&program, self.facts, self.until, |outputs| {
            let mut last = PartOutput::Nothing;
            for output in outputs.take(before + 1) {
                last = match output.ok()? {
                    Val::Null => PartOutput::Null,
                    Val::Bool(false) => PartOutput::False,
                    value => {
                        PartOutput::Other(written::told(&value, self.facts.making.most_joined()))
                    }
                };
            }
            Some(last)
        })
        .ok()
        .flatten()
    }
}

#[derive(Debug, PartialEq, Eq)]
enum PartOutput {
    Nothing,
    Null,
    False,
    Other(String),
}

/// The path with a key that is there, where it has one that is not, and the two are nearly the same.
fn near(source: &str, facts: &Facts) -> Option<String> {
    on_its_stack(source, || near_in(source, &facts.subject.value()))
        .ok()
        .flatten()
}

fn near_in(source: &str, message: &Val) -> Option<String> {
    let Term::Path(of, Path(parts)) = term(source)? else {
        return None;
    };
    let Term::Id = *of else { return None };
    let (mut value, mut spelled) = (message, String::new());
    for (part, _) in &parts {
        let path::Part::Index(index) = part else {
            return None;
        };
        value = match (value, index) {
            (Val::Obj(members), Term::Str(None, text)) => {
                let name = match &text[..] {
                    [StrPart::Str(name)] => *name,
                    _ => return None,
                };
                let found = members.iter().find(|(key, _)| is_text(key, name));
                let Some((_, member)) = found else {
                    let keys: Vec<String> = members.keys().filter_map(text_of).collect();
                    let near = nearest(name, keys.iter().map(String::as_str))?;
                    return Some(spelled + &key(near));
                };
                spelled.push_str(&key(name));
                member
            }
            (Val::Arr(items), Term::Num(number)) => {
                if spelled.is_empty() {
                    spelled.push('.');
                }
                let _ = write!(spelled, "[{number}]");
                items.get(number.parse::<usize>().ok()?)?
            }
            _ => return None,
        };
    }
    None
}

fn is_text(value: &Val, text: &str) -> bool {
    matches!(value, Val::TStr(bytes) if bytes[..] == *text.as_bytes())
}

fn text_of(value: &Val) -> Option<String> {
    match value {
        Val::TStr(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}
