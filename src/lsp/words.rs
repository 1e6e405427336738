//! What could stand on a line of a script: options and their values, steps, formats, clients.

use super::cursor::ScriptCursor;
use super::item::{Item, ItemKind};
use super::reference;
use crate::format::Format;
use crate::script::{OPTIONS, STEPS, StepInfo};
use crate::source::Span;

/// `@ti`, `@log ma`
pub(super) fn option_line(
    cursor: &ScriptCursor<'_>,
    start: usize,
    rest: &str,
) -> Option<(Span, Vec<Item>)> {
    if !cursor.in_head {
        return None;
    }
    let Some((name, value)) = rest.split_once(' ') else {
        let fitting = OPTIONS.iter().filter(|info| info.takes(cursor.role));
        let items = fitting.map(|info| {
            let item = Item::new(format!("@{}", info.name), ItemKind::Property);
            let blank = if info.alone { "" } else { " " };
            item.text(format!("@{}{blank}", info.name))
                .detail(info.example)
                .told(reference::option(info))
        });
        return Some((cursor.typed_from(start), items.collect()));
    };
    let info = reference::option_named(name)?;
    let typed = value.rsplit([' ', ',']).next().unwrap_or_default();
    let from = cursor.before.len() - typed.len();
    let mut values = reference::choices(info);
    if info.name == "decode" {
        let words = ["gzip", "zlib", "deflate", "msgpack", "cbor", "proto"];
        values = words.map(str::to_owned).into();
    }
    if values.is_empty() && !info.example.is_empty() {
        values.push(info.example.to_owned());
    }
    let items = values
        .into_iter()
        .map(|value| Item::new(value, ItemKind::Value));
    Some((cursor.typed_from(from), items.collect()))
}

/// `-`, `-> js`, `alice <- `, `-- wa`
pub(super) fn step_line(
    cursor: &ScriptCursor<'_>,
    start: usize,
    line: &str,
) -> Option<(Span, Vec<Item>)> {
    let named = |line: &'_ str| {
        let (who, rest) = line.split_once(' ')?;
        let targets = ["all", "others"];
        let known = cursor.clients.contains(&who)
            || (cursor.role == crate::script::Role::Server && targets.contains(&who));
        known.then(|| line.len() - rest.trim_start().len())
    };
    let skipped = named(line).unwrap_or_default();
    let step = line.get(skipped..)?;
    let from = start + skipped;
    let mut words = step.split(' ');
    match (words.next()?, words.next(), words.next()) {
        ("->" | "→", Some(typed), None) => Some((behind(cursor, typed), sent(cursor))),
        ("<-" | "←", Some(typed), None) => Some((behind(cursor, typed), expected(cursor))),
        ("--", Some("on"), Some(typed)) => Some((behind(cursor, typed), formats().collect())),
        ("->" | "<-" | "→" | "←", Some("binary"), Some(typed)) => {
            let words = ["hex", "base64"].map(|word| Item::new(word, ItemKind::Keyword));
            Some((behind(cursor, typed), words.into()))
        }
        ("--", Some(_), None) | (_, None, _) => {
            let mut items = steps(cursor).collect::<Vec<_>>();
            if skipped == 0 {
                items.extend(who(cursor));
            }
            if cursor.in_head && skipped == 0 && step.is_empty() {
                let (_, options) = option_line(cursor, start, "")?;
                items.extend(options);
            }
            Some((cursor.typed_from(from), items))
        }
        _ => None,
    }
}

fn behind(cursor: &ScriptCursor<'_>, typed: &str) -> Span {
    cursor.typed_from(cursor.before.len() - typed.len())
}

fn who(cursor: &ScriptCursor<'_>) -> Vec<Item> {
    let names: Vec<&str> = match cursor.role {
        crate::script::Role::Server => vec!["all", "others"],
        _ => cursor.clients.clone(),
    };
    let names = names.into_iter().map(|name| {
        let item = Item::new(name, ItemKind::Reference);
        item.text(format!("{name} ")).detail("client")
    });
    names.collect()
}

fn steps(cursor: &ScriptCursor<'_>) -> impl Iterator<Item = Item> {
    let (role, in_handler) = (cursor.role, cursor.in_handler);
    let fits = move |info: &&StepInfo| {
        info.takes(role) && (!in_handler || info.handler || info.is_handler())
    };
    STEPS.iter().filter(fits).map(|info| {
        let item = Item::new(info.words, ItemKind::Keyword);
        item.text(format!("{} ", info.words))
            .detail(info.does)
            .told(reference::step(info))
    })
}

fn formats() -> impl Iterator<Item = Item> {
    Format::ALL.into_iter().map(|format| {
        let item = Item::new(format.word(), ItemKind::Keyword);
        item.text(format!("{} ", format.word()))
            .told(reference::format(format))
    })
}

/// The words that stand behind a mark, as the table of steps has them.
fn behind_mark(cursor: &ScriptCursor<'_>, mark: &str) -> Vec<Item> {
    let role = cursor.role;
    let mark = format!("{mark} ");
    let fitting = STEPS.iter().filter(|info| info.takes(role));
    let words = fitting.filter_map(|info| Some((info, info.words.strip_prefix(&*mark)?)));
    let words = words.map(|(info, word)| {
        let item = Item::new(word, ItemKind::Keyword);
        item.detail(info.does).told(reference::step(info))
    });
    formats().chain(words).collect()
}

fn sent(cursor: &ScriptCursor<'_>) -> Vec<Item> {
    behind_mark(cursor, "->")
}

fn expected(cursor: &ScriptCursor<'_>) -> Vec<Item> {
    behind_mark(cursor, "<-")
}
