//! What is shown as `***` because it authorises, though it has no name.

use std::ops::Range;

const MASK: &str = "***";

/// Headers whose values authorise. What a server sets as a cookie comes back as one.
const AUTHORISING: [&str; 4] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
];

/// How these names end; a prefix is part of a name.
const NAMES: [&str; 2] = ["authorization", "cookie"];

/// A header's value: masked if it authorises and is not shown by names already, else without such headers in it.
pub(super) fn header(name: &str, value: &str) -> String {
    if AUTHORISING
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name.trim()))
    {
        masked(value)
    } else {
        headers(value)
    }
}

/// `Authorization: …` wherever a text has it: in lines, folded ones too (RFC 9112, 5.2), several in one, in JSON.
pub(super) fn headers(text: &str) -> String {
    let found = found(text);
    let mut out = String::with_capacity(text.len());
    let mut written = 0;
    let mut line = LineStart::default();
    for (at, header) in found.iter().enumerate() {
        if header.value < written {
            continue;
        }
        line.advance(text, header.name.start);
        let next = found.get(at + 1).map_or(text.len(), |next| next.name.start);
        let next = next.max(header.value);
        let mut value = Some(match &header.quote {
            Some(quote) => header.value..quote.end(text, header.value),
            None => header.value..line.end_of_value(text, header, next),
        });
        while let Some(range) = value {
            out.push_str(text.get(written..range.start).unwrap_or_default());
            let whole = text.get(range.clone()).unwrap_or_default();
            let trimmed = whole.trim_end_matches([' ', '\t', ',', ';']);
            out.push_str(&masked(trimmed));
            written = range.start + trimmed.len();
            value = header.next_string(text, range.end);
        }
    }
    out.push_str(text.get(written..).unwrap_or_default());
    out
}

/// A header's name in a text, and where its value begins.
struct HeaderPlace {
    name: Range<usize>,
    value: usize,
    /// The value is a string.
    quote: Option<Quote>,
    /// It is a list of strings.
    list: bool,
}

/// What a string begins and ends with: in a string that stands in another one, with a backslash before it.
#[derive(Clone, Copy)]
struct Quote {
    mark: char,
    backslashes: usize,
}

/// All such headers, in order.
fn found(text: &str) -> Vec<HeaderPlace> {
    let lower = text.to_ascii_lowercase();
    let names = NAMES.iter().flat_map(|name| lower.match_indices(name));
    let mut found: Vec<HeaderPlace> = names
        .filter_map(|(at, name)| HeaderPlace::at(text, at..at + name.len()))
        .collect();
    found.sort_by_key(|header| header.name.start);
    found
}

impl HeaderPlace {
    fn at(text: &str, name: Range<usize>) -> Option<Self> {
        let before = text.get(..name.start)?;
        let escaped = ["\\n", "\\r", "\\t"]
            .iter()
            .any(|escape| before.ends_with(escape));
        if !escaped
            && before
                .chars()
                .next_back()
                .is_some_and(char::is_alphanumeric)
        {
            return None;
        }
        let prefix =
            before.trim_end_matches(|part: char| part.is_ascii_alphanumeric() || part == '-');
        let rest = text.get(name.end..)?;
        let name = prefix.len()..name.end;
        let after = rest.trim_start_matches(['"', '\'', '`', '\\', '*', ' ', '\t']);
        let is_quoted = rest.trim_start_matches('\\').starts_with(['"', '\'']);
        let value = after
            .strip_prefix(':')
            .or_else(|| after.strip_prefix("=>"))
            .map(|value| (value, true))
            .or_else(|| after.strip_prefix('=').map(|value| (value, false)));
        let (value, is_plain) = value?;
        let value = value.trim_start_matches([' ', '\t']);
        let strings =
            value.trim_start_matches(|part: char| part.is_whitespace() || "[{".contains(part));
        let list = value.starts_with(['[', '{']);
        let string = if list { strings } else { value };
        let quote = Quote::at(string);
        // A number in JSON is not a credential, and `cookie=1` is not a header.
        if quote.is_none() && (list || is_quoted || !is_plain) {
            return None;
        }
        let start = quote.map_or(0, |quote| quote.backslashes + 1);
        let value = text.len() - string.len() + start;
        Some(Self {
            name,
            value,
            quote,
            list,
        })
    }

