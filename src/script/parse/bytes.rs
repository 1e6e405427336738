//! The bodies of `binary`: `hex …`, `base64 …`, a JSON string.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::call::TemplatePlace;
use super::literal::literal;
use super::template::{Syntax, kinds, opening, template};
use super::text::Cooked;
use crate::diagnostic::{Cure, Diagnostic, nearest};
use crate::script::{Call, Content, Part, Template};
use crate::source::Span;

/// Reads what stands behind `binary`.
pub(super) fn content(
    cooked: &Cooked,
    place: TemplatePlace,
    told: &mut Vec<Diagnostic>,
) -> Option<Content> {
    let cooked = &cooked.trimmed();
    if cooked.text().starts_with('"') {
        return match literal(cooked, place, told) {
            Ok(template) => Some(Content::Quoted(template)),
            Err(fault) => {
                let message = format!("not a JSON string: {}", fault.why);
                told.push(
                    Diagnostic::error(fault.span, message)
                        .hint(r#"for instance `binary "CONNECT\r\n"`"#),
                );
                None
            }
        };
    }
    let text = cooked.text();
    if opening(text).is_some_and(|(open, _)| open == 0) {
        let template = template(cooked, Syntax::Plain, place, told);
        if let [Part::Placeholder(placeholder)] = template.parts.as_slice()
            && !matches!(placeholder.call, Call::Kind(_) | Call::Rest)
        {
            return Some(Content::Plain(template));
        }
        let message = "behind `binary` one value stands alone";
        let hint = "with more around it write `binary \"…{{NAME}}…\"`";
        told.push(Diagnostic::error(cooked.span(0..text.len()), message).hint(hint));
        return None;
    }
    let end = text
        .find(|next: char| next.is_ascii_whitespace())
        .unwrap_or(text.len());
    let rest = cooked.tail(end).trimmed();
    match text.get(..end).unwrap_or_default() {
        "hex" => {
            let template = template(&undumped(&rest), Syntax::Plain, place, told);
            hex(&template, place, told);
            Some(Content::Hex(template))
        }
        "base64" => {
            let template = template(&rest, Syntax::Plain, place, told);
            base64(&template, told);
            Some(Content::Base64(template))
        }
        word => {
            let hint = match nearest(word, ["hex", "base64"]) {
                Some(near) => Cure::from(format!("did you mean `binary {near} …`?")).put(near),
                None if word.chars().all(|next| next.is_ascii_hexdigit()) => {
                    let sentence = format!("did you mean `binary hex {}`?", one_line(text));
                    Cure::from(sentence).put(format!("hex {word}"))
                }
                None => {
                    r#"write `binary hex 00 ff`, `binary base64 AP8=` or `binary "text"`"#.into()
                }
            };
            let message = format!("`{word}` is not a way to write bytes");
            told.push(Diagnostic::error(cooked.span(0..end), message).hint(hint));
            None
        }
    }
}

/// The bytes of a dump as a transcript shows it: where a text stands beside them, without that and without the offset
/// before them.
fn undumped(dump: &Cooked) -> Cooked {
    const BESIDE: char = '│';
    let text = dump.text();
    if !text.contains(BESIDE) {
        return dump.clone();
    }
    let mut bytes = Cooked::default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let (from, to) = match line.find(BESIDE) {
            Some(beside) => (start + behind_offset(line), start + beside),
            None => (start, end),
        };
        bytes.append(dump, from.min(to)..to);
        start = end;
    }
    bytes
}

/// Where the bytes of a dump's line begin: behind its offset.
fn behind_offset(line: &str) -> usize {
    let rest = line.trim_ascii_start();
    let digits = rest.trim_start_matches(|next: char| next.is_ascii_hexdigit());
    if rest.len() - digits.len() >= 8 && digits.starts_with("  ") {
        line.len() - digits.len()
    } else {
        0
    }
}

