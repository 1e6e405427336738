//! What holds for every document, however odd.

use proptest::prelude::*;
use proptest::sample::select;

use super::{BlockKind, Document, Edit, parse, splice};
use crate::source::{Excerpt, Span};

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
        without_split_tabs(&format!("{start}{text}").replace('\n', ending))
    })
}

/// `pulldown-cmark` 0.13 takes a block quote marker behind a tab for a continuation, though it is indented by four
/// columns, and then counts the tab's last column behind the marker.
fn without_split_tabs(text: &str) -> String {
    text.replace("\t>", "  >")
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
    prop::collection::vec(atom, 0..40).prop_map(|atoms| without_split_tabs(&atoms.concat()))
}

fn transcripts() -> impl Strategy<Value = Vec<String>> {
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
            .map(|lines| format!("✓\n{}\n", lines.join("\n")))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn laws_hold_for_documents(text in documents(), transcripts in transcripts()) {
        all_laws(&text, &transcripts)?;
    }

    #[test]
    fn laws_hold_for_noise(text in noise(), transcripts in transcripts()) {
        all_laws(&text, &transcripts)?;
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

fn all_laws(text: &str, transcripts: &[String]) -> Result<(), TestCaseError> {
    let document = parse(text);
    spans_reslice(text, &document)?;
    prop_assert_eq!(splice(text, &[]), text);

    let written = record_all(text, &document, transcripts)?;
    let again = parse(&written);
    same_blocks(&document, &again)?;
    for (index, block) in again.blocks.iter().enumerate() {
        let recorded = block.transcript.recorded.as_ref();
        let body = recorded.map(|recorded| recorded.body.text());
        let meant = transcripts[index % transcripts.len()].as_str();
        prop_assert_eq!(body, Some(meant), "{:?}", &written);
    }
    prop_assert_eq!(&record_all(&written, &again, transcripts)?, &written);

    let mut other = transcripts.to_vec();
    other.rotate_left(1);
    let rewritten = record_all(&written, &again, &other)?;
    same_blocks(&document, &parse(&rewritten))
}

/// Records a transcript for every block, and sees that nothing but transcripts is touched.
fn record_all(
    text: &str,
    document: &Document,
    transcripts: &[String],
) -> Result<String, TestCaseError> {
    let mut edits = Vec::new();
    for (index, block) in document.blocks.iter().enumerate() {
        let edit = block
            .transcript
            .record(text, &transcripts[index % transcripts.len()]);
        if let Some(recorded) = &block.transcript.recorded {
            let span = recorded.span;
            prop_assert!(span.start <= edit.span.start && edit.span.end <= span.end);
        } else {
            prop_assert!(edit.span.is_empty() && edit.span.start >= block.span.end);
            stands_free(text, &edit)?;
        }
        edits.push(edit);
    }
    Ok(splice(text, &edits))
}

/// An inserted transcript has a blank line before it, and one after it where something follows.
fn stands_free(text: &str, edit: &Edit) -> Result<(), TestCaseError> {
    let blank = |line: &str| line.chars().all(|c| c.is_ascii_whitespace() || c == '>');
    let lines: Vec<&str> = edit.text.split('\n').collect();
    prop_assert!(blank(lines[1]) && !blank(lines[2]), "{:?}", &edit.text);
    let last = lines[lines.len() - 1];
    let rest = text.get(edit.span.end..).unwrap_or_default();
    let next = rest.split_inclusive('\n').nth(1);
    match next {
        Some(next) if !blank(next) => prop_assert!(blank(last), "{:?} {:?}", text, &edit.text),
        Some(next) => prop_assert!(!blank(last) || next.contains('>'), "{:?}", &edit.text),
        None => prop_assert!(!blank(last) || rest.contains('\r'), "{:?}", &edit.text),
    }
    Ok(())
}

fn same_blocks(before: &Document, after: &Document) -> Result<(), TestCaseError> {
    prop_assert_eq!(before.blocks.len(), after.blocks.len());
    prop_assert_eq!(before.diagnostics.len(), after.diagnostics.len());
    for (before, after) in before.blocks.iter().zip(&after.blocks) {
        prop_assert_eq!(before.kind, after.kind);
        prop_assert_eq!(before.body.text(), after.body.text());
        prop_assert_eq!(before.info.len(), after.info.len());
        if !before.name.starts_with("line ") {
            prop_assert_eq!(&before.name, &after.name);
        }
    }
    Ok(())
}

fn spans_reslice(text: &str, document: &Document) -> Result<(), TestCaseError> {
    let slice = |span: Span| text.get(span.start..span.end);
    for block in &document.blocks {
        let span = slice(block.span).unwrap_or_default();
        let mark = if span.starts_with("```") {
            "```"
        } else {
            "~~~"
        };
        prop_assert!(span.starts_with(mark) && span.ends_with(mark), "{:?}", span);
        let info = slice(block.info).unwrap_or_default();
        let word = match block.kind {
            BlockKind::Client => "/wss",
            BlockKind::Server => "/wss-server",
        };
        // Escapes and entities may stand around it (CommonMark, 2.4 and 2.5).
        prop_assert!(info.contains(word), "{:?}", info);
        body_reslices(text, &block.body)?;
        if let Some(recorded) = &block.transcript.recorded {
            let span = slice(recorded.span).unwrap_or_default();
            prop_assert!(
                span.trim_matches(['`', '~'])
                    .trim_start()
                    .starts_with("wss-log")
            );
            body_reslices(text, &recorded.body)?;
        }
    }
    for diagnostic in &document.diagnostics {
        prop_assert!(slice(diagnostic.span).is_some());
    }
    let front = &document.front_matter;
    for setting in front.vars.iter().chain(&front.options) {
        prop_assert!(slice(setting.name_span).is_some_and(|name| name.contains(&setting.name)));
        prop_assert!(slice(setting.span).is_some());
    }
    Ok(())
}

fn body_reslices(text: &str, body: &Excerpt) -> Result<(), TestCaseError> {
    for (at, character) in body.text().char_indices() {
        let span = body.span(Span::new(at, at + character.len_utf8()));
        let source = text.get(span.start..span.end);
        let made = source == Some("\t") && character == ' ';
        prop_assert!(
            made || source == Some(character.encode_utf8(&mut [0; 4])),
            "{source:?}"
        );
    }
    Ok(())
}