    /// The string behind one that ends there.
    fn next_string(&self, text: &str, end: usize) -> Option<Range<usize>> {
        let quote = self.quote.filter(|_| self.list)?;
        let rest = text.get(end..)?.get(quote.backslashes + 1..)?;
        let next =
            rest.trim_start_matches(|part: char| part.is_whitespace() || ",:".contains(part));
        let quote = Quote::at(next)?;
        let start = text.len() - next.len() + quote.backslashes + 1;
        Some(start..quote.end(text, start))
    }
}

impl Quote {
    fn at(text: &str) -> Option<Self> {
        let rest = text.trim_start_matches('\\');
        let mark = rest.chars().next().filter(|mark| "\"'".contains(*mark))?;
        let backslashes = text.len() - rest.len();
        Some(Self { mark, backslashes })
    }

    /// Where a string ends that begins there.
    fn end(self, text: &str, start: usize) -> usize {
        let rest = text.get(start..).unwrap_or_default();
        let end = rest.match_indices(self.mark).find_map(|(at, _)| {
            let backslashes = backslashes_before(rest, at);
            (backslashes <= self.backslashes).then_some(at - backslashes)
        });
        start + end.unwrap_or(rest.len())
    }
}

fn backslashes_before(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.len() - before.trim_end_matches('\\').len()
}

/// What is known of a line up to a place in it.
#[derive(Default)]
struct LineStart {
    at: usize,
    /// Blanks before it.
    indentation: usize,
    /// A string that was begun and not ended.
    string: Option<Quote>,
}

impl LineStart {
    fn advance(&mut self, text: &str, to: usize) {
        let part = text.get(self.at..to).unwrap_or_default();
        let mut part = part;
        let mut start = self.at;
        if let Some(end) = part.rfind('\n') {
            start += end + 1;
            part = text.get(start..to).unwrap_or_default();
            *self = Self::default();
        }
        if start == 0
            || text
                .get(..start)
                .is_some_and(|before| before.ends_with('\n'))
        {
            self.indentation = indentation(text.get(start..).unwrap_or_default());
        }
        for (at, mark) in part.match_indices(['"', '`']) {
            let mark = if mark == "`" { '`' } else { '"' };
            self.string = match self.string {
                Some(open) if open.mark == mark => None,
                Some(open) => Some(open),
                None => Some(Quote {
                    mark,
                    backslashes: backslashes_before(part, at),
                }),
            };
        }
        self.at = to;
    }

