//! `.void` files of the Voiden app → blocks: Markdown whose fences hold YAML, one part of a request each.

use serde_json::Value;
use std::fmt::Write as _;

use super::http_message::{FileVariables, HttpMessage, MessageStep};
use super::imported::{Imported, counted};
use super::yaml;

/// Parts that say nothing of a request, or what came of one.
const QUIET: [&str; 8] = [
    "messages-node",
    "grpc-messages-node",
    "response-doc",
    "response",
    "comment",
    "toc",
    "paragraph",
    "heading",
];

/// Makes a block of each request.
pub(super) fn import(text: &str) -> Result<Imported, String> {
    let mut imported = Imported::default();
    let mut current = Sections::default();
    let mut fence: Option<String> = None;
    for line in text.lines() {
        match &mut fence {
            None if line.trim_end() == "```void" => fence = Some(String::new()),
            None => {
                if let Some(title) = line.strip_prefix('#') {
                    title
                        .trim_start_matches('#')
                        .trim()
                        .clone_into(&mut current.heading);
                }
            }
            Some(body) if line.trim_end() == "```" => {
                match yaml::value(body) {
                    Ok(part) => current.part(&part, &mut imported),
                    Err(why) => imported.leave_out(format!("a part that is not YAML: {why}")),
                }
                fence = None;
            }
            Some(body) => {
                body.push_str(line);
                body.push('\n');
            }
        }
    }
    if fence.is_some() {
        return Err("its last fence is not closed: the file is not whole".to_owned());
    }
    current.flush(&mut imported);
    Ok(imported)
}

/// The request that is being put together.
#[derive(Default)]
struct Sections {
    heading: String,
    label: String,
    request: Option<HttpMessage>,
    query: Vec<(String, String)>,
    /// A request that is of another protocol.
    other: bool,
}

impl Sections {
    fn part(&mut self, part: &Value, imported: &mut Imported) {
        let kind = part.get("type").and_then(Value::as_str).unwrap_or_default();
        let body = part.pointer("/attrs/body").and_then(Value::as_str);
        match kind {
            "request-separator" => {
                self.flush(imported);
                let label = part.pointer("/attrs/label").and_then(Value::as_str);
                label.unwrap_or_default().clone_into(&mut self.label);
            }
            "socket-request" => {
                self.begin(&content(part, "smethod"), &content(part, "surl"), imported);
            }
            "request" => self.begin(&content(part, "method"), &content(part, "url"), imported),
            "headers-table" => {
                let rows = rows(part);
                self.with(|request| request.headers.extend(rows));
            }
            "query-table" => self.query.extend(rows(part)),
            "path-table" => {
                let rows = rows(part);
                self.with(|request| {
                    for (name, value) in rows {
                        request.url = request.url.replace(&format!("{{{name}}}"), &value);
                        request.url = request.url.replace(&format!(":{name}"), &value);
                    }
                });
            }
            "cookies-table" => {
                let pairs: Vec<String> = rows(part)
                    .into_iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                self.with(|request| {
                    request
                        .headers
                        .push(("Cookie".to_owned(), pairs.join("; ")));
                });
            }
            "auth" => self.auth(part, imported),
            "json_body" | "xml_body" | "yml_body" | "text_body" => {
                let body = body.unwrap_or_default().to_owned();
                self.with(|request| request.parts.push(MessageStep::Send(body)));
            }
            "assertions-table" => self.assertions(part, imported),
            quiet if QUIET.contains(&quiet) => {}
            other => {
                let name = self.name();
                imported.leave_out(format!("the `{other}` part of {name}"));
            }
        }
    }

    fn with(&mut self, change: impl FnOnce(&mut HttpMessage)) {
        if let Some(request) = &mut self.request {
            change(request);
        }
    }

    fn name(&self) -> String {
        let named = [&self.label, &self.heading];
        let named = named.into_iter().find(|name| !name.is_empty());
        named.map_or_else(|| "a request".to_owned(), Clone::clone)
    }

