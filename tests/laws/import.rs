//! Files of other tools: whatever one holds, it is refused in a sentence, or becomes a document that is well-formed, holds
//! its blocks and nothing else, and can be added to.

use voiden::document::{BlockKind, parse as read_document};
use voiden::import::import;
use voiden::recorder::add;
use voiden::script::{Role, parse};

/// The input is a file's text.
pub(crate) fn holds(input: &str) {
    let imported = match import(input) {
        Ok(imported) => imported,
        Err(sentence) => return is_sentence(&sentence),
    };
    assert!(!imported.blocks.is_empty());
    for sentence in &imported.left_out {
        is_sentence(sentence);
    }
    let once = add("", "title", &imported.blocks).expect("a document");
    is_document(&once, imported.blocks.len());
    // What was there stays as it is, but that the front matter may have more.
    let twice = add(&once, "title", &imported.blocks).expect("a longer document");
    assert!(body(&twice).starts_with(body(&once)), "{twice}");
    is_document(&twice, imported.blocks.len() * 2);
}

/// What is told on a terminal and in prose.
fn is_sentence(text: &str) {
    assert!(!text.is_empty());
    assert!(text.chars().count() < 2_000, "{text}");
}

/// What stands behind the front matter.
fn body(text: &str) -> &str {
    text.split_once("# title\n").expect("a title").1
}

fn is_document(text: &str, blocks: usize) {
    let document = read_document(text);
    let wrong = document.diagnostics.iter().find(|wrong| wrong.is_error());
    assert!(wrong.is_none(), "{wrong:?} in\n{text}");
    assert_eq!(document.blocks.len(), blocks, "{text}");
    for block in &document.blocks {
        let role = match block.kind {
            BlockKind::Client => Role::Client,
            BlockKind::Server => Role::Server,
            BlockKind::Http => Role::Http,
        };
        let script = parse(block.body.text(), role, &[]);
        let wrong = script.diagnostics.iter().find(|wrong| wrong.is_error());
        assert!(wrong.is_none(), "{wrong:?} in\n{text}");
    }
}
