//! Files of other tools in which lines and characters are lost, doubled or others.

use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::seeds::laws::import::holds;

/// What is put in.
const PIECES: &[&str] = &[
    "```",
    "\n",
    "\"",
    "\\n```\\n",
    "{{",
    "}}",
    "---",
    "###",
    "{",
    "[",
    "\\u0000",
    "wss://",
    "null",
    "é",
];

fn files() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/import");
    let files = fs::read_dir(folder).unwrap();
    let mut texts: Vec<String> = files
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    texts.sort();
    texts
}

/// The nearest place before a byte at which a text may be cut.
fn cut(text: &str, at: Index) -> usize {
    boundary(text, at.index(text.len() + 1))
}

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold_for_files_that_are_not_as_written(
        file in any::<Index>(),
        changes in vec((any::<Index>(), any::<Index>(), any::<bool>(), any::<Index>()), 1..4),
    ) {
        let mut text = file.get(&files()).clone();
        for (from, to, lose, piece) in changes {
            let from = cut(&text, from);
            let to = if lose { cut(&text, to).max(from).min(from + 200) } else { from };
            let piece: &&str = piece.get(PIECES);
            text.replace_range(from..boundary(&text, to), piece);
        }
        holds(&text);
    }
}
