//! Values that came and were sent later on: they have to be kept where they came. Knows values that machines make up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::entry::{Entry, OwnAction};
use super::volatile;

/// Values that came before they were sent.
#[derive(Clone, Debug, Default)]
pub(super) struct WantedValues {
    pub(super) values: BTreeSet<String>,
    /// The frames that one of them came with first: it is kept there.
    pub(super) first: BTreeSet<u64>,
}

/// The values that came before they were sent.
pub(super) fn wanted(entries: &[Entry]) -> WantedValues {
    // When each was sent for the last time.
    let mut sent: BTreeMap<String, usize> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let Entry::Own(step) = entry else {
            continue;
        };
        let text = match &step.what {
            OwnAction::Typed(typed) => typed.source.as_str().into(),
            OwnAction::Sent(_, frame) => String::from_utf8_lossy(frame.payload()),
        };
        sent.extend(values(&text).map(|value| (value, index)));
    }
    if sent.is_empty() {
        return WantedValues::default();
    }
    let mut wanted = WantedValues::default();
    for (index, entry) in entries.iter().enumerate() {
        if let Entry::Arrived(arrived) = entry
            && let Ok(text) = std::str::from_utf8(arrived.frame.payload())
        {
            for value in values(text) {
                if sent.get(&value).is_some_and(|at| *at > index) && wanted.values.insert(value) {
                    wanted.first.insert(arrived.number);
                }
            }
        }
    }
    wanted
}

/// UUIDs and words that a machine has made up.
fn values(text: &str) -> impl Iterator<Item = String> {
    static VALUE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new("[A-Za-z0-9_-]{16,256}").ok());
    let found = VALUE.as_ref().map(|value| value.find_iter(text));
    let words = found.into_iter().flatten().map(|found| found.as_str());
    words
        .filter(|word| volatile::of_string(word).is_some())
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .into_iter()
}