    /// Where a header's value ends that stands in no string of its own.
    fn end_of_value(&self, text: &str, header: &HeaderPlace, next: usize) -> usize {
        let rest = text.get(header.value..next).unwrap_or_default();
        let mut parameter = false;
        for (at, part) in rest.char_indices() {
            let after = rest.get(at + part.len_utf8()..).unwrap_or_default();
            let ends = match part {
                '\n' => indentation(after) <= self.indentation,
                // `username="me"` is a part of a value.
                '"' if parameter || rest.get(..at).is_some_and(|before| before.ends_with('=')) => {
                    parameter = !parameter;
                    false
                }
                '"' | '`' => self.string.is_some_and(|open| {
                    open.mark == part && backslashes_before(rest, at) <= open.backslashes
                }),
                '\\' if self.string.is_some() => is_end_of_line(after),
                _ => false,
            };
            if ends {
                let value = rest.get(..at).unwrap_or_default();
                return header.value + value.trim_end_matches('\r').len();
            }
        }
        next
    }
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// Whether what stands behind a backslash ends a line in a string, and no folded one goes on below.
fn is_end_of_line(escape: &str) -> bool {
    let rest = escape.trim_start_matches('\\');
    if !rest.starts_with(['r', 'n']) {
        return false;
    }
    let rest = rest.strip_prefix('r').unwrap_or(rest);
    let rest = rest.trim_start_matches('\\');
    let rest = rest.strip_prefix('n').unwrap_or(rest);
    !rest.starts_with([' ', '\t'])
}

/// A value of which nothing is shown but names of secrets, of the scheme and of cookies or parameters.
fn masked(value: &str) -> String {
    if !value.contains("{{") {
        let mask = if value.trim().is_empty() { "" } else { MASK };
        return mask.to_owned();
    }
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while !rest.is_empty() {
        let end = end_of_part(rest);
        let (part, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let is_scheme = out.is_empty() && part.chars().all(|part| part.is_ascii_alphabetic());
        if is_scheme && after.starts_with(char::is_whitespace) {
            out.push_str(part);
        } else {
            out.push_str(&masked_part(part));
        }
        let next = after.trim_start_matches(is_separator);
        out.push_str(after.strip_suffix(next).unwrap_or_default());
        rest = next;
    }
    out
}

fn is_separator(part: char) -> bool {
    part.is_whitespace() || matches!(part, ';' | ',')
}

/// Where a part of a value ends: names of secrets are whole.
fn end_of_part(value: &str) -> usize {
    let mut at = 0;
    while let Some(rest) = value.get(at..) {
        if let Some(end) = rest.strip_prefix("{{").and_then(|name| name.find("}}")) {
            at += end + 4;
            continue;
        }
        match rest.chars().next() {
            Some(part) if !is_separator(part) => at += part.len_utf8(),
            _ => return at,
        }
    }
    value.len()
}

/// One cookie or parameter.
fn masked_part(part: &str) -> String {
    let (name, value) = match part.split_once('=') {
        Some((name, value)) if !name.contains("{{") && !value.trim_matches('=').is_empty() => {
            (format!("{name}="), value)
        }
        _ => (String::new(), part),
    };
    let mut out = name;
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((secret, after)) = after.split_once("}}") else {
            break;
        };
        out.extend([hidden(before), "{{", secret, "}}"]);
        rest = after;
    }
    out.push_str(hidden(rest));
    out
}

/// What stands beside a name: punctuation is harmless.
fn hidden(text: &str) -> &str {
    if text.contains(char::is_alphanumeric) {
        MASK
    } else {
        text
    }
}

/// The passwords of URLs (`scheme://user:password@host`).
pub(super) fn passwords(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end = after
            .find(|part: char| matches!(part, '/' | '?' | '#' | '"' | '`') || part.is_whitespace())
            .unwrap_or(after.len());
        let (authority, next) = after.split_at_checked(end).unwrap_or((after, ""));
        match password(authority) {
            Some((user, host)) => out.extend([user, ":", MASK, "@", host]),
            None => out.push_str(authority),
        }
        rest = next;
    }
    out.push_str(rest);
    out
}

