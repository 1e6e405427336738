//! What is shown as `***` because it authorises, though nobody gave it a name.

const MASK: &str = "***";

/// Headers whose values authorise. What a server sets as a cookie comes back as one.
const AUTHORISING: [&str; 4] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
];

/// A header's value, masked if it authorises and is not shown by names already.
pub(super) fn header(name: &str, value: &str) -> String {
    if AUTHORISING
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name.trim()))
    {
        masked(value)
    } else {
        value.to_owned()
    }
}

/// `Authorization: …` wherever a line has it.
pub(super) fn headers(text: &str) -> String {
    text.split_inclusive('\n').map(header_line).collect()
}

fn header_line(line: &str) -> String {
    let lower = line.to_ascii_lowercase();
    let place = ["authorization", "cookie"].iter().find_map(|name| {
        lower.match_indices(name).find_map(|(at, _)| {
            let before = lower.get(..at)?.chars().next_back();
            let rest = line.get(at + name.len()..)?;
            let value = rest.trim_start_matches([' ', '\t']).strip_prefix(':')?;
            let value = value.trim_start_matches([' ', '\t']);
            let is_name = !before.is_some_and(char::is_alphanumeric);
            is_name.then_some(line.len() - value.len())
        })
    });
    let Some((before, value)) = place.and_then(|at| line.split_at_checked(at)) else {
        return line.to_owned();
    };
    let end = value.find(['\r', '\n', '`', '"']).unwrap_or(value.len());
    let (value, after) = value.split_at_checked(end).unwrap_or((value, ""));
    format!("{before}{}{after}", masked(value))
}

/// Of several cookies each is masked that has no name.
fn masked(value: &str) -> String {
    if !value.contains("{{") {
        let mask = if value.trim().is_empty() { "" } else { MASK };
        return mask.to_owned();
    }
    let parts: Vec<String> = value
        .split("; ")
        .map(|part| match part.split_once('=') {
            Some((name, value)) if !value.contains("{{") && !name.contains("{{") => {
                format!("{name}={MASK}")
            }
            _ => part.to_owned(),
        })
        .collect();
    parts.join("; ")
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
        ] {
            assert_eq!(headers(text), shown);
        }
        assert_eq!(header("COOKIE", "a=1"), "***");
        assert_eq!(header("Accept", "a=1"), "a=1");
    }
}
