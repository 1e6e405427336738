//! Editors' sessions in which anything is typed anywhere.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::seeds::laws::language_server::holds;

/// What is typed.
const PIECES: &[&str] = &[
    "# A title\n",
    "---\nvoiden:\n  vars: {HOST: h, id: 1}\n  secrets: [TOKEN]\n---\n",
    "```/wss One\nws://{{HOST}}/\n",
    "> ```/wss Quoted\n> ws://h/\n> -> text é𝄞\n",
    "```/wss-server house\nws://127.0.0.1:0/{room}\n",
    "```/http Ask\nGET {{house.http}}/a\n",
    "```\n",
    "\n",
    "\n%%\n",
    "@timeout 5\n",
    "@clients alice, bob\n",
    "alice -> json {\"a\": {{$uuid as id}}}\n",
    "<- json {\"a\": \"{{id}}\", {{$rest}}}\n",
    "-- check .a == $id and .b\n",
    "-- on text\n-> text {{$message.a}}\n",
    "-- let n = ($n // 0) + 1\n",
    "<- HTTP 200\n",
    "-- schema ./none.json\n",
    "\t\u{0}\u{2028}\r",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold_for_anything_typed(pieces in vec(select(PIECES), 0..16)) {
        holds(&pieces.concat());
    }
}
