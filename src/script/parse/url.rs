//! What a block's URL must look like (RFC 6455, 3), as far as its text is known.

use super::lines::is_name;
use super::text::Piece;
use crate::diagnostic::{Cure, Diagnostic};
use crate::protocol::PathPattern;
use crate::script::{Name, Part, Role, Template};
use crate::source::Span;

const SCHEMES: [&str; 3] = ["ws", "wss", "ws+unix"];
const HTTP_SCHEMES: [&str; 3] = ["http", "https", "http+unix"];

fn schemes(role: Role) -> [&'static str; 3] {
    match role {
        Role::Client | Role::Server => SCHEMES,
        Role::Http => HTTP_SCHEMES,
    }
}

/// What is wrong with a URL line, whatever its variables are.
pub(super) fn check(url: &Template, role: Role) -> Option<Diagnostic> {
    let span = url.span;
    let part = |at: usize, length: usize| {
        let start = place(url, at);
        let end = length.checked_sub(1).map(|last| place(url, at + last) + 1);
        Span::new(start, end.unwrap_or(start))
    };
    if let Some(text) = url.as_literal() {
        return judge(&text, role, part, span);
    }
    let Some(Part::Literal(start, _)) = url.parts.first() else {
        return None;
    };
    let (scheme, _) = start.split_once("://")?;
    scheme_problem(scheme, start, role, part(0, scheme.len()))
}

/// Where a byte of a URL's text stands: a backslash before `{{` is not in the text.
fn place(url: &Template, at: usize) -> usize {
    let mut left = at;
    for part in &url.parts {
        let Part::Literal(text, span) = part else {
            break;
        };
        match left.checked_sub(text.len()) {
            None => return span.start + left,
            Some(behind) => left = behind,
        }
    }
    url.span.end
}

/// What is wrong with a URL whose variables are filled in: told at the whole line.
pub(in crate::script) fn judge_filled(text: &str, role: Role, span: Span) -> Option<Diagnostic> {
    judge(text, role, |_, _| span, span).map(Diagnostic::without_fixes)
}

/// Whether a head line looks like a URL, right or wrong.
pub(super) fn looks_like(line: &str) -> bool {
    let word = line.split([' ', '\t']).next().unwrap_or_default();
    word.contains("://")
        || line.starts_with("{{")
        || word.starts_with("ws:")
        || word.starts_with("wss:")
}

/// A head line with a client's name before its URL. A name that no client has is taken for one only where nothing but a
/// WebSocket URL can follow.
pub(super) fn own<'a>(line: Piece<'a>, clients: &[Name]) -> Option<(Piece<'a>, Piece<'a>)> {
    let (who, url) = line.word();
    let declared = clients.iter().any(|client| client.text == who.text);
    let scheme = url.text.split_once("://").map(|(scheme, _)| scheme);
    let is_url = scheme.is_some_and(|scheme| SCHEMES.contains(&scheme));
    let starts = is_url || (declared && looks_like(url.text));
    (starts && is_name(who.text)).then_some((who, url))
}

fn judge(
    text: &str,
    role: Role,
    part: impl Fn(usize, usize) -> Span,
    whole: Span,
) -> Option<Diagnostic> {
    let Some((scheme, rest)) = text.split_once("://") else {
        let message = "the URL has no scheme";
        let [plain, secure, _] = schemes(role);
        let bare = [secure, plain, ""].iter().find_map(|scheme| {
            let rest = text.strip_prefix(scheme)?;
            rest.strip_prefix(if scheme.is_empty() { "//" } else { ":" })
        });
        let bare = bare.unwrap_or(text).trim_start_matches('/');
        let is_secure = text
            .strip_prefix(secure)
            .is_some_and(|rest| rest.starts_with(':'));
        let scheme = if is_secure { secure } else { plain };
        let sentence = format!("write `{scheme}://{}`", super::short::short(bare));
        let cure = Cure::from(sentence).put(format!("{scheme}://{bare}"));
        return Some(Diagnostic::error(whole, message).hint(cure));
    };
    if let Some(problem) = scheme_problem(scheme, text, role, part(0, scheme.len())) {
        return Some(problem);
    }
    if let Some((at, bad)) = text
        .char_indices()
        .find(|(_, next)| next.is_whitespace() || next.is_control())
    {
        let hint = "a blank in a URL is `%20`; headers and options stand on lines of their own";
        let message = format!("`{}` in a URL", bad.escape_debug());
        return Some(Diagnostic::error(part(at, bad.len_utf8()), message).hint(hint));
    }
    if let Some(at) = text.find('#') {
        let message = match role {
            Role::Http => "the URL of a request has no fragment",
            _ => "a WebSocket URL has no fragment",
        };
        let hint = Cure::from("remove it; a plain `#` is `%23`").put("");
        return Some(Diagnostic::error(part(at, text.len() - at), message).hint(hint));
    }
    let [.., unix] = schemes(role);
    if scheme.eq_ignore_ascii_case(unix) {
        let message = "the path of the socket is missing";
        let hint = format!("write `{unix}:///path.sock:/resource`");
        let missing = !rest.starts_with('/') || rest.starts_with("/:") || rest == "/";
        return missing.then(|| Diagnostic::error(whole, message).hint(hint));
    }
    let wrong = authority(scheme, rest, &part);
    wrong.or_else(|| (role == Role::Server).then(|| path(scheme, rest, &part))?)
}

