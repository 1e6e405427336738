//! Two records of one message in which patterns leave places open: whether anything else differs, and what stood in those
//! places whose values were kept.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use regex::bytes::Regex;

use super::elements;
use super::shown::ShownPayload;
use super::stretches::{Found, same};
use super::tree::{TreeNode, unquoted};
use super::values::Values;
use crate::format::xml::XmlDocument;
use crate::protocol::{JsonOpen, JsonPlace, Open, OpenPiece, XmlPlace};

/// Compares records of messages by what patterns say of them. Knows the regular expressions that it made before.
#[derive(Debug, Default)]
pub(super) struct OpenPlaces {
    regexes: BTreeMap<String, Option<Regex>>,
}

impl OpenPlaces {
    /// Whether the records differ in open places only.
    pub(super) fn same(
        &mut self,
        fresh: &ShownPayload<'_>,
        recorded: &ShownPayload<'_>,
        open: &[impl AsRef<Open>],
        values: &mut Values,
    ) -> bool {
        let mut found = Found::new(fresh, recorded);
        fresh.is_like(recorded)
            && open.iter().all(|open| {
                let found = self.find(open.as_ref(), fresh, recorded, &mut found, values);
                found.is_some()
            })
            && found.rest_is_same(fresh, recorded, values)
    }

    /// The places that are open in both and, each by itself, the same but for that; also where all else differs.
    pub(super) fn places(
        &mut self,
        fresh: &ShownPayload<'_>,
        recorded: &ShownPayload<'_>,
        open: &[impl AsRef<Open>],
        values: &mut Values,
    ) -> Found {
        let mut found = Found::new(fresh, recorded);
        for place in open.iter().flat_map(|open| each(open.as_ref())) {
            let mut one = Found::new(fresh, recorded);
            if self
                .find(&place, fresh, recorded, &mut one, values)
                .is_some()
            {
                found.extend(one);
            }
        }
        found
    }

    fn find(
        &mut self,
        open: &Open,
        fresh: &ShownPayload<'_>,
        recorded: &ShownPayload<'_>,
        found: &mut Found,
        values: &mut Values,
    ) -> Option<()> {
        match open {
            Open::Run(run) => self.whole(run, fresh, recorded, found, values),
            Open::Bytes(places) => {
                let is_there =
                    |at: &&usize| **at < fresh.payload.len() && **at < recorded.payload.len();
                for at in places.iter().filter(is_there) {
                    found.add(*at..at + 1, *at..at + 1);
                }
                Some(())
            }
            Open::Json(places) => {
                let texts = (fresh.text()?, recorded.text()?);
                let trees = (TreeNode::read(texts.0)?, TreeNode::read(texts.1)?);
                places.iter().try_for_each(|place| {
                    self.json(place, texts, (&trees.0, &trees.1), found, values)
                })
            }
            Open::Xml(places) => {
                let texts = (fresh.text()?, recorded.text()?);
                places
                    .iter()
                    .try_for_each(|place| self.xml(place, texts, found, values))
            }
        }
    }

    /// A run over the whole payload.
    fn whole(
        &mut self,
        run: &[OpenPiece],
        fresh: &ShownPayload<'_>,
        recorded: &ShownPayload<'_>,
        found: &mut Found,
        values: &mut Values,
    ) -> Option<()> {
        if found.is_cut {
            return beginning(run, &fresh.payload, &recorded.payload, found, values);
        }
        if fresh.is_source() || recorded.is_source() {
            let (dense, one) = fresh.dense(run);
            let (_, other) = recorded.dense(run);
            self.run(&dense, &one, &other, found, values)?;
        } else {
            self.run(run, &fresh.payload, &recorded.payload, found, values)?;
        }
        found.add(0..fresh.payload.len(), 0..recorded.payload.len());
        Some(())
    }

