//! What a file is, by its content.

use std::sync::LazyLock;

use regex::Regex;

use super::pruned::{self, pruned};

/// A file that can be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    Har,
    Log,
    Http,
    Void,
}

/// What is said of a file that is none of these.
const UNKNOWN: &str = "it is neither a HAR, nor an .http or .void file, nor a log of voiden\nsave the browser's network log as HAR with content, or record a session with `voiden connect URL -o DOC.md`";

/// Tells what a file is.
///
/// # Errors
/// A sentence: it is nothing that can be taken over.
pub(super) fn tell(text: &str) -> Result<FileKind, String> {
    let start = text.trim_start();
    if start.is_empty() {
        return Err("it is empty".to_owned());
    }
    if start.starts_with(['{', '[']) {
        return tell_json(start);
    }
    if text.contains("```void") || text.contains("generatedBy: Voiden app") {
        return Ok(FileKind::Void);
    }
    if has_request(text) {
        return Ok(FileKind::Http);
    }
    if text.contains("insomnia.rest/5") || text.contains("_type: export") {
        return Err(INSOMNIA.to_owned());
    }
    Err(UNKNOWN.to_owned())
}

const INSOMNIA: &str = "it is a collection of Insomnia, which exports no messages of WebSocket requests\nrecord a session with `voiden connect URL -o DOC.md`, or save a HAR in the browser";
const POSTMAN: &str = "it is a collection of Postman, which exports no WebSocket requests\nrecord a session with `voiden connect URL -o DOC.md`, or save a HAR in the browser";

fn tell_json(text: &str) -> Result<FileKind, String> {
    // The first line of a log is a value by itself.
    let line = text.lines().next().unwrap_or_default();
    if let Ok(first) = pruned(line)
        && first.get("event").is_some()
        && first.get("document").is_some()
    {
        return Ok(FileKind::Log);
    }
    let value = pruned(text).map_err(|error| pruned::not_json(&error))?;
    if value
        .pointer("/log/entries")
        .is_some_and(serde_json::Value::is_array)
    {
        return Ok(FileKind::Har);
    }
    let schema = value
        .pointer("/info/schema")
        .and_then(|schema| schema.as_str());
    if schema.is_some_and(|schema| schema.contains("postman")) || value.get("collection").is_some()
    {
        return Err(POSTMAN.to_owned());
    }
    if value.get("__export_format").is_some() || value.get("_type").is_some() {
        return Err(INSOMNIA.to_owned());
    }
    if value.get("log").is_some() {
        return Err("it is a HAR without entries".to_owned());
    }
    Err(UNKNOWN.to_owned())
}

/// Whether a line asks for something, as in an `.http` file.
fn has_request(text: &str) -> bool {
    static REQUEST: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?m)^(?:(?:WEBSOCKET|WSS?|GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|TRACE|GRAPHQL)[ \t]+\S|(?:wss?|https?)://\S)",
        )
        .ok()
    });
    REQUEST
        .as_ref()
        .is_some_and(|request| request.is_match(text))
}
