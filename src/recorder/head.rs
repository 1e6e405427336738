//! The head of a block: its URL, headers and options, with secrets as names. Knows no steps.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::conceal::{self, SlotPlace, placeholders};
use super::naming;
use super::vault::Vault;
use crate::script::begins_step;

/// Parts of a secret that are shorter stand anywhere by chance.
const PART_FROM: usize = 3;

/// The lines of a head without secrets, which go into the vault.
pub(super) fn lines(source: &str, vault: &mut Vault) -> Vec<String> {
    let mut lines = Vec::new();
    let mut has_url = false;
    for line in source
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        let line = match line.chars().next() {
            Some('#') => conceal::text(line, SlotPlace::Template, vault),
            Some('@') => option(line, vault),
            _ if begins_step(line, true) => conceal::step(line, vault),
            _ if !has_url || is_url(line) => {
                has_url = true;
                url(line, vault)
            }
            _ => match line.split_once(':') {
                Some((name, value)) => {
                    // One client's alone.
                    let (who, name) = name.trim().rsplit_once([' ', '\t']).unwrap_or(("", name));
                    let header = header(name.trim(), value.trim(), vault);
                    format!("{who} {header}").trim_start().to_owned()
                }
                None => line.to_owned(),
            },
        };
        lines.push(line);
    }
    // What a later line gave away may stand in an earlier one.
    lines
        .into_iter()
        .map(|line| {
            if line.starts_with("@let ") {
                line
            } else {
                conceal::text(&line, SlotPlace::Template, vault)
            }
        })
        .collect()
}

/// Whether a line is a URL: of all clients, of one, or behind a method.
fn is_url(line: &str) -> bool {
    let begins = |word: &str| {
        let is_part = |next: char| next.is_ascii_alphanumeric() || "+-.".contains(next);
        let scheme = word.split_once("://").map(|(scheme, _)| scheme);
        word.starts_with("{{") || scheme.is_some_and(|scheme| scheme.chars().all(is_part))
    };
    let mut words = line.split_whitespace();
    let first = words.next().unwrap_or_default();
    begins(first) || !first.contains(':') && words.next().is_some_and(begins)
}

/// A URL without its password and what its query says.
fn url(line: &str, vault: &mut Vault) -> String {
    let Some((scheme, rest)) = line.split_once("://") else {
        return conceal::text(line, SlotPlace::Template, vault);
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, resource) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((user, password)) if !password.is_empty() && is_given(password) => {
                let decoded = percent_encoding::percent_decode_str(password).decode_utf8_lossy();
                let name = vault.add("PASSWORD", &decoded);
                let slot = if decoded == password {
                    format!("{{{{{name}}}}}")
                } else {
                    format!("{{{{$uri {name}}}}}")
                };
                format!("{user}:{slot}@{host}")
            }
            _ => authority.to_owned(),
        },
        None => authority.to_owned(),
    };
    let resource = conceal::text(resource, SlotPlace::Template, vault);
    format!("{scheme}://{authority}{resource}")
}

/// Whether a value is one, and no placeholder.
fn is_given(value: &str) -> bool {
    placeholders(value).is_empty()
}

fn header(name: &str, value: &str, vault: &mut Vault) -> String {
    if value.is_empty() || !is_given(value) || !naming::hides(name) {
        let value = conceal::text(value, SlotPlace::Template, vault);
        return format!("{name}: {value}").trim_end().to_owned();
    }
    let made = vault.add(&naming::of_secret(name), value);
    if naming::authorises(name) {
        parts(name, value, &made, vault);
    }
    format!("{name}: {{{{{made}}}}}")
}

/// What a header that authorises holds goes into the vault too: the token, the password, the cookies.
fn parts(header: &str, value: &str, made: &str, vault: &mut Vault) {
    if header.eq_ignore_ascii_case("cookie") {
        for (name, value) in value.split(';').filter_map(|pair| pair.split_once('=')) {
            let (name, value) = (name.trim(), value.trim());
            if value.len() >= PART_FROM {
                let wanted = format!("{made}_{}", naming::of_secret(name));
                let quoted = serde_json::Value::from(format!("{name}=")).to_string();
                let expression = format!(
                    "${made} | split(\";\")[] | ltrimstr(\" \") | select(startswith({quoted})) | ltrimstr({quoted})"
                );
                vault.add_part(&wanted, value, expression);
            }
        }
        return;
    }
    let Some((scheme, token)) = value.split_once(' ') else {
        return;
    };
    let token = token.trim();
    if token.len() < PART_FROM {
        return;
    }
    let wanted = format!("{made}_TOKEN");
    let expression = format!(r#"${made} | sub("^\\S+ +"; "")"#);
    vault.add_part(&wanted, token, expression);
    if scheme.eq_ignore_ascii_case("basic")
        && let Ok(decoded) = STANDARD.decode(token)
        && let Ok(decoded) = String::from_utf8(decoded)
        && let Some((_, password)) = decoded.split_once(':')
        && password.len() >= PART_FROM
    {
        let expression = format!(r#"${made} | sub("^\\S+ +"; "") | @base64d | sub("^[^:]*:"; "")"#);
        vault.add_part(&format!("{made}_PASSWORD"), password, expression);
    }
}

/// An option without the password of a proxy.
fn option(line: &str, vault: &mut Vault) -> String {
    match line.split_once(char::is_whitespace) {
        Some((name @ "@proxy", value)) => {
            let shown = url(value.trim(), vault);
            format!("{name} {shown}")
        }
        Some(("@let", _)) => line.to_owned(),
        _ => conceal::text(line, SlotPlace::Template, vault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_one_client_s_alone_is_read_as_what_is_everybody_s() {
        let mut vault = Vault::default();
        let source = "@clients ann, bob\nann ws://h/?token=t0k3n\nann Authorization: Bearer abcdef\n\
            bob ws://bob:p4ss@h/\nbob X-See: http://h/\n-- check .url == \"a:b\"";
        let written = lines(source, &mut vault).join("\n");
        insta::assert_snapshot!(written, @r#"
        @clients ann, bob
        ann ws://h/?token={{TOKEN}}
        ann Authorization: {{AUTHORIZATION}}
        bob ws://bob:{{PASSWORD}}@h/
        bob X-See: http://h/
        -- check .url == "a:b"
        "#);
    }

    #[test]
    fn a_head_is_written_without_its_secrets() {
        let mut vault = Vault::default();
        let source = "wss://ann:p%40ss@example.org/x?token=t0k3n&y=1\nAuthorization: Bearer abcdef\n\
            Cookie: sid=c00kie; a=b\nX-Api-Key: k3y\nX-Trace: abcdef\nX-Is: {{KEY}}\n@timeout 5s";
        let written = lines(source, &mut vault).join("\n");
        insta::assert_snapshot!(written, @r"
        wss://ann:{{$uri PASSWORD}}@example.org/x?token={{TOKEN}}&y=1
        Authorization: {{AUTHORIZATION}}
        Cookie: {{COOKIE}}
        X-Api-Key: {{X_API_KEY}}
        X-Trace: {{AUTHORIZATION_TOKEN}}
        X-Is: {{KEY}}
        @timeout 5s
        ");
        let names: Vec<_> = vault
            .entries()
            .iter()
            .map(|entry| entry.name.as_str())
            .collect();
        assert_eq!(
            names,
            [
                "PASSWORD",
                "TOKEN",
                "AUTHORIZATION",
                "AUTHORIZATION_TOKEN",
                "COOKIE",
                "COOKIE_SID",
                "X_API_KEY"
            ]
        );
    }
}
