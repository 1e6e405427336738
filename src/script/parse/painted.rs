//! A block's text as lines of coloured pieces, for whoever shows it whole.

use super::tokens::{Token, TokenClass, tokens};
use crate::script::Role;

/// A script longer than this has no colours.
const LARGEST: usize = 256 << 10;

/// A stretch of a line, and what it is if it has a class.
pub type PaintedPiece<'a> = (Option<TokenClass>, &'a str);

/// The lines of a block's text, each whole in its pieces, none of which is empty.
#[must_use]
pub fn painted_lines(text: &str, role: Role) -> Vec<Vec<PaintedPiece<'_>>> {
    let tokens = if text.len() > LARGEST {
        Vec::new()
    } else {
        tokens(text, role, &[])
    };
    let mut tokens = tokens.iter().peekable();
    let mut start = 0;
    let mut lines = Vec::new();
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        let end = start + line.len();
        let mut pieces = Vec::new();
        let mut push = |class, from, until| {
            let piece = text.get(from..until).filter(|piece| !piece.is_empty());
            pieces.extend(piece.map(|piece| (class, piece)));
        };
        let mut at = start;
        while let Some(Token { span, class }) = tokens.next_if(|token| token.span.start < end) {
            let until = span.end.min(end);
            push(None, at, span.start);
            push(Some(*class), span.start, until);
            at = until;
        }
        push(None, at, end);
        lines.push(pieces);
        start = end + 1;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_whole() {
        let text = "ws://h/\n\n-> text a  b\n@timeout 1s\n  \n";
        let lines = painted_lines(text, Role::Client);
        let whole = |line: &Vec<PaintedPiece<'_>>| line.iter().map(|(_, piece)| *piece).collect();
        let joined: Vec<String> = lines.iter().map(whole).collect();
        assert_eq!(joined.join("\n") + "\n", text);
        assert_eq!(lines[2][0], (Some(TokenClass::Mark), "->"));
        let large = format!("ws://h/\n{}", "-> text a\n".repeat(30_000));
        let lines = painted_lines(&large, Role::Client);
        assert_eq!(lines.len(), 30_001);
        assert_eq!(lines[1], [(None, "-> text a")]);
    }
}
