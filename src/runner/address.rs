//! A server's free port is another one in every run: its URL is shown by the server's name.

use crate::protocol::PathPattern;

/// A server that listens on a free port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FreePort {
    /// The block's name.
    pub(super) server: String,
    /// Its URL with the real port, where it has one path alone.
    pub(super) url: Option<String>,
    /// The same up to its path: `ws://127.0.0.1:4000`.
    pub(super) origin: String,
    /// The real port.
    pub(super) port: u16,
}

/// Whether a server's URL asks for a free port.
pub(super) fn asks_for_free_port(url: &str) -> bool {
    authority(url).is_some_and(|(_, authority, _)| authority.ends_with(":0"))
}

/// A URL as it is shown: the server's part of it as `{{chat.url}}`, `{{chat.ws}}` or `{{chat.http}}`, or its port alone as
/// `{{chat.port}}`.
pub(super) fn shown(url: &str, servers: &[FreePort]) -> String {
    let by = |start: &str, server: &FreePort, place: &str| {
        let rest = url.strip_prefix(start)?;
        let whole = rest.is_empty() || rest.starts_with(['/', '?', '#']);
        whole.then(|| {
            (
                rest.len(),
                format!("{{{{{}.{place}}}}}{rest}", server.server),
            )
        })
    };
    let by_url = servers
        .iter()
        .filter_map(|server| by(server.url.as_deref()?, server, "url"))
        // The longest URL is the nearest.
        .min_by_key(|(rest, _)| *rest);
    let by_origin = || {
        servers.iter().find_map(|server| {
            let web = server.origin.replacen("ws", "http", 1);
            by(&server.origin, server, "ws").or_else(|| by(&web, server, "http"))
        })
    };
    if let Some((_, shown)) = by_url.or_else(by_origin) {
        return shown;
    }
    let Some((scheme, authority, rest)) = authority(url) else {
        return url.to_owned();
    };
    let by_port = servers.iter().find_map(|server| {
        let host = authority.strip_suffix(&format!(":{}", server.port))?;
        let shown = format!("{scheme}://{host}:{{{{{}.port}}}}{rest}", server.server);
        is_here(host).then_some(shown)
    });
    by_port.unwrap_or_else(|| url.to_owned())
}

/// Whether a host, with or without `user:password@`, may be the one that servers listen on.
fn is_here(host: &str) -> bool {
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    host.eq_ignore_ascii_case("localhost") || host == "[::1]" || host.starts_with("127.")
}

fn authority(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at_checked(end)?;
    Some((scheme, authority, rest))
}

/// Whether a server's URL asks for TLS, what stands for its port (which may be another server's, not known yet), and its path.
pub(super) fn place_of(url: &str) -> Option<(bool, String, PathPattern)> {
    let (scheme, rest) = url.trim().split_once("://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, resource) = rest.split_at_checked(end)?;
    let secure = scheme.eq_ignore_ascii_case("wss");
    let behind = authority
        .rsplit_once(']')
        .map_or(authority, |(_, behind)| behind);
    let port = match behind.rsplit_once(':') {
        Some((_, port)) => port,
        None if secure => "443",
        None => "80",
    };
    let path = resource.split('?').next().unwrap_or_default();
    Some((secure, port.to_owned(), PathPattern::parse(path).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_shown_by_the_servers_name() {
        let server = |name: &str, url: &str, port| FreePort {
            server: name.to_owned(),
            url: Some(url.to_owned()),
            origin: format!("ws://127.0.0.1:{port}"),
            port,
        };
        let servers = [
            server("root", "ws://127.0.0.1:4000/", 4000),
            server("chat", "ws://127.0.0.1:5000/chat", 5000),
        ];
        for (url, expected) in [
            ("ws://127.0.0.1:5000/chat", "{{chat.url}}"),
            ("ws://127.0.0.1:5000/chat?name=bob", "{{chat.url}}?name=bob"),
            ("ws://127.0.0.1:5000/chatter", "{{chat.ws}}/chatter"),
            ("http://127.0.0.1:5000", "{{chat.http}}"),
            (
                "https://127.0.0.1:5000/a",
                "https://127.0.0.1:{{chat.port}}/a",
            ),
            ("ws://127.0.0.1:50001", "ws://127.0.0.1:50001"),
            (
                "ws://localhost:5000/chat",
                "ws://localhost:{{chat.port}}/chat",
            ),
            (
                "ws://a:b@localhost:5000",
                "ws://a:b@localhost:{{chat.port}}",
            ),
            ("ws://127.0.0.1:4000/", "{{root.url}}"),
            ("ws://127.0.0.1:50001/chat", "ws://127.0.0.1:50001/chat"),
            ("ws://example.com:5000/chat", "ws://example.com:5000/chat"),
            ("ws+unix:///a.sock:/chat", "ws+unix:///a.sock:/chat"),
            ("nonsense", "nonsense"),
        ] {
            assert_eq!(shown(url, &servers), expected);
        }
    }

    #[test]
    fn free_ports_are_asked_for_by_zero() {
        for (url, free) in [
            ("ws://127.0.0.1:0/chat", true),
            ("wss://127.0.0.1:0", true),
            ("ws://[::1]:0?x", true),
            ("ws://127.0.0.1:8080/a:0", false),
            ("ws://127.0.0.1/", false),
            ("", false),
        ] {
            assert_eq!(asks_for_free_port(url), free, "{url}");
        }
    }
}
