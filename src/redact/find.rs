//! Where secrets stand in a run of bytes, in whatever shape. Knows no names.

use std::ops::Range;

use aho_corasick::AhoCorasick;

use super::base64::{self, Core};
use super::views::{self, View};

/// How many encodings are looked through, one inside the other: a URL in JSON in JSON in a log.
const DEPTH: usize = 3;

/// A secret's place, and which one it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) range: Range<usize>,
    pub(super) secret: usize,
}

/// Finds all secrets in one pass over a text, and one over each of its decoded forms.
#[derive(Clone, Debug)]
pub(super) struct Finder {
    automaton: Option<AhoCorasick>,
    needles: Vec<Needle>,
    /// Whether a secret has a blank in it, which a form writes as `+`.
    has_blank: bool,
    /// Whether a secret is a JSON object or array.
    is_json: bool,
}

#[derive(Clone, Debug)]
struct Needle {
    secret: usize,
    core: Option<Core>,
}

impl Finder {
    pub(super) fn new<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        let mut texts: Vec<Vec<u8>> = Vec::new();
        let mut needles = Vec::new();
        let mut has_blank = false;
        let mut is_json = false;
        for (secret, value) in values.enumerate() {
            has_blank |= value.contains(' ');
            texts.push(value.as_bytes().to_vec());
            needles.push(Needle { secret, core: None });
            if value.starts_with(['{', '[']) {
                is_json = true;
                if let Some(View { bytes, .. }) = views::unlaid(value.as_bytes()) {
                    texts.push(bytes);
                    needles.push(Needle { secret, core: None });
                }
            }
            for (text, core) in base64::cores(value) {
                texts.push(text);
                let core = Some(core);
                needles.push(Needle { secret, core });
            }
        }
        Self {
            // It fails only beyond what memory could hold anyway.
            automaton: AhoCorasick::new(&texts).ok(),
            needles,
            has_blank,
            is_json,
        }
    }

    /// All places, in order, none touching another's bytes.
    pub(super) fn find(&self, bytes: &[u8]) -> Vec<Found> {
        let mut found = Vec::new();
        self.collect(bytes, &|range| range, 0, &mut found);
        disjoint(found)
    }

    fn collect(
        &self,
        bytes: &[u8],
        origin: &dyn Fn(Range<usize>) -> Range<usize>,
        depth: usize,
        found: &mut Vec<Found>,
    ) {
        let Some(automaton) = &self.automaton else {
            return;
        };
        for hit in automaton.find_overlapping_iter(bytes) {
            let Some(needle) = self.needles.get(hit.pattern().as_usize()) else {
                continue;
            };
            let range = match &needle.core {
                None => Some(hit.range()),
                Some(core) => core.cover(bytes, hit.range()),
            };
            found.extend(range.map(|range| Found {
                range: origin(range),
                secret: needle.secret,
            }));
        }
        if depth == DEPTH {
            return;
        }
        for decode in views::decoders(self.has_blank, self.is_json) {
            if let Some(view) = decode(bytes) {
                let View { bytes, .. } = &view;
                let origin = |range| origin(view.origin(range));
                self.collect(bytes, &origin, depth + 1, found);
            }
        }
    }
}

/// Places that overlap become one, under the name of the longest: a part of a secret is still a part of a secret.
fn disjoint(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|found| (found.range.start, found.range.end, found.secret));
    found.dedup();
    let mut out: Vec<Found> = Vec::new();
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
