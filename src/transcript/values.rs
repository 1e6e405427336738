//! Values that a run generated, and texts that differ in nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::likeness::{Guard, TELLING, ends_alike, is_unique, length, stands_alone};
use crate::protocol::{Generated, GeneratedKind};

/// What a run generated. Copies share it, and what finds it in texts: a document has one for all of its transcripts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Generations(Arc<KnownValues>);

#[derive(Debug, Default)]
struct KnownValues {
    values: Arc<Vec<Generated>>,
    /// What was kept under names, as it is now and as it was recorded.
    kept: BTreeSet<(String, String)>,
    /// Built when it is needed first.
    finder: OnceLock<Finder>,
}

impl Generations {
    pub(crate) fn values(&self) -> &[Generated] {
        &self.0.values
    }

    pub(crate) fn kept(&self) -> &BTreeSet<(String, String)> {
        &self.0.kept
    }

    /// The same with what was kept under names, as it is now and as it was recorded.
    pub(crate) fn with_kept(&self, kept: &BTreeSet<(String, String)>) -> Self {
        if *kept == self.0.kept {
            return self.clone();
        }
        Self(Arc::new(KnownValues {
            values: Arc::clone(&self.0.values),
            kept: kept.clone(),
            finder: OnceLock::new(),
        }))
    }

    /// Which values of this run stand in a text: those that are long enough not to stand there by chance.
    pub(crate) fn found_in(&self, text: &str) -> BTreeSet<usize> {
        let finder = self.finder();
        let found = finder.automaton.iter().flat_map(|all| all.find_iter(text));
        let found = found.filter(|found| found.len() >= TELLING);
        found
            .filter_map(|found| {
                let needle = finder.needles.get(found.pattern().as_usize())?;
                needle.stands_alone(text, found.range())?;
                Some(needle.value)
            })
            .collect()
    }

    fn finder(&self) -> &Finder {
        let KnownValues { values, kept, .. } = &*self.0;
        self.0.finder.get_or_init(|| Finder::new(values, kept))
    }
}

impl From<Vec<Generated>> for Generations {
    fn from(values: Vec<Generated>) -> Self {
        Self(Arc::new(KnownValues {
            values: Arc::new(values),
            kept: BTreeSet::new(),
            finder: OnceLock::new(),
        }))
    }
}

impl PartialEq for Generations {
    fn eq(&self, other: &Self) -> bool {
        self.values() == other.values() && self.kept() == other.kept()
    }
}

/// Finds generated values in texts.
#[derive(Debug)]
struct Finder {
    automaton: Option<AhoCorasick>,
    needles: Vec<Needle>,
    longest: usize,
}

/// What stands for a value in the recorded text.
#[derive(Clone, Debug)]
struct Needle {
    /// Which value it is, in whatever spelling.
    value: usize,
    /// One of these: it was kept under a name, and this is what was kept then.
    kept: Vec<String>,
    /// It was generated: a value of its kind. A block may have kept what another one generated, whose record is of
    /// another run.
    like: Option<GeneratedKind>,
}

impl Needle {
    fn new(value: usize) -> Self {
        Self {
            value,
            kept: Vec::new(),
            like: None,
        }
    }
}

/// Compares texts of which one has generated values in it.
#[derive(Debug)]
pub(super) struct Values {
    known: Generations,
    /// What was recorded for a value that can be told from all others.
    seen: BTreeMap<String, String>,
}

impl Finder {
    fn new(generated: &[Generated], kept: &BTreeSet<(String, String)>) -> Self {
        let mut needles: BTreeMap<String, Needle> = BTreeMap::new();
        for (at, (now, then)) in kept.iter().enumerate() {
            for (now, then) in spellings(now).into_iter().zip(spellings(then)) {
                let needle = needles.entry(now).or_insert_with(|| Needle::new(at));
                needle.kept.push(then);
            }
        }
        needles.remove("");
        let mut add = |at: usize, text: String, kind: GeneratedKind| {
            let needle = needles.entry(text).or_insert_with(|| Needle::new(at));
            needle.like.get_or_insert(kind);
        };
        for (at, Generated { text, kind }) in generated.iter().enumerate() {
            if text.is_empty() {
                continue;
            }
            let at = kept.len() + at;
            add(at, text.clone(), *kind);
            if text.len() >= TELLING {
                // `{{$base64 NAME}}`, and what a peer makes of it.
                add(at, STANDARD_NO_PAD.encode(text), GeneratedKind::Word);
            }
            if *kind == GeneratedKind::Timestamp {
                let encoded = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
                add(at, encoded.replace("%2D", "-").replace("%2E", "."), *kind);
            }
        }
        let (texts, needles): (Vec<String>, Vec<Needle>) = needles.into_iter().unzip();
        let longest = texts.iter().map(String::len).max().unwrap_or_default();
        // With no finder nothing is taken for generated: a difference too many is told, never one too few.
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&texts)
            .ok()
            .filter(|_| !texts.is_empty());
        Self {
            automaton,
            needles,
            longest,
        }
    }
}

