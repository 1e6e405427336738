//! What was named on the command line → documents, each once, in a stable order. Knows no document's content.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use std::path::{Component, Path, PathBuf};

use globset::GlobBuilder;
use ignore::WalkBuilder;

use super::folder::{folder_of, sentence};
use super::{Named, Selector, disk};
use crate::diagnostic::nearest;

/// Finds the documents that are meant by files, folders and globs. What means nothing is told in a sentence, and hides
/// no other.
#[must_use]
pub fn find(arguments: &[String]) -> (Vec<Named>, Vec<String>) {
    let mut finder = DocumentFinder::default();
    for argument in arguments {
        finder.argument(argument);
    }
    (finder.found, finder.wrong)
}

/// The folders, absolute, in which documents that are meant lie or may come to lie. Of a folder that is named also the
/// one above it: it may be removed and made anew.
#[must_use]
pub fn folders(arguments: &[String]) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    for argument in arguments {
        let path = Path::new(argument);
        if path.is_dir() {
            folders.extend(walk_folders(path));
            let real = disk::canonicalize(path).ok();
            folders.extend(real.and_then(|real| real.parent().map(Path::to_owned)));
        } else if !path.exists()
            && selected(argument).is_none()
            && argument.contains(['*', '?', '[', '{'])
        {
            let pattern = argument.trim_start_matches("./");
            folders.extend(walk_folders(&fixed_part(pattern)));
        } else {
            let path = selected(argument).map_or(path, |(path, _)| Path::new(path));
            folders.extend(folder_of(path));
            // A link is saved where it points to.
            let real = disk::canonicalize(path).ok();
            folders.extend(real.and_then(|real| real.parent().map(Path::to_owned)));
        }
    }
    folders
}

#[derive(Default)]
struct DocumentFinder {
    found: Vec<Named>,
    /// Real path → index in `found`.
    known: BTreeMap<PathBuf, usize>,
    wrong: Vec<String>,
}

impl DocumentFinder {
    fn argument(&mut self, argument: &str) {
        let path = Path::new(argument);
        if path.is_dir() {
            let documents = walk(path, &|path| is_document(path));
            if documents.is_empty() {
                let wrong = format!("{argument}: there is no .md or .markdown file in it");
                self.wrong.push(wrong);
            }
            self.add_all(&documents);
        } else if path.exists() {
            self.add(path, None);
        } else if let Some((path, selector)) = selected(argument) {
            self.add(Path::new(path), Some(selector));
        } else if argument.contains(['*', '?', '[', '{']) {
            self.glob(argument);
        } else {
            self.wrong.push(nothing_there(argument));
        }
    }

    fn glob(&mut self, pattern: &str) {
        let trimmed = pattern.trim_start_matches("./");
        let glob = GlobBuilder::new(trimmed)
            .literal_separator(true)
            .build()
            .map(|glob| glob.compile_matcher());
        let matcher = match glob {
            Ok(matcher) => matcher,
            Err(error) => {
                self.wrong.push(format!("{pattern}: {}", error.kind()));
                return;
            }
        };
        // `docs/*` means documents, `docs/*.txt` what it says.
        let any_name = trimmed.ends_with('*');
        let documents = walk(&fixed_part(trimmed), &|path| {
            matcher.is_match(path.strip_prefix("./").unwrap_or(path))
                && (!any_name || is_document(path))
        });
        if documents.is_empty() {
            self.wrong.push(format!("{pattern}: no file matches"));
        }
        self.add_all(&documents);
    }

    fn add_all(&mut self, paths: &[PathBuf]) {
        for path in paths {
            self.add(path, None);
        }
    }

    fn add(&mut self, path: &Path, selector: Option<Selector>) {
        // `-` is stdin, `./-` a file.
        let bare = path.strip_prefix("./").unwrap_or(path);
        let path = if bare == Path::new("-") { path } else { bare };
        let real = match disk::canonicalize(path) {
            Ok(real) => real,
            Err(error) => {
                let wrong = format!("{}: {}", path.display(), sentence(&error));
                self.wrong.push(wrong);
                return;
            }
        };
        let before = self.known.get(&real).copied();
        if let Some(named) = before.and_then(|index| self.found.get_mut(index)) {
            // Named as a whole once, it is meant as a whole.
            match selector {
                Some(selector) if !named.selectors.is_empty() => named.selectors.push(selector),
                _ => named.selectors.clear(),
            }
            return;
        }
        self.known.insert(real, self.found.len());
        self.found.push(Named {
            shown: path.display().to_string(),
            path: path.to_owned(),
            selectors: selector.into_iter().collect(),
            text: None,
        });
    }
}

