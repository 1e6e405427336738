//! What stands around the sessions: the head with the page's policy, the counts, the filter, a document's heading.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, display, html};
use sha2::{Digest, Sha256};

use super::super::account::Account;
use super::super::summary::{counted, seconds};
use super::Overview;
use super::shown::Shown;

pub(crate) const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Stands for the documents while the page around them is made. No text that is shown holds it.
const DOCUMENTS: &str = "\u{0}";

/// What stands before the first document, and what behind the last one.
pub(super) fn around(
    overview: &Overview,
    began: jiff::Timestamp,
    ended: jiff::Timestamp,
) -> (String, String) {
    let (class, verdict) = verdict(overview);
    let page = html! {
        (DOCTYPE) "\n"
        html lang="en" {
            (head(&verdict)) "\n"
            body {
                "\n" (summary(overview, class, &verdict, began, ended))
                "\n" (filter(overview))
                "\n" main { "\n" (PreEscaped(DOCUMENTS)) }
                "\n" (footer())
                "\n" div #tip role="status" hidden {}
                "\n" script { (PreEscaped(SCRIPT)) }
                "\n"
            }
        }
        "\n"
    };
    let page = page.into_string();
    let (above, below) = page.split_once(DOCUMENTS).unwrap_or((&page, ""));
    (above.to_owned(), below.to_owned())
}

fn verdict(overview: &Overview) -> (&'static str, String) {
    let passed = overview.failed == 0 && overview.refused == 0;
    match (passed, overview.sessions()) {
        (true, 0) => ("skipped", "Nothing ran".to_owned()),
        (true, _) => ("passed", "All passed".to_owned()),
        (false, _) => ("failed", bad(overview)),
    }
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

fn head(verdict: &str) -> Markup {
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        digest(STYLE),
        digest(SCRIPT),
    );
    html! {
        head {
            "\n" meta charset="utf-8";
            "\n" meta http-equiv="Content-Security-Policy" content=(policy);
            "\n" meta name="viewport" content="width=device-width, initial-scale=1";
            "\n" meta name="color-scheme" content="light dark";
            "\n" meta name="referrer" content="no-referrer";
            "\n" link rel="icon" href="data:,";
            "\n" title { (verdict) " · voiden" }
            "\n" style { (PreEscaped(STYLE)) }
            "\n"
        }
    }
}

fn summary(
    overview: &Overview,
    class: &str,
    verdict: &str,
    began: jiff::Timestamp,
    ended: jiff::Timestamp,
) -> Markup {
    let took = Duration::try_from(ended.duration_since(began)).unwrap_or_default();
    let sessions = overview.sessions();
    let counts = [
        (
            "",
            sessions,
            if sessions == 1 { "session" } else { "sessions" },
        ),
        ("passed", overview.passed, "passed"),
        ("failed", overview.failed, "failed"),
        ("skipped", overview.skipped, "skipped"),
        ("failed", overview.refused, "could not run"),
    ];
    html! {
        header {
            "\n" h1 class={ "verdict " (class) } { (verdict) }
            "\n" p {
                (counted(overview.titles.len(), "file")) " in " (seconds(took)) ", "
                time datetime=(format_args!("{began:.3}")) {
                    (display(began.strftime("%Y-%m-%d %H:%M:%S UTC")))
                }
            }
            "\n" ul .counts {
                "\n"
                @for (class, count, word) in counts {
                    @if count > 0 || class.is_empty() {
                        li class=(class) { b { (count) } (word) } "\n"
                    }
                }
            }
            "\n"
        }
    }
}

/// Shown by the script: without it nothing in it would work.
fn filter(overview: &Overview) -> Markup {
    const SEARCH: &str = "Search names and messages";
    let outcomes = [
        ("", "All"),
        ("passed", "Passed"),
        ("failed", "Failed"),
        ("skipped", "Skipped"),
    ];
    html! {
        nav .bar aria-label="Filter" hidden {
            "\n" form {
                "\n" input #search type="search" placeholder=(SEARCH) aria-label=(SEARCH) autocomplete="off";
                "\n" select #which aria-label="File" {
                    option value="" { "All files" }
                    @for ((run, index), title) in &overview.titles {
                        option value={ (run) "-" (index) } { (Shown(title)) }
                    }
                }
                "\n" fieldset aria-label="Outcome" {
                    @for (value, label) in outcomes {
                        button type="button" value=(value) aria-pressed=(display(value.is_empty())) { (label) }
                    }
                }
                "\n" output #found {}
                "\n"
            }
            "\n"
        }
    }
}

fn footer() -> Markup {
    html! {
        footer {
            "\n" p .keys {
                kbd { "/" } " search · " kbd { "j" } " " kbd { "k" } " next and previous session · "
                kbd { "f" } " next failure · " kbd { "o" } " open or close all · "
                kbd { "Esc" } " show all · in a timeline " kbd { "←" } " " kbd { "→" } " and " kbd { "Enter" }
            }
            "\n" p { "voiden " (env!("CARGO_PKG_VERSION")) }
            "\n"
        }
    }
}

/// A document's section; `sessions` are its articles.
pub(super) fn document(account: &Account, number: &str, sessions: &Markup) -> Markup {
    html! {
        section .document data-number=(number) {
            "\n" h2 { (Shown(account.title())) } "\n"
            @for problem in &account.problems {
                pre .problem { (Shown(&problem.drawn)) } "\n"
            }
            @if let Some(text) = &account.difference {
                pre .difference {
                    @for line in text.lines() {
                        span class=(difference_class(line)) { (Shown(line)) }
                    }
                }
                "\n"
            }
            (sessions)
        }
        "\n"
    }
}

fn difference_class(line: &str) -> &'static str {
    match line.chars().next() {
        Some('+') => "added",
        Some('-') => "removed",
        Some('@') => "place",
        _ => "",
    }
}

/// A source's name in a content security policy (CSP 3, 2.3.1).
pub(crate) fn digest(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_asks_for_nothing_and_its_own_texts_stay_in_their_elements() {
        let epoch = jiff::Timestamp::UNIX_EPOCH;
        let (above, below) = around(&Overview::default(), epoch, epoch);
        let html = above + &below;
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
        assert!(below.starts_with("</main>"));
    }
}
