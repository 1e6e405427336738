//! Puts blocks into a document: behind what is there, with what the front matter has to have. Knows Markdown and YAML as
//! far as they are written; what was there stays as it is.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::front_matter::FrontMatterGrowth;
use crate::diagnostic::Diagnostic;
use crate::document::{self, Block, BlockKind, Document, FrontMatter};
use crate::script::{Role, step_tokens, tokens};
use crate::source::visible::{Spelling, is_visible};

/// How long a block's name is at most.
const LONGEST_NAME: usize = 80;

/// A block that is to stand in a document.
#[derive(Clone, Debug)]
pub struct NewBlock {
    /// Which half of what.
    pub kind: BlockKind,
    /// What it is to be called; made unique.
    pub name: String,
    /// A paragraph before it, in Markdown; possibly empty.
    pub prose: String,
    /// What stands between its fences.
    pub script: String,
    /// What stands in the transcript below it.
    pub transcript: Option<String>,
    /// Names that `secrets:` has to have.
    pub secrets: Vec<String>,
    /// Values that `vars:` has to have.
    pub vars: Vec<(String, String)>,
    /// Lines of its head that are left out where the document's front matter says the same.
    pub defaults: Vec<String>,
    /// Whether others need it: it stands there once, under its name.
    pub needed: bool,
}

/// How the script of a block of this kind is read.
#[must_use]
pub fn role(kind: BlockKind) -> Role {
    match kind {
        BlockKind::Client => Role::Client,
        BlockKind::Server => Role::Server,
        BlockKind::Http => Role::Http,
    }
}

/// The document with the blocks behind all that is there. An empty one gets a title.
///
/// # Errors
/// A sentence: nothing can stand behind the document's text, or its front matter cannot be added to.
pub fn add(text: &str, title: &str, blocks: &[NewBlock]) -> Result<String, String> {
    let crlf = text.contains("\r\n");
    let before = document::parse(text);
    if let Some(wrong) = before.diagnostics.iter().find(|wrong| wrong.is_error()) {
        return Err(format!("the document has an error: {}", wrong.message));
    }
    let mut names: BTreeSet<String> = before
        .blocks
        .iter()
        .map(|block| block.name.clone())
        .collect();
    let mut behind = String::new();
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        let _ = writeln!(behind, "# {}", as_title(title));
    }
    let mut front = FrontMatterGrowth::new(&before.front_matter);
    let mut added = 0;
    for block in blocks {
        let grown = |front: &mut FrontMatterGrowth| {
            let script = without_defaults(block, &before.front_matter);
            let tokens = |script: &str| tokens(script, role(block.kind), &[]);
            front.grow(&script, &block.secrets, &block.vars, tokens)
        };
        let script = grown(&mut front.clone());
        if block.needed && stands(&before, block, &script) != Standing::Absent {
            continue;
        }
        let script = grown(&mut front);
        let name = unique(&as_name(&block.name), &mut names);
        behind.push_str(&written(block, &name, &script));
        added += 1;
    }
    let behind = if crlf {
        behind.replace('\n', "\r\n")
    } else {
        behind
    };
    let ending = if crlf { "\r\n" } else { "\n" };
    let mut whole = text.to_owned();
    if whole.trim_start_matches('\u{feff}').trim().is_empty() {
        whole.truncate(if whole.starts_with('\u{feff}') { 3 } else { 0 });
    } else {
        if !whole.ends_with('\n') {
            whole.push_str(ending);
        }
        if !whole.ends_with("\n\n") && !whole.ends_with("\n\r\n") {
            whole.push_str(ending);
        }
    }
    whole.push_str(&behind);
    let whole = front.write(&whole, ending);
    verify(text, &whole, before.blocks.len() + added, &front)?;
    Ok(whole)
}

/// Whether a block that others need is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Absent,
    There,
    /// Another server has its name.
    Other,
}

fn stands(document: &Document, block: &NewBlock, script: &str) -> Standing {
    let mut same_name = document
        .blocks
        .iter()
        .filter(|other| other.name == block.name)
        .peekable();
    let is_there = same_name.peek().is_some();
    let says = |other: &Block, script: &str| other.body.text().trim_end() == script.trim_end();
    if same_name.any(|other| other.kind == block.kind && says(other, script)) {
        Standing::There
    } else if is_there && block.kind.is_server() {
        Standing::Other
    } else {
        Standing::Absent
    }
}

