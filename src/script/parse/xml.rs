//! Whether an `xml` body is well-formed, with placeholders in it; where it is not, and why.

use std::collections::BTreeMap;

use super::stand_in::{Put, StandIn};
use crate::diagnostic::{Cure, Diagnostic};
use crate::format::xml::{Fault, XmlDocument};
use crate::script::{Placeholder, Template};

/// What is wrong with a body, whatever the values of its placeholders.
pub(in crate::script) fn check(
    template: &Template,
    known: &dyn Fn(&Placeholder) -> Option<Put>,
) -> Option<Diagnostic> {
    // The same placeholder stands for the same name: of an element and of its end, say.
    let mut calls = BTreeMap::new();
    let text = StandIn::new(template, |placeholder, _| {
        known(placeholder).unwrap_or_else(|| {
            let next = calls.len();
            let index = calls
                .entry(format!("{:?}", placeholder.call))
                .or_insert(next);
            Put::Like(format!("x{index}"))
        })
    });
    let error = XmlDocument::parse(&text.text).err()?;
    if !text.sure(error.at) {
        return None;
    }
    let place = text.place(error.at);
    let cure = Cure::from(hint(&error.fault));
    let cure = match error.fault {
        Fault::Ampersand if text.text.get(error.at..)?.starts_with('&') => {
            cure.put_at(place, "&amp;")
        }
        _ => cure,
    };
    let message = format!("this is not well-formed XML: {}", error.fault);
    Some(Diagnostic::error(place, message).hint(cure))
}

fn hint(fault: &Fault) -> String {
    match fault {
        Fault::EndTag {
            open: Some(open), ..
        } => format!("close what is open first: `</{open}>`"),
        Fault::Unclosed(_) | Fault::NoRoot => "close every element: `<a>…</a>` or `<a/>`".into(),
        Fault::Prefix(prefix) => {
            format!("declare the prefix on an element: `xmlns:{prefix}=\"…\"`")
        }
        Fault::Entity(_) | Fault::Ampersand => "write `&amp;` for a plain `&`".into(),
        Fault::Doctype => "remove the `<!DOCTYPE …>`".into(),
        Fault::Twice(name) => format!("write `{name}` once"),
        _ => "to send something else than XML, say `text`".into(),
    }
}
