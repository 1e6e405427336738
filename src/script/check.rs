//! What can be said of a script before anything connects: names, files, bodies, options.

mod options;

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::fill::{check_file, check_file_text};
use super::names::{Names, prefixes, variable};
use super::needs::handles;
use super::parse::{Put, check_json, check_xml, is_name, judge_url, meant_file};
use super::visit::{Around, Site, visit};
use super::{Body, Call, Clock, Content, Files, Fill, Generator, Name, Packing, Pattern};
use super::{Placeholder, Schemas, Scope, Script, Template, Trigger};
use crate::diagnostic::{Cure, Diagnostic, nearest};
use crate::format::Format;
use crate::source::Span;

/// What is known before a block runs.
pub struct Known<'a> {
    /// Names that have values: variables, `env.NAME`s that are allowed, servers' `NAME.url` and `NAME.port`.
    pub scope: &'a Scope,
    /// Names that earlier blocks keep, and this block may use.
    pub kept: &'a BTreeSet<String>,
    /// Files.
    pub files: &'a dyn Files,
}

/// Checks a parsed script: undefined names (with the nearest known one), missing files, bodies that are not what their
/// FORMAT says with the values that are known, options and URL that cannot be read, CR or LF in headers.
#[must_use]
pub fn check(script: &Script, known: &Known<'_>) -> Vec<Diagnostic> {
    let scope = Scope::default();
    for name in known.scope.names() {
        if let Some(value) = known.scope.get(&name) {
            scope.set(name, value);
        }
    }
    let all = script.keeps();
    let mut checker = Checker {
        script,
        known,
        scope,
        generator: RefCell::new(Generator::repeating()),
        names: Names::default(),
        all: &all,
        clocks: script.clocks(),
        requests: script.kept_by_requests(),
        packing: Packing::default(),
        schemas: Schemas::default(),
        told: Vec::new(),
    };
    checker.payloads();
    visit(script, &mut |site, around| checker.site(site, around));
    checker.options();
    let mut told = checker.told;
    told.sort_by_key(|diagnostic| diagnostic.span);
    told.dedup();
    told
}

struct Checker<'a> {
    script: &'a Script,
    known: &'a Known<'a>,
    /// A copy of the known values, so that trying bodies out changes nothing.
    scope: Scope,
    generator: RefCell<Generator>,
    names: Names,
    /// Every name that the script keeps anywhere.
    all: &'a BTreeSet<String>,
    clocks: Vec<Clock>,
    /// What handlers of requests keep for all connections.
    requests: BTreeSet<String>,
    /// What the options say of packed formats.
    packing: Packing,
    /// The schemas that were compiled.
    schemas: Schemas,
    told: Vec<Diagnostic>,
}

impl<'a> Checker<'a> {
    fn site(&mut self, site: Site<'a>, around: Around<'a>) {
        let members = matches!(site, Site::Expression(_));
        let mut defined = true;
        for name in Names::used(site) {
            if !self.is_known(&name.text, members, around) {
                defined = false;
                let undefined = self.undefined(&name, members, around);
                self.told.push(undefined);
            }
        }
        if defined {
            match site {
                Site::Url(url) => {
                    self.files(site);
                    self.url(url);
                }
                Site::Header(value) => {
                    self.files(site);
                    self.line_breaks(value, "header");
                }
                Site::Sent(body) | Site::Expected(body) => self.body(site, body),
                Site::Message(name) => self.told.extend(self.packing.message(name).err()),
                Site::Schema(path) => {
                    let mut schemas = std::mem::take(&mut self.schemas);
                    let wrong = schemas.add(&path.text, path.span, &self.fill());
                    self.schemas = schemas;
                    self.told.extend(wrong.err());
                }
                _ => self.files(site),
            }
        }
        self.names.keep(site);
    }

    fn is_known(&self, name: &str, members: bool, around: Around<'_>) -> bool {
        let has = |name: &str| {
            self.scope.get(name).is_some()
                || self.known.kept.contains(name)
                // Before it is set, a name is null to an expression.
                || ((members || handles(around)) && self.all.contains(name))
                || self.requests.contains(name)
        };
        has(name)
            || self.names.known(name, members)
            || (members && prefixes(name).any(has))
            || Clock::awaited(&self.clocks, around, name)
    }