impl Needle {
    fn stands_alone(&self, text: &str, found: Range<usize>) -> Option<Guard> {
        let kind = match self.like {
            Some(kind) if self.kept.is_empty() => kind,
            _ => GeneratedKind::Kept,
        };
        stands_alone(text, found.start, found.end, kind)
    }
}

/// A kept value and what a script or peer may make of it: as JSON spells it and as that reads, in base64 (where no
/// other text is taken for it by chance), percent-encoded, inside a JSON string, in XML.
fn spellings(value: &str) -> [String; 6] {
    let inner = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let text = inner.and_then(|_| serde_json::from_str(value).ok());
    let text: String = text.unwrap_or_else(|| value.to_owned());
    let encoded = if text.len() >= TELLING {
        STANDARD_NO_PAD.encode(&text)
    } else {
        String::new()
    };
    let percent = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
    let quoted = serde_json::Value::from(&*text).to_string();
    let quoted = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let quoted = quoted.unwrap_or_default().to_owned();
    let xml = in_xml(&text);
    let inner = inner.unwrap_or(value).to_owned();
    [inner, text, encoded, percent, quoted, xml]
}

/// As a script inserts it into XML.
fn in_xml(text: &str) -> String {
    let mut escaped = text.replace('&', "&amp;");
    for (character, reference) in [
        ('<', "&lt;"),
        ('>', "&gt;"),
        ('"', "&quot;"),
        ('\'', "&apos;"),
    ] {
        escaped = escaped.replace(character, reference);
    }
    escaped
}

impl Values {
    pub(super) fn new(known: &Generations) -> Self {
        Self {
            known: known.clone(),
            seen: BTreeMap::new(),
        }
    }

    /// Whether a text holds a value that is another one in each run.
    pub(super) fn holds(&self, text: &str) -> bool {
        let finder = self.known.finder();
        let automaton = finder.automaton.as_ref();
        automaton.is_some_and(|automaton| automaton.is_match(text))
    }

    /// Whether the texts are equal but for generated values of the same kind at the same places. Of a payload that
    /// was `cut` where a value may have been longer or shorter, the very end counts for nothing.
    pub(super) fn same(&mut self, fresh: &str, recorded: &str, cut: bool) -> bool {
        if fresh == recorded {
            return true;
        }
        let known = self.known.clone();
        let Finder {
            automaton: Some(automaton),
            needles,
            longest,
        } = known.finder()
        else {
            return false;
        };
        let mut rest = recorded;
        let mut from = 0;
        let mut seen = Vec::new();
        for found in automaton.find_iter(fresh) {
            let Some(needle) = needles.get(found.pattern().as_usize()) else {
                continue;
            };
            let Some(guard) = needle.stands_alone(fresh, found.range()) else {
                continue;
            };
            let before = fresh.get(from..found.start()).unwrap_or_default();
            let value = fresh.get(found.range()).unwrap_or_default();
            let Some(after) = rest.strip_prefix(before) else {
                return cut && fresh.len() - from <= *longest + before.len();
            };
            let recurs = needle.kept.iter();
            let recurs = recurs.filter(|then| after.starts_with(then.as_str()));
            let recurs = recurs.map(String::len).max();
            let like = needle.like.filter(|_| recurs.is_none());
            let taken = recurs.or_else(|| length(after, value, like?, guard));
            let taken = match taken {
                Some(length) => length,
                // The same characters may stand there for another reason.
                None if after.starts_with(value) => value.len(),
                None => return cut && fresh.len() - found.start() <= *longest,
            };
            let Some((theirs, after)) = after.split_at_checked(taken) else {
                return false;
            };
            if like.is_some_and(|kind| is_unique(value, kind)) {
                seen.push((value.to_owned(), theirs.to_owned()));
            }
            rest = after;
            from = found.end();
        }
        let last = fresh.get(from..).unwrap_or_default();
        let is_same = last == rest || cut && ends_alike(last, rest, *longest);
        is_same
            && seen
                .into_iter()
                .all(|(value, theirs)| self.agrees(value, &theirs))
    }

