//! Sessions of any kind under any name, told to every report.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::seeds::laws::report::holds;

/// What a format might take for its own.
const PIECES: &[&str] = &[
    "<",
    ">",
    "</script>",
    "<script>",
    "</style>",
    "<!--",
    "]]>",
    "&",
    "&lt;",
    "\"",
    "'",
    "\\",
    "#",
    " # SKIP ",
    "# TODO",
    "\n",
    "\r",
    "\t",
    "\u{0}",
    "\u{1b}[2J",
    "\u{85}",
    "\u{2028}",
    "\u{202e}",
    "\u{feff}",
    "\u{fffe}",
    "\u{ad}",
    "\u{34f}",
    "\u{180b}",
    "\u{206a}",
    "\u{3164}",
    "\u{e0041}",
    "\u{fe0f}",
    "❤\u{fe0f}",
    "\u{1ffff}",
    "\u{10ffff}",
    "---",
    "...",
    "1..9",
    "ok 1 - ",
    "  message: ",
    "{\"a\": [1]}",
    "<a b='c'>d</a>",
    "word",
    "é",
    "😀",
    " ",
];

/// Everything that a session may be made of, by its first characters.
const KINDS: &[char] = &[
    '<', '>', 'j', 'x', 'b', 'B', 'p', 'c', '!', 'd', 'r', '#', '@', 'f', 'h',
];

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => vec(select(PIECES), 0..6).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold_for_any_session(
        name in words(),
        style in prop_oneof![Just("utc".to_owned()), Just("offset 2 8".to_owned()), words()],
        events in vec((select(KINDS), words()), 0..8),
    ) {
        let events: Vec<_> = events.iter().map(|(kind, words)| format!("{kind}{words}")).collect();
        holds(&format!("{name}\n%%\n{style}\n%%\n{}", events.join("\n%%\n")));
    }
}
