//! `.http` files, as `httpYac` and the HTTP client of `JetBrains` read them → blocks.

use super::http_message::{FileVariables, HttpMessage, MessageStep, expanded};
use super::imported::{Imported, name_of};

/// Protocols of requests that are neither HTTP nor WebSocket.
const OTHERS: [&str; 9] = [
    "GRPC",
    "MQTT",
    "SSE",
    "EVENTSOURCE",
    "AMQP",
    "RSOCKET",
    "GRAPHQL",
    "GRPCS",
    "STDIO",
];

/// Makes a block of each request.
pub(super) fn import(text: &str) -> Imported {
    let mut imported = Imported::default();
    let mut variables = FileVariables::new();
    let mut requests = Vec::new();
    for section in sections(text) {
        requests.extend(section.read(&mut variables, &mut imported));
    }
    let known = variables.clone();
    for value in variables.values_mut() {
        *value = expanded(value, &known);
    }
    for request in &requests {
        request.import(&variables, &mut imported);
    }
    imported
}

/// What stands between two lines that start with `###`.
struct FileSection<'a> {
    title: &'a str,
    lines: Vec<&'a str>,
}

fn sections(text: &str) -> Vec<FileSection<'_>> {
    let mut sections = vec![FileSection {
        title: "",
        lines: Vec::new(),
    }];
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("###") {
            sections.push(FileSection {
                title: title.trim_start_matches('#').trim(),
                lines: Vec::new(),
            });
        } else if let Some(section) = sections.last_mut() {
            section.lines.push(line);
        }
    }
    sections
}

/// Where in a request one is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FilePart {
    Before,
    Headers,
    Body,
    /// In a script, up to its end.
    Script(&'static str),
}

