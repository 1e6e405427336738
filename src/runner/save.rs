//! Replaces a file's text at once: a reader sees the old text or the new one, never half of either.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use tempfile::NamedTempFile;

/// How often, and how far apart, a file is looked at that is being written.
const LOOKS: usize = 50;
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

/// What became of a save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Saved {
    /// The file has the new text.
    Replaced,
    /// Somebody else saved it meanwhile: it has their text, and nothing of ours.
    Overtaken,
}

/// Replaces a file's text, which was read as `before`. Links are followed, permissions kept, and the owner where we may.
pub(super) fn replace(path: &Path, before: &str, text: &str) -> io::Result<Saved> {
    replace_after(path, before, text, || {})
}

/// The same, with what happens between the last look at the file and the rename.
fn replace_after(
    path: &Path,
    before: &str,
    text: &str,
    between: impl FnOnce(),
) -> io::Result<Saved> {
    let path = fs::canonicalize(path)?;
    let mut old = File::open(&path)?;
    let fresh = beside(&path, &old.metadata()?, text.as_bytes())?;
    if fs::read(&path)? != before.as_bytes() {
        return Ok(Saved::Overtaken);
    }
    between();
    // Not synced: that costs more than most sessions, and a transcript can be had again.
    fresh.persist(&path).map_err(|error| error.error)?;
    // Who opened the file before the rename, and saves in place, has written where nobody looks any more.
    if contents(&mut old)? == before.as_bytes() {
        return Ok(Saved::Replaced);
    }
    let late = settled(&mut old)?;
    let handed = beside(&path, &old.metadata()?, &late)?;
    if fs::read(&path)? == text.as_bytes() {
        handed.persist(&path).map_err(|error| error.error)?;
    }
    Ok(Saved::Overtaken)
}

/// A temporary file beside another, with its permissions. Dropped on any error, it is removed.
fn beside(path: &Path, like: &Metadata, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut fresh = tempfile::Builder::new()
        .prefix(".voiden-")
        .tempfile_in(folder)?;
    fresh.write_all(bytes)?;
    keep_owner(fresh.as_file(), like);
    fresh.as_file().set_permissions(like.permissions())?;
    Ok(fresh)
}

/// What somebody is writing, when they have done: a save in place is empty for a moment.
fn settled(file: &mut File) -> io::Result<Vec<u8>> {
    let mut before = contents(file)?;
    for _ in 0..LOOKS {
        thread::sleep(BETWEEN_LOOKS);
        let now = contents(file)?;
        if now == before && !now.is_empty() {
            break;
        }
        before = now;
    }
    Ok(before)
}

fn contents(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether a file may be written, by its permissions too: a rename would not ask for them.
pub(super) fn is_writable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.permissions().readonly())
        && OpenOptions::new().write(true).open(path).is_ok()
}

#[cfg(unix)]
fn keep_owner(file: &File, before: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};

    let same = file
        .metadata()
        .is_ok_and(|now| now.uid() == before.uid() && now.gid() == before.gid());
    if !same {
        // Only root may give a file away; the group alone may be allowed.
        let _ = fchown(file, Some(before.uid()), Some(before.gid()))
            .or_else(|_| fchown(file, None, Some(before.gid())));
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) {}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn permissions_are_kept_and_nothing_is_left_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(replace(&path, "old", "new").unwrap(), Saved::Replaced);
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert_eq!(names(folder.path()), ["a.md"]);
    }

    #[test]
    fn what_somebody_saved_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        fs::write(&path, "theirs").unwrap();
        assert_eq!(replace(&path, "old", "new").unwrap(), Saved::Overtaken);
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
        assert_eq!(names(folder.path()), ["a.md"]);
    }

    #[test]
    fn a_save_in_place_at_the_last_moment_is_handed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        fs::write(&path, "old").unwrap();
        let in_place = || fs::write(&path, "theirs").unwrap();
        let saved = replace_after(&path, "old", "new", in_place).unwrap();
        assert_eq!(saved, Saved::Overtaken);
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
        assert_eq!(names(folder.path()), ["a.md"]);
    }

    #[test]
    fn links_stay_links() {
        let folder = tempfile::tempdir().unwrap();
        let (there, link) = (folder.path().join("sub"), folder.path().join("link.md"));
        fs::create_dir(&there).unwrap();
        fs::write(there.join("real.md"), "old").unwrap();
        std::os::unix::fs::symlink("sub/real.md", &link).unwrap();
        assert_eq!(replace(&link, "old", "new").unwrap(), Saved::Replaced);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(there.join("real.md")).unwrap(), "new");
        assert_eq!(names(&there), ["real.md"]);
        assert_eq!(names(folder.path()), ["link.md", "sub"]);
    }

    #[test]
    fn a_file_without_write_permission_is_read_only_to_everybody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        fs::write(&path, "x").unwrap();
        assert!(is_writable(&path));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        assert!(!is_writable(&path));
        assert!(!is_writable(&folder.path().join("none.md")));
    }

    #[test]
    fn a_failure_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        assert!(replace(&folder.path().join("none.md"), "old", "new").is_err());
        assert_eq!(names(folder.path()), Vec::<String>::new());
    }
}
