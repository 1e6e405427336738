//! Secrets of any kind, in any shape, anywhere in a text.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::seeds::laws::redaction::holds;

/// Shapes as the law has them, some inside others.
const SHAPES: &[&str] = &[
    "", "", "j0", "j", "j01", "p01", "p011", "f001", "x0", "x01", "b", "u", "c", "cj0", "bp0",
    "ux", "p01j0", "j0j0", "j01x0p01", "x01j0", "j0j0j0", "p01x0p0", "cp0j0",
];

/// What a text is put together from: halves of escapes, what masks look for, secrets' beginnings.
const PIECES: &[&str] = &[
    "§",
    "§",
    "§",
    "\n",
    " ",
    "\\",
    "\\u00",
    "%",
    "%4",
    "&",
    "&#x4",
    "&lt",
    "\"",
    "{",
    "}",
    "[",
    "+",
    "=",
    "://",
    "user:pw@h",
    "Authorization: ",
    "; a=b",
    "key",
    "s3cr",
    "aGk",
    "1",
    "ä",
    "😀",
    "\u{0}",
];

/// Secrets that hold escapes, other secrets, or names.
const VALUES: &[&str] = &[
    "hunter2",
    "key",
    "s3cr3t?>",
    "ab",
    "%41",
    "\\u0041",
    "&lt;",
    "{\"k\": [1, \"a b\"]}",
    "{{N0}}",
    "N1",
];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => r"[!-~äß€😀][ -~äß€😀]{0,10}[!-~äß€😀]",
        2 => "[a-zA-Z0-9]{1,3}",
        1 => select(VALUES).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => vec(select(PIECES), 0..12).prop_map(|pieces| pieces.concat()),
        1 => "(?s).{0,20}§.{0,20}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold_for_any_secret(
        shapes in select(SHAPES),
        values in vec(value(), 1..4),
        text in text(),
    ) {
        holds(&format!("{shapes}\n%%\n{}\n%%\n{text}", values.join("\n")));
    }
}
