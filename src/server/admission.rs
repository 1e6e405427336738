//! Decides which clients a server admits, and what the others are told (RFC 6455, 4.2.2). Knows no stream and no script.

use crate::handshake::{
    Refusal, RequestHead, accept_deflate, basic_credentials, header_elements, header_values,
    request_target, require_websocket, websocket_key,
};
use crate::protocol::{CompressMode, DeflateParameters, PathPattern, Request};
use crate::script::Auth;

/// Which clients are let in.
#[derive(Clone, Debug, Default)]
pub struct AdmissionRules {
    /// The server's name, told to those who must authenticate.
    pub name: String,
    /// The paths of its socket, with no query.
    pub path: PathPattern,
    /// What is sent with every answer.
    pub headers: Vec<(String, String)>,
    /// One that holds is enough; none is none needed.
    pub auth: Vec<Auth>,
    /// One that equals is enough; none is none needed.
    pub origins: Vec<String>,
    /// One of these must be offered; none is none needed.
    pub subprotocols: Vec<String>,
    /// Whether a client comes in without one as well.
    pub subprotocol_optional: bool,
    /// Whether compression is accepted, and of which kind.
    pub compress: Option<CompressMode>,
}

/// An opening handshake's request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientRequest {
    /// The request.
    pub request: Request,
    /// The query's `name`, decoded, unless it is empty.
    pub name: Option<String>,
    /// What was chosen of the subprotocols that the client offered.
    pub subprotocol: Option<String>,
    /// What was agreed on for compression, where anything was.
    pub deflate: Option<DeflateParameters>,
}

impl AdmissionRules {
    /// Looks at the request in the order that the format has: 404, 401, 403, 426, 400, 503. A request that
    /// may come in is returned with its key.
    pub(super) fn admit(
        &self,
        head: RequestHead,
        room: impl FnOnce() -> bool,
    ) -> Result<(ClientRequest, String), Refusal> {
        let (path, query) = request_target(&head.target);
        let Some(params) = self.path.matches(&path) else {
            return Err(Refusal::new(404, "There is no WebSocket at this path."));
        };
        if !self.knows(&head.headers) {
            return Err(self.unauthorised());
        }
        if !self.likes_origin(&head.headers) {
            return Err(Refusal::new(403, "This origin is not allowed."));
        }
        require_websocket(&head)?;
        let key = websocket_key(&head)?;
        let subprotocol = self.subprotocol(&head.headers)?;
        let deflate = match self.compress {
            Some(mode) => accept_deflate(&head.headers, mode)?,
            None => None,
        };
        if !room() {
            return Err(Refusal::new(503, "No more clients are let in now."));
        }
        let request = Request {
            method: head.method,
            path,
            query,
            headers: head.headers,
            params,
        };
        let request = ClientRequest {
            name: name_in(&request),
            request,
            subprotocol,
            deflate,
        };
        Ok((request, key))
    }

    fn knows(&self, headers: &[(String, String)]) -> bool {
        let holds = |auth: &Auth| match auth {
            Auth::Bearer(token) => credential(headers, "Bearer")
                .any(|given| same_bytes(given.as_bytes(), token.as_bytes())),
            Auth::Basic(user) => credential(headers, "Basic").any(|given| {
                let wanted = basic_credentials(user);
                let wanted = wanted.trim_start_matches("Basic ");
                same_bytes(given.as_bytes(), wanted.as_bytes())
            }),
            Auth::Header(name, value) => header_values(headers, name)
                .any(|given| same_bytes(given.as_bytes(), value.as_bytes())),
        };
        // Every one is looked at, so that the time tells nothing.
        self.auth.is_empty()
            || self
                .auth
                .iter()
                .fold(false, |known, auth| holds(auth) | known)
    }

    fn unauthorised(&self) -> Refusal {
        let mut refusal = Refusal::new(401, "This server wants credentials that were not given.");
        let has = |wanted: fn(&Auth) -> bool| self.auth.iter().any(wanted);
        if has(|auth| matches!(auth, Auth::Bearer(_))) {
            refusal = refusal.header("WWW-Authenticate: Bearer");
        }
        if has(|auth| matches!(auth, Auth::Basic(_))) {
            refusal = refusal.header(&format!("WWW-Authenticate: Basic realm=\"{}\"", self.name));
        }
        // A 401 names at least one way to authenticate (RFC 9110, 15.5.2).
        for auth in &self.auth {
            if let Auth::Header(name, _) = auth {
                refusal = refusal.header(&format!("WWW-Authenticate: ApiKey header=\"{name}\""));
            }
        }
        refusal
    }

    fn likes_origin(&self, headers: &[(String, String)]) -> bool {
        self.origins.is_empty()
            || header_values(headers, "Origin")
                .any(|origin| self.origins.iter().any(|liked| liked == origin.trim()))
    }

    /// The first of the client's offers that the server lists.
    fn subprotocol(&self, headers: &[(String, String)]) -> Result<Option<String>, Refusal> {
        let chosen = header_elements(headers, "Sec-WebSocket-Protocol")
            .find(|offer| self.subprotocols.iter().any(|listed| listed == offer));
        if chosen.is_none() && !self.subprotocols.is_empty() && !self.subprotocol_optional {
            let listed = self.subprotocols.join(", ");
            return Err(Refusal::new(
                400,
                &format!("One of these subprotocols must be offered: {listed}."),
            ));
        }
        Ok(chosen.map(str::to_owned))
    }
}

fn name_in(request: &Request) -> Option<String> {
    let (_, name) = request.parameters().find(|(key, _)| key == "name")?;
    (!name.is_empty()).then_some(name)
}

fn credential<'a>(
    headers: &'a [(String, String)],
    scheme: &'a str,
) -> impl Iterator<Item = &'a str> {
    header_values(headers, "Authorization").filter_map(move |value| {
        let (given, credential) = value.trim().split_once(' ')?;
        given
            .eq_ignore_ascii_case(scheme)
            .then_some(credential.trim())
    })
}

/// Compares without leaving off at the first difference: the time must not tell how much was right.
fn same_bytes(given: &[u8], wanted: &[u8]) -> bool {
    let differ = given
        .iter()
        .zip(wanted)
        .fold(0, |differ, (one, two)| differ | (one ^ two));
    std::hint::black_box(differ) == 0 && given.len() == wanted.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_the_query() {
        let cases = [
            ("name=bob", Some("bob")),
            ("a=b&name=b%26b&c", Some("b&b")),
            ("name=", None),
            ("name", None),
            ("names=bob", None),
            ("name=%ff%zz", Some("\u{fffd}%zz")),
            ("name=a=b", Some("a=b")),
        ];
        for (query, expected) in cases {
            let request = Request {
                query: Some(query.to_owned()),
                ..Request::default()
            };
            assert_eq!(name_in(&request).as_deref(), expected, "{query}");
        }
    }
}
