//! JSON patterns: by value, objects by subset, arrays by length and order.

mod fields;
mod places;

use serde_json::Value as Given;

use super::almost::almost_json;
use super::kind::Test;
use super::piece::{Coded, Opens, PatternPiece};
use super::run::{TextRun, Unit};
use super::{FillError, KeptValues, MatchVerdict, not_json, number};
use crate::diagnostic::Diagnostic;
use crate::format::proto::MessageType;
use crate::format::read_json;
use crate::script::Value;
use crate::source::Span;

/// A JSON pattern.
#[derive(Clone, Debug)]
pub(super) struct Json {
    pub(super) root: JsonPatternNode,
    pub(super) exact: bool,
    pub(super) coded: Coded,
}

#[derive(Clone, Debug)]
pub(super) enum JsonPatternNode {
    Null,
    Boolean(bool),
    Number(String),
    String(TextRun),
    /// An open place outside of quotes.
    Open(Test, Option<String>),
    /// `rest`: what follows does not matter.
    Array {
        items: Vec<JsonPatternNode>,
        rest: bool,
    },
    Object(Vec<(String, JsonPatternNode)>),
}

impl Json {
    /// Reads a pattern.
    pub(super) fn new(
        pieces: Vec<PatternPiece>,
        span: Span,
        exact: bool,
    ) -> Result<Self, FillError> {
        let coded = Coded::new(pieces, span);
        let value =
            read_json(&coded.assembled.text).map_err(|error| not_json(&coded.assembled, &error))?;
        let root = JsonPatternNode::new(value, &coded)?;
        Ok(Self { root, exact, coded })
    }

    /// Gives the members of a protobuf message the names that its JSON has.
    ///
    /// # Errors
    /// There is no such field.
    pub(super) fn name_fields(
        &mut self,
        message: &MessageType,
        span: Span,
    ) -> Result<(), FillError> {
        fields::rename(&mut self.root, message).map_err(|unknown| {
            let error = Diagnostic::error(span, unknown.message);
            match unknown.near {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error,
            }
        })
    }

    /// As it is written, on one line. It is read once more: most expectations are met, and it is not asked for.
    pub(super) fn spelled(&self) -> String {
        let text = &self.coded.assembled.text;
        match read_json::<Given>(text) {
            Ok(value) => self.coded.spell(&value.to_string()),
            Err(_) => self.coded.spell(text),
        }
    }

    pub(super) fn test(&self, value: &Given) -> MatchVerdict {
        if !self.root.fits(value, self.exact) {
            return MatchVerdict::Miss(1 + self.root.nearness(value, self.exact));
        }
        let mut kept = Vec::new();
        self.root.keep(value, &mut kept);
        MatchVerdict::Match(kept)
    }

    /// How near a text comes that is almost JSON.
    pub(super) fn nearness_of_text(&self, text: &str) -> u32 {
        let almost = almost_json(text);
        almost.map_or(0, |value| 1 + self.root.nearness(&value, self.exact))
    }
}

impl JsonPatternNode {
    fn new(value: Given, coded: &Coded) -> Result<Self, FillError> {
        Ok(match value {
            Given::Null => Self::Null,
            Given::Bool(value) => Self::Boolean(value),
            Given::Number(number) => Self::Number(number.as_str().to_owned()),
            Given::String(text) => return Self::of_string(text, coded),
            Given::Array(mut items) => {
                let is_rest = |item: &Given| {
                    let slot = item.as_str().and_then(|text| coded.slot(text));
                    slot.is_some_and(|slot| slot.bare && matches!(slot.opens, Opens::Rest))
                };
                let rest = items.last().is_some_and(is_rest);
                items.truncate(items.len() - usize::from(rest));
                let items = items.into_iter().map(|item| Self::new(item, coded));
                Self::Array {
                    items: items.collect::<Result<_, _>>()?,
                    rest,
                }
            }
            Given::Object(members) => {
                let mut nodes = Vec::with_capacity(members.len());
                for (key, member) in members {
                    if let Some(slot) = coded.slot(&key) {
                        return Err(Diagnostic::error(
                            slot.span,
                            "a key cannot be left open, only its value",
                        ));
                    }
                    nodes.push((key, Self::new(member, coded)?));
                }
                Self::Object(nodes)
            }
        })
    }

