//! Expressions that make sense, that make none, and that have no end; over any message.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::seeds::laws::expression::holds;

/// What an expression may be put together from, in an order that mostly makes no sense.
const PIECES: &[&str] = &[
    ".", ".a", "[]", "[0]", "?", "|", ",", "(", ")", "[", "]", "{", "}", ":", ";", "+", "-", "*",
    "==", "<", "//", " and ", " as $x ", "$x", "$feed.id", "$text", "\"", "\\(", "if ", " then ",
    " end", "try ", "reduce ", "def f: ", "f", "map(", "now", "env", "1e9", "0.10", "null",
    "@base64 ", "#", "\n", "é", "\u{0}",
];

/// Whole ones, small.
const LEAVES: &[&str] = &[
    ".",
    "..",
    ".a",
    ".a.b[0]?",
    ".[]?",
    "1",
    "-0.10",
    "1e400",
    "\"t\"",
    "null",
    "true",
    "false",
    "[]",
    "{}",
    "$text",
    "$size",
    "$format",
    "$elapsed",
    "$feed.id",
    "$handshake",
    "empty",
    "error",
    "nan",
    "infinite",
    "not",
    "length",
    "type",
    "keys",
    "tojson",
    "fromjson",
    "ascii_downcase",
    "@base64d",
    "@uri",
    "explode",
    "implode",
    "tonumber",
    "to_entries",
    "flatten",
    "reverse",
    "unique",
    "add",
    "paths",
    "fromxml?",
    "\"é\\n\\(.)\"",
    "repeat(.)",
    "range(3)",
    "range(1e9)",
    "[limit(9; repeat(1))]",
    "first(range(5))",
    "test(\"^a\")",
    "ltrimstr(\"a\")",
];

/// What is put around others.
const AROUND: &[&str] = &[
    "A | B",
    "A, B",
    "A + B",
    "A - B",
    "A * B",
    "A / B",
    "A % B",
    "A == B",
    "A < B",
    "A and B",
    "A or B",
    "A // B",
    "[A]",
    "[A] | B",
    "{a: A, b: B}",
    "{(A): B}",
    "(A)?",
    "try A catch B",
    "if A then B else A end",
    "A as $x | [$x, B]",
    "A as [$x] | $x, B",
    "reduce A as $x (B; . + $x)",
    "foreach A as $x (B; $x)",
    "def f: A; B, f",
    "def f(g): g | A; f(B)",
    "map(A)",
    "select(A)",
    "limit(3; A)",
    "first(A), B",
    "path(A)?",
    "sort_by(A)",
    "until(A; B)",
    "with_entries(A)",
    "\"\\(A)\"",
    "A | not",
    "label $l | A, break $l",
    "A |= B",
    "del(A)",
    "-(A)",
    "A # B",
];

fn expression() -> impl Strategy<Value = String> {
    let leaf = select(LEAVES).prop_map(str::to_owned);
    leaf.prop_recursive(4, 12, 2, |inner| {
        (select(AROUND), inner.clone(), inner).prop_map(|(around, a, b)| {
            let pieces = around.split_inclusive(['A', 'B']);
            let put = |piece: &str| match piece.strip_suffix('A') {
                Some(before) => format!("{before}{a}"),
                None => piece
                    .strip_suffix('B')
                    .map_or(piece.to_owned(), |before| format!("{before}{b}")),
            };
            pieces.map(put).collect()
        })
    })
}

fn message() -> impl Strategy<Value = &'static str> {
    select(
        &[
            "{\"a\":{\"b\":[1.10,\"x\"]},\"c\":null}",
            "[3,1,2]",
            "\"abc\"",
            "12345678901234567890",
            "no JSON",
            "<a b=\"1\">t<c/></a>",
            "",
        ][..],
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold_for_expressions(source in expression(), message in message()) {
        holds(&format!("{source}\n%%\n{message}"));
    }

    #[test]
    fn laws_hold_for_any_pieces(pieces in vec(select(PIECES), 0..9), message in message()) {
        holds(&format!("{}\n%%\n{message}", pieces.concat()));
    }

    #[test]
    fn laws_hold_for_any_text(source in any::<String>()) {
        holds(&source);
    }
}
