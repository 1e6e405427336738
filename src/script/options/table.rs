//! Every option: who takes it, whether it may be repeated, and what reads its value.

use super::decode;
use super::read::{self, OptionReader};
use crate::diagnostic::{Cure, Diagnostic, nearest};
use crate::script::Role;
use crate::source::Span;

/// An option as the table in `docs/options.md` has it.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a column of the table"
)]
pub struct OptionInfo {
    /// Without `@`.
    pub name: &'static str,
    /// Whether a client block takes it.
    pub client: bool,
    /// Whether a server block takes it.
    pub server: bool,
    /// Whether a `/http` block takes it.
    pub http: bool,
    /// Whether it may be repeated.
    pub repeated: bool,
    /// Whether it may stand without a value (in front matter: `true`, or `false` for none).
    pub alone: bool,
    /// A value that shows what it takes (`5s`).
    pub example: &'static str,
    pub(super) read: OptionReader,
}

impl OptionInfo {
    /// Whether a block of this role takes it.
    #[must_use]
    pub fn takes(&self, role: Role) -> bool {
        match role {
            Role::Client => self.client,
            Role::Server => self.server,
            Role::Http => self.http,
        }
    }
}

/// Every option.
pub const OPTIONS: &[OptionInfo] = &[
    http(both("timeout", "5s", read::timeout)),
    http(client("connect-timeout", "10s", read::connect_timeout)),
    both("close-timeout", "5s", read::close_timeout),
    http(client("deadline", "60s", read::deadline)),
    client("linger", "1s", read::linger),
    both("subprotocol", "chat.v2, chat.v1", read::subprotocol),
    alone(both("compress", "", read::compress)),
    client("clients", "alice, bob", read::clients),
    repeated(both("never", "{\"type\": \"error\"}", read::nothing)),
    repeated(both("ignore", "{\"type\": \"heartbeat\"}", read::nothing)),
    http(repeated(client("let", "time = now | floor", read::nothing))),
    both("log", "matched", read::log),
    http(client("cacert", "ca.pem", read::cacert)),
    http(both("cert", "cert.pem", read::cert)),
    http(both("key", "key.pem", read::key)),
    http(alone(client("insecure", "", read::insecure))),
    http(client("proxy", "http://127.0.0.1:3128", read::proxy)),
    http(repeated(client(
        "resolve",
        "example.com:443:127.0.0.1",
        read::resolve,
    ))),
    http(both("max-message", "64MiB", read::max_message)),
    http(client("retry", "3 every 1s", read::retry)),
    http(neither("follow", "5", read::follow)),
    http(alone(client("cookies", "", read::cookies))),
    client("ping-every", "20s", read::ping_every),
    http(repeated(both("mask", ".ts, .items[].id", read::mask))),
    http(both("timestamps", "offset", read::timestamps)),
    both("log-messages", "200", read::log_messages),
    http(both("log-bytes", "4KiB", read::log_bytes)),
    http(both("decode", "gzip", decode::decode)),
    both("delimiter", "\"\\u001e\"", decode::delimiter),
    http(repeated(both("proto", "./api.proto", decode::file))),
    http(repeated(both("proto-path", "./protos", decode::file))),
    http(repeated(both("schema", "./message.json", decode::file))),
    http(alone(both("skip", "needs a VPN", read::skip))),
    repeated(server("auth", "bearer {{TOKEN}}", read::auth)),
    server("max-clients", "10", read::max_clients),
    repeated(server("origin", "https://example.com", read::origin)),
];

/// What front matter has besides options.
const FRONT_MATTER: [&str; 2] = ["vars", "secrets"];

/// The option of that name.
pub(in crate::script) fn find(name: &str) -> Option<&'static OptionInfo> {
    OPTIONS.iter().find(|option| option.name == name)
}

/// An option that there is not, and the nearest of those that `fits` lets through.
pub(in crate::script) fn unknown(
    name: &str,
    span: Span,
    sign: &str,
    fits: impl Fn(&OptionInfo) -> bool,
) -> Diagnostic {
    let names = OPTIONS
        .iter()
        .filter(|option| fits(option))
        .map(|option| option.name);
    let plain = name.trim_end_matches([':', '=']).replace('_', "-");
    let hint = match nearest(&plain, names) {
        // In front matter, where options have no sign, names and values stand beside them.
        _ if sign.is_empty() && matches!(plain.as_str(), "env" | "environment" | "variables") => {
            Cure::meant("vars")
        }
        _ if sign.is_empty()
            && let Some(key) = nearest(&plain, FRONT_MATTER) =>
        {
            Cure::meant(key)
        }
        Some(near) => Cure::meant(format!("{sign}{near}")),
        None => format!("for instance `{sign}timeout`; `voiden man` names them all").into(),
    };
    Diagnostic::error(span, format!("there is no option `{sign}{name}`")).hint(hint)
}

const fn both(name: &'static str, example: &'static str, read: OptionReader) -> OptionInfo {
    OptionInfo {
        name,
        client: true,
        server: true,
        http: false,
        repeated: false,
        alone: false,
        example,
        read,
    }
}

const fn client(name: &'static str, example: &'static str, read: OptionReader) -> OptionInfo {
    OptionInfo {
        server: false,
        ..both(name, example, read)
    }
}

const fn server(name: &'static str, example: &'static str, read: OptionReader) -> OptionInfo {
    OptionInfo {
        client: false,
        ..both(name, example, read)
    }
}

const fn alone(option: OptionInfo) -> OptionInfo {
    OptionInfo {
        alone: true,
        ..option
    }
}

const fn neither(name: &'static str, example: &'static str, read: OptionReader) -> OptionInfo {
    OptionInfo {
        client: false,
        ..client(name, example, read)
    }
}

const fn http(option: OptionInfo) -> OptionInfo {
    OptionInfo {
        http: true,
        ..option
    }
}

const fn repeated(option: OptionInfo) -> OptionInfo {
    OptionInfo {
        repeated: true,
        ..option
    }
}
