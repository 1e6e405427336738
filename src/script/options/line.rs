//! Reads an option's line by what the table says of the option.

use super::Options;
use super::table::{OptionInfo, find};
use super::value::OptionValue;
use crate::diagnostic::Diagnostic;
use crate::script::{Fill, OptionLine};
use crate::source::Span;

/// Reads one line with its variables filled in. An unknown option was told when the script was parsed.
pub(super) fn read(
    options: &mut Options,
    line: &OptionLine,
    fill: &Fill<'_>,
) -> Result<(), Diagnostic> {
    let Some(info) = find(&line.name.text).filter(|info| !is_parsed(info)) else {
        return Ok(());
    };
    let text = filled(line, fill)?;
    let literal = line.value.as_literal();
    // Of what stands in front matter there is no place here, and a backslash is shorter in the text than in its place.
    let verbatim = !line.default && literal.is_some_and(|text| text.len() == line.value.span.len());
    let value = OptionValue {
        text: text.trim(),
        span: line.value.span,
        verbatim: verbatim && text.trim().len() == text.len(),
    };
    (info.read)(options, value).map_err(|wrong| {
        if value.verbatim {
            wrong
        } else {
            wrong.without_fixes()
        }
    })
}

/// A line's value with its variables filled in.
pub(super) fn filled(line: &OptionLine, fill: &Fill<'_>) -> Result<String, Diagnostic> {
    fill.text(&line.value).map(|filled| filled.value)
}

/// What is wrong with a value that stands at a span as it is.
pub(in crate::script) fn judge(
    info: &OptionInfo,
    text: &str,
    span: Span,
) -> Result<(), Diagnostic> {
    let value = OptionValue {
        text,
        span,
        verbatim: true,
    };
    (info.read)(&mut Options::default(), value)
}

/// Whether the value was read when the script was parsed.
fn is_parsed(info: &OptionInfo) -> bool {
    matches!(info.name, "clients" | "never" | "ignore" | "let")
}
