//! Divides a payload into the pieces of a run: by looking for what the run says where its open pieces take anything, which
//! most do, and by a regular expression where they do not.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use regex::bytes::Regex;

use crate::protocol::{ANY_BYTES, ANYTHING, OpenPiece};

/// Sources of open places that take any characters, as few as let the rest fit, and how many these are at least.
const LAZY: [(&str, usize); 5] = [
    (ANY_BYTES, 0),
    ("(?s:.*?)", 0),
    ("((?s:.)*?)", 0),
    ("((?s-u:.)*?)", 0),
    ("((?s:.)+?)", 1),
];

/// Expressions that are kept at most: the blocks of a document write a few, again and again.
const KEPT: usize = 32;

thread_local! {
    static MADE: RefCell<BTreeMap<String, Option<Regex>>> = const { RefCell::new(BTreeMap::new()) };
}

/// What a piece of a run takes of a payload.
enum Taken<'a> {
    Fixed(&'a str),
    /// So many characters at least, and the source of what takes them.
    Anything(usize, &'a str),
    Looks(&'a str),
}

/// Where each piece of a run stands in a payload of which it is all, each open one as short as it can be. What the run says
/// itself and `varies` fits anything; so does, where it is not `is_strict`, what it leaves open.
pub(super) fn divide(
    run: &[OpenPiece],
    payload: &[u8],
    is_strict: bool,
    varies: impl Fn(&str) -> bool,
) -> Option<Vec<Range<usize>>> {
    let last = run.len().saturating_sub(1);
    let pieces: Vec<Taken<'_>> = run
        .iter()
        .enumerate()
        .map(|(at, piece)| match piece {
            OpenPiece::Fixed(text) if varies(text) => Taken::Anything(0, ANY_BYTES),
            OpenPiece::Fixed(text) => Taken::Fixed(text),
            OpenPiece::Open { .. } if !is_strict => Taken::Anything(0, ANY_BYTES),
            OpenPiece::Open { looks, .. } => Taken::open(looks, at == last),
        })
        .collect();
    match std::str::from_utf8(payload) {
        Ok(text) if is_searched(&pieces) => searched(&pieces, text),
        _ => matched(&pieces, payload),
    }
}

/// Whether a text looks as the source of a regular expression has it; `None` if that is not one.
pub(super) fn looks_like(looks: &str, text: &str) -> Option<bool> {
    if looks == ANYTHING {
        return Some(true);
    }
    let looks = regex(&format!("\\A(?:{looks})\\z"))?;
    Some(looks.is_match(text.as_bytes()))
}

impl<'a> Taken<'a> {
    fn open(looks: &'a str, is_last: bool) -> Self {
        if looks == ANYTHING && is_last {
            return Self::Anything(0, looks);
        }
        let lazy = LAZY.iter().find(|(source, _)| *source == looks);
        lazy.map_or(Self::Looks(looks), |(_, least)| {
            Self::Anything(*least, looks)
        })
    }
}

/// Whether the first place of each text is the right one: what lies before it may be anything.
fn is_searched(pieces: &[Taken<'_>]) -> bool {
    let is_known = |piece: &Taken<'_>| !matches!(piece, Taken::Looks(_));
    let is_apart = |pair: &[Taken<'_>]| !matches!(pair, [Taken::Fixed(_), Taken::Fixed(_)]);
    pieces.iter().all(is_known) && pieces.windows(2).all(is_apart)
}

fn searched(pieces: &[Taken<'_>], text: &str) -> Option<Vec<Range<usize>>> {
    let mut places = Vec::with_capacity(pieces.len());
    let mut at = 0;
    for (number, piece) in pieces.iter().enumerate() {
        let rest = text.get(at..)?;
        let behind = pieces.get(number + 1..)?;
        let end = match piece {
            Taken::Fixed(fixed) => {
                rest.strip_prefix(fixed)?;
                at + fixed.len()
            }
            Taken::Anything(least, _) => {
                let least = at + length(rest, *least)?;
                let rest = text.get(least..)?;
                let more = match behind {
                    [] => rest.len(),
                    // The last one ends where the payload does.
                    [Taken::Fixed(fixed)] => rest.strip_suffix(fixed)?.len(),
                    [Taken::Fixed(fixed), ..] => rest.find(fixed)?,
                    _ => 0,
                };
                least + more
            }
            Taken::Looks(_) => return None,
        };
        places.push(at..end);
        at = end;
    }
    (at == text.len()).then_some(places)
}

/// The bytes of so many characters.
fn length(text: &str, characters: usize) -> Option<usize> {
    let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    ends.nth(characters)
}

fn matched(pieces: &[Taken<'_>], payload: &[u8]) -> Option<Vec<Range<usize>>> {
    let groups = regex(&spelled(pieces))?;
    let groups = groups.captures(payload)?;
    let place = |at: usize| {
        groups
            .name(&format!("piece{at}"))
            .map_or(0..0, |found| found.range())
    };
    Some((0..pieces.len()).map(place).collect())
}

/// The source of a regular expression in which each piece is a group.
fn spelled(pieces: &[Taken<'_>]) -> String {
    let mut source = String::from("\\A");
    for (at, piece) in pieces.iter().enumerate() {
        let looks: &str = match piece {
            Taken::Fixed(text) => &regex::escape(text),
            Taken::Anything(_, looks) | Taken::Looks(looks) => looks,
        };
        // Writing to a string cannot fail.
        let _ = write!(source, "(?P<piece{at}>{looks})");
    }
    source.push_str("\\z");
    source
}

fn regex(source: &str) -> Option<Regex> {
    if let Some(made) = MADE.with_borrow(|made| made.get(source).cloned()) {
        return made;
    }
    let made = Regex::new(source).ok();
    MADE.with_borrow_mut(|kept| {
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(source.to_owned(), made.clone());
    });
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(run: &[&str]) -> Vec<OpenPiece> {
        let piece = |text: &&str| match text.strip_prefix('=') {
            Some(text) => OpenPiece::Fixed(text.to_owned()),
            None => OpenPiece::Open {
                looks: (*text).to_owned(),
                kept: false,
            },
        };
        run.iter().map(piece).collect()
    }

    /// The searched division must be the one that the regular expression finds.
    #[test]
    fn what_is_searched_is_what_the_expression_finds() {
        let runs: [&[&str]; 12] = [
            &[],
            &["=a"],
            &["((?s:.)*?)"],
            &["((?s:.)+?)"],
            &["=a", "((?s:.)*?)", "=b"],
            &["=a", "((?s:.)*?)", "=b", "((?s:.)+?)"],
            &["((?s:.)*?)", "=b", "((?s:.)*?)", "=b"],
            &["((?s:.)+?)", "=b", "((?s:.)+?)", "=ab"],
            &["((?s:.)*?)", "((?s:.)+?)", "=b"],
            &["((?s:.)+?)", "((?s:.)+?)"],
            &["=a", "(?s:.*)"],
            &["=é", "((?s:.)+?)", "=é"],
        ];
        let texts = [
            "", "a", "b", "ab", "aab", "abab", "abb", "babb", "aéb", "éé", "ééé", "éaé",
        ];
        for run in runs {
            let run = pieces(run);
            for text in texts {
                for is_strict in [true, false] {
                    let spelled: Vec<Taken<'_>> = run
                        .iter()
                        .map(|piece| match piece {
                            OpenPiece::Fixed(text) => Taken::Fixed(text),
                            OpenPiece::Open { looks, .. } if is_strict => Taken::Looks(looks),
                            OpenPiece::Open { .. } => Taken::Looks(ANY_BYTES),
                        })
                        .collect();
                    assert_eq!(
                        divide(&run, text.as_bytes(), is_strict, |_| false),
                        matched(&spelled, text.as_bytes()),
                        "{run:?} {text:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_not_text_and_what_looks_otherwise_is_left_to_the_expression() {
        let number = pieces(&["=n ", "[0-9]+", "=;"]);
        assert_eq!(
            divide(&number, b"n 17;", true, |_| false),
            Some(vec![0..2, 2..4, 4..5])
        );
        assert_eq!(divide(&number, b"n x;", true, |_| false), None);
        assert_eq!(
            divide(&number, b"n x;", false, |_| false),
            Some(vec![0..2, 2..3, 3..4])
        );
        let any = pieces(&["=\u{1}", "((?s:.)*?)"]);
        assert_eq!(divide(&any, b"\x01\xff", true, |_| false), None);
        assert_eq!(
            divide(&any, b"\x01\xff", false, |_| false),
            Some(vec![0..1, 1..2])
        );
        let varies = |text: &str| text == "n ";
        assert_eq!(
            divide(&number, b"x 17;", true, varies),
            Some(vec![0..2, 2..4, 4..5])
        );
    }
}
