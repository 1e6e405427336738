//! A typed `<-` with placeholders where what it matched changes by nature and it says nothing of it. Knows the text of one
//! step and the pattern of what it matched; knows no session.

use std::iter::Peekable;
use std::ops::Range;
use std::vec::IntoIter;

use super::literal::{LiteralPart, quoted};
use super::message::MessagePattern;
use super::pattern_tree::PatternTree;
use crate::format::Format;
use crate::format::json::{JsonToken, JsonTokenKind, tokens};
use crate::script::begins_step;

/// The step with what it does not mention left open; `None`: it stands as it is.
pub(super) fn widened(step: &str, pattern: &MessagePattern) -> Option<String> {
    let mark = step.find("<-").map(|at| at + 2);
    let mark = mark.or_else(|| step.find('←').map(|at| at + '←'.len_utf8()))?;
    let behind = step.get(mark..)?;
    let word = behind.trim_start_matches([' ', '\t']);
    let word = word.split([' ', '\t', '\n']).next().unwrap_or_default();
    let has_word = word == "proto" || Format::from_word(word).is_some();
    let mut start = mark;
    if has_word {
        start = mark + behind.find(word)? + word.len();
        if word == "proto" {
            // Its message's name stands before the pattern.
            let rest = step.get(start..)?;
            let name = rest.split_whitespace().next().unwrap_or_default();
            start += rest.find(name)? + name.len();
        }
    }
    let end = end_of_body(step, start);
    let body = step.get(start..end)?;
    if !body.trim().is_empty() {
        let MessagePattern::Json(_, tree) = pattern else {
            return None;
        };
        let edits = edits(body, tree)?;
        return (!edits.is_empty()).then(|| apply(step, start, edits));
    }
    let open = whole(pattern)?;
    let before = step.get(..mark)?;
    Some(format!("{before} {open}{}", step.get(start..)?))
}

/// The pattern that a `<-` without one has: of JSON what changes, else the whole.
fn whole(pattern: &MessagePattern) -> Option<String> {
    match pattern {
        MessagePattern::Json(word, tree) => {
            let changing = changing(tree)?;
            Some(MessagePattern::Json(word.clone(), changing).written())
        }
        MessagePattern::Text(parts) | MessagePattern::BinaryText(parts) => {
            let changes = parts
                .iter()
                .any(|part| matches!(part, LiteralPart::Slot(_)));
            changes.then(|| pattern.written())
        }
        MessagePattern::Xml(body) => body.contains("{{").then(|| pattern.written()),
        MessagePattern::Binary(bytes) => {
            let changes = bytes.iter().any(Option::is_none);
            changes.then(|| pattern.written())
        }
        MessagePattern::Format(_) => None,
    }
}

/// What of a part changes by nature; members that do not are left out.
fn changing(tree: &PatternTree) -> Option<PatternTree> {
    match tree {
        PatternTree::Plain(_) => None,
        PatternTree::Open(_) => Some(tree.clone()),
        PatternTree::Text(parts) => {
            let changes = parts
                .iter()
                .any(|part| matches!(part, LiteralPart::Slot(_)));
            changes.then(|| tree.clone())
        }
        // An array's pattern has all its elements.
        PatternTree::Array { elements, .. } => {
            let changes = elements.iter().any(|element| changing(element).is_some());
            changes.then(|| tree.clone())
        }
        PatternTree::Object(members) => {
            let changing = members
                .iter()
                .filter_map(|(key, member)| Some((key.clone(), changing(member)?)));
            let changing: Vec<_> = changing.collect();
            (!changing.is_empty()).then_some(PatternTree::Object(changing))
        }
    }
}

/// Where the body ends that begins behind a format: at the next line that is a step of its own, or refines this one.
fn end_of_body(step: &str, start: usize) -> usize {
    let text = step.get(start..).unwrap_or_default();
    let mut at = start;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if index > 0 && begins_step(line.trim_end(), false) {
            break;
        }
        at += line.len();
    }
    let body = step.get(start..at).unwrap_or_default();
    start + body.trim_end().len()
}

