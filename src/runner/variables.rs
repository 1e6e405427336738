//! Where names get their values from, in which order, and which of them are secrets. Knows no script.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::disk;
use super::env_file;
use super::folder::{as_named, sentence};
use super::{EnvFile, Origin, Settings};
use crate::document::FrontMatter;
use crate::redact::is_secret_name;
use crate::script::{Scope, Value};

/// The names of the process environment stand below this.
pub(super) const ENVIRONMENT: &str = "env.";

/// A document's variables.
pub(super) struct Variables {
    /// Their values.
    pub(super) scope: Rc<Scope>,
    /// Names and values that are never shown.
    pub(super) secrets: Vec<(String, String)>,
    /// Where each came from, in order of name.
    pub(super) origins: Vec<Origin>,
    /// Sentences about env files that could not be read in full.
    pub(super) warnings: Vec<String>,
}

/// Whether a variable may have this name.
#[must_use]
pub fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|character| {
            character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.')
        })
}

/// Gathers the variables of a document that lies in `folder` (absolute), or in none. Later sources beat earlier ones.
///
/// # Errors
/// A sentence: a named env file cannot be read.
pub(super) fn gather(
    front_matter: &FrontMatter,
    folder: Option<&Path>,
    settings: &Settings,
) -> Result<Variables, String> {
    let mut sources = VariableSources::default();
    for setting in &front_matter.vars {
        sources.set(&setting.name, &setting.value, "front matter");
    }
    if let Some(folder) = folder {
        sources.found_files(folder, settings);
    }
    sources.named_files(settings)?;
    for (name, value) in &settings.variables {
        sources.set(name, value, "--var");
    }
    for (name, value) in &settings.secrets {
        sources.set(name, value, "--secret");
        sources.hidden.insert(name.clone());
    }
    for (name, value) in &settings.opened {
        let spelled = format!("{ENVIRONMENT}{name}");
        if is_secret_name(name) {
            sources.hidden.insert(spelled.clone());
        }
        sources
            .values
            .insert(spelled, (value.clone(), "the environment".to_owned()));
    }
    let declared = front_matter.secrets.iter().map(|(name, _)| name.clone());
    sources.hidden.extend(declared);
    Ok(sources.finish())
}

#[derive(Default)]
struct VariableSources {
    /// Value and where it came from.
    values: BTreeMap<String, (String, String)>,
    /// What env files gave.
    filed: BTreeMap<String, String>,
    /// Names that are secrets.
    hidden: BTreeSet<String>,
    /// Values of secret names that a later source has beaten: they stay secrets.
    beaten: Vec<(String, String)>,
    warnings: Vec<String>,
}

impl VariableSources {
    fn set(&mut self, name: &str, value: &str, origin: &str) {
        // The process environment is a namespace of its own.
        if name.starts_with(ENVIRONMENT) {
            return;
        }
        let value = (value.to_owned(), origin.to_owned());
        if let Some((before, _)) = self.values.insert(name.to_owned(), value) {
            self.beaten.push((name.to_owned(), before));
        }
    }

    fn found_files(&mut self, folder: &Path, settings: &Settings) {
        let folders = searched_folders(folder);
        for folder in &folders {
            let path = folder.join(".env");
            if !self.found_file(&path) {
                self.odd_file(&path, &settings.env_files);
            }
        }
        if let Some(environment) = &settings.environment {
            let name = format!(".env.{environment}");
            let mut any = false;
            for folder in &folders {
                let path = folder.join(&name);
                let found = self.found_file(&path);
                if !found {
                    self.odd_file(&path, &settings.env_files);
                }
                any |= found;
            }
            if !any {
                let warning = format!("there is no {name} in {} or above", as_named(folder));
                self.warnings.push(warning);
            }
        }
    }

    fn named_files(&mut self, settings: &Settings) -> Result<(), String> {
        for EnvFile { path, piped } in &settings.env_files {
            let text = match piped {
                Some(bytes) => text(bytes.to_vec()),
                None => read_text(path),
            };
            let text = text.map_err(|why| format!("the env file {}: {why}", as_named(path)))?;
            self.file(path, &text);
        }
        Ok(())
    }

