//! Whether an `xml` body is well-formed, with placeholders in it; where it is not, and why.

use std::collections::BTreeMap;

use roxmltree::{Document, Error};

use super::stand_in::{Put, StandIn};
use crate::diagnostic::Diagnostic;
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
    let error = Document::parse(&text.text).err()?;
    let offset = offset(&text, &error);
    if !text.sure(offset) {
        return None;
    }
    let cause = error
        .to_string()
        .replace(&format!(" at {}", error.pos()), "");
    let hint = hint(&error);
    Some(Diagnostic::error(text.place(offset), format!("not XML: {cause}")).hint(hint))
}

fn offset(text: &StandIn<'_>, error: &Error) -> usize {
    match error {
        Error::UnexpectedEndOfStream => return text.text.len(),
        Error::DtdDetected => return text.text.find("<!DOCTYPE").unwrap_or_default(),
        _ => {}
    }
    let position = error.pos();
    let start = text.offset(usize::try_from(position.row).unwrap_or(usize::MAX), 1);
    let column = usize::try_from(position.col).unwrap_or(usize::MAX);
    // Columns are characters here.
    let characters = text.text.get(start..).unwrap_or_default().char_indices();
    characters
        .map(|(at, _)| start + at)
        .nth(column.saturating_sub(1))
        .unwrap_or(text.text.len())
}

fn hint(error: &Error) -> String {
    match error {
        Error::UnexpectedCloseTag(open, close, _) => {
            format!("`<{open}>` is open: `</{close}>` cannot close it")
        }
        Error::UnclosedRootNode | Error::NoRootNode | Error::UnexpectedEndOfStream => {
            "close every element: `<a>…</a>` or `<a/>`".into()
        }
        Error::UnknownNamespace(prefix, _) => {
            format!("declare the prefix on an element: `xmlns:{prefix}=\"…\"`")
        }
        Error::UnknownEntityReference(..) | Error::MalformedEntityReference(_) => {
            "write `&amp;` for a plain `&`".into()
        }
        Error::DtdDetected => "remove the `<!DOCTYPE …>`: none is read".into(),
        Error::DuplicatedAttribute(name, _) => format!("write `{name}` once"),
        _ => "to send something else than XML, say `text`".into(),
    }
}
