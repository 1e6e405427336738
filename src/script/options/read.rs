//! How each option's value is read, its variables filled in. Knows nothing of where options stand.

use std::net::IpAddr;

use super::value::{
    OptionValue, choice, count, duration, has_blank, is_token, list, names, path, size,
};
use super::{Auth, Options, Proxy, Retry, ShowMessages, Timestamps, near};
use crate::diagnostic::{Cure, Diagnostic, nearest};
use crate::protocol::CompressMode;
use crate::script::units::parse_duration;
use crate::script::{Mask, Name};
use crate::source::Span;

/// Reads a value into its field.
pub(super) type OptionReader = fn(&mut Options, OptionValue<'_>) -> Result<(), Diagnostic>;

/// The names of `@clients`.
pub(in crate::script) fn client_names(text: &str, span: Span) -> Result<Vec<Name>, Diagnostic> {
    let value = OptionValue {
        text,
        span,
        verbatim: true,
    };
    names(value)
}

type Done = Result<(), Diagnostic>;

pub(super) fn timeout(options: &mut Options, value: OptionValue<'_>) -> Done {
    options.timeout = duration(value)?;
    Ok(())
}

pub(super) fn connect_timeout(options: &mut Options, value: OptionValue<'_>) -> Done {
    options.connect_timeout = duration(value)?;
    Ok(())
}

pub(super) fn close_timeout(options: &mut Options, value: OptionValue<'_>) -> Done {
    options.close_timeout = duration(value)?;
    Ok(())
}

pub(super) fn deadline(options: &mut Options, value: OptionValue<'_>) -> Done {
    options.deadline = Some(duration(value)?);
    Ok(())
}

pub(super) fn linger(options: &mut Options, value: OptionValue<'_>) -> Done {
    options.linger = duration(value)?;
    Ok(())
}

pub(super) fn ping_every(options: &mut Options, value: OptionValue<'_>) -> Done {
    let every = duration(value)?;
    if every.is_zero() {
        return Err(value.error("pings need some time between them", "for instance `20s`"));
    }
    options.ping_every = Some(every);
    Ok(())
}

/// Tokens (RFC 9110, 5.6.2), each once (RFC 6455, 4.1), and `none`, which is not sent.
pub(super) fn subprotocol(options: &mut Options, value: OptionValue<'_>) -> Done {
    options.subprotocols.clear();
    options.subprotocol_optional = false;
    for (name, span) in list(value) {
        if !is_token(name) {
            let message = format!("`{}` is not a subprotocol", name.escape_debug());
            let hint = "names are separated by commas and hold no blanks: `chat.v2, chat.v1`";
            return Err(Diagnostic::error(span, message).hint(hint));
        }
        let is_none = name == "none";
        let is_known = if is_none {
            options.subprotocol_optional
        } else {
            options.subprotocols.iter().any(|known| known == name)
        };
        if is_known {
            let message = format!("`{name}` is named twice");
            return Err(Diagnostic::error(span, message).hint("name it once"));
        }
        if is_none {
            options.subprotocol_optional = true;
        } else {
            options.subprotocols.push(name.to_owned());
        }
    }
    if options.subprotocols.is_empty() {
        let hint =
            "leave `@subprotocol` out, or name before `none` what is offered: `chat.v2, none`";
        return Err(value.error("`none` alone offers nothing", hint));
    }
    Ok(())
}

pub(super) fn compress(options: &mut Options, value: OptionValue<'_>) -> Done {
    options.compress = Some(match value.text {
        "" => CompressMode::ContextTakeover,
        "no-context-takeover" => CompressMode::NoContextTakeover,
        _ => {
            let message = "not a kind of compression";
            let hint = "write `@compress` alone, or `@compress no-context-takeover`";
            return Err(value.error(message, hint));
        }
    });
    Ok(())
}

pub(super) fn clients(_: &mut Options, value: OptionValue<'_>) -> Done {
    names(value).map(|_| ())
}

/// Patterns and expressions are read where they stand, with the places of their parts.
#[allow(clippy::unnecessary_wraps, reason = "every reader has the same type")]
pub(super) fn nothing(_: &mut Options, _: OptionValue<'_>) -> Done {
    Ok(())
}

pub(super) fn log(options: &mut Options, value: OptionValue<'_>) -> Done {
    options.log = choice(
        value,
        &[
            ("all", ShowMessages::All),
            ("matched", ShowMessages::Matched),
        ],
    )?;
    Ok(())
}

pub(super) fn cacert(options: &mut Options, value: OptionValue<'_>) -> Done {
    options.cacert = Some(path(value)?);
    Ok(())
}

pub(super) fn cert(options: &mut Options, value: OptionValue<'_>) -> Done {
    options.cert = Some(path(value)?);
    Ok(())
}

pub(super) fn key(options: &mut Options, value: OptionValue<'_>) -> Done {
    options.key = Some(path(value)?);
    Ok(())
}

pub(super) fn insecure(options: &mut Options, value: OptionValue<'_>) -> Done {
    if !value.text.is_empty() {
        return Err(value.error(
            "`@insecure` takes no value",
            Cure::from("write `@insecure` alone").put(""),
        ));
    }
    options.insecure = true;
    Ok(())
}

pub(super) fn follow(options: &mut Options, value: OptionValue<'_>) -> Done {
    options.follow = count(value, 0, "5")?;
    Ok(())
}

pub(super) fn cookies(options: &mut Options, value: OptionValue<'_>) -> Done {
    if !value.text.is_empty() {
        return Err(value.error(
            "`@cookies` takes no value",
            Cure::from("write `@cookies` alone").put(""),
        ));
    }
    options.cookies = true;
    Ok(())
}

pub(super) fn proxy(options: &mut Options, value: OptionValue<'_>) -> Done {
    const SCHEMES: [&str; 4] = ["http", "https", "socks5", "socks5h"];
    if value.text == "none" {
        options.proxy = Some(Proxy::None);
        return Ok(());
    }
    let Some((scheme, rest)) = value.text.split_once("://") else {
        let hint = match nearest(value.text, ["none"]) {
            Some(none) => Cure::meant(none),
            None => {
                "for instance `http://127.0.0.1:3128`, `socks5h://127.0.0.1:1080` or `none`".into()
            }
        };
        return Err(value.error("a proxy is a URL or `none`", hint));
    };
    if !SCHEMES
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
    {
        let near = nearest(scheme, SCHEMES).unwrap_or("http");
        let message = format!("`{}` is not a kind of proxy", scheme.escape_debug());
        let hint = format!("did you mean `{near}://`? there are http, https, socks5 and socks5h");
        let span = value.part(0, scheme.len());
        let cure = Cure::from(hint).put(near);
        return Err(Diagnostic::error(span, message).hint(cure));
    }
    if rest.is_empty() || rest.starts_with(['/', ':']) || has_blank(rest) {
        return Err(value.error(
            "a proxy's URL needs a host",
            "for instance `http://127.0.0.1:3128`",
        ));
    }
    options.proxy = Some(Proxy::Url(value.text.to_owned()));
    Ok(())
}

/// `HOST:PORT:ADDRESS`, an IPv6 address in brackets or bare.
pub(super) fn resolve(options: &mut Options, value: OptionValue<'_>) -> Done {
    let read = || {
        let (host, rest) = match value.text.strip_prefix('[') {
            Some(rest) => rest.split_once("]:")?,
            None => value.text.split_once(':')?,
        };
        let (port, address) = rest.split_once(':')?;
        let bare = address
            .strip_prefix('[')
            .and_then(|address| address.strip_suffix(']'))
            .unwrap_or(address);
        let address: IpAddr = bare.parse().ok()?;
        let port: u16 = port.parse().ok().filter(|port| *port > 0)?;
        (!host.is_empty() && !has_blank(host)).then(|| (host.to_owned(), port, address))
    };
    let Some(entry) = read() else {
        let hint = "write HOST:PORT:ADDRESS: `example.com:443:127.0.0.1`";
        return Err(value.error("not an address for a host and a port", hint));
    };
    options.resolve.push(entry);
    Ok(())
}

pub(super) fn max_message(options: &mut Options, value: OptionValue<'_>) -> Done {
    options.max_message = size(value)?;
    if options.max_message == 0 {
        return Err(value.error("no message would be small enough", "for instance `64MiB`"));
    }
    Ok(())
}

pub(super) fn retry(options: &mut Options, value: OptionValue<'_>) -> Done {
    let words: Vec<&str> = value.text.split_ascii_whitespace().collect();
    let retry = match words.as_slice() {
        [times, "every", pause] => times.parse().ok().zip(parse_duration(pause)),
        _ => None,
    };
    let Some((times, pause)) = retry else {
        let digits = words.first().filter(|times| times.parse::<u32>().is_ok());
        let digits = digits.unwrap_or(&"3");
        let pauses = words.iter().skip(1).map(|word| near::durations(word));
        let pauses = pauses.into_iter().find(|pauses| !pauses.is_empty());
        let spellings = pauses.unwrap_or_else(|| vec!["1s".to_owned()]);
        let spellings: Vec<_> = spellings
            .iter()
            .map(|pause| format!("{digits} every {pause}"))
            .collect();
        let cure = Cure::meant_one_of(&spellings);
        return Err(value.error("not a number of attempts and a pause", cure));
    };
    options.retry = Some(Retry { times, pause });
    Ok(())
}

pub(super) fn mask(options: &mut Options, value: OptionValue<'_>) -> Done {
    if value.text.is_empty() {
        let hint = "for instance `.ts, .items[].id`, or `/REGEX/`";
        return Err(value.error("nothing to mask", hint));
    }
    let masks = Mask::compile(value.text, value.span);
    let masks = masks.map_err(|wrong| {
        let span = if value.verbatim {
            wrong.span
        } else {
            value.span
        };
        wrong.placed(span)
    })?;
    for mut mask in masks {
        if !value.verbatim {
            mask.span = value.span;
        }
        options.mask.push(mask);
    }
    Ok(())
}

pub(super) fn timestamps(options: &mut Options, value: OptionValue<'_>) -> Done {
    options.timestamps = choice(
        value,
        &[
            ("utc", Timestamps::Utc),
            ("local", Timestamps::Local),
            ("offset", Timestamps::Offset),
            ("none", Timestamps::None),
        ],
    )?;
    Ok(())
}

pub(super) fn log_messages(options: &mut Options, value: OptionValue<'_>) -> Done {
    options.log_messages = count(value, 0, "200")?;
    Ok(())
}

pub(super) fn log_bytes(options: &mut Options, value: OptionValue<'_>) -> Done {
    options.log_bytes = size(value)?;
    Ok(())
}

#[allow(clippy::unnecessary_wraps, reason = "every reader has the same type")]
pub(super) fn skip(options: &mut Options, value: OptionValue<'_>) -> Done {
    options.skip = Some(value.text.to_owned());
    Ok(())
}

pub(super) fn auth(options: &mut Options, value: OptionValue<'_>) -> Done {
    let (kind, rest) = value
        .text
        .split_once([' ', '\t'])
        .unwrap_or((value.text, ""));
    let rest = rest.trim();
    let wrong = |message: &str, hint: &str| Err(value.error(message, hint));
    let auth = match kind {
        "bearer" if rest.is_empty() => {
            return wrong("no token to ask for", "for instance `bearer VALUE`");
        }
        "bearer" => Auth::Bearer(rest.to_owned()),
        "basic" if !rest.contains(':') => {
            return wrong(
                "no user and password to ask for",
                "for instance `basic USER:PASSWORD`",
            );
        }
        "basic" => Auth::Basic(rest.to_owned()),
        "header" => match rest.split_once('=') {
            Some((name, value)) if is_token(name.trim()) => {
                Auth::Header(name.trim().to_owned(), value.trim().to_owned())
            }
            _ => {
                return wrong(
                    "no header and value to ask for",
                    "for instance `header NAME=VALUE`",
                );
            }
        },
        _ => {
            let near = nearest(kind, ["bearer", "basic", "header"]).unwrap_or("bearer");
            let example = match near {
                "basic" => "basic USER:PASSWORD",
                "header" => "header NAME=VALUE",
                _ => "bearer VALUE",
            };
            let message = format!("`{}` is not a way to sign in", kind.escape_debug());
            let hint = format!("did you mean `{example}`?");
            let span = value.part(0, kind.len());
            let cure = Cure::from(hint).put(near);
            return Err(Diagnostic::error(span, message).hint(cure));
        }
    };
    options.admission.auth.push(auth);
    Ok(())
}

pub(super) fn max_clients(options: &mut Options, value: OptionValue<'_>) -> Done {
    options.admission.max_clients = Some(count(value, 1, "10")?);
    Ok(())
}

pub(super) fn origin(options: &mut Options, value: OptionValue<'_>) -> Done {
    if value.text.is_empty() || has_blank(value.text) {
        return Err(value.error("not an origin", "for instance `https://example.com`"));
    }
    options.admission.origins.push(value.text.to_owned());
    Ok(())
}
