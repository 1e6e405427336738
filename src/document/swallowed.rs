//! Lines inside a fence that open another one: the fence around them was probably never closed. Knows what opening lines
//! look like; does not know which lines a block is made of.

use super::info::{self, InfoKind};

/// The opening line that stands inside of a fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Swallowed {
    /// Where the line starts in the fence's text.
    pub(super) at: usize,
    /// Whose fence it opens; `None`: it is not one of ours.
    pub(super) kind: Option<InfoKind>,
}

/// Whether [`find`] may find something in the text of a fence, by the lines that it takes in the document, the first one
/// left out: of most fences nothing else need be read.
pub(super) fn may_be_in(lines: &str) -> bool {
    let mut behind = lines.split(['\n', '\r']).skip(1);
    behind.any(|line| {
        // What a line of a container begins with.
        let line = line.trim_start_matches([' ', '\t', '>']);
        let info = line.trim_start_matches(['`', '~']);
        line.len() - info.len() >= 3 && !info.trim_ascii_end().is_empty()
    })
}

/// Finds the first line that opens one of our fences, else the first that opens another, in the text of a fence that
/// is `length` times `mark` long. A fence around a shorter one is closed by its own line only (CommonMark, 4.5), so what
/// stands in it may be meant.
///
/// With `any_mark` a line of ours counts whatever its own mark is.
pub(super) fn find(text: &str, mark: char, length: usize, any_mark: bool) -> Option<Swallowed> {
    // Most fences have none, and that is told at once.
    if !text.contains("```") && !text.contains("~~~") {
        return None;
    }
    let mut other = None;
    let mut at = 0;
    for line in text.split('\n') {
        if let Some((own, word)) = opening(line, length) {
            let kind = InfoKind::from_word(word).filter(|_| own == mark || any_mark);
            if kind.is_some() {
                return Some(Swallowed { at, kind });
            }
            if own == mark && other.is_none() {
                other = Some(Swallowed { at, kind });
            }
        }
        at += line.len() + 1;
    }
    other
}

/// The mark and the first word of a line that opens a fence of at least that length.
fn opening(line: &str, least: usize) -> Option<(char, &str)> {
    let start = line.trim_start_matches(' ');
    if line.len() - start.len() > 3 {
        return None;
    }
    let mark = start
        .chars()
        .next()
        .filter(|next| matches!(next, '`' | '~'))?;
    let behind = start.trim_start_matches(mark);
    let (word, _) = info::split(behind);
    // What has a backtick in it is a code span (CommonMark, 4.5).
    let span = mark == '`' && behind.contains('`');
    (!word.is_empty() && !span && start.len() - behind.len() >= least.max(3))
        .then_some((mark, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_open_a_fence_are_seen_in_containers() {
        for (lines, expected) in [
            ("```json\n{}\n```\n", false),
            ("~~~\n~~\n  ~~~~  ", false),
            ("```json", false),
            ("```json\n{}\n```/wss\n", true),
            ("> ```json\r\n>  ~~~ /wss\r\n> ```\r\n", true),
            ("```json\r````/wss\r```", true),
        ] {
            assert_eq!(may_be_in(lines), expected, "{lines}");
        }
    }

    #[test]
    fn a_line_of_ours_is_found_before_others() {
        let found = |text, any_mark| find(text, '`', 3, any_mark);
        let ours = |at| {
            let kind = Some(InfoKind::Client);
            Some(Swallowed { at, kind })
        };
        let other = |at| Some(Swallowed { at, kind: None });
        for (text, whatever_mark, same_mark) in [
            ("a\n```/wss B\nb", ours(2), ours(2)),
            ("```json\n{}\n   ````/wss", ours(11), ours(11)),
            ("```json\n{}", other(0), other(0)),
            ("a\n~~~ /wss", ours(2), None),
            ("    ```/wss", None, None),
            ("``/wss\n``` a`b\n```\n~~~sh", None, None),
            ("", None, None),
        ] {
            assert_eq!(found(text, true), whatever_mark, "{text}");
            assert_eq!(found(text, false), same_mark, "{text}");
        }
        assert_eq!(find("```/wss", '`', 4, true), None);
    }
}
