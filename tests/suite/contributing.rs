//! `CONTRIBUTING.md` is true as far as a test can tell: each file that it names is there, and a step touches six at most.

use std::path::Path;

const TEXT: &str = include_str!("../../CONTRIBUTING.md");

#[test]
fn each_file_that_it_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named = paths(TEXT);
    assert!(named.len() > 20, "{named:?}");
    for path in named {
        assert!(root.join(path).exists(), "`{path}` is not there");
    }
}

#[test]
fn a_step_touches_six_files_at_most() {
    let section = TEXT.split("### A new step").nth(1).unwrap();
    let section = section.split("###").next().unwrap();
    let files = paths(section);
    assert!((3..=6).contains(&files.len()), "{files:?}");
}

/// The paths that stand in code spans.
fn paths(text: &str) -> Vec<&str> {
    let spans = text.split('`').skip(1).step_by(2);
    let is_path = |span: &&str| {
        let bare = !span.contains([' ', '\n', ':']);
        bare && (span.contains('/') || [".md", ".toml"].iter().any(|end| span.ends_with(end)))
    };
    spans.filter(is_path).collect()
}