    fn of_string(text: String, coded: &Coded) -> Result<Self, FillError> {
        match coded.slot(&text) {
            None => Ok(Self::String(TextRun::Literal(text))),
            Some(slot) if slot.bare => Ok(Self::Open(Test::new(slot)?, slot.keep.clone())),
            Some(_) => TextRun::new(coded.decode(&text), Unit::Char).map(Self::String),
        }
    }

    pub(super) fn fits(&self, value: &Given, exact: bool) -> bool {
        match (self, value) {
            (Self::Null, Given::Null) => true,
            (Self::Boolean(one), Given::Bool(other)) => one == other,
            (Self::Number(one), Given::Number(other)) => number::same(one, other.as_str()),
            (Self::String(run), Given::String(text)) => run.fits(text.as_bytes()),
            (Self::Open(test, _), value) => test.fits(value),
            (Self::Array { items, rest }, Given::Array(values)) => {
                (values.len() == items.len() || *rest && values.len() > items.len())
                    && items
                        .iter()
                        .zip(values)
                        .all(|(item, value)| item.fits(value, exact))
            }
            (Self::Object(nodes), Given::Object(members)) => {
                (!exact || members.len() == nodes.len())
                    && nodes.iter().all(|(key, node)| {
                        members
                            .get(key)
                            .is_some_and(|member| node.fits(member, exact))
                    })
            }
            _ => false,
        }
    }

    /// How many parts of the pattern are met.
    fn nearness(&self, value: &Given, exact: bool) -> u32 {
        match (self, value) {
            (Self::Array { items, .. }, Given::Array(values)) => items
                .iter()
                .zip(values)
                .map(|(item, value)| item.nearness(value, exact))
                .fold(1, u32::saturating_add),
            (Self::Object(nodes), Given::Object(members)) => nodes
                .iter()
                .filter_map(|(key, node)| Some((node, members.get(key)?)))
                .map(|(node, member)| node.nearness(member, exact).saturating_add(1))
                .fold(1, u32::saturating_add),
            _ => 2 * u32::from(self.fits(value, exact)),
        }
    }

    fn keep(&self, value: &Given, kept: &mut KeptValues) {
        match (self, value) {
            (Self::Open(Test::Match(regex), Some(name)), Given::String(text)) => {
                let found = regex.find(text).map_or("", |found| found.as_str());
                kept.push((name.clone(), Value::string(found)));
            }
            (Self::Open(_, Some(name)), value) => {
                kept.push((name.clone(), Value::Json(value.to_string())));
            }
            (Self::String(run), Given::String(text)) => run.keep(text.as_bytes(), kept),
            (Self::Array { items, .. }, Given::Array(values)) => {
                for (item, value) in items.iter().zip(values) {
                    item.keep(value, kept);
                }
            }
            (Self::Object(nodes), Given::Object(members)) => {
                for (key, node) in nodes {
                    if let Some(member) = members.get(key) {
                        node.keep(member, kept);
                    }
                }
            }
            _ => {}
        }
    }

    /// What a value should be, in words.
    pub(super) fn wanted(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Boolean(value) => value.to_string(),
            Self::Number(number) => super::brief(number),
            Self::String(TextRun::Literal(text)) => super::show::quoted(text),
            Self::String(TextRun::Open(_)) => "a string".to_owned(),
            Self::Open(test, _) => test.wanted(),
            Self::Array { .. } => "an array".to_owned(),
            Self::Object(_) => "an object".to_owned(),
        }
    }
}