/// What stands before and behind a password that has no name.
fn password(authority: &str) -> Option<(&str, &str)> {
    let (credentials, host) = authority.rsplit_once('@')?;
    let (user, password) = credentials.split_once(':')?;
    let is_secret = !password.is_empty() && !password.contains("{{");
    is_secret.then_some((user, host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_authorises_is_masked() {
        for (text, shown) in [
            (
                "wss://me:pw@host/x and ws://a@b",
                "wss://me:***@host/x and ws://a@b",
            ),
            ("wss://me:p:w@x@host", "wss://me:***@host"),
            ("wss://me:{{PW}}@host", "wss://me:{{PW}}@host"),
            ("wss://host/a:b@c", "wss://host/a:b@c"),
            ("://:@", "://:@"),
        ] {
            assert_eq!(passwords(text), shown);
        }
        for (text, shown) in [
            (
                "Authorization: Bearer x\r\nA: b",
                "Authorization: ***\r\nA: b",
            ),
            (
                "3 | proxy-authorization : Basic x",
                "3 | proxy-authorization : ***",
            ),
            (
                "Authorization: Bearer {{TOKEN}}",
                "Authorization: Bearer {{TOKEN}}",
            ),
            ("Cookie: a=1; b={{B}}", "Cookie: a=***; b={{B}}"),
            (
                "the header `Cookie: a=1` is odd",
                "the header `Cookie: ***` is odd",
            ),
            ("{\"Cookie\": 1}", "{\"Cookie\": 1}"),
            ("Cookie:\n", "Cookie:\n"),
            // Several on one line, in any order and case.
            (
                "Cookie: a=1 Authorization: Bearer x, b",
                "Cookie: *** Authorization: ***",
            ),
            (
                "AUTHORIZATION: Bearer {{T}} cookie:a=1; Set-Cookie: b=2 x",
                "AUTHORIZATION: Bearer {{T}} cookie:***; Set-Cookie: ***",
            ),
            (
                "proxy-authorization: Basic x, Authorization: Basic y",
                "proxy-authorization: ***, Authorization: ***",
            ),
            // Folded, and what only looks so.
            (
                "Cookie: a=1;\r\n b=2\r\n\tc=3\r\nHost: x",
                "Cookie: ***\r\nHost: x",
            ),
            (
                "  Cookie: a=1\n  Host: x\n   y",
                "  Cookie: ***\n  Host: x\n   y",
            ),
            (
                "Authorization: Bearer\n {{T}} x",
                "Authorization: Bearer\n {{T}} ***",
            ),
            // Beside a name nothing is shown.
            ("Cookie: a=1;b={{B}}", "Cookie: a=***;b={{B}}"),
            ("Cookie: b={{B}}x, c", "Cookie: b={{B}}***, ***"),
            (
                "Authorization: Digest username=\"{{U}}\", response=\"f00\"",
                "Authorization: Digest username=\"{{U}}\", response=***",
            ),
            (
                "Authorization: Digest username=\"me\", response=\"f00\"",
                "Authorization: ***",
            ),
            // As JSON, and in a string of it.
            (
                "{\"Authorization\": \"Bearer x\\\"y\", \"Cookie\":[\"a=1\", \"b=2\"], \"c\": \"d\"}",
                "{\"Authorization\": \"***\", \"Cookie\":[\"***\", \"***\"], \"c\": \"d\"}",
            ),
            (
                r#"{"log": "{\"cookie\":\"a=1\",\"b\":2}", "cookie": {"sid": "x"}}"#,
                r#"{"log": "{\"cookie\":\"***\",\"b\":2}", "cookie": {"***": "***"}}"#,
            ),
            (
                r#"{"request": "GET / HTTP/1.1\r\nCookie: a=\"1\"\r\n  b=2\r\nHost: x\r\nAuthorization: Bearer y"}"#,
                r#"{"request": "GET / HTTP/1.1\r\nCookie: ***\r\nHost: x\r\nAuthorization: ***"}"#,
            ),
            ("{'Authorization': 'Bearer x'}", "{'Authorization': '***'}"),
            (
                "\"HTTP_AUTHORIZATION\"=>\"Bearer x\", Cookie=\"a\"",
                "\"HTTP_AUTHORIZATION\"=>\"***\", Cookie=\"***\"",
            ),
            ("cookie=1 cookies: x", "cookie=1 cookies: x"),
            ("Authorization:", "Authorization:"),
        ] {
            assert_eq!(headers(text), shown);
        }
        assert_eq!(header("COOKIE", "a=1"), "***");
        assert_eq!(header("Accept", "a=1"), "a=1");
        assert_eq!(header("X-Echo", "a: b; cookie: c"), "a: b; cookie: ***");
    }
}
