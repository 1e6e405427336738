//! The files that bodies may name: those below one root, also when a link points out of it.

use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use super::disk;
use crate::dial::Tls;
use crate::protocol::Bytes;
use crate::script::{Files, Options, Unreadable};

/// Bytes of a body's file at most.
const LARGEST: u64 = 1 << 30;

/// A document's folder and the root that no path may leave; or nowhere, if the document lies in no folder.
#[derive(Clone, Debug)]
pub(super) struct Folder(Option<Rooted>);

#[derive(Clone, Debug)]
struct Rooted {
    folder: PathBuf,
    root: PathBuf,
}

impl Folder {
    /// The root is the folder itself unless another is given.
    pub(super) fn new(folder: &Path, root: Option<&Path>) -> io::Result<Self> {
        let folder = disk::canonicalize(folder)?;
        let root = root.map_or_else(|| Ok(folder.clone()), disk::canonicalize)?;
        Ok(Self(Some(Rooted { folder, root })))
    }

    /// No file may be read.
    pub(super) fn nowhere() -> Self {
        Self(None)
    }

    pub(super) fn is_nowhere(&self) -> bool {
        self.0.is_none()
    }

    /// What no path may leave.
    pub(super) fn root(&self) -> Option<&Path> {
        self.0.as_ref().map(|rooted| rooted.root.as_path())
    }

    /// A path of an option (`@cacert`), which may lie anywhere.
    pub(super) fn anywhere(&self, path: &str) -> PathBuf {
        match &self.0 {
            Some(Rooted { folder, .. }) => folder.join(path),
            None => PathBuf::from(path),
        }
    }

    /// TLS as options ask for it, with its files found.
    pub(super) fn tls(&self, options: &Options) -> Tls {
        let absolute = |path: &Option<String>| path.as_ref().map(|path| self.anywhere(path));
        Tls {
            cacert: absolute(&options.cacert),
            cert: absolute(&options.cert),
            key: absolute(&options.key),
            insecure: options.insecure,
            trusted: Vec::new(),
        }
    }

    /// A path of a body, straightened; `None`: it leaves the root, and must not be probed for.
    pub(super) fn inside(&self, path: &str) -> Option<PathBuf> {
        let Rooted { folder, root } = self.0.as_ref()?;
        let straight = lexical(&folder.join(path));
        straight.starts_with(root).then_some(straight)
    }

    /// Why a path may not be read.
    pub(super) fn leaves(&self) -> Unreadable {
        let Some(Rooted { root, .. }) = &self.0 else {
            return Unreadable {
                reason: "the document lies in no folder".to_owned(),
                hint: "give the run a folder: `Settings::file_root`",
            };
        };
        let root = as_named(root);
        Unreadable {
            reason: format!("it leaves {root}, where files may be read from"),
            hint: "`--file-root` names another folder",
        }
    }
}

impl Folder {
    /// The real path of a file that may be read, as far as can be told before.
    fn real(&self, path: &str) -> Result<PathBuf, Unreadable> {
        let Some(Rooted { folder, root }) = &self.0 else {
            return Err(self.leaves());
        };
        // Told before the disk is asked: what lies outside must not be probed for.
        if self.inside(path).is_none() {
            return Err(self.leaves());
        }
        let real = disk::canonicalize(folder.join(path)).map_err(|error| sentence(&error))?;
        if !real.starts_with(root) {
            return Err(self.leaves());
        }
        let metadata = disk::metadata(&real).map_err(|error| sentence(&error))?;
        if metadata.is_dir() {
            return Err("it is a folder".into());
        }
        // A pipe or a device would be waited for.
        if !metadata.is_file() {
            return Err("it is not a regular file".into());
        }
        if metadata.len() > LARGEST {
            return Err(too_large());
        }
        Ok(real)
    }
}

fn too_large() -> Unreadable {
    Unreadable {
        reason: "it is larger than 1 GiB".to_owned(),
        hint: "a body is 1 GiB at most: name a smaller file",
    }
}

impl Files for Folder {
    fn read(&self, path: &str) -> Result<Bytes, Unreadable> {
        let real = self.real(path)?;
        // It may grow meanwhile, and some files say that they are empty.
        let bytes = disk::read_at_most(&real, LARGEST + 1).map_err(|error| sentence(&error))?;
        if bytes.len() as u64 > LARGEST {
            return Err(too_large());
        }
        Ok(bytes.into())
    }

    fn text_fault(&self, path: &str) -> Result<Option<usize>, Unreadable> {
        let real = self.real(path)?;
        let scan = disk::scan_text(&real, LARGEST + 1).map_err(|error| sentence(&error))?;
        if scan.length as u64 > LARGEST {
            return Err(too_large());
        }
        Ok(scan.is_fault.then_some(scan.length))
    }
}

/// The real folder of a document: of a link the one that the link stands in.
pub(super) fn folder_of(path: &Path) -> Result<PathBuf, String> {
    let parent = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    disk::canonicalize(parent).map_err(|error| format!("its folder: {}", sentence(&error)))
}

/// A path as one would name it from the folder that one stands in.
#[must_use]
pub fn as_named(path: &Path) -> String {
    let here = disk::canonicalize(".").unwrap_or_default();
    as_named_from(&here, path).display().to_string()
}

