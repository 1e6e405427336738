//! Where the cursor is: in which block, on which line of its script, behind which words. Knows no protocol.

use super::buffer::block_at;
use crate::document::{self, Block, BlockKind, Document};
use crate::runner::role;
use crate::script::{Role, TokenClass, tokens};
use crate::source::Span;

/// A place in the script of a block.
#[derive(Debug)]
pub(super) struct ScriptCursor<'a> {
    pub(super) block: &'a Block,
    pub(super) role: Role,
    /// The place in the block's text.
    pub(super) at: usize,
    /// Its line up to there.
    pub(super) before: &'a str,
    /// All of its line.
    pub(super) line: &'a str,
    /// Whether no step stands above the line.
    pub(super) in_head: bool,
    /// Whether a handler does.
    pub(super) in_handler: bool,
    /// The clients that the head declares.
    pub(super) clients: Vec<&'a str>,
}

impl<'a> ScriptCursor<'a> {
    /// The place of an offset in the document, if that lies in a script.
    pub(super) fn at(document: &'a Document, text: &str, offset: usize) -> Option<Self> {
        let block = block_at(document, offset)?;
        let body = block.body.text();
        let place = line_at(block, text, offset)?;
        let (start, end) = (place.start, place.end);
        let column = offset
            .saturating_sub(block.body.origin(start))
            .min(end - start);
        let at = start + column;
        let role = role(block.kind);
        let above = tokens(body.get(..start)?, role, &[]);
        let marks = above.iter().filter(|token| token.class == TokenClass::Mark);
        let handles = |token: &&crate::script::Token| {
            let behind = body.get(token.span.end..).unwrap_or_default().trim_start();
            ["on ", "every "]
                .iter()
                .any(|word| behind.starts_with(word))
        };
        let head = body.lines().take_while(|line| !is_step(line));
        let clients = head.filter_map(|line| line.trim().strip_prefix("@clients "));
        Some(Self {
            block,
            role,
            at,
            before: body.get(start..at)?,
            line: body.get(start..end)?,
            in_head: marks.clone().next().is_none(),
            in_handler: marks.clone().any(|mark| handles(&mark)),
            clients: clients
                .flat_map(|names| names.split(','))
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .collect(),
        })
    }

    /// The place in the document of what stands before the cursor on its line, from `start` of that on.
    pub(super) fn typed_from(&self, start: usize) -> Span {
        let from = self.at - self.before.len() + start;
        self.block.body.span(Span::new(from, self.at.max(from)))
    }
}

/// The line of a block's text that a place in the document lies on, without its end.
fn line_at(block: &Block, text: &str, offset: usize) -> Option<Span> {
    let body = block.body.text();
    let same_line = |origin: usize| {
        origin <= offset && !text.get(origin..offset).unwrap_or("\n").contains('\n')
    };
    let mut at = 0;
    let mut found = None;
    for line in body.split_inclusive('\n') {
        let origin = block.body.origin(at);
        if origin > offset {
            break;
        }
        if same_line(origin) {
            let written = line.trim_end_matches('\n').len();
            found = Some(Span::new(at, at + written));
        }
        at += line.len();
    }
    if found.is_some() {
        return found;
    }
    // A blank line that a script ends with, or the first one of an empty script, has no text yet.
    let opens = text.get(block.span.start..offset)?.contains('\n');
    let is_blank = text.get(..offset)?.rsplit('\n').next()?;
    let is_blank = is_blank
        .trim_start_matches(['>', ' ', '\t', '\r'])
        .is_empty();
    let behind = text.get(offset..)?.lines().next().unwrap_or_default();
    (opens && is_blank && behind.trim().is_empty()).then(|| Span::at(at))
}

fn is_step(line: &str) -> bool {
    let line = line.trim_start();
    let is_part = |next: char| next.is_alphanumeric() || matches!(next, '_' | '-');
    let marks = ["->", "<-", "--", "→", "←"];
    let behind = line.trim_start_matches(is_part).trim_start();
    marks
        .iter()
        .any(|mark| line.starts_with(mark) || behind.starts_with(mark))
}

/// Whether a block could begin on the line of a place: it stands in no fence and nothing but the beginning of a block's word
/// stands there. Gives the place of what is typed of it.
pub(super) fn block_word(document: &Document, text: &str, offset: usize) -> Option<Span> {
    let line = text.get(..offset)?.rsplit('\n').next()?;
    let typed = line.trim_start_matches(['>', ' ', '\t']);
    let words = [BlockKind::Client, BlockKind::Server, BlockKind::Http].map(BlockKind::word);
    let is_word = words.iter().any(|word| word.starts_with(typed));
    if !is_word || typed.is_empty() || block_at(document, offset).is_some() {
        return None;
    }
    // A fence that is put there is one of ours, unless it lies inside of another one.
    let start = offset - typed.len();
    let (before, behind) = (text.get(..start)?, text.get(offset..)?);
    let prefix = line.strip_suffix(typed)?;
    let tried = format!("{before}```/wss\n{prefix}```{behind}");
    let blocks = document::parse(&tried).blocks;
    let begins = blocks.iter().any(|block| block.span.start == start);
    begins.then(|| Span::new(start, offset))
}

