//! The head of a block: URL, headers, options, comments.

use super::call::TemplatePlace;
use super::header::{control_characters, server_header};
use super::lines::Marks;
use super::short::short;
use super::stray::misspelt_mark;
use super::template::{line as template, opening};
use super::text::Piece;
use super::url;
use crate::diagnostic::{Cure, Diagnostic, Severity, nearest};
use crate::script::options::{self, client_names, is_token};
use crate::script::{Header, Name, OwnUrl, Role, Script, Template};
use crate::source::Span;

/// Headers that the opening handshake makes itself (RFC 6455, 4.1 and 4.2.2), and what to do instead.
const OWN: [(&str, &str); 8] = [
    ("Sec-WebSocket-Extensions", "`@compress` offers compression"),
    ("Sec-WebSocket-Key", "it is made anew for each connection"),
    ("Sec-WebSocket-Version", "it is always 13"),
    ("Sec-WebSocket-Accept", "it is computed"),
    ("Upgrade", "it is always `websocket`"),
    ("Connection", "it is always `Upgrade`"),
    ("Content-Length", "a handshake has no body"),
    ("Transfer-Encoding", "a handshake has no body"),
];

/// Headers of a request that are made here (RFC 9112, 6), and why.
const OWN_OF_HTTP: [(&str, &str); 3] = [
    ("Content-Length", "it follows from the body"),
    ("Transfer-Encoding", "the body is sent whole"),
    ("Connection", "each request has a connection of its own"),
];