/// The names of servers that are needed and cannot be added, since a document has others of these names.
#[must_use]
pub fn clashes<'a>(text: &str, blocks: &'a [NewBlock]) -> Vec<&'a str> {
    let document = document::parse(text);
    let mut front = FrontMatterGrowth::new(&document.front_matter);
    let clash = |block: &&NewBlock| {
        let script = without_defaults(block, &document.front_matter);
        let tokens = |script: &str| tokens(script, role(block.kind), &[]);
        let script = front.grow(&script, &block.secrets, &block.vars, tokens);
        block.needed && stands(&document, block, &script) == Standing::Other
    };
    let mut blocks: Vec<&NewBlock> = blocks.iter().collect();
    blocks.retain(clash);
    blocks.iter().map(|block| block.name.as_str()).collect()
}

/// The script without those lines of its head that front matter says as well.
fn without_defaults(block: &NewBlock, front: &FrontMatter) -> String {
    let is_said = |line: &str| {
        let (name, value) = line.split_once(' ').unwrap_or((line, ""));
        let mut options = front.options.iter();
        options.any(|option| name.strip_prefix('@') == Some(&option.name) && option.value == value)
    };
    let mut left: Vec<&str> = block.defaults.iter().map(String::as_str).collect();
    left.retain(|line| is_said(line));
    let lines = block.script.split_inclusive('\n').filter(|line| {
        let at = left.iter().position(|said| *said == line.trim_end());
        at.map(|at| left.remove(at)).is_none()
    });
    lines.collect()
}

/// The document with what a block in it needs besides: names below `secrets:`, values below `vars:`. Gives the text, and
/// the script with the names as they stand there.
///
/// # Errors
/// A sentence: its front matter cannot be added to.
pub fn declare(
    text: &str,
    script: &str,
    secrets: &[String],
    vars: &[(String, String)],
) -> Result<(String, String), String> {
    let before = document::parse(text);
    let mut front = FrontMatterGrowth::new(&before.front_matter);
    let script = front.grow(script, secrets, vars, |script| step_tokens(script, true));
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let whole = front.write(text, ending);
    verify(text, &whole, before.blocks.len(), &front)?;
    Ok((whole, script))
}

/// Whether everything is there that should be: a document may end where no block can follow, in a comment, say.
fn verify(
    before: &str,
    whole: &str,
    blocks: usize,
    front: &FrontMatterGrowth,
) -> Result<(), String> {
    let after = document::parse(whole);
    if !front.is_in(&after.front_matter) {
        return Err(format!(
            "its front matter could not be added to\nadd {} by hand",
            front.told()
        ));
    }
    let is_whole =
        after.blocks.len() == blocks && !after.diagnostics.iter().any(Diagnostic::is_error);
    if is_whole || before.is_empty() {
        return Ok(());
    }
    Err("no block can stand behind its last line\nclose the fence or the comment that is open at its end".to_owned())
}

fn written(block: &NewBlock, name: &str, script: &str) -> String {
    let mut out = String::new();
    if !block.prose.is_empty() {
        out.push('\n');
        out.push_str(block.prose.trim_end());
        out.push('\n');
    }
    let script = script.trim_end();
    let fence = fence(script);
    let _ = writeln!(
        out,
        "\n{fence}{} {name}\n{script}\n{fence}",
        block.kind.word()
    );
    if let Some(transcript) = &block.transcript {
        let transcript = transcript.trim_end_matches('\n');
        let fence = self::fence(transcript);
        let _ = writeln!(out, "\n{fence}wss-log\n{transcript}\n{fence}");
    }
    out
}

/// Longer than any run of backticks inside, and at least three.
fn fence(text: &str) -> String {
    let mut longest = 2;
    let mut run = 0;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat(longest + 1)
}

/// A name that can stand in an info string, and means itself there.
fn as_name(name: &str) -> String {
    let plain = |letter: char| match letter {
        '`' => '\'',
        '\\' | '&' | '#' | '{' | '}' => ' ',
        letter if letter.is_whitespace() || letter.is_control() => ' ',
        letter => letter,
    };
    let made: String = name.chars().map(plain).take(LONGEST_NAME).collect();
    let made: Vec<&str> = made.split_whitespace().collect();
    let made = made.join(" ");
    if made.is_empty() || !is_visible(&made) {
        "Recorded".to_owned()
    } else {
        made
    }
}

/// A heading's text that means itself.
fn as_title(title: &str) -> String {
    let made = prose(&as_name(title));
    if made.is_empty() {
        "Recorded".to_owned()
    } else {
        made
    }
}

