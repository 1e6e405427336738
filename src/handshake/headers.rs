//! Reads and writes values of HTTP headers (RFC 9110, 5). Knows no stream.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::protocol::ConnectError;

/// All values of a header.
pub(crate) fn header_values<'a>(
    headers: &'a [(String, String)],
    name: &'a str,
) -> impl Iterator<Item = &'a str> {
    headers
        .iter()
        .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

/// The elements of a header that holds a comma list, of all its lines.
pub(crate) fn header_elements<'a>(
    headers: &'a [(String, String)],
    name: &'a str,
) -> impl Iterator<Item = &'a str> {
    header_values(headers, name)
        .flat_map(|value| value.split(','))
        .map(without_blanks)
        .filter(|element| !element.is_empty())
}

/// A value without the blanks around it (RFC 9110, 5.6.3). What Unicode takes for blanks besides is part of the value, as
/// it is to others.
pub(super) fn without_blanks(value: &str) -> &str {
    value.trim_matches([' ', '\t'])
}

/// Whether a comma list has a token, in any case.
pub(crate) fn has_token(headers: &[(String, String)], name: &str, token: &str) -> bool {
    header_elements(headers, name).any(|element| element.eq_ignore_ascii_case(token))
}

/// Whether the bytes are a header's name (RFC 9110, 5.6.2).
pub(crate) fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Appends a header's line to a head.
///
/// # Errors
/// It would be another header, or several.
pub(crate) fn push_header(text: &mut String, name: &str, value: &str) -> Result<(), ConnectError> {
    if !is_token(name) {
        return Err(ConnectError::permanent(format!(
            "{name:?} cannot be the name of a header"
        )));
    }
    if value.contains(|c: char| c.is_ascii_control() && c != '\t') {
        return Err(ConnectError::permanent(format!(
            "the value of the header {name} holds a line break or another control character"
        )));
    }
    for part in [name, ": ", value, "\r\n"] {
        text.push_str(part);
    }
    Ok(())
}

/// One line with all cookies, those that a line gives already first (RFC 6265, 5.4).
pub(crate) fn add_cookies(headers: &mut Vec<(String, String)>, cookies: &str) {
    let own = headers
        .iter_mut()
        .find(|(name, _)| name.eq_ignore_ascii_case("Cookie"));
    match own {
        Some((_, value)) => {
            value.push_str("; ");
            value.push_str(cookies);
        }
        None => headers.push(("Cookie".to_owned(), cookies.to_owned())),
    }
}

/// Basic credentials (RFC 7617) of `USER:PASSWORD`.
pub(crate) fn basic_credentials(credentials: &str) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}
