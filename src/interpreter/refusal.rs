//! Why a server has probably refused the opening handshake, and what to write instead. Knows no connection.

use crate::protocol::{Failure, FailureKind, Handshake};
use crate::source::Span;

/// Bytes of a body in which words are looked for.
const LOOKED_AT: usize = 4 << 10;

/// What of the request matters for its refusal.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked {
    /// It had an `Authorization`.
    pub(super) authorization: bool,
    /// It had an `Origin`.
    pub(super) origin: bool,
    /// It offered a subprotocol.
    pub(super) subprotocol: bool,
}

/// A refusal, as the table looks at it.
struct Refused<'a> {
    handshake: &'a Handshake,
    asked: Asked,
    /// The reason phrase and the body, in small letters.
    words: String,
}

/// A kind of refusal.
struct RefusalKind {
    fits: fn(&Refused<'_>) -> bool,
    /// The cause, and the cure.
    cure: fn(&Refused<'_>) -> String,
    /// Whether such a refusal may well be wanted: then it can be expected.
    wanted: bool,
}

/// The kinds; the first one that fits counts.
const KINDS: &[RefusalKind] = &[
    RefusalKind {
        fits: |refused| refused.handshake.status / 100 == 3 && refused.has("Location"),
        cure: redirect,
        wanted: true,
    },
    RefusalKind {
        fits: |refused| {
            let names = ["subprotocol", "sub-protocol", "sec-websocket-protocol"];
            refused.status() >= 400 && refused.says(&names)
        },
        cure: subprotocol,
        wanted: false,
    },
    RefusalKind {
        // As nginx and Go say it.
        fits: |refused| {
            let ways = ["http request was sent to https", "http request to an https"];
            refused.status() == 400 && refused.says(&ways)
        },
        cure: |_| "the server speaks TLS: write wss:// instead".to_owned(),
        wanted: false,
    },
    RefusalKind {
        fits: |refused| refused.status() == 401,
        cure: credentials,
        wanted: true,
    },
    RefusalKind {
        fits: |refused| refused.status() == 403,
        cure: |refused| {
            match (refused.asked.origin, refused.asked.authorization) {
            (false, _) if refused.says(&["origin"]) => {
                "it lets only certain origins in: an `Origin` header below the URL names one"
            }
            (true, _) if refused.says(&["origin"]) => "it does not let in this `Origin`",
            (false, false) => {
                "it does not let this client in: it may want an `Authorization` header, or the `Origin` that browsers send, below the URL"
            }
            (false, true) => {
                "it does not let this client in: these credentials may not be enough, or it wants the `Origin` that browsers send"
            }
            (true, _) => "it does not let this client in: look at the credentials and the `Origin`",
        }
        .to_owned()
        },
        wanted: true,
    },
    RefusalKind {
        fits: |refused| matches!(refused.status(), 404 | 405 | 410),
        cure: |_| "there is no WebSocket at this path: look at the path of the URL".to_owned(),
        wanted: false,
    },
    RefusalKind {
        fits: |refused| refused.status() / 100 == 2,
        cure: |refused| {
            let what = if refused.is_page() {
                "a web page, and not a WebSocket endpoint"
            } else {
                "an ordinary HTTP answer, and not a WebSocket endpoint's"
            };
            format!("this is {what}: look at the path of the URL")
        },
        wanted: false,
    },
    RefusalKind {
        fits: |refused| refused.status() == 426 && refused.other_version().is_some(),
        cure: |refused| {
            let version = refused.other_version().unwrap_or_default();
            format!("it speaks version {version} of the WebSocket protocol, and voiden 13")
        },
        wanted: false,
    },
    RefusalKind {
        fits: |refused| refused.status() == 426,
        cure: |_| {
            "it has seen no WebSocket handshake: something on the way may not pass it on".to_owned()
        },
        wanted: false,
    },
    RefusalKind {
        fits: |refused| refused.status() == 429,
        cure: |refused| match refused.handshake.header("Retry-After") {
            Some(time) => format!("it was asked too often; it says to wait ({time})"),
            None => "it was asked too often: try again later".to_owned(),
        },
        wanted: true,
    },
    RefusalKind {
        fits: |refused| matches!(refused.status(), 502..=504),
        cure: |_| "it may be there in a while: `@retry 3 every 1s` tries again".to_owned(),
        wanted: true,
    },
    RefusalKind {
        fits: |refused| refused.status() >= 500,
        cure: |_| "the server itself has failed: its own log may tell why".to_owned(),
        wanted: false,
    },
    RefusalKind {
        fits: |refused| refused.status() == 400,
        cure: |_| {
            "it cannot use this request: look at the path, the query and the headers that it wants"
                .to_owned()
        },
        wanted: true,
    },
];

/// The failure that a refused handshake is where none was expected.
pub(super) fn refusal(handshake: &Handshake, asked: Asked, span: Span) -> Failure {
    let status = format!("{} {}", handshake.status, handshake.reason);
    let looked_at = handshake.body.get(..LOOKED_AT).unwrap_or(&handshake.body);
    let body = String::from_utf8_lossy(looked_at);
    let refused = Refused {
        handshake,
        asked,
        words: format!("{} {body}", handshake.reason).to_lowercase(),
    };
    Failure {
        reason: format!("the handshake was refused: {}", status.trim_end()),
        hint: Some(hint(&refused)),
        span,
        also: Vec::new(),
        kind: FailureKind::Refused,
    }
}

fn hint(refused: &Refused<'_>) -> String {
    let expected = format!(
        "`<- HTTP {}` as the first step expects it",
        refused.status()
    );
    match KINDS.iter().find(|kind| (kind.fits)(refused)) {
        Some(kind) if kind.wanted => format!("{}; {expected}", (kind.cure)(refused)),
        Some(kind) => (kind.cure)(refused),
        None => expected,
    }
}

impl Refused<'_> {
    fn status(&self) -> u16 {
        self.handshake.status
    }

    fn has(&self, header: &str) -> bool {
        self.handshake.header(header).is_some()
    }

    fn says(&self, words: &[&str]) -> bool {
        words.iter().any(|words| self.words.contains(words))
    }

    fn is_page(&self) -> bool {
        let kind = self.handshake.header("Content-Type").unwrap_or_default();
        kind.to_ascii_lowercase().contains("html") || self.says(&["<html", "<!doctype html"])
    }

    /// The versions that it speaks, where ours is none of them.
    fn other_version(&self) -> Option<&str> {
        let versions = self.handshake.header("Sec-WebSocket-Version")?;
        let ours = versions.split(',').any(|version| version.trim() == "13");
        (!ours).then_some(versions)
    }
}

fn redirect(refused: &Refused<'_>) -> String {
    let location = refused.handshake.header("Location").unwrap_or_default();
    let pages = [("http://", "ws://"), ("https://", "wss://")];
    let socket = pages.iter().find_map(|(page, socket)| {
        let rest = location.strip_prefix(page)?;
        Some(format!("{socket}{rest}"))
    });
    let told = format!("redirects are not followed; it points to {location}");
    match socket {
        Some(socket) => format!("{told}: write {socket} if that is the endpoint"),
        None => told,
    }
}

fn subprotocol(refused: &Refused<'_>) -> String {
    if refused.asked.subprotocol {
        return "it takes none of the subprotocols that were offered: `@subprotocol` names others"
            .to_owned();
    }
    "it wants a subprotocol to be offered: `@subprotocol NAME`".to_owned()
}

fn credentials(refused: &Refused<'_>) -> String {
    let scheme = refused.handshake.header("WWW-Authenticate");
    let scheme = scheme.and_then(|challenge| challenge.split([' ', ',']).next());
    let way = scheme.filter(|scheme| !scheme.is_empty());
    let way = way.map_or_else(String::new, |scheme| format!(" (it asks for {scheme})"));
    if refused.asked.authorization {
        return format!("it does not take the credentials of the `Authorization` header{way}");
    }
    format!("an `Authorization` header below the URL says who is asking{way}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Status, headers, body, and what of the request matters.
    type RefusalCase = (
        u16,
        &'static [(&'static str, &'static str)],
        &'static str,
        Asked,
    );

    fn handshake(status: u16, headers: &[(&str, &str)], body: &str) -> Handshake {
        let headers = headers.iter();
        Handshake {
            status,
            headers: headers
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: body.to_owned().into(),
            ..Handshake::default()
        }
    }

    #[test]
    fn the_likely_cause_and_its_cure_are_told() {
        const HTML: &[(&str, &str)] = &[("Content-Type", "text/html; charset=utf-8")];
        let page = "<!DOCTYPE html><title>404</title>";
        let nothing = Asked::default();
        let known = Asked {
            authorization: true,
            origin: true,
            subprotocol: true,
        };
        let cases: &[RefusalCase] = &[
            (404, HTML, page, nothing),
            (404, &[], "", known),
            (405, &[], "", nothing),
            (200, HTML, page, nothing),
            (200, &[], "{\"ok\": true}", nothing),
            (204, &[], "", nothing),
            (400, &[], "missing subprotocol", nothing),
            (400, &[], "Unsupported Sub-Protocol", known),
            (426, &[], "Sec-WebSocket-Protocol is required", nothing),
            (
                400,
                HTML,
                "The plain HTTP request was sent to HTTPS port",
                nothing,
            ),
            (
                400,
                &[],
                "Client sent an HTTP request to an HTTPS server.",
                nothing,
            ),
            (400, &[], "room is missing", nothing),
            (401, &[], "", nothing),
            (
                401,
                &[("www-authenticate", "Bearer realm=\"x\"")],
                "",
                nothing,
            ),
            (401, &[("WWW-Authenticate", "Basic")], "", known),
            (403, &[], "", nothing),
            (403, &[], "", known),
            (403, &[], "Origin not allowed", nothing),
            (403, &[], "Origin not allowed", known),
            (302, &[("Location", "/login")], page, nothing),
            (301, &[("Location", "https://h/ws")], "", nothing),
            (304, &[], "", nothing),
            (426, &[("Sec-WebSocket-Version", "7, 8")], "", nothing),
            (426, &[("Sec-WebSocket-Version", "13")], "", nothing),
            (429, &[("Retry-After", "30")], "", nothing),
            (500, HTML, page, nothing),
            (503, &[], "No more clients are let in now.", nothing),
            (418, &[], "", nothing),
        ];
        let told: Vec<_> = cases
            .iter()
            .map(|(status, headers, body, asked)| {
                let handshake = handshake(*status, headers, body);
                let failure = refusal(&handshake, *asked, Span::default());
                format!("{status} {body}\n    {}", failure.hint.unwrap_or_default())
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
