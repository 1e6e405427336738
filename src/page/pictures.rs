//! Pictures that documents name: of which kind they are, and where the page finds them. Reads no file.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The kinds of pictures that are shown.
const KINDS: [(&str, &str); 8] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("ico", "image/x-icon"),
    ("svg", "image/svg+xml"),
];

/// What a document names: a file beside it, and of which kind.
pub(super) struct NamedPicture {
    pub(super) path: String,
    pub(super) kind: &'static str,
}

/// Reads an address as a link has it: percent-encoded, perhaps with a query. `None`: it leads elsewhere, or to no picture.
pub(super) fn named_picture(target: &str) -> Option<NamedPicture> {
    if target.contains(':') || target.starts_with(['/', '\\']) {
        return None;
    }
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let path = percent_decode_str(path).decode_utf8().ok()?.into_owned();
    let ending = path.rsplit('.').next().unwrap_or_default().to_lowercase();
    let (_, kind) = KINDS.iter().find(|(known, _)| *known == ending)?;
    Some(NamedPicture { path, kind })
}

/// Where the page asks for it.
pub(super) fn address(document: usize, target: &str) -> String {
    let target = utf8_percent_encode(target, NON_ALPHANUMERIC);
    format!("/picture?document={document}&path={target}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_lie_beside_documents() {
        for (target, expected) in [
            ("a.png", Some(("a.png", "image/png"))),
            ("a%20b/c.SVG?x#y", Some(("a b/c.SVG", "image/svg+xml"))),
            ("../a.gif", Some(("../a.gif", "image/gif"))),
            ("/a.png", None),
            ("\\\\host\\a.png", None),
            ("https://a.example/a.png", None),
            ("javascript:a.png", None),
            ("a.html", None),
            ("%FF.png", None),
            ("", None),
        ] {
            let found = named_picture(target);
            let found = found.as_ref().map(|found| (&*found.path, found.kind));
            assert_eq!(found, expected, "{target}");
        }
        assert_eq!(
            address(2, "a b/c.png"),
            "/picture?document=2&path=a%20b%2Fc%2Epng"
        );
    }
}
