//! The characters of XML: which may stand where (XML 1.0, 2.2 and 2.3).

use std::borrow::Cow;

use super::{Fault, XmlError, fail};

/// That all characters are such as XML may have.
pub(super) fn allowed(raw: &str, start: usize) -> Result<(), XmlError> {
    let wrong = raw.char_indices().find(|(_, part)| !is_allowed(*part));
    wrong.map_or(Ok(()), |(at, part)| {
        fail(start + at, Fault::Character(part))
    })
}

pub(super) fn is_allowed(part: char) -> bool {
    matches!(part, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

pub(super) fn is_blank(part: char) -> bool {
    matches!(part, ' ' | '\t' | '\r' | '\n')
}

/// That it is a name of at most two parts (Namespaces in XML 1.0, 4).
pub(super) fn qualified(name: &str, at: usize) -> Result<(), XmlError> {
    let mut parts = name.split(':');
    let is_part = |part: Option<&str>| part.is_none_or(is_name);
    if is_part(parts.next()) && is_part(parts.next()) && parts.next().is_none() {
        return Ok(());
    }
    fail(at, Fault::Name(name.to_owned()))
}

pub(super) fn is_name(name: &str) -> bool {
    let mut parts = name.chars();
    parts.next().is_some_and(starts_name) && parts.all(continues_name)
}

fn starts_name(part: char) -> bool {
    matches!(part, 'A'..='Z' | 'a'..='z' | '_' | ':'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}'
        | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}'
        | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

fn continues_name(part: char) -> bool {
    starts_name(part)
        || matches!(part, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}'
            | '\u{203f}'..='\u{2040}')
}

/// CR LF and CR are read as LF (XML 1.0, 2.11).
pub(super) fn with_plain_line_ends(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n").into()
    } else {
        text.into()
    }
}
