//! `@option` lines. What a value may be, each option knows itself.

use super::body::StepWords;
use super::call::TemplatePlace;
use super::head::HeadReader;
use super::lines::{Marks, is_name};
use super::refine::assignment;
use super::template::{line as template, opening};
use super::text::Piece;
use crate::diagnostic::Diagnostic;
use crate::script::options::{self, judge, unknown};
use crate::script::{
    Expression, Name, OpeningLet, OptionInfo, OptionLine, Pattern, Role, Template,
};

/// What a request has instead of an option that is none of its own.
fn of_sessions(info: &OptionInfo) -> &'static str {
    match info.name {
        "never" => "one answer comes: `-- check` says below its `<-` what it must not be",
        "ignore" => "one answer comes: `@mask` hides what changes in it",
        "delimiter" => {
            "a body is one message: `-- let` takes records apart, as in `$text | split(\"\\n\")`"
        }
        _ if !info.client => "it stands in a `/wss-server` block",
        _ => "it stands in a `/wss` block",
    }
}

impl HeadReader<'_> {
    pub(super) fn option(&mut self, line: Piece<'_>) {
        let (word, value) = line.word();
        let name = word.from(1);
        let Some(info) = options::find(name.text) else {
            let role = self.script.role;
            let unknown = unknown(name.text, word.span(), "@", |option| option.takes(role));
            self.told.push(unknown);
            return;
        };
        if !info.takes(self.script.role) {
            let (message, hint) = match self.script.role {
                Role::Http => ("is not an option of a request", of_sessions(info)),
                _ if info.http && !info.client => {
                    ("is a request's option", "it stands in a `/http` block")
                }
                Role::Client => ("is a server's option", "it stands in a `/wss-server` block"),
                Role::Server => ("is a client's option", "it stands in a `/wss` block"),
            };
            let message = format!("`@{}` {message}", info.name);
            self.told
                .push(Diagnostic::error(word.span(), message).hint(hint));
            return;
        }
        let earlier = self
            .script
            .options
            .iter()
            .any(|option| option.name.text == info.name);
        if earlier && !info.repeated {
            let message = format!("`@{}` a second time", info.name);
            self.told
                .push(Diagnostic::error(word.span(), message).hint("keep one of the two lines"));
            return;
        }
        self.value(info, name, value, line);
    }

    fn value(
        &mut self,
        info: &'static OptionInfo,
        name: Piece<'_>,
        value: Piece<'_>,
        line: Piece<'_>,
    ) {
        if value.is_empty() && !info.alone {
            let message = format!("`@{}` needs a value", info.name);
            let hint = format!("for instance `@{} {}`", info.name, info.example);
            self.told
                .push(Diagnostic::error(line.span(), message).hint(hint));
            return;
        }
        let before = self.told.len();
        let value = match info.name {
            "let" => {
                if !self.opening_let(None, value) {
                    return;
                }
                Template::literal(value.text, value.span())
            }
            "never" | "ignore" => {
                let lead = format!("@{}", info.name);
                let Some(pattern) = pattern(&lead, line, value, self.marks, self.told) else {
                    return;
                };
                let patterns = match info.name {
                    "never" => &mut self.script.never,
                    _ => &mut self.script.ignore,
                };
                patterns.push((pattern, line.span()));
                Template::literal(value.text, value.span())
            }
            "clients" if opening(value.text).is_some() => {
                let message = "a client's name cannot come from a variable";
                let hint = "write the names: `@clients alice, bob`";
                self.told
                    .push(Diagnostic::error(value.span(), message).hint(hint));
                return;
            }
            _ => template(value, TemplatePlace::Value, self.told),
        };
        let parsed = matches!(info.name, "never" | "ignore" | "let") || self.told.len() > before;
        let literal = value.as_literal().filter(|_| !parsed);
        if let Some(text) = literal
            && let Err(wrong) = judge(info, &text, value.span)
        {
            self.told.push(wrong);
        }
        self.script.options.push(OptionLine {
            name: Name {
                text: name.text.to_owned(),
                span: name.span(),
            },
            value,
            span: line.span(),
            default: false,
        });
    }
}

impl HeadReader<'_> {
    /// Reads a line if it is an `@let` of one client.
    pub(super) fn own_let(&mut self, line: Piece<'_>) -> bool {
        let Some((who, value)) = own_let(line, &self.script.clients) else {
            let (who, rest) = line.word();
            let is_of_no_client = rest.word().0.text == "@let" && is_name(who.text);
            if is_of_no_client {
                let message = format!("there is no client `{}`", who.text);
                let hint = format!("name it, `@clients {}`, or remove it here", who.text);
                self.told
                    .push(Diagnostic::error(who.span(), message).hint(hint));
            }
            return is_of_no_client;
        };
        let name = Name {
            text: who.text.to_owned(),
            span: who.span(),
        };
        self.opening_let(Some(name), value);
        true
    }

    /// `NAME = EXPRESSION` of `@let`; whether it was understood.
    pub(super) fn opening_let(&mut self, who: Option<Name>, value: Piece<'_>) -> bool {
        let read = opening_let(value, self.told);
        let understood = read.is_some();
        self.script
            .lets
            .extend(read.map(|(name, expression)| OpeningLet {
                who,
                name,
                expression,
            }));
        understood
    }
}

/// `alice @let NAME = EXPRESSION`
pub(super) fn own_let<'a>(line: Piece<'a>, clients: &[Name]) -> Option<(Piece<'a>, Piece<'a>)> {
    let (who, rest) = line.word();
    let (option, value) = rest.word();
    let declared = clients.iter().any(|client| client.text == who.text);
    (declared && option.text == "@let").then_some((who, value))
}

/// `NAME = EXPRESSION` of `@let`.
pub(super) fn opening_let(
    value: Piece<'_>,
    told: &mut Vec<Diagnostic>,
) -> Option<(Name, Expression)> {
    assignment("@let", value, value, told)
}

/// `[FORMAT] PATTERN` of `@never` and `@ignore`.
pub(super) fn pattern(
    lead: &str,
    line: Piece<'_>,
    value: Piece<'_>,
    marks: Marks,
    told: &mut Vec<Diagnostic>,
) -> Option<Pattern> {
    if value.is_empty() {
        let message = format!("a pattern is missing behind `{lead}`");
        let hint = format!("for instance `{lead} {{\"type\": \"error\"}}`");
        told.push(Diagnostic::error(line.span(), message).hint(hint));
        return None;
    }
    let words = StepWords {
        lead,
        line,
        rest: value,
        below: &[],
        marks,
        place: TemplatePlace::Pattern,
    };
    words.pattern(&Vec::new, told)
}