/// A text that means itself in Markdown, on one line.
#[must_use]
pub fn prose(text: &str) -> String {
    let mut out = String::new();
    for letter in Spelling::Plain.line(text).chars() {
        if matches!(
            letter,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '#' | '|' | '~' | '!' | '$'
        ) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

fn unique(name: &str, names: &mut BTreeSet<String>) -> String {
    let mut made = name.to_owned();
    let mut number: u32 = 2;
    while names.contains(&made) {
        made = format!("{name} ({number})");
        number = number.saturating_add(1);
    }
    names.insert(made.clone());
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(name: &str) -> NewBlock {
        NewBlock {
            kind: BlockKind::Client,
            name: name.to_owned(),
            prose: String::new(),
            script: "ws://h/{{ROOM}}\n\n-> text {{PIN}}".to_owned(),
            transcript: None,
            secrets: vec!["PIN".to_owned()],
            vars: vec![("ROOM".to_owned(), "a: b".to_owned())],
            defaults: Vec::new(),
            needed: false,
        }
    }

    #[test]
    fn a_new_document_has_a_title_and_front_matter() {
        let mut new = block("Say `hi`");
        new.transcript = Some("✓ ```\n".to_owned());
        insta::assert_snapshot!(add("", "h", &[new]).unwrap(), @r#"
        ---
        voiden:
          vars:
            ROOM: "a: b"
          secrets: [PIN]
        ---

        # h

        ```/wss Say 'hi'
        ws://h/{{ROOM}}

        -> text {{PIN}}
        ```

        ````wss-log
        ✓ ```
        ````
        "#);
    }

    #[test]
    fn what_is_there_stays_and_front_matter_grows() {
        for (before, front) in [
            (
                "# A\n",
                "---\nvoiden:\n  vars:\n    ROOM: \"a: b\"\n  secrets: [PIN]\n---\n\n# A\n",
            ),
            (
                "---\ntitle: x\n---\n",
                "---\ntitle: x\nvoiden:\n  vars:\n    ROOM: \"a: b\"\n  secrets: [PIN]\n---\n",
            ),
            (
                "---\nvoiden:\n    timeout: 5s\n---\nA",
                "---\nvoiden:\n    vars:\n      ROOM: \"a: b\"\n    secrets: [PIN]\n    timeout: 5s\n---\nA",
            ),
            (
                "---\nvoiden:\n  secrets: [A]\n  vars: {B: c}\n---\n",
                "---\nvoiden:\n  secrets: [A, PIN]\n  vars: {B: c, ROOM: \"a: b\"}\n---\n",
            ),
            (
                "---\nvoiden:\n  secrets:\n    - A\n  vars:\n    B: 'c'\n---\n",
                "---\nvoiden:\n  secrets:\n    - A\n    - PIN\n  vars:\n    B: 'c'\n    ROOM: \"a: b\"\n---\n",
            ),
            (
                "---\nvoiden: {timeout: 5s}\n---\n",
                "---\nvoiden: {vars: {ROOM: \"a: b\"}, secrets: [PIN], timeout: 5s}\n---\n",
            ),
            (
                "---\r\nvoiden:\r\n---\r\n",
                "---\r\nvoiden:\r\n  vars:\r\n    ROOM: \"a: b\"\r\n  secrets: [PIN]\r\n---\r\n",
            ),
        ] {
            let after = add(before, "", &[block("B")]).unwrap();
            assert!(after.starts_with(front), "{after}");
            assert!(after.contains("/wss B"), "{after}");
        }
    }

    #[test]
    fn names_and_variables_do_not_collide() {
        let once = add("", "", &[block("B")]).unwrap();
        let mut other = block("B");
        other.vars = vec![("ROOM".to_owned(), "c".to_owned())];
        let twice = add(&once, "", &[other.clone(), other]).unwrap();
        assert!(twice.contains("/wss B (3)\nws://h/{{ROOM_2}}"), "{twice}");
        assert!(twice.contains("/wss B (2)\nws://h/{{ROOM_2}}"), "{twice}");
        assert!(
            twice.starts_with("---\nvoiden:\n  vars:\n    ROOM: \"a: b\"\n    ROOM_2: \"c\"\n")
        );
    }

    #[test]
    fn a_document_that_takes_no_block_is_told() {
        let sentence = add("a\n\n<!-- open\n", "", &[block("B")]).unwrap_err();
        assert!(sentence.contains("no block can stand"), "{sentence}");
    }
}
