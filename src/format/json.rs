//! Splits JSON into tokens with their places. Total: a placeholder (`{{NAME}}`) is a token of its own, a string that is
//! never closed goes to the end, and everything else that is not JSON is a word. Judges nothing.

use std::ops::Range;

/// What a stretch of a JSON text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonTokenKind {
    /// White space.
    Blank,
    /// `{` or `[`
    Open,
    /// `}` or `]`
    Close,
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// A string, its quotes included.
    String,
    /// A string that is never closed.
    UnclosedString,
    /// `{{NAME}}` outside of strings.
    Placeholder,
    /// A number, `true`, `false`, `null`, or whatever else stands between the others.
    Word,
}

/// A token and its place in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JsonToken {
    pub(crate) kind: JsonTokenKind,
    pub(crate) range: Range<usize>,
}

/// The tokens of a text, which they cover without a gap.
pub(crate) fn tokens(text: &[u8]) -> impl Iterator<Item = JsonToken> {
    tokens_from(text, 0)
}

/// The tokens from an offset on, at which one begins.
pub(crate) fn tokens_from(text: &[u8], start: usize) -> impl Iterator<Item = JsonToken> {
    let mut at = start;
    std::iter::from_fn(move || {
        let (kind, end) = token(text, at)?;
        let range = at..end;
        at = end;
        Some(JsonToken { kind, range })
    })
}

/// The offset behind the closing quote of the string that begins at `start`; `None`: it is never closed.
pub(crate) fn string_end(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match text.get(at)? {
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

fn token(text: &[u8], at: usize) -> Option<(JsonTokenKind, usize)> {
    use JsonTokenKind as Kind;
    let rest = text.get(at..)?;
    let one = |kind| Some((kind, at + 1));
    match rest.first()? {
        b'{' => match placeholder(rest) {
            Some(length) => Some((Kind::Placeholder, at + length)),
            None => one(Kind::Open),
        },
        b'[' => one(Kind::Open),
        b'}' | b']' => one(Kind::Close),
        b',' => one(Kind::Comma),
        b':' => one(Kind::Colon),
        b'"' => Some(match string_end(text, at) {
            Some(end) => (Kind::String, end),
            None => (Kind::UnclosedString, text.len()),
        }),
        b' ' | b'\t' | b'\r' | b'\n' => {
            let length = rest.iter().take_while(|byte| is_blank(**byte)).count();
            Some((Kind::Blank, at + length))
        }
        _ => {
            let length = rest.iter().take_while(|byte| is_word(**byte)).count();
            Some((Kind::Word, at + length))
        }
    }
}

/// The length of the `{{NAME}}` at the start: a second brace cannot stand there in JSON.
fn placeholder(text: &[u8]) -> Option<usize> {
    let inside = text.strip_prefix(b"{{")?;
    let ends = |byte: &u8| byte.is_ascii() && !is_name(char::from(*byte));
    let length = inside.iter().position(ends)?;
    let name = std::str::from_utf8(inside.get(..length)?).ok()?;
    let is_closed = inside.get(length..)?.starts_with(b"}}");
    (is_closed && name.chars().all(is_name)).then_some(length + 4)
}

fn is_name(next: char) -> bool {
    next.is_alphanumeric() || matches!(next, '_' | '-' | '.' | '$')
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn is_word(byte: u8) -> bool {
    !is_blank(byte) && !matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':' | b'"')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// Each token but blanks as it stands, with the letter of its kind.
    fn told(text: &str) -> String {
        let told = tokens(text.as_bytes()).filter(|token| token.kind != JsonTokenKind::Blank);
        let told = told.map(|token| {
            let kind = match token.kind {
                JsonTokenKind::String => "s",
                JsonTokenKind::UnclosedString => "u",
                JsonTokenKind::Placeholder => "p",
                JsonTokenKind::Word => "w",
                _ => "",
            };
            format!("{kind}{}", text.get(token.range).unwrap())
        });
        told.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn tokens_are_told_apart() {
        for (text, expected) in [
            (r#"{"a": [1, true]}"#, r#"{ s"a" : [ w1 , wtrue ] }"#),
            (r#"["\"", "\\", "a"#, r#"[ s"\"" , s"\\" , u"a"#),
            (
                "[{{PIN}}, 9{{$rest}}1, {{a b}}]",
                "[ p{{PIN}} , w9 p{{$rest}} w1 , { { wa wb } } ]",
            ),
            ("{{{}}}", "{ p{{}} }"),
            ("?? 1'x'", "w?? w1'x'"),
            ("{{é}}{{—}}", "p{{é}} { { w— } }"),
            ("\"\\", "u\"\\"),
            ("", ""),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            r#"["\\{}\[\],: a-c\n\u{e9}]{0,8}"#.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((r#"["\\a:{]{0,3}"#, inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn tokens_cover_any_text(text in r#"[\[\]{}:,"\\a1$? \n\u{e9}]{0,40}"#) {
            let mut end = 0;
            for token in tokens(text.as_bytes()) {
                prop_assert_eq!(token.range.start, end);
                prop_assert!(token.range.end > end);
                prop_assert!(text.get(token.range.clone()).is_some());
                end = token.range.end;
            }
            prop_assert_eq!(end, text.len());
        }

        #[test]
        fn tokens_of_json_are_its_own(value in json()) {
            let text = serde_json::to_string_pretty(&value).unwrap();
            let mut compact = String::new();
            for token in tokens(text.as_bytes()) {
                let part = text.get(token.range).unwrap();
                match token.kind {
                    JsonTokenKind::Blank => continue,
                    JsonTokenKind::String => {
                        prop_assert!(serde_json::from_str::<String>(part).is_ok(), "{}", part);
                    }
                    JsonTokenKind::Word => {
                        prop_assert!(serde_json::from_str::<Value>(part).is_ok(), "{}", part);
                    }
                    JsonTokenKind::UnclosedString | JsonTokenKind::Placeholder => {
                        prop_assert!(false, "{}", part);
                    }
                    _ => prop_assert_eq!(part.len(), 1),
                }
                compact.push_str(part);
            }
            prop_assert_eq!(compact, value.to_string());
        }
    }
}