    /// A pipe that lies where an env file is looked for: it may never be written.
    fn odd_file(&mut self, path: &Path, named: &[EnvFile]) {
        let is_odd = disk::metadata(path).is_ok_and(|is| !is.is_file() && !is.is_dir());
        let same =
            |named: &EnvFile| disk::canonicalize(&named.path).ok() == disk::canonicalize(path).ok();
        if is_odd && !named.iter().any(same) {
            let path = path.display();
            let sentence = format!(
                "{path} is not a regular file, and was not read; `--env-file {path}` reads it"
            );
            self.warnings.push(sentence);
        }
    }

    /// Reads an env file that need not be there; whether it is.
    fn found_file(&mut self, path: &Path) -> bool {
        if !path.is_file() {
            return false;
        }
        match read_text(path) {
            Ok(text) => self.file(path, &text),
            Err(why) => self.warnings.push(format!("{}: {why}", as_named(path))),
        }
        true
    }

    fn file(&mut self, path: &Path, text: &str) {
        let (found, unread) = env_file::read(text, &self.filed);
        let shown = as_named(path);
        for (name, value) in &found {
            self.set(name, value, &shown);
            if is_secret_name(name) {
                self.hidden.insert(name.clone());
            }
        }
        self.filed.extend(found);
        let told = unread
            .into_iter()
            .map(|unread| format!("{shown}:{}: {}", unread.line, unread.reason));
        self.warnings.extend(told);
    }

    fn finish(self) -> Variables {
        let scope = Scope::default();
        let mut secrets = Vec::new();
        let mut origins = Vec::new();
        for (name, (value, origin)) in self.values {
            let secret = self.hidden.contains(&name);
            if secret {
                secrets.push((name.clone(), value.clone()));
            }
            scope.set(name.clone(), Value::Text(value));
            origins.push(Origin {
                name,
                origin,
                secret,
            });
        }
        let beaten = self.beaten.into_iter();
        secrets.extend(beaten.filter(|(name, _)| self.hidden.contains(name)));
        secrets.retain(|(_, value)| !value.is_empty());
        Variables {
            scope: Rc::new(scope),
            secrets,
            origins,
            warnings: self.warnings,
        }
    }
}

/// Where env files are looked for, whether they are there or not.
pub(super) fn env_paths(folder: &Path, settings: &Settings) -> Vec<PathBuf> {
    let mut names = vec![".env".to_owned()];
    let environment = settings.environment.iter();
    names.extend(environment.map(|environment| format!(".env.{environment}")));
    let mut paths: Vec<PathBuf> = searched_folders(folder)
        .iter()
        .flat_map(|folder| names.iter().map(|name| folder.join(name)))
        .collect();
    paths.extend(settings.env_files.iter().map(|file| file.path.clone()));
    paths
}

/// The folders whose env files count, the nearest last: up to the repository's root, or the folder alone.
pub(super) fn searched_folders(folder: &Path) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for ancestor in folder.ancestors() {
        folders.push(ancestor.to_owned());
        if ancestor.join(".git").exists() {
            folders.reverse();
            return folders;
        }
    }
    vec![folder.to_owned()]
}

fn read_text(path: &Path) -> Result<String, String> {
    let metadata = disk::metadata(path).map_err(|error| sentence(&error))?;
    // A pipe was read before; one that came to lie here since then may never be written.
    if !metadata.is_file() && !metadata.is_dir() {
        return Err("it is not a regular file".to_owned());
    }
    text(disk::read(path).map_err(|error| sentence(&error))?)
}