/// The word of a fence that is being typed: ```` ```/w ````.
pub(super) fn fence_word(document: &Document, text: &str, offset: usize) -> Option<Span> {
    let line = text.get(..offset)?.rsplit('\n').next()?;
    let marks = line.trim_start_matches(['>', ' ', '\t']);
    let typed = marks.trim_start_matches(['`', '~']);
    let fence = marks.len() - typed.len();
    let is_typed = fence >= 3 && typed.starts_with('/') && !typed.contains(' ');
    let inside = block_at(document, offset).is_some_and(|block| {
        let opening = text.get(block.span.start..offset).unwrap_or_default();
        opening.contains('\n')
    });
    (is_typed && !inside).then(|| Span::new(offset - typed.len(), offset))
}

/// Whether a place is on an indented line below `voiden:` in the front matter. Gives the place of what is typed.
pub(super) fn front_matter_key(text: &str, offset: usize) -> Option<Span> {
    let before = text.get(..offset)?.strip_prefix("---")?;
    let mut ours = false;
    let mut lines = before.split('\n').skip(1).peekable();
    while let Some(line) = lines.next() {
        let is_last = lines.peek().is_none();
        if line.trim_end() == "---" || line.trim_end() == "..." {
            return None;
        }
        if is_last {
            let typed = line.trim_start();
            let is_key = typed
                .chars()
                .all(|next| next.is_alphanumeric() || next == '-');
            let indented = line.len() > typed.len();
            return (ours && is_key && indented).then(|| Span::new(offset - typed.len(), offset));
        }
        if !line.starts_with([' ', '\t']) && !line.trim().is_empty() {
            ours = line
                .trim_end()
                .strip_suffix(':')
                .is_some_and(|key| key.trim() == "voiden");
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text without its bar, and where that was.
    fn cut(text: &str) -> (String, usize) {
        let at = text.find('¦').unwrap();
        (text.replacen('¦', "", 1), at)
    }

    #[test]
    fn the_place_in_a_script_is_found_in_its_containers() {
        for (text, expected) in [
            ("```/wss A\nws://a/\n-> js¦on\n```\n", Some(("-> js", true))),
            (
                "> ```/wss A\n> ws://a/\n> @ti¦\n> ```\n",
                Some(("@ti", true)),
            ),
            ("- ```/wss A\n  ws://a/\n  ¦\n  ```\n", Some(("", true))),
            ("```/wss A\n¦\n```\n", Some(("", true))),
            ("```/wss A\n¦```\n", None),
            ("prose ¦\n\n```/wss A\nws://a/\n```\n", None),
            ("```/wss ¦A\nws://a/\n```\n", None),
        ] {
            let (text, at) = cut(text);
            let document = document::parse(&text);
            let cursor = ScriptCursor::at(&document, &text, at);
            let found = cursor.map(|cursor| (cursor.before, cursor.in_head));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_block_begins_where_no_fence_is() {
        for (text, begins) in [
            ("/w¦\n", true),
            ("prose\n\n> /wss¦\n", true),
            ("- a\n\n  /h¦", true),
            ("see /w¦\n", false),
            ("```js\n/w¦\n```\n", false),
            ("```/wss A\nws://a/\n/w¦\n```\n", false),
        ] {
            let (text, at) = cut(text);
            let document = document::parse(&text);
            let found = block_word(&document, &text, at).is_some();
            assert_eq!(found, begins, "{text}");
        }
        let (text, at) = cut("```/ws¦\n");
        assert_eq!(
            fence_word(&document::parse(&text), &text, at),
            Some(Span::new(3, 6))
        );
    }

    #[test]
    fn keys_stand_below_voiden_alone() {
        for (text, stands) in [
            ("---\nvoiden:\n  ti¦", true),
            ("---\ntitle: x\nvoiden:\n  vars:\n    A: b\n  ¦", true),
            ("---\nvoiden:\n  timeout: 5¦", false),
            ("---\nother:\n  ti¦", false),
            ("---\nvoiden:\n  a: b\n---\n  ti¦", false),
            ("  ti¦", false),
        ] {
            let (text, at) = cut(text);
            assert_eq!(front_matter_key(&text, at).is_some(), stands, "{text}");
        }
    }
}
