//! Where secrets stand in a run of bytes, in whatever shape. Knows no names.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use super::base64::{self, stands_alone};
use super::views;

/// How many encodings are looked through, one inside the other: a URL in JSON in JSON in a log.
const DEPTH: usize = 3;

/// From this many bytes on a value is told from chance in what may or may not be an encoding.
const TELLING: usize = 3;

/// Bytes that are looked at together: what is decoded at a time, and remembered of it, is bounded by that.
const PIECE: usize = 1 << 20;

/// How many times longer a secret becomes at most by so many encodings, one inside the other: `%26%23x41%3B`.
/// Without any it may be hex.
const GROWTH: [usize; DEPTH + 1] = [2, 6, 12, 36];

/// Bytes that pieces have in common, at least: more than what is shown as one.
const OVERLAP: usize = 64 << 10;

/// A secret's place, and which one it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FoundSecret {
    pub(super) range: Range<usize>,
    pub(super) secret: usize,
}

/// Finds all secrets in one pass over a text, and one over each of its decoded forms.
#[derive(Clone, Debug)]
pub(super) struct SecretFinder {
    /// Tells quickly that there is none.
    any: Option<AhoCorasick>,
    automaton: Option<AhoCorasick>,
    needles: Vec<SecretNeedle>,
    /// Whether a secret is a JSON object or array.
    is_json: bool,
    /// Characters that a run of base64 has at least that holds a secret.
    shortest_run: usize,
    /// Bytes of the longest secret.
    longest: usize,
}

#[derive(Clone, Copy, Debug)]
struct SecretNeedle {
    secret: usize,
    counts: NeedleScope,
}

/// Where a needle counts as a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NeedleScope {
    Everywhere,
    /// Too short to be told from chance in base64.
    OutsideOfBase64,
    /// With the colon of a credential.
    InBase64,
    /// Base64 itself, of a value that is too short to be looked for inside of any.
    Alone,
}

impl SecretFinder {
    pub(super) fn new<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        let mut texts: Vec<Vec<u8>> = Vec::new();
        let mut finder = Self {
            any: None,
            automaton: None,
            needles: Vec::new(),
            is_json: false,
            shortest_run: usize::MAX,
            longest: 0,
        };
        for (secret, value) in values.enumerate() {
            finder.is_json |= is_json(value);
            finder.longest = finder.longest.max(value.len());
            for (text, counts) in needles(value) {
                if matches!(counts, NeedleScope::Everywhere | NeedleScope::InBase64) {
                    let run = (text.len() * 8).div_ceil(6);
                    finder.shortest_run = finder.shortest_run.min(run);
                }
                texts.push(text);
                finder.needles.push(SecretNeedle { secret, counts });
            }
        }
        // It fails only beyond what memory could hold anyway.
        finder.automaton = AhoCorasick::new(&texts).ok();
        finder.any = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(&texts)
            .ok();
        finder
    }

    /// All places, in order, none touching another's bytes.
    pub(super) fn find(&self, bytes: &[u8]) -> Vec<FoundSecret> {
        let overlap = OVERLAP.max(self.longest.saturating_mul(GROWTH[DEPTH]));
        let mut found = Vec::new();
        let mut start = 0;
        loop {
            let end = bytes.len().min(start + overlap + PIECE);
            let piece = bytes.get(start..end).unwrap_or_default();
            let origin = |range: Range<usize>| range.start + start..range.end + start;
            self.collect(piece, &origin, Level::default(), &mut found);
            if end == bytes.len() {
                return disjoint(found);
            }
            start = end - overlap;
        }
    }

    fn collect(
        &self,
        bytes: &[u8],
        origin: &dyn Fn(Range<usize>) -> Range<usize>,
        level: Level,
        found: &mut Vec<FoundSecret>,
    ) {
        let has_any = (self.any.as_ref()).is_none_or(|any| any.is_match(bytes));
        let automaton = self.automaton.as_ref().filter(|_| has_any);
        let hits = automaton.map(|automaton| automaton.find_overlapping_iter(bytes));
        for hit in hits.into_iter().flatten() {
            let Some(needle) = self.needles.get(hit.pattern().as_usize()) else {
                continue;
            };
            let counts = match needle.counts {
                NeedleScope::Everywhere => true,
                NeedleScope::OutsideOfBase64 => !level.in_base64,
                NeedleScope::InBase64 => level.in_base64,
                NeedleScope::Alone => !level.in_base64 && stands_alone(bytes, &hit.range()),
            };
            if counts {
                found.push(FoundSecret {
                    range: origin(hit.range()),
                    secret: needle.secret,
                });
            }
        }
        if level.depth == DEPTH {
            return;
        }
        let depth = level.depth + 1;
        let margin = self.longest.saturating_mul(GROWTH[DEPTH - depth]);
        for decode in views::decoders(bytes, self.is_json) {
            if let Some(view) = decode(bytes, margin) {
                let origin = |range| origin(view.origin(range));
                let level = Level { depth, ..level };
                self.collect(&view.bytes, &origin, level, found);
            }
        }
        if let Some(view) = base64::decode(bytes, self.shortest_run) {
            let origin = |range| origin(view.origin(range));
            let in_base64 = true;
            let level = Level { depth, in_base64 };
            self.collect(&view.bytes, &origin, level, found);
        }
    }
}

