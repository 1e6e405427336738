//! A block's body replaced by another text, as edits of the document. Knows containers, fences and line endings; knows no
//! script.

use super::fence::Fence;
use super::{Block, Edit};
use crate::source::Span;

impl Block {
    /// The edits that make the body say `body`, lines joined with LF. Lines at its start and end that stay are not
    /// touched, and the fence becomes longer where a line would close it. `text` is the document's.
    #[must_use]
    pub fn replace_body(&self, text: &str, body: &str) -> Vec<Edit> {
        let fence = Fence::measure(text, self.span, &self.body);
        let Some(closing) = fence.closing else {
            return Vec::new();
        };
        let (before, after) = (lines(self.body.text()), lines(body));
        if before == after {
            return Vec::new();
        }
        let head = alike(before.iter().zip(&after));
        let most = before.len().min(after.len()) - head;
        let tail = alike(before.iter().rev().zip(after.iter().rev())).min(most);
        let places = line_starts(text, fence.line_end, closing.start);
        let place = |line: usize| places.get(line).or(places.last()).copied();
        let (Some(start), Some(end)) = (place(head), place(before.len() - tail)) else {
            return Vec::new();
        };
        let prefix = fence.body_prefix(text);
        let fresh = after.get(head..after.len() - tail).unwrap_or_default();
        let mut written = String::new();
        for line in fresh {
            written.push_str(&in_container(&prefix, line));
            written.push_str(fence.ending);
        }
        let mut edits = vec![Edit {
            span: Span::new(start, end),
            text: written,
        }];
        edits.extend(longer(&fence, closing, &after));
        edits
    }
}

fn lines(body: &str) -> Vec<&str> {
    let body = body.strip_suffix('\n').unwrap_or(body);
    if body.is_empty() {
        return Vec::new();
    }
    body.split('\n').collect()
}

fn alike<'a>(pairs: impl Iterator<Item = (&'a &'a str, &'a &'a str)>) -> usize {
    pairs.take_while(|(one, other)| one == other).count()
}

/// Where the lines between two offsets start, and where the closing line does.
fn line_starts(text: &str, opening: usize, closing: usize) -> Vec<usize> {
    let between = text.get(opening..closing).unwrap_or_default();
    let breaks = between.match_indices('\n');
    breaks.map(|(at, _)| opening + at + 1).collect()
}

fn in_container(prefix: &str, line: &str) -> String {
    if line.is_empty() {
        return prefix.trim_end().to_owned();
    }
    // A block quote marker takes a blank that follows it for its own (CommonMark, 5.1).
    let own = prefix.ends_with('>') && line.starts_with([' ', '\t']);
    format!("{prefix}{}{line}", if own { " " } else { "" })
}

/// Marks that the fence needs besides at its ends, so that no line closes it.
fn longer(fence: &Fence, closing: Span, lines: &[&str]) -> Vec<Edit> {
    let run = |line: &&str| {
        let line = line.trim_start();
        line.len() - line.trim_start_matches(fence.mark).len()
    };
    let needed = lines.iter().map(run).max().map_or(0, |longest| longest + 1);
    let add = |has: Span| {
        let more = needed.saturating_sub(has.len());
        (needed > fence.opening.len() && more > 0).then(|| Edit {
            span: Span::at(has.end),
            text: std::iter::repeat_n(fence.mark, more).collect(),
        })
    };
    [fence.opening, closing]
        .into_iter()
        .filter_map(add)
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::document::{parse, splice};

    fn replaced(text: &str, body: &str) -> String {
        let document = parse(text);
        let after = splice(text, &document.blocks[0].replace_body(text, body));
        assert_eq!(
            parse(&after).blocks[0].body.text().trim_end_matches('\n'),
            body.trim_end_matches('\n'),
            "{after}"
        );
        after
    }

    #[test]
    fn only_lines_that_change_are_touched() {
        let text = "a\r\n\r\n> ```/wss A\r\n>ws://h/\r\n>\r\n> -> text a  \r\n> ```\r\n\r\nb  \r\n";
        assert_eq!(
            replaced(text, "ws://h/\n\n-> text b\n\n-- wait 1s\n"),
            "a\r\n\r\n> ```/wss A\r\n>ws://h/\r\n>\r\n> -> text b\r\n>\r\n> -- wait 1s\r\n> ```\r\n\r\nb  \r\n"
        );
        assert_eq!(replaced(text, "ws://h/\n\n-> text a  \n"), text);
    }

    #[test]
    fn bodies_come_and_go() {
        let text = "- x\n\n  ~~~/wss\n  a\n  b\n  ~~~\n";
        assert_eq!(replaced(text, ""), "- x\n\n  ~~~/wss\n  ~~~\n");
        assert_eq!(
            replaced(text, "a\nc\nb"),
            "- x\n\n  ~~~/wss\n  a\n  c\n  b\n  ~~~\n"
        );
        assert_eq!(replaced("```/wss\n```", "x"), "```/wss\nx\n```");
    }

    #[test]
    fn a_fence_grows_where_a_line_would_close_it() {
        let text = "```/wss A\nws://h/\n```\n\nb\n";
        assert_eq!(
            replaced(text, "ws://h/\n-> text\n````\n"),
            "`````/wss A\nws://h/\n-> text\n````\n`````\n\nb\n"
        );
    }
}