fn as_named_from(here: &Path, path: &Path) -> PathBuf {
    // What have only the root in common is not named by the way up.
    let above = here.ancestors().filter(|folder| folder.parent().is_some());
    let mut ways = above.enumerate().filter_map(|(up, folder)| {
        let way: PathBuf = std::iter::repeat_n("..", up).collect();
        Some(way.join(path.strip_prefix(folder).ok()?))
    });
    match ways.next() {
        Some(way) if way == Path::new("") => PathBuf::from("."),
        Some(way) => way,
        None => path.to_owned(),
    }
}

/// What the operating system says, in a reader's words.
pub(super) fn sentence(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => Unreadable::MISSING.to_owned(),
        ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
}

fn lexical(path: &Path) -> PathBuf {
    let mut straight = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                straight.pop();
            }
            Component::CurDir => {}
            other => straight.push(other),
        }
    }
    straight
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, File};

    fn docs() -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        let docs = root.path().join("docs");
        fs::create_dir_all(docs.join("sub")).unwrap();
        fs::write(docs.join("in.txt"), "inside").unwrap();
        fs::write(root.path().join("out.txt"), "outside").unwrap();
        (root, docs)
    }

    #[test]
    fn files_in_the_folder_are_read() {
        let (_root, docs) = docs();
        let folder = Folder::new(&docs, None).unwrap();
        assert_eq!(folder.read("./in.txt").unwrap(), "inside");
        assert_eq!(folder.read("./sub/../in.txt").unwrap(), "inside");
        assert_eq!(folder.read("./no.txt").unwrap_err().reason, "no such file");
        assert_eq!(folder.read("./sub").unwrap_err().reason, "it is a folder");
    }

    #[test]
    fn where_a_file_stops_being_text_is_told_as_reading_it_does() {
        let (_root, docs) = docs();
        let folder = Folder::new(&docs, None).unwrap();
        let long = "é日\u{1f600}".repeat(20_000).into_bytes();
        let cut = long.get(..long.len() - 1).unwrap();
        let shifted = [b"x", cut, b"y"].concat();
        for bytes in [b"", b"caf\xe9".as_slice(), b"caf\xc3", &long, cut, &shifted] {
            fs::write(docs.join("a.txt"), bytes).unwrap();
            let read = std::str::from_utf8(bytes).err();
            let expected = read.map(|error| error.valid_up_to());
            assert_eq!(folder.text_fault("./a.txt"), Ok(expected));
        }
        assert!(folder.text_fault("../out.txt").is_err());
        // Some files have no end, and say that they are empty.
        let scan = disk::scan_text(Path::new("/dev/zero"), 100_000).unwrap();
        assert_eq!((scan.length, scan.is_fault), (100_000, false));
    }

    #[test]
    fn nothing_outside_the_root_is_read() {
        let (root, docs) = docs();
        std::os::unix::fs::symlink(root.path().join("out.txt"), docs.join("link.txt")).unwrap();
        std::os::unix::fs::symlink("in.txt", docs.join("fine.txt")).unwrap();
        let folder = Folder::new(&docs, None).unwrap();
        for path in ["../out.txt", "./link.txt", "/etc/hostname", "../nothing"] {
            let why = folder.read(path).unwrap_err().reason;
            assert!(why.contains("leaves"), "{path}");
        }
        assert_eq!(folder.read("./fine.txt").unwrap(), "inside");
        let wider = Folder::new(&docs, Some(root.path())).unwrap();
        assert_eq!(wider.read("../out.txt").unwrap(), "outside");
        assert_eq!(wider.read("./link.txt").unwrap(), "outside");
    }

    #[test]
    fn paths_are_told_from_where_one_stands() {
        let here = Path::new("/home/ann/docs");
        for (path, shown) in [
            ("/home/ann/docs/api/a.md", "api/a.md"),
            ("/home/ann/docs", "."),
            ("/home/ann/.env", "../.env"),
            ("/home/bob/x", "../../bob/x"),
            ("/etc/hosts", "/etc/hosts"),
            ("api/a.md", "api/a.md"),
        ] {
            assert_eq!(as_named_from(here, Path::new(path)), Path::new(shown));
        }
    }

    #[test]
    fn a_file_of_more_than_a_gibibyte_is_not_read() {
        let (_root, docs) = docs();
        // It takes no room on the disk, and is not read.
        File::create(docs.join("sparse"))
            .unwrap()
            .set_len(LARGEST + 1)
            .unwrap();
        let why = Folder::new(&docs, None)
            .unwrap()
            .read("./sparse")
            .unwrap_err();
        assert_eq!(why.reason, "it is larger than 1 GiB");
        assert!(why.hint.contains("1 GiB at most"));
    }

    #[test]
    fn options_may_name_files_anywhere() {
        let (root, docs) = docs();
        let folder = Folder::new(&docs, None).unwrap();
        assert_eq!(fs::read(folder.anywhere("../out.txt")).unwrap(), b"outside");
        let absolute = root.path().join("out.txt");
        assert_eq!(folder.anywhere(absolute.to_str().unwrap()), absolute);
    }
}