/// `file#Name` or `file:LINE` of a file that is there.
fn selected(argument: &str) -> Option<(&str, Selector)> {
    let by_name = argument
        .match_indices('#')
        .filter_map(|(at, _)| argument.split_at_checked(at))
        .find(|(path, _)| Path::new(path).is_file())
        .and_then(|(path, name)| Some((path, name.strip_prefix('#')?)));
    if let Some((path, name)) = by_name {
        return Some((path, Selector::Name(name.trim().to_owned())));
    }
    let (path, line) = argument.rsplit_once(':')?;
    let line = line.parse().ok()?;
    Path::new(path)
        .is_file()
        .then_some((path, Selector::Line(line)))
}

fn nothing_there(argument: &str) -> String {
    if Path::new(argument).is_symlink() {
        return format!("{argument}: it is a link to nothing");
    }
    let bare = argument.split('#').next().unwrap_or(argument);
    let path = Path::new(bare);
    if path.is_dir() {
        return format!("{argument}: {bare} is a folder, and has no blocks of its own");
    }
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let mut beside: Vec<String> = disk::entries(folder)
        .filter(|path| is_document(path))
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    beside.sort();
    let near = name.and_then(|name| nearest(&name, beside.iter().map(String::as_str)));
    match near {
        Some(near) => {
            let near = folder.join(near);
            let near = near.strip_prefix("./").unwrap_or(&near).display();
            format!("{argument}: no such file; did you mean {near}?")
        }
        None => format!("{argument}: no such file or folder"),
    }
}

/// Files below a folder that are wanted, in order of path; hidden and ignored ones left out.
fn walk(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    entries(folder)
        .filter(|path| wanted(path) && path.is_file())
        .collect()
}

/// The folder and those below it, absolute; hidden and ignored ones left out.
fn walk_folders(folder: &Path) -> impl Iterator<Item = PathBuf> {
    entries(folder)
        .filter(|path| path.is_dir() && !path.is_symlink())
        .chain(iter::once(folder.to_owned()))
        .filter_map(|path| disk::canonicalize(path).ok())
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    WalkBuilder::new(folder)
        // A `.gitignore` means the same before `git init`.
        .require_git(false)
        .sort_by_file_path(Path::cmp)
        .build()
        .flatten()
        .map(ignore::DirEntry::into_path)
}

fn is_document(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "md" || extension == "markdown")
}

