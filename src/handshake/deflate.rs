//! Negotiates permessage-deflate (RFC 7692, 5 and 7.1): what a client offers, whether an answer fits the offer, and
//! what a server makes of offers. Knows no compressed byte.

use super::accept::Refusal;
use super::extensions::{EXTENSIONS, Extension, Malformed, read_extensions};
use super::headers::header_values;
use crate::protocol::{CompressMode, ConnectError, DeflateParameters};

/// What a client offers. It can bound its window, and so says that the server may ask for it (RFC 7692, 7.1.2.2).
pub(super) fn deflate_offer(mode: CompressMode) -> String {
    let parameters = DeflateParameters {
        server_no_context_takeover: mode == CompressMode::NoContextTakeover,
        client_no_context_takeover: mode == CompressMode::NoContextTakeover,
        ..DeflateParameters::default()
    };
    format!("{parameters}; client_max_window_bits")
}

/// What an answer agrees to; an error where it does not fit what was offered.
pub(super) fn judge_deflate(
    headers: &[(String, String)],
    offered: Option<CompressMode>,
) -> Result<Option<DeflateParameters>, ConnectError> {
    let written: Vec<_> = header_values(headers, EXTENSIONS).collect();
    if written.is_empty() {
        return Ok(None);
    }
    let written = written.join(", ");
    let name = DeflateParameters::NAME;
    let Some(mode) = offered else {
        let error = ConnectError::permanent(not_offered(&written));
        return Err(if written.trim_start().starts_with(name) {
            error.hint("`@compress` offers it")
        } else {
            error
        });
    };
    let wrong = |what: String| Err(ConnectError::permanent(what));
    let Ok(extensions) = read_extensions(headers) else {
        return wrong(format!(
            "the server's {EXTENSIONS} is not valid: {written:?}"
        ));
    };
    if let Some(other) = extensions.iter().find(|extension| extension.name != name) {
        return wrong(not_offered(&other.name));
    }
    let [extension] = extensions.as_slice() else {
        return wrong(format!("the server answered with {name} more than once"));
    };
    let given = match read_parameters(extension) {
        Ok(Given { window_is_open, .. }) if window_is_open => {
            let what = "has client_max_window_bits without a number";
            return wrong(format!("the server's answer to {name} {what}"));
        }
        Ok(given) => given.parameters,
        Err(what) => return wrong(format!("the server's answer to {name} {what}")),
    };
    if mode == CompressMode::ContextTakeover {
        return Ok(Some(given));
    }
    if !given.server_no_context_takeover {
        return Err(ConnectError::permanent(format!(
            "the server answered with {name} without server_no_context_takeover, which was asked for"
        ))
        .hint("`@compress` by itself does not ask for it"));
    }
    // What the client says of itself holds, though the answer does not repeat it (RFC 7692, 7.1.1.2).
    Ok(Some(DeflateParameters {
        client_no_context_takeover: true,
        ..given
    }))
}

fn not_offered(extension: &str) -> String {
    format!("the server uses an extension that was not offered: {extension:?}")
}

/// What a server accepts: the first offer that it can take, or none. A header that breaks its grammar is refused
/// (RFC 6455, 9.1).
pub(crate) fn accept_deflate(
    headers: &[(String, String)],
    mode: CompressMode,
) -> Result<Option<DeflateParameters>, Refusal> {
    let extensions = read_extensions(headers)
        .map_err(|Malformed| Refusal::new(400, &format!("{EXTENSIONS} is malformed.")))?;
    let accepted = extensions
        .iter()
        .filter(|extension| extension.name == DeflateParameters::NAME)
        .find_map(|extension| read_parameters(extension).ok());
    // An answer repeats what it accepts (RFC 7692, 7.1); a window that is left open stays as it is.
    Ok(accepted.map(|offer| match mode {
        CompressMode::ContextTakeover => offer.parameters,
        CompressMode::NoContextTakeover => DeflateParameters {
            server_no_context_takeover: true,
            client_no_context_takeover: true,
            ..offer.parameters
        },
    }))
}

/// An offer's or an answer's parameters.
struct Given {
    parameters: DeflateParameters,
    /// Whether `client_max_window_bits` has no number, which only an offer may have (RFC 7692, 7.1.2.2).
    window_is_open: bool,
}

