//! Bodies → frames, checked to be what their FORMAT says.

use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::IgnoredAny;

use super::assembled::spelled;
use super::{Assembled, Fill, FillError, Filled, Unreadable};
use crate::diagnostic::Diagnostic;
use crate::format::decoder::Decoder;
use crate::format::xml::{Fault, XmlDocument, XmlError};
use crate::format::{Format, MAX_JSON_DEPTH, is_json, read_json};
use crate::protocol::{Bytes, DecodedMessage, Frame, Generated, GeneratedKind};
use crate::script::reading::packed_format;
use crate::script::{Body, Content, Part, Template};
use crate::source::Span;

/// RFC 4648, 4, with the padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The frame that a body makes.
pub(super) fn frame(fill: &Fill<'_>, body: &Body) -> Result<Filled<Frame>, FillError> {
    let filled = unpacked(fill, body)?;
    match fill.packing.decoder(body.format, body.message.as_ref())? {
        Some(packer) => packed(&packer, body, filled),
        None => Ok(filled),
    }
}

/// The frame of a packed format, of a text that was found to be JSON.
fn packed(
    packer: &Decoder,
    body: &Body,
    written: Filled<Frame>,
) -> Result<Filled<Frame>, FillError> {
    let json = std::str::from_utf8(written.value.payload()).unwrap_or_default();
    let wire = packer.encode(json).map_err(|why| {
        let message = format!("this cannot be sent as {}: {why}", body.format);
        Diagnostic::error(body.span, message)
    })?;
    let decoded = DecodedMessage {
        wire: wire.into(),
        content: written.value,
        packed: packed_format(packer),
    };
    Ok(Filled {
        value: Frame::Decoded(Arc::new(decoded)),
        generated: written.generated,
    })
}

/// The frame that a body makes, if it were not packed.
fn unpacked(fill: &Fill<'_>, body: &Body) -> Result<Filled<Frame>, FillError> {
    match &body.content {
        Content::Plain(template) | Content::Quoted(template) if body.format == Format::Binary => {
            bytes_of(fill, template)
        }
        Content::Plain(template) | Content::Quoted(template) => {
            // Nothing can be wrong with a text, and what is always the same was judged when it was parsed.
            if body.format == Format::Text || body.is_constant() {
                return Ok(text_frame(body.format, fill.text(template)?));
            }
            let assembled = fill.assemble(template)?;
            check(body.format, &assembled)?;
            Ok(text_frame(body.format, assembled.into()))
        }
        Content::Hex(template) => {
            let digits = assemble_bytes(fill, template, |bytes| {
                let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                digits.concat()
            })?;
            let bytes: Vec<u8> = hex_bytes(&digits, false)?.into_iter().flatten().collect();
            Ok(spelled_out(bytes, digits))
        }
        Content::Base64(template) => {
            let digits = assemble_bytes(fill, template, |bytes| BASE64.encode(bytes))?;
            let bytes = base64_bytes(&digits)?;
            Ok(spelled_out(bytes, digits))
        }
        Content::File(template) => file_frame(fill, body.format, template),
    }
}

/// The text of a file by its path as written.
pub(in crate::script) fn file_text(
    fill: &Fill<'_>,
    path: &str,
    span: Span,
) -> Result<String, FillError> {
    String::from_utf8(read(fill, path, span)?.into())
        .map_err(|error| not_text(path, error.utf8_error().valid_up_to(), span))
}

/// Checks that [`file_text`] can be had.
pub(in crate::script) fn check_file_text(
    fill: &Fill<'_>,
    path: &str,
    span: Span,
) -> Result<(), FillError> {
    let fault = fill.files.text_fault(path);
    match fault.map_err(|why| unreadable(span, path, &why))? {
        Some(at) => Err(not_text(path, at, span)),
        None => Ok(()),
    }
}

fn not_text(path: &str, at: usize, span: Span) -> FillError {
    let message = format!("`{path}` is not UTF-8 text (from byte {at} on)");
    Diagnostic::error(span, message).hint("bytes of any kind are sent by `binary @./file`")
}

/// Checks that a file makes a frame.
pub(in crate::script) fn check_file(
    fill: &Fill<'_>,
    body: &Body,
    template: &Template,
) -> Result<(), FillError> {
    if body.format != Format::Text {
        return frame(fill, body).map(drop);
    }
    let path = fill.assemble(template)?;
    check_file_text(fill, &path.text, template.span)
}