/// Reads the lines of the head into a script whose clients are known.
pub(super) fn read(
    lines: &[Piece<'_>],
    marks: Marks,
    script: &mut Script,
    told: &mut Vec<Diagnostic>,
) {
    let mut head = HeadReader {
        marks,
        script,
        told,
        url: None,
        first: None,
        indent: 0,
    };
    for line in lines {
        head.indent = line.text.len() - line.trim_start().text.len();
        head.line(line.trim());
    }
    head.finish();
}

/// The clients that the head declares. What is wrong with them is told when the head is read.
pub(super) fn clients(lines: &[Piece<'_>]) -> Vec<Name> {
    let declared = lines.iter().find_map(|line| {
        let (word, value) = line.trim().word();
        (word.text == "@clients").then_some(value)
    });
    declared.map_or_else(Vec::new, |value| {
        // One bad name leaves the others known.
        value
            .split(',')
            .filter_map(|name| client_names(name.trim().text, name.trim().span()).ok())
            .flatten()
            .fold(Vec::new(), |mut names: Vec<Name>, name| {
                if names.iter().all(|known| known.text != name.text) {
                    names.push(name);
                }
                names
            })
    })
}

pub(super) struct HeadReader<'a> {
    pub(super) marks: Marks,
    pub(super) script: &'a mut Script,
    pub(super) told: &'a mut Vec<Diagnostic>,
    pub(super) url: Option<Span>,
    /// The first line that is not a comment.
    first: Option<Span>,
    /// How far the line is indented.
    indent: usize,
}

impl HeadReader<'_> {
    fn line(&mut self, line: Piece<'_>) {
        if line.is_empty() || line.text.starts_with('#') {
            return;
        }
        if self.script.role == Role::Client
            && let Some((who, url)) = url::own(line, &self.script.clients)
        {
            return self.own_url(who, url, line);
        }
        if self.own_let(line) {
            return;
        }
        let first = self.first.is_none();
        self.first.get_or_insert(line.span());
        if self.script.role == Role::Http && self.request_line(line, first) {
            return;
        }
        let url = url::looks_like(line.text)
            && colon(line).is_none_or(|(_, value)| value.text.starts_with("//"));
        if line.text.starts_with('@') {
            self.option(line);
        } else if url || (first && !is_header(line)) {
            self.url(line);
        } else {
            self.header(line);
        }
    }

    pub(super) fn url(&mut self, line: Piece<'_>) {
        if self.url.is_some() {
            let message = "a second URL";
            let hint = Cure::from("a block has one URL: remove this line, or begin another block")
                .put_at(line.span(), "");
            self.told
                .push(Diagnostic::error(line.span(), message).hint(hint));
            return;
        }
        let is_first = |first: &Span| first.start <= line.at && line.span().end <= first.end;
        if let Some(first) = self.first.filter(|first| !is_first(first)) {
            let message = "the URL line comes first";
            let hint = "move it above the headers and options";
            let place = if first.start < line.at {
                line.span()
            } else {
                first
            };
            self.told.push(Diagnostic::error(place, message).hint(hint));
        }
        self.url = Some(line.span());
        self.script.url = self.read_url(line);
    }

    fn read_url(&mut self, line: Piece<'_>) -> Template {
        let before = self.told.len();
        let url = template(line, TemplatePlace::Line, self.told);
        for told in self.told.iter_mut().skip(before) {
            // Plain braces are in no URL.
            told.severity = Severity::Error;
        }
        if self.told.len() == before {
            self.told.extend(url::check(&url, self.script.role));
        }
        url
    }

    /// `alice wss://a.example/ws`
    fn own_url(&mut self, who: Piece<'_>, url: Piece<'_>, line: Piece<'_>) {
        let clients = &self.script.clients;
        if clients.iter().all(|client| client.text != who.text) {
            let names = clients.iter().map(|client| client.text.as_str());
            let message = format!("there is no client `{}`", who.text);
            let hint = match nearest(who.text, names) {
                Some(near) => Cure::meant(near),
                None => Cure::from(format!(
                    "name it in the head, `@clients {}`, or remove the name before the URL",
                    who.text
                ))
                .put_at(Span::new(who.at, url.at), ""),
            };
            self.told
                .push(Diagnostic::error(who.span(), message).hint(hint));
            // What follows is about the name.
            self.url.get_or_insert(line.span());
            return;
        }
        let own = &self.script.own_urls;
        if own.iter().any(|own| own.who.text == who.text) {
            let message = format!("a second URL for `{}`", who.text);
            let hint = Cure::from("a client has one URL: remove this line").put_at(line.span(), "");
            self.told
                .push(Diagnostic::error(line.span(), message).hint(hint));
            return;
        }
        let url = self.read_url(url);
        let who = Name {
            text: who.text.to_owned(),
            span: who.span(),
        };
        self.script.own_urls.push(OwnUrl { who, url });
    }

    fn header(&mut self, line: Piece<'_>) {
        let Some((left, value)) = colon(line) else {
            return self.junk(line);
        };
        let (first, second) = left.word();
        let (who, name) = if second.is_empty() {
            (None, left)
        } else {
            (Some(first), second)
        };
        if let Some(who) = who
            && self
                .script
                .clients
                .iter()
                .all(|client| client.text != who.text)
        {
            let message = format!("`{}` is not a header's name", short(left.text));
            let hint = if is_token(second.text) {
                let sentence = format!(
                    "write `{}: …`, or name the client: `@clients {}`",
                    second.text, who.text
                );
                Cure::from(sentence).put(second.text)
            } else {
                "a header is written `Name: value`".into()
            };
            self.told
                .push(Diagnostic::error(left.span(), message).hint(hint));
            return;
        }
        if !is_token(name.text) {
            let message = format!("`{}` is not a header's name", short(name.text));
            let hint = "names are letters, digits and `-`, with no blank before the colon";
            self.told
                .push(Diagnostic::error(name.span(), message).hint(hint));
            return;
        }
        if self.script.role == Role::Server
            && let Some(wrong) = server_header(line, name, value)
        {
            return self.told.push(wrong);
        }
        let (own, whose) = match self.script.role {
            Role::Http => (OWN_OF_HTTP.as_slice(), "is made for each request"),
            _ => (OWN.as_slice(), "belongs to the handshake"),
        };
        if let Some((own, why)) = own
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name.text))
        {
            let message = format!("`{own}` {whose}: {why}");
            let cure = Cure::from("remove the line").put_at(line.span(), "");
            self.told
                .push(Diagnostic::error(name.span(), message).hint(cure));
            return;
        }
        let who = who.map(|who| Name {
            text: who.text.to_owned(),
            span: who.span(),
        });
        let value = template(value, TemplatePlace::Line, self.told);
        control_characters(&value, self.told);
        self.script.headers.push(Header {
            who,
            name: name.text.to_owned(),
            value,
            span: line.span(),
        });
    }

    /// A line that is nothing that a head has.
    fn junk(&mut self, line: Piece<'_>) {
        let (word, rest) = line.word();
        let option = options::find(word.text);
        let (message, hint) = if let Some(option) = option {
            let sentence = format!("did you mean `@{} {}`?", option.name, short(rest.text));
            let cure = Cure::from(sentence).put_at(Span::at(line.at), "@");
            ("an option starts with `@`", cure)
        } else if line.text.starts_with("//") {
            ("no header, option or comment", {
                let comment = line.text.trim_start_matches('/').trim();
                Cure::from(format!("a comment is `# {}`", short(comment)))
                    .put(format!("# {comment}"))
            })
        } else if let Some((mark, rest)) = misspelt_mark(line) {
            (
                "the line does not start a step",
                Cure::from(format!(
                    "did you mean `{mark} {}`, at column 0?",
                    short(rest.text)
                ))
                .put_at(
                    Span::new(line.at - self.indent, line.span().end),
                    format!("{mark} {}", rest.text),
                ),
            )
        } else if self
            .script
            .clients
            .iter()
            .any(|client| client.text == word.text)
            && rest.text.starts_with('@')
        {
            (
                "an option is every client's",
                Cure::from(format!("write `{}`", short(rest.text))).put(rest.text),
            )
        } else if is_token(word.text) && !rest.is_empty() {
            let sentence = format!(
                "did you mean `{}: {}`? a message is sent by `-> text …`",
                word.text,
                short(rest.text)
            );
            let cure = Cure::from(sentence).put_at(Span::at(word.span().end), ":");
            ("no header, option or comment", cure)
        } else {
            let hint =
                "write `Name: value`, `@option value`, `# comment`, or a step such as `-> text hi`";
            ("no header, option or comment", hint.into())
        };
        self.told
            .push(Diagnostic::error(line.span(), message).hint(hint));
    }

    fn finish(&mut self) {
        self.require_method();
        let own = &self.script.own_urls;
        let without = |client: &&Name| own.iter().all(|own| own.who.text != client.text);
        let rest: Vec<Name> = self
            .script
            .clients
            .iter()
            .filter(without)
            .cloned()
            .collect();
        if let Some(url) = self.url {
            if !own.is_empty() && rest.is_empty() {
                let message = "every client has a URL of its own, so this one is not used";
                let cure = Cure::from("remove the line").put("");
                self.told.push(Diagnostic::warning(url, message).hint(cure));
            }
            return;
        }
        if let Some(first) = own.first() {
            let place = first.url.span;
            self.script.url.span = place;
            for client in rest {
                let span = if client.span.is_empty() {
                    place
                } else {
                    client.span
                };
                let message = format!("the URL of `{}` is missing", client.text);
                let hint = format!(
                    "write `{} wss://example.com/path`, or a URL without a name for the clients that have none of their own",
                    client.text
                );
                self.told.push(Diagnostic::error(span, message).hint(hint));
            }
            return;
        }
        let place = self.first.unwrap_or_default();
        let (example, which) = match self.script.role {
            Role::Client => ("wss://example.com/path", "to connect to"),
            Role::Server => ("ws://127.0.0.1:0/", "to listen on"),
            Role::Http => ("GET https://example.com/path", "to ask"),
        };
        let message = format!("the URL {which} is missing");
        let hint = format!("write it on the block's first line: `{example}`");
        self.told.push(Diagnostic::error(place, message).hint(hint));
    }
}

/// What stands left and right of the first colon outside of placeholders, trimmed.
pub(super) fn colon(line: Piece<'_>) -> Option<(Piece<'_>, Piece<'_>)> {
    let at = line.text.find(':')?;
    let opens = opening(line.text).is_some_and(|(open, _)| open < at);
    let (left, right) = (line.to(at), line.from(at + 1));
    (!opens && !left.is_blank() && left.trim_end().text.len() == left.text.len())
        .then(|| (left, right.trim()))
}

/// Whether the first line of a head is a header, and no URL without its scheme.
pub(super) fn is_header(line: Piece<'_>) -> bool {
    line.text.split_once(':').is_some_and(|(name, value)| {
        is_token(name) && (value.starts_with([' ', '\t']) || value.is_empty())
    })
}
