//! Options that the document's front matter sets for every block.

use super::call::TemplatePlace;
use super::lines::Marks;
use super::option::{opening_let, pattern};
use super::template::line as template;
use super::text::Piece;
use crate::diagnostic::Diagnostic;
use crate::script::options::{client_names, find, judge};
use crate::script::{
    Body, Content, Expression, Name, OpeningLet, OptionInfo, OptionLine, Part, Pattern, Role,
    Script, Template,
};
use crate::source::Span;

/// The lines that say in the head of a block what the document's options say for it.
#[must_use]
pub fn default_lines(defaults: &[(String, String)], script: &Script) -> Vec<String> {
    let holds = |name: &String| {
        let mut lines = script.options.iter();
        lines.any(|line| line.default && line.name.text == *name)
    };
    let held = defaults.iter().filter(|(name, _)| holds(name));
    held.map(|(name, value)| {
        let flag = find(name).is_some_and(|info| info.alone) && value.trim() == "true";
        // A text of several lines is read as one.
        let value = if flag { "" } else { value.trim() };
        let value: Vec<&str> = value.lines().map(str::trim).collect();
        format!("@{name} {}", value.join(" ")).trim_end().to_owned()
    })
    .collect()
}

/// What a default gives a block.
enum DefaultLine {
    Value(Template),
    Pattern(Pattern),
    /// `@let`
    Let(Name, Expression),
    /// A flag that is off.
    Nothing,
}

/// The names that `clients` in front matter gives.
pub(super) fn clients(defaults: &[(String, String)]) -> Vec<Name> {
    defaults
        .iter()
        .filter(|(name, _)| name == "clients")
        .find_map(|(_, value)| client_names(value, Span::default()).ok())
        .unwrap_or_default()
}

/// Adds each default that the role takes and the block does not set. A bad one was told where it stands.
pub(super) fn add(defaults: &[(String, String)], marks: Marks, script: &mut Script) {
    let place = script.url.span;
    for name in &mut script.clients {
        if name.span.is_empty() {
            name.span = place;
        }
    }
    let own: Vec<String> = script
        .options
        .iter()
        .map(|line| line.name.text.clone())
        .collect();
    let mut lets = Vec::new();
    for (name, value) in defaults {
        let is_free = |name: &String| name == "let" || !own.contains(name);
        let Some(info) = find(name).filter(|info| info.takes(marks.role) && is_free(name)) else {
            continue;
        };
        let again = script.options.iter().any(|line| line.name.text == *name);
        if again && !info.repeated {
            continue;
        }
        let value = match read(info, value, marks) {
            Ok(DefaultLine::Value(value)) => moved(value, place),
            Ok(DefaultLine::Pattern(pattern)) => {
                let patterns = match info.name {
                    "never" => &mut script.never,
                    _ => &mut script.ignore,
                };
                patterns.push((moved_pattern(pattern, place), place));
                Template::literal(value.as_str(), place)
            }
            Ok(DefaultLine::Let(name, expression)) => {
                lets.push(moved_let(name, expression, place));
                Template::literal(value.as_str(), place)
            }
            Ok(DefaultLine::Nothing) | Err(_) => continue,
        };
        script.options.push(OptionLine {
            name: Name {
                text: name.clone(),
                span: place,
            },
            value,
            span: place,
            default: true,
        });
    }
    // The block's own come after them, and may be computed from them.
    lets.append(&mut script.lets);
    script.lets = lets;
}

fn moved_let(name: Name, expression: Expression, place: Span) -> OpeningLet {
    OpeningLet {
        who: None,
        name: Name {
            span: place,
            ..name
        },
        expression: expression.moved(place),
    }
}

/// What is wrong with a default's value, with a span in it.
pub(in crate::script) fn value(info: &'static OptionInfo, value: &str) -> Result<(), Diagnostic> {
    let role = if info.client {
        Role::Client
    } else if info.server {
        Role::Server
    } else {
        Role::Http
    };
    let clients = false;
    read(info, value, Marks { role, clients }).map(|_| ())
}

fn read(info: &'static OptionInfo, value: &str, marks: Marks) -> Result<DefaultLine, Diagnostic> {
    let mut told = Vec::new();
    let piece = Piece::new(value, 0).trim();
    let given = match (info.name, piece.text) {
        (_, "false") if info.alone => return Ok(DefaultLine::Nothing),
        (_, "true" | "") if info.alone => DefaultLine::Value(Template::literal("", Span::at(0))),
        ("insecure" | "cookies", _) => {
            let message = format!("`{}` is true or false", info.name);
            let hint = format!("write `{}: true`", info.name);
            return Err(Diagnostic::error(piece.span(), message).hint(hint));
        }
        ("never" | "ignore", _) => match pattern(info.name, piece, piece, marks, &mut told) {
            Some(matched) => DefaultLine::Pattern(matched),
            None => DefaultLine::Nothing,
        },
        ("let", _) => match opening_let(piece, &mut told) {
            Some((name, expression)) => DefaultLine::Let(name, expression),
            None => DefaultLine::Nothing,
        },
        _ => {
            let template = template(piece, TemplatePlace::Value, &mut told);
            if let Some(text) = template.as_literal() {
                judge(info, &text, template.span)?;
            }
            DefaultLine::Value(template)
        }
    };
    match told.into_iter().find(Diagnostic::is_error) {
        Some(diagnostic) => Err(diagnostic),
        None => Ok(given),
    }
}

fn moved_pattern(pattern: Pattern, place: Span) -> Pattern {
    let body = match pattern {
        Pattern::Body(body) => body,
        Pattern::Message(name) => {
            return Pattern::Message(Name {
                span: place,
                ..name
            });
        }
        pattern @ (Pattern::Any | Pattern::Format(_)) => return pattern,
    };
    let content = match body.content {
        Content::Plain(template) => Content::Plain(moved(template, place)),
        Content::Quoted(template) => Content::Quoted(moved(template, place)),
        Content::Hex(template) => Content::Hex(moved(template, place)),
        Content::Base64(template) => Content::Base64(moved(template, place)),
        Content::File(template) => Content::File(moved(template, place)),
    };
    Pattern::Body(Body {
        format: body.format,
        message: body.message.map(|name| Name {
            span: place,
            ..name
        }),
        content,
        span: place,
    })
}

/// A template all of whose places are one: it stands in another part of the document.
fn moved(mut template: Template, place: Span) -> Template {
    template.span = place;
    for part in &mut template.parts {
        match part {
            Part::Literal(_, span) => *span = place,
            Part::Placeholder(placeholder) => placeholder.span = place,
        }
    }
    template
}