    fn undefined(&self, name: &Name, expression: bool, around: Around<'_>) -> Diagnostic {
        let text = &name.text;
        if is_clock(around) && self.all.contains(text) {
            let message = format!("`{text}` is kept only by clocks that would never start");
            return Diagnostic::error(name.span, message).hint(format!(
                "keep it in a step or below `-- on`, or give it a value: `--var {text}=…`"
            ));
        }
        let names = self.scope.names();
        let known = names.iter().chain(self.known.kept).chain(&self.names.kept);
        let write = |name: &str| {
            if expression {
                format!("${name}")
            } else {
                format!("{{{{{name}}}}}")
            }
        };
        let known: Vec<&str> = known.map(String::as_str).collect();
        let server = ["url", "port", "http", "ws"].into_iter().find_map(|place| {
            let server = text.strip_suffix(place)?.strip_suffix('.')?;
            Some((server, place)).filter(|_| is_name(server))
        });
        let url = format!("{text}.url");
        // A placeholder's place is all of it: within `{{$base64 id }}` it is not known where the name stands.
        let is_alone = expression || name.span.len() == write(text).len();
        let meant = |name: &str| {
            let name = write(name);
            let cure = Cure::from(format!("did you mean `{name}`?"));
            if is_alone { cure.put(name) } else { cure }
        };
        if let Some(server) = text.strip_suffix(".url")
            && let place = format!("{server}.ws")
            && known.contains(&place.as_str())
        {
            let message = format!("`{text}` is not known: the path of `{server}` is not one alone");
            let hint = format!("write `{}` and a path that it has", write(&place));
            return Diagnostic::error(name.span, message).hint(hint);
        }
        let hint = match nearest(text, known.iter().copied()) {
            _ if self.all.contains(text) => "it is kept further down: move that step up".into(),
            _ if known.contains(&url.as_str()) => meant(&url),
            near => match (text.strip_prefix("env."), server, near) {
                (None, Some(server), _) => {
                    return no_server(name, server, &known, &write, &meant);
                }
                (_, _, Some(near)) => meant(near),
                (Some(variable), ..) => {
                    format!("the environment is closed: open it with `--allow-env {variable}`")
                        .into()
                }
                _ => format!(
                    "define it: `--var {text}=…`, a line in `.env`, or `vars:` in the front matter"
                )
                .into(),
            },
        };
        Diagnostic::error(name.span, format!("`{text}` is not defined")).hint(hint)
    }

    fn url(&mut self, url: &Template) {
        self.line_breaks(url, "URL");
        if url.placeholders().next().is_none() || !self.has_values(url) {
            return;
        }
        match self.fill().text(url) {
            Ok(filled) => {
                let broken = filled.value.contains(['\r', '\n']);
                let problem = judge_url(filled.value.trim(), self.script.role, url.span);
                self.told.extend(problem.filter(|_| !broken));
            }
            Err(error) => self.told.push(error),
        }
    }

    /// CR and LF would end the line (RFC 9110, 5.5).
    fn line_breaks(&mut self, template: &Template, what: &str) {
        for placeholder in template.placeholders() {
            let Call::Variable(name) = &placeholder.call else {
                continue;
            };
            let value = self
                .scope
                .get(name)
                .filter(|_| !self.names.known(name, false));
            if value.is_some_and(|value| value.as_text().contains(['\r', '\n'])) {
                let message =
                    format!("the value of `{name}` has a line break, which a {what} cannot hold");
                let encoded = format!("{{{{$uri {name}}}}}");
                let hint = format!("take it out, or write `{encoded}` to percent-encode it");
                let cure = Cure::from(hint).put(encoded);
                self.told
                    .push(Diagnostic::error(placeholder.span, message).hint(cure));
            }
        }
    }

    fn body(&mut self, site: Site<'_>, body: &Body) {
        let template = body.template();
        if let Content::File(path) = &body.content {
            return self.file(body, path);
        }
        let before = self.told.len();
        self.files(site);
        self.told.extend(self.forgotten_path(body));
        let unknown = self.packing.decoder(body.format, body.message.as_ref());
        if let Err(unknown) = unknown {
            self.told.push(unknown);
        }
        // Without placeholders it was judged when it was parsed, but for what it is packed to.
        let is_judged = template.placeholders().next().is_none() && !body.format.is_packed();
        if is_judged || self.told.len() > before {
            return;
        }
        if format_problem(body, &|_| None).is_some() {
            return;
        }
        // It names the very place; filling in finds what is left.
        let problem = format_problem(body, &|placeholder| self.put(placeholder)).or_else(|| {
            let fill = self.has_values(template).then(|| self.fill())?;
            match site {
                Site::Sent(_) => fill.frame(body).err(),
                _ => fill.matcher(&Pattern::Body(body.clone()), false).err(),
            }
        });
        self.told.extend(problem);
    }

