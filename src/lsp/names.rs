//! Where names stand in a document: of kept values and variables, of servers, of clients. Reads tokens, so that it knows the
//! names of a script that is half typed. Knows no protocol.

use crate::document::{Block, Document};
use crate::runner::role;
use crate::script::{RESERVED_NAMES, Role, Token, TokenClass, tokens};
use crate::source::Span;

/// What a name is of. Two names are the same if this is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Symbol {
    /// A value that is kept, or a variable.
    Value(String),
    /// A server of the document.
    Server(String),
    /// A client, in the block of that place among the blocks.
    Client(usize, String),
}

impl Symbol {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Value(name) | Self::Server(name) | Self::Client(_, name) => name,
        }
    }
}

/// A place in the document where a name stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Occurrence {
    pub(super) symbol: Symbol,
    pub(super) span: Span,
    /// Whether it gets its meaning here.
    pub(super) defines: bool,
}

/// What of a server a name behind its name gives.
const PLACES: [&str; 4] = ["url", "port", "http", "ws"];

/// All of them, in order of place.
pub(super) fn occurrences(document: &Document, defaults: &[(String, String)]) -> Vec<Occurrence> {
    let front = &document.front_matter;
    let vars = front
        .vars
        .iter()
        .map(|var| (&var.name, var.name_span, true));
    let secrets = front
        .secrets
        .iter()
        .map(|(name, span)| (name, *span, false));
    let mut found: Vec<Occurrence> = vars
        .chain(secrets)
        .map(|(name, span, defines)| Occurrence {
            symbol: Symbol::Value(name.clone()),
            span,
            defines,
        })
        .collect();
    let servers: Vec<&str> = servers(document).collect();
    for (index, block) in document.blocks.iter().enumerate() {
        found.extend(server_name(block));
        let mut names = BlockNames {
            block,
            index,
            servers: &servers,
            found: &mut found,
        };
        names.read(defaults);
    }
    found.sort_by_key(|occurrence| occurrence.span);
    found
}

/// The names of the document's servers.
pub(super) fn servers(document: &Document) -> impl Iterator<Item = &str> {
    let servers = document
        .blocks
        .iter()
        .filter(|block| block.kind.is_server());
    servers.map(|block| block.name.as_str())
}

/// The name of a server in its fence, which ends with it.
fn server_name(block: &Block) -> Option<Occurrence> {
    let whole = block.info;
    let start = whole.end.checked_sub(block.name.len())?;
    (block.kind.is_server() && start > whole.start).then(|| Occurrence {
        symbol: Symbol::Server(block.name.clone()),
        span: Span::new(start, whole.end),
        defines: true,
    })
}

/// Collects the names of one block.
struct BlockNames<'a> {
    block: &'a Block,
    index: usize,
    servers: &'a [&'a str],
    found: &'a mut Vec<Occurrence>,
}

