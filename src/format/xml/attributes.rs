//! What stands in a tag behind its name: attributes, and the references in their values.

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::BytesRef;
use quick_xml::events::attributes::{AttrError, Attributes};

use super::characters::{allowed, is_allowed, is_blank, is_name, qualified, with_plain_line_ends};
use super::{Fault, XmlError, fail};

/// An attribute as it is written.
pub(super) struct Written<'a> {
    pub(super) name: &'a str,
    pub(super) value: String,
    pub(super) at: usize,
}

/// The attributes that stand in a tag behind the first `from` bytes; the tag's text starts at `start`.
pub(super) fn attributes(
    tag: &str,
    from: usize,
    start: usize,
) -> Result<Vec<Written<'_>>, XmlError> {
    let mut written = Vec::new();
    let mut last = from;
    let mut found = Attributes::new(tag, from);
    // quick-xml compares each name with each: a peer may send a million.
    for attribute in found.with_checks(false) {
        let attribute = attribute.map_err(|error| ill_written(&error, start))?;
        let within = |part: &[u8]| part.as_ptr().addr().saturating_sub(tag.as_ptr().addr());
        let (key, value) = (attribute.key.as_ref(), attribute.value.as_ref());
        let (name_at, value_at) = (within(key), within(value));
        let text = |at: usize, length: usize| tag.get(at..at + length).unwrap_or_default();
        let name = text(name_at, key.len());
        if !text(last, name_at.saturating_sub(last)).starts_with(is_blank) {
            return fail(start + name_at, Fault::Attribute("a blank must stand here"));
        }
        qualified(name, start + name_at)?;
        written.push(Written {
            name,
            value: attribute_value(text(value_at, value.len()), start + value_at)?,
            at: start + name_at,
        });
        last = value_at + value.len() + 1;
    }
    let rest = tag.get(last..).unwrap_or_default();
    let black = rest.find(|part| !is_blank(part));
    match black {
        Some(at) => fail(
            start + last + at,
            Fault::Attribute("an attribute must stand here"),
        ),
        None => Ok(written),
    }
}

fn ill_written(error: &AttrError, start: usize) -> XmlError {
    let (at, what) = match error {
        AttrError::ExpectedEq(at) => (at, "`=` and a value must stand here"),
        AttrError::ExpectedValue(at) => (at, "a value must stand here"),
        AttrError::UnquotedValue(at) => (at, "a value must stand in quotes"),
        AttrError::ExpectedQuote(at, _) => (at, "a value lacks its second quote"),
        AttrError::Duplicated(at, _) => (at, "this attribute stands twice"),
    };
    XmlError {
        at: start + at,
        fault: Fault::Attribute(what),
    }
}

/// A value as it is meant: references resolved, every blank a space (XML 1.0, 3.3.3).
fn attribute_value(raw: &str, start: usize) -> Result<String, XmlError> {
    allowed(raw, start)?;
    if let Some(at) = raw.find('<') {
        let fault = Fault::Attribute("`<` cannot stand in a value: write `&lt;`");
        return fail(start + at, fault);
    }
    let plain = |text: &str| with_plain_line_ends(text).replace(['\n', '\t'], " ");
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        value.push_str(&plain(before));
        let at = start + raw.len() - after.len() - 1;
        let Some((name, after)) = after.split_once(';') else {
            return fail(at, Fault::Ampersand);
        };
        value.push(resolved(name, at)?);
        rest = after;
    }
    value.push_str(&plain(rest));
    Ok(value)
}

/// What a reference stands for: a character by its number, or one of XML's five names.
pub(super) fn resolved(name: &str, at: usize) -> Result<char, XmlError> {
    let meaning = if name.starts_with('#') {
        let character = BytesRef::new(name).resolve_char_ref().ok().flatten();
        character.filter(|character| is_allowed(*character))
    } else if is_name(name) {
        resolve_xml_entity(name).and_then(|text| text.chars().next())
    } else {
        return fail(at, Fault::Ampersand);
    };
    meaning.map_or_else(|| fail(at, Fault::Entity(name.to_owned())), Ok)
}

/// Whether the attributes are those of an XML declaration: a version, then an encoding and `standalone` or not.
pub(super) fn is_declaration(written: &[Written<'_>]) -> bool {
    let mut names = written.iter().map(|written| written.name).peekable();
    let has_version = names.next() == Some("version");
    names.next_if_eq(&"encoding");
    names.next_if_eq(&"standalone");
    has_version && names.next().is_none() && written.iter().all(is_declared_well)
}

fn is_declared_well(Written { name, value, .. }: &Written<'_>) -> bool {
    match *name {
        "version" => value.strip_prefix("1.").is_some_and(|minor| {
            !minor.is_empty() && minor.bytes().all(|byte| byte.is_ascii_digit())
        }),
        "encoding" => {
            let is_part = |part: char| part.is_ascii_alphanumeric() || "._-".contains(part);
            value.starts_with(|first: char| first.is_ascii_alphabetic())
                && value.chars().all(is_part)
        }
        _ => matches!(value.as_str(), "yes" | "no"),
    }
}