    /// A text such as `@blob.txt` beside a file of that name: nothing is wrong with it, and it is hardly meant.
    fn forgotten_path(&self, body: &Body) -> Option<Diagnostic> {
        let Content::Plain(template) = &body.content else {
            return None;
        };
        let text = template
            .as_literal()
            .filter(|_| body.format == Format::Text)?;
        let path = meant_file(&text).filter(|path| self.known.files.read(path).is_ok())?;
        let message = format!("this is the text `{text}`, and not the file of that name");
        let hint = format!("did you mean `@{path}`? to have the text, write `\"{text}\"`");
        let cure = Cure::from(hint)
            .put(format!("@{path}"))
            .put(format!("\"{text}\""));
        Some(Diagnostic::warning(body.span, message).hint(cure))
    }

    /// What a variable looks like in the place of its value.
    fn put(&self, placeholder: &Placeholder) -> Option<Put> {
        let name = variable(placeholder)?;
        if !matches!(placeholder.call, Call::Variable(_))
            || placeholder.escape != super::Escape::JsonValue
        {
            return None;
        }
        if self.names.known(name, false) || self.known.kept.contains(name) {
            // A kept value is a whole JSON value.
            return Some(Put::Value);
        }
        match self.scope.get(name)? {
            super::Value::Text(text) | super::Value::Json(text) => Some(Put::Like(text)),
            super::Value::Bytes(_) => None,
        }
    }

    /// Files that a place names.
    fn files(&mut self, site: Site<'_>) {
        for placeholder in site.template().into_iter().flat_map(Template::placeholders) {
            if let Call::File(path) = &placeholder.call
                && let Err(wrong) = check_file_text(&self.fill(), path, placeholder.span)
            {
                self.told.push(wrong);
            }
        }
    }

    /// A file as a body: it is there, and what its FORMAT says.
    fn file(&mut self, body: &Body, path: &Template) {
        if self.has_values(path) {
            // What is expected is what could be sent.
            let wrong = check_file(&self.fill(), body, path).err();
            self.told.extend(wrong);
        }
    }

    /// Whether every placeholder has a value already.
    fn has_values(&self, template: &Template) -> bool {
        template.placeholders().all(|placeholder| {
            let named = variable(placeholder).is_none_or(|name| {
                self.scope.get(name).is_some()
                    && !self.names.known(name, false)
                    && !self.known.kept.contains(name)
            });
            named && !matches!(placeholder.call, Call::Message(_) | Call::Request(_))
        })
    }

    fn fill(&self) -> Fill<'_> {
        Fill {
            scope: &self.scope,
            generator: &self.generator,
            files: self.known.files,
            index: Some(0),
            client: Some(
                self.script
                    .clients
                    .first()
                    .map_or("client-1", |name| &name.text),
            ),
            client_count: Some(1),
            message: None,
            request: None,
            instance: 1,
            packing: &self.packing,
        }
    }
}

/// What is told of `{{srv.url}}` where there is no such server.
fn no_server(
    name: &Name,
    (server, place): (&str, &str),
    known: &[&str],
    write: &dyn Fn(&str) -> String,
    meant: &dyn Fn(&str) -> Cure,
) -> Diagnostic {
    let text = &name.text;
    let message = format!("`{text}` is not defined: the document has no `/wss-server {server}`");
    let others: Vec<&str> = known
        .iter()
        .filter_map(|name| name.strip_suffix(".url"))
        .collect();
    let shown = |other: &&str| format!("`{}`", write(&format!("{other}.{place}")));
    let hint = match nearest(server, others.iter().copied()) {
        Some(near) => meant(&format!("{near}.{place}")),
        None if others.is_empty() => {
            format!("add that server, or give the name a value: `--var {text}=…`").into()
        }
        None => {
            let others: Vec<_> = others.iter().map(shown).collect();
            format!("the document has {}", others.join(", ")).into()
        }
    };
    Diagnostic::error(name.span, message).hint(hint)
}

fn format_problem(body: &Body, known: &dyn Fn(&Placeholder) -> Option<Put>) -> Option<Diagnostic> {
    match (&body.content, body.format) {
        (Content::Plain(template), format) if format.written() == Format::Json => {
            check_json(template, known)
        }
        (Content::Plain(template), Format::Xml) => check_xml(template, known),
        _ => None,
    }
}