/// Checks hexadecimal digits: pairs, blanks and line breaks free; `??` in patterns.
fn hex(template: &Template, place: TemplatePlace, told: &mut Vec<Diagnostic>) {
    for placeholder in kinds(template) {
        told.push(
            Diagnostic::error(placeholder.span, "in `hex` a placeholder matches nothing")
                .hint("`??` matches any one byte"),
        );
    }
    let mut half: Option<(char, Span)> = None;
    for (next, span) in characters(template) {
        let digit = next.is_ascii_hexdigit() || (next == '?' && place == TemplatePlace::Pattern);
        if !digit {
            told.push(not_hex(next, span));
            return;
        }
        half = match half {
            None => Some((next, span)),
            Some((first, before)) if (first == '?') != (next == '?') => {
                let message = "half of a byte cannot be left open";
                told.push(
                    Diagnostic::error(before.join(span), message)
                        .hint(Cure::from("write `??`").put("??")),
                );
                return;
            }
            Some(_) => None,
        };
    }
    if let Some((_, span)) = half.filter(|_| template.as_literal().is_some()) {
        let message = "half a byte: the number of digits is odd";
        told.push(Diagnostic::error(span, message).hint("two digits are one byte: `0a`"));
    }
}

fn not_hex(next: char, span: Span) -> Diagnostic {
    let message = format!("`{}` is not a hexadecimal digit", next.escape_debug());
    let error = Diagnostic::error(span, message);
    let hint = match next {
        '?' => "`??` stands for any byte only in what is expected",
        'x' | 'X' => "write the digits without `0x`",
        ',' | ':' | ';' => return error.hint(Cure::from("separate bytes with blanks").put(" ")),
        _ => "digits are `0`–`9` and `a`–`f`; a text is written `binary \"text\"`",
    };
    error.hint(hint)
}

/// Checks base64 (RFC 4648, section 4) that has no placeholders in it.
fn base64(template: &Template, told: &mut Vec<Diagnostic>) {
    for placeholder in kinds(template) {
        told.push(
            Diagnostic::error(
                placeholder.span,
                "in `base64` a placeholder matches nothing",
            )
            .hint("`hex` has `??` for any one byte"),
        );
    }
    let places: Vec<(char, Span)> = characters(template).collect();
    if template.as_literal().is_none() {
        return;
    }
    let text: String = places.iter().map(|(next, _)| *next).collect();
    let Err(error) = STANDARD.decode(&text) else {
        return;
    };
    let bad = places
        .iter()
        .find(|(next, _)| !next.is_ascii_alphanumeric() && !matches!(next, '+' | '/' | '='));
    if let Some((next, span)) = bad {
        let message = format!("`{}` is not base64", next.escape_debug());
        let hint = "the alphabet is `A`–`Z`, `a`–`z`, `0`–`9`, `+`, `/`; not that of URLs";
        return told.push(Diagnostic::error(*span, message).hint(hint));
    }
    let place = match error {
        base64::DecodeError::InvalidByte(at, _) | base64::DecodeError::InvalidLastSymbol(at, _) => {
            places.get(at)
        }
        _ => places.last(),
    };
    let span = place.map_or(template.span, |(_, span)| *span);
    let message = "base64 that does not end as it should";
    let hint = "four characters are three bytes, padded with `=`: `AP8=`";
    told.push(Diagnostic::error(span, message).hint(hint));
}

/// The characters of the literal parts that are not blanks, with their places.
fn characters(template: &Template) -> impl Iterator<Item = (char, Span)> {
    template
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Literal(text, span) => Some((text, span)),
            Part::Placeholder(_) => None,
        })
        .flat_map(|(text, span)| {
            text.char_indices().map(|(at, next)| {
                let start = span.start + at;
                (next, Span::new(start, start + next.len_utf8()))
            })
        })
        .filter(|(next, _)| !next.is_ascii_whitespace())
}

fn one_line(text: &str) -> String {
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}
