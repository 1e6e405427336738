//! What holds for every document, however odd.

use proptest::prelude::*;
use proptest::sample::select;

use super::{Edit, parse, splice};
use crate::source::Span;

#[path = "../../tests/laws/document.rs"]
mod law;

/// Where a line stands: what is before the first line of a container, and before the lines that continue it.
fn containers() -> impl Strategy<Value = (String, String)> {
    let atom = select(vec![
        ("> ", "> "),
        (">", ">"),
        (">  ", "> "),
        ("   > ", ">"),
        ("- ", "  "),
        ("* ", "  "),
        ("-   ", "    "),
        (" - ", "   "),
        ("1. ", "   "),
        ("12) ", "    "),
        ("-\t", "\t"),
        ("- ", "\t"),
        (">\t", ">\t"),
    ]);
    prop::collection::vec(atom, 0..4).prop_map(|atoms| {
        let first = atoms.iter().map(|(first, _)| *first).collect();
        let rest = atoms.iter().map(|(_, rest)| *rest).collect();
        (first, rest)
    })
}

fn fence() -> impl Strategy<Value = Vec<String>> {
    let info = select(vec![
        "/wss",
        "/wss",
        "/wss Trades",
        "/wss Trades (2)",
        "/wss a &amp; b",
        "/wss-server chat",
        "/wss-server",
        "/wss-server a b",
        "wss-log",
        "wss",
        "json",
        "",
    ]);
    let line = select(vec![
        "wss://x/",
        "",
        "  indented",
        "\ttab",
        "-> json {",
        "> quoted",
        "# no heading",
        "``",
        "~~",
        "é…",
    ]);
    let lines = prop::collection::vec(line, 0..4);
    let mark = select(vec!["`", "~"]);
    let indents = (0..4_usize, 0..4_usize, any::<bool>());
    let closed = prop::bool::weighted(0.9);
    (info, lines, mark, 3..6_usize, indents, closed, 0..3_usize).prop_map(
        |(info, lines, mark, length, (opening, closing, even), closed, blanks)| {
            let closing = if even { opening } else { closing };
            let marks = mark.repeat(length);
            let mut fence = vec![format!("{}{marks}{info}", " ".repeat(opening))];
            let indent = " ".repeat(opening);
            fence.extend(lines.iter().map(|line| format!("{indent}{line}")));
            if closed {
                let (indent, blanks) = (" ".repeat(closing), " ".repeat(blanks));
                fence.push(format!("{indent}{marks}{blanks}"));
            }
            fence
        },
    )
}

/// Lines in one container, with some blank lines behind.
fn segment() -> impl Strategy<Value = Vec<String>> {
    let prose = select(vec![
        "A paragraph.",
        "# Heading `code`",
        "Setext\n===",
        "- item",
        "<!-- html -->",
        "    indented code",
        "| a | b |\n|---|---|",
        "---",
    ])
    .prop_map(|prose| prose.split('\n').map(str::to_owned).collect::<Vec<_>>());
    let lines = prop_oneof![3 => fence(), 1 => prose];
    let blanks = prop::collection::vec(any::<bool>(), 0..3);
    (containers(), lines, blanks, any::<bool>()).prop_map(
        |((first, rest), lines, blanks, continued)| {
            let first = if continued { &rest } else { &first };
            let mut out: Vec<String> = Vec::new();
            for (index, line) in lines.iter().enumerate() {
                let prefix = if index == 0 { first } else { &rest };
                out.push(format!("{prefix}{line}"));
            }
            out.extend(blanks.iter().map(|inside| {
                if *inside {
                    rest.trim_end().to_owned()
                } else {
                    String::new()
                }
            }));
            out
        },
    )
}

fn documents() -> impl Strategy<Value = String> {
    let start = select(vec![
        "",
        "",
        "\u{feff}",
        "---\nvoiden:\n  vars: {A: 1}\n---\n",
    ]);
    let ending = select(vec!["\n", "\r\n"]);
    let segments = prop::collection::vec(segment(), 0..7);
    (start, segments, ending, any::<bool>()).prop_map(|(start, segments, ending, last)| {
        let mut text = segments.concat().join("\n");
        if last {
            text.push('\n');
        }
        format!("{start}{text}").replace('\n', ending)
    })
}

