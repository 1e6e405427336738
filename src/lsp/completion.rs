//! What could be written where the cursor is, with what the reference says of it.

use serde_json::{Value, json};

use super::buffer::Buffer;
use super::cursor::{ScriptCursor, block_word, fence_word, front_matter_key};
use super::item::{Item, ItemKind};
use super::names::{Symbol, occurrences, servers};
use super::reference;
use super::words::{option_line, step_line};
use crate::document::{BlockKind, Document};
use crate::runner::Origin;
use crate::script::{FILTERS, OPTIONS};
use crate::source::Span;

/// What is asked, and of what.
pub(super) struct CompletionRequest<'a> {
    pub(super) buffer: &'a Buffer,
    pub(super) document: &'a Document,
    pub(super) origins: &'a [Origin],
    pub(super) defaults: &'a [(String, String)],
    /// Whether the client knows texts with places to fill in.
    pub(super) snippets: bool,
}

/// The items for a place, each with the edit that writes it.
pub(super) fn complete(request: &CompletionRequest<'_>, offset: usize) -> Value {
    let Some((place, items)) = items(request, offset) else {
        return json!([]);
    };
    let range = request.buffer.range(place);
    let typed = request.buffer.text.get(place.start..place.end);
    let typed = typed.unwrap_or_default().to_lowercase();
    let fits = |item: &&Item| item.label.to_lowercase().starts_with(&typed) || typed.is_empty();
    let items = items.iter().filter(fits).enumerate();
    let items = items.map(|(order, item)| spelled(request, item, order, &range));
    json!({"isIncomplete": false, "items": items.collect::<Value>()})
}

fn spelled(request: &CompletionRequest<'_>, item: &Item, order: usize, range: &Value) -> Value {
    let text = item.text.as_deref().unwrap_or(&item.label);
    let (text, format) = match (item.is_snippet, request.snippets) {
        (true, true) => (text.to_owned(), 2),
        (true, false) => (plain(text), 1),
        (false, _) => (text.to_owned(), 1),
    };
    let mut spelled = json!({
        "label": item.label,
        "kind": item.kind as u8,
        "sortText": format!("{order:04}"),
        "filterText": item.label,
        "insertTextFormat": format,
        "textEdit": {"range": range, "newText": text},
    });
    if let Some(members) = spelled.as_object_mut() {
        if !item.detail.is_empty() {
            members.insert("detail".to_owned(), item.detail.as_str().into());
        }
        if let Some(told) = &item.documentation {
            let told = json!({"kind": "markdown", "value": told});
            members.insert("documentation".to_owned(), told);
        }
    }
    spelled
}

/// A snippet with its examples in the places to fill in.
fn plain(snippet: &str) -> String {
    let mut plain = String::with_capacity(snippet.len());
    let mut rest = snippet;
    while let Some((before, behind)) = rest.split_once("${") {
        plain.push_str(before);
        let (place, behind) = behind.split_once('}').unwrap_or((behind, ""));
        plain.push_str(place.split_once(':').map_or("", |(_, example)| example));
        rest = behind;
    }
    (plain + rest).replace("\\$", "$").replace("$0", "")
}

/// The place that is written over, and what can be written there.
fn items(request: &CompletionRequest<'_>, offset: usize) -> Option<(Span, Vec<Item>)> {
    let (document, text) = (request.document, request.buffer.text.as_str());
    if let Some(place) = front_matter_key(text, offset) {
        return Some((place, keys()));
    }
    if let Some(cursor) = ScriptCursor::at(document, text, offset) {
        return in_script(request, &cursor);
    }
    if let Some(place) = fence_word(document, text, offset) {
        return Some((place, words().collect()));
    }
    let place = block_word(document, text, offset)?;
    let line = text.get(..place.start)?.rsplit('\n').next()?;
    Some((place, blocks(line)))
}

const KINDS: [(BlockKind, &str, &str); 3] = [
    (
        BlockKind::Client,
        "a client's session",
        "```/wss ${1:NAME}\n${2:wss://example.com/}\n\n-> text ${3:hello}\n<- text ${4:hello}\n```\n$0",
    ),
    (
        BlockKind::Server,
        "a server for the document's clients",
        "```/wss-server ${1:chat}\n${2:ws://127.0.0.1:0/}\n\n-- on text\n-> {{\\$message}}\n```\n$0",
    ),
    (
        BlockKind::Http,
        "one request over HTTP",
        "```/http ${1:NAME}\n${2:GET https://example.com/}\n\n<- HTTP ${3:200}\n```\n$0",
    ),
];

/// Whole blocks, in the containers of the line that they begin on.
fn blocks(prefix: &str) -> Vec<Item> {
    let blocks = KINDS.map(|(kind, what, snippet)| Item {
        is_snippet: true,
        ..Item::new(kind.word(), ItemKind::Snippet)
            .text(snippet.replace('\n', &format!("\n{prefix}")))
            .detail(what)
    });
    blocks.into()
}

fn words() -> impl Iterator<Item = Item> {
    let kinds = KINDS.into_iter();
    kinds.map(|(kind, what, _)| Item::new(kind.word(), ItemKind::Keyword).detail(what))
}

/// Keys below `voiden:`.
fn keys() -> Vec<Item> {
    let own = [
        ("vars", "variables and their values"),
        ("secrets", "names whose values are never shown"),
    ];
    let own = own.map(|(key, what)| {
        let item = Item::new(key, ItemKind::Property);
        item.text(format!("{key}:")).detail(what)
    });
    let options = OPTIONS.iter().map(|info| {
        let item = Item::new(info.name, ItemKind::Property);
        item.text(format!("{}: ", info.name))
            .detail(info.example)
            .told(reference::option(info))
    });
    own.into_iter().chain(options).collect()
}