/// The path of a server, in which `{name}` and a last `*` may stand.
fn path(scheme: &str, rest: &str, place: &impl Fn(usize, usize) -> Span) -> Option<Diagnostic> {
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let path = rest.get(at..)?.split('?').next().unwrap_or_default();
    let fault = PathPattern::parse(path).err()?;
    let start = scheme.len() + "://".len() + at + fault.range.start;
    let span = place(start, fault.range.len());
    Some(Diagnostic::error(span, fault.reason).hint(fault.hint))
}

/// Host and port.
fn authority(
    scheme: &str,
    rest: &str,
    place: &impl Fn(usize, usize) -> Span,
) -> Option<Diagnostic> {
    let start = scheme.len() + "://".len();
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let at = start + authority.len() - host.len();
    let (address, port) = match host.rfind(']') {
        Some(bracket) => host.split_at_checked(bracket + 1)?,
        None => host.split_at_checked(host.find(':').unwrap_or(host.len()))?,
    };
    if address.is_empty() {
        let hint = format!("for instance `{scheme}://127.0.0.1:8080/`");
        return Some(Diagnostic::error(place(at, host.len()), "the URL has no host").hint(hint));
    }
    if !address.is_ascii() {
        let hint = "write its punycode form: `xn--…`";
        let message = format!("the host `{}` is not ASCII", address.escape_debug());
        return Some(Diagnostic::error(place(at, address.len()), message).hint(hint));
    }
    let number = port.strip_prefix(':').unwrap_or(port);
    if port.is_empty() || (port.starts_with(':') && number.parse::<u16>().is_ok()) {
        return None;
    }
    let message = format!("`{}` is not a port", number.escape_debug());
    let hint = "a port is a number up to 65535; an IPv6 address stands in brackets";
    Some(Diagnostic::error(place(at + address.len(), port.len()), message).hint(hint))
}

fn scheme_problem(scheme: &str, text: &str, role: Role, span: Span) -> Option<Diagnostic> {
    let schemes = schemes(role);
    let known = schemes
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    if known && role == Role::Server && scheme.eq_ignore_ascii_case("ws+unix") {
        let message = "a server listens on `ws://` or `wss://`";
        return Some(Diagnostic::error(span, message).hint("for instance `ws://127.0.0.1:0/`"));
    }
    if known {
        return None;
    }
    let secure = scheme.to_lowercase().ends_with('s') && !scheme.eq_ignore_ascii_case("ws");
    let [plain, tls, unix] = schemes;
    let near = match scheme.to_lowercase().as_str() {
        "http" | "ws" => plain,
        "https" | "wss" => tls,
        "unix" | "http+unix" | "ws+unix" | "wss+unix" | "https+unix" => unix,
        other => {
            crate::diagnostic::nearest(other, schemes).unwrap_or(if secure { tls } else { plain })
        }
    };
    let what = if role == Role::Http {
        "an HTTP"
    } else {
        "a WebSocket"
    };
    let rest = text.get(scheme.len()..).unwrap_or_default();
    let message = format!("`{}://` is not {what} URL", scheme.escape_debug());
    let sentence = format!("write `{near}{}`", super::short::short(rest));
    Some(Diagnostic::error(span, message).hint(Cure::from(sentence).put(near)))
}