/// The error for a text that was meant to be JSON.
pub(in crate::script) fn not_json(assembled: &Assembled, error: &serde_json::Error) -> Diagnostic {
    let told = error.to_string();
    let what = match told.split(" at line ").next().unwrap_or(&told) {
        "recursion limit exceeded" => &format!("it has more than {MAX_JSON_DEPTH} levels"),
        what => what,
    };
    let (line, column) = (error.line(), error.column());
    let span = assembled.place_of_line(line, column);
    let there = assembled.there(line, column);
    Diagnostic::error(span, format!("this is not JSON: {what}{there}"))
}

/// The error for a text that was meant to be XML.
pub(in crate::script) fn not_xml(assembled: &Assembled, error: &XmlError) -> Diagnostic {
    let span = assembled.place(error.at);
    if error.fault == Fault::Doctype {
        return Diagnostic::error(span, "XML with a DOCTYPE is not read")
            .hint("leave the DOCTYPE out, or send it as text");
    }
    let fault = &error.fault;
    let there = assembled.there_at(error.at);
    Diagnostic::error(span, format!("this is not well-formed XML: {fault}{there}"))
}

/// The bytes that base64 spells; blanks and line breaks are free.
pub(in crate::script) fn base64_bytes(digits: &Assembled) -> Result<Vec<u8>, FillError> {
    let dense: String = digits.text.split_whitespace().collect();
    BASE64.decode(&dense).map_err(|_| {
        let wrong = digits
            .text
            .char_indices()
            .find(|(_, char)| !char.is_whitespace() && !is_base64(*char));
        match wrong {
            Some((at, char)) => {
                Diagnostic::error(digits.place(at), format!("`{char}` is not a base64 digit"))
            }
            None => Diagnostic::error(
                digits.place(0),
                "this base64 is cut short or padded wrongly",
            ),
        }
    })
}

fn is_base64(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '+' | '/' | '=')
}

/// Bytes of digits: where a kept value is all of these, the bytes are what it inserted.
fn spelled_out(bytes: Vec<u8>, mut digits: Assembled) -> Filled<Frame> {
    let is_all = |made: &&Generated| {
        made.kind == GeneratedKind::Kept && made.text.trim() == digits.text.trim()
    };
    let whole = digits.generated.iter().find(is_all);
    let whole = whole.map(|made| Generated {
        text: spelled(&bytes),
        kind: made.kind,
    });
    digits.generated.extend(whole);
    binary(bytes.into(), digits)
}

fn binary(bytes: Bytes, assembled: Assembled) -> Filled<Frame> {
    Filled {
        value: Frame::Binary(bytes),
        generated: assembled.generated,
    }
}

fn text_frame(format: Format, text: Filled<String>) -> Filled<Frame> {
    let value = match format {
        Format::Binary => Frame::Binary(text.value.into()),
        _ => Frame::Text(text.value.into()),
    };
    Filled {
        value,
        generated: text.generated,
    }
}

fn check(format: Format, assembled: &Assembled) -> Result<(), FillError> {
    match format {
        Format::Json | Format::Msgpack | Format::Cbor | Format::Proto => {
            if is_json(&assembled.text) {
                return Ok(());
            }
            read_json::<IgnoredAny>(&assembled.text)
                .map(drop)
                .map_err(|error| not_json(assembled, &error))
        }
        Format::Xml => XmlDocument::parse(&assembled.text)
            .map(drop)
            .map_err(|error| not_xml(assembled, &error)),
        Format::Text | Format::Binary => Ok(()),
    }
}

fn read(fill: &Fill<'_>, path: &str, span: Span) -> Result<Bytes, FillError> {
    fill.files
        .read(path)
        .map_err(|why| unreadable(span, path, &why))
}

/// The error for a file that cannot be read.
pub(in crate::script) fn unreadable(span: Span, path: &str, why: &Unreadable) -> Diagnostic {
    let message = format!("`{path}` cannot be read: {}", why.reason);
    Diagnostic::error(span, message).hint(why.hint)
}

