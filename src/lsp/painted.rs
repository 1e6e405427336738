//! The tokens that an editor was told of, by block: what was not edited is not looked at again. Knows no place in a document.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::document::Document;
use crate::runner::role;
use crate::script::{Role, Token, tokens};

/// What was painted before, so that a change costs what was changed.
#[derive(Debug, Default)]
pub(super) struct Painted {
    defaults: Vec<(String, String)>,
    blocks: HashMap<(Role, String), Rc<[Token]>>,
    /// The last answer about the whole document, and its number.
    pub(super) last: (u64, Vec<u32>),
}

impl Painted {
    /// The tokens of each block.
    pub(super) fn tokens(
        &mut self,
        document: &Document,
        defaults: &[(String, String)],
    ) -> Vec<Rc<[Token]>> {
        let mut before = std::mem::take(&mut self.blocks);
        if self.defaults != defaults {
            before.clear();
            defaults.clone_into(&mut self.defaults);
        }
        let blocks = document.blocks.iter().map(|block| {
            let key = (role(block.kind), block.body.text().to_owned());
            if let Some(known) = self.blocks.get(&key) {
                return Rc::clone(known);
            }
            let known = before.remove(&key);
            let painted = known.unwrap_or_else(|| tokens(&key.1, key.0, defaults).into());
            self.blocks.insert(key, Rc::clone(&painted));
            painted
        });
        blocks.collect()
    }
}

/// What lies between the ends that two answers have in common.
pub(super) fn edits(before: &[u32], now: &[u32]) -> Value {
    let same = |pairs: &mut dyn Iterator<Item = (&u32, &u32)>| {
        pairs.take_while(|(one, other)| one == other).count()
    };
    let start = same(&mut before.iter().zip(now));
    let (old, new) = (before.split_at(start).1, now.split_at(start).1);
    let end = same(&mut old.iter().rev().zip(new.iter().rev()));
    let new = new.split_at(new.len() - end).0;
    let gone = old.len() - end;
    if gone == 0 && new.is_empty() {
        return json!([]);
    }
    json!([{"start": start, "deleteCount": gone, "data": new}])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_what_differs() {
        for (before, now, expected) in [
            (vec![1, 2, 3], vec![1, 2, 3], json!([])),
            (
                vec![],
                vec![7],
                json!([{"start": 0, "deleteCount": 0, "data": [7]}]),
            ),
            (
                vec![1, 1, 1],
                vec![1, 1],
                json!([{"start": 2, "deleteCount": 1, "data": []}]),
            ),
            (
                vec![1, 2, 3, 4],
                vec![1, 5, 6, 7, 4],
                json!([{"start": 1, "deleteCount": 2, "data": [5, 6, 7]}]),
            ),
        ] {
            assert_eq!(edits(&before, &now), expected, "{before:?} {now:?}");
        }
    }
}
