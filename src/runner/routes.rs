//! Servers of a document that share a port: what of their places would be one server's and another's. Opens no port.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::address::place_of;
use super::select::place_names;
use crate::diagnostic::Diagnostic;
use crate::document::Block;
use crate::protocol::PathPattern;
use crate::script::{Scope, Script, Template, Value};
use crate::source::Span;

/// Where a server listens, as far as that is known before it does.
struct ServerPlace<'a> {
    block: &'a Block,
    span: Span,
    secure: bool,
    path: PathPattern,
    script: &'a Script,
    /// The places and values of `@cert` and `@key`.
    files: [Option<(Span, String)>; 2],
}

/// The same path twice on one port, TLS and none, or two certificates.
pub(super) fn check<'a>(
    servers: impl Iterator<Item = (usize, &'a Block, &'a Rc<Script>)>,
    scope: &Scope,
    fill: &dyn Fn(&Template, &Scope) -> Option<String>,
) -> Vec<Diagnostic> {
    let mut ports: BTreeMap<String, Vec<ServerPlace<'_>>> = BTreeMap::new();
    let mut told = Vec::new();
    for (_, block, script) in servers {
        if script.options.iter().any(|line| line.name.text == "skip") {
            continue;
        }
        let Some((secure, port, path)) = fill(&script.url, scope).and_then(|url| place_of(&url))
        else {
            continue;
        };
        // A free port is one of the block's own: it is told apart by the block's name.
        let port = match port.as_str() {
            "0" => format!("port of {}", block.name),
            _ => port,
        };
        let [_, name, ..] = place_names(&block.name);
        scope.set(name, Value::Text(port.clone()));
        let place = ServerPlace {
            block,
            span: block.body.span(script.url.span),
            secure,
            path,
            script,
            files: ["cert", "key"].map(|name| {
                let mut lines = script.options.iter();
                let line = lines.find(|line| line.name.text == name)?;
                Some((line.span, fill(&line.value, scope)?))
            }),
        };
        let others = ports.entry(port).or_default();
        told.extend(others.iter().find_map(|other| problem(&place, other)));
        told.extend(
            others
                .first()
                .and_then(|first| other_certificate(&place, first)),
        );
        told.extend(others.iter().flat_map(|other| handled_twice(&place, other)));
        others.push(place);
    }
    told
}

fn problem(place: &ServerPlace<'_>, other: &ServerPlace<'_>) -> Option<Diagnostic> {
    let name = &other.block.name;
    if place.secure != other.secure {
        let scheme = if other.secure { "wss" } else { "ws" };
        let message = format!("`{name}` listens on the same port with {scheme}://");
        let hint = format!("write {scheme}:// here too, or take another port");
        return Some(Diagnostic::error(place.span, message).hint(hint));
    }
    if place.path.is_same(&other.path) {
        let message = format!("`{name}` has the same path on the same port");
        let hint = "give one of the two another path, or another port";
        return Some(Diagnostic::error(place.span, message).hint(hint));
    }
    None
}

/// A port has one certificate, that of its first server: one that names none takes part in it.
fn other_certificate(place: &ServerPlace<'_>, first: &ServerPlace<'_>) -> Option<Diagnostic> {
    let value = |file: &Option<(Span, String)>| file.as_ref().map(|(_, value)| value.clone());
    let mut both = place.files.iter().zip(&first.files);
    let (file, _) = both.find(|(own, other)| own.is_some() && value(own) != value(other))?;
    let (span, _) = file.as_ref()?;
    let name = &first.block.name;
    let message = format!("`{name}` listens on the same port with another certificate");
    let hint = "leave it out here, name the same one, or take another port";
    Some(Diagnostic::error(place.block.body.span(*span), message).hint(hint))
}

/// Requests that another server of the port handles.
fn handled_twice(place: &ServerPlace<'_>, other: &ServerPlace<'_>) -> Vec<Diagnostic> {
    let both = place.script.requests().filter(|(_, method, path)| {
        let mut theirs = other.script.requests();
        theirs.any(|(_, their, its)| *method == their && path.is_same(its))
    });
    both.map(|(handler, method, _)| {
        let name = &other.block.name;
        let message = format!("`{name}` handles `{method}` of this path on the same port");
        let hint = "put the handlers of a path into one block";
        Diagnostic::error(place.block.body.span(handler.span), message).hint(hint)
    })
    .collect()
}