    /// Whether a run fits both, and what it says itself is the same in both.
    fn run(
        &mut self,
        run: &[OpenPiece],
        fresh: &[u8],
        recorded: &[u8],
        found: &mut Found,
        values: &mut Values,
    ) -> Option<()> {
        if fresh == recorded
            && run
                .iter()
                .all(|piece| !matches!(piece, OpenPiece::Open { kept: true, .. }))
        {
            return Some(());
        }
        // What was hidden in the fresh one fits no more; what was made for the pattern is another in the recorded one.
        for is_strict in [true, false] {
            let known = |text: &str| values.holds(text);
            let exact = self.regex(&spelled(run, is_strict, |_| false));
            let Some(ours) = exact.and_then(|exact| exact.captures(fresh)) else {
                continue;
            };
            let loose = self.regex(&spelled(run, is_strict, known))?;
            let theirs = loose.captures(recorded)?;
            for (at, piece) in run.iter().enumerate() {
                let of = |groups: &regex::bytes::Captures<'_>| {
                    let group = groups.name(&format!("piece{at}"));
                    group.map_or(Vec::new(), |group| group.as_bytes().to_vec())
                };
                let (one, other) = (of(&ours), of(&theirs));
                match piece {
                    OpenPiece::Fixed(_) if !same(&one, &other, values, false) => return None,
                    OpenPiece::Open { kept: true, .. } => found.keep(&one, &other),
                    OpenPiece::Fixed(_) | OpenPiece::Open { .. } => {}
                }
            }
            return Some(());
        }
        None
    }

    fn json(
        &mut self,
        place: &JsonPlace,
        texts: (&str, &str),
        trees: (&TreeNode, &TreeNode),
        found: &mut Found,
        values: &mut Values,
    ) -> Option<()> {
        let ours = trees.0.at(texts.0, &place.path);
        let theirs = trees.1.at(texts.1, &place.path);
        let (Some(ours), Some(theirs)) = (ours, theirs) else {
            return found.only_in_one(ours.map(|node| &node.range), theirs.map(|node| &node.range));
        };
        if let JsonOpen::Tail(from) = &place.what {
            found.add(ours.tail(texts.0, *from)?, theirs.tail(texts.1, *from)?);
            return Some(());
        }
        let source = |text: &str, node: &TreeNode| {
            text.get(node.range.clone()).unwrap_or_default().to_owned()
        };
        let (one, other) = (source(texts.0, ours), source(texts.1, theirs));
        match &place.what {
            // Its end may have been cut off.
            _ if found.is_cut
                && (texts.0.len() == ours.range.end || texts.1.len() == theirs.range.end) => {}
            JsonOpen::Value { looks, kept } => {
                let looks = self.regex(&format!("\\A(?:{looks})\\z"))?;
                let is_masked = !looks.is_match(one.as_bytes());
                if one != other && !is_masked && !looks.is_match(other.as_bytes()) {
                    return None;
                }
                if *kept {
                    found.keep(one.as_bytes(), other.as_bytes());
                }
            }
            JsonOpen::Run(run) => {
                let one = unquoted(texts.0, &ours.range);
                let other = unquoted(texts.1, &theirs.range);
                self.run(run, one.as_bytes(), other.as_bytes(), found, values)?;
            }
            JsonOpen::Tail(_) => {}
        }
        found.add(ours.range.clone(), theirs.range.clone());
        Some(())
    }

    fn xml(
        &mut self,
        place: &XmlPlace,
        texts: (&str, &str),
        found: &mut Found,
        values: &mut Values,
    ) -> Option<()> {
        let find = |text| elements::find(text, &place.path, place.attribute);
        let (ours, theirs) = (find(texts.0), find(texts.1));
        let (Some(ours), Some(theirs)) = (&ours, &theirs) else {
            let first = |ranges: &Option<Vec<Range<usize>>>| {
                ranges.as_ref().and_then(|ranges| ranges.first().cloned())
            };
            return found.only_in_one(first(&ours).as_ref(), first(&theirs).as_ref());
        };
        if ours.len() != theirs.len() {
            return None;
        }
        if !found.is_cut {
            let (one, other) = (xml_text(texts.0, ours), xml_text(texts.1, theirs));
            self.run(&place.run, one.as_bytes(), other.as_bytes(), found, values)?;
        }
        for (ours, theirs) in ours.iter().zip(theirs) {
            found.add(ours.clone(), theirs.clone());
        }
        Some(())
    }

    /// Whether a run is all of a payload.
    pub(super) fn matches(&mut self, run: &[OpenPiece], payload: &[u8], is_strict: bool) -> bool {
        let regex = self.regex(&spelled(run, is_strict, |_| false));
        regex.is_some_and(|regex| regex.is_match(payload))
    }

    fn regex(&mut self, source: &str) -> Option<Regex> {
        if let Some(made) = self.regexes.get(source) {
            return made.clone();
        }
        let made = Regex::new(source).ok();
        self.regexes.insert(source.to_owned(), made.clone());
        made
    }
}