fn in_script(
    request: &CompletionRequest<'_>,
    cursor: &ScriptCursor<'_>,
) -> Option<(Span, Vec<Item>)> {
    let before = cursor.before;
    // A placeholder that is not closed yet.
    if let Some(open) = before.rfind("{{").filter(|open| !closes(before, *open)) {
        return Some((cursor.typed_from(open), placeholders(request, cursor)));
    }
    let start = before.len() - before.trim_start().len();
    let line = before.get(start..)?;
    if line.starts_with('#') || line.starts_with("-- #") {
        return None;
    }
    if let Some(rest) = line.strip_prefix('@') {
        return option_line(cursor, start, rest);
    }
    if let Some(name) = expression_word(line) {
        let from = before.len() - name.len();
        return Some((cursor.typed_from(from), in_expression(request, name)));
    }
    step_line(cursor, start, line)
}

fn closes(before: &str, open: usize) -> bool {
    before.get(open..).is_some_and(|rest| rest.contains("}}"))
}

/// The word that is being typed in an expression behind `-- check` and its like.
fn expression_word(line: &str) -> Option<&str> {
    let mut rest = line.strip_prefix("-- ");
    if rest.is_none() {
        // Behind a client's name.
        rest = line.split_once(" -- ").map(|(_, rest)| rest);
    }
    let (word, expression) = rest?.trim_start().split_once(' ')?;
    let expression = match word {
        "check" | "where" => expression,
        "save" | "let" => expression.split_once('=')?.1,
        _ => return None,
    };
    let is_part = |next: char| next.is_alphanumeric() || matches!(next, '_' | '$' | '@');
    let start = expression.trim_end_matches(is_part).len();
    let word = expression.get(start..)?;
    // A member of the message is not ours to know.
    (!expression.get(..start)?.ends_with('.')).then_some(word)
}

/// What `$NAME` stands for where nothing keeps it.
const FACTS: [(&str, &str); 9] = [
    ("$size", "the bytes of the payload"),
    ("$wire", "the bytes of the payload on the wire"),
    ("$text", "the payload as text"),
    ("$format", "`text`, `json`, `xml` or `binary`"),
    ("$elapsed", "seconds since the step began to wait"),
    ("$handshake", "the answer to the opening handshake"),
    ("$previous", "the message that this step matched before"),
    ("$request", "the request of the server's client"),
    ("$client", "the client's name"),
];

fn in_expression(request: &CompletionRequest<'_>, typed: &str) -> Vec<Item> {
    if typed.starts_with('$') {
        let names = names(request)
            .into_iter()
            .map(|(name, what)| Item::new(format!("${name}"), ItemKind::Variable).detail(what));
        let facts = FACTS.map(|(name, what)| Item::new(name, ItemKind::Variable).detail(what));
        return names.chain(facts).collect();
    }
    let filters = FILTERS.iter().map(|filter| {
        let call = match filter.parameters {
            [] => filter.name.to_owned(),
            parameters => format!("{}({})", filter.name, parameters.join("; ")),
        };
        let item = Item::new(filter.name, ItemKind::Function);
        item.text(call).told(reference::filter(filter.name))
    });
    filters.collect()
}

/// The names that a value may be kept or defined under, each with where it comes from.
fn names(request: &CompletionRequest<'_>) -> Vec<(String, String)> {
    let found = occurrences(request.document, request.defaults);
    let kept = found.into_iter().filter(|found| found.defines);
    let mut names: Vec<(String, String)> = kept
        .filter_map(|found| match found.symbol {
            Symbol::Value(name) => Some((name, "in this document".to_owned())),
            _ => None,
        })
        .collect();
    let origins = request.origins.iter();
    names.extend(origins.map(|origin| (origin.name.clone(), origin.origin.clone())));
    names.sort();
    names.dedup_by(|one, other| one.0 == other.0);
    names
}

fn placeholders(request: &CompletionRequest<'_>, cursor: &ScriptCursor<'_>) -> Vec<Item> {
    let behind = cursor.line.get(cursor.before.len()..).unwrap_or_default();
    let closed = behind.starts_with("}}");
    let close = |text: String| {
        if closed {
            text.strip_suffix("}}").unwrap_or(&text).to_owned()
        } else {
            text
        }
    };
    let names = names(request).into_iter().map(|(name, what)| {
        let text = format!("{{{{{name}}}}}");
        Item::new(text.clone(), ItemKind::Variable)
            .text(close(text))
            .detail(what)
    });
    let places = servers(request.document).flat_map(|server| {
        [("url", "its URL"), ("port", "its port")].map(|(place, what)| {
            let text = format!("{{{{{server}.{place}}}}}");
            let item = Item::new(text.clone(), ItemKind::Reference);
            item.text(close(text)).detail(what)
        })
    });
    let words = reference::placeholders().map(|written| {
        let word = written.trim_start_matches('{').trim_end_matches('}');
        let word = word.split(' ').next().unwrap_or_default();
        Item::new(written, ItemKind::Function)
            .text(close(written.to_owned()))
            .told(reference::placeholder(word))
    });
    let mut items: Vec<Item> = names.chain(places).chain(words).collect();
    let mut seen = std::collections::BTreeSet::new();
    items.retain(|item| seen.insert(item.label.clone()));
    items
}
