//! The head of a block → data of the script: URL, headers, options.

use std::cell::RefCell;

use super::js::Js;
use super::lexical::ExpressionUse;
use super::steps::milliseconds;
use super::writer::BlockWriter;
use crate::diagnostic::Diagnostic;
use crate::document::{BlockKind, FrontMatterSetting};
use crate::script::{
    Files, Fill, Generator, OptionLine, Options, Scope, Script, Setting, Template, parse_duration,
};
use crate::source::Span;
use crate::wall_clock::WallClock;

/// Options of what is shown, and of the machine: a script has no use for them.
const SHOWN: [&str; 7] = [
    "log",
    "mask",
    "timestamps",
    "log-messages",
    "log-bytes",
    "proto",
    "proto-path",
];
/// Options that k6 has no counterpart of, and what to do instead.
const WITHOUT: [(&str, &str); 10] = [
    ("decode", "k6 sees the bytes as they came"),
    (
        "delimiter",
        "k6 sees messages as they came: match several records at once",
    ),
    (
        "compress",
        "k6 does not compress messages as the option says",
    ),
    (
        "clients",
        "a script of k6 has one client: run it with `--vus`",
    ),
    ("schema", "say in patterns what must be there"),
    (
        "cacert",
        "k6 takes the system's roots: add it there (`SSL_CERT_FILE`)",
    ),
    ("cert", "add `tlsAuth` to the script's options by hand"),
    ("key", "add `tlsAuth` to the script's options by hand"),
    (
        "proxy",
        "k6 takes the environment's: `HTTPS_PROXY=… k6 run …`",
    ),
    ("resolve", "add `hosts` to the script's options by hand"),
];
/// Options that are durations, and what the script calls them.
const DURATIONS: [(&str, &str); 6] = [
    ("timeout", "timeout"),
    ("connect-timeout", "connectTimeout"),
    ("close-timeout", "closeTimeout"),
    ("deadline", "deadline"),
    ("linger", "linger"),
    ("ping-every", "pingEvery"),
];