/// What is wrong inside of a file, told at its name.
pub(in crate::script) fn in_file(error: &FillError, path: &str, span: Span) -> FillError {
    let message = format!("in `{path}`: {}", error.message);
    let hint = error.hint.clone();
    let hint =
        hint.unwrap_or_else(|| "correct the file, or write the FORMAT that it has".to_owned());
    Diagnostic::error(span, message).hint(hint)
}

fn file_frame(
    fill: &Fill<'_>,
    format: Format,
    template: &Template,
) -> Result<Filled<Frame>, FillError> {
    let path = fill.assemble(template)?;
    if format == Format::Binary {
        let bytes = read(fill, &path.text, template.span)?;
        return Ok(binary(bytes, path));
    }
    let text = file_text(fill, &path.text, template.span)?;
    let assembled = Assembled::of_file(text, path.generated, template.span);
    check(format, &assembled).map_err(|error| in_file(&error, &path.text, template.span))?;
    Ok(text_frame(format, assembled.into()))
}

/// The bytes of a text or of one value: a message or a value inserted into them may be any bytes.
pub(in crate::script) fn bytes_of(
    fill: &Fill<'_>,
    template: &Template,
) -> Result<Filled<Frame>, FillError> {
    let mut bytes = Vec::new();
    let mut generated = Vec::new();
    for part in &template.parts {
        match part {
            Part::Literal(text, _) => bytes.extend_from_slice(text.as_bytes()),
            Part::Placeholder(placeholder) => match fill.bytes(placeholder, &mut generated) {
                Some(raw) => bytes.extend_from_slice(&raw),
                None => {
                    bytes.extend_from_slice(fill.insert(placeholder, &mut generated)?.as_bytes());
                }
            },
        }
    }
    Ok(Filled {
        value: Frame::Binary(bytes.into()),
        generated,
    })
}

/// As [`Fill::assemble`], with `{{$message}}` and bytes as their digits.
pub(in crate::script) fn assemble_bytes(
    fill: &Fill<'_>,
    template: &Template,
    digits: impl Fn(&[u8]) -> String,
) -> Result<Assembled, FillError> {
    let mut assembled = Assembled::of(template);
    for part in &template.parts {
        match part {
            Part::Literal(text, span) => assembled.push_literal(text, *span),
            Part::Placeholder(placeholder) => {
                let text = match fill.bytes(placeholder, &mut assembled.generated) {
                    Some(bytes) => digits(&bytes),
                    None => fill.insert(placeholder, &mut assembled.generated)?,
                };
                assembled.push_inserted(&text, placeholder.span);
            }
        }
    }
    Ok(assembled)
}

/// The bytes that hexadecimal digits spell; `??` is any byte where `wild` allows it. Blanks are free.
pub(in crate::script) fn hex_bytes(
    digits: &Assembled,
    wild: bool,
) -> Result<Vec<Option<u8>>, FillError> {
    let mut bytes = Vec::with_capacity(digits.text.len() / 2);
    let mut high = None;
    for (at, char) in digits.text.char_indices() {
        let digit = match char.to_digit(16).and_then(|digit| u8::try_from(digit).ok()) {
            Some(digit) => Some(digit),
            None if char == '?' && wild => None,
            None if char.is_whitespace() => continue,
            None => return Err(not_hex(digits, at, char)),
        };
        match (high.take(), digit) {
            (None, digit) => high = Some(digit),
            (Some(Some(high)), Some(low)) => bytes.push(Some(high << 4 | low)),
            (Some(None), None) => bytes.push(None),
            _ => {
                return Err(
                    Diagnostic::error(digits.place(at), "half of this byte is open")
                        .hint("write `??` for a byte that may be anything"),
                );
            }
        }
    }
    match high {
        None => Ok(bytes),
        Some(_) => Err(half_a_byte(digits)),
    }
}

fn not_hex(digits: &Assembled, at: usize, char: char) -> Diagnostic {
    let error = Diagnostic::error(
        digits.place(at),
        format!("`{char}` is not a hexadecimal digit"),
    );
    match char {
        '?' => error.hint("`??` stands for any byte in what is expected only"),
        _ => error.hint("write two of 0-9 and a-f for each byte"),
    }
}

fn half_a_byte(digits: &Assembled) -> Diagnostic {
    let last = digits.text.trim_end().len().saturating_sub(1);
    Diagnostic::error(digits.place(last), "the last byte has one digit only")
        .hint("write two hexadecimal digits for each byte")
}