/// What was undone of a text already.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    depth: usize,
    in_base64: bool,
}

fn is_json(value: &str) -> bool {
    value.starts_with(['{', '['])
}

/// What is looked for to find a value.
fn needles(value: &str) -> Vec<(Vec<u8>, NeedleScope)> {
    let mut needles = Vec::new();
    if value.len() < TELLING {
        needles.push((value.as_bytes().to_vec(), NeedleScope::OutsideOfBase64));
        for beside in [format!("{value}:"), format!(":{value}")] {
            if beside.len() >= TELLING {
                needles.push((beside.into_bytes(), NeedleScope::InBase64));
            }
        }
        for encoded in encoded(value) {
            needles.push((encoded.into_bytes(), NeedleScope::Alone));
        }
        return needles;
    }
    needles.push((value.as_bytes().to_vec(), NeedleScope::Everywhere));
    if value.contains(' ') {
        // As a form writes it.
        needles.push((
            value.replace(' ', "+").into_bytes(),
            NeedleScope::Everywhere,
        ));
    }
    if is_json(value)
        && let Some(view) = views::unlaid(value.as_bytes())
    {
        needles.push((view.bytes, NeedleScope::Everywhere));
    }
    let hex = spaced_hex(value).replace(' ', "");
    let upper = hex.to_ascii_uppercase();
    if upper != hex {
        needles.push((upper.into_bytes(), NeedleScope::Everywhere));
    }
    needles.push((hex.into_bytes(), NeedleScope::Everywhere));
    needles.push((spaced_hex(value).into_bytes(), NeedleScope::Everywhere));
    needles
}

/// Bytes as a failure shows them: `73 33 63`.
pub(super) fn spaced_hex(value: &str) -> String {
    let digits: Vec<String> = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    digits.join(" ")
}

/// A value of one or two bytes in base64, in either alphabet, with padding and without.
fn encoded(value: &str) -> Vec<String> {
    use ::base64::Engine as _;
    use ::base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
    let mut encoded: Vec<String> = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD]
        .map(|engine| engine.encode(value))
        .into();
    encoded.sort();
    encoded.dedup();
    encoded
}

/// Places that overlap become one, under the name of the longest: a part of a secret is still a part of a secret.
pub(super) fn disjoint(mut found: Vec<FoundSecret>) -> Vec<FoundSecret> {
    found.sort_by_key(|found| (found.range.start, found.range.end, found.secret));
    found.dedup();
    let mut out: Vec<FoundSecret> = Vec::new();
    let mut longest = 0;
    for next in found {
        match out.last_mut() {
            Some(last) if next.range.start < last.range.end => {
                if next.range.len() > longest {
                    longest = next.range.len();
                    last.secret = next.secret;
                }
                last.range.end = last.range.end.max(next.range.end);
            }
            _ => {
                longest = next.range.len();
                out.push(next);
            }
        }
    }
    out
}