    /// What is recorded in the places of kept values, where texts differ in nothing else.
    pub(super) fn kept(
        &self,
        kept: &[&String],
        fresh: &str,
        recorded: &str,
    ) -> Vec<(String, String)> {
        let given = kept.iter().map(|value| Generated {
            text: (*value).clone(),
            kind: GeneratedKind::Kept,
        });
        let all = given.chain(self.known.values().iter().cloned());
        let known = Generations::from(all.collect::<Vec<_>>()).with_kept(self.known.kept());
        let mut values = Self::new(&known);
        if !values.same(fresh, recorded, false) {
            return Vec::new();
        }
        let then = |value: &&String| Some(((*value).clone(), values.seen.get(*value)?.clone()));
        kept.iter().filter_map(then).collect()
    }

    /// A value that recurs must have recurred.
    fn agrees(&mut self, value: String, theirs: &str) -> bool {
        let before = self.seen.entry(value).or_insert_with(|| theirs.to_owned());
        before == theirs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(generated: &[(GeneratedKind, &str)]) -> Values {
        let generated: Vec<_> = generated
            .iter()
            .map(|(kind, text)| Generated {
                text: (*text).to_owned(),
                kind: *kind,
            })
            .collect();
        Values::new(&generated.into())
    }

    #[test]
    fn a_generated_value_may_differ_and_nothing_else() {
        use GeneratedKind::{Integer, Timestamp, Uuid, Word};
        let uuid = "5f0c0000-1111-4222-8333-444455556666";
        let other = "deadbeef-1111-4222-8333-444455556666";
        let now = "2026-11-22T12:03:04.101Z";
        let cases = [
            (
                Uuid,
                uuid,
                format!("a {uuid} b"),
                format!("a {other} b"),
                true,
            ),
            (
                Uuid,
                uuid,
                format!("a {uuid} b"),
                format!("a {other} c"),
                false,
            ),
            (Uuid, uuid, format!("a {uuid}"), "a b".to_owned(), false),
            (
                Integer,
                "7",
                "{\"n\":7}".to_owned(),
                "{\"n\":-12}".to_owned(),
                true,
            ),
            (Integer, "7", "id7x".to_owned(), "id12x".to_owned(), true),
            (Integer, "7", "17".to_owned(), "18".to_owned(), false),
            (Integer, "7", "0.7".to_owned(), "0.8".to_owned(), false),
            (Integer, "7", "7.".to_owned(), "8.".to_owned(), true),
            (
                Integer,
                "1764055555",
                "x91764055555".to_owned(),
                "x91764055666".to_owned(),
                true,
            ),
            (Word, "ab1", "<ab1>".to_owned(), "<zz9>".to_owned(), true),
            (Word, "ab1", "<ab1>".to_owned(), "<zz99>".to_owned(), false),
            (Word, "ab1", "<xab1>".to_owned(), "<xzz9>".to_owned(), false),
            (
                Word,
                "abcd1234",
                "user_abcd1234".to_owned(),
                "user_00000000".to_owned(),
                true,
            ),
            (
                Timestamp,
                now,
                now.to_owned(),
                "2025-01-01 00:00:00+01:00".to_owned(),
                true,
            ),
            (
                Timestamp,
                now,
                "?t=2026-11-22T12%3A03%3A04.101Z&".to_owned(),
                "?t=2025-01-01T00%3a00%3A00Z&".to_owned(),
                true,
            ),
            (
                Timestamp,
                now,
                now.to_owned(),
                "yesterday".to_owned(),
                false,
            ),
        ];
        for (kind, value, fresh, recorded, expected) in cases {
            let mut values = values(&[(kind, value)]);
            assert_eq!(
                values.same(&fresh, &recorded, false),
                expected,
                "{fresh} / {recorded}"
            );
            assert!(values.same(&fresh, &fresh, false));
        }
    }

    #[test]
    fn what_recurs_must_have_recurred() {
        let mut values = values(&[(GeneratedKind::Word, "abcdefgh")]);
        assert!(values.same("abcdefgh", "11111111", false));
        assert!(values.same("echo abcdefgh", "echo 11111111", false));
        assert!(!values.same("echo abcdefgh", "echo 22222222", false));
    }

    #[test]
    fn the_end_of_what_was_cut_may_differ() {
        let mut values = values(&[(GeneratedKind::Integer, "123456")]);
        assert!(values.same("n 123456 and mo", "n 1 and more of", true));
        assert!(!values.same("n 123456 and mo", "n 1 and more of", false));
        assert!(values.same("text 1234", "text 98", true));
        assert!(!values.same("text 1234 and so on", "text 98", true));
    }
}