impl FileSection<'_> {
    fn read(&self, variables: &mut FileVariables, imported: &mut Imported) -> Option<HttpMessage> {
        let mut request = HttpMessage {
            name: self.title.to_owned(),
            ..HttpMessage::default()
        };
        let mut part = FilePart::Before;
        let mut back = FilePart::Before;
        let mut body: Vec<&str> = Vec::new();
        for line in &self.lines {
            if let FilePart::Script(end) = part {
                if line.trim_end().ends_with(end) {
                    part = back;
                }
                continue;
            }
            if let Some(end) = script(line) {
                imported.leave_out(format!("the scripts of {}", Self::told(&request)));
                if !end.is_empty() && !line.trim_end().ends_with(end) {
                    back = part;
                    part = FilePart::Script(end);
                }
                continue;
            }
            if let Some(check) = line.strip_prefix("?? ") {
                Self::check(check, &mut request, imported);
                continue;
            }
            match part {
                FilePart::Before => {
                    if Self::before(line, &mut request, variables, imported)? {
                        part = FilePart::Headers;
                    }
                }
                FilePart::Headers if line.trim().is_empty() => part = FilePart::Body,
                FilePart::Headers => {
                    if request.is_socket()
                        && !is_header_line(line)
                        && !line.starts_with([' ', '\t'])
                    {
                        // Messages may follow at once.
                        part = FilePart::Body;
                        body.push(line);
                    } else if !header(line, &mut request) {
                        let of = Self::told(&request);
                        imported.leave_out(format!("a line of {of} that is no header"));
                    }
                }
                FilePart::Body => body.push(line),
                FilePart::Script(_) => {}
            }
        }
        if request.url.is_empty() {
            return None;
        }
        Self::body(&body, &mut request, imported);
        Self::completed(request, imported)
    }

    /// What a request is called in sentences.
    fn told(request: &HttpMessage) -> String {
        if !request.name.is_empty() {
            request.name.clone()
        } else if request.url.is_empty() {
            "a request".to_owned()
        } else {
            name_of(&request.url)
        }
    }

    /// A line before the request line, or that; whether it was. `None`: nothing that can be taken over.
    fn before(
        line: &str,
        request: &mut HttpMessage,
        variables: &mut FileVariables,
        imported: &mut Imported,
    ) -> Option<bool> {
        let text = line.trim();
        if text.is_empty() {
            return Some(false);
        }
        if let Some(comment) = text.strip_prefix('#').or_else(|| text.strip_prefix("//")) {
            let comment = comment.trim();
            if let Some(name) = comment.strip_prefix("@name") {
                let name = name.trim_start_matches(['=', ' ']).trim();
                name.clone_into(&mut request.name);
            } else if comment.starts_with('@') {
                let word = comment.split_whitespace().next().unwrap_or_default();
                imported.leave_out(format!("`{word}` of {}", Self::told(request)));
            }
            return Some(false);
        }
        if let Some(variable) = text.strip_prefix('@')
            && let Some((name, value)) = variable.split_once('=')
        {
            variables.insert(name.trim().to_owned(), value.trim().to_owned());
            return Some(false);
        }
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let is_method = !rest.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase());
        if is_method && OTHERS.contains(&word) {
            imported.leave_out(format!(
                "{} (a {word} request)",
                Self::told_or(request, rest)
            ));
            return None;
        }
        let (method, url) = if is_method { (word, rest) } else { ("", text) };
        let url = url.trim();
        let url = ["HTTP/1.1", "HTTP/2", "HTTP/1.0", "HTTP/3"]
            .iter()
            .find_map(|version| url.strip_suffix(version))
            .unwrap_or(url);
        url.trim().clone_into(&mut request.url);
        let is_socket = request.url.starts_with("ws://") || request.url.starts_with("wss://");
        request.method = match method {
            "" if is_socket => "WEBSOCKET".to_owned(),
            "" => "GET".to_owned(),
            method => method.to_owned(),
        };
        Some(true)
    }

    fn told_or(request: &HttpMessage, url: &str) -> String {
        if request.name.is_empty() {
            name_of(url)
        } else {
            request.name.clone()
        }
    }

    /// `?? status == 200`
    fn check(check: &str, request: &mut HttpMessage, imported: &mut Imported) {
        let words: Vec<&str> = check.split_whitespace().collect();
        match words.as_slice() {
            ["status", "==", status] if status.len() == 3 && !request.is_socket() => {
                request.status = Some((*status).to_owned());
            }
            _ => imported.leave_out(format!(
                "the assertion `?? {}` of {}",
                check.trim(),
                Self::told(request)
            )),
        }
    }

    fn body(lines: &[&str], request: &mut HttpMessage, imported: &mut Imported) {
        let mut message: Vec<&str> = Vec::new();
        let is_socket = request.is_socket();
        let flush = |message: &mut Vec<&str>, request: &mut HttpMessage| {
            let text = message.join("\n");
            if !text.trim().is_empty() {
                request.parts.push(MessageStep::Send(
                    text.trim_matches(['\n', '\r']).to_owned(),
                ));
            }
            message.clear();
        };
        for line in lines {
            if is_socket && line.starts_with("===") {
                flush(&mut message, request);
                if line.contains("wait-for-server") {
                    request.parts.push(MessageStep::Wait);
                }
                continue;
            }
            let trimmed = line.trim();
            if trimmed.starts_with("<>") || trimmed.starts_with(">> ") {
                imported.leave_out(format!("the response files of {}", Self::told(request)));
                continue;
            }
            if is_socket && (trimmed.starts_with("// ") || trimmed.starts_with("# ")) {
                continue;
            }
            message.push(line);
        }
        flush(&mut message, request);
    }

    fn completed(mut request: HttpMessage, imported: &mut Imported) -> Option<HttpMessage> {
        let is_form = request.headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("content-type") && value.contains("multipart/")
        });
        if is_form {
            imported.leave_out(format!("the multipart body of {}", Self::told(&request)));
            request.parts.clear();
        }
        if request.url.starts_with('/') {
            let mut headers = request.headers.iter();
            let host = headers.find(|(name, _)| name.eq_ignore_ascii_case("host"));
            let Some((_, host)) = host else {
                imported.leave_out(format!("{}, which has no host", Self::told(&request)));
                return None;
            };
            let scheme = if request.is_socket() { "ws" } else { "http" };
            request.url = format!("{scheme}://{host}{}", request.url);
        }
        let has_scheme = request.url.contains("://") || request.url.starts_with("{{");
        if !has_scheme && !request.is_socket() {
            request.url = format!("http://{}", request.url);
        }
        Some(request)
    }
}

/// How a script ends that begins on this line; empty where it is that line alone.
fn script(line: &str) -> Option<&'static str> {
    let text = line.trim_end();
    if text.starts_with("> {%") || text.starts_with("< {%") {
        Some("%}")
    } else if text.starts_with("> ") && text.to_ascii_lowercase().ends_with(".js") {
        Some("")
    } else if line.starts_with("{{") && !text.get(2..).is_some_and(|rest| rest.contains("}}")) {
        Some("}}")
    } else {
        None
    }
}

fn is_header_line(line: &str) -> bool {
    line.split_once(':').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    })
}

/// Takes a line among the headers; gives whether it was understood.
fn header(line: &str, request: &mut HttpMessage) -> bool {
    let text = line.trim();
    if line.starts_with([' ', '\t']) && request.headers.is_empty() {
        // A long URL goes on below.
        request.url.push_str(text);
    } else if !text.starts_with('#') && !text.starts_with("//") {
        let Some((name, value)) = text.split_once(':') else {
            return false;
        };
        let value = value.split(" // ").next().unwrap_or_default();
        request
            .headers
            .push((name.trim().to_owned(), value.trim().to_owned()));
    }
    true
}
