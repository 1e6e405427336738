//! In what a run of characters differs: what its open places took, and where the text stops fitting behind them.

use super::PayloadDifference;
use crate::script::Kind;
use crate::script::pattern::brief;
use crate::script::pattern::piece::{Opens, PatternPiece};
use crate::script::pattern::run::{Greed, OpenRun, TextRun, compile, part, span, spelled};
use crate::script::pattern::show::{quoted, quoted_bytes};
use crate::source::Span;

impl TextRun {
    /// In what a run differs, if it does.
    pub(in crate::script::pattern) fn difference(&self, run: &[u8]) -> Option<PayloadDifference> {
        if self.fits(run) {
            return None;
        }
        Some(match self {
            Self::Literal(text) => PayloadDifference::of_whole(literal_difference(text, run)),
            Self::Open(open) => open.difference(run),
        })
    }
}

impl OpenRun {
    /// Names the first piece that does not fit behind those before it.
    fn difference(&self, run: &[u8]) -> PayloadDifference {
        for (at, piece) in self.pieces.iter().enumerate() {
            let upto = self.pieces.get(..=at).unwrap_or_default();
            if self.end(upto, run, Greed::Least).is_some() {
                continue;
            }
            let before = self.pieces.get(..at).unwrap_or_default();
            return self.misfit(before, piece, run);
        }
        if let [PatternPiece::Slot(slot)] = &self.pieces[..] {
            let what = format!(
                "{} does not fit {}",
                brief(&slot.spelled()),
                quoted_bytes(run)
            );
            return PayloadDifference {
                what,
                place: Some(slot.span),
            };
        }
        // All of it is there, and something behind it.
        match self.end(&self.pieces, run, Greed::Most) {
            Some(end) if end < run.len() => {
                let (taken, rest) = run.split_at(end);
                let (taken, rest) = (quoted_bytes(taken), quoted_bytes(rest));
                PayloadDifference::of_whole(format!(
                    "behind {taken} stands {rest}, and nothing should"
                ))
            }
            _ => {
                let whole: String = self.pieces.iter().map(spelled).collect();
                PayloadDifference::of_whole(format!(
                    "{} is not {}",
                    quoted_bytes(run),
                    brief(&whole)
                ))
            }
        }
    }

    /// Why a piece does not fit behind those before it.
    fn misfit(
        &self,
        before: &[PatternPiece],
        piece: &PatternPiece,
        run: &[u8],
    ) -> PayloadDifference {
        let end = self.end(before, run, Greed::Most).unwrap_or_default();
        let (taken, rest) = run.split_at(end.min(run.len()));
        let text = match piece {
            PatternPiece::Slot(slot) => {
                let what = format!(
                    "{} does not fit {}",
                    brief(&slot.spelled()),
                    quoted_bytes(rest)
                );
                return PayloadDifference {
                    what,
                    place: Some(slot.span),
                };
            }
            PatternPiece::Text(text, _) => text,
        };
        let what = match before.last() {
            None => {
                format!("{} does not start with {}", quoted_bytes(run), quoted(text))
            }
            // What takes anything takes all that is left: the text is nowhere in it.
            Some(PatternPiece::Slot(slot))
                if matches!(slot.opens, Opens::Kind(Kind::Any | Kind::String)) =>
            {
                let end = self.end(before, run, Greed::Least).unwrap_or_default();
                let (taken, rest) = run.split_at(end.min(run.len()));
                if taken.is_empty() {
                    format!("{} is not in {}", quoted(text), quoted_bytes(rest))
                } else {
                    let taken = quoted_bytes(taken);
                    format!("{} does not follow behind {taken}", quoted(text))
                }
            }
            Some(_) if rest.is_empty() => {
                format!(
                    "behind {} nothing follows, not {}",
                    quoted_bytes(taken),
                    quoted(text)
                )
            }
            Some(_) => {
                let (taken, rest) = (quoted_bytes(taken), quoted_bytes(rest));
                format!("behind {taken} stands {rest}, not {}", quoted(text))
            }
        };
        PayloadDifference {
            what,
            place: place(piece, rest),
        }
    }

    /// How far pieces reach from the start of a run.
    fn end(&self, pieces: &[PatternPiece], run: &[u8], greed: Greed) -> Option<usize> {
        let mut source = String::from("\\A");
        for (at, piece) in pieces.iter().enumerate() {
            // Those before the last text have found their end.
            let greed = if at + 1 == pieces.len() {
                greed
            } else {
                Greed::Least
            };
            source.push_str(&part(piece, self.unit, greed).ok()?);
        }
        let regex = compile(&source, span(pieces)).ok()?;
        regex.find(run).map(|found| found.end())
    }
}

/// The part of a text piece from which on it is not what stands there.
fn place(piece: &PatternPiece, there: &[u8]) -> Option<Span> {
    let PatternPiece::Text(text, span) = piece else {
        return None;
    };
    if text.len() != span.len() {
        // It is not written as it reads: escapes stand in it.
        return Some(*span);
    }
    let same = text
        .bytes()
        .zip(there)
        .take_while(|(one, other)| one == *other);
    let mut same = same.count().min(text.len().saturating_sub(1));
    while !text.is_char_boundary(same) {
        same -= 1;
    }
    Some(Span::new(span.start + same, span.end))
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
    let tail = |text: &str| quoted(&text.chars().skip(same).take(SHORT + 1).collect::<String>());
    format!(
        "from character {} on {} is not {}",
        same + 1,
        tail(&given),
        tail(text)
    )
}
