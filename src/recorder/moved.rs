//! A block's script that comes to stand in another document: its files are found from there, and its names called as they
//! are there. Knows paths as they are written; opens no file.

use std::path::{Component, Path};

use crate::script::{Role, Token, TokenClass, tokens};

/// What stands before a path that may be any word.
const FILES: [&str; 3] = ["@cacert ", "@cert ", "@key "];

/// Calls the files of a script as they are called where it comes to stand: `way` leads to where they were named.
#[must_use]
pub fn from_afar(script: &str, role: Role, way: &Path) -> String {
    if way.as_os_str().is_empty() {
        return script.to_owned();
    }
    rewritten(script, &tokens(script, role, &[]), |class, word, before| {
        let (before, path, behind) = match class {
            TokenClass::OptionValue if FILES.iter().any(|name| before.ends_with(name)) => {
                ("", word, "")
            }
            TokenClass::File => {
                let path = word.strip_prefix('@').unwrap_or(word);
                (word.get(..word.len() - path.len())?, path, "")
            }
            TokenClass::Placeholder => {
                let at = word.find("$file")? + "$file".len();
                let path = word.get(at..)?.trim_start();
                let length = path.find([' ', '\t', '}'])?;
                let (path, behind) = path.split_at_checked(length)?;
                let before = word.len() - path.len() - behind.len();
                (word.get(..before)?, path, behind)
            }
            _ => return None,
        };
        Some(format!("{before}{}{behind}", joined(way, path)?))
    })
}

/// A path behind a way to where it begins.
fn joined(way: &Path, path: &str) -> Option<String> {
    let path = Path::new(path);
    if path.is_absolute() || path.has_root() {
        return None;
    }
    let mut parts: Vec<String> = Vec::new();
    for component in way.join(path).components() {
        match component {
            Component::ParentDir if parts.last().is_some_and(|last| last != "..") => {
                parts.pop();
            }
            Component::ParentDir => parts.push("..".to_owned()),
            Component::Normal(part) => parts.push(part.to_str()?.to_owned()),
            _ => {}
        }
    }
    let joined = parts.join("/");
    Some(if joined.starts_with("../") {
        joined
    } else {
        format!("./{joined}")
    })
}

/// Calls a value by another name, wherever a script names it.
pub(super) fn renamed(script: &str, tokens: &[Token], from: &str, to: &str) -> String {
    rewritten(script, tokens, |class, word, _| match class {
        TokenClass::String if word.contains("\\(") => Some(in_string(word, from, to)),
        TokenClass::Variable => (word.strip_prefix('$')? == from).then(|| format!("${to}")),
        TokenClass::Placeholder => {
            let mut before = "";
            let mut out = String::with_capacity(word.len());
            for part in word.split_inclusive([' ', '\t', '{', '}']) {
                let name = part.trim_end_matches([' ', '\t', '{', '}']);
                if name == from && before != "as" {
                    out.push_str(to);
                    out.push_str(part.get(name.len()..)?);
                } else {
                    out.push_str(part);
                }
                if !name.is_empty() {
                    before = name;
                }
            }
            Some(out)
        }
        _ => None,
    })
}

/// The same in a string of an expression, where `$name` stands within `\(…)`.
fn in_string(text: &str, from: &str, to: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (found, _) in text.match_indices('$') {
        let behind = text.get(found + 1..).unwrap_or_default();
        let is_part = |next: char| next.is_alphanumeric() || next == '_';
        if behind
            .strip_prefix(from)
            .is_some_and(|rest| !rest.starts_with(is_part))
        {
            out.push_str(text.get(at..=found).unwrap_or_default());
            out.push_str(to);
            at = found + 1 + from.len();
        }
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// The script with other words for some of its tokens, each of which is shown with what stands before it.
fn rewritten(
    script: &str,
    tokens: &[Token],
    word: impl Fn(TokenClass, &str, &str) -> Option<String>,
) -> String {
    let mut out = String::with_capacity(script.len());
    let mut at = 0;
    for token in tokens {
        let span = token.span;
        let old = script.get(span.start..span.end).unwrap_or_default();
        let before = script.get(..span.start).unwrap_or_default();
        if let Some(new) = word(token.class, old, before)
            && span.start >= at
        {
            out.push_str(script.get(at..span.start).unwrap_or_default());
            out.push_str(&new);
            at = span.end;
        }
    }
    out.push_str(script.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_from_where_a_script_comes_to_stand() {
        let script = "ws://h/\n@proto ./a.proto\n@cacert ca.pem\n@key /abs/k.pem\n\n-> json @../b.json\n\
            -> text {{$file ./c.txt}} ./c.txt\n<- json\n-- schema ./d/../e.json";
        insta::assert_snapshot!(from_afar(script, Role::Client, Path::new("../docs")), @r"
        ws://h/
        @proto ../docs/a.proto
        @cacert ../docs/ca.pem
        @key /abs/k.pem

        -> json @../b.json
        -> text {{$file ../docs/c.txt}} ./c.txt
        <- json
        -- schema ../docs/e.json
        ");
        assert_eq!(from_afar(script, Role::Client, Path::new("")), script);
    }

    #[test]
    fn a_value_is_called_otherwise_wherever_it_is_named() {
        let script = "ws://h/{{ROOM}}?{{$uri ROOM}}\n@let a = $ROOM + \"\\($ROOM)\"\n\n-> text {{ROOMS}} {{ROOM}} $ROOM\n\
            <- text {{$any as ROOM}}\n-- check $ROOM == $ROOMS";
        let tokens = tokens(script, Role::Client, &[]);
        insta::assert_snapshot!(renamed(script, &tokens, "ROOM", "ROOM_2"), @r#"
        ws://h/{{ROOM_2}}?{{$uri ROOM_2}}
        @let a = $ROOM_2 + "\($ROOM_2)"

        -> text {{ROOMS}} {{ROOM_2}} $ROOM
        <- text {{$any as ROOM}}
        -- check $ROOM_2 == $ROOMS
        "#);
    }
}