impl BlockWriter<'_> {
    /// What stands above the steps. `defaults` are the front matter's options, with their places.
    pub(super) fn head(
        &mut self,
        script: &Script,
        files: &dyn Files,
        defaults: &[FrontMatterSetting],
    ) -> Vec<(&'static str, Js)> {
        let is_http = self.block.kind == BlockKind::Http;
        let mut members = vec![("name", Js::Text(self.block.name.clone()))];
        if is_http {
            let method = script.method.as_ref();
            let method = method.map_or("GET", |method| &method.text);
            members.push(("method", Js::Text(method.to_owned())));
        }
        members.extend(self.url(&script.url).map(|url| ("url", url)));
        self.headers(script, &mut members);
        let lets: Vec<_> = script
            .lets
            .iter()
            .filter_map(|each| {
                let value = self.expression(&each.expression, ExpressionUse::Compute)?;
                let name = Js::Text(each.name.text.clone());
                Some(Js::Object(vec![("let", name), ("value", value)]))
            })
            .collect();
        if !lets.is_empty() {
            members.push(("lets", Js::List(lets)));
        }
        for opening in &script.opening {
            let why = "k6 does not show the answer to an opening handshake";
            self.unseen(&opening.judgement, why);
        }
        self.options(script, files, defaults, &mut members);
        if !is_http {
            let never = self.patterns(&script.never).into_iter();
            let label = Js::Text("@never".to_owned());
            let never: Vec<_> = never
                .map(|pattern| Js::Object(vec![("message", pattern), ("label", label.clone())]))
                .collect();
            members.extend((!never.is_empty()).then_some(("never", Js::List(never))));
            let ignore = self.patterns(&script.ignore);
            members.extend((!ignore.is_empty()).then_some(("ignore", Js::List(ignore))));
        }
        members
    }

    fn url(&mut self, url: &Template) -> Option<Js> {
        let begins = url.parts.first().map(|part| match part {
            crate::script::Part::Literal(text, _) => text.as_str(),
            crate::script::Part::Placeholder(_) => "",
        });
        let begins = begins.unwrap_or_default();
        if begins.starts_with("ws+unix:") || begins.starts_with("http+unix:") {
            let cure = "k6 knows TCP alone: have the service listen on a port";
            return self.refuse(url.span, "a Unix socket", cure);
        }
        self.template(url)
    }

    fn headers(&mut self, script: &Script, members: &mut Vec<(&'static str, Js)>) {
        let mut headers: Vec<Js> = Vec::new();
        let mut names: Vec<String> = Vec::new();
        for header in &script.headers {
            let name = header.name.to_ascii_lowercase();
            if names.contains(&name) {
                let cure =
                    "k6 sends one header of a name: put the values into one line, with commas";
                let _: Option<()> = self.refuse(header.span, "a repeated header", cure);
                continue;
            }
            names.push(name);
            if let Some(value) = self.template(&header.value) {
                headers.push(Js::List(vec![Js::Text(header.name.clone()), value]));
            }
        }
        if !headers.is_empty() {
            members.push(("headers", Js::List(headers)));
        }
    }

    fn options(
        &mut self,
        script: &Script,
        files: &dyn Files,
        defaults: &[FrontMatterSetting],
        members: &mut Vec<(&'static str, Js)>,
    ) {
        let is_http = self.block.kind == BlockKind::Http;
        let options = constant(script, files);
        self.without_counterpart(script, defaults);
        self.durations(script, &options, members);
        let names = last(script, "subprotocol").and_then(|line| self.template(&line.value));
        members.extend(names.map(|names| ("subprotocols", names)));
        let is_true = |key, is: bool| is.then(|| (key, Js::of(true)));
        members.extend(is_true("anySubprotocol", options.subprotocol_optional));
        members.extend(is_true("cookies", options.cookies));
        if let Some(retry) = options.retry {
            let retry = vec![
                ("times", Js::of(retry.times)),
                ("pause", milliseconds(retry.pause)),
            ];
            members.push(("retry", Js::Object(retry)));
        }
        if options.follow > 0 {
            members.push(("follow", Js::of(options.follow)));
        }
        if script.has_option("max-message") && !is_http {
            members.push(("maxMessage", Js::of(options.max_message)));
        }
    }

    /// What k6 has no counterpart of, and what a script must know beforehand.
    fn without_counterpart(&mut self, script: &Script, defaults: &[FrontMatterSetting]) {
        for line in &script.options {
            let name = line.name.text.as_str();
            if let Some((_, cure)) = WITHOUT.iter().find(|(option, _)| *option == name) {
                self.refuse_option(line, &format!("`@{name}`"), cure, defaults);
                continue;
            }
            let is_variable = line.value.placeholders().next().is_some();
            let is_filled = name == "subprotocol"
                || SHOWN.contains(&name)
                || DURATIONS.iter().any(|(option, _)| *option == name);
            let is_read_elsewhere = matches!(name, "never" | "ignore" | "let" | "skip");
            if is_variable && !is_filled && !is_read_elsewhere {
                let what = format!("`@{name}` with a variable");
                self.refuse_option(line, &what, "write its value down", defaults);
            }
        }
    }

    fn durations(
        &mut self,
        script: &Script,
        options: &Options,
        members: &mut Vec<(&'static str, Js)>,
    ) {
        let is_http = self.block.kind == BlockKind::Http;
        let always = [
            ("timeout", options.timeout),
            ("connect-timeout", options.connect_timeout),
            ("close-timeout", options.close_timeout),
            ("linger", options.linger),
        ];
        for (name, key) in DURATIONS {
            if is_http && name != "timeout" {
                continue;
            }
            let default = always.iter().find(|(option, _)| *option == name);
            let default = default.map(|(_, duration)| Setting::Is(*duration));
            let setting = last(script, name).map(|line| setting(&line.value));
            let duration = setting.or(default);
            if let Some(duration) = duration.and_then(|duration| self.duration(&duration)) {
                members.push((key, duration));
            }
        }
    }

    /// An option that the front matter gives is told there.
    fn refuse_option(
        &mut self,
        line: &OptionLine,
        what: &str,
        cure: &str,
        defaults: &[FrontMatterSetting],
    ) {
        let given = defaults.iter().find(|given| given.name == line.name.text);
        if let Some(given) = given.filter(|_| line.default) {
            let message = format!("{what} cannot be exported to k6");
            let told = Diagnostic::error(given.name_span, message);
            self.refused.push(told.hint(cure));
        } else {
            let span = if line.default { Span::at(0) } else { line.span };
            let _: Option<()> = self.refuse(span, what, cure);
        }
    }
}

/// The last line of an option.
fn last<'a>(script: &'a Script, name: &str) -> Option<&'a OptionLine> {
    let mut lines = script.options.iter().rev();
    lines.find(|line| line.name.text == name)
}

/// A duration that is written down, or one that is filled in.
fn setting(value: &Template) -> Setting<std::time::Duration> {
    let written = value.as_literal().and_then(|text| parse_duration(&text));
    written.map_or_else(|| Setting::Later(value.clone()), Setting::Is)
}

/// The options as far as they are written down.
fn constant(script: &Script, files: &dyn Files) -> Options {
    let mut written = script.clone();
    let is_variable = |line: &OptionLine| line.value.placeholders().next().is_some();
    written.options.retain(|line| !is_variable(line));
    let scope = Scope::default();
    let generator = RefCell::new(Generator::new(Some(0), WallClock::default()));
    let fill = Fill::new(&scope, &generator, files);
    Options::read(&written, &fill).0
}