impl BlockNames<'_> {
    fn read(&mut self, defaults: &[(String, String)]) {
        let text = self.block.body.text();
        let role = role(self.block.kind);
        let tokens = tokens(text, role, defaults);
        let mut before: Option<Token> = None;
        for token in tokens {
            let word = text
                .get(token.span.start..token.span.end)
                .unwrap_or_default();
            match token.class {
                TokenClass::ClientName if role == Role::Client => {
                    self.client(word, token, before);
                }
                TokenClass::Placeholder => self.placeholder(word, token.span.start),
                TokenClass::Variable => match word.strip_prefix('$') {
                    Some(name) if RESERVED_NAMES.contains(&name) => {}
                    Some(_) => self.in_expression(text, token.span),
                    None => self.value(token.span, word, is_definition(before, text)),
                },
                _ => {}
            }
            before = Some(token);
        }
    }

    fn push(&mut self, symbol: Symbol, span: Span, defines: bool) {
        self.found.push(Occurrence {
            symbol,
            span: self.block.body.span(span),
            defines,
        });
    }

    /// A client's name; it is declared behind `@clients`.
    fn client(&mut self, word: &str, token: Token, before: Option<Token>) {
        let text = self.block.body.text();
        let line = text.get(..token.span.start).unwrap_or_default();
        let line = line.rsplit('\n').next().unwrap_or_default();
        let defines = before.is_some() && line.trim_start().starts_with("@clients");
        let symbol = Symbol::Client(self.index, word.to_owned());
        self.push(symbol, token.span, defines);
    }

    /// A name of a value, which may be a place of a server: then the server's name stands there.
    fn value(&mut self, span: Span, name: &str, defines: bool) {
        let server = name
            .rsplit_once('.')
            .filter(|(server, place)| self.servers.contains(server) && PLACES.contains(place));
        match server {
            Some((server, _)) => {
                let span = Span::new(span.start, span.start + server.len());
                self.push(Symbol::Server(server.to_owned()), span, false);
            }
            None => self.push(Symbol::Value(name.to_owned()), span, defines),
        }
    }

    /// `$name` in an expression, and the members behind it: `$chat.url` is a place, `$user.id` a member of `user`.
    fn in_expression(&mut self, text: &str, span: Span) {
        let start = span.start + 1;
        let rest = text.get(span.end..).unwrap_or_default();
        let is_part = |next: char| next.is_alphanumeric() || matches!(next, '_' | '.');
        let length = rest.find(|next| !is_part(next)).unwrap_or(rest.len());
        let whole = text.get(start..span.end + length).unwrap_or_default();
        let server = whole.split_once('.').filter(|(server, rest)| {
            let place = rest.split('.').next().unwrap_or_default();
            self.servers.contains(server) && PLACES.contains(&place)
        });
        let name = Span::new(start, span.end);
        if let Some((server, _)) = server {
            self.push(Symbol::Server(server.to_owned()), name, false);
        } else {
            let text = text.get(start..span.end).unwrap_or_default().to_owned();
            self.push(Symbol::Value(text), name, false);
        }
    }

    /// `{{NAME}}`, `{{$base64 NAME}}`, `{{… as NAME}}`
    fn placeholder(&mut self, word: &str, at: usize) {
        let Some(inside) = word
            .strip_prefix("{{")
            .and_then(|rest| rest.strip_suffix("}}"))
        else {
            return;
        };
        let at = at + "{{".len();
        let span = |part: &str| {
            let start = at + offset_in(inside, part);
            Span::new(start, start + part.len())
        };
        let words: Vec<&str> = inside
            .split([' ', '\t'])
            .filter(|word| !word.is_empty())
            .collect();
        let used = match words.as_slice() {
            ["$base64" | "$uri", name, ..] => Some(*name),
            [first, ..] if !first.starts_with('$') => Some(*first),
            _ => None,
        };
        if let Some(name) = used {
            self.value(span(name), name, false);
        }
        if let [_, .., "as", name] = words.as_slice() {
            self.value(span(name), name, true);
        }
    }
}

/// Whether a name behind this token is given a value.
fn is_definition(before: Option<Token>, text: &str) -> bool {
    let word = before.and_then(|token| text.get(token.span.start..token.span.end));
    matches!(word, Some("save" | "let" | "@let"))
}

/// Where a part of a text begins in it.
fn offset_in(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;

    const TEXT: &str = "---\nvoiden:\n  vars:\n    USER: ann\n  secrets: [token]\n---\n\n\
        ```/wss-server chat\nws://127.0.0.1:0/\n-- on json {\"n\": {{$number as n}}}\n-> text {{n}} {{$base64 USER}}\n```\n\n\
        > ```/wss Two\n> {{chat.url}}\n> @clients alice, bob\n> alice X-Name: {{USER}}\n>\n> alice -> json {\"a\": {{$uuid as id}}}\n\
        > bob <- json\n> -- check .a == $id and $size > 1 and $chat.port > 0\n> -- save token = $id\n> -- secret token\n> ```\n";

    #[test]
    fn names_are_found_with_their_places() {
        let document = document::parse(TEXT);
        let told: Vec<String> = occurrences(&document, &[])
            .into_iter()
            .map(|found| {
                let word = TEXT.get(found.span.start..found.span.end).unwrap();
                assert_eq!(word, found.symbol.name());
                let kind = match found.symbol {
                    Symbol::Value(_) => "value",
                    Symbol::Server(_) => "server",
                    Symbol::Client(..) => "client",
                };
                let line = TEXT.get(..found.span.start).unwrap().matches('\n').count() + 1;
                let defines = if found.defines { " defined" } else { "" };
                format!("{line} {kind} {word}{defines}")
            })
            .collect();
        let expected = "4 value USER defined|5 value token|8 server chat defined|10 value n defined|11 value n|\
            11 value USER|15 server chat|16 client alice defined|16 client bob defined|17 client alice|\
            17 value USER|19 client alice|19 value id defined|20 client bob|21 value id|21 server chat|\
            22 value token defined|22 value id|23 value token";
        assert_eq!(told.join("|"), expected);
    }
}
