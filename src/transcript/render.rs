//! A changed entry with all that is known to change as it is recorded: its time, what was generated or kept, and what a
//! pattern leaves open.

use std::ops::Range;

use super::cut::INDENT;
use super::flat::{notice, payload};
use super::payload::{COLUMNS, Pretty};
use super::recorded::{EntryKind, RecordedEntry};
use super::same::Judge;
use super::shown::ShownPayload;
use super::values::Values;
use super::{format_word, json, open, xml};
use crate::format::Format;

impl Judge<'_> {
    /// The entry as it would be written, had nothing changed but what truly has.
    pub(super) fn in_their_words(
        &mut self,
        fresh: &RecordedEntry<'_>,
        recorded: &RecordedEntry<'_>,
    ) -> String {
        let first = recorded.text.split('\n').next().unwrap_or_default();
        let lead = first.strip_suffix(recorded.body).unwrap_or(first);
        let told = match fresh.kind {
            EntryKind::Sent | EntryKind::Received => self.frame(fresh, recorded),
            _ => None,
        };
        let told = told.unwrap_or_else(|| {
            let mut told = alike(fresh.body, recorded.body, &mut self.values);
            if !fresh.below.is_empty() {
                told.push('\n');
                told.push_str(&alike(fresh.below, recorded.below, &mut self.values));
            }
            told
        });
        format!("{lead}{told}")
    }

    fn frame(&mut self, fresh: &RecordedEntry<'_>, recorded: &RecordedEntry<'_>) -> Option<String> {
        let (word, _) = format_word::split(fresh.body);
        let pretty: Pretty = match format_word::written(word)? {
            Format::Json => json::pretty,
            Format::Xml => xml::pretty,
            _ => return None,
        };
        let source = self.source(fresh, recorded)?;
        let (word, rest) = source.split_once("  ")?;
        let (_, is_cut) = payload(fresh);
        if is_cut.is_some() {
            return Some(format!("{source} {}", notice(fresh)));
        }
        if rest.chars().count() <= COLUMNS {
            return Some(source);
        }
        let lines = pretty(rest)?;
        let lines = lines.iter().map(|line| format!("\n{INDENT}{line}"));
        Some(format!("{word}{}", lines.collect::<String>()))
    }

    /// A message on one line, as it would be, had nothing changed but what truly has.
    pub(super) fn source(
        &mut self,
        fresh: &RecordedEntry<'_>,
        recorded: &RecordedEntry<'_>,
    ) -> Option<String> {
        let (one, one_rest) = payload(fresh);
        let (other, other_rest) = payload(recorded);
        let ours = ShownPayload::read(&one, one_rest.is_some());
        let theirs = ShownPayload::read(&other, other_rest.is_some());
        let mut source = ours.text()?.to_owned();
        let places = fresh.open().unwrap_or_default();
        let places = open::places(&ours, &theirs, places, &mut self.values);
        for (our, their) in places.slots().into_iter().rev() {
            source.replace_range(our, theirs.text()?.get(their)?);
        }
        let known = alike(&source, theirs.text()?, &mut self.values);
        Some(format!("{}  {known}", ours.word))
    }
}

/// A text with those of its words in which only what is known to change differs as they are in the other one.
fn alike(fresh: &str, recorded: &str, values: &mut Values) -> String {
    let (ours, theirs) = (words(fresh), words(recorded));
    let word = |text: &'_ str, range: &Range<usize>| {
        text.get(range.clone()).unwrap_or_default().to_owned()
    };
    let mut is_alike = |our: &Range<usize>, their: &Range<usize>| {
        values.same(&word(fresh, our), &word(recorded, their), false)
    };
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    if ours.len() == theirs.len() {
        let both = ours.iter().zip(&theirs).enumerate();
        pairs.extend(
            both.filter(|(_, (our, their))| is_alike(our, their))
                .map(|(at, _)| (at, at)),
        );
    } else {
        let start = ours
            .iter()
            .zip(&theirs)
            .take_while(|(our, their)| is_alike(our, their))
            .count();
        let most = ours.len().min(theirs.len()) - start;
        let (mut one, mut other) = (ours.iter().rev(), theirs.iter().rev());
        let mut end = 0;
        while end < most
            && let (Some(our), Some(their)) = (one.next(), other.next())
            && is_alike(our, their)
        {
            end += 1;
        }
        pairs.extend((0..start).map(|at| (at, at)));
        pairs.extend(
            (1..=end)
                .rev()
                .map(|back| (ours.len() - back, theirs.len() - back)),
        );
    }
    let mut out = fresh.to_owned();
    for (our, their) in pairs.into_iter().rev() {
        if let (Some(our), Some(their)) = (ours.get(our), theirs.get(their)) {
            out.replace_range(our.clone(), &word(recorded, their));
        }
    }
    out
}

/// Runs of what a value is made of, and every other character by itself.
pub(super) fn words(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut is_open = false;
    for (at, character) in text.char_indices() {
        let end = at + character.len_utf8();
        let is_part = character.is_alphanumeric() || "-_.:+%".contains(character);
        match words.last_mut().filter(|_| is_part && is_open) {
            Some(last) => last.end = end,
            None => words.push(at..end),
        }
        is_open = is_part;
    }
    words
}
