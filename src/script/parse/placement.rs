//! Placeholders that have a value only in some places: `{{$message}}`, `{{$index}}`, `{{$client}}`,
//! `{{$clientCount}}`.

use super::requests::path_at;
use crate::diagnostic::{Cure, Diagnostic, nearest};
use crate::protocol::PathPattern;
use crate::script::visit::{Around, Site, visit};
use crate::script::{Call, RequestMember, Role, Script, Template, Trigger};
use crate::source::Span;

/// Tells each one that stands where it has no value.
pub(super) fn check(script: &Script, told: &mut Vec<Diagnostic>) {
    visit(script, &mut |site, around| {
        if let Site::Echo(span) = site
            && let Some((message, hint)) = problem(script, &Call::Message(Vec::new()), site, around)
        {
            told.push(Diagnostic::error(span, message).hint(hint));
        }
        if let Site::Expression(expression) = site {
            for asked in &expression.asks {
                let problem =
                    call(&asked.text).and_then(|call| problem(script, &call, site, around));
                if let Some((message, hint)) = problem {
                    told.push(Diagnostic::error(asked.span, message).hint(hint));
                }
            }
        }
        let placeholders = site.template().into_iter().flat_map(Template::placeholders);
        for placeholder in placeholders {
            if let Some((message, hint)) = problem(script, &placeholder.call, site, around) {
                told.push(Diagnostic::error(placeholder.span, message).hint(hint));
            } else if let Call::Request(RequestMember::Param(name)) = &placeholder.call
                && let Some(path) = path_at(script, around.handler)
                && path.names().all(|known| known != name)
            {
                told.push(no_param(name, &path, placeholder.span));
            }
        }
    });
}

/// The placeholder that means the same as a name in an expression.
fn call(asked: &str) -> Option<Call> {
    Some(match asked {
        "message" => Call::Message(Vec::new()),
        "index" => Call::Index,
        "client" => Call::Client,
        "clientCount" => Call::ClientCount,
        _ => return None,
    })
}

fn no_param(name: &str, path: &PathPattern, span: Span) -> Diagnostic {
    let message = format!("the path has no `{{{name}}}`");
    let hint = match nearest(name, path.names()) {
        Some(near) => Cure::meant(format!("{{{{$request.params.{near}}}}}")),
        None => format!("name a segment of it so: `/{{{name}}}`").into(),
    };
    Diagnostic::error(span, message).hint(hint)
}

fn problem(
    script: &Script,
    call: &Call,
    site: Site<'_>,
    around: Around<'_>,
) -> Option<(&'static str, &'static str)> {
    let trigger = around.handler.map(|handler| &handler.trigger);
    let server = script.role == Role::Server;
    match call {
        Call::Message(_)
            if !matches!(trigger, Some(Trigger::Message(_) | Trigger::Request { .. })) =>
        {
            Some((
                "`$message` is the message that a handler answers, and there is none here",
                "it stands in a step below `-- on FORMAT PATTERN`",
            ))
        }
        Call::Index if !around.repeat && !matches!(trigger, Some(Trigger::Every { .. })) => Some((
            "`$index` counts, and nothing is repeated here",
            "it stands in a step with `-- repeat`, or below `-- every`",
        )),
        Call::Request(_) if !server => Some((
            "only a server knows `$request`",
            "it stands in a `/wss-server` block",
        )),
        Call::Request(_) if !around.step => Some((
            "no client has asked for anything yet",
            "`$request` stands in the steps, not in the head",
        )),
        Call::ClientCount if !server => Some((
            "only a server knows `$clientCount`",
            "it stands in a `/wss-server` block",
        )),
        Call::Client if matches!(trigger, Some(Trigger::Request { .. })) => Some((
            "who asks over HTTP is none of the clients, and has no name",
            "`$request` is what was asked for",
        )),
        Call::Client | Call::ClientCount if server && !around.step => Some((
            "no client is connected yet",
            "it stands in the steps, not in the head",
        )),
        Call::Client if !server && script.clients.is_empty() => Some((
            "`$client` is the name of one of several clients, and there is one",
            "name them in the head: `@clients alice, bob`",
        )),
        Call::Client if matches!(site, Site::Option(_)) => Some((
            "an option is every client's",
            "`$client` stands in the URL, in headers and in steps",
        )),
        _ => None,
    }
}
