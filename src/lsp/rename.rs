//! Renames what a name is of, wherever it stands in the document; never to a name that something else has, or that is none.

use super::buffer::Buffer;
use super::message::RpcError;
use super::names::{Occurrence, Symbol, occurrences};
use crate::document::{Edit, splice};
use crate::runner::Settings;

/// The name at a place, if the document gives it its meaning.
///
/// # Errors
/// Why it cannot be renamed here.
pub(super) fn renamable(
    names: &[Occurrence],
    offset: usize,
) -> Result<Option<&Occurrence>, RpcError> {
    let Some(name) = at(names, offset) else {
        return Ok(None);
    };
    if definitions(names, &name.symbol).next().is_none() {
        let sentence = format!(
            "`{}` is not defined in this document, and others may use it",
            name.symbol.name()
        );
        return Err(RpcError::failed(sentence));
    }
    Ok(Some(name))
}

/// The name that a place lies in, or right behind.
pub(super) fn at(names: &[Occurrence], offset: usize) -> Option<&Occurrence> {
    names
        .iter()
        .find(|name| name.span.start <= offset && offset <= name.span.end)
}

/// All places of a symbol.
pub(super) fn same<'a>(
    names: &'a [Occurrence],
    symbol: &'a Symbol,
) -> impl Iterator<Item = &'a Occurrence> {
    names.iter().filter(move |name| name.symbol == *symbol)
}

/// The places that give a symbol its meaning.
pub(super) fn definitions<'a>(
    names: &'a [Occurrence],
    symbol: &'a Symbol,
) -> impl Iterator<Item = &'a Occurrence> {
    same(names, symbol).filter(|name| name.defines)
}

/// The edits that rename what stands at a place.
///
/// # Errors
/// Why it cannot be called so.
pub(super) fn rename(
    buffer: &mut Buffer,
    settings: &Settings,
    defaults: &[(String, String)],
    offset: usize,
    new: &str,
) -> Result<Vec<Edit>, RpcError> {
    let checked = buffer.checked(settings);
    let names = occurrences(&checked.document, defaults);
    let Some(name) = renamable(&names, offset)? else {
        return Err(RpcError::failed("no name stands here"));
    };
    let renamed = called(&name.symbol, new);
    let origin =
        |origin: &crate::runner::Origin| matches!(renamed, Symbol::Value(_)) && origin.name == new;
    let is_new = renamed != name.symbol;
    let is_taken = names.iter().any(|name| name.symbol == renamed);
    if is_new && (is_taken || checked.origins.iter().any(origin)) {
        return Err(RpcError::failed(format!("`{new}` is taken")));
    }
    let edits: Vec<Edit> = same(&names, &name.symbol)
        .map(|name| Edit {
            span: name.span,
            text: new.to_owned(),
        })
        .collect();
    let wrong = |checked: &crate::runner::CheckedText| {
        let errors = checked.diagnostics.iter().filter(|told| told.is_error());
        errors.map(|told| told.message.clone()).collect::<Vec<_>>()
    };
    let (count, before) = (edits.len(), wrong(checked));
    let text = splice(&buffer.text, &edits);
    let after = buffer.check_instead(&text, settings);
    let found = occurrences(&after.document, defaults);
    let errors = wrong(&after);
    if same(&found, &renamed).count() != count || errors.len() > before.len() {
        let added = errors.into_iter().find(|told| !before.contains(told));
        let why = added.map_or(String::new(), |added| format!(": {added}"));
        return Err(RpcError::failed(format!(
            "it cannot be called `{new}`{why}"
        )));
    }
    Ok(edits)
}

fn called(symbol: &Symbol, new: &str) -> Symbol {
    match symbol {
        Symbol::Value(_) => Symbol::Value(new.to_owned()),
        Symbol::Server(_) => Symbol::Server(new.to_owned()),
        Symbol::Client(block, _) => Symbol::Client(*block, new.to_owned()),
    }
}
