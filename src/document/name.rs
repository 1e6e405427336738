//! What blocks are called, once each in a document. Knows no Markdown.

use std::collections::{HashMap, HashSet};

/// Makes names unique, in order: the second `X` is `X (2)`, the third `X (3)`. Those for which `first` holds choose
/// before the others. No made name is one that another block has by itself.
pub(super) fn unique(wanted: &[String], first: impl Fn(usize) -> bool) -> Vec<String> {
    let own: HashSet<&str> = wanted.iter().map(String::as_str).collect();
    let mut taken = HashSet::new();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut names = vec![String::new(); wanted.len()];
    let (early, late): (Vec<_>, Vec<_>) = wanted
        .iter()
        .enumerate()
        .partition(|(index, _)| first(*index));
    for (index, name) in early.into_iter().chain(late) {
        let count = counts.entry(name).or_insert(0);
        *count += 1;
        let mut made = name.clone();
        if *count > 1 {
            made = numbered(name, *count);
            while own.contains(made.as_str()) || taken.contains(&made) {
                *count += 1;
                made = numbered(name, *count);
            }
        }
        taken.insert(made.clone());
        if let Some(slot) = names.get_mut(index) {
            *slot = made;
        }
    }
    names
}

fn numbered(name: &str, number: usize) -> String {
    format!("{name} ({number})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_taken_in_order() {
        let cases: [(&[&str], &[usize], &[&str]); 6] = [
            (&["a", "b", "a", "a"], &[], &["a", "b", "a (2)", "a (3)"]),
            (&["a", "a", "a (2)"], &[], &["a", "a (3)", "a (2)"]),
            (&["a (2)", "a", "a"], &[], &["a (2)", "a", "a (3)"]),
            (&["chat", "chat"], &[1], &["chat (2)", "chat"]),
            (
                &["a", "a", "a (2)", "a (2)"],
                &[],
                &["a", "a (3)", "a (2)", "a (2) (2)"],
            ),
            (&[], &[], &[]),
        ];
        for (wanted, first, names) in cases {
            let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
            assert_eq!(unique(&wanted, |index| first.contains(&index)), names);
        }
    }
}
