//! `{{$request.query.token}}`: a part of the request of a server's client. One that is not there is an error, and never a
//! value.

use super::FillError;
use crate::diagnostic::{Diagnostic, nearest};
use crate::protocol::Request;
use crate::script::{RequestMember, Value};
use crate::source::Span;

/// The part, as a kept string.
///
/// # Errors
/// There is no request, or it has no such part.
pub(super) fn of(
    request: Option<&Request>,
    member: &RequestMember,
    span: Span,
) -> Result<Value, FillError> {
    let Some(request) = request else {
        let message = "no client has asked for anything here";
        return Err(Diagnostic::error(span, message)
            .hint("`$request` is what the client of this connection asked for"));
    };
    let (found, known): (_, Vec<String>) = match member {
        RequestMember::Method => return Ok(Value::string(&request.method)),
        RequestMember::Path => return Ok(Value::string(&request.path)),
        RequestMember::Param(name) => named(request.params.iter().cloned(), name),
        RequestMember::Query(name) => named(request.parameters(), name),
        RequestMember::Header(name) => {
            let headers = request.headers.iter().cloned();
            let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value));
            named(headers, &name.to_ascii_lowercase())
        }
    };
    found.map(|value| Value::string(&value)).ok_or_else(|| {
        let message = format!("`{member}` is not in the request");
        let name = member.name();
        match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => Diagnostic::error(span, message).hint(format!("it has `{near}`")),
            None => Diagnostic::error(span, message)
                .hint("in an expression it would be null: `-- let x = $request.query.x // \"\"`"),
        }
    })
}

/// The first value of a name, and all names.
fn named(
    pairs: impl Iterator<Item = (String, String)>,
    name: &str,
) -> (Option<String>, Vec<String>) {
    let mut found = None;
    let mut known = Vec::new();
    for (key, value) in pairs {
        if key == name && found.is_none() {
            found = Some(value);
        }
        known.push(key);
    }
    (found, known)
}