/// Nothing but what Markdown's block structure is made of, in any order.
fn noise() -> impl Strategy<Value = String> {
    let atom = select(vec![
        "```",
        "````",
        "~~~",
        "`",
        "/wss",
        "/wss-server",
        "wss-log",
        " ",
        "  ",
        "    ",
        "\t",
        "\n",
        "\n",
        "\r\n",
        "\r",
        ">",
        "> ",
        "- ",
        "-\t",
        "1. ",
        "# ",
        "===",
        "---",
        "[^a]:",
        "|",
        "<!--",
        "-->",
        "<div>",
        "x",
        "é",
        "\u{feff}",
        "\u{0}",
        "\\",
        "&#10;",
        "voiden:",
        "{",
        "*a",
        ": ",
    ]);
    prop::collection::vec(atom, 0..40).prop_map(|atoms| atoms.concat())
}

fn transcripts() -> impl Strategy<Value = String> {
    let line = select(vec![
        "12:00:00.000  → json  {\"a\":1}",
        "",
        "  {",
        "    \"a\": 1",
        "\ttab",
        "```",
        "  `````",
        "~~~~",
        "> quoted",
        "- item",
        "# heading",
        "é",
        " ",
    ]);
    prop::collection::vec(prop::collection::vec(line, 1..5), 1..5).prop_map(|transcripts| {
        transcripts
            .iter()
            .map(|lines| lines.join("\n"))
            .collect::<Vec<_>>()
            .join("\n%%\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn laws_hold_for_documents(text in documents(), transcripts in transcripts()) {
        law::holds(&format!("{text}\n%%\n{transcripts}"));
    }

    #[test]
    fn laws_hold_for_noise(text in noise(), transcripts in transcripts()) {
        law::holds(&format!("{text}\n%%\n{transcripts}"));
    }

    #[test]
    fn splicing_is_total(
        text in "[aé]{0,8}",
        edits in prop::collection::vec((0..12_usize, 0..12_usize, "[xü]{0,2}"), 0..5),
    ) {
        let edits: Vec<Edit> = edits
            .into_iter()
            .map(|(start, end, text)| Edit { span: Span::new(start, end), text })
            .collect();
        prop_assert!(splice(&text, &edits).len() <= text.len() + 10 * 4);
    }
}

#[test]
fn hostile_documents_are_read() {
    let quotes = ">".repeat(10_000);
    let front = |yaml: &str| format!("---\nvoiden:\n  ignore: {yaml}\n---\n");
    let cases = [
        ("- ```/wss\n\n".repeat(20_000), 0, 20_000),
        ("> ```/wss-server a\n\n".repeat(20_000), 0, 20_000),
        (format!("{quotes}```/wss\n{quotes}```\n"), 1, 0),
        (format!("```/wss {}\n```", "x".repeat(1 << 22)), 1, 0),
        ("```/wss a\n```\n".repeat(20_000), 20_000, 0),
        (format!("```/wss\n```\n{}", "\n".repeat(1 << 20)), 1, 0),
        (front(&"[".repeat(1 << 16)), 0, 1),
        (front(&"{".repeat(1 << 16)), 0, 2),
        (front(&format!("\n  {}", "- ".repeat(1 << 14))), 0, 1),
        (
            front(&format!(
                "[&a {},{}]",
                "x".repeat(1 << 19),
                "*a,".repeat(99)
            )),
            0,
            98,
        ),
    ];
    for (text, blocks, diagnostics) in cases {
        let document = parse(&text);
        let shown: String = text.chars().take(40).collect();
        assert_eq!(document.blocks.len(), blocks, "{shown}");
        assert_eq!(document.diagnostics.len(), diagnostics, "{shown}");
    }
}