fn is_clock(around: Around<'_>) -> bool {
    let trigger = around.trigger.map(|handler| &handler.trigger);
    matches!(trigger, Some(Trigger::Every { .. }))
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Bytes;
    use crate::script::{Role, Unreadable, Value, parse};
    use std::fmt::Write;

    struct OneFile;

    impl Files for OneFile {
        fn read(&self, path: &str) -> Result<Bytes, Unreadable> {
            match path {
                "./there.json" => Ok(Bytes::from_static(b"{}")),
                "./latin.txt" => Ok(Bytes::from_static(b"caf\xe9")),
                "./cut.xml" => Ok(Bytes::from_static(b"<a><b/>")),
                _ => Err("no such file".into()),
            }
        }
    }

    /// What is told, each with the text at its place.
    fn told(text: &str, role: Role) -> String {
        let parsed = parse(text, role, &[]);
        assert_eq!(parsed.diagnostics, [], "{text}");
        let scope = Scope::default();
        for (name, value) in [
            ("HOST", "example.com"),
            ("URL", "http://example.com"),
            ("LINES", "a\r\nX: b"),
            ("COUNT", "12"),
            ("WORD", "a word"),
            ("chat.url", "ws://127.0.0.1:9"),
        ] {
            scope.set(name, Value::Text(value.to_owned()));
        }
        let kept = BTreeSet::from(["session".to_owned()]);
        let known = Known {
            scope: &scope,
            kept: &kept,
            files: &OneFile,
        };
        let mut out = String::new();
        for diagnostic in check(&parsed.script, &known) {
            let slice = text.get(std::ops::Range::from(diagnostic.span)).unwrap();
            writeln!(out, "`{slice}` {}", diagnostic.message).unwrap();
            writeln!(out, "  = {}", diagnostic.hint.unwrap_or_default()).unwrap();
        }
        out
    }

    #[test]
    fn names_must_be_known_where_they_stand() {
        insta::assert_snapshot!(told(
            r#"ws://{{HSOT}}/{{session}}
X: {{env.HOME}} {{chat.url}}
@timeout {{NOTHING_LIKE_IT}}
-> json {"a": "{{later}}", "b": "{{$uuid as ref}}", "c": "{{ref}}"}
<- json {"later": {{$any as later}}, "again": "{{later}}"}
-- check .a == $later and $ref != $reff and $later.a.b == 1
-- save id = .id
-> text {{later}} {{id}} {{$base64 idd}} {{$uri COUNT}}
-- on text {{late}}
-> text {{later}} {{mine}}
-- on json {"a": {{$any as mine}}}
"#,
            Role::Client,
        ), @r###"
`{{HSOT}}` `HSOT` is not defined
  = did you mean `{{HOST}}`?
`{{env.HOME}}` `env.HOME` is not defined
  = the environment is closed: open it with `--allow-env HOME`
`{{NOTHING_LIKE_IT}}` `NOTHING_LIKE_IT` is not defined
  = define it: `--var NOTHING_LIKE_IT=…`, a line in `.env`, or `vars:` in the front matter
`{{later}}` `later` is not defined
  = it is kept further down: move that step up
`{{later}}` `later` is not defined
  = it is kept further down: move that step up
`$reff` `reff` is not defined
  = did you mean `$ref`?
`{{$base64 idd}}` `idd` is not defined
  = did you mean `{{id}}`?
`{{late}}` `late` is not defined
  = did you mean `{{later}}`?
"###);
    }

    #[test]
    fn a_server_that_is_not_there_is_told_by_its_name() {
        insta::assert_snapshot!(told(
            "{{srv.url}}\nX: {{chta.port}} {{chat}}\n-- note {{env.url}}\n<- text\n-- check $nope.port\n",
            Role::Client,
        ), @"
        `{{srv.url}}` `srv.url` is not defined: the document has no `/wss-server srv`
          = the document has `{{chat.url}}`
        `{{chta.port}}` `chta.port` is not defined: the document has no `/wss-server chta`
          = did you mean `{{chat.port}}`?
        `{{chat}}` `chat` is not defined
          = did you mean `{{chat.url}}`?
        `{{env.url}}` `env.url` is not defined
          = the environment is closed: open it with `--allow-env url`
        `$nope.port` `nope.port` is not defined: the document has no `/wss-server nope`
          = the document has `$chat.port`
        ");
    }

    #[test]
    fn a_file_must_be_what_its_format_says_wherever_it_is_named() {
        insta::assert_snapshot!(told(
            "ws://h/{{$file ./no}}\nX: {{$file ./latin.txt}}\n-> json @./cut.xml\n-> binary @./latin.txt\n<- xml @./cut.xml\n-> text @./latin.txt\n<- json {\"a\": {{$any}}, \"b\": \"{{$file ./latin.txt}}\"}\n-- on xml @./{{COUNT}}.xml\n-> xml @./cut.xml\n-> json @./there.json\n",
            Role::Client,
        ), @"
        `{{$file ./no}}` `./no` cannot be read: no such file
          = paths are relative to the document, and stay inside `--file-root`
        `{{$file ./latin.txt}}` `./latin.txt` is not UTF-8 text (from byte 3 on)
          = bytes of any kind are sent by `binary @./file`
        `./cut.xml` in `./cut.xml`: this is not JSON: expected value (line 1, column 1)
          = correct the file, or write the FORMAT that it has
        `./cut.xml` in `./cut.xml`: this is not well-formed XML: `<a>` is never closed (line 1, column 1)
          = correct the file, or write the FORMAT that it has
        `./latin.txt` `./latin.txt` is not UTF-8 text (from byte 3 on)
          = bytes of any kind are sent by `binary @./file`
        `{{$file ./latin.txt}}` `./latin.txt` is not UTF-8 text (from byte 3 on)
          = bytes of any kind are sent by `binary @./file`
        `./{{COUNT}}.xml` `./12.xml` cannot be read: no such file
          = paths are relative to the document, and stay inside `--file-root`
        `./cut.xml` in `./cut.xml`: this is not well-formed XML: `<a>` is never closed (line 1, column 1)
          = correct the file, or write the FORMAT that it has
        ");
    }

    #[test]
    fn a_text_that_names_a_file_is_warned_of() {
        insta::assert_snapshot!(told(
            "ws://h/\n-> text @there.json\n-> text \"@there.json\"\n-> text @missing.json\n<- text @there.json\n",
            Role::Client,
        ), @r#"
        `@there.json` this is the text `@there.json`, and not the file of that name
          = did you mean `@./there.json`? to have the text, write `"@there.json"`
        `@there.json` this is the text `@there.json`, and not the file of that name
          = did you mean `@./there.json`? to have the text, write `"@there.json"`
        "#);
    }

    #[test]
    fn values_must_fit_where_they_are_inserted() {
        insta::assert_snapshot!(told(
            r#"{{URL}}/path
X: {{LINES}}
Y: {{$uri LINES}}
@timeout {{COUNT}}
@linger {{COUNT}}s
@subprotocol {{WORD}}
-> json {"n": {{COUNT}}, "s": "{{WORD}}"}
-> json {"n": {{WORD}}}
-> json {"n": {{session}}, "m": {{COUNT}}, {{session}}: "{{WORD}}"}
-> json {"n": {{session}} {{COUNT}}}
-> json {"n": {{session}}, "w": {{WORD}}}
<- json {"n": {{WORD}}, "m": {{$any}}}
-> json @./there.json
-> json @./missing.json
-> text {{$file ./missing.txt}}
"#,
            Role::Client,
        ), @r###"
`{{URL}}/path` `http://` is not a WebSocket URL
  = write `ws://example.com/path`
`{{LINES}}` the value of `LINES` has a line break, which a header cannot hold
  = take it out, or write `{{$uri LINES}}` to percent-encode it
`{{COUNT}}` not a duration
  = did you mean `12s` or `12ms`?
`{{WORD}}` `a word` is not a subprotocol
  = names are separated by commas and hold no blanks: `chat.v2, chat.v1`
`{{WORD}}` not JSON: expected value
  = with this value the body is not valid JSON; a string stands in double quotes
`{{COUNT}}` not JSON: expected `,` or `}`
  = with this value the body is not valid JSON; a string stands in double quotes
`{{WORD}}` not JSON: expected value
  = with this value the body is not valid JSON; a string stands in double quotes
`{{WORD}}` not JSON: expected value
  = with this value the body is not valid JSON; a string stands in double quotes
`./missing.json` `./missing.json` cannot be read: no such file
  = paths are relative to the document, and stay inside `--file-root`
`{{$file ./missing.txt}}` `./missing.txt` cannot be read: no such file
  = paths are relative to the document, and stay inside `--file-root`
"###);
    }
}
