//! What is wrong with the headers of a block's head: those that a server cannot answer with, and what no header may hold.

use super::short::short;
use super::text::Piece;
use crate::diagnostic::{Cure, Diagnostic};
use crate::script::{Part, Template};
use crate::source::Span;

/// A server's headers go with its answers; what clients are to send is asked for by options.
pub(super) fn server_header(
    line: Piece<'_>,
    name: Piece<'_>,
    value: Piece<'_>,
) -> Option<Diagnostic> {
    let scheme = value.word().0.text;
    let hint = match name.text.to_ascii_lowercase().as_str() {
        // Not with its value, which is never shown.
        "authorization" if scheme.eq_ignore_ascii_case("bearer") => {
            "to ask for it, write `@auth bearer VALUE`".into()
        }
        "authorization" if scheme.eq_ignore_ascii_case("basic") => {
            "to ask for it, write `@auth basic USER:PASSWORD`".into()
        }
        "origin" => Cure::from(format!(
            "to ask for it, write `@origin {}`",
            short(value.text)
        ))
        .put(format!("@origin {}", value.text)),
        "sec-websocket-protocol" => {
            Cure::from(format!("write `@subprotocol {}`", short(value.text)))
                .put(format!("@subprotocol {}", value.text))
        }
        "authorization" | "cookie" | "proxy-authorization" => format!(
            "remove the line; to ask clients for it, write `@auth header {}=VALUE`",
            name.text
        )
        .into(),
        _ => return None,
    };
    let message = format!("`{}` is not a header that a server answers with", name.text);
    Some(Diagnostic::error(line.span(), message).hint(hint))
}

/// A header's value is visible characters, blanks and tabs (RFC 9110, 5.5).
pub(super) fn control_characters(value: &Template, told: &mut Vec<Diagnostic>) {
    for part in &value.parts {
        let Part::Literal(text, span) = part else {
            continue;
        };
        if let Some((at, bad)) = text
            .char_indices()
            .find(|(_, next)| next.is_control() && *next != '\t')
        {
            let place = Span::new(at, at + bad.len_utf8()).shift(span.start);
            let message = format!("`{}` in a header", bad.escape_debug());
            told.push(
                Diagnostic::error(place, message)
                    .hint(Cure::from("remove the control character").put("")),
            );
        }
    }
}