/// The folders of a glob before its first special character.
fn fixed_part(pattern: &str) -> PathBuf {
    let parts: Vec<_> = Path::new(pattern).components().collect();
    let fixed: PathBuf = parts
        .iter()
        .take(parts.len().saturating_sub(1))
        .take_while(|part| match part {
            Component::Normal(part) => !part.to_string_lossy().contains(['*', '?', '[', '{']),
            _ => true,
        })
        .collect();
    if fixed.as_os_str().is_empty() {
        return PathBuf::from(".");
    }
    fixed
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A folder with these files in it.
    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::Builder::new().prefix("docs").tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "text").unwrap();
        }
        folder
    }

    fn argument(folder: &tempfile::TempDir, name: &str) -> String {
        folder.path().join(name).display().to_string()
    }

    /// What is found, told from the folder.
    fn found(folder: &tempfile::TempDir, arguments: &[&str]) -> (Vec<String>, Vec<String>) {
        let arguments: Vec<_> = arguments
            .iter()
            .map(|name| argument(folder, name))
            .collect();
        let (named, wrong) = find(&arguments);
        let start = format!("{}/", folder.path().display());
        let short = |text: &str| text.replace(&start, "");
        let named = named.iter().map(|named| short(&named.shown)).collect();
        (named, wrong.iter().map(|wrong| short(wrong)).collect())
    }

    #[test]
    fn folders_are_walked_in_order_without_hidden_and_ignored_files() {
        let folder = folder(&[
            "b.md",
            "a.markdown",
            "c.txt",
            ".hidden.md",
            ".git/x.md",
            "sub/z.md",
            "sub/a.md",
            "node_modules/m.md",
            "ignored.md",
        ]);
        fs::write(folder.path().join(".gitignore"), "node_modules\nignored.md").unwrap();
        let (named, wrong) = found(&folder, &["."]);
        let named: Vec<_> = named
            .iter()
            .map(|path| path.trim_start_matches("./"))
            .collect();
        assert_eq!(named, ["a.markdown", "b.md", "sub/a.md", "sub/z.md"]);
        assert_eq!(wrong, Vec::<String>::new());
        // What is named outright is meant, hidden, ignored or not.
        let (named, _) = found(&folder, &["ignored.md", ".hidden.md", "c.txt"]);
        assert_eq!(named, ["ignored.md", ".hidden.md", "c.txt"]);
    }

    #[test]
    fn globs_are_expanded() {
        let folder = folder(&["a.md", "b.md", "c.txt", "sub/d.md", "sub/deep/e.md"]);
        for (glob, expected) in [
            ("*.md", vec!["a.md", "b.md"]),
            ("*", vec!["a.md", "b.md"]),
            ("*.txt", vec!["c.txt"]),
            ("**/*.md", vec!["a.md", "b.md", "sub/d.md", "sub/deep/e.md"]),
            ("s?b/*.md", vec!["sub/d.md"]),
            ("{a,c}.*", vec!["a.md"]),
        ] {
            assert_eq!(found(&folder, &[glob]).0, expected, "{glob}");
        }
        let (named, wrong) = found(&folder, &["x*.md", "a[.md"]);
        assert_eq!(named, Vec::<String>::new());
        assert_eq!(wrong.len(), 2);
        assert_eq!(wrong[0], "x*.md: no file matches");
    }

    #[test]
    fn a_document_named_twice_is_one() {
        let folder = folder(&["a.md", "b.md", "sub/c.md"]);
        std::os::unix::fs::symlink("a.md", folder.path().join("link.md")).unwrap();
        let (named, _) = found(&folder, &["b.md", "sub/../a.md", "link.md", "*.md", "a.md"]);
        assert_eq!(named, ["b.md", "sub/../a.md"]);
    }

    #[test]
    fn blocks_are_selected_by_name_and_line() {
        let folder = folder(&["a.md", "b#1.md"]);
        let selectors = |arguments: &[&str]| {
            let arguments: Vec<_> = arguments
                .iter()
                .map(|name| argument(&folder, name))
                .collect();
            let (named, wrong) = find(&arguments);
            assert_eq!(wrong, Vec::<String>::new());
            named[0].selectors.clone()
        };
        let name = |name: &str| Selector::Name(name.to_owned());
        assert_eq!(selectors(&["a.md#A # b"]), [name("A # b")]);
        assert_eq!(selectors(&["a.md:41"]), [Selector::Line(41)]);
        assert_eq!(selectors(&["b#1.md"]), []);
        assert_eq!(selectors(&["b#1.md#X"]), [name("X")]);
        assert_eq!(
            selectors(&["a.md#A", "a.md:3"]),
            [name("A"), Selector::Line(3)]
        );
        assert_eq!(selectors(&["a.md#A", "a.md"]), []);
        assert_eq!(selectors(&["a.md", "a.md#A"]), []);
    }

    #[test]
    fn what_is_not_there_is_told_with_the_nearest() {
        let folder = folder(&["api.md", "sub/x.txt"]);
        let (_, wrong) = found(&folder, &["apo.md", "quite-else.md", "sub", "sub#x"]);
        assert_eq!(wrong[0], "apo.md: no such file; did you mean api.md?");
        assert_eq!(wrong[1], "quite-else.md: no such file or folder");
        assert_eq!(wrong[2], "sub: there is no .md or .markdown file in it");
        assert_eq!(
            wrong[3],
            "sub#x: sub is a folder, and has no blocks of its own"
        );
    }
}
