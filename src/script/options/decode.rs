//! `@decode`, `@delimiter` and the paths of `@proto` and `@schema`, each by itself.

use super::Options;
use super::value::{OptionValue, list, path};
use crate::diagnostic::{Cure, Diagnostic, nearest};
use crate::format::Format;
use crate::format::decoder::Decoder;
use crate::script::{Name, Packing};
use crate::source::Span;

/// One of the names of `@decode`.
pub(super) enum DecoderName {
    Known(Decoder),
    /// `proto` and the full name of a message.
    Message(Name),
}

impl DecoderName {
    /// What it names.
    ///
    /// # Errors
    /// There is no such message.
    pub(super) fn decoder(self, packing: &Packing) -> Result<Decoder, Diagnostic> {
        match self {
            Self::Known(decoder) => Ok(decoder),
            Self::Message(name) => packing.message(&name),
        }
    }

    fn format(&self) -> Option<Format> {
        match self {
            Self::Known(decoder) => decoder.format(),
            Self::Message(_) => Some(Format::Proto),
        }
    }
}

/// Names between commas, each of which decodes what the one before it gave.
pub(super) fn decoders(value: OptionValue<'_>) -> Result<Vec<DecoderName>, Diagnostic> {
    let mut names: Vec<DecoderName> = Vec::new();
    for (text, span) in list(value) {
        if let Some(before) = names.last().and_then(DecoderName::format) {
            let message = format!("nothing can stand behind `{before}`, which gives JSON");
            let hint = "name what undoes the outermost first: `gzip, msgpack`";
            return Err(Diagnostic::error(span, message).hint(hint));
        }
        names.push(name(text, span)?);
    }
    Ok(names)
}

fn name(text: &str, span: Span) -> Result<DecoderName, Diagnostic> {
    if let Some(decoder) = Decoder::from_word(text) {
        return Ok(DecoderName::Known(decoder));
    }
    let mut words = text.split_ascii_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some("proto"), Some(message), None) => Ok(DecoderName::Message(Name {
            text: message.to_owned(),
            span,
        })),
        (Some("proto"), None, _) => {
            let message = "the name of a message is missing behind `proto`";
            Err(Diagnostic::error(span, message).hint("for instance `proto pkg.Type`"))
        }
        _ => Err(unknown(text, span)),
    }
}

fn unknown(name: &str, span: Span) -> Diagnostic {
    let message = format!("`{}` is not a way to decode", name.escape_debug());
    let hint = match nearest(name, Decoder::WORDS) {
        Some(near) if !name.is_empty() => Cure::meant(near),
        _ => format!("there are {}", Decoder::WORDS.join(", ")).into(),
    };
    Diagnostic::error(span, message).hint(hint)
}

/// What is named is looked up once all lines are read.
pub(super) fn decode(_: &mut Options, value: OptionValue<'_>) -> Result<(), Diagnostic> {
    decoders(value).map(drop)
}

/// A path: its file is read once all lines are.
pub(super) fn file(_: &mut Options, value: OptionValue<'_>) -> Result<(), Diagnostic> {
    path(value).map(drop)
}

/// A JSON string.
pub(super) fn delimiter(options: &mut Options, value: OptionValue<'_>) -> Result<(), Diagnostic> {
    let read = serde_json::from_str::<String>(value.text);
    let delimiter = read.map_err(|_| {
        let cure = Cure::from(r#"for instance `"\u001e"` or `"\n"`, with the quotes"#);
        let quoted = format!("\"{}\"", value.text);
        let is_string = serde_json::from_str::<String>(&quoted).is_ok_and(|text| !text.is_empty());
        let quoted = is_string.then_some(quoted);
        let cure = quoted.into_iter().fold(cure, Cure::put);
        value.error("a delimiter is a JSON string", cure)
    })?;
    if delimiter.is_empty() {
        return Err(value.error("no message ends with nothing", r#"for instance `"\n"`"#));
    }
    options.delimiter = Some(delimiter);
    Ok(())
}
