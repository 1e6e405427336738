//! A script as coloured pieces: for each line its pieces, each a class and a text. What may not be shown as it is, is
//! spelled out.

use serde_json::{Value, json};

use crate::document::BlockKind;
use crate::report::harmless;
use crate::script::{Role, tokens};

/// A script longer than this is not painted.
const LARGEST: usize = 256 << 10;

/// The lines of a script, painted.
pub(super) fn paint(text: &str, kind: BlockKind) -> Value {
    let role = match kind {
        BlockKind::Client => Role::Client,
        BlockKind::Server => Role::Server,
        BlockKind::Http => Role::Http,
    };
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
        let mut at = start;
        while let Some(token) = tokens.next_if(|token| token.span.start < end) {
            push(&mut pieces, "", text.get(at..token.span.start));
            let inside = token.span.start..token.span.end.min(end);
            at = inside.end;
            push(&mut pieces, token.class.word(), text.get(inside));
        }
        push(&mut pieces, "", text.get(at..end));
        lines.push(Value::Array(pieces));
        start = end + 1;
    }
    Value::Array(lines)
}

fn push(pieces: &mut Vec<Value>, class: &str, text: Option<&str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        pieces.push(json!([class, harmless(text)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_painted_whole() {
        let text = "ws://h/\n\n-> text a\u{202e}b\n@timeout 1s\n";
        let painted = paint(text, BlockKind::Client);
        let lines: Vec<String> = painted
            .as_array()
            .unwrap()
            .iter()
            .map(|line| {
                let pieces = line.as_array().unwrap().iter();
                pieces.map(|piece| piece[1].as_str().unwrap()).collect()
            })
            .collect();
        assert_eq!(lines, ["ws://h/", "", "-> text a\\u{202e}b", "@timeout 1s"]);
        assert_eq!(painted[2][0], json!(["mark", "->"]));
    }
}
