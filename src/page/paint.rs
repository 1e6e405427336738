//! A script as coloured pieces: for each line its pieces, each a class and a text. What may not be shown as it is, is
//! spelled out.

use serde_json::{Value, json};

use crate::document::BlockKind;
use crate::report::harmless;
use crate::runner::role;
use crate::script::{TokenClass, painted_lines};

/// The lines of a script, painted.
pub(super) fn paint(text: &str, kind: BlockKind) -> Value {
    let lines = painted_lines(text, role(kind)).into_iter();
    let pieces = lines.map(|pieces| {
        let pieces = pieces.into_iter();
        let pieces =
            pieces.map(|(class, text)| json!([class.map_or("", TokenClass::word), harmless(text)]));
        pieces.collect::<Value>()
    });
    pieces.collect()
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