/// Each place by itself.
fn each(open: &Open) -> Vec<Open> {
    match open {
        Open::Run(_) | Open::Bytes(_) => vec![open.clone()],
        Open::Json(places) => places
            .iter()
            .map(|place| Open::Json(vec![place.clone()]))
            .collect(),
        Open::Xml(places) => places
            .iter()
            .map(|place| Open::Xml(vec![place.clone()]))
            .collect(),
    }
}

/// A run over payloads that were cut: where one piece ends tells the next one's beginning.
fn beginning(
    run: &[OpenPiece],
    fresh: &[u8],
    recorded: &[u8],
    found: &mut Found,
    values: &mut Values,
) -> Option<()> {
    let (mut one, mut other) = (0, 0);
    let mut pieces = run.iter().peekable();
    while let Some(piece) = pieces.next() {
        let (our, their) = (fresh.get(one..)?, recorded.get(other..)?);
        match piece {
            OpenPiece::Fixed(text) => {
                let (ours, theirs) = (text.len().min(our.len()), text.len().min(their.len()));
                let least = ours.min(theirs);
                let is_same = our.get(..least) == their.get(..least)
                    || same(our.get(..ours)?, their.get(..theirs)?, values, true);
                if !is_same {
                    return None;
                }
                (one, other) = (one + ours, other + theirs);
            }
            OpenPiece::Open { .. } => {
                let next = pieces.peek();
                let until = |rest: &[u8]| match next {
                    Some(OpenPiece::Fixed(text)) if !text.is_empty() => {
                        position(rest, text.as_bytes()).unwrap_or(rest.len())
                    }
                    _ => rest.len(),
                };
                let (ours, theirs) = (until(our), until(their));
                found.add(one..one + ours, other..other + theirs);
                (one, other) = (one + ours, other + theirs);
            }
        }
    }
    found.add(0..fresh.len(), 0..recorded.len());
    Some(())
}

/// A run as the source of a regular expression in which each piece is a group. What the pattern says itself and holds a
/// value that is another one in each run fits anything, and is compared apart.
fn spelled(run: &[OpenPiece], is_strict: bool, varies: impl Fn(&str) -> bool) -> String {
    let mut source = String::from("\\A");
    for (at, piece) in run.iter().enumerate() {
        let looks = match piece {
            OpenPiece::Fixed(text) if varies(text) => "(?s-u:.)*?".to_owned(),
            OpenPiece::Fixed(text) => regex::escape(text),
            OpenPiece::Open { looks, .. } if is_strict => looks.clone(),
            OpenPiece::Open { .. } => "(?s-u:.)*?".to_owned(),
        };
        // Writing to a string cannot fail.
        let _ = write!(source, "(?P<piece{at}>{looks})");
    }
    source.push_str("\\z");
    source
}

/// What a stretch of XML spells, white space folded.
fn xml_text(source: &str, ranges: &[Range<usize>]) -> String {
    let spelled: String = ranges
        .iter()
        .filter_map(|range| source.get(range.clone()))
        .collect();
    let document = format!("<x>{spelled}</x>");
    let parsed = XmlDocument::parse(&document).ok();
    let text = parsed.map_or(spelled, |parsed| parsed.root().text().to_owned());
    let words: Vec<&str> = text
        .split([' ', '\t', '\r', '\n'])
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
