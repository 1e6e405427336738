//! Replaces a file's text at once: a reader sees the old text or the new one, never half of either.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Replaces a file's text. Links are followed, permissions kept, and the owner where we may.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let before = fs::metadata(&path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    // Dropped on any error, and with it the temporary file.
    let mut fresh = tempfile::Builder::new()
        .prefix(".voiden-")
        .tempfile_in(folder)?;
    fresh.write_all(text.as_bytes())?;
    keep_owner(fresh.as_file(), &before);
    fresh.as_file().set_permissions(before.permissions())?;
    // Not synced: that costs more than most sessions, and a transcript can be had again.
    fresh.persist(&path).map_err(|error| error.error)?;
    Ok(())
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
        replace(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert_eq!(names(folder.path()), ["a.md"]);
    }

    #[test]
    fn links_stay_links() {
        let folder = tempfile::tempdir().unwrap();
        let (there, link) = (folder.path().join("sub"), folder.path().join("link.md"));
        fs::create_dir(&there).unwrap();
        fs::write(there.join("real.md"), "old").unwrap();
        std::os::unix::fs::symlink("sub/real.md", &link).unwrap();
        replace(&link, "new").unwrap();
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
        assert!(replace(&folder.path().join("none.md"), "new").is_err());
        assert_eq!(names(folder.path()), Vec::<String>::new());
    }
}