    fn begin(&mut self, method: &str, url: &str, imported: &mut Imported) {
        self.flush(imported);
        let is_other = url.starts_with("grpc") || method.starts_with("GRPC");
        if is_other {
            imported.leave_out(format!("{} (a gRPC request)", self.name()));
            self.other = true;
            return;
        }
        self.other = false;
        let name = if self.label.is_empty() {
            self.heading.clone()
        } else {
            self.label.clone()
        };
        self.request = Some(HttpMessage {
            name,
            method: method.to_owned(),
            url: url.trim().to_owned(),
            ..HttpMessage::default()
        });
    }

    fn auth(&mut self, part: &Value, imported: &mut Imported) {
        let kind = part.pointer("/attrs/authType").and_then(Value::as_str);
        let rows = rows(part);
        let value = |name: &str| {
            let found = rows.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let header = match kind {
            Some("bearer" | "bearer-token") => (
                "Authorization".to_owned(),
                format!("Bearer {}", value("token")),
            ),
            Some("basic" | "basic-auth") => {
                // The credentials are not written down, so it does not matter how they are encoded.
                let credentials = format!("{}:{}", value("username"), value("password"));
                ("Authorization".to_owned(), format!("Basic {credentials}"))
            }
            Some("apiKey" | "api-key") if value("add_to") == "query" => {
                self.query.push((value("key"), value("value")));
                return;
            }
            Some("apiKey" | "api-key") => (value("key"), value("value")),
            _ => {
                let name = self.name();
                imported.leave_out(format!(
                    "the {} authorization of {name}",
                    kind.unwrap_or("unknown")
                ));
                return;
            }
        };
        self.with(|request| request.headers.push(header));
    }

    fn assertions(&mut self, part: &Value, imported: &mut Imported) {
        let name = self.name();
        let mut left_out = 0;
        for row in part
            .get("content")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            for row in row
                .get("rows")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let cells = cells(row);
                match cells.as_slice() {
                    [_, field, operator, value, ..]
                        if field == "status" && operator == "equals" && value.len() == 3 =>
                    {
                        let value = value.clone();
                        self.with(|request| request.status = Some(value));
                    }
                    _ => left_out += 1,
                }
            }
        }
        if left_out > 0 {
            imported.leave_out(format!("{} of {name}", counted(left_out, "assertion")));
        }
    }

    fn flush(&mut self, imported: &mut Imported) {
        let query = std::mem::take(&mut self.query);
        let Some(mut request) = self.request.take() else {
            return;
        };
        for (name, value) in query {
            let mark = if request.url.contains('?') { '&' } else { '?' };
            let _ = write!(request.url, "{mark}{name}={value}");
        }
        if request.is_socket() {
            request.status = None;
            request.parts.clear();
            imported.leave_out(format!(
                "the messages of {}: the Voiden app does not save them",
                if request.name.is_empty() {
                    "a request"
                } else {
                    &request.name
                }
            ));
        }
        request.import(&FileVariables::new(), imported);
    }
}

/// The text of a part's child.
fn content(part: &Value, kind: &str) -> String {
    let children = part.get("content").and_then(Value::as_array);
    let mut children = children.into_iter().flatten();
    let child = children.find(|child| child.get("type").and_then(Value::as_str) == Some(kind));
    let text = child
        .and_then(|child| child.get("content"))
        .and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// The first two cells of each row that is not switched off.
fn rows(part: &Value) -> Vec<(String, String)> {
    let tables = part.get("content").and_then(Value::as_array);
    let tables = tables.into_iter().flatten();
    let rows = tables.filter_map(|table| table.get("rows").and_then(Value::as_array));
    rows.flatten()
        .filter(|row| row.pointer("/attrs/disabled") != Some(&Value::Bool(true)))
        .filter_map(|row| match cells(row).as_slice() {
            [name, value, ..] if !name.is_empty() => Some((name.clone(), value.clone())),
            _ => None,
        })
        .collect()
}

fn cells(row: &Value) -> Vec<String> {
    let cells = row.get("row").and_then(Value::as_array);
    let cells = cells.into_iter().flatten();
    cells
        .map(|cell| match cell {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
        .collect()
}
