//! A request in HTTP as a server looks at it. Knows no connection.

use percent_encoding::percent_decode_str;

/// What a client of a server asked for: an opening handshake, or a plain request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path, percent-encoding as it came.
    pub path: String,
    /// The query behind `?`, as it came.
    pub query: Option<String>,
    /// Names as they came, values with invalid UTF-8 replaced, in order.
    pub headers: Vec<(String, String)>,
    /// What the `{name}`s of the server's path stand for, decoded.
    pub params: Vec<(String, String)>,
}

impl Request {
    /// The query's parameters, decoded, in order.
    pub fn parameters(&self) -> impl Iterator<Item = (String, String)> + '_ {
        let query = self.query.as_deref().unwrap_or_default();
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
    }

    /// Path and query, as they came.
    #[must_use]
    pub fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }
}

/// As forms write it: a blank may be `+`.
fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let request = Request {
            path: "/a".to_owned(),
            query: Some("a=1&b=x+y%26&c&&a=2".to_owned()),
            ..Request::default()
        };
        let given: Vec<_> = request.parameters().collect();
        let expected = [("a", "1"), ("b", "x y&"), ("c", ""), ("a", "2")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(given, expected);
        assert_eq!(request.target(), "/a?a=1&b=x+y%26&c&&a=2");
    }
}
