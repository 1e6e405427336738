//! Documents: every place lies where it says, only transcripts are written, and what is written is read back.

use voiden::document::{Block, Document, Edit, parse, splice};
use voiden::source::{Excerpt, Span};

/// The input is a document and, below it, the transcripts that its blocks take in turn.
pub(crate) fn holds(input: &str) {
    let (text, transcripts) = input.split_once("\n%%\n").unwrap_or((input, "```\n~~~"));
    let text = without_split_tabs(text);
    let text = text.as_str();
    // Every transcript begins with its summary; a carriage return is written as a picture of one.
    let transcripts: Vec<String> = transcripts
        .split("\n%%\n")
        .map(|lines| format!("✓\n{}\n", lines.replace('\r', "␍")))
        .collect();
    let document = parse(text);
    spans_reslice(text, &document);
    assert_eq!(splice(text, &[]), text);

    let written = record_all(text, &document, &transcripts);
    let again = parse(&written);
    same_blocks(&document, &again);
    for (index, block) in again.blocks.iter().enumerate() {
        let recorded = block.transcript.recorded.as_ref();
        let body = recorded.map(|recorded| recorded.body.text());
        let meant = transcripts[index % transcripts.len()].as_str();
        assert_eq!(body, Some(meant), "{written:?}");
    }
    assert_eq!(record_all(&written, &again, &transcripts), written);

    let mut other = transcripts;
    other.rotate_left(1);
    let rewritten = record_all(&written, &again, &other);
    same_blocks(&document, &parse(&rewritten));
}

/// `pulldown-cmark` 0.13 takes a block quote marker behind a tab for a continuation, though it is indented by four
/// columns, and then counts the tab's last column behind the marker.
fn without_split_tabs(text: &str) -> String {
    text.replace("\t>", "  >")
}

/// Records a transcript for every block, and sees that nothing but transcripts is touched.
fn record_all(text: &str, document: &Document, transcripts: &[String]) -> String {
    let mut edits = Vec::new();
    for (index, block) in document.blocks.iter().enumerate() {
        let lines = &transcripts[index % transcripts.len()];
        let edit = block.transcript.record(text, lines);
        stays_below(text, block, &edit);
        edits.push(edit);
    }
    let written = splice(text, &edits);
    // What stands around the edits, in the order of the text, is all there still.
    let between = |start, end| text.get(start..end).expect("edits lie in the text");
    let (mut rest, mut at) = (written.as_str(), 0);
    for edit in &edits {
        for piece in [between(at, edit.span.start), &edit.text] {
            rest = rest.strip_prefix(piece).expect("an edit elsewhere");
        }
        at = edit.span.end;
    }
    assert_eq!(rest, between(at, text.len()));
    written
}

fn stays_below(text: &str, block: &Block, edit: &Edit) {
    if let Some(recorded) = &block.transcript.recorded {
        let span = recorded.span;
        assert!(span.start <= edit.span.start && edit.span.end <= span.end);
    } else {
        assert!(edit.span.is_empty() && edit.span.start >= block.span.end);
        stands_free(text, edit);
    }
}

/// An inserted transcript has a blank line before it, and one after it where something follows.
fn stands_free(text: &str, edit: &Edit) {
    // A vertical tab, too, is a blank to `pulldown-cmark`.
    let blank = |line: &str| {
        line.chars()
            .all(|c| c.is_ascii_whitespace() || matches!(c, '\u{b}' | '>'))
    };
    let lines: Vec<&str> = edit.text.split('\n').collect();
    assert!(blank(lines[1]) && !blank(lines[2]), "{:?}", edit.text);
    let last = lines[lines.len() - 1];
    let rest = text.get(edit.span.end..).unwrap_or_default();
    // A carriage return alone ends a line, too (CommonMark, 2.1).
    let rest = rest.strip_prefix('\r').unwrap_or(rest);
    let rest = rest.strip_prefix('\n').unwrap_or(rest);
    match rest.split('\n').next() {
        _ if rest.is_empty() => assert!(!blank(last), "{:?}", edit.text),
        Some(next) if !blank(next) => assert!(blank(last), "{text:?} {:?}", edit.text),
        next => assert!(
            !blank(last) || next.is_some_and(|next| next.contains('>')),
            "{:?}",
            edit.text
        ),
    }
}

fn same_blocks(before: &Document, after: &Document) {
    assert_eq!(before.blocks.len(), after.blocks.len());
    assert_eq!(before.diagnostics.len(), after.diagnostics.len());
    for (before, after) in before.blocks.iter().zip(&after.blocks) {
        assert_eq!(before.kind, after.kind);
        assert_eq!(before.body.text(), after.body.text());
        assert_eq!(before.info.len(), after.info.len());
        if !before.name.starts_with("line ") {
            assert_eq!(before.name, after.name);
        }
    }
}

fn spans_reslice(text: &str, document: &Document) {
    let slice = |span: Span| text.get(span.start..span.end);
    for block in &document.blocks {
        let span = slice(block.span).unwrap_or_default();
        let mark = if span.starts_with("```") {
            "```"
        } else {
            "~~~"
        };
        assert!(span.starts_with(mark) && span.ends_with(mark), "{span:?}");
        let info = slice(block.info).unwrap_or_default();
        let word = block.kind.word();
        // Escapes and entities may stand in it (CommonMark, 2.4 and 2.5), and carriage returns are left out of it.
        assert!(
            info.contains(word) || info.contains(['&', '\\', '\r']),
            "{info:?}"
        );
        body_reslices(text, &block.body);
        if let Some(recorded) = &block.transcript.recorded {
            let span = slice(recorded.span).unwrap_or_default();
            let info = span.trim_matches(['`', '~']).trim_start();
            assert!(info.starts_with("wss-log") || info.starts_with(['&', '\\', 'w']));
            body_reslices(text, &recorded.body);
        }
    }
    for diagnostic in &document.diagnostics {
        assert!(slice(diagnostic.span).is_some());
    }
    let front = &document.front_matter;
    for setting in front.vars.iter().chain(&front.options) {
        assert!(slice(setting.name_span).is_some());
        assert!(slice(setting.span).is_some());
    }
}

fn body_reslices(text: &str, body: &Excerpt) {
    for (at, character) in body.text().char_indices() {
        let span = body.span(Span::new(at, at + character.len_utf8()));
        let source = text.get(span.start..span.end);
        let made = source == Some("\t") && character == ' ';
        assert!(
            made || source == Some(character.encode_utf8(&mut [0; 4])),
            "{source:?}"
        );
    }
}
