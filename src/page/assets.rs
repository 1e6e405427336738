//! The page's own files, which are part of the program.

/// A file: its name, what it is, and its text.
type Asset = (&'static str, &'static str, &'static str);

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// Below `/assets/`.
const ASSETS: &[Asset] = &[
    ("page.css", STYLE, include_str!("assets/page.css")),
    ("log.css", STYLE, include_str!("assets/log.css")),
    ("prose.css", STYLE, include_str!("assets/prose.css")),
    ("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
    ("main.js", SCRIPT, include_str!("assets/main.js")),
    ("server.js", SCRIPT, include_str!("assets/server.js")),
    ("worker.js", SCRIPT, include_str!("assets/worker.js")),
    ("stream.js", SCRIPT, include_str!("assets/stream.js")),
    ("events.js", SCRIPT, include_str!("assets/events.js")),
    ("element.js", SCRIPT, include_str!("assets/element.js")),
    ("document.js", SCRIPT, include_str!("assets/document.js")),
    ("block.js", SCRIPT, include_str!("assets/block.js")),
    ("script.js", SCRIPT, include_str!("assets/script.js")),
    ("editor.js", SCRIPT, include_str!("assets/editor.js")),
    ("field.js", SCRIPT, include_str!("assets/field.js")),
    ("composer.js", SCRIPT, include_str!("assets/composer.js")),
    ("log.js", SCRIPT, include_str!("assets/log.js")),
    ("row.js", SCRIPT, include_str!("assets/row.js")),
    ("json.js", SCRIPT, include_str!("assets/json.js")),
];

/// What stands in the page in place of the second token.
const TOKEN: &str = "{{token}}";

/// The page itself; with the second token for who came by the address.
pub(super) fn page(token: Option<&str>) -> String {
    include_str!("assets/index.html").replace(TOKEN, token.unwrap_or_default())
}

/// What a file is, and its text.
pub(super) fn asset(name: &str) -> Option<(&'static str, &'static str)> {
    let found = ASSETS.iter().find(|(known, _, _)| *known == name);
    found.map(|(_, kind, text)| (*kind, *text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_fetched_from_elsewhere_and_no_text_becomes_markup() {
        for (name, _, text) in ASSETS {
            for outside in [
                "http://",
                "https://",
                "@import",
                "eval(",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
            ] {
                assert!(
                    !text
                        .replace("http://www.w3.org/2000/svg", "")
                        .contains(outside),
                    "{name}: {outside}"
                );
            }
            let safe = usize::from(*name == "document.js");
            assert_eq!(text.matches("innerHTML").count(), safe, "{name}");
        }
    }

    #[test]
    fn the_page_has_nothing_inline() {
        let page = page(None);
        for inline in ["<style", " style=", " on", "javascript:", TOKEN] {
            assert!(!page.contains(inline), "{inline}");
        }
        assert_eq!(
            page.matches("<script").count(),
            page.matches("<script type=\"module\" src=").count()
        );
    }
}
