//! A pattern as text and open places. Inside JSON and XML an open place travels through the parser as a code word that
//! occurs nowhere else in the text.

use super::{Assembled, Fill, FillError};
use crate::script::{Call, Escape, Kind, Part, Template};
use crate::source::Span;

/// Text, or an open place.
#[derive(Clone, Debug)]
pub(super) enum PatternPiece {
    Text(String, Span),
    Slot(Slot),
}

/// An open place.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) opens: Opens,
    /// `as NAME`
    pub(super) keep: Option<String>,
    /// It stands in JSON outside of a string.
    pub(super) bare: bool,
    pub(super) span: Span,
}

/// What fits into an open place.
#[derive(Clone, Debug)]
pub(super) enum Opens {
    /// A value of a kind.
    Kind(Kind),
    /// The tail of an array.
    Rest,
}

impl Slot {
    /// As it is written in a script.
    pub(super) fn spelled(&self) -> String {
        let what = match &self.opens {
            Opens::Rest => "rest",
            Opens::Kind(Kind::Any) => "any",
            Opens::Kind(Kind::String) => "string",
            Opens::Kind(Kind::Number) => "number",
            Opens::Kind(Kind::Integer) => "integer",
            Opens::Kind(Kind::Boolean) => "boolean",
            Opens::Kind(Kind::Uuid) => "uuid",
            Opens::Kind(Kind::Datetime) => "datetime",
            Opens::Kind(Kind::Match(regex)) => &format!("match /{}/", regex.replace('/', "\\/")),
        };
        match &self.keep {
            Some(name) => format!("{{{{${what} as {name}}}}}"),
            None => format!("{{{{${what}}}}}"),
        }
    }
}

/// A template's pieces: its variables are filled in, its open places stay.
pub(super) fn pieces(fill: &Fill<'_>, template: &Template) -> Result<Vec<PatternPiece>, FillError> {
    let mut pieces = Vec::with_capacity(template.parts.len());
    for part in &template.parts {
        pieces.push(match part {
            Part::Literal(text, span) => PatternPiece::Text(text.clone(), *span),
            Part::Placeholder(placeholder) => {
                let opens = match &placeholder.call {
                    Call::Kind(kind) => Some(Opens::Kind(kind.clone())),
                    Call::Rest => Some(Opens::Rest),
                    _ => None,
                };
                match opens {
                    Some(opens) => PatternPiece::Slot(Slot {
                        opens,
                        keep: placeholder.keep.clone(),
                        bare: placeholder.escape == Escape::JsonValue,
                        span: placeholder.span,
                    }),
                    // What is made for a pattern is looked for, not shown.
                    None => PatternPiece::Text(
                        fill.insert(placeholder, &mut Vec::new())?,
                        placeholder.span,
                    ),
                }
            }
        });
    }
    Ok(pieces)
}

/// A pattern as one text, with code words for its open places.
#[derive(Clone, Debug)]
pub(super) struct Coded {
    pub(super) assembled: Assembled,
    nonce: String,
    slots: Vec<Slot>,
}

impl Coded {
    /// Codes a JSON pattern, whose open places outside of strings become strings, or an XML pattern.
    pub(super) fn new(pieces: Vec<PatternPiece>, span: Span) -> Self {
        let nonce = nonce(&pieces);
        let mut assembled = Assembled::new(span, 0, pieces.len());
        let mut slots = Vec::new();
        for piece in pieces {
            match piece {
                PatternPiece::Text(text, span) => assembled.push_owned(text, span),
                PatternPiece::Slot(slot) => {
                    let word = format!("{nonce}{}z", slots.len());
                    let word = if slot.bare {
                        format!("\"{word}\"")
                    } else {
                        word
                    };
                    assembled.push_inserted(&word, slot.span);
                    slots.push(slot);
                }
            }
        }
        Self {
            assembled,
            nonce,
            slots,
        }
    }

    /// Whether every place is filled in.
    pub(super) fn is_closed(&self) -> bool {
        self.slots.is_empty()
    }

    /// The pieces of a text that the parser gave back.
    pub(super) fn decode(&self, mut text: &str) -> Vec<PatternPiece> {
        let mut pieces = Vec::new();
        while let Some((before, slot, after)) = self.next_slot(text) {
            if !before.is_empty() {
                pieces.push(PatternPiece::Text(before.to_owned(), slot.span));
            }
            pieces.push(PatternPiece::Slot(slot.clone()));
            text = after;
        }
        if !text.is_empty() || pieces.is_empty() {
            pieces.push(PatternPiece::Text(text.to_owned(), self.assembled.place(0)));
        }
        pieces
    }

    /// The first open place in a text.
    pub(super) fn slot(&self, text: &str) -> Option<&Slot> {
        self.next_slot(text).map(|(_, slot, _)| slot)
    }

    /// The text with each code word as its placeholder is written.
    pub(super) fn spell(&self, text: &str) -> String {
        let mut spelled = text.to_owned();
        for (at, slot) in self.slots.iter().enumerate() {
            let word = format!("{}{at}z", self.nonce);
            let word = if slot.bare {
                format!("\"{word}\"")
            } else {
                word
            };
            spelled = spelled.replacen(&word, &slot.spelled(), 1);
        }
        spelled
    }

    fn next_slot<'a>(&self, text: &'a str) -> Option<(&'a str, &Slot, &'a str)> {
        if self.is_closed() {
            return None;
        }
        let (before, rest) = text.split_once(&self.nonce)?;
        let (number, after) = rest.split_once('z')?;
        let slot = self.slots.get(number.parse::<usize>().ok()?)?;
        Some((before, slot, after))
    }
}

/// A word that stands nowhere in the text, and that cannot have been written there in an escaped form; none is needed
/// where no place is open.
fn nonce(pieces: &[PatternPiece]) -> String {
    if !pieces
        .iter()
        .any(|piece| matches!(piece, PatternPiece::Slot(_)))
    {
        return String::new();
    }
    loop {
        let nonce = format!("Q{:016x}x", fastrand::u64(..));
        let taken = pieces.iter().any(|piece| match piece {
            PatternPiece::Text(text, _) => text.contains(&nonce),
            PatternPiece::Slot(_) => false,
        });
        if !taken {
            return nonce;
        }
    }
}
