//! Servers of a document that share a port: what of their places would be one server's and another's. Opens no port.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::address::place_of;
use super::select::place_names;
use crate::diagnostic::Diagnostic;
use crate::document::Block;
use crate::protocol::PathPattern;
use crate::script::{Scope, Script, Value};
use crate::source::Span;

/// Where a server listens, as far as that is known before it does.
struct ServerPlace<'a> {
    block: &'a Block,
    span: Span,
    secure: bool,
    path: PathPattern,
    script: &'a Script,
}

/// The same path twice on one port, or TLS and none.
pub(super) fn check<'a>(
    servers: impl Iterator<Item = (usize, &'a Block, &'a Rc<Script>)>,
    scope: &Scope,
    url: &dyn Fn(&Script, &Scope) -> Option<String>,
) -> Vec<Diagnostic> {
    let mut ports: BTreeMap<String, Vec<ServerPlace<'_>>> = BTreeMap::new();
    let mut told = Vec::new();
    for (_, block, script) in servers {
        if script.options.iter().any(|line| line.name.text == "skip") {
            continue;
        }
        let Some((secure, port, path)) = url(script, scope).and_then(|url| place_of(&url)) else {
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
        };
        let others = ports.entry(port).or_default();
        told.extend(others.iter().find_map(|other| problem(&place, other)));
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