fn text(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::FrontMatterSetting;
    use crate::source::Span;
    use std::fs;

    fn front_matter(vars: &[(&str, &str)], secrets: &[&str]) -> FrontMatter {
        let vars = vars.iter().map(|(name, value)| FrontMatterSetting {
            name: (*name).to_owned(),
            name_span: Span::default(),
            value: (*value).to_owned(),
            span: Span::default(),
        });
        let secrets = secrets
            .iter()
            .map(|name| ((*name).to_owned(), Span::default()));
        FrontMatter {
            vars: vars.collect(),
            secrets: secrets.collect(),
            options: Vec::new(),
        }
    }

    fn value(variables: &Variables, name: &str) -> Option<String> {
        variables.scope.get(name).map(|value| value.as_text())
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    /// A repository with a document's folder in it, and an env file above it.
    fn repository() -> (tempfile::TempDir, PathBuf) {
        let outside = tempfile::tempdir().unwrap();
        let docs = outside.path().join("repo/a/docs");
        fs::create_dir_all(&docs).unwrap();
        fs::create_dir(outside.path().join("repo/.git")).unwrap();
        fs::write(outside.path().join(".env"), "OUTSIDE=1").unwrap();
        (outside, docs)
    }

    #[test]
    fn later_sources_beat_earlier_ones_whatever_the_folder() {
        let (outside, docs) = repository();
        let repo = outside.path().join("repo");
        fs::write(
            repo.join(".env"),
            "A=root\nB=root\nC=root\nD=root\nE=root\nR=root",
        )
        .unwrap();
        fs::write(docs.join(".env"), "B=docs\nC=docs\nD=docs\nE=docs").unwrap();
        fs::write(repo.join(".env.staging"), "C=staging\nD=staging\nE=staging").unwrap();
        fs::write(repo.join("more"), "D=more\nE=more").unwrap();
        let settings = Settings {
            environment: Some("staging".to_owned()),
            env_files: vec![repo.join("more").into()],
            variables: pairs(&[("E", "var")]),
            ..Settings::default()
        };
        let front = front_matter(&[("A", "front"), ("F", "front")], &[]);
        let variables = gather(&front, Some(&docs), &settings).unwrap();
        let values = ["A", "B", "C", "D", "E", "F", "R", "OUTSIDE"]
            .map(|name| value(&variables, name).unwrap_or_default());
        assert_eq!(
            values,
            [
                "root", "docs", "staging", "more", "var", "front", "root", ""
            ]
        );
        assert_eq!(variables.warnings, Vec::<String>::new());
    }

    #[test]
    fn outside_a_repository_only_the_own_folder_counts() {
        let outside = tempfile::tempdir().unwrap();
        let docs = outside.path().join("docs");
        fs::create_dir(&docs).unwrap();
        fs::write(outside.path().join(".env"), "A=above").unwrap();
        fs::write(docs.join(".env"), "B=here").unwrap();
        let variables = gather(&front_matter(&[], &[]), Some(&docs), &Settings::default()).unwrap();
        assert_eq!(value(&variables, "A"), None);
        assert_eq!(value(&variables, "B").unwrap(), "here");
    }

    #[test]
    fn the_environment_is_a_namespace_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".env"), "env.HOME=forged").unwrap();
        let front = front_matter(&[("env.USER", "forged")], &[]);
        let settings = Settings {
            opened: BTreeMap::from([("API_KEY".to_owned(), "real".to_owned())]),
            ..Settings::default()
        };
        let variables = gather(&front, Some(folder.path()), &settings).unwrap();
        assert_eq!(variables.scope.names(), ["env.API_KEY"]);
        assert_eq!(variables.secrets, pairs(&[("env.API_KEY", "real")]));
    }

    #[test]
    fn secrets_are_declared_given_or_named_so_and_stay_secrets_when_beaten() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join(".env"),
            "API_KEY=filed\nHOST=h\nEMPTY_KEY=",
        )
        .unwrap();
        let settings = Settings {
            variables: pairs(&[("API_KEY", "typed"), ("OTHER_TOKEN", "open")]),
            secrets: pairs(&[("PIN", "1234")]),
            ..Settings::default()
        };
        let front = front_matter(&[("plain", "hidden")], &["plain"]);
        let variables = gather(&front, Some(folder.path()), &settings).unwrap();
        let expected = [
            ("API_KEY", "typed"),
            ("PIN", "1234"),
            ("plain", "hidden"),
            ("API_KEY", "filed"),
        ];
        assert_eq!(variables.secrets, pairs(&expected));
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".env"), "A=1\nnonsense\n").unwrap();
        let mut settings = Settings {
            environment: Some("prod".to_owned()),
            ..Settings::default()
        };
        let front = front_matter(&[], &[]);
        let variables = gather(&front, Some(folder.path()), &settings).unwrap();
        assert!(variables.warnings[0].contains(".env:2: a `=` must follow `nonsense`"));
        assert!(variables.warnings[1].contains("there is no .env.prod in "));
        settings.env_files = vec![folder.path().join("missing").into()];
        let error = gather(&front, Some(folder.path()), &settings)
            .err()
            .unwrap();
        assert!(error.ends_with("missing: no such file"), "{error}");
    }

    #[test]
    fn names() {
        for name in ["A", "_a", "chat.url", "a-b", "A1"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "1a", "-a", ".a", "a b", "ä", "a="] {
            assert!(!is_name(name), "{name}");
        }
    }
}
