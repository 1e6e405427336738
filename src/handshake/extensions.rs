//! Reads `Sec-WebSocket-Extensions` (RFC 6455, 9.1). Knows no extension.

use super::headers::{header_values, is_token};

/// The header's name.
pub(crate) const EXTENSIONS: &str = "Sec-WebSocket-Extensions";

/// One that is offered, or answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Extension {
    pub(super) name: String,
    /// In order; quotes and escapes are taken away.
    pub(super) parameters: Vec<(String, Option<String>)>,
}

/// The extensions of all lines of the header; none where there is no such header, `Err` where it breaks its grammar.
pub(super) fn read_extensions(headers: &[(String, String)]) -> Result<Vec<Extension>, Malformed> {
    let mut all = Vec::new();
    let mut is_there = false;
    for value in header_values(headers, EXTENSIONS) {
        is_there = true;
        for element in split(value, ',')? {
            // Empty elements of a list mean nothing (RFC 9110, 5.6.1.2).
            if !element.is_empty() {
                all.push(read_extension(element)?);
            }
        }
    }
    if is_there && all.is_empty() {
        return Err(Malformed);
    }
    Ok(all)
}

/// The header is not a list of extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

fn read_extension(element: &str) -> Result<Extension, Malformed> {
    let mut parts = split(element, ';')?.into_iter();
    let name = token(parts.next().unwrap_or_default())?;
    let parameters = parts.map(read_parameter).collect::<Result<_, _>>()?;
    Ok(Extension { name, parameters })
}

fn read_parameter(part: &str) -> Result<(String, Option<String>), Malformed> {
    let Some((name, value)) = part.split_once('=') else {
        return Ok((token(part)?, None));
    };
    let value = value.trim_matches([' ', '\t']);
    let value = match value.strip_prefix('"') {
        // What is quoted is a token as well (RFC 6455, 9.1).
        Some(quoted) => token(&unquoted(quoted)?)?,
        None => token(value)?,
    };
    Ok((token(name.trim_matches([' ', '\t']))?, Some(value)))
}

/// The text up to the closing quote, behind which nothing stands.
fn unquoted(quoted: &str) -> Result<String, Malformed> {
    let mut text = String::new();
    let mut chars = quoted.chars();
    loop {
        match chars.next().ok_or(Malformed)? {
            '"' => break,
            '\\' => text.push(chars.next().ok_or(Malformed)?),
            other => text.push(other),
        }
    }
    chars.next().is_none().then_some(text).ok_or(Malformed)
}

fn token(text: &str) -> Result<String, Malformed> {
    is_token(text).then(|| text.to_owned()).ok_or(Malformed)
}

/// The parts between separators that are not in quotes, without the blanks around them.
fn split(text: &str, separator: char) -> Result<Vec<&str>, Malformed> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    let parts: Vec<_> = text
        .split(|c: char| {
            let escaped = std::mem::take(&mut is_escaped);
            match c {
                '\\' if is_quoted && !escaped => is_escaped = true,
                '"' if !escaped => is_quoted = !is_quoted,
                _ => {}
            }
            c == separator && !is_quoted
        })
        .map(|part| part.trim_matches([' ', '\t']))
        .collect();
    if is_quoted { Err(Malformed) } else { Ok(parts) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(values: &[&str]) -> String {
        let headers: Vec<_> = values
            .iter()
            .map(|value| ("sec-websocket-extensions".to_owned(), (*value).to_owned()))
            .collect();
        let Ok(extensions) = read_extensions(&headers) else {
            return "malformed".to_owned();
        };
        let parameter = |(name, value): &(String, Option<String>)| match value {
            Some(value) => format!("; {name}={value}"),
            None => format!("; {name}"),
        };
        let one = |extension: &Extension| {
            let parameters: String = extension.parameters.iter().map(parameter).collect();
            format!("{}{parameters}", extension.name)
        };
        extensions.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn lists_are_read_by_their_grammar() {
        let cases: &[(&[&str], &str)] = &[
            (&[], ""),
            (&["a"], "a"),
            (&["a;b ; c = d,e"], "a; b; c=d, e"),
            (&["a; b=\"c\"", "d"], "a; b=c, d"),
            (&["a; b=\"\\1\\0\""], "a; b=10"),
            (&[", a,\t,b,"], "a, b"),
            (&["a;b;b=1;b"], "a; b; b=1; b"),
            (&[""], "malformed"),
            (&[" , "], "malformed"),
            (&["", "a"], "a"),
            (&["a b"], "malformed"),
            (&["a;"], "malformed"),
            (&["a;;b"], "malformed"),
            (&[";a"], "malformed"),
            (&["a;=b"], "malformed"),
            (&["a;b="], "malformed"),
            (&["a;b=c=d"], "malformed"),
            (&["a;b=\"c"], "malformed"),
            (&["a;b=\"c\\"], "malformed"),
            (&["a;b=\"c\"d"], "malformed"),
            (&["a;b=\"c,d\""], "malformed"),
            (&["a;b=\"\""], "malformed"),
            (&["a;b=\"c;d\""], "malformed"),
            (&["\"a\""], "malformed"),
            (&["a\u{e9}"], "malformed"),
        ];
        for (values, expected) in cases {
            assert_eq!(told(values), *expected, "{values:?}");
        }
    }
}
