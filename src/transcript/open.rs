//! Two records of one message in which patterns leave places open: whether anything else differs, and what stood in those
//! places whose values were kept.

use std::ops::Range;

use super::elements;
use super::open_run::{divide, looks_like};
use super::shown::ShownPayload;
use super::stretches::{Found, same};
use super::tree::{TreeNode, unquoted};
use super::values::Values;
use crate::format::xml::XmlDocument;
use crate::protocol::{JsonOpen, JsonPlace, Open, OpenPiece, XmlPlace};

/// Whether the records differ in open places only.
pub(super) fn same_elsewhere(
    fresh: &ShownPayload<'_>,
    recorded: &ShownPayload<'_>,
    open: &[impl AsRef<Open>],
    values: &mut Values,
) -> bool {
    let mut found = Found::new(fresh, recorded);
    fresh.is_like(recorded)
        && open.iter().all(|open| {
            let found = find(open.as_ref(), fresh, recorded, &mut found, values);
            found.is_some()
        })
        && found.rest_is_same(fresh, recorded, values)
}

/// The places that are open in both and, each by itself, the same but for that; also where all else differs.
pub(super) fn places(
    fresh: &ShownPayload<'_>,
    recorded: &ShownPayload<'_>,
    open: &[impl AsRef<Open>],
    values: &mut Values,
) -> Found {
    let mut found = Found::new(fresh, recorded);
    for place in open.iter().flat_map(|open| each(open.as_ref())) {
        let mut one = Found::new(fresh, recorded);
        if find(&place, fresh, recorded, &mut one, values).is_some() {
            found.extend(one);
        }
    }
    found
}

fn find(
    open: &Open,
    fresh: &ShownPayload<'_>,
    recorded: &ShownPayload<'_>,
    found: &mut Found,
    values: &mut Values,
) -> Option<()> {
    match open {
        Open::Run(run) => whole(run, fresh, recorded, found, values),
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
            places
                .iter()
                .try_for_each(|place| in_json(place, texts, (&trees.0, &trees.1), found, values))
        }
        Open::Xml(places) => {
            let texts = (fresh.text()?, recorded.text()?);
            places
                .iter()
                .try_for_each(|place| in_xml(place, texts, found, values))
        }
    }
}

/// A run over the whole payload.
fn whole(
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
        in_both(&dense, &one, &other, found, values)?;
    } else {
        in_both(run, &fresh.payload, &recorded.payload, found, values)?;
    }
    found.add(0..fresh.payload.len(), 0..recorded.payload.len());
    Some(())
}

/// Whether a run fits both, and what it says itself is the same in both.
fn in_both(
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
        let Some(ours) = divide(run, fresh, is_strict, |_| false) else {
            continue;
        };
        let theirs = divide(run, recorded, is_strict, |text| values.holds(text))?;
        let of = |bytes: &[u8], place: Range<usize>| bytes.get(place).unwrap_or_default().to_vec();
        for ((piece, ours), theirs) in run.iter().zip(ours).zip(theirs) {
            let (one, other) = (of(fresh, ours), of(recorded, theirs));
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

fn in_json(
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
    let source =
        |text: &str, node: &TreeNode| text.get(node.range.clone()).unwrap_or_default().to_owned();
    let (one, other) = (source(texts.0, ours), source(texts.1, theirs));
    match &place.what {
        // Its end may have been cut off.
        _ if found.is_cut
            && (texts.0.len() == ours.range.end || texts.1.len() == theirs.range.end) => {}
        JsonOpen::Value { looks, kept } => {
            if one != other && looks_like(looks, &one)? && !looks_like(looks, &other)? {
                return None;
            }
            if *kept {
                found.keep(one.as_bytes(), other.as_bytes());
            }
        }
        JsonOpen::Run(run) => {
            let one = unquoted(texts.0, &ours.range);
            let other = unquoted(texts.1, &theirs.range);
            in_both(run, one.as_bytes(), other.as_bytes(), found, values)?;
        }
        JsonOpen::Tail(_) => {}
    }
    found.add(ours.range.clone(), theirs.range.clone());
    Some(())
}

fn in_xml(
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
        in_both(&place.run, one.as_bytes(), other.as_bytes(), found, values)?;
    }
    for (ours, theirs) in ours.iter().zip(theirs) {
        found.add(ours.clone(), theirs.clone());
    }
    Some(())
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
