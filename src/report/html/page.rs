//! What stands around the sessions: the head with the page's policy, the counts, the filter, a document's heading.

use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::super::account::Account;
use super::super::summary::{counted, seconds};
use super::{Overview, escaped};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Everything before the first document.
pub(super) fn above(overview: &Overview, began: jiff::Timestamp, ended: jiff::Timestamp) -> String {
    let sessions = overview.passed + overview.failed + overview.skipped;
    let passed = overview.failed == 0 && overview.refused == 0;
    let (class, verdict) = match (passed, sessions) {
        (true, 0) => ("skipped", "Nothing ran".to_owned()),
        (true, _) => ("passed", "All passed".to_owned()),
        (false, _) => ("failed", bad(overview)),
    };
    let mut html = String::with_capacity(STYLE.len() + 4096);
    let _ = write!(
        html,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; \
         script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>{verdict} · voiden</title>\n<style>{STYLE}</style>\n</head>\n",
        digest(STYLE),
        digest(SCRIPT),
    );
    let took = ended.duration_since(began);
    let _ = write!(
        html,
        "<body>\n<header>\n<h1 class=\"verdict {class}\">{verdict}</h1>\n\
         <p>{} in {}, <time datetime=\"{began:.3}\">{}</time></p>\n<ul class=\"counts\">\n",
        counted(overview.titles.len(), "file"),
        seconds(Duration::try_from(took).unwrap_or_default()),
        began.strftime("%Y-%m-%d %H:%M:%S UTC"),
    );
    for (class, count, word) in [
        (
            "",
            sessions,
            if sessions == 1 { "session" } else { "sessions" },
        ),
        ("passed", overview.passed, "passed"),
        ("failed", overview.failed, "failed"),
        ("skipped", overview.skipped, "skipped"),
        ("failed", overview.refused, "could not run"),
    ] {
        if count > 0 || class.is_empty() {
            let _ = writeln!(html, "<li class=\"{class}\"><b>{count}</b>{word}</li>");
        }
    }
    html.push_str("</ul>\n</header>\n");
    filter(&mut html, overview);
    html.push_str("<main>\n");
    html
}

fn bad(overview: &Overview) -> String {
    match (overview.failed, overview.refused) {
        (0, refused) => format!("{} could not run", counted(refused, "file")),
        (failed, 0) => format!("{} failed", counted(failed, "session")),
        (failed, refused) => format!(
            "{} failed, {} could not run",
            counted(failed, "session"),
            counted(refused, "file")
        ),
    }
}

/// Shown by the script: without it nothing in it would work.
fn filter(html: &mut String, overview: &Overview) {
    html.push_str(
        "<nav class=\"bar\" aria-label=\"Filter\" hidden>\n<form>\n\
         <input id=\"search\" type=\"search\" placeholder=\"Search names and messages\" aria-label=\"Search names and messages\" autocomplete=\"off\">\n\
         <select id=\"which\" aria-label=\"File\"><option value=\"\">All files</option>",
    );
    for ((run, index), title) in &overview.titles {
        let title = escaped(title);
        let _ = write!(html, "<option value=\"{run}-{index}\">{title}</option>");
    }
    html.push_str("</select>\n<fieldset aria-label=\"Outcome\">");
    for (value, label) in [
        ("", "All"),
        ("passed", "Passed"),
        ("failed", "Failed"),
        ("skipped", "Skipped"),
    ] {
        let pressed = value.is_empty();
        let _ = write!(
            html,
            "<button type=\"button\" value=\"{value}\" aria-pressed=\"{pressed}\">{label}</button>"
        );
    }
    html.push_str("</fieldset>\n<output id=\"found\"></output>\n</form>\n</nav>\n");
}

/// Everything after the last document.
pub(super) fn below() -> String {
    format!(
        "</main>\n<footer>\n<p class=\"keys\"><kbd>/</kbd> search · <kbd>j</kbd> <kbd>k</kbd> next and previous session · \
         <kbd>f</kbd> next failure · <kbd>o</kbd> open or close all · <kbd>Esc</kbd> show all · in a timeline <kbd>←</kbd> <kbd>→</kbd> \
         and <kbd>Enter</kbd></p>\n<p>voiden {}</p>\n</footer>\n<div id=\"tip\" role=\"status\" hidden></div>\n\
         <script>{SCRIPT}</script>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    )
}

/// A document's section, up to its sessions.
pub(super) fn document_head(html: &mut String, account: &Account, number: &str) {
    let title = escaped(&account.title());
    let _ = writeln!(
        html,
        "<section class=\"document\" data-number=\"{number}\">\n<h2>{title}</h2>"
    );
    for problem in &account.problems {
        let drawn = escaped(&problem.drawn);
        let _ = writeln!(html, "<pre class=\"problem\">{drawn}</pre>");
    }
    if let Some(difference) = &account.difference {
        html.push_str("<pre class=\"difference\">");
        for line in difference.lines() {
            let class = match line.chars().next() {
                Some('+') => "added",
                Some('-') => "removed",
                Some('@') => "place",
                _ => "",
            };
            let _ = write!(html, "<span class=\"{class}\">{}</span>", escaped(line));
        }
        html.push_str("</pre>\n");
    }
}

/// A source's name in a content security policy (CSP 3, 2.3.1).
fn digest(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_asks_for_nothing_and_its_own_texts_stay_in_their_elements() {
        let html = above(
            &Overview::default(),
            jiff::Timestamp::UNIX_EPOCH,
            jiff::Timestamp::UNIX_EPOCH,
        ) + &below();
        assert!(!SCRIPT.contains("</") && !STYLE.contains("</"));
        for outside in [
            "http:",
            "https:",
            "src=",
            "url(",
            "@import",
            "innerHTML",
            "eval",
        ] {
            assert!(!html.contains(outside), "{outside}");
        }
        assert!(html.contains("default-src 'none'"));
    }
}
