//! What options say of payloads, with the files that they name: `@proto`, `@proto-path`, `@decode`, `@schema`.

use super::decode::decoders;
use super::line::filled;
use super::value::OptionValue;
use crate::diagnostic::Diagnostic;
use crate::format::decoder::Decoder;
use crate::format::proto::Descriptors;
use crate::script::fill::{file_text, unreadable};
use crate::script::{Fill, OptionLine, Packing, Schemas, Unreadable};
use crate::source::Span;

/// What options say of payloads.
#[derive(Debug, Default)]
pub(in crate::script) struct Payloads {
    pub(in crate::script) packing: Packing,
    pub(in crate::script) decode: Vec<Decoder>,
    pub(in crate::script) schemas: Schemas,
}

/// The options that are read here.
const NAMES: [&str; 4] = ["proto", "proto-path", "decode", "schema"];

/// Whether a line is read here.
pub(in crate::script) fn is_payload(line: &OptionLine) -> bool {
    NAMES.contains(&line.name.text.as_str())
}

impl Payloads {
    /// Reads the lines; what is wrong with a value was told when it was read alone.
    pub(in crate::script) fn read<'a>(
        lines: &(impl Iterator<Item = &'a OptionLine> + Clone),
        fill: &Fill<'_>,
        told: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut payloads = Self::default();
        let of = |name: &'static str| {
            let lines = lines.clone().filter(move |line| line.name.text == name);
            lines.filter_map(|line| Some((line, filled(line, fill).ok()?)))
        };
        let folders: Vec<String> = of("proto-path").map(|(_, folder)| folder).collect();
        for (line, path) in of("proto") {
            let wrong = add(
                &mut payloads.packing.types,
                (&path, line.value.span),
                &folders,
                fill,
            );
            told.extend(wrong.err());
        }
        for (line, text) in of("decode") {
            let value = OptionValue {
                text: &text,
                span: line.value.span,
                verbatim: line.value.as_literal().is_some() && !line.default,
            };
            for name in decoders(value).into_iter().flatten() {
                match name.decoder(&payloads.packing) {
                    Ok(decoder) => payloads.decode.push(decoder),
                    Err(unknown) => told.push(unknown),
                }
            }
        }
        for (line, path) in of("schema") {
            match payloads.schemas.add(&path, line.value.span, fill) {
                Ok(()) => payloads.schemas.every.push((path, line.span)),
                Err(wrong) => told.push(wrong),
            }
        }
        payloads
    }
}

/// Compiles a `.proto` file.
fn add(
    types: &mut Descriptors,
    (path, span): (&str, Span),
    folders: &[String],
    fill: &Fill<'_>,
) -> Result<(), Diagnostic> {
    let source = file_text(fill, path, span)?;
    let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
    let folders = || std::iter::once(folder).chain(folders.iter().map(String::as_str));
    let import = |name: &str| -> Result<Option<String>, String> {
        for folder in folders() {
            let path = format!("{}/{name}", folder.trim_end_matches('/'));
            match fill.files.read(&path) {
                Err(why) if why.reason == Unreadable::MISSING => {}
                Err(why) => return Err(unreadable(span, &path, &why).message),
                Ok(_) => {
                    return file_text(fill, &path, span)
                        .map(Some)
                        .map_err(|error| error.message);
                }
            }
        }
        Ok(None)
    };
    types.add(name, &source, import).map_err(|why| {
        let message = format!("`{path}` does not compile: {why}");
        let hint = "imports are sought beside the file, then in each `@proto-path`";
        Diagnostic::error(span, message).hint(hint)
    })
}