/// Something to be put in at a place of the body.
type Insertion = (usize, String);

fn apply(step: &str, start: usize, mut edits: Vec<Insertion>) -> String {
    edits.sort_by_key(|(at, _)| *at);
    let mut out = String::with_capacity(step.len() * 2);
    let mut from = 0;
    for (at, new) in edits {
        let at = start + at;
        out.push_str(step.get(from..at).unwrap_or_default());
        out.push_str(&new);
        from = at;
    }
    out.push_str(step.get(from..).unwrap_or_default());
    out
}

fn edits(body: &str, tree: &PatternTree) -> Option<Vec<Insertion>> {
    let masked = masked(body);
    let tokens: Vec<JsonToken> = tokens(masked.as_bytes())
        .filter(|token| token.kind != JsonTokenKind::Blank)
        .collect();
    let mut walk = PatternWalk {
        body,
        tokens: tokens.into_iter().peekable(),
        edits: Vec::new(),
    };
    walk.value(Some(tree))?;
    walk.tokens.next().is_none().then_some(walk.edits)
}

/// The text with placeholders as words of the same length, which are no JSON.
fn masked(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, behind)) = rest.split_once("{{") {
        out.push_str(before);
        let closing = if behind.starts_with("$match") {
            "/}}"
        } else {
            "}}"
        };
        let opens = behind.starts_with(|next: char| next.is_alphabetic() || "_$".contains(next));
        if let Some(end) = behind.find(closing).filter(|_| opens) {
            let end = end + closing.len();
            out.push_str(&"w".repeat(2 + end));
            rest = behind.get(end..).unwrap_or_default();
        } else {
            out.push_str("{{");
            rest = behind;
        }
    }
    out.push_str(rest);
    out
}

/// Goes through a pattern as it was typed, beside one that was made.
struct PatternWalk<'a> {
    body: &'a str,
    tokens: Peekable<IntoIter<JsonToken>>,
    edits: Vec<Insertion>,
}