/// The parameters, or what is wrong with them: what the sentence goes on with (RFC 7692, 7.1).
fn read_parameters(extension: &Extension) -> Result<Given, String> {
    let mut given = Given {
        parameters: DeflateParameters::default(),
        window_is_open: false,
    };
    let parameters = &mut given.parameters;
    let mut seen: Vec<&str> = Vec::new();
    for (name, value) in &extension.parameters {
        if seen.contains(&name.as_str()) {
            return Err(format!("has {name} more than once"));
        }
        seen.push(name);
        let value = value.as_deref();
        match name.as_str() {
            "server_no_context_takeover" => {
                parameters.server_no_context_takeover = flag(name, value)?;
            }
            "client_no_context_takeover" => {
                parameters.client_no_context_takeover = flag(name, value)?;
            }
            "server_max_window_bits" => {
                let value = value.ok_or_else(|| format!("has {name} without a number"))?;
                parameters.server_max_window_bits = Some(window_bits(name, value)?);
            }
            "client_max_window_bits" => match value {
                Some(value) => parameters.client_max_window_bits = Some(window_bits(name, value)?),
                None => given.window_is_open = true,
            },
            _ => return Err(format!("has an unknown parameter: {name:?}")),
        }
    }
    Ok(given)
}

fn flag(name: &str, value: Option<&str>) -> Result<bool, String> {
    match value {
        None => Ok(true),
        Some(value) => Err(format!("has {name}={value}, which takes no value")),
    }
}

