//! The head of an answer in HTTP. Knows no body.

use super::Handshake;

/// The head of a server's answer to an HTTP request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The reason phrase as it came, possibly empty.
    pub reason: String,
    /// Names as they came, values with invalid UTF-8 replaced, in order.
    pub headers: Vec<(String, String)>,
}

impl From<Response> for Handshake {
    fn from(response: Response) -> Self {
        Self {
            status: response.status,
            reason: response.reason,
            headers: response.headers,
            ..Self::default()
        }
    }
}

impl Response {
    /// Its status, with its reason where it gives one: `200 OK`.
    #[must_use]
    pub fn status_line(&self) -> String {
        format!("{} {}", self.status, self.reason)
            .trim_end()
            .to_owned()
    }
}
