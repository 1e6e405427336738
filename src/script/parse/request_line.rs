//! The first line of a `/http` block: a method and a URL. Knows no header.

use super::head::HeadReader;
use super::short::short;
use super::text::Piece;
use super::url::looks_like;
use crate::diagnostic::{Cure, Diagnostic};
use crate::script::options::is_token;
use crate::script::{Name, Role};
use crate::source::Span;

impl HeadReader<'_> {
    /// Reads `POST https://a.example/login`, if the line is that.
    pub(super) fn request_line(&mut self, line: Piece<'_>, first: bool) -> bool {
        let Some((method, url)) = split(line, first) else {
            return false;
        };
        if self.url.is_some() {
            self.url(line);
            return true;
        }
        let wrong = problem(method, url, line);
        self.script.method = wrong.is_none().then(|| Name {
            text: method.text.to_owned(),
            span: method.span(),
        });
        self.told.extend(wrong);
        match version(url) {
            _ if url.is_empty() => self.url = Some(line.span()),
            Some(version) => self.url(url.to(version.at - url.at).trim_end()),
            None => self.url(url),
        }
        true
    }

    /// A request without a method is none, whatever its line was taken for.
    pub(super) fn require_method(&mut self) {
        let lacks = self.script.role == Role::Http && self.script.method.is_none();
        if let Some(url) = self.url
            && lacks
            && !self.told.iter().any(Diagnostic::is_error)
        {
            let message = "the first line is not a method and a URL";
            let hint = "for instance `GET https://example.com/path`";
            self.told.push(Diagnostic::error(url, message).hint(hint));
        }
    }
}

/// What stands behind a URL where a version of HTTP is written.
fn version(url: Piece<'_>) -> Option<Piece<'_>> {
    let start = url.text.rfind([' ', '\t'])? + 1;
    Some(url.from(start)).filter(|last| last.text.starts_with("HTTP/"))
}

/// Method and URL of a head line: of the first whatever stands there, of others what can be nothing else.
pub(super) fn split(line: Piece<'_>, first: bool) -> Option<(Piece<'_>, Piece<'_>)> {
    if line.text.starts_with('@') {
        return None;
    }
    let (word, rest) = line.word();
    if looks_like(word.text) {
        return first.then(|| (line.to(0), line));
    }
    let is_method = is_token(word.text);
    let certain = is_method && looks_like(rest.text);
    let likely = first && is_method && (rest.is_empty() || !word.text.contains(['-', ':']));
    (certain || likely).then_some((word, rest))
}

/// What is wrong with a method, or that one of the two is missing.
fn problem(method: Piece<'_>, url: Piece<'_>, line: Piece<'_>) -> Option<Diagnostic> {
    let upper = method.text.to_ascii_uppercase();
    let (span, message, hint) = if method.is_empty() {
        let sentence = format!("write `GET {}`", short(url.text));
        (
            line.span(),
            "the method is missing before the URL".to_owned(),
            Cure::from(sentence).put_at(Span::at(line.at), "GET "),
        )
    } else if upper != method.text {
        let message = format!("the method `{}` is not in upper case", short(method.text));
        let cure = Cure::from(format!("write `{upper}`")).put(upper);
        (method.span(), message, cure)
    } else if upper == "CONNECT" {
        let message = "CONNECT asks for a tunnel, which no block can use".to_owned();
        (method.span(), message, "`@proxy` goes through one".into())
    } else if url.is_empty() {
        let message = "the URL is missing behind the method".to_owned();
        let hint = format!(
            "for instance `{} https://example.com/path`",
            short(method.text)
        );
        (line.span(), message, hint.into())
    } else {
        let version = version(url)?;
        let message = "the version is not written: HTTP/1.1 is spoken".to_owned();
        (
            version.span(),
            message,
            Cure::from(format!("remove `{}`", short(version.text))).put(""),
        )
    };
    Some(Diagnostic::error(span, message).hint(hint))
}