/// 8 to 15, without leading zeros (RFC 7692, 7.1.2).
fn window_bits(name: &str, value: &str) -> Result<u8, String> {
    let bits = value.parse().ok().filter(|bits| {
        (8..=DeflateParameters::LARGEST_WINDOW).contains(bits) && bits.to_string() == value
    });
    bits.ok_or_else(|| format!("has {name}={value}, which is not a number from 8 to 15"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use CompressMode::{ContextTakeover, NoContextTakeover};

    fn headers(values: &[&str]) -> Vec<(String, String)> {
        let header = |value: &&str| (EXTENSIONS.to_owned(), (*value).to_owned());
        values.iter().map(header).collect()
    }

    fn shown(parameters: Option<DeflateParameters>) -> String {
        parameters.map_or_else(|| "none".to_owned(), |parameters| parameters.to_string())
    }

    #[test]
    fn offers_are_accepted_or_declined() {
        let plain = "permessage-deflate";
        let cases: &[(&[&str], &str)] = &[
            (&[], "none"),
            (&["x-foo"], "none"),
            (&[plain], plain),
            (&["Permessage-Deflate"], "none"),
            (&["x-webkit-deflate-frame, permessage-deflate"], plain),
            (&["permessage-deflate; client_max_window_bits"], plain),
            (
                &["permessage-deflate; client_max_window_bits=10"],
                "permessage-deflate; client_max_window_bits=10",
            ),
            (
                &["permessage-deflate; server_max_window_bits=\"8\""],
                "permessage-deflate; server_max_window_bits=8",
            ),
            (
                &["permessage-deflate; client_no_context_takeover; server_no_context_takeover"],
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
            ),
            (&["permessage-deflate; server_max_window_bits"], "none"),
            (&["permessage-deflate; server_max_window_bits=7"], "none"),
            (&["permessage-deflate; server_max_window_bits=16"], "none"),
            (&["permessage-deflate; server_max_window_bits=010"], "none"),
            (&["permessage-deflate; server_max_window_bits=+9"], "none"),
            (&["permessage-deflate; client_max_window_bits=08"], "none"),
            (
                &["permessage-deflate; server_no_context_takeover=1"],
                "none",
            ),
            (
                &["permessage-deflate; client_no_context_takeover=true"],
                "none",
            ),
            (&["permessage-deflate; level=9"], "none"),
            (
                &["permessage-deflate; client_max_window_bits; client_max_window_bits=9"],
                "none",
            ),
            // The first that can be taken, of one line or several.
            (
                &[
                    "permessage-deflate; level=9, permessage-deflate; server_max_window_bits=9, permessage-deflate",
                ],
                "permessage-deflate; server_max_window_bits=9",
            ),
            (
                &["permessage-deflate; level=9", "permessage-deflate"],
                plain,
            ),
        ];
        for (offers, expected) in cases {
            let accepted = accept_deflate(&headers(offers), ContextTakeover);
            let accepted = accepted.unwrap_or_else(|refusal| panic!("{}", refusal.sentence));
            assert_eq!(shown(accepted), *expected, "{offers:?}");
        }
        for malformed in ["", "permessage-deflate;", "permessage-deflate; a=\"", "a b"] {
            let refusal = accept_deflate(&headers(&[malformed]), ContextTakeover).err();
            assert_eq!(refusal.map(|refusal| refusal.status), Some(400));
        }
    }

    #[test]
    fn a_server_may_ask_for_less_than_was_offered() {
        let offer = headers(&["permessage-deflate; client_max_window_bits=9"]);
        let accepted = accept_deflate(&offer, NoContextTakeover).ok().flatten();
        let all = "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=9";
        assert_eq!(shown(accepted), all);
        let none = accept_deflate(&[], NoContextTakeover).ok().flatten();
        assert_eq!(none, None);
    }

    #[test]
    fn answers_are_judged_by_the_offer() {
        let not_offered = "the server uses an extension that was not offered:";
        let answer = "the server's answer to permessage-deflate";
        let cases: &[(&[&str], Result<&str, String>)] = &[
            (&[], Ok("none")),
            (&["permessage-deflate"], Ok("permessage-deflate")),
            (
                &["permessage-deflate;client_max_window_bits=\"15\";server_max_window_bits=8"],
                Ok("permessage-deflate; server_max_window_bits=8; client_max_window_bits=15"),
            ),
            (
                &["permessage-deflate; server_no_context_takeover; client_no_context_takeover"],
                Ok("permessage-deflate; server_no_context_takeover; client_no_context_takeover"),
            ),
            (&["x-foo; a=b"], Err(format!("{not_offered} \"x-foo\""))),
            (
                &["permessage-deflate", "x-foo"],
                Err(format!("{not_offered} \"x-foo\"")),
            ),
            (
                &["PERMESSAGE-DEFLATE"],
                Err(format!("{not_offered} \"PERMESSAGE-DEFLATE\"")),
            ),
            (
                &["permessage-deflate", "permessage-deflate"],
                Err("the server answered with permessage-deflate more than once".to_owned()),
            ),
            (
                &["permessage-deflate;"],
                Err(
                    "the server's Sec-WebSocket-Extensions is not valid: \"permessage-deflate;\""
                        .to_owned(),
                ),
            ),
            (
                &[""],
                Err("the server's Sec-WebSocket-Extensions is not valid: \"\"".to_owned()),
            ),
            (
                &["permessage-deflate; foo=1"],
                Err(format!("{answer} has an unknown parameter: \"foo\"")),
            ),
            (
                &["permessage-deflate; server_max_window_bits=9; server_max_window_bits=9"],
                Err(format!(
                    "{answer} has server_max_window_bits more than once"
                )),
            ),
            (
                &["permessage-deflate; server_max_window_bits=16"],
                Err(format!(
                    "{answer} has server_max_window_bits=16, which is not a number from 8 to 15"
                )),
            ),
            (
                &["permessage-deflate; client_max_window_bits=09"],
                Err(format!(
                    "{answer} has client_max_window_bits=09, which is not a number from 8 to 15"
                )),
            ),
            (
                &["permessage-deflate; server_max_window_bits"],
                Err(format!(
                    "{answer} has server_max_window_bits without a number"
                )),
            ),
            (
                &["permessage-deflate; client_max_window_bits"],
                Err(format!(
                    "{answer} has client_max_window_bits without a number"
                )),
            ),
            (
                &["permessage-deflate; server_no_context_takeover=1"],
                Err(format!(
                    "{answer} has server_no_context_takeover=1, which takes no value"
                )),
            ),
        ];
        for (answers, expected) in cases {
            let judged = judge_deflate(&headers(answers), Some(ContextTakeover));
            let judged = judged.map(shown).map_err(|error| error.reason);
            assert_eq!(judged, expected.clone().map(str::to_owned), "{answers:?}");
        }
    }

    #[test]
    fn no_context_takeover_is_insisted_on() {
        let judge = |answer: &str| judge_deflate(&headers(&[answer]), Some(NoContextTakeover));
        let lacks = judge("permessage-deflate; client_no_context_takeover");
        let lacks = lacks.unwrap_err().reason;
        assert!(
            lacks.contains("without server_no_context_takeover"),
            "{lacks}"
        );
        let agreed = judge("permessage-deflate; server_no_context_takeover");
        assert!(
            agreed
                .unwrap()
                .is_some_and(|agreed| agreed.client_no_context_takeover)
        );
    }

    #[test]
    fn without_an_offer_every_extension_is_too_much() {
        let judge = |answer: &str| judge_deflate(&headers(&[answer]), None).unwrap_err();
        assert_eq!(judge("x-foo").hint, None);
        let error = judge("permessage-deflate");
        assert_eq!(error.hint.as_deref(), Some("`@compress` offers it"));
        assert!(
            error
                .reason
                .ends_with("not offered: \"permessage-deflate\"")
        );
    }
}
