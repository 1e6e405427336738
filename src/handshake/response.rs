//! Judges a server's answer to an opening request (RFC 6455, 4.1). Knows no stream.

use super::deflate::judge_deflate;
use super::headers::{has_token, header_values};
use super::request::UpgradeRequest;
use crate::protocol::{ConnectError, DeflateParameters, Handshake};

impl UpgradeRequest {
    /// Whether an answer with status 101 fits the request: the checks of RFC 6455, 4.1, in its order. `minor` is of
    /// its version of HTTP/1. What was agreed on for compression is returned.
    pub(crate) fn judge(
        &self,
        handshake: &Handshake,
        minor: u8,
    ) -> Result<Option<DeflateParameters>, ConnectError> {
        let headers = &handshake.headers;
        if minor == 0 {
            return Err(ConnectError::permanent(
                "the server answered 101 in HTTP/1.0, not in HTTP/1.1",
            ));
        }
        if !has_token(headers, "Upgrade", "websocket") {
            return Err(lacks(handshake, "Upgrade", "websocket"));
        }
        if !has_token(headers, "Connection", "Upgrade") {
            return Err(lacks(handshake, "Connection", "Upgrade"));
        }
        judge_accept(handshake, &self.accept)?;
        let deflate = judge_deflate(headers, self.compress)?;
        judge_subprotocol(handshake, self)?;
        Ok(deflate)
    }
}

fn judge_accept(handshake: &Handshake, wanted: &str) -> Result<(), ConnectError> {
    let mut given = header_values(&handshake.headers, "Sec-WebSocket-Accept");
    Err(match (given.next().map(str::trim), given.next()) {
        (None, _) => ConnectError::permanent("the server answered 101 without Sec-WebSocket-Accept"),
        // It must not appear more than once (RFC 6455, 11.3.3).
        (Some(_), Some(_)) => {
            ConnectError::permanent("the server answered 101 with more than one Sec-WebSocket-Accept")
        }
        (Some(accept), None) if accept == wanted => return Ok(()),
        // What it had to be follows from the key, which differs each time: it is not part of the sentence.
        (Some(_), None) => ConnectError::permanent(
            "the server answered 101 with a Sec-WebSocket-Accept that does not fit the key",
        )
        .hint(format!(
            "for this handshake's key it is {wanted}: the SHA-1 of the key and a fixed text, in base64 (RFC 6455, 4.2.2)"
        )),
    })
}

fn lacks(handshake: &Handshake, name: &str, value: &str) -> ConnectError {
    let instead = match handshake.header(name) {
        Some(instead) => format!("with `{name}: {}`", instead.escape_debug()),
        None => format!("without {name}"),
    };
    ConnectError::permanent(format!(
        "the server answered 101 {instead}, not with `{name}: {value}`"
    ))
}

fn judge_subprotocol(handshake: &Handshake, request: &UpgradeRequest) -> Result<(), ConnectError> {
    let offered = &request.offered;
    let all = offered.join(", ");
    let mut chosen = header_values(&handshake.headers, "Sec-WebSocket-Protocol");
    Err(match (chosen.next(), chosen.next()) {
        (Some(_), Some(_)) => ConnectError::permanent("the server chose more than one subprotocol"),
        (Some(chosen), None) if offered.iter().any(|name| name == chosen.trim()) => return Ok(()),
        (Some(chosen), None) if offered.is_empty() => {
            let chosen = chosen.trim();
            ConnectError::permanent(format!(
                "the server chose the subprotocol {chosen:?}, though none was offered"
            ))
            .hint(format!("`@subprotocol {}` offers it", chosen.escape_debug()))
        }
        (Some(chosen), None) => ConnectError::permanent(format!(
            "the server chose the subprotocol {chosen:?}, which was not offered ({all})"
        )),
        (None, _) if offered.is_empty() || request.subprotocol_optional => return Ok(()),
        (None, _) => ConnectError::permanent(format!(
            "the server chose no subprotocol of those offered ({all}); it must choose one, as for browsers"
        ))
        .hint(format!("`@subprotocol {all}, none` goes on without one")),
    })
}