impl PatternWalk<'_> {
    /// A value; `None`: it is not understood.
    fn value(&mut self, tree: Option<&PatternTree>) -> Option<()> {
        let token = self.tokens.next()?;
        match token.kind {
            JsonTokenKind::Word | JsonTokenKind::String => {
                self.scalar(&token.range, tree);
                Some(())
            }
            JsonTokenKind::Open => match self.body.get(token.range.clone())? {
                "{" => self.object(token.range.end, tree),
                _ => self.array(tree),
            },
            _ => None,
        }
    }

    /// What is a secret is kept under a name where its place is open.
    fn scalar(&mut self, range: &Range<usize>, tree: Option<&PatternTree>) {
        let Some(PatternTree::Open(slot)) = tree else {
            return;
        };
        let name = slot
            .strip_prefix("{{$any as ")
            .and_then(|rest| rest.strip_suffix("}}"));
        let text = self.body.get(range.clone()).unwrap_or_default();
        let inside = text.trim_matches('"');
        let is_open = inside.starts_with("{{$") && inside.ends_with("}}");
        if let Some(name) = name
            && is_open
            && inside.matches("{{").count() == 1
            && !inside.contains(" as ")
        {
            let quote = usize::from(text.ends_with('"'));
            let at = range.end.saturating_sub(2 + quote);
            self.edits.push((at, format!(" as {name}")));
        }
    }

    fn object(&mut self, start: usize, tree: Option<&PatternTree>) -> Option<()> {
        let members = match tree {
            Some(PatternTree::Object(members)) => members.as_slice(),
            _ => &[],
        };
        let mut mentioned: Vec<String> = Vec::new();
        let mut end = start;
        loop {
            let token = self.tokens.next()?;
            match token.kind {
                JsonTokenKind::Close => break,
                JsonTokenKind::Comma => {}
                JsonTokenKind::String => {
                    let key = self.body.get(token.range)?;
                    let key: String = serde_json::from_str(&key.replace("\\{{", "{{")).ok()?;
                    let colon = self.tokens.next()?;
                    if colon.kind != JsonTokenKind::Colon {
                        return None;
                    }
                    let member = members.iter().find(|(known, _)| *known == key);
                    self.value(member.map(|(_, member)| member))?;
                    mentioned.push(key);
                    end = self.end_of_last()?;
                }
                _ => return None,
            }
        }
        let missing = members.iter().filter(|(key, _)| !mentioned.contains(key));
        let missing = missing.filter_map(|(key, member)| {
            let key = quoted(&[LiteralPart::Words(key.clone())]);
            Some(format!("{key}: {}", changing(member)?.on_line()))
        });
        let missing: Vec<String> = missing.collect();
        if !missing.is_empty() {
            let comma = if mentioned.is_empty() { "" } else { ", " };
            let missing = missing.join(", ");
            self.edits.push((end, format!("{comma}{missing}")));
        }
        Some(())
    }

    /// Where the value ends that was read last: before what comes next, and the blanks before that.
    fn end_of_last(&mut self) -> Option<usize> {
        let next = self.tokens.peek()?.range.start;
        let before = self.body.get(..next)?;
        Some(before.trim_end().len())
    }

    fn array(&mut self, tree: Option<&PatternTree>) -> Option<()> {
        let elements = match tree {
            Some(PatternTree::Array { elements, .. }) => elements.as_slice(),
            _ => &[],
        };
        let mut index = 0;
        loop {
            match self.tokens.peek()?.kind {
                JsonTokenKind::Close => {
                    self.tokens.next();
                    return Some(());
                }
                JsonTokenKind::Comma => {
                    self.tokens.next();
                }
                _ => {
                    self.value(elements.get(index))?;
                    index += 1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern() -> MessagePattern {
        let open = |slot: &str| PatternTree::Open(slot.to_owned());
        let member = |key: &str, tree: PatternTree| (key.to_owned(), tree);
        let plain = |word: &str| PatternTree::Plain(word.to_owned());
        MessagePattern::Json(
            "json".to_owned(),
            PatternTree::Object(vec![
                member("a", plain("1")),
                member("id", open("{{$uuid}}")),
                member("key", open("{{$any as key}}")),
                member(
                    "in",
                    PatternTree::Object(vec![
                        member("b", plain("2")),
                        member("at", open("{{$datetime}}")),
                    ]),
                ),
                member(
                    "list",
                    PatternTree::Array {
                        elements: vec![plain("1"), plain("2")],
                        rest: false,
                    },
                ),
            ]),
        )
    }

    #[test]
    fn what_is_not_mentioned_and_changes_is_left_open() {
        let rest = r#""id": {{$uuid}}, "key": {{$any as key}}, "in": {"at": {{$datetime}}}"#;
        for (typed, expected) in [
            ("<- json", format!("<- json {{{rest}}}")),
            ("<-", format!("<- json {{{rest}}}")),
            ("bob <- json {}", format!("bob <- json {{{rest}}}")),
            (
                "<- json\n-- within 2s",
                format!("<- json {{{rest}}}\n-- within 2s"),
            ),
            (
                r#"<- {"a": {{$match /^\d{1,2}$/}}}"#,
                format!(r#"<- {{"a": {{{{$match /^\d{{1,2}}$/}}}}, {rest}}}"#),
            ),
            (
                "<- json\n{\n  \"a\": 1\n}\n-- check .a",
                format!("<- json\n{{\n  \"a\": 1, {rest}\n}}\n-- check .a"),
            ),
            (
                r#"<- json {"id": "{{$string as it}}", "in": {"b": 2}, "key": "{{$any}}"}"#,
                r#"<- json {"id": "{{$string as it}}", "in": {"b": 2, "at": {{$datetime}}}, "key": "{{$any as key}}"}"#
                    .to_owned(),
            ),
        ] {
            assert_eq!(widened(typed, &pattern()).as_deref(), Some(&*expected), "{typed}");
        }
        let whole = r#"<- {"id": {{$any}}, "key": {{$any as k}}, "in": {{$any}}}"#;
        for typed in [whole, "<- text x", "<- json {", "<- json {{$any}}"] {
            assert_eq!(widened(typed, &pattern()), None, "{typed}");
        }
    }
}
