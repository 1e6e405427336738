//! `CONTRIBUTING.md` is true as far as a test can tell: each file that it names is there, and a step touches six at most.
//! The changelog tells of the version that there is, and one address stands for the repository.

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

#[test]
fn the_changelog_has_the_version() {
    let changelog = include_str!("../../CHANGELOG.md");
    let version = env!("CARGO_PKG_VERSION");
    assert!(changelog.contains(&format!("\n## [{version}] - 20")));
    let repository = env!("CARGO_PKG_REPOSITORY");
    let release = format!("\n[{version}]: {repository}/releases/tag/v{version}\n");
    assert!(changelog.contains(&release));
}

#[test]
fn the_repository_has_one_address() {
    let repository = env!("CARGO_PKG_REPOSITORY");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in [
        "README.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "action.yml",
        "pyproject.toml",
        "packaging/voiden.rb",
        "editors/vscode/package.json",
    ] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        let others = text
            .match_indices("https://github.com/OWNER/")
            .filter(|(at, _)| !text[*at..].starts_with(repository));
        assert_eq!(others.count(), 0, "{file}");
    }
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
